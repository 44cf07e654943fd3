/* rate.c - sound at another sampling rate: a Kaiser-windowed low-pass with the edges of SoX's
 * `rate -h` (half the amplitude at 95.68 % of the lower Nyquist frequency, 125 dB from 100 % on,
 * linear phase), one set of weights a phase. Each output sample is one sum in a fixed order, so the
 * bits depend neither on how the input is cut nor on the processor. */
#include "lanes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define HALF        0.9568 /* of the lower Nyquist frequency: 6 dB down */
#define WIDE        0.0423 /* from there to the stop band, as measured on SoX's impulses */
#define REJECT_DB   125.0  /* of the stop band */
#define PHASES_MAX  65536  /* ratios that need more are interpolated between STEPS phases */
#define WEIGHTS_MAX ((size_t)4 << 20)
#define STEPS       1024
#define KEEP        ((size_t)65536)
#define STRETCH     256  /* output samples, about, of a stretch (make_block) */
#define BLOCK_UP    1024 /* and the most of up, down and taps */
#define BLOCK_DOWN  4096
#define BLOCK_TAPS  8192
#define AT_ONCE     4

struct ir_rate_filter {
    double in_hz, out_hz;
    uint64_t up, down; /* out_hz / in_hz = up / down, in whole numbers */
    size_t half, taps; /* a sample is made of the `half` before its place and those after; taps is
                          padded to whole vectors */
    size_t phases;
    bool between; /* cubic between neighbouring phases */
    float *w;     /* [phases (+3)][lead + taps + lead], zeros around the taps */
    size_t lead;
    size_t per; /* samples of a stretch of a whole block; 0: each by itself */
};

/* Modified Bessel function of the first kind, order 0: its power series. */
static double bessel0(double x)
{
    double sum = 1, term = 1;
    for (int k = 1; term > 1e-16 * sum; k++) {
        term *= x / (2 * k) * (x / (2 * k));
        sum += term;
    }
    return sum;
}

static uint64_t common(uint64_t a, uint64_t b)
{
    while (b) {
        uint64_t r = a % b;
        a = b;
        b = r;
    }
    return a;
}

/* The ratio as whole numbers: rates are kept to 1/1024 Hz, whole rates exactly. */
static void make_ratio(struct ir_rate_filter *f)
{
    bool whole = f->in_hz == floor(f->in_hz) && f->out_hz == floor(f->out_hz);
    double unit = whole ? 1 : 1024;
    uint64_t a = (uint64_t)llround(f->out_hz * unit), b = (uint64_t)llround(f->in_hz * unit);
    uint64_t g = common(a, b);
    f->up = a / g;
    f->down = b / g;
}

static float *weights(const struct ir_rate_filter *f, size_t phase)
{
    return f->w + phase * (f->taps + 2 * f->lead) + f->lead;
}

/* Weights of one phase: sample j stands at j - (half - 1) - share from the output's place. */
static void make_phase(const struct ir_rate_filter *f, double share, double cut, double reach,
                       double beta, float *w)
{
    const double top = 1 / bessel0(beta);
    for (size_t j = 0; j < f->taps; j++) {
        double t = (double)j - (double)(f->half - 1) - share, r = t / reach;
        double x = M_PI * cut * t, sinc = fabs(x) < 1e-9 ? 1 : sin(x) / x;
        w[j] = r * r < 1 ? (float)(cut * sinc * bessel0(beta * sqrt(1 - r * r)) * top) : 0;
    }
}

