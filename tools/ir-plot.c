/* ir-plot - pictures of features, sound, training, scores, predictions and models, as SVG or PNG.
 */
#include "plot.h"
#include "tool.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum kind { SPECTROGRAM, WAVE, CURVES, CONFUSION, BARS, FILTERS, SPECTRA, TIMELINE };
enum { AUTO, SVG, PNG };

static int kind, format;
static const char *id, *title, *param, *columns, *metric, *value_label;
static long long count, channel;
static double scale, rate_hz, cutoff_hz;
static struct ir_run run;

static const struct ir_opt opts[] = {
    IR_CHOICE('k', "kind", &kind, "KIND",
              "spectrogram|wave|curves|confusion|bars|filters|spectra|timeline", "what to draw"),
    IR_CHOICE('f', "format", &format, "FORMAT", "auto|svg|png",
              "auto: PNG when the output file ends in .png, else SVG", .def = "auto"),
    IR_REAL(0, "scale", &scale, "N", 0.5, 8, "resolution of PNG", .unit = "pixels a point",
            .def = "2"),
    IR_STR('i', "id", &id, "ID",
           "the clip (or, for a timeline, the path) to draw; default: the first"),
    IR_STR(0, "title", &title, "TEXT", "line above the picture"),
    IR_STR(
        0, "columns", &columns, "NAMES",
        "curves: columns of the log to draw, separated by commas; default: all losses, all scores"),
    IR_STR(0, "metric", &metric, "NAME", "bars: metric of a score table", .def = "f1"),
    IR_STR(0, "label", &value_label, "TEXT", "name and unit of the drawn values"),
    IR_STR('p', "param", &param, "NAME",
           "filters, spectra: parameter of the model; default: the first convolution"),
    IR_INT('n', "count", &count, "N", 1, 4096, "filters: how many, evenly chosen by peak frequency",
           .def = "32"),
    IR_INT('C', "channel", &channel, "N", -1, 63,
           "input channel of filters and waves; -1: mean of all", .def = "-1"),
    IR_REAL('r', "rate", &rate_hz, "HZ", 1, 768000,
            "rate of the filters when the model does not say it", .unit = "Hz"),
    IR_REAL(0, "lowpass", &cutoff_hz, "HZ", 1, 384000,
            "filters: smooth above this frequency before drawing", .unit = "Hz"),
};

static const struct ir_renamed renamed[] = {{"s", "--scale"},  {"t", "--title"}, {"c", "--columns"},
                                            {"m", "--metric"}, {"l", "--label"}, {NULL, NULL}};

static const struct ir_tool tool = {
    .name = "ir-plot",
    .operands = "[FILE…]",
    .summary = "draw a picture of a stream, a training log or a score table",
    .examples =
        "ir-plot -k spectrogram -o clip.svg clips.mel.irt        features, the first clip\n"
        "ir-plot -k wave -i flute_A4 -o wave.png clips.audio.irt sound\n"
        "ir-plot -k curves -o curves.svg train.log other.log     logs of ir-train\n"
        "ir-plot -k confusion -o confusion.svg run.score.tsv     or predictions, *.pred.irt\n"
        "ir-plot -k bars --metric recall -o recall.svg run.score.tsv   a metric of each class\n"
        "ir-plot -k bars -o mean.svg run.pred.irt                mean probability of the true "
        "class\n"
        "ir-plot -k filters --lowpass 5000 -o fig5.svg m.model.irt\n"
        "ir-plot -k spectra -o fig4.svg m.model.irt              peaks of a first layer, sorted\n"
        "ir-plot -k timeline -o song.svg song.pred.irt           instruments over a recording\n",
    .opts = opts,
    .n_opts = sizeof opts / sizeof *opts,
    .renamed = renamed,
};

static int wanted_domain(const struct ir_meta *head, const char *want)
{
    const char *domain = ir_meta_get(head, "domain");
    if (domain && strcmp(domain, want) == 0)
        return 0;
    return ir_fail(&run.err, "--kind wants a stream of domain '%s', found '%s'", want,
                   domain ? domain : "none");
}

/* The record with --id, or the first; 1 found, -1 not. */
static int find_record(struct ir_reader *r, struct ir_rec *rec)
{
    int got;
    while ((got = ir_reader_next(r, rec, &run.err)) == 1)
        if (!id || strcmp(ir_rec_id(rec), id) == 0)
            return 1;
    if (got == 0)
        ir_fail(&run.err, id ? "no clip '%s' in the stream" : "%sthe stream holds no clip",
                id ? id : "");
    return -1;
}

