/* model.c - the filters of a model's first layer, as they are and as spectra. */
#include "plot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_filters(const struct ir_rec *rec)
{
    if (rec->dtype != 'f' || rec->rank < 3 || rec->rank > 4 || rec->shape[rec->rank - 1] < 3)
        return false;
    for (int i = 2; i < rec->rank - 1; i++)
        if (rec->shape[i] != 1)
            return false;
    return ir_rec_count(rec) > 0;
}

static int take(const struct ir_rec *rec, int channel, struct ir_filter_set *s, struct ir_err *err)
{
    size_t in = rec->shape[1];
    const float *w = rec->data;
    char shape[80];
    if (!is_filters(rec))
        return ir_fail(err, "parameter %s: shape %s found, [filters, inputs, taps] of f32 wanted",
                       ir_rec_name(rec), ir_shape_text(shape, rec->rank, rec->shape));
    if (channel >= (int)in)
        return ir_fail(err, "parameter %s has %zu input channels, channel %d wanted",
                       ir_rec_name(rec), in, channel);
    s->n = rec->shape[0];
    s->taps = rec->shape[rec->rank - 1];
    s->name = ir_strdup(ir_rec_name(rec));
    s->v = ir_zalloc(s->n * s->taps, sizeof *s->v);
    for (size_t f = 0; f < s->n; f++)
        for (size_t c = 0; c < in; c++)
            for (size_t k = 0; k < s->taps && (channel < 0 || (size_t)channel == c); k++)
                s->v[f * s->taps + k] +=
                    w[(f * in + c) * s->taps + k] / (channel < 0 ? (float)in : 1.0F);
    for (size_t i = 0; i < s->n * s->taps; i++)
        if (!isfinite(s->v[i]))
            return ir_fail(err, "parameter %s holds a value that is not finite", s->name);
    return 0;
}

static int find_rate(const struct ir_meta *head, double *rate_hz, struct ir_err *err)
{
    const char *frontend = ir_meta_get(head, "frontend");
    if (*rate_hz > 0 || ir_meta_real(head, "rate", 1, 1e6, rate_hz, err) == 0)
        return 0;
    for (const char *at = frontend; at; at = strchr(at, ' ') ? strchr(at, ' ') + 1 : NULL)
        if (strncmp(at, "rate=", 5) == 0) {
            *rate_hz = strtod(at + 5, NULL);
            if (*rate_hz >= 1 && *rate_hz <= 1e6)
                return 0;
        }
    return ir_fail(err, "the model does not say its sample rate; --rate wanted");
}

int ir_filter_set_read(struct ir_reader *r, const char *param, int channel, double rate_hz,
                       struct ir_filter_set *s, struct ir_err *err)
{
    struct ir_rec rec;
    int got;
    memset(s, 0, sizeof *s);
    s->rate_hz = rate_hz;
    if (find_rate(ir_reader_header(r), &s->rate_hz, err) != 0)
        return -1;
    while ((got = ir_reader_next(r, &rec, err)) == 1) {
        if (param ? strcmp(ir_rec_name(&rec), param) != 0 : !is_filters(&rec))
            continue;
        if (take(&rec, channel, s, err) == 0)
            return 0;
        ir_filter_set_free(s);
        return -1;
    }
    if (got == 0)
        ir_fail(err,
                param ? "no parameter '%s' in the model"
                      : "%sno convolution over sound, [filters, inputs, taps], in the model",
                param ? param : "");
    return -1;
}

void ir_filter_set_free(struct ir_filter_set *s)
{
    free(s->v);
    free(s->name);
    memset(s, 0, sizeof *s);
}

struct sorted {
    float *spectrum;
    double *peak_hz;
    size_t *order, bins;
};

static int sort(const struct ir_filter_set *s, struct sorted *out, struct ir_err *err)
{
    out->bins = ir_filter_fft(s->taps) / 2 + 1;
    out->spectrum = ir_alloc(s->n * out->bins, sizeof *out->spectrum);
    out->peak_hz = ir_alloc(s->n, sizeof *out->peak_hz);
    out->order = ir_alloc(s->n, sizeof *out->order);
    return ir_filter_spectra(s->v, s->n, s->taps, s->rate_hz, out->spectrum, out->peak_hz,
                             out->order, err);
}

