/* convolve.c - long filters by overlap-add. The filter is real, so two blocks of the sound go
 * through it at once as the real and the imaginary part of one complex block: FFTW does that in
 * less than half the time of its transforms of real numbers. */
#include "lanes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct convolver {
    size_t size, step; /* points of a transform; new samples in each block */
    struct ir_fft *forward, *back;
    float *time, *spectrum, *filter; /* size complex numbers each */
};

static void release(struct convolver *c)
{
    ir_fft_free(c->forward);
    ir_fft_free(c->back);
    free(c->time);
    free(c->spectrum);
    free(c->filter);
}

/* The transform that makes the convolution cheapest: a power of two times 4, 5 or 6, so that few
 * sizes occur and their plans are found again. 0: none is large enough. */
static size_t best_size(size_t m, size_t n)
{
    size_t best = 0;
    double least = (double)INFINITY;
    for (size_t unit = 64; unit <= IR_FFT_SIZE_MAX / 8; unit *= 2)
        for (size_t size = 4 * unit; size <= 6 * unit; size += unit) {
            if (size <= m)
                continue;
            const size_t pair = 2 * (size - m + 1), pairs = (n + pair - 1) / pair;
            const double share = size == 5 * unit ? 0.8 : 1; /* measured: five times is faster */
            const double cost = share * (double)(2 * pairs + 1) * (double)size * log2((double)size);
            if (cost < least) {
                least = cost;
                best = size;
            }
        }
    return best;
}

static int prepare(struct convolver *c, const float *h, size_t m, size_t n, struct ir_err *err)
{
    c->size = best_size(m, n);
    if (!c->size)
        return ir_fail(err, "a filter of %zu samples is too long", m);
    c->step = c->size - m + 1;
    c->forward = ir_fft_new(IR_FFT_C2C, c->size, 1, err);
    c->back = c->forward ? ir_fft_new(IR_FFT_C2C_BACK, c->size, 1, err) : NULL;
    if (!c->back)
        return -1;
    c->time = ir_zalloc_aligned(2 * c->size, sizeof(float));
    c->spectrum = ir_alloc_aligned(2 * c->size, sizeof(float));
    c->filter = ir_alloc_aligned(2 * c->size, sizeof(float));
    const float scale = 1 / (float)c->size;
    for (size_t i = 0; i < m; i++)
        c->time[2 * i] = h[i] * scale;
    ir_fft_run(c->forward, c->time, c->filter);
    return 0;
}

IR_CLONES static void multiply(float *restrict s, const float *restrict f, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        const float re = s[2 * k], im = s[2 * k + 1];
        s[2 * k] = re * f[2 * k] - im * f[2 * k + 1];
        s[2 * k + 1] = re * f[2 * k + 1] + im * f[2 * k];
    }
}

IR_CLONES static void interleave(const float *a, size_t n, const float *b, float *restrict out)
{
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = a[i];
        out[2 * i + 1] = b[i];
    }
}

/* Two neighbouring blocks of x, `step` samples each or what is left of them, through the filter. */
static void filter_pair(struct convolver *c, const float *x, size_t n)
{
    const size_t first = n < c->step ? n : c->step,
                 second = n - first < c->step ? n - first : c->step;
    memset(c->time, 0, 2 * c->size * sizeof *c->time);
    interleave(x, second, x + first, c->time);
    for (size_t i = second; i < first; i++)
        c->time[2 * i] = x[i];
    ir_fft_run(c->forward, c->time, c->spectrum);
    multiply(c->spectrum, c->filter, c->size);
    ir_fft_run(c->back, c->spectrum, c->time);
}

/* sum[at + i] += part[2 i] where that lies inside n; at may be negative. */
IR_CLONES static void add_block(float *sum, size_t n, ptrdiff_t at, const float *part, size_t count)
{
    const ptrdiff_t from = at < 0 ? -at : 0, end = (ptrdiff_t)n - at < (ptrdiff_t)count
                                                       ? (ptrdiff_t)n - at
                                                       : (ptrdiff_t)count;
    for (ptrdiff_t i = from; i < end; i++)
        sum[at + i] += part[2 * i];
}

int ir_dsp_convolve(const float *x, size_t n, const float *h, size_t m, size_t lead, float *y,
                    struct ir_err *err)
{
    struct convolver c = {0};
    if (!n)
        return 0;
    if (prepare(&c, h, m, n, err)) {
        release(&c);
        return -1;
    }
    float *sum = ir_zalloc(n, sizeof *sum);
    for (size_t at = 0; at < n; at += 2 * c.step) {
        const ptrdiff_t to = (ptrdiff_t)at - (ptrdiff_t)lead;
        filter_pair(&c, x + at, n - at);
        add_block(sum, n, to, c.time, c.size);
        if (at + c.step < n)
            add_block(sum, n, to + (ptrdiff_t)c.step, c.time + 1, c.size);
    }
    memcpy(y, sum, n * sizeof *y);
    free(sum);
    release(&c);
    return 0;
}

void ir_dsp_lowpass(double cut, size_t m, float *h)
{
    const double centre = (double)(m - 1) / 2;
    double sum = 0, *w = ir_alloc(m, sizeof *w);
    for (size_t i = 0; i < m; i++) {
        const double t = (double)i - centre, x = 2 * M_PI * (double)i / (double)(m - 1);
        const double black = m > 1 ? 0.42 - 0.5 * cos(x) + 0.08 * cos(2 * x) : 1;
        w[i] = black * (t == 0 ? 2 * cut : sin(2 * M_PI * cut * t) / (M_PI * t));
        sum += w[i];
    }
    for (size_t i = 0; i < m; i++)
        h[i] = (float)(w[i] / sum);
    free(w);
}
