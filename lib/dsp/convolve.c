/* convolve.c - long filters by overlap-add. */
#include "dsp.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct convolver {
    size_t size, bins;
    struct ir_fft *forward, *back;
    float *time, *spectrum, *filter;
};

static void release(struct convolver *c)
{
    ir_fft_free(c->forward);
    ir_fft_free(c->back);
    free(c->time);
    free(c->spectrum);
    free(c->filter);
}

static int prepare(struct convolver *c, const float *h, size_t m, size_t n, struct ir_err *err)
{
    const size_t block = n < 4 * m ? n : 4 * m;
    c->size = ir_fft_good_size((block < 4096 ? 4096 : block) + m);
    c->size += c->size % 2;
    c->bins = c->size / 2 + 1;
    c->forward = ir_fft_new(IR_FFT_R2C, c->size, 1, err);
    c->back = c->forward ? ir_fft_new(IR_FFT_C2R, c->size, 1, err) : NULL;
    if (!c->back)
        return -1;
    c->time = ir_zalloc_aligned(c->size, sizeof(float));
    c->spectrum = ir_alloc_aligned(2 * c->bins, sizeof(float));
    c->filter = ir_alloc_aligned(2 * c->bins, sizeof(float));
    memcpy(c->time, h, m * sizeof *h);
    ir_fft_run(c->forward, c->time, c->filter);
    for (size_t i = 0; i < 2 * c->bins; i++)
        c->filter[i] /= (float)c->size;
    return 0;
}

static void filter_block(struct convolver *c, const float *x, size_t n)
{
    memset(c->time, 0, c->size * sizeof *c->time);
    memcpy(c->time, x, n * sizeof *x);
    ir_fft_run(c->forward, c->time, c->spectrum);
    for (size_t k = 0; k < c->bins; k++) {
        float *s = c->spectrum + 2 * k;
        const float *f = c->filter + 2 * k, re = s[0], im = s[1];
        s[0] = re * f[0] - im * f[1];
        s[1] = re * f[1] + im * f[0];
    }
    ir_fft_run(c->back, c->spectrum, c->time);
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
    const size_t step = c.size - m + 1;
    float *sum = ir_zalloc(n, sizeof *sum);
    for (size_t at = 0; at < n; at += step) {
        const size_t count = n - at < step ? n - at : step;
        filter_block(&c, x + at, count);
        for (size_t i = 0; i < count + m - 1; i++)
            if (at + i >= lead && at + i - lead < n)
                sum[at + i - lead] += c.time[i];
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
