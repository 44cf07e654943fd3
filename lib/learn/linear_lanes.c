/* linear_lanes.c - sixteen classes at once. Rows go in blocks of eight: their margins stay in
 * registers while the weights pass by once, and again while the gradient passes by once. */
#include "linear_lanes.h"
#include "lanes.h"
#include <string.h>

#define ROWS   8
#define INLINE static inline __attribute__((always_inline))

typedef float v16 __attribute__((vector_size(64)));
typedef int i16 __attribute__((vector_size(64)));

#define SET(v) ((v16){0} + (v))

/* mask ? a : b, lane by lane. */
#define PICK(mask, a, b) ((v16)(((mask) & (i16)(a)) | (~(mask) & (i16)(b))))

/* e^x for x <= 0, relative error below 3e-7. */
#define EXP_BODY(out, arg)                                                                         \
    do {                                                                                           \
        v16 x_ = PICK((arg) < SET(-87.0f), SET(-87.0f), (arg));                                    \
        i16 n_ = __builtin_convertvector(x_ * 1.44269504f - 0.5f, i16);                            \
        v16 f_ = __builtin_convertvector(n_, v16);                                                 \
        v16 r_ = x_ - f_ * 0.693359375f + f_ * 2.12194440e-4f;                                     \
        v16 p_ = 1.0f / 5040 * r_ + 1.0f / 720;                                                    \
        p_ = p_ * r_ + 1.0f / 120;                                                                 \
        p_ = p_ * r_ + 1.0f / 24;                                                                  \
        p_ = p_ * r_ + 1.0f / 6;                                                                   \
        p_ = p_ * r_ + 0.5f;                                                                       \
        p_ = p_ * r_ * r_ + r_ + 1.0f;                                                             \
        (out) = p_ * (v16)((n_ + 127) << 23);                                                      \
    } while (0)

/* Losses of one row: *r = d loss / d z, and the loss itself into *l. t is +1, -1 or 0. */
INLINE void losses(const v16 *z, const v16 *t, int hinge, v16 *r, v16 *l)
{
    v16 m = *t * *z;
    if (hinge) {
        v16 gap = 1.0f - m;
        gap = PICK((gap < SET(0.0f)) | (*t == SET(0.0f)), SET(0.0f), gap);
        *l = gap * gap;
        *r = -2.0f * *t * gap;
        return;
    }
    v16 e, negative = PICK(m < SET(0.0f), m, -m);
    EXP_BODY(e, negative);
    /* log(1 + e) = 2 atanh(s), s = e / (2 + e) <= 1/3 */
    v16 s = e / (2.0f + e), q = s * s;
    v16 log1p =
        2.0f * s *
        (1.0f +
         q * (1.0f / 3 + q * (0.2f + q * (1.0f / 7 + q * (1.0f / 9 + q * (1.0f / 11 + q / 13))))));
    v16 away = PICK(m < SET(0.0f), SET(1.0f), e) / (1.0f + e); /* logistic(-m) */
    v16 loss = log1p + PICK(m < SET(0.0f), -m, SET(0.0f));
    *l = loss * *t * *t;
    *r = -*t * away;
}

INLINE void margins(const struct ir_lanes_job *job, const float *const *row, v16 *z)
{
    const v16 *w = (const v16 *)(const void *)job->w;
    v16 z0 = w[job->d], z1 = z0, z2 = z0, z3 = z0, z4 = z0, z5 = z0, z6 = z0, z7 = z0;
    for (size_t j = 0; j < job->d; j++) {
        v16 u = w[j];
        z0 += row[0][j] * u;
        z1 += row[1][j] * u;
        z2 += row[2][j] * u;
        z3 += row[3][j] * u;
        z4 += row[4][j] * u;
        z5 += row[5][j] * u;
        z6 += row[6][j] * u;
        z7 += row[7][j] * u;
    }
    z[0] = z0, z[1] = z1, z[2] = z2, z[3] = z3, z[4] = z4, z[5] = z5, z[6] = z6, z[7] = z7;
}

INLINE void gradients(const struct ir_lanes_job *job, const float *const *row, const v16 *r)
{
    v16 *g = (v16 *)(void *)job->gradient;
    v16 r0 = r[0], r1 = r[1], r2 = r[2], r3 = r[3], r4 = r[4], r5 = r[5], r6 = r[6], r7 = r[7];
    for (size_t j = 0; j < job->d; j++) {
        v16 a = row[0][j] * r0 + row[1][j] * r1, b = row[2][j] * r2 + row[3][j] * r3;
        v16 c = row[4][j] * r4 + row[5][j] * r5, e = row[6][j] * r6 + row[7][j] * r7;
        g[j] += (a + b) + (c + e);
    }
    g[job->d] += ((r0 + r1) + (r2 + r3)) + ((r4 + r5) + (r6 + r7));
}

INLINE void run(const struct ir_lanes_job *job)
{
    for (size_t i = 0; i < job->n; i += ROWS) {
        const float *row[ROWS];
        size_t left = job->n - i < ROWS ? job->n - i : ROWS;
        v16 z[ROWS], r[ROWS], sum = SET(0.0f);
        /* A short last block repeats its first row with no weight. */
        for (size_t b = 0; b < ROWS; b++)
            row[b] = job->x + (i + (b < left ? b : 0)) * job->d;
        margins(job, row, z);
        if (job->z)
            memcpy(job->z + i * IR_LANES, z, left * sizeof *z);
        if (!job->gradient)
            continue;
        for (size_t b = 0; b < ROWS; b++) {
            v16 t = SET(0.0f), l;
            if (b < left)
                t = *(const v16 *)(const void *)(job->t + (i + b) * IR_LANES);
            losses(&z[b], &t, job->hinge, &r[b], &l);
            sum += l;
        }
        gradients(job, row, r);
        for (size_t c = 0; c < IR_LANES; c++)
            job->loss[c] += (double)sum[c];
    }
}

#if defined(__x86_64__)
__attribute__((target("avx512f,avx512dq,avx512vl,fma"))) static void
run_avx512(const struct ir_lanes_job *job)
{
    run(job);
}

__attribute__((target("avx2,fma"))) static void run_avx2(const struct ir_lanes_job *job)
{
    run(job);
}
#endif

static void run_plain(const struct ir_lanes_job *job)
{
    run(job);
}

void ir_lanes_run(const struct ir_lanes_job *job)
{
#if defined(__x86_64__)
    if (ir_simd_has(3)) {
        run_avx512(job);
        return;
    }
    if (ir_simd_has(2)) {
        run_avx2(job);
        return;
    }
#endif
    run_plain(job);
}
