/* bench_conv.c - speed of the convolution routes on the layers of the five experiments, and of the
 * limits of this machine (multiply-add peak, sgemm, memory). `bench_conv [THREADS [FILTER]]`;
 * GFLOP/s are counted as those of the direct sum, whatever the route does. */
#include "kern.h"
#include "net.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct item {
    const char *name;
    enum ir_conv_route route;
    struct ir_conv_shape s;
};

#define ONE                                                                                        \
    {                                                                                              \
        1, 1                                                                                       \
    }
/* clang-format off */
#define CONV(route, name, n, i, o, h, w, kh, kw, step, edge, ...)                                       \
    {name, route, {.batch = n, .in = i, .out = o, .groups = 1, .size = {h, w}, .kernel = {kh, kw},      \
                   .stride = {step, step}, .pad = {edge, edge}, .dilation = ONE, __VA_ARGS__}}
#define DX .need_dx = true
#define NO_DX .need_dx = false
static const struct item items[] = {
    CONV(0, "N1.1 1-16 128x801", 32, 1, 16, 128, 801, 3, 3, 1, 1, NO_DX),
    CONV(0, "N1.2 16-32 64x400", 32, 16, 32, 64, 400, 3, 3, 1, 1, DX),
    CONV(0, "N1.3 32-64 32x200", 32, 32, 64, 32, 200, 3, 3, 1, 1, DX),
    CONV(0, "N1.4 64-128 16x100", 32, 64, 128, 16, 100, 3, 3, 1, 1, DX),
    CONV(0, "N2.1 1-16 129x129", 32, 1, 16, 129, 129, 3, 3, 1, 1, NO_DX),
    CONV(0, "N2.2 16-16 64x64", 32, 16, 16, 64, 64, 3, 3, 1, 1, DX),
    CONV(IR_CONV_DIRECT, "N2.2 direct", 32, 16, 16, 64, 64, 3, 3, 1, 1, DX),
    CONV(0, "N2.3 16-16 32x32", 32, 16, 16, 32, 32, 3, 3, 1, 1, DX),
    CONV(0, "N2b 25-25 5x5 62x62", 32, 25, 25, 62, 62, 5, 5, 1, 0, DX),
    CONV(0, "N3.1 1-64 128x130", 16, 1, 64, 128, 130, 3, 3, 1, 1, NO_DX),
    CONV(0, "N3.2 64-128 64x65", 16, 64, 128, 64, 65, 3, 3, 1, 1, DX),
    CONV(0, "N3.3 128-256 32x32", 16, 128, 256, 32, 32, 3, 3, 1, 1, DX),
    CONV(0, "N3.4 256-512 16x16", 16, 256, 512, 16, 16, 3, 3, 1, 1, DX),
    CONV(0, "N5.1 1-32 150x150/4", 32, 1, 32, 150, 150, 3, 3, 4, 0, NO_DX),
    CONV(0, "N5.2 32-32 18x18", 32, 32, 32, 18, 18, 3, 3, 1, 0, DX),
    CONV(0, "N5.3 32-64 16x16", 32, 32, 64, 16, 16, 3, 3, 1, 0, DX),
    CONV(0, "128-128 3x3/2 32x32", 32, 128, 128, 32, 32, 3, 3, 2, 1, DX),
    CONV(IR_CONV_DIRECT, "the same, direct", 32, 128, 128, 32, 32, 3, 3, 2, 1, DX),
    CONV(0, "256-64 1x1 32x32", 32, 256, 64, 32, 32, 1, 1, 1, 0, DX),
    CONV(0, "N4.1 2-256 3101 taps", 16, 2, 256, 1, 44100, 1, 3101, 1, 0,
         .pool = {1, 40}, .pool_stride = {1, 20}),
    CONV(0, "N4.2 256-384 300 taps", 16, 256, 384, 1, 2049, 1, 300, 1, 0, DX),
    CONV(0, "N4.3 384-384 20 taps", 16, 384, 384, 1, 87, 1, 20, 1, 0, DX),
};
/* clang-format on */

