/* bench_limits.c - what this machine can do at most: bench_limits THREADS prints multiply-add peak
 * and sgemm in GFLOP/s, reading from memory and copying in GB/s. */
#include "kern.h"
#include "../../lib/kern/table.h"
#include "net.h"

#include <stdlib.h>
#include <string.h>

#define SIDE  2048
#define BYTES ((size_t)512 << 20)

struct job {
    const struct ir_kern *k;
    float *a, *b;
    size_t part;
};

/* A product that stays in registers and the first cache. */
static void peak_task(void *arg, size_t task, unsigned thread)
{
    const struct job *j = arg;
    float a[64 * 6] = {0}, b[64 * 64] = {0}, c[64 * 6];
    (void)task;
    (void)thread;
    for (int i = 0; i < 20000; i++)
        j->k->gemm(6, 64, 64, a, 64, 1, b, 64, 64, c, 64, 0);
}

static void read_task(void *arg, size_t task, unsigned thread)
{
    const struct job *j = arg;
    (void)thread;
    j->b[task * 16] = j->k->sum(j->a + task * j->part, j->part);
}

static void copy_task(void *arg, size_t task, unsigned thread)
{
    const struct job *j = arg;
    (void)thread;
    memcpy(j->b + task * j->part, j->a + task * j->part, j->part * sizeof(float));
}

static double best_s(struct ir_pool *pool, size_t tasks, void (*fn)(void *, size_t, unsigned),
                     void *arg)
{
    double best = 1e30;
    for (int i = 0; i < 5; i++) {
        double start = ir_clock_s();
        ir_pool_run(pool, tasks, fn, arg);
        double took = ir_clock_s() - start;
        best = took < best ? took : best;
    }
    return best;
}

int main(int argc, char **argv)
{
    ir_kern_settle();
    unsigned threads = argc > 1 ? (unsigned)atoi(argv[1]) : 1;
    struct ir_pool *pool = ir_pool_new(threads);
    struct job j = {.k = ir_kern_get(0), .part = BYTES / sizeof(float) / 64};
    j.a = ir_zalloc_aligned(BYTES, 1);
    j.b = ir_zalloc_aligned(BYTES, 1);
    memset(j.a, 0, BYTES);
    memset(j.b, 0, BYTES);
    double peak = threads * 20000.0 * 2 * 6 * 64 * 64 / best_s(pool, threads, peak_task, &j);
    double gemm = 1e30;
    for (int i = 0; i < 4; i++) {
        double start = ir_clock_s();
        ir_gemm_pool(pool, false, false, SIDE, SIDE, SIDE, 1, j.a, SIDE, j.a + SIDE * SIDE, SIDE, 0,
                     j.b, SIDE);
        double took = ir_clock_s() - start;
        gemm = took < gemm ? took : gemm;
    }
    printf("%.0f\t%.0f\t%.1f\t%.1f\n", peak * 1e-9, 2.0 * SIDE * SIDE * SIDE / gemm * 1e-9,
           (double)BYTES / best_s(pool, 64, read_task, &j) * 1e-9,
           2 * (double)BYTES / best_s(pool, 64, copy_task, &j) * 1e-9);
    free(j.a);
    free(j.b);
    ir_pool_free(pool);
    return 0;
}