struct ir_rate_filter *ir_rate_filter_new(double in_hz, double out_hz, struct ir_err *err)
{
    if (!(in_hz >= 1 && out_hz >= 1 && in_hz <= 1e7 && out_hz <= 1e7)) {
        ir_fail(err, "cannot resample from %g to %g Hz", in_hz, out_hz);
        return NULL;
    }
    struct ir_rate_filter *f = ir_zalloc(1, sizeof *f);
    f->in_hz = in_hz;
    f->out_hz = out_hz;
    make_ratio(f);
    const double low = out_hz < in_hz ? out_hz / in_hz : 1; /* lower Nyquist / that of the input */
    /* Kaiser's formulas; the window's length gives the width from 6 dB to the stop band. */
    const double wide = WIDE * low, beta = 0.1102 * (REJECT_DB - 8.7);
    const double cut = HALF * low, reach = (REJECT_DB - 7.95) / (2.285 * M_PI * 2 * wide) / 2;
    f->half = (size_t)ceil(reach) + 1;
    f->taps = (2 * f->half + IR_LANES - 1) / IR_LANES * IR_LANES;
    f->between = f->up > PHASES_MAX || f->up * f->taps > WEIGHTS_MAX;
    f->phases = f->between ? STEPS : (size_t)f->up;
    if (!f->between && f->up <= BLOCK_UP && f->down <= BLOCK_DOWN && f->taps <= BLOCK_TAPS) {
        f->per = (STRETCH + (size_t)f->up - 1) / (size_t)f->up * (size_t)f->up;
        f->lead = AT_ONCE * ((size_t)(f->down / f->up) + 1);
        f->lead = (f->lead + IR_LANES - 1) / IR_LANES * IR_LANES;
    }
    f->w = ir_zalloc_aligned((f->phases + 3) * (f->taps + 2 * f->lead), sizeof *f->w);
    for (size_t p = 0; p < f->phases + (f->between ? 3 : 0); p++)
        make_phase(f, ((double)p - (f->between ? 1 : 0)) / (double)f->phases, cut, reach, beta,
                   weights(f, p));
    return f;
}

void ir_rate_filter_free(struct ir_rate_filter *f)
{
    if (f)
        free(f->w);
    free(f);
}

bool ir_rate_filter_is(const struct ir_rate_filter *f, double in_hz, double out_hz)
{
    return f && f->in_hz == in_hz && f->out_hz == out_hz;
}

uint64_t ir_rate_total(const struct ir_rate_filter *f, uint64_t n)
{
    uint64_t whole = n / f->down, rest = n % f->down;
    return whole * f->up + (2 * rest * f->up + f->down) / (2 * f->down);
}

/* The input sample just before the place of output sample m. */
static uint64_t place(const struct ir_rate_filter *f, uint64_t m, uint64_t *rest)
{
    uint64_t whole = m / f->up, r = (m % f->up) * f->down;
    *rest = r % f->up;
    return whole * f->down + r / f->up;
}

uint64_t ir_rate_first(const struct ir_rate_filter *f, uint64_t m)
{
    uint64_t rest, at = place(f, m, &rest);
    return at + 1 > f->half ? at + 1 - f->half : 0;
}

uint64_t ir_rate_end(const struct ir_rate_filter *f, uint64_t m)
{
    uint64_t rest;
    return m == 0 ? 0 : place(f, m - 1, &rest) + f->half + 1;
}

/* ---- the sums ------------------------------------------------------------------------------ */

/* Output samples m and m + up have the same weights, and their input lies `down` further. So a
 * block of 16 × P samples, P a multiple of up, is made 16 at a time, sample i of each of its 16
 * stretches in a lane of its own: row t holds what the stretches see at t. Neighbours share the
 * rows: w[k] is shifted by what sample k lies behind the first, and is 0 there. A sum goes over the
 * taps in their order, whatever the block. */
IR_INLINE void add_taps(const float *const w[AT_ONCE], const ir_vec *row, size_t n,
                        ir_vec sum[AT_ONCE])
{
    const float *w0 = w[0], *w1 = w[1], *w2 = w[2], *w3 = w[3];
    ir_vec a0 = {0}, a1 = {0}, a2 = {0}, a3 = {0};
    for (size_t t = 0; t < n; t++) {
        const ir_vec x = row[t];
        a0 += w0[t] * x;
        a1 += w1[t] * x;
        a2 += w2[t] * x;
        a3 += w3[t] * x;
    }
    sum[0] = a0;
    sum[1] = a1;
    sum[2] = a2;
    sum[3] = a3;
}

/* Rows 0 … n-1 (a multiple of IR_LANES): x at t, t + apart, …; zeros in all lanes but the first. */
IR_INLINE void lay_rows(const float *x, size_t n, size_t apart, size_t lanes, ir_vec *row)
{
    for (size_t t = 0; t < n; t += IR_LANES) {
        ir_vec v[IR_LANES];
        for (size_t l = 0; l < IR_LANES; l++)
            v[l] = l < lanes ? *(const ir_vec_u *)(const void *)(x + l * apart + t) : (ir_vec){0};
        ir_vec_transpose(v);
        memcpy(row + t, v, sizeof v);
    }
}

