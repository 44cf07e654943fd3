/* lanes.c - Fourier transforms of 16 frames at once, one frame a SIMD lane.
 *
 * Stockham's self-sorting transform with mixed radices over n/2 complex points, then the usual
 * split into the spectrum of n real points (an odd n is transformed as n complex points).
 *
 * It stands apart from the lane FFT of lib/kern on purpose: features must have equal bits on every
 * processor, so its lanes are 16 everywhere and nothing is contracted; the kernels of a network may
 * use what the processor has, and their bits are those of its kind. */
#include "lanes.h"

#include <math.h>
#include <stdlib.h>

#if !defined(__clang__) && __GNUC__ < 12
#pragma GCC diagnostic ignored                                                                     \
    "-Wmaybe-uninitialized" /* it does not see that a[8] begins as zeros */
#endif

enum { MAX_STAGES = 20, MAX_PRIME = 61 };

struct stage {
    size_t radix, m, s; /* m butterflies with stride s */
    float *w;           /* m × (radix - 1) complex twiddles */
    float *root; /* radix complex roots of one, for radices without a butterfly of their own */
};

struct ir_lanes {
    size_t n, points; /* points: n/2, or n when odd */
    size_t stages;
    struct stage stage[MAX_STAGES];
    float *split; /* n/4 + 1 complex e^(-2πik/n), for an even n */
};

struct cpx {
    ir_vec re, im;
};

IR_INLINE struct cpx times(struct cpx a, float wr, float wi)
{
    return (struct cpx){a.re * wr - a.im * wi, a.re * wi + a.im * wr};
}

IR_INLINE struct cpx add(struct cpx a, struct cpx b)
{
    return (struct cpx){a.re + b.re, a.im + b.im};
}

IR_INLINE struct cpx sub(struct cpx a, struct cpx b)
{
    return (struct cpx){a.re - b.re, a.im - b.im};
}

/* a - i b */
IR_INLINE struct cpx sub_i(struct cpx a, struct cpx b)
{
    return (struct cpx){a.re + b.im, a.im - b.re};
}

/* a + i b */
IR_INLINE struct cpx add_i(struct cpx a, struct cpx b)
{
    return (struct cpx){a.re - b.im, a.im + b.re};
}

IR_INLINE void butterfly2(struct cpx *a)
{
    const struct cpx t = a[0];
    a[0] = add(t, a[1]);
    a[1] = sub(t, a[1]);
}

IR_INLINE void butterfly3(struct cpx *a)
{
    const float s = 0.866025403784438647F;
    const struct cpx t = add(a[1], a[2]), d = sub(a[1], a[2]);
    const struct cpx m = {a[0].re - 0.5F * t.re, a[0].im - 0.5F * t.im}, e = {s * d.re, s * d.im};
    a[0] = add(a[0], t);
    a[1] = sub_i(m, e);
    a[2] = add_i(m, e);
}

IR_INLINE void butterfly4(struct cpx *a)
{
    const struct cpx p = add(a[0], a[2]), q = sub(a[0], a[2]), r = add(a[1], a[3]),
                     t = sub(a[1], a[3]);
    a[0] = add(p, r);
    a[1] = sub_i(q, t);
    a[2] = sub(p, r);
    a[3] = add_i(q, t);
}

IR_INLINE void butterfly5(struct cpx *a)
{
    const float c1 = 0.309016994374947424F, c2 = -0.809016994374947424F, s1 = 0.951056516295153572F,
                s2 = 0.587785252292473129F;
    const struct cpx t1 = add(a[1], a[4]), t2 = add(a[2], a[3]), d1 = sub(a[1], a[4]),
                     d2 = sub(a[2], a[3]);
    const struct cpx m1 = {a[0].re + c1 * t1.re + c2 * t2.re, a[0].im + c1 * t1.im + c2 * t2.im};
    const struct cpx m2 = {a[0].re + c2 * t1.re + c1 * t2.re, a[0].im + c2 * t1.im + c1 * t2.im};
    const struct cpx e1 = {s1 * d1.re + s2 * d2.re, s1 * d1.im + s2 * d2.im};
    const struct cpx e2 = {s2 * d1.re - s1 * d2.re, s2 * d1.im - s1 * d2.im};
    a[0] = add(a[0], add(t1, t2));
    a[1] = sub_i(m1, e1);
    a[2] = sub_i(m2, e2);
    a[3] = add_i(m2, e2);
    a[4] = add_i(m1, e1);
}

