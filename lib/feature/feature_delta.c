/* feature_delta.c - differences along time, first and second order, joined below the values.
 *
 * savgol: librosa 0.5 and later (Savitzky-Golay, polynomial of the order, "interp" edges).
 * librosa-0.3 (to 0.3.1) and librosa-0.4: a causal ramp on edge-padded rows, applied once an order;
 * the older one is not normalised and, for its shorter padding, comes (width - 1)/2 frames late.
 * regression: HTK and torchaudio's compute_deltas, edges repeated, applied once an order. */
#include "feature.h"

#include <stdlib.h>
#include <string.h>

struct form {
    size_t half, pad, from; /* half the width; padding; first kept sample of the padded row */
    double norm;
};

static double edge(const double *x, size_t n, size_t i, ptrdiff_t off)
{
    const ptrdiff_t at = (ptrdiff_t)i + off;
    return x[at < 0 ? 0 : at >= (ptrdiff_t)n ? (ptrdiff_t)n - 1 : at];
}

static void regression(size_t half, const double *x, size_t n, double *y)
{
    double norm = 0;
    for (size_t j = 1; j <= half; j++)
        norm += 2 * (double)(j * j);
    for (size_t t = 0; t < n; t++) {
        double sum = 0;
        for (ptrdiff_t j = 1; j <= (ptrdiff_t)half; j++)
            sum += (double)j * (edge(x, n, t, j) - edge(x, n, t, -j));
        y[t] = sum / norm;
    }
}

/* Derivative number `order` of the least-squares polynomial of that order around each frame:
 * constant, so the edges repeat the first and last whole fit. */
static void savgol(size_t half, int order, const double *x, size_t n, double *y)
{
    double mean = 0, norm = 0;
    for (ptrdiff_t j = -(ptrdiff_t)half; j <= (ptrdiff_t)half; j++)
        mean += order == 2 ? (double)(j * j) / (double)(2 * half + 1) : 0;
    for (ptrdiff_t j = -(ptrdiff_t)half; j <= (ptrdiff_t)half; j++) {
        const double b = (order == 2 ? (double)(j * j) : (double)j) - mean;
        norm += b * b;
    }
    for (size_t t = half; t + half < n; t++) {
        double sum = 0;
        for (ptrdiff_t j = -(ptrdiff_t)half; j <= (ptrdiff_t)half; j++)
            sum += ((order == 2 ? (double)(j * j) : (double)j) - mean) * x[(ptrdiff_t)t + j];
        y[t] = order * sum / norm;
    }
    for (size_t t = 0; t < half; t++) {
        y[t] = y[half];
        y[n - 1 - t] = y[n - 1 - half];
    }
}

/* y_i = Σ_k ramp_k x_(i-k) with ramp = half … -half and zeros before the row. */
static void filter(size_t half, double norm, const double *x, size_t n, double *y)
{
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (size_t k = 0; k <= 2 * half && k <= i; k++)
            sum += ((double)half - (double)k) * x[i - k];
        y[i] = sum / norm;
    }
}

static void causal(const struct form *g, int order, const double *x, size_t n, double *y)
{
    const size_t all = n + 2 * g->pad;
    double *a = ir_alloc(2 * all, sizeof *a), *b = a + all;
    for (size_t i = 0; i < all; i++)
        a[i] = edge(x, n, i, -(ptrdiff_t)g->pad);
    for (int k = 0; k < order; k++) {
        filter(g->half, g->norm, a, all, b);
        memcpy(a, b, all * sizeof *a);
    }
    memcpy(y, a + g->from, n * sizeof *y);
    free(a);
}

static void delta(const struct ir_front *f, int order, const double *x, size_t n, double *y)
{
    const size_t width = (size_t)f->delta_width, half = width / 2;
    struct form g = {half, half + 1, half + 1, 1};
    switch (f->delta_form) {
    case IR_DELTA_SAVGOL:
        savgol(half, order, x, n, y);
        return;
    case IR_DELTA_REGRESSION: {
        double *first = ir_alloc(n, sizeof *first);
        memcpy(first, x, n * sizeof *first);
        for (int k = 0; k < order; k++) {
            regression(half, first, n, y);
            memcpy(first, y, n * sizeof *first);
        }
        free(first);
        return;
    }
    case IR_DELTA_LIBROSA_04:
        g = (struct form){half, width, 2 * width - half - 1, 0};
        for (size_t j = 1; j <= half; j++)
            g.norm += 2 * (double)(j * j);
        break;
    default:
        break;
    }
    causal(&g, order, x, n, y);
}

static bool deltas_on(const struct ir_front *f)
{
    return f->deltas > 0;
}

static int deltas(const struct ir_front *f, struct ir_map *m, struct ir_err *err)
{
    const size_t orders = (size_t)f->deltas, n = m->frames, width = (size_t)f->delta_width;
    if (f->delta_form == IR_DELTA_SAVGOL && n < width)
        return ir_fail(err, "%zu frames, but differences of width %zu need as many", n, width);
    struct ir_map out = {.hop_s = m->hop_s};
    ir_map_reshape(&out, m->channels, m->rows * (1 + orders), n);
    double *x = ir_alloc(2 * n, sizeof *x), *y = x + n;
    for (size_t c = 0; c < m->channels; c++) {
        for (size_t r = 0; r < m->rows; r++) {
            const float *from = m->v + (c * m->rows + r) * n;
            float *to = out.v + (c * out.rows + r) * n;
            memcpy(to, from, n * sizeof *to);
            for (size_t t = 0; t < n; t++)
                x[t] = (double)from[t];
            for (size_t k = 1; k <= orders; k++) {
                delta(f, (int)k, x, n, y);
                for (size_t t = 0; t < n; t++)
                    to[k * m->rows * n + t] = (float)y[t];
            }
        }
    }
    free(x);
    ir_map_move(m, &out);
    return 0;
}

const struct ir_feature ir_feature_delta = {
    .name = "delta",
    .usage = "values, first and second differences one below the other",
    .example = "feature=mel rate=8000 n-fft=256 hop=80 bands=20 log=db deltas=2",
    .order = 30,
    .on = deltas_on,
    .apply = deltas,
};
