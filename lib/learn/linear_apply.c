/* linear_apply.c - standardising features, applying linear models, logistic outputs. */
#include "linear_lanes.h"
#include "learner.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK 1024

void ir_standard_fit(const struct ir_learn_data *a, float *mean, float *scale)
{
    size_t n = a->n, d = a->d;
    double *sum = ir_zalloc(d, sizeof *sum), *square = ir_zalloc(d, sizeof *square);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < d; j++)
            sum[j] += (double)a->x[i * d + j];
    for (size_t j = 0; j < d; j++)
        sum[j] /= (double)n;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < d; j++) {
            double e = (double)a->x[i * d + j] - sum[j];
            square[j] += e * e;
        }
    for (size_t j = 0; j < d; j++) {
        double deviation = sqrt(square[j] / (double)n);
        mean[j] = (float)sum[j];
        /* A feature that does not vary but for rounding keeps scale 1. */
        scale[j] = deviation > 1e-6 * (fabs(sum[j]) + 1e-30) ? (float)(1 / deviation) : 1.0f;
    }
    free(sum);
    free(square);
}

void ir_standard_apply(const float *x, size_t n, size_t d, const float *mean, const float *scale,
                       float *out)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < d; j++)
            out[i * d + j] = (x[i * d + j] - mean[j]) * scale[j];
}

struct apply {
    const float *x, *packed; /* packed: [blocks × (d + 1) × 16] */
    size_t n, d, k, blocks;
    float *z;
};

static void apply_chunk(void *arg, size_t task, unsigned thread)
{
    struct apply *a = arg;
    (void)thread;
    size_t from = task * CHUNK, n = a->n - from < CHUNK ? a->n - from : CHUNK;
    float *z = ir_alloc_aligned(n * IR_LANES, sizeof *z);
    for (size_t block = 0; block < a->blocks; block++) {
        size_t first = block * IR_LANES, lanes = a->k - first < IR_LANES ? a->k - first : IR_LANES;
        struct ir_lanes_job job = {.x = a->x + from * a->d,
                                   .n = n,
                                   .d = a->d,
                                   .w = a->packed + block * (a->d + 1) * IR_LANES,
                                   .z = z};
        ir_lanes_run(&job);
        for (size_t i = 0; i < n; i++)
            memcpy(a->z + (from + i) * a->k + first, z + i * IR_LANES, lanes * sizeof *z);
    }
    free(z);
}

void ir_linear_apply(const float *x, size_t n, size_t d, const float *w, const float *b, size_t k,
                     float *z, struct ir_pool *pool)
{
    struct apply a = {
        .x = x, .n = n, .d = d, .k = k, .blocks = (k + IR_LANES - 1) / IR_LANES, .z = z};
    float *packed = ir_zalloc_aligned(a.blocks * (d + 1) * IR_LANES, sizeof *packed);
    for (size_t c = 0; c < k; c++) {
        float *to = packed + c / IR_LANES * (d + 1) * IR_LANES + c % IR_LANES;
        for (size_t j = 0; j < d; j++)
            to[j * IR_LANES] = w[c * d + j];
        to[d * IR_LANES] = b[c];
    }
    a.packed = packed;
    ir_pool_run(pool, (n + CHUNK - 1) / CHUNK, apply_chunk, &a);
    free(packed);
}

void ir_logistic_rows(float *z, size_t n, size_t k, bool single)
{
    for (size_t i = 0; i < n; i++) {
        float *row = z + i * k;
        double sum = 0;
        for (size_t c = 0; c < k; c++)
            sum += 1 / (1 + exp(-(double)row[c]));
        for (size_t c = 0; c < k; c++) {
            double p = 1 / (1 + exp(-(double)row[c]));
            row[c] = (float)(!single ? p : sum > 0 ? p / sum : 1 / (double)k);
        }
    }
}
