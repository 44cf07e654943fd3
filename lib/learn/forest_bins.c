/* forest_bins.c - cut each feature into at most 256 bins. */
#include "forest.h"
#include <stdlib.h>
#include <string.h>

struct job {
    struct ir_bins *b;
    const float *x;
};

static int rising(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return x < y ? -1 : x > y;
}

/* A cut with low <= cut < high. */
static float between(float low, float high)
{
    float mid = low / 2 + high / 2;
    return mid >= low && mid < high ? mid : low;
}

static size_t cut(const float *sorted, size_t n, float *edge)
{
    size_t distinct = 1, edges = 0, taken = 0;
    for (size_t i = 1; i < n; i++)
        distinct += sorted[i] != sorted[i - 1];
    for (size_t i = 1; i < n && edges < IR_BINS - 1; i++) {
        if (sorted[i] == sorted[i - 1])
            continue;
        /* Enough clips for this bin: an equal share of what is left for the bins that are left. */
        if (distinct > IR_BINS && (i - taken) * (IR_BINS - edges) < n - taken)
            continue;
        edge[edges++] = between(sorted[i - 1], sorted[i]);
        taken = i;
    }
    return edges;
}

static void one_feature(void *arg, size_t j, unsigned thread)
{
    struct job *job = arg;
    struct ir_bins *b = job->b;
    float *edge = b->edge + j * (IR_BINS - 1), *sorted = ir_alloc(b->n, sizeof *sorted);
    (void)thread;
    for (size_t i = 0; i < b->n; i++)
        sorted[i] = job->x[i * b->d + j];
    qsort(sorted, b->n, sizeof *sorted, rising);
    size_t edges = cut(sorted, b->n, edge);
    b->edges[j] = (uint16_t)edges;
    free(sorted);
    for (size_t i = 0; i < b->n; i++) {
        float v = job->x[i * b->d + j];
        size_t low = 0, high = edges; /* number of edges below v */
        while (low < high) {
            size_t mid = (low + high) / 2;
            if (edge[mid] < v)
                low = mid + 1;
            else
                high = mid;
        }
        b->bin[j * b->n + i] = (uint8_t)low;
    }
}

void ir_bins_make(struct ir_bins *b, const float *x, size_t n, size_t d, struct ir_pool *pool)
{
    *b = (struct ir_bins){.n = n, .d = d};
    size_t cells = 0;
    b->bin = ir_alloc(ir_mul(n, d, &cells) ? cells : SIZE_MAX, 1);
    b->edge = ir_zalloc(d * (IR_BINS - 1), sizeof *b->edge);
    b->edges = ir_zalloc(d, sizeof *b->edges);
    ir_pool_run(pool, d, one_feature, &(struct job){b, x});
}

void ir_bins_free(struct ir_bins *b)
{
    free(b->bin);
    free(b->edge);
    free(b->edges);
    memset(b, 0, sizeof *b);
}