/* n ≤ IR_LANES × per output samples from m on; x[0] is the first input that m sees. */
IR_CLONES static void make_block(const struct ir_rate_filter *f, const float *x, uint64_t m,
                                 size_t n, size_t per, ir_vec *row, float *out)
{
    const size_t apart = per / (size_t)f->up * (size_t)f->down, lanes = (n + per - 1) / per;
    const size_t most = n < per ? n : per;
    uint64_t rest, from = place(f, m, &rest), at = from;
    ir_vec y[IR_LANES];
    lay_rows(x, (apart + f->taps + IR_LANES) / IR_LANES * IR_LANES, apart, lanes, row);
    for (size_t i = 0; i < most; i += IR_LANES) {
        for (size_t g = 0; g < IR_LANES; g += AT_ONCE) {
            const float *w[AT_ONCE];
            const uint64_t first = at;
            size_t taps = f->taps;
            for (size_t k = 0; k < AT_ONCE; k++) { /* beyond the last, it once more, not kept */
                w[k] = weights(f, (size_t)rest) - (at - first);
                taps = f->taps + (size_t)(at - first);
                if (i + g + k + 1 < most) {
                    rest += f->down;
                    at += rest / f->up;
                    rest %= f->up;
                }
            }
            add_taps(w, row + (first - from), taps, y + g);
        }
        ir_vec_transpose(y);
        for (size_t l = 0; l < lanes; l++) {
            size_t first = l * per + i, left = n > first ? n - first : 0, most_l = most - i;
            left = left < most_l ? left : most_l;
            memcpy(out + first, &y[l], (left < IR_LANES ? left : IR_LANES) * sizeof *out);
        }
    }
}

/* Σ w[j] x[j] over n values, a multiple of IR_LANES: lanes first, then in halves. */
IR_INLINE float dot(const float *w, const float *x, size_t n)
{
    ir_vec a = {0};
    for (size_t j = 0; j < n; j += IR_LANES)
        a += *(const ir_vec *)(const void *)(w + j) * *(const ir_vec_u *)(const void *)(x + j);
    float s[IR_LANES];
    memcpy(s, &a, sizeof s);
    for (size_t k = IR_LANES / 2; k > 0; k /= 2)
        for (size_t i = 0; i < k; i++)
            s[i] += s[i + k];
    return s[0];
}

/* Ratios of too many phases for blocks: output samples m … m+n-1 of input whose sample `base` is
 * x[0]. */
IR_CLONES static void make_single(const struct ir_rate_filter *f, const float *x, uint64_t base,
                                  uint64_t m, size_t n, float *out)
{
    uint64_t rest, at = place(f, m, &rest);
    const uint64_t step = f->down / f->up, part = f->down % f->up;
    for (size_t i = 0; i < n; i++) {
        const float *in = x + (at + 1 - base); /* x has `half` samples of lead */
        if (!f->between) {
            out[i] = dot(weights(f, (size_t)rest), in, f->taps);
        } else { /* Lagrange's cubic between four phases */
            double p = (double)rest / (double)f->up * STEPS;
            size_t k = (size_t)p;
            float t = (float)(p - (double)k);
            const float *w = weights(f, k); /* lead is 0 */
            float a = dot(w, in, f->taps), b = dot(w + f->taps, in, f->taps);
            float c = dot(w + 2 * f->taps, in, f->taps), d = dot(w + 3 * f->taps, in, f->taps);
            out[i] = b + t * ((c - b) + (t - 1) * ((a + c - 2 * b) / 2 +
                                                   (t + 1) * (d - a + 3 * (b - c)) / 6));
        }
        at += step;
        rest += part;
        if (rest >= f->up) {
            rest -= f->up;
            at++;
        }
    }
}

/* ---- one channel --------------------------------------------------------------------------- */

