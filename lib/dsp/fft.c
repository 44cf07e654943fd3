/* fft.c - the only file with FFTW: plans made with ESTIMATE, under a lock, run on aligned arrays.
 */
#include "dsp.h"

#include <fftw3.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* What a plan was made for. */
struct shape {
    enum ir_fft_kind kind;
    int n, many, in_stride, in_dist, out_stride, out_dist;
};

struct ir_fft {
    fftwf_plan plan;
    struct shape shape;
};

/* Plans that are not in use, kept for the next who wants the same: making one takes longer than
 * running it. */
enum { KEPT = 16 };
static struct ir_fft *kept[KEPT];
static size_t next_kept;

/* FFTW's planner is the only part that is not safe in several threads. */
static pthread_mutex_t planner = PTHREAD_MUTEX_INITIALIZER;

static bool fits(size_t n, size_t many, size_t stride, size_t dist)
{
    const size_t most = (size_t)1 << 30;
    size_t a, b;
    return ir_mul(n, stride, &a) && ir_mul(many, dist, &b) && a <= most && b <= most;
}

static struct ir_fft *take_kept(const struct shape *s)
{
    struct ir_fft *f = NULL;
    pthread_mutex_lock(&planner);
    for (size_t i = 0; i < KEPT && !f; i++)
        if (kept[i] && !memcmp(&kept[i]->shape, s, sizeof *s)) {
            f = kept[i];
            kept[i] = NULL;
        }
    pthread_mutex_unlock(&planner);
    return f;
}

static fftwf_plan make_plan(const struct shape *s)
{
    /* ESTIMATE touches no array, but wants their alignment. */
    float *in = ir_alloc_aligned(64, sizeof *in), *out = in + 32;
    fftwf_complex *cin = (fftwf_complex *)in, *cout = (fftwf_complex *)out;
    fftwf_plan plan = NULL;
    pthread_mutex_lock(&planner);
    switch (s->kind) {
    case IR_FFT_R2C:
        plan = fftwf_plan_many_dft_r2c(1, &s->n, s->many, in, NULL, s->in_stride, s->in_dist, cout,
                                       NULL, s->out_stride, s->out_dist, FFTW_ESTIMATE);
        break;
    case IR_FFT_C2R:
        plan = fftwf_plan_many_dft_c2r(1, &s->n, s->many, cin, NULL, s->in_stride, s->in_dist, out,
                                       NULL, s->out_stride, s->out_dist, FFTW_ESTIMATE);
        break;
    case IR_FFT_C2C:
    case IR_FFT_C2C_BACK:
        plan = fftwf_plan_many_dft(
            1, &s->n, s->many, cin, NULL, s->in_stride, s->in_dist, cout, NULL, s->out_stride,
            s->out_dist, s->kind == IR_FFT_C2C ? FFTW_FORWARD : FFTW_BACKWARD, FFTW_ESTIMATE);
        break;
    }
    pthread_mutex_unlock(&planner);
    free(in);
    return plan;
}

struct ir_fft *ir_fft_new_many(enum ir_fft_kind kind, size_t n, size_t many, size_t in_stride,
                               size_t in_dist, size_t out_stride, size_t out_dist,
                               struct ir_err *err)
{
    if (n < 1 || n > IR_FFT_SIZE_MAX || many < 1 || !fits(n, many, in_stride, in_dist) ||
        !fits(n, many, out_stride, out_dist)) {
        ir_fail(err, "a Fourier transform of %zu points, %zu times, is out of range", n, many);
        return NULL;
    }
    const struct shape shape = {
        kind, (int)n, (int)many, (int)in_stride, (int)in_dist, (int)out_stride, (int)out_dist,
    };
    struct ir_fft *f = take_kept(&shape);
    if (f)
        return f;
    f = ir_zalloc(1, sizeof *f);
    f->shape = shape;
    f->plan = make_plan(&shape);
    if (f->plan)
        return f;
    free(f);
    ir_fail(err, "no plan for a Fourier transform of %zu points", n);
    return NULL;
}

struct ir_fft *ir_fft_new(enum ir_fft_kind kind, size_t n, size_t many, struct ir_err *err)
{
    const size_t half = n / 2 + 1;
    return ir_fft_new_many(kind, n, many, 1, kind == IR_FFT_C2R ? half : n, 1,
                           kind == IR_FFT_R2C ? half : n, err);
}

void ir_fft_run(const struct ir_fft *f, float *in, float *out)
{
    fftwf_complex *cin = (fftwf_complex *)in, *cout = (fftwf_complex *)out;
    switch (f->shape.kind) {
    case IR_FFT_R2C:
        fftwf_execute_dft_r2c(f->plan, in, cout);
        break;
    case IR_FFT_C2R:
        fftwf_execute_dft_c2r(f->plan, cin, out);
        break;
    case IR_FFT_C2C:
    case IR_FFT_C2C_BACK:
        fftwf_execute_dft(f->plan, cin, cout);
        break;
    }
}

void ir_fft_free(struct ir_fft *f)
{
    if (!f)
        return;
    pthread_mutex_lock(&planner);
    struct ir_fft *old = kept[next_kept];
    kept[next_kept] = f;
    next_kept = (next_kept + 1) % KEPT;
    if (old)
        fftwf_destroy_plan(old->plan);
    pthread_mutex_unlock(&planner);
    free(old);
}

size_t ir_fft_good_size(size_t n)
{
    for (;; n++) {
        size_t m = n < 1 ? 1 : n;
        while (m % 2 == 0)
            m /= 2;
        while (m % 3 == 0)
            m /= 3;
        while (m % 5 == 0)
            m /= 5;
        if (m == 1)
            return n < 1 ? 1 : n;
    }
}
