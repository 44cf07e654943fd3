/* spectrogram.c - a feature record as a map with axes in seconds and Hz. */
#include "dsp.h"
#include "plot.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* The value of key=… in the front end string, NULL when absent; ends at the next blank. */
static const char *setting(const char *frontend, const char *key, char out[64])
{
    size_t n = strlen(key);
    for (const char *at = frontend; at && *at; at = strchr(at, ' ') ? strchr(at, ' ') + 1 : NULL)
        if (strncmp(at, key, n) == 0 && at[n] == '=') {
            size_t len = strcspn(at + n + 1, " ");
            if (len > 63)
                len = 63;
            memcpy(out, at + n + 1, len);
            out[len] = 0;
            return out;
        }
    return NULL;
}

static double number(const char *frontend, const char *key, double otherwise)
{
    char text[64];
    double v;
    const char *s = setting(frontend, key, text);
    return s && ir_parse_real(s, 0, 1e9, key, &v, NULL) == 0 ? v : otherwise;
}

static void add_mark(struct ir_band_marks *m, double at, double hz)
{
    if (m->n >= 16)
        return;
    m->at[m->n] = at;
    if (hz >= 1000)
        snprintf(m->text[m->n], sizeof m->text[0], "%gk", hz / 1000);
    else
        snprintf(m->text[m->n], sizeof m->text[0], "%g", hz);
    m->pointer[m->n] = m->text[m->n];
    m->n++;
}

/* Marks of a mel axis at round frequencies; band b is centred at the point b + 1 of bands + 2. */
static void mel_marks(struct ir_band_marks *m, enum ir_mel_scale scale, double lo, double hi,
                      double bands)
{
    static const double hz[] = {50, 100, 200, 400, 800, 1600, 3200, 6400, 10000, 14000, 20000};
    double a = ir_mel_from_hz(scale, lo), b = ir_mel_from_hz(scale, hi), last = -1e9;
    for (size_t i = 0; i < sizeof hz / sizeof *hz; i++) {
        double at = (ir_mel_from_hz(scale, hz[i]) - a) / (b - a) * (bands + 1) - 0.5;
        if (hz[i] < lo || at < 0 || at > bands || at - last < bands / 14)
            continue;
        add_mark(m, at, hz[i]);
        last = at;
    }
}

static void frequency_axis(struct ir_heat *h, const char *frontend, double rate,
                           struct ir_band_marks *m)
{
    char text[64];
    double bands = (double)h->rows;
    const char *kind = setting(frontend, "feature", text);
    rate = number(frontend, "rate", rate);
    m->n = 0;
    h->ay = (struct ir_axis){.lo = 0, .hi = bands, .label = "band"};
    if (!frontend || rate <= 0 || !kind)
        return;
    if (strcmp(kind, "mel") == 0) {
        char scale_text[64];
        const char *scale = setting(frontend, "scale", scale_text);
        mel_marks(m, scale && strcmp(scale, "htk") == 0 ? IR_MEL_HTK : IR_MEL_SLANEY,
                  number(frontend, "fmin", 0), number(frontend, "fmax", rate / 2), bands);
        h->ay.label = "frequency (Hz, mel scale)";
        h->ay.at = m->at;
        h->ay.text = m->pointer;
        h->ay.n_marks = m->n;
    } else if (strcmp(kind, "stft") == 0) {
        h->ay.lo = number(frontend, "fmin", 0);
        h->ay.hi = number(frontend, "fmax", rate / 2);
        h->ay.label = "frequency (Hz)";
    } else {
        h->ay.label = "coefficient";
    }
}

int ir_heat_of(const struct ir_rec *rec, const struct ir_meta *head, struct ir_heat *h,
               struct ir_band_marks *marks, struct ir_err *err)
{
    double hop = 0, offset = 0, rate = 0;
    char shape[80];
    memset(h, 0, sizeof *h);
    if (rec->dtype != 'f' || rec->rank < 2 || rec->rank > 3)
        return ir_fail(err,
                       "clip '%s': shape %s of type '%c' found, f32 [channels, bands, frames] "
                       "wanted",
                       ir_rec_id(rec), ir_shape_text(shape, rec->rank, rec->shape), rec->dtype);
    h->rows = rec->shape[rec->rank - 2];
    h->cols = rec->shape[rec->rank - 1];
    h->v = rec->data;
    h->up = true;
    if (h->rows == 0 || h->cols == 0 || ir_rec_count(rec) == 0)
        return ir_fail(err, "clip '%s': shape %s has no values", ir_rec_id(rec),
                       ir_shape_text(shape, rec->rank, rec->shape));
    if (ir_meta_real(&rec->meta, "hop", 0, 1e4, &hop, err) < 0 ||
        ir_meta_real(&rec->meta, "offset", 0, 1e9, &offset, err) < 0 ||
        ir_meta_real(&rec->meta, "rate", 0, 1e9, &rate, err) < 0)
        return ir_fail_in(err, "clip '%s'", ir_rec_id(rec));
    double lo = HUGE_VAL, hi = -HUGE_VAL;
    for (size_t i = 0; i < h->rows * h->cols; i++) {
        lo = fmin(lo, (double)h->v[i]);
        hi = fmax(hi, (double)h->v[i]);
    }
    h->lo = lo;
    h->hi = hi;
    h->ax = (struct ir_axis){.lo = 0, .hi = (double)h->cols, .label = "frame"};
    if (hop > 0) {
        h->ax.lo = offset;
        h->ax.hi = offset + hop * (double)h->cols;
        h->ax.label = "time (s)";
    }
    const char *frontend = ir_meta_get(head, "frontend");
    char text[64];
    const char *log = setting(frontend, "log", text);
    h->value_label = log && strcmp(log, "db") == 0     ? "level (dB)"
                     : log && strcmp(log, "none") == 0 ? "power or magnitude"
                                                       : "value (as stored)";
    frequency_axis(h, frontend, rate, marks);
    return 0;
}
