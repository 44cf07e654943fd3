/* draw.c - from the files of a command line to a picture of the kind that was asked for. */
#include "plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int wanted_domain(const struct ir_meta *head, const char *want, struct ir_err *err)
{
    const char *domain = ir_meta_get(head, "domain");
    if (domain && strcmp(domain, want) == 0)
        return 0;
    return ir_fail(err, "--kind wants a stream of domain '%s', found '%s'", want,
                   domain ? domain : "none");
}

/* The record with --id, or the first; 1 found, -1 not. */
static int find_record(const char *id, struct ir_reader *r, struct ir_rec *rec, struct ir_err *err)
{
    int got;
    while ((got = ir_reader_next(r, rec, err)) == 1)
        if (!id || strcmp(ir_rec_id(rec), id) == 0)
            return 1;
    if (got == 0)
        ir_fail(err, id ? "no clip '%s' in the stream" : "%sthe stream holds no clip",
                id ? id : "");
    return -1;
}

static struct ir_canvas *draw_spectrogram(const struct ir_draw *d, struct ir_reader *r,
                                          struct ir_err *err)
{
    struct ir_rec rec;
    struct ir_heat h;
    struct ir_band_marks marks;
    const struct ir_meta *head = ir_reader_header(r);
    if (wanted_domain(head, "feature", err) != 0 || find_record(d->id, r, &rec, err) < 0 ||
        ir_heat_of(&rec, head, &h, &marks, err) != 0)
        return NULL;
    h.title = d->title ? d->title : ir_rec_id(&rec);
    if (d->label)
        h.value_label = d->label;
    return ir_plot_heat(&h, 860, 400);
}

static struct ir_canvas *draw_wave(const struct ir_draw *d, struct ir_reader *r, struct ir_err *err)
{
    struct ir_rec rec;
    double rate = 1, offset = 0;
    if (wanted_domain(ir_reader_header(r), "audio", err) != 0 ||
        find_record(d->id, r, &rec, err) < 0)
        return NULL;
    size_t rows = rec.rank == 2 ? rec.shape[0] : 1, n = rec.rank ? rec.shape[rec.rank - 1] : 0;
    if (rec.rank < 1 || rec.rank > 2 || n == 0 || rows == 0 || d->channel >= (long long)rows) {
        char shape[80];
        ir_fail(err, "clip '%s': shape %s found, [channels, samples] with channel %lld wanted",
                ir_rec_id(&rec), ir_shape_text(shape, rec.rank, rec.shape), d->channel);
        return NULL;
    }
    if (ir_meta_real(&rec.meta, "rate", 1, 1e7, &rate, err) < 0 ||
        ir_meta_real(&rec.meta, "offset", 0, 1e9, &offset, err) < 0)
        return NULL;
    struct ir_buf tmp = {0};
    const float *x = ir_rec_f32(&rec, true, &tmp);
    float *one = ir_zalloc(n, sizeof *one);
    for (size_t c = 0; c < rows; c++)
        for (size_t i = 0; (d->channel < 0 || (size_t)d->channel == c) && i < n; i++)
            one[i] += x[c * n + i] / (d->channel < 0 ? (float)rows : 1.0F);
    struct ir_canvas *out =
        ir_plot_wave(one, n, rate, offset, d->title ? d->title : ir_rec_id(&rec));
    free(one);
    ir_buf_free(&tmp);
    return out;
}

static struct ir_canvas *draw_timeline(const struct ir_draw *d, struct ir_err *err)
{
    struct ir_songs s;
    struct ir_canvas *out = NULL;
    if (ir_songs_read(d->files, d->n_files, &s, err) != 0)
        return NULL;
    const struct ir_song *song = d->id ? NULL : &s.at[0];
    for (size_t i = 0; !song && i < s.n; i++)
        if (strcmp(s.at[i].path, d->id) == 0 || strcmp(s.at[i].id, d->id) == 0)
            song = &s.at[i];
    if (!song)
        ir_fail(err, "no clip or path '%s' in the stream", d->id);
    else if (!song->timed)
        ir_fail(err, "%s: segments without 'length' found; a timeline needs ir-decode --segment",
                song->path);
    else if (!d->id && s.n > 1)
        ir_fail(err,
                "%zu recordings found, a timeline shows one: say which with --id, or draw a page "
                "(--kind page)",
                s.n);
    else
        out = ir_plot_timeline(song, &s.classes, d->title ? d->title : song->path);
    ir_songs_free(&s);
    return out;
}

static bool is_stream(const char *path)
{
    char magic[4];
    return ir_peek(path, magic, 4) == 4 && memcmp(magic, "IRT", 3) == 0;
}

static int one_file(const struct ir_draw *d, struct ir_err *err)
{
    if (d->n_files <= 1)
        return 0;
    return ir_fail(err, "%zu tables found, one wanted", d->n_files);
}