static float *noise(size_t n, struct ir_rng *rng)
{
    float *a = ir_alloc_aligned(n + 16, sizeof *a);
    for (size_t i = 0; i < n; i++)
        a[i] = (float)ir_rng_uniform(rng) - 0.5f;
    return a;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

struct work {
    const struct ir_conv *c;
    struct ir_pool *pool;
    size_t n;
    float *x, *w, *bias, *y, *dx, *dw, *db;
    void *keep, *scratch;
};

static void call(const struct work *k, int what)
{
    if (what == 0)
        ir_conv_forward(k->c, k->pool, k->n, k->x, k->w, k->bias, k->y, false, k->keep, k->scratch);
    else if (what == 1)
        ir_conv_backward(k->c, k->pool, k->n, k->x, k->w, k->y, k->dx, NULL, NULL, k->keep,
                         k->scratch);
    else
        ir_conv_backward(k->c, k->pool, k->n, k->x, k->w, k->y, NULL, k->dw, k->db, k->keep,
                         k->scratch);
}

/* One thread is timed by the processor time it used, so that other work on the machine matters
 * less. */
static double now_s(const struct work *k)
{
    struct timespec t;
    if (ir_pool_threads(k->pool) > 1)
        return ir_clock_s();
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double median_s(const struct work *k, int what)
{
    double t[5];
    call(k, what);
    for (int i = 0; i < 5; i++) {
        double start = now_s(k);
        call(k, what);
        t[i] = now_s(k) - start;
    }
    qsort(t, 5, sizeof *t, by_value);
    return t[2];
}

static void bench(const struct item *it, unsigned threads)
{
    struct ir_conv_shape s = it->s;
    struct ir_rng rng;
    struct ir_err err;
    size_t out[2];
    struct work k;
    if (s.pool[1] && !ir_conv_fuses(&s))
        memset(s.pool, 0, sizeof s.pool);
    struct ir_conv *c = ir_conv_new(&s, it->route, threads, &err);
    if (!c || ir_conv_size(&s, out, &err)) {
        printf("%-24s %s\n", it->name, err.text);
        return;
    }
    if (ir_conv_route(c) == IR_CONV_DIRECT && s.kernel[1] > 200) {
        printf("%-24s no fast route\n", it->name);
        ir_conv_free(c);
        return;
    }
    ir_rng_seed(&rng, 1);
    size_t y = s.batch * s.out * out[0] * out[1], x = s.batch * s.in * s.size[0] * s.size[1];
    if (s.pool[1])
        y = s.batch * s.out * ((out[1] - s.pool[1]) / s.pool_stride[1] + 1);
    size_t w = s.out * s.in * s.kernel[0] * s.kernel[1];
    k.c = c;
    k.n = s.batch;
    k.pool = ir_pool_new(threads);
    k.x = noise(x, &rng);
    k.w = noise(w, &rng);
    k.dw = noise(w, &rng);
    k.bias = noise(s.out, &rng);
    k.db = noise(s.out, &rng);
    k.y = noise(y, &rng);
    k.dx = noise(x, &rng);
    k.keep = ir_alloc_aligned(ir_conv_keep(c) + 64, 1);
    k.scratch = ir_alloc_aligned(ir_conv_scratch(c) + 64, 1);
    double flops = 2.0 * (double)s.batch * (double)(s.out * s.in) * (double)(out[0] * out[1]) *
                   (double)(s.kernel[0] * s.kernel[1]);
    printf("%-24s", it->name);
    for (int what = 0; what < 3; what++) {
        if (what == 1 && !s.need_dx) {
            printf("  %8s %7s", "-", "-");
            continue;
        }
        double t = median_s(&k, what);
        printf("  %8.2f %7.0f", t * 1e3, flops / t * 1e-9);
    }
    printf("  %4zu+%-4zu %s\n", ir_conv_keep(c) >> 20, ir_conv_scratch(c) >> 20,
           ir_conv_describe(c));
    float *all[] = {k.x, k.w, k.dw, k.bias, k.db, k.y, k.dx, k.keep, k.scratch};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]);
    ir_pool_free(k.pool);
    ir_conv_free(c);
}

int main(int argc, char **argv)
{
    ir_kern_settle();
    unsigned threads = argc > 1 ? (unsigned)atoi(argv[1]) : 1;
    printf("%-24s  %16s  %16s  %16s  %9s %u thread%s\n", "layer", "forward ms GF/s", "dx ms GF/s",
           "dw ms GF/s", "keep+MiB", threads, threads == 1 ? "" : "s");
    for (size_t i = 0; i < sizeof items / sizeof *items; i++)
        if (argc < 3 || strstr(items[i].name, argv[2]))
            bench(&items[i], threads);
    return 0;
}