/* Two of radix 4, joined by the eighth roots of one. */
IR_INLINE void butterfly8(struct cpx *a)
{
    const float h = 0.707106781186547524F;
    struct cpx e[4] = {a[0], a[2], a[4], a[6]}, o[4] = {a[1], a[3], a[5], a[7]};
    butterfly4(e);
    butterfly4(o);
    const struct cpx o1 = {h * (o[1].re + o[1].im), h * (o[1].im - o[1].re)};
    const struct cpx o3 = {h * (o[3].im - o[3].re), -h * (o[3].re + o[3].im)};
    a[0] = add(e[0], o[0]);
    a[4] = sub(e[0], o[0]);
    a[1] = add(e[1], o1);
    a[5] = sub(e[1], o1);
    a[2] = sub_i(e[2], o[2]);
    a[6] = add_i(e[2], o[2]);
    a[3] = add(e[3], o3);
    a[7] = sub(e[3], o3);
}

IR_INLINE void store(struct cpx *out, size_t stride, const struct cpx *a, size_t r, const float *w)
{
    out[0] = a[0];
    for (size_t i = 1; i < r; i++)
        out[stride * i] = times(a[i], w[2 * i - 2], w[2 * i - 1]);
}

IR_INLINE void pass(const struct stage *g, size_t r, void (*butterfly)(struct cpx *),
                    const struct cpx *x, struct cpx *y)
{
    for (size_t p = 0; p < g->m; p++) {
        for (size_t q = 0; q < g->s; q++) {
            struct cpx a[8] = {0};
            for (size_t i = 0; i < r; i++)
                a[i] = x[q + g->s * (p + g->m * i)];
            butterfly(a);
            store(y + q + g->s * r * p, g->s, a, r, g->w + 2 * p * (r - 1));
        }
    }
}

/* Any other radix, by the definition. */
IR_INLINE void pass_any(const struct stage *g, const struct cpx *x, struct cpx *y)
{
    const size_t r = g->radix;
    for (size_t p = 0; p < g->m; p++) {
        for (size_t q = 0; q < g->s; q++) {
            struct cpx a[MAX_PRIME];
            for (size_t k = 0; k < r; k++) {
                a[k] = x[q + g->s * p];
                for (size_t j = 1; j < r; j++) {
                    const float *w = g->root + 2 * (j * k % r);
                    a[k] = add(a[k], times(x[q + g->s * (p + g->m * j)], w[0], w[1]));
                }
            }
            store(y + q + g->s * r * p, g->s, a, r, g->w + 2 * p * (r - 1));
        }
    }
}

IR_CLONES static void run_pass(const struct stage *g, const struct cpx *x, struct cpx *y)
{
    switch (g->radix) {
    case 2:
        pass(g, 2, butterfly2, x, y);
        break;
    case 3:
        pass(g, 3, butterfly3, x, y);
        break;
    case 4:
        pass(g, 4, butterfly4, x, y);
        break;
    case 5:
        pass(g, 5, butterfly5, x, y);
        break;
    case 8:
        pass(g, 8, butterfly8, x, y);
        break;
    default:
        pass_any(g, x, y);
    }
}

/* Neighbouring samples are the real and imaginary parts of n/2 points: with one vector a sample the
 * input is already in that order. */
static const struct cpx *transform(const struct ir_lanes *p, struct cpx *x, struct cpx *y)
{
    for (size_t i = 0; i < p->stages; i++) {
        run_pass(&p->stage[i], x, y);
        struct cpx *t = x;
        x = y;
        y = t;
    }
    return x;
}

/* The spectra of the even and the odd samples are joined: E + w O and conj(E - w O). */
IR_INLINE void join(const struct ir_lanes *p, const struct cpx *z, size_t k, struct cpx *lo,
                    struct cpx *hi)
{
    const size_t h = p->points;
    const struct cpx a = z[k % h], b = z[(h - k) % h];
    const struct cpx e = {0.5F * (a.re + b.re), 0.5F * (a.im - b.im)};
    const struct cpx o = {0.5F * (a.im + b.im), 0.5F * (b.re - a.re)};
    const struct cpx t = times(o, p->split[2 * k], p->split[2 * k + 1]);
    *lo = add(e, t);
    *hi = (struct cpx){e.re - t.re, t.im - e.im};
}

IR_CLONES static void finish_power(const struct ir_lanes *p, const struct cpx *z, ir_vec *out)
{
    if (p->n % 2) {
        for (size_t k = 0; k <= p->n / 2; k++)
            out[k] = z[k].re * z[k].re + z[k].im * z[k].im;
        return;
    }
    for (size_t k = 0; k <= p->points / 2; k++) {
        struct cpx lo, hi;
        join(p, z, k, &lo, &hi);
        out[k] = lo.re * lo.re + lo.im * lo.im;
        out[p->points - k] = hi.re * hi.re + hi.im * hi.im;
    }
}

