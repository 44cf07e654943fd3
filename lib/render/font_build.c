/* font_build.c - recorded notes of a stream, trimmed and levelled, to a soundfont. */
#include "render.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *part_after(const char *path, int back)
{
    const char *end = path + strlen(path), *at = end;
    for (int k = 0; k <= back; k++) {
        end = at;
        while (at > path && at[-1] != '/')
            at--;
        if (k < back && at > path)
            at--;
    }
    (void)end;
    return at;
}

static int program_of(const struct ir_rec *rec, const char *path)
{
    const char *folder = part_after(path, 1), *labels = ir_meta_get(&rec->meta, "labels");
    if (strspn(folder, "0123456789") == 3 && folder[3] == '-') {
        int p = atoi(folder);
        return p <= IR_DRUMS ? p : -1;
    }
    if (!labels)
        return -1;
    struct ir_strs words = {0};
    char *first = ir_strndup(labels, strcspn(labels, ": "));
    int p = ir_names_parse(first, &words, NULL) == 0 && words.n ? ir_gm_find(words.at[0]) : -1;
    ir_strs_free(&words);
    free(first);
    return p;
}

/* Loudest root mean square over half a second (or over all of a shorter note). */
static double loudness(const float *x, size_t n, double rate)
{
    size_t w = (size_t)(rate / 2) < n ? (size_t)(rate / 2) : n;
    double sum = 0, most = 0;
    for (size_t i = 0; i < n; i++) {
        sum += (double)x[i] * (double)x[i];
        if (i >= w)
            sum -= (double)x[i - w] * (double)x[i - w];
        most = fmax(most, sum);
    }
    return w ? sqrt(most / (double)w) : 0;
}

static int take(const struct ir_rec *rec, double note_s, struct ir_note *out, struct ir_err *err)
{
    struct ir_buf tmp = {0};
    const char *path = ir_meta_get(&rec->meta, "path");
    double rate = 0, peak = 0;
    char shape[80];
    path = path ? path : ir_rec_id(rec);
    out->program = program_of(rec, path);
    out->key = ir_note_key(part_after(path, 0), true);
    if (out->program < 0 || out->key < 0)
        return ir_fail(err, "%s: no %s found in its name", path,
                       out->key < 0 ? "note, as As3," : "program, as 040-violin/,");
    if (rec->rank != 2 || rec->shape[0] != 1 || rec->shape[1] == 0)
        return ir_fail(err, "%s: shape %s found, one channel wanted", path,
                       ir_shape_text(shape, rec->rank, rec->shape));
    if (ir_meta_real(&rec->meta, "rate", 1000, 192000, &rate, err) != 0)
        return ir_fail(err, "%s: no rate", path);
    const float *x = ir_rec_f32(rec, true, &tmp);
    size_t n = rec->shape[1], from = 0;
    for (size_t i = 0; i < n; i++)
        peak = fmax(peak, fabs((double)x[i]));
    while (from < n && fabs((double)x[from]) < 0.02 * peak)
        from++;
    from = from > (size_t)(0.005 * rate) ? from - (size_t)(0.005 * rate) : 0;
    n = n - from < (size_t)(note_s * rate) ? n - from : (size_t)(note_s * rate);
    double level = loudness(x + from, n, rate);
    if (peak < 1e-4 || level <= 0) {
        ir_buf_free(&tmp);
        return ir_fail(err, "%s: silence found, a note wanted", path);
    }
    double gain = fmin(0.15 / level, 0.98 / peak), fade = 0.05 * rate;
    out->rate_hz = rate;
    out->n = n;
    out->x = ir_alloc(n, sizeof *out->x);
    for (size_t i = 0; i < n; i++) {
        double end = (double)(n - i) < fade ? (double)(n - i) / fade : 1;
        out->x[i] = (int16_t)lround(fmin(fmax((double)x[from + i] * gain * end, -1), 1) * 32767);
    }
    ir_buf_free(&tmp);
    return 0;
}

int ir_font_build(struct ir_run *run, const char *path, double note_s)
{
    struct ir_note *note = NULL;
    size_t n = 0, cap = 0;
    struct ir_reader *r = ir_reader_open(run->files, run->n_files, &run->err);
    struct ir_rec rec;
    int got = -1, rc = r ? 0 : -1;
    while (rc == 0 && (got = ir_reader_next(r, &rec, &run->err)) == 1) {
        struct ir_err why;
        ir_grow(&note, &cap, n + 1, sizeof *note);
        if (take(&rec, note_s, &note[n], &why) == 0)
            n++;
        else
            rc = ir_run_bad(run, &why);
    }
    ir_reader_close(r);
    if (rc == 0 && got < 0)
        rc = -1;
    if (rc == 0)
        rc = ir_font_write(path, note, n, &run->err);
    for (size_t i = 0; i < n; i++)
        free(note[i].x);
    free(note);
    return rc;
}
