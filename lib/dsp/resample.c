/* resample.c - sound at other times: a windowed sinc read from a table. */
#include "lanes.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define CROSSINGS 24
#define STEPS     512
static const double kaiser_beta = 9; /* stop band below -90 dB */

/* Modified Bessel function of the first kind, order 0: its power series. */
static double bessel0(double x)
{
    double sum = 1, term = 1;
    for (int k = 1; term > 1e-14 * sum; k++) {
        term *= x / (2 * k) * (x / (2 * k));
        sum += term;
    }
    return sum;
}

/* One wing of the windowed sinc, STEPS values a crossing; made once. */
static double wing[CROSSINGS * STEPS + 2];
static pthread_once_t wing_once = PTHREAD_ONCE_INIT;

static void make_wing(void)
{
    const size_t n = CROSSINGS * STEPS;
    const double top = bessel0(kaiser_beta);
    for (size_t i = 0; i <= n; i++) {
        const double x = (double)i / STEPS, r = x / CROSSINGS;
        const double window = bessel0(kaiser_beta * sqrt(fmax(0, 1 - r * r))) / top;
        wing[i] = (i ? sin(M_PI * x) / (M_PI * x) : 1) * window;
    }
}

static double wing_at(double crossings)
{
    const double place = crossings * STEPS;
    const size_t k = (size_t)place;
    if (k >= CROSSINGS * STEPS)
        return 0;
    return wing[k] + (place - (double)k) * (wing[k + 1] - wing[k]);
}

/* The filters for places between two samples, at `phases` steps, and the way from each to the next.
 */
struct bank {
    size_t phases, reach, taps; /* taps: 2 reach, rounded up to whole vectors */
    float *h;                   /* phases × 2 × taps: values, then differences */
};

static void make_bank(struct bank *b, double step)
{
    const double band = step > 1 ? 1 / step : 1;
    b->reach = (size_t)ceil(CROSSINGS / band);
    b->taps = (2 * b->reach + IR_LANES - 1) / IR_LANES * IR_LANES;
    b->phases = (size_t)ceil(STEPS * band); /* as fine as the wing itself */
    b->h = ir_zalloc_aligned(b->phases * 2 * b->taps, sizeof *b->h);
    double *last = ir_zalloc(2 * b->taps, sizeof *last), *next = last + b->taps;
    for (size_t p = 0; p <= b->phases; p++) {
        const double from = (double)p / (double)b->phases + (double)b->reach - 1;
        for (size_t t = 0; t < 2 * b->reach; t++)
            next[t] = band * wing_at(fabs(from - (double)t) * band);
        for (size_t t = 0; t < b->taps && p > 0; t++)
            b->h[(2 * p - 1) * b->taps + t] = (float)(next[t] - last[t]);
        for (size_t t = 0; t < b->taps && p < b->phases; t++)
            b->h[2 * p * b->taps + t] = (float)next[t];
        memcpy(last, next, b->taps * sizeof *last);
    }
    free(last);
}

/* One output, its 16 partial sums. */
IR_INLINE ir_vec partial(const struct bank *b, const float *x, double at)
{
    const double base = floor(at), place = (at - base) * (double)b->phases;
    const size_t p = (size_t)place < b->phases ? (size_t)place : b->phases - 1;
    const float *in = x + (size_t)base, *h = b->h + 2 * p * b->taps, *d = h + b->taps;
    const float share = (float)(place - (double)p);
    ir_vec sum = {0};
    for (size_t t = 0; t < b->taps; t += IR_LANES) {
        const ir_vec v = *(const ir_vec_u *)(const void *)(in + t),
                     hv = *(const ir_vec *)(const void *)(h + t),
                     dv = *(const ir_vec *)(const void *)(d + t);
        sum += v * (hv + share * dv);
    }
    return sum;
}

/* x: the sample of the first tap of the first output. Sixteen outputs are added up side by side. */
IR_CLONES static void filter(const struct bank *b, const float *x, double step, float *y,
                             size_t out_n)
{
    for (size_t i = 0; i < out_n; i += IR_LANES) {
        const size_t n = out_n - i < IR_LANES ? out_n - i : IR_LANES;
        ir_vec sum[IR_LANES] = {{0}};
        for (size_t j = 0; j < n; j++)
            sum[j] = partial(b, x, (double)(i + j) * step);
        ir_vec_transpose(sum);
        for (size_t j = 1; j < IR_LANES; j++)
            sum[0] += sum[j];
        memcpy(y + i, &sum[0], n * sizeof *y);
    }
}

void ir_dsp_resample(const float *x, size_t n, double step, float *y, size_t out_n)
{
    struct bank b;
    pthread_once(&wing_once, make_wing);
    make_bank(&b, step);
    /* Behind the sound's end there is silence; nothing is read further than one filter behind. */
    const size_t sounding = (size_t)fmin((double)out_n, ceil((double)(n + b.reach) / step));
    float *padded = ir_zalloc(n + 3 * b.reach + b.taps + (size_t)step + 2, sizeof *padded);
    memcpy(padded + b.reach - 1, x, n * sizeof *x);
    filter(&b, padded, step, y, sounding);
    memset(y + sounding, 0, (out_n - sounding) * sizeof *y);
    free(padded);
    free(b.h);
}