IR_CLONES static void finish_complex(const struct ir_lanes *p, const struct cpx *z, struct cpx *out)
{
    if (p->n % 2) {
        for (size_t k = 0; k <= p->n / 2; k++)
            out[k] = z[k];
        return;
    }
    for (size_t k = 0; k <= p->points / 2; k++) {
        struct cpx lo, hi;
        join(p, z, k, &lo, &hi);
        out[k] = lo;
        out[p->points - k] = hi;
    }
}

/* An odd n: the real samples become points without imaginary part. */
static struct cpx *widen(const struct ir_lanes *p, const ir_vec *in, struct cpx *out)
{
    for (size_t j = 0; j < p->n; j++)
        out[j] = (struct cpx){in[j], in[j] - in[j]};
    return out;
}

static const struct cpx *spectrum(const struct ir_lanes *p, float *in, float *scratch)
{
    struct cpx *x = (struct cpx *)(void *)in, *y = (struct cpx *)(void *)scratch;
    if (p->n % 2 == 0)
        return transform(p, x, y);
    return transform(p, widen(p, (ir_vec *)(void *)in, y), y + p->n);
}

void ir_lanes_power(const struct ir_lanes *p, float *in, float *scratch, float *out)
{
    finish_power(p, spectrum(p, in, scratch), (ir_vec *)(void *)out);
}

void ir_lanes_complex(const struct ir_lanes *p, float *in, float *scratch, float *out)
{
    finish_complex(p, spectrum(p, in, scratch), (struct cpx *)(void *)out);
}

size_t ir_lanes_bins(const struct ir_lanes *p)
{
    return p->n / 2 + 1;
}

size_t ir_lanes_scratch(const struct ir_lanes *p)
{
    return (p->n % 2 ? 4 * p->n : p->n) * IR_LANES;
}

/* n complex e^(-2πik/n), k = 0, step, 2 step … */
static float *roots(size_t count, size_t step, size_t n)
{
    float *w = ir_alloc_aligned(2 * count + 2, sizeof *w);
    for (size_t k = 0; k < count; k++) {
        const double t = -2 * M_PI * (double)(k * step % n) / (double)n;
        w[2 * k] = (float)cos(t);
        w[2 * k + 1] = (float)sin(t);
    }
    return w;
}

/* Few passes over the data: 8 as often as it leaves no single 2 behind, then 4, 5, 3. */
static size_t next_radix(size_t n)
{
    if (n % 8 == 0 && (n % 16 != 0 || n % 32 == 0))
        return 8;
    static const size_t first[] = {4, 2, 5, 3};
    for (size_t i = 0; i < 4; i++)
        if (n % first[i] == 0)
            return first[i];
    for (size_t r = 7; r <= MAX_PRIME; r += 2)
        if (n % r == 0)
            return r;
    return 0;
}

static void add_stage(struct ir_lanes *p, size_t radix, size_t left)
{
    struct stage *g = &p->stage[p->stages++];
    g->radix = radix;
    g->m = left / radix;
    g->s = p->points / left;
    g->w = ir_alloc_aligned(2 * g->m * (radix - 1) + 2, sizeof *g->w);
    for (size_t k = 0; k < g->m; k++) {
        for (size_t i = 1; i < radix; i++) {
            const double t = -2 * M_PI * (double)(k * i) / (double)left;
            g->w[2 * (k * (radix - 1) + i - 1)] = (float)cos(t);
            g->w[2 * (k * (radix - 1) + i - 1) + 1] = (float)sin(t);
        }
    }
    if (radix > 5 && radix != 8)
        g->root = roots(radix, 1, radix);
}

struct ir_lanes *ir_lanes_new(size_t n, struct ir_err *err)
{
    if (n < 2 || n > IR_LANES_SIZE_MAX) {
        ir_fail(err, "a transform of %zu samples is out of range (2 to %zu)", n, IR_LANES_SIZE_MAX);
        return NULL;
    }
    struct ir_lanes *p = ir_zalloc(1, sizeof *p);
    p->n = n;
    p->points = n % 2 ? n : n / 2;
    for (size_t left = p->points; left > 1;) {
        const size_t radix = next_radix(left);
        if (!radix) {
            ir_fail(err, "a transform of %zu samples: %zu has a prime factor above %d", n, left,
                    MAX_PRIME);
            ir_lanes_free(p);
            return NULL;
        }
        add_stage(p, radix, left);
        left /= radix;
    }
    if (n % 2 == 0)
        p->split = roots(n / 4 + 1, 1, n);
    return p;
}

void ir_lanes_free(struct ir_lanes *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < p->stages; i++) {
        free(p->stage[i].w);
        free(p->stage[i].root);
    }
    free(p->split);
    free(p);
}