static struct ir_canvas *draw_spectrogram(struct ir_reader *r)
{
    struct ir_rec rec;
    struct ir_heat h;
    struct ir_band_marks marks;
    const struct ir_meta *head = ir_reader_header(r);
    if (wanted_domain(head, "feature") != 0 || find_record(r, &rec) < 0 ||
        ir_heat_of(&rec, head, &h, &marks, &run.err) != 0)
        return NULL;
    h.title = title ? title : ir_rec_id(&rec);
    if (value_label)
        h.value_label = value_label;
    return ir_plot_heat(&h, 860, 400);
}

static struct ir_canvas *draw_wave(struct ir_reader *r)
{
    struct ir_rec rec;
    double rate = 1, offset = 0;
    if (wanted_domain(ir_reader_header(r), "audio") != 0 || find_record(r, &rec) < 0)
        return NULL;
    size_t rows = rec.rank == 2 ? rec.shape[0] : 1, n = rec.rank ? rec.shape[rec.rank - 1] : 0;
    if (rec.rank < 1 || rec.rank > 2 || n == 0 || rows == 0 || channel >= (long long)rows) {
        char shape[80];
        ir_fail(&run.err, "clip '%s': shape %s found, [channels, samples] with channel %lld wanted",
                ir_rec_id(&rec), ir_shape_text(shape, rec.rank, rec.shape), channel);
        return NULL;
    }
    if (ir_meta_real(&rec.meta, "rate", 1, 1e7, &rate, &run.err) < 0 ||
        ir_meta_real(&rec.meta, "offset", 0, 1e9, &offset, &run.err) < 0)
        return NULL;
    struct ir_buf tmp = {0};
    const float *x = ir_rec_f32(&rec, true, &tmp);
    float *one = ir_zalloc(n, sizeof *one);
    for (size_t c = 0; c < rows; c++)
        for (size_t i = 0; (channel < 0 || (size_t)channel == c) && i < n; i++)
            one[i] += x[c * n + i] / (channel < 0 ? (float)rows : 1.0F);
    struct ir_canvas *out = ir_plot_wave(one, n, rate, offset, title ? title : ir_rec_id(&rec));
    free(one);
    ir_buf_free(&tmp);
    return out;
}

static struct ir_canvas *draw_timeline(void)
{
    struct ir_preds p;
    struct ir_canvas *out = NULL;
    if (ir_preds_read(run.files, run.n_files, &p, &run.err) != 0)
        return NULL;
    size_t n = 0, k = p.classes.n;
    const char *path = p.path.at[0];
    for (size_t i = 0; id && i < p.n; i++)
        if (strcmp(p.id.at[i], id) == 0 || strcmp(p.path.at[i], id) == 0) {
            path = p.path.at[i];
            break;
        }
    for (size_t i = 0; i < p.n; i++) {
        if (strcmp(p.path.at[i], path) != 0)
            continue;
        memmove(p.p + n * k, p.p + i * k, k * sizeof *p.p);
        memmove(p.truth + n * k, p.truth + i * k, k * sizeof *p.truth);
        p.start_s[n] = p.start_s[i];
        p.end_s[n++] = p.end_s[i];
    }
    bool lengths = true, truth = false;
    for (size_t i = 0; i < n; i++)
        lengths = lengths && p.end_s[i] > p.start_s[i];
    for (size_t i = 0; i < n * k; i++)
        truth = truth || !isnan(p.truth[i]);
    struct ir_timeline t = {title ? title : path,   &p.classes,  p.start_s, p.end_s, p.p,
                            truth ? p.truth : NULL, p.threshold, n};
    if (id && strcmp(path, id) != 0 && ir_strs_find(&p.id, id) < 0)
        ir_fail(&run.err, "no clip or path '%s' in the stream", id);
    else if (!lengths)
        ir_fail(&run.err,
                "%s: segments without 'length' found; a timeline needs ir-decode --segment", path);
    else
        out = ir_plot_timeline(&t);
    ir_preds_free(&p);
    return out;
}

static bool is_stream(const char *path)
{
    char magic[4];
    return ir_peek(path, magic, 4) == 4 && memcmp(magic, "IRT", 3) == 0;
}

static int one_file(void)
{
    if (run.n_files <= 1)
        return 0;
    return ir_fail(&run.err, "%zu tables found, one wanted", run.n_files);
}