struct ir_rate {
    const struct ir_rate_filter *f;
    float *x;      /* input from `base` - half on */
    size_t n, cap; /* of x */
    uint64_t base; /* the input sample that x[half] is */
    uint64_t in;   /* input samples pushed, and those before the start */
    uint64_t m;    /* the next output sample */
    float *out;
    size_t out_cap;
    ir_vec *row;  /* of a block */
    size_t slack; /* numbers behind x[n] that a block may look at, without effect */
    bool live;
};

struct ir_rate *ir_rate_new(const struct ir_rate_filter *f, uint64_t m, bool live)
{
    struct ir_rate *r = ir_zalloc(1, sizeof *r);
    r->f = f;
    r->m = m;
    r->base = r->in = ir_rate_first(f, m);
    r->live = live;
    r->n = f->half; /* zeros: before the sound, or not looked at */
    if (f->per > 0) {
        r->slack = f->per / (size_t)f->up * (size_t)f->down + 2 * IR_LANES;
        r->row = ir_alloc_aligned(r->slack + f->taps, sizeof *r->row);
    }
    ir_grow(&r->x, &r->cap, r->n + KEEP, sizeof *r->x);
    memset(r->x, 0, r->n * sizeof *r->x);
    return r;
}

/* n output samples from m on. */
static void make(struct ir_rate *r, uint64_t m, size_t n, float *out)
{
    const struct ir_rate_filter *f = r->f;
    if (f->per == 0) {
        make_single(f, r->x, r->base, m, n, out);
        return;
    }
    for (size_t done = 0, now, per; done < n; done += now) {
        uint64_t rest, at = place(f, m + done, &rest);
        const size_t up = (size_t)f->up, whole = IR_LANES * f->per;
        now = n - done < whole ? n - done : whole;
        per = (now + IR_LANES * up - 1) / (IR_LANES * up) * up; /* ≤ f->per */
        make_block(f, r->x + (at + 1 - r->base), m + done, now, per, r->row, out + done);
    }
}

/* Make the samples below `most` whose input is there: all, or whole blocks. */
static size_t give(struct ir_rate *r, uint64_t most, bool all, const float **out)
{
    const struct ir_rate_filter *f = r->f;
    uint64_t rest, have = r->base + (r->n - f->half), m = r->m;
    if (have > f->taps) {                         /* the last one that sees `taps` samples */
        uint64_t last = have - f->taps + f->half; /* place + 1 may be that */
        uint64_t top = last / f->down * f->up + last % f->down * f->up / f->down + 2;
        while (top > m && place(f, top - 1, &rest) + 1 > last)
            top--;
        m = top > m ? top : m;
    }
    m = m < most ? m : most;
    size_t n = m > r->m ? (size_t)(m - r->m) : 0;
    if (!all && f->per > 0)
        n -= n % (IR_LANES * f->per);
    ir_grow(&r->out, &r->out_cap, n + 1, sizeof *r->out);
    memset(r->x + r->n, 0, r->slack * sizeof *r->x);
    make(r, r->m, n, r->out);
    r->m += n;
    *out = r->out;
    /* Forget what no later sample sees. */
    uint64_t need = place(f, r->m, &rest) + 1;
    size_t drop = need > r->base ? (size_t)(need - r->base) : 0;
    drop = drop < r->n - f->half ? drop : r->n - f->half;
    if (drop > KEEP / 2) {
        memmove(r->x, r->x + drop, (r->n - drop) * sizeof *r->x);
        r->n -= drop;
        r->base += drop;
    }
    return n;
}

size_t ir_rate_push(struct ir_rate *r, const float *in, size_t n, const float **out)
{
    ir_grow(&r->x, &r->cap, r->n + n + r->slack, sizeof *r->x);
    memcpy(r->x + r->n, in, n * sizeof *in);
    r->n += n;
    r->in += n;
    return give(r, UINT64_MAX, r->live, out);
}

size_t ir_rate_drain(struct ir_rate *r, uint64_t total, const float **out)
{
    size_t zeros = r->f->taps + r->f->half;
    ir_grow(&r->x, &r->cap, r->n + zeros + r->slack, sizeof *r->x);
    memset(r->x + r->n, 0, zeros * sizeof *r->x);
    r->n += zeros;
    return give(r, total, true, out);
}

void ir_rate_free(struct ir_rate *r)
{
    if (!r)
        return;
    free(r->x);
    free(r->out);
    free(r->row);
    free(r);
}
