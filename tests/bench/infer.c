/* infer.c - speed of a model's network alone, without reading and writing.
 *
 *     infer MODEL BATCH THREADS SECONDS FRAMES
 *
 * prints clips per second, the median over passes of random clips, and the most resident memory in
 * MB; FRAMES stands for axes that the network leaves free. tests/bench/peer_onnx.cjs does the same
 * with ONNX Runtime. */
#include "kern.h"
#include "net.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#define PASSES_MAX 100000

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double peak_mb(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)u.ru_maxrss / 1024;
}

static int by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static double passes(struct ir_net *net, size_t batch, double seconds)
{
    double *took = ir_alloc(PASSES_MAX, sizeof *took), end = now_s() + seconds;
    size_t n = 0;
    for (int warm = 0; warm < 2; warm++)
        ir_net_forward(net, batch, false, NULL);
    while (n < 3 || (now_s() < end && n < PASSES_MAX)) {
        double start = now_s();
        ir_net_forward(net, batch, false, NULL);
        took[n++] = now_s() - start;
    }
    qsort(took, n, sizeof *took, by_value);
    double median = took[n / 2];
    free(took);
    return (double)batch / median;
}

int main(int argc, char **argv)
{
    struct ir_err err;
    struct ir_rng rng;
    size_t loaded;
    ir_kern_settle();
    if (argc != 6) {
        fprintf(stderr, "usage: infer MODEL BATCH THREADS SECONDS FRAMES\n");
        return 2;
    }
    size_t batch = strtoul(argv[2], NULL, 10);
    struct ir_pool *pool = ir_pool_new((unsigned)strtoul(argv[3], NULL, 10));
    struct ir_model *m = ir_model_open(argv[1], &err);
    struct ir_net *net = m != NULL ? ir_model_net(m) : NULL;
    struct ir_shape *shape = ir_zalloc(16, sizeof *shape);
    int rc = net != NULL && ir_net_inputs(net) <= 16 ? 0 : -1;
    if (rc == 0)
        ir_net_shapes(net, strtoul(argv[5], NULL, 10), shape);
    if (rc == 0)
        rc = ir_net_plan(net, batch, shape, false, pool, 0, &err);
    if (rc == 0)
        rc = ir_model_apply(m, net, NULL, &loaded, &err);
    if (rc == 0) {
        ir_kern_warm(pool);
        ir_rng_seed(&rng, 1);
        for (size_t i = 0; i < ir_net_inputs(net); i++)
            for (size_t k = 0; k < batch * ir_shape_count(&shape[i]); k++)
                ir_net_x(net, i)[k] = (float)ir_rng_normal(&rng);
        double rate = passes(net, batch, strtod(argv[4], NULL));
        printf("%.1f %.0f\n", rate, peak_mb());
    } else {
        fprintf(stderr, "infer: %s\n", err.text);
    }
    free(shape);
    ir_model_close(m);
    ir_pool_free(pool);
    return rc == 0 ? 0 : 1;
}
