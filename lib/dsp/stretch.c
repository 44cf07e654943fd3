/* stretch.c - longer or shorter at the same pitch: a phase vocoder with phase locking. */
#include "dsp.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE = 2048, BINS = SIZE / 2 + 1, HOP = SIZE / 4 };

struct vocoder {
    struct ir_fft *forward, *back;
    float *time, *now, *before, *out;
    double window[SIZE];
    double phase[BINS]; /* of the last frame that was written */
    double mag[BINS];
};

static int prepare(struct vocoder *v, struct ir_err *err)
{
    v->forward = ir_fft_new(IR_FFT_R2C, SIZE, 1, err);
    v->back = v->forward ? ir_fft_new(IR_FFT_C2R, SIZE, 1, err) : NULL;
    if (!v->back)
        return -1;
    v->time = ir_alloc_aligned(SIZE, sizeof(float));
    v->now = ir_alloc_aligned(2 * BINS, sizeof(float));
    v->before = ir_alloc_aligned(2 * BINS, sizeof(float));
    v->out = ir_alloc_aligned(2 * BINS, sizeof(float));
    return ir_dsp_window("hann", SIZE, v->window, err);
}

static void release(struct vocoder *v)
{
    ir_fft_free(v->forward);
    ir_fft_free(v->back);
    free(v->time);
    free(v->now);
    free(v->before);
    free(v->out);
}

/* The spectrum of the frame whose centre is at sample `centre`. */
static void analyse(struct vocoder *v, const float *x, size_t n, double centre, float *spectrum)
{
    const double from = floor(centre) - SIZE / 2;
    for (size_t i = 0; i < SIZE; i++) {
        const double at = from + (double)i;
        v->time[i] = at >= 0 && at < (double)n ? x[(size_t)at] * (float)v->window[i] : 0;
    }
    ir_fft_run(v->forward, v->time, spectrum);
}

static double angle(const float *s, size_t k)
{
    return atan2((double)s[2 * k + 1], (double)s[2 * k]);
}

/* The phase of a peak goes on by what it turned within one hop of the sound. */
static double advanced(const struct vocoder *v, size_t k)
{
    const double expected = 2 * M_PI * (double)k * HOP / SIZE;
    const double turn = angle(v->now, k) - angle(v->before, k) - expected;
    return v->phase[k] + expected + turn - 2 * M_PI * rint(turn / (2 * M_PI));
}

static bool peak(const double *mag, size_t k)
{
    for (size_t j = k > 2 ? k - 2 : 0; j <= k + 2 && j < BINS; j++)
        if (mag[j] > mag[k] || (mag[j] == mag[k] && j < k))
            return false;
    return true;
}

/* The bins around each peak, to the middle between two, keep their phase relative to it. */
static void lock(struct vocoder *v)
{
    double next[BINS];
    size_t start = 0;
    for (size_t k = 0; k < BINS; k++)
        v->mag[k] = hypot((double)v->now[2 * k], (double)v->now[2 * k + 1]);
    for (size_t k = 0; k < BINS; k++) {
        if (!peak(v->mag, k))
            continue;
        size_t after = k + 1;
        while (after < BINS && !peak(v->mag, after))
            after++;
        const size_t end = after < BINS ? (k + after) / 2 + 1 : BINS;
        const double turn = advanced(v, k) - angle(v->now, k);
        for (size_t j = start; j < end; j++)
            next[j] = angle(v->now, j) + turn;
        start = end;
    }
    for (size_t k = start; k < BINS; k++)
        next[k] = angle(v->now, k);
    for (size_t k = 0; k < BINS; k++)
        v->phase[k] = remainder(next[k], 2 * M_PI);
}

static void synthesise(struct vocoder *v, double *sum, double *weight)
{
    for (size_t k = 0; k < BINS; k++) {
        v->out[2 * k] = (float)(v->mag[k] * cos(v->phase[k]));
        v->out[2 * k + 1] = (float)(v->mag[k] * sin(v->phase[k]));
    }
    v->out[1] = v->out[2 * BINS - 1] = 0;
    ir_fft_run(v->back, v->out, v->time);
    for (size_t i = 0; i < SIZE; i++) {
        sum[i] += (double)v->time[i] / SIZE * v->window[i];
        weight[i] += v->window[i] * v->window[i];
    }
}

static void run(struct vocoder *v, const float *x, size_t n, double factor, double *sum,
                double *weight, size_t frames)
{
    for (size_t t = 0; t < frames; t++) {
        const double centre = (double)(t * HOP) / factor;
        analyse(v, x, n, centre, v->now);
        analyse(v, x, n, floor(centre) - HOP, v->before);
        if (t == 0)
            for (size_t k = 0; k < BINS; k++) {
                v->phase[k] = angle(v->now, k);
                v->mag[k] = hypot((double)v->now[2 * k], (double)v->now[2 * k + 1]);
            }
        else
            lock(v);
        synthesise(v, sum + t * HOP, weight + t * HOP);
    }
}

int ir_dsp_stretch(const float *x, size_t n, double factor, float **out, size_t *out_n,
                   struct ir_err *err)
{
    struct vocoder v = {0};
    if (!(factor >= 0.25 && factor <= 4))
        return ir_fail(err, "stretching by %g is out of range (0.25 to 4)", factor);
    if (prepare(&v, err)) {
        release(&v);
        return -1;
    }
    const size_t length = (size_t)rint((double)n * factor), frames = length / HOP + 2;
    double *sum = ir_zalloc(2 * (frames * HOP + SIZE), sizeof *sum);
    double *weight = sum + frames * HOP + SIZE;
    run(&v, x, n, factor, sum, weight, frames);
    *out = ir_alloc(length + 1, sizeof **out);
    *out_n = length;
    for (size_t i = 0; i < length; i++) {
        const size_t at = i + SIZE / 2;
        (*out)[i] = (float)(sum[at] / fmax(weight[at], 0.1));
    }
    free(sum);
    release(&v);
    return 0;
}