static void sorted_free(struct sorted *s)
{
    free(s->spectrum);
    free(s->peak_hz);
    free(s->order);
}

struct ir_canvas *ir_plot_spectra(const struct ir_filter_set *s, const char *title,
                                  struct ir_err *err)
{
    struct sorted by = {0};
    struct ir_canvas *c = NULL;
    char text[160];
    if (sort(s, &by, err) == 0) {
        float *v = ir_alloc(s->n * by.bins, sizeof *v);
        for (size_t i = 0; i < s->n; i++)
            memcpy(v + i * by.bins, by.spectrum + by.order[i] * by.bins, by.bins * sizeof *v);
        snprintf(text, sizeof text, "%s: %zu filters of %zu taps, sorted by peak frequency",
                 s->name, s->n, s->taps);
        struct ir_heat h = {.title = title ? title : text,
                            .value_label = "magnitude, each row 0 to 1",
                            .v = v,
                            .rows = s->n,
                            .cols = by.bins,
                            .lo = 0,
                            .hi = 1,
                            .up = true};
        h.ax = (struct ir_axis){.lo = 0, .hi = s->rate_hz / 2, .label = "frequency (Hz)"};
        h.ay = (struct ir_axis){.lo = 0, .hi = (double)s->n, .label = "filter"};
        c = ir_plot_heat(&h, 860, 460);
        free(v);
    }
    sorted_free(&by);
    return c;
}

/* Convolution with a Hann-windowed sinc; taps beyond the ends are zero. */
static void lowpass(const float *in, float *out, size_t taps, double cutoff)
{
    long half = lround(2 / cutoff);
    double *w = ir_alloc((size_t)(2 * half + 1), sizeof *w), sum = 0;
    for (long k = -half; k <= half; k++) {
        double x = 2 * cutoff * (double)k;
        double hann = 0.5 + 0.5 * cos(M_PI * (double)k / (double)(half + 1));
        w[k + half] = hann * (k == 0 ? 1 : sin(M_PI * x) / (M_PI * x));
        sum += w[k + half];
    }
    for (long i = 0; i < (long)taps; i++) {
        double v = 0;
        for (long k = -half; k <= half; k++)
            if (i + k >= 0 && i + k < (long)taps)
                v += w[k + half] * (double)in[i + k];
        out[i] = (float)(v / sum);
    }
    free(w);
}

struct ir_canvas *ir_plot_filters(const struct ir_filter_set *s, size_t count, double lowpass_hz,
                                  const char *title, struct ir_err *err)
{
    struct sorted by = {0};
    struct ir_canvas *c = NULL;
    if (sort(s, &by, err) == 0) {
        count = count < s->n ? count : s->n;
        float *v = ir_alloc(count * s->taps, sizeof *v);
        char(*text)[48] = ir_alloc(count, sizeof *text), head[200];
        const char **caption = ir_alloc(count, sizeof *caption);
        for (size_t i = 0; i < count; i++) {
            size_t at = by.order[count > 1 ? i * (s->n - 1) / (count - 1) : 0];
            memcpy(v + i * s->taps, s->v + at * s->taps, s->taps * sizeof *v);
            if (lowpass_hz > 0 && lowpass_hz < s->rate_hz / 2)
                lowpass(s->v + at * s->taps, v + i * s->taps, s->taps, lowpass_hz / s->rate_hz);
            snprintf(text[i], sizeof text[i], "filter %zu, peak %.0f Hz", at, by.peak_hz[at]);
            caption[i] = text[i];
        }
        size_t n =
            (size_t)snprintf(head, sizeof head, "%s: %zu of %zu filters, %.1f ms each, own scale",
                             s->name, count, s->n, 1000 * (double)s->taps / s->rate_hz);
        if (lowpass_hz > 0 && n < sizeof head)
            snprintf(head + n, sizeof head - n, ", low-pass %.0f Hz", lowpass_hz);
        c = ir_plot_small(v, count, s->taps, 6, caption, title ? title : head);
        free(v);
        free(text);
        free(caption);
    }
    sorted_free(&by);
    return c;
}