static struct ir_canvas *draw_confusion(const struct ir_draw *d, struct ir_err *err)
{
    struct ir_strs classes = {0};
    double *counts = NULL;
    struct ir_canvas *out = NULL;
    if (d->n_files && is_stream(d->files[0])) {
        struct ir_preds p;
        if (ir_preds_read(d->files, d->n_files, &p, err) != 0)
            return NULL;
        if (ir_preds_confusion(&p, &counts, err) == 0)
            out = ir_plot_confusion(counts, &p.classes, d->title);
        ir_preds_free(&p);
    } else {
        struct ir_table t = {0};
        if (one_file(d, err) == 0 && ir_table_read(d->n_files ? d->files[0] : "-", &t, err) == 0 &&
            ir_table_confusion(&t, &classes, &counts, err) == 0)
            out = ir_plot_confusion(counts, &classes, d->title);
        ir_table_free(&t);
    }
    free(counts);
    ir_strs_free(&classes);
    return out;
}

static struct ir_canvas *draw_bars_preds(const struct ir_draw *d, struct ir_err *err)
{
    struct ir_preds p;
    double *mean, *error;
    if (ir_preds_read(d->files, d->n_files, &p, err) != 0)
        return NULL;
    ir_preds_mean(&p, &mean, &error);
    double *lo = ir_alloc(p.classes.n, sizeof *lo), *hi = ir_alloc(p.classes.n, sizeof *hi);
    for (size_t k = 0; k < p.classes.n; k++) { /* 95 % of a normal distribution */
        lo[k] = fmax(mean[k] - 1.96 * error[k], 0);
        hi[k] = fmin(mean[k] + 1.96 * error[k], 1);
        if (isnan(error[k]))
            lo[k] = hi[k] = (double)NAN;
    }
    struct ir_canvas *out = ir_plot_bars(
        &p.classes, mean, lo, hi, d->title,
        d->label ? d->label : "mean probability of the true class (bars: 95 % interval)");
    free(mean);
    free(error);
    free(lo);
    free(hi);
    ir_preds_free(&p);
    return out;
}

static struct ir_canvas *draw_bars(const struct ir_draw *d, struct ir_err *err)
{
    if (d->n_files && is_stream(d->files[0]))
        return draw_bars_preds(d, err);
    struct ir_table t = {0};
    struct ir_strs classes = {0};
    double *v = NULL, *lo = NULL, *hi = NULL;
    struct ir_canvas *out = NULL;
    if (one_file(d, err) == 0 && ir_table_read(d->n_files ? d->files[0] : "-", &t, err) == 0 &&
        ir_table_metric(&t, d->metric, &classes, &v, &lo, &hi, err) == 0)
        out = ir_plot_bars(&classes, v, lo, hi, d->title, d->label ? d->label : d->metric);
    free(v);
    free(lo);
    free(hi);
    ir_strs_free(&classes);
    ir_table_free(&t);
    return out;
}

static struct ir_canvas *draw_filters(const struct ir_draw *d, struct ir_reader *r,
                                      struct ir_err *err)
{
    struct ir_filter_set set;
    if (wanted_domain(ir_reader_header(r), "param", err) != 0 ||
        ir_filter_set_read(r, d->param, (int)d->channel, d->rate_hz, &set, err) != 0)
        return NULL;
    struct ir_canvas *out =
        d->kind == IR_DRAW_SPECTRA
            ? ir_plot_spectra(&set, d->title, err)
            : ir_plot_filters(&set, (size_t)d->count, d->cutoff_hz, d->title, err);
    ir_filter_set_free(&set);
    return out;
}

struct ir_canvas *ir_draw(const struct ir_draw *d, struct ir_err *err)
{
    struct ir_canvas *out = NULL;
    switch ((enum ir_draw_kind)d->kind) {
    case IR_DRAW_CURVES:
        return ir_plot_logs(d->files, d->n_files, d->columns, d->title, err);
    case IR_DRAW_CONFUSION:
        return draw_confusion(d, err);
    case IR_DRAW_BARS:
        return draw_bars(d, err);
    case IR_DRAW_TIMELINE:
        return draw_timeline(d, err);
    case IR_DRAW_SPECTROGRAM:
    case IR_DRAW_WAVE:
    case IR_DRAW_FILTERS:
    case IR_DRAW_SPECTRA:
    case IR_DRAW_PAGE:
        break;
    }
    struct ir_reader *r = ir_reader_open(d->files, d->n_files, err);
    if (r)
        out = d->kind == IR_DRAW_SPECTROGRAM ? draw_spectrogram(d, r, err)
              : d->kind == IR_DRAW_WAVE      ? draw_wave(d, r, err)
                                             : draw_filters(d, r, err);
    /* A stream that is cut or damaged behind the clip is a fault of the stream all the same. */
    struct ir_rec rest;
    int more = out != NULL ? 1 : 0;
    while (more == 1)
        more = ir_reader_next(r, &rest, err);
    ir_reader_close(r);
    if (more < 0) {
        ir_canvas_free(out);
        out = NULL;
    }
    return out;
}
