/* test_conv_overlap.c - the route of long filters with fused ReLU and max pooling against the plain
 * sum and the two done after it. */
#include "kern.h"
#include "../../lib/kern/table.h"
#include "noise.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static double apart(const float *a, const float *b, size_t n)
{
    double top = 1e-30, diff = 0;
    for (size_t i = 0; i < n; i++) {
        double d = fabs((double)a[i] - (double)b[i]);
        if (!(d <= diff))
            diff = d;
        if (fabs((double)b[i]) > top)
            top = fabs((double)b[i]);
    }
    return diff / top;
}

struct result {
    float *y, *dw, *db;
};

static struct result slow(const struct ir_conv_shape *base, size_t windows, const float *x,
                          const float *w, const float *bias, const float *dy)
{
    struct ir_conv_shape s = *base;
    size_t out[2], nw = s.out * s.in * s.kernel[1];
    memset(s.pool, 0, sizeof s.pool);
    assert_int_equal(ir_conv_size(&s, out, NULL), 0);
    size_t n = s.batch * s.out;
    float *map = noise(n * out[1], 1), *dmap = ir_zalloc_aligned(n * out[1], sizeof *dmap);
    struct ir_conv *c = ir_conv_new(&s, IR_CONV_PLAIN, 1, NULL);
    struct result r = {noise(n * windows, 1), noise(nw, 2), noise(s.out, 3)};
    ir_conv_forward(c, NULL, s.batch, x, w, bias, map, false, NULL, NULL);
    for (size_t i = 0; i < n * windows; i++) {
        size_t first = i / windows * out[1] + i % windows * base->pool_stride[1], best = first;
        for (size_t k = 1; k < base->pool[1]; k++)
            if (map[first + k] > map[best])
                best = first + k;
        r.y[i] = map[best] > 0 ? map[best] : 0;
        if (map[best] > 0)
            dmap[best] += dy[i];
    }
    ir_conv_backward(c, NULL, s.batch, x, w, dmap, NULL, r.dw, r.db, NULL, NULL);
    ir_conv_free(c);
    free(map);
    free(dmap);
    return r;
}

static struct result fast(const struct ir_conv_shape *s, size_t windows, unsigned threads,
                          const float *x, const float *w, const float *bias, const float *dy)
{
    struct ir_err err = {""};
    struct ir_conv *c = ir_conv_new(s, IR_CONV_OVERLAP, threads, &err);
    if (!c)
        fail_msg("%s", err.text);
    struct result r = {noise(s->batch * s->out * windows, 1),
                       noise(s->out * s->in * s->kernel[1], 2), noise(s->out, 3)};
    struct ir_pool *pool = threads > 1 ? ir_pool_new(threads) : NULL;
    void *keep = ir_alloc_aligned(ir_conv_keep(c) + 64, 1);
    char *scratch = ir_alloc_aligned(ir_conv_scratch(c) + 64, 1);
    memset(scratch, 0x7f, ir_conv_scratch(c) + 64);
    memset(keep, 0x7f, ir_conv_keep(c));
    ir_conv_forward(c, pool, s->batch, x, w, bias, r.y, false, keep, scratch);
    ir_conv_forward(c, pool, s->batch, x, w, bias, r.y, true, keep, scratch);
    memset(scratch, 0x7f, ir_conv_scratch(c));
    ir_conv_backward(c, pool, s->batch, x, w, dy, NULL, r.dw, r.db, keep, scratch);
    for (size_t i = 0; i < 64; i++)
        assert_int_equal(scratch[ir_conv_scratch(c) + i], 0x7f);
    free(keep);
    free(scratch);
    ir_pool_free(pool);
    ir_conv_free(c);
    return r;
}

static void drop(struct result *r)
{
    free(r->y);
    free(r->dw);
    free(r->db);
}

static void check(struct ir_conv_shape s)
{
    size_t windows = (s.size[1] - s.kernel[1] + 1 - s.pool[1]) / s.pool_stride[1] + 1;
    float *x = noise(s.batch * s.in * s.size[1], 4), *w = noise(s.out * s.in * s.kernel[1], 5);
    float *bias = noise(s.out, 6), *dy = noise(s.batch * s.out * windows, 7);
    struct result want = slow(&s, windows, x, w, bias, dy);
    for (s.simd = 0; s.simd < 4; s.simd++) {
        if (!ir_kern_get(s.simd))
            continue;
        struct result got = fast(&s, windows, 1, x, w, bias, dy),
                      more = fast(&s, windows, 3, x, w, bias, dy);
        if (apart(got.y, want.y, s.batch * s.out * windows) >= 2e-6)
            fail_msg("simd %d length %zu: %g", s.simd, s.size[1],
                     apart(got.y, want.y, s.batch * s.out * windows));
        assert_true(apart(got.dw, want.dw, s.out * s.in * s.kernel[1]) < 2e-6);
        assert_true(apart(got.db, want.db, s.out) < 2e-6);
        assert_memory_equal(got.y, more.y, s.batch * s.out * windows * sizeof(float));
        assert_memory_equal(got.dw, more.dw, s.out * s.in * s.kernel[1] * sizeof(float));
        drop(&got);
        drop(&more);
    }
    drop(&want);
    free(x);
    free(w);
    free(bias);
    free(dy);
}

static struct ir_conv_shape shape(size_t batch, size_t in, size_t out, size_t length, size_t taps,
                                  size_t pool, size_t stride)
{
    return (struct ir_conv_shape){.batch = batch,
                                  .in = in,
                                  .out = out,
                                  .groups = 1,
                                  .size = {1, length},
                                  .kernel = {1, taps},
                                  .stride = {1, 1},
                                  .dilation = {1, 1},
                                  .pool = {1, pool},
                                  .pool_stride = {1, stride}};
}

static void agrees(void **state)
{
    (void)state;
    check(shape(2, 2, 20, 1500, 130, 40, 20));
    check(shape(3, 1, 16, 700, 31, 8, 8));
    check(shape(1, 3, 5, 500, 77, 7, 3));
    check(shape(2, 2, 3, 9000, 1001, 30, 20));
}

static void chosen(void **state)
{
    (void)state;
    struct ir_conv_shape s = shape(16, 2, 256, 44100, 3101, 40, 20);
    struct ir_conv *c = ir_conv_new(&s, IR_CONV_AUTO, 2, NULL);
    assert_true(ir_conv_fuses(&s));
    assert_int_equal(ir_conv_route(c), IR_CONV_OVERLAP);
    assert_non_null(strstr(ir_conv_describe(c), "FFT of 10240, 6 blocks"));
    ir_conv_free(c);
    s.need_dx = true;
    assert_false(ir_conv_fuses(&s));
    s = shape(1, 64, 64, 100, 3, 2, 2);
    assert_false(ir_conv_fuses(&s));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(agrees), cmocka_unit_test(chosen)};
    return cmocka_run_group_tests_name("conv_overlap", tests, NULL, NULL);
}