static struct ir_canvas *draw_confusion(void)
{
    struct ir_strs classes = {0};
    double *counts = NULL;
    struct ir_canvas *out = NULL;
    if (run.n_files && is_stream(run.files[0])) {
        struct ir_preds p;
        if (ir_preds_read(run.files, run.n_files, &p, &run.err) != 0)
            return NULL;
        if (ir_preds_confusion(&p, &counts, &run.err) == 0)
            out = ir_plot_confusion(counts, &p.classes, title);
        ir_preds_free(&p);
    } else {
        struct ir_table t = {0};
        if (one_file() == 0 && ir_table_read(run.n_files ? run.files[0] : "-", &t, &run.err) == 0 &&
            ir_table_confusion(&t, &classes, &counts, &run.err) == 0)
            out = ir_plot_confusion(counts, &classes, title);
        ir_table_free(&t);
    }
    free(counts);
    ir_strs_free(&classes);
    return out;
}

static struct ir_canvas *draw_bars_preds(void)
{
    struct ir_preds p;
    double *mean, *error;
    if (ir_preds_read(run.files, run.n_files, &p, &run.err) != 0)
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
        &p.classes, mean, lo, hi, title,
        value_label ? value_label : "mean probability of the true class (bars: 95 % interval)");
    free(mean);
    free(error);
    free(lo);
    free(hi);
    ir_preds_free(&p);
    return out;
}

static struct ir_canvas *draw_bars(void)
{
    if (run.n_files && is_stream(run.files[0]))
        return draw_bars_preds();
    struct ir_table t = {0};
    struct ir_strs classes = {0};
    double *v = NULL, *lo = NULL, *hi = NULL;
    struct ir_canvas *out = NULL;
    if (one_file() == 0 && ir_table_read(run.n_files ? run.files[0] : "-", &t, &run.err) == 0 &&
        ir_table_metric(&t, metric, &classes, &v, &lo, &hi, &run.err) == 0)
        out = ir_plot_bars(&classes, v, lo, hi, title, value_label ? value_label : metric);
    free(v);
    free(lo);
    free(hi);
    ir_strs_free(&classes);
    ir_table_free(&t);
    return out;
}

static struct ir_canvas *draw_filters(struct ir_reader *r)
{
    struct ir_filter_set set;
    if (wanted_domain(ir_reader_header(r), "param") != 0 ||
        ir_filter_set_read(r, param, (int)channel, rate_hz, &set, &run.err) != 0)
        return NULL;
    struct ir_canvas *out = kind == SPECTRA
                                ? ir_plot_spectra(&set, title, &run.err)
                                : ir_plot_filters(&set, (size_t)count, cutoff_hz, title, &run.err);
    ir_filter_set_free(&set);
    return out;
}

static struct ir_canvas *draw(void)
{
    struct ir_canvas *out = NULL;
    switch ((enum kind)kind) {
    case CURVES:
        return ir_plot_logs(run.files, run.n_files, columns, title, &run.err);
    case CONFUSION:
        return draw_confusion();
    case BARS:
        return draw_bars();
    case TIMELINE:
        return draw_timeline();
    case SPECTROGRAM:
    case WAVE:
    case FILTERS:
    case SPECTRA:
        break;
    }
    struct ir_reader *r = ir_reader_open(run.files, run.n_files, &run.err);
    if (r)
        out = kind == SPECTROGRAM ? draw_spectrogram(r)
              : kind == WAVE      ? draw_wave(r)
                                  : draw_filters(r);
    /* A stream that is cut or damaged behind the clip is a fault of the stream all the same. */
    struct ir_rec rest;
    int more = out != NULL ? 1 : 0;
    while (more == 1)
        more = ir_reader_next(r, &rest, &run.err);
    ir_reader_close(r);
    if (more < 0) {
        ir_canvas_free(out);
        out = NULL;
    }
    return out;
}

static int write_picture(const struct ir_canvas *c)
{
    size_t n = run.output ? strlen(run.output) : 0;
    bool png =
        format == PNG || (format == AUTO && n > 4 && strcmp(run.output + n - 4, ".png") == 0);
    struct ir_buf b = {0};
    int rc = 0;
    if (png)
        rc = ir_canvas_png(c, scale, &b, &run.err);
    else
        ir_canvas_svg(c, &b);
    struct ir_out *o = rc == 0 ? ir_out_open(run.output, png, &run.err) : NULL;
    rc = o ? ir_out_write(o, b.data, b.len, &run.err) : -1;
    if (rc == 0)
        rc = ir_out_commit(o, &run.err);
    else
        ir_out_abort(o);
    ir_buf_free(&b);
    return rc;
}

int main(int argc, char **argv)
{
    int status = ir_run_start(&run, &tool, argc, argv);
    if (status >= 0)
        return status;
    if (kind < 0) {
        ir_fail(&run.err, "no --kind given; wanted: %s", opts[0].choices);
        return ir_run_finish(&run, -2);
    }
    struct ir_canvas *c = draw();
    int rc = c ? write_picture(c) : -1;
    ir_canvas_free(c);
    return ir_run_finish(&run, rc);
}
