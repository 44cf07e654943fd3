/* test_conv.c - every route of convolution, at every SIMD level of this processor and with one and
 * three threads, against the plain sum; the plain sum against itself by the adjoint identity. */
#include "kern.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

struct set {
    size_t nx, nw, ny, no;
    float *x, *w, *bias, *y, *dy, *dx, *dw, *db;
};

static float *noise(size_t n, struct ir_rng *rng)
{
    float *a = ir_alloc_aligned(n + 1, sizeof *a);
    for (size_t i = 0; i < n; i++)
        a[i] = (float)ir_rng_uniform(rng) * 2 - 1;
    return a;
}

static struct set make(const struct ir_conv_shape *s, uint64_t seed)
{
    struct ir_rng rng;
    struct set t;
    size_t out[2];
    assert_int_equal(ir_conv_size(s, out, NULL), 0);
    ir_rng_seed(&rng, seed);
    t.no = s->out;
    t.nx = s->batch * s->in * s->size[0] * s->size[1];
    t.nw = s->out * (s->in / s->groups) * s->kernel[0] * s->kernel[1];
    t.ny = s->batch * s->out * out[0] * out[1];
    t.x = noise(t.nx, &rng);
    t.w = noise(t.nw, &rng);
    t.bias = noise(t.no, &rng);
    t.dy = noise(t.ny, &rng);
    t.y = noise(t.ny, &rng);
    t.dx = noise(t.nx, &rng);
    t.dw = noise(t.nw, &rng); /* += is checked: they start as something */
    t.db = noise(t.no, &rng);
    return t;
}

static void drop(struct set *t)
{
    free(t->x);
    free(t->w);
    free(t->bias);
    free(t->dy);
    free(t->y);
    free(t->dx);
    free(t->dw);
    free(t->db);
}

/* Run forward and backward of one route. False when the route does not take the shape. */
static bool run(const struct ir_conv_shape *s, enum ir_conv_route route, unsigned threads,
                struct set *t)
{
    struct ir_err err;
    struct ir_conv *c = ir_conv_new(s, route, threads, &err);
    if (!c)
        return false;
    struct ir_pool *pool = threads > 1 ? ir_pool_new(threads) : NULL;
    void *keep = ir_alloc_aligned(ir_conv_keep(c) + 64, 1);
    char *scratch = ir_alloc_aligned(ir_conv_scratch(c) + 64, 1);
    memset(scratch, 0x7f, ir_conv_scratch(c) + 64);
    ir_conv_forward(c, pool, s->batch, t->x, t->w, t->bias, t->y, false, keep, scratch);
    memset(scratch, 0x7f, ir_conv_scratch(c));
    ir_conv_backward(c, pool, s->batch, t->x, t->w, t->dy, s->need_dx ? t->dx : NULL, t->dw, t->db,
                     keep, scratch);
    for (size_t i = 0; i < 64; i++)
        assert_int_equal(scratch[ir_conv_scratch(c) + i], 0x7f); /* nothing written behind it */
    free(keep);
    free(scratch);
    ir_pool_free(pool);
    ir_conv_free(c);
    return true;
}

/* Greatest difference over greatest magnitude. */
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

static const struct ir_conv_shape shapes[] = {
    /* batch in out groups size kernel stride pad dilation */
    {1, 1, 1, 1, {1, 1}, {1, 1}, {1, 1}, {0, 0}, {1, 1}, .need_dx = true},
    {3, 1, 16, 1, {13, 37}, {3, 3}, {1, 1}, {1, 1}, {1, 1}, .need_dx = true},
    {2, 16, 16, 1, {17, 20}, {3, 3}, {1, 1}, {1, 1}, {1, 1}, .need_dx = true},
    {9, 16, 32, 1, {9, 19}, {3, 3}, {1, 1}, {1, 1}, {1, 1}, .need_dx = true},
    {2, 32, 48, 1, {8, 70}, {3, 3}, {1, 1}, {1, 1}, {1, 1}, .need_dx = true},
    {2, 8, 9, 1, {12, 12}, {3, 3}, {1, 1}, {0, 2}, {1, 1}, .need_dx = true},
    {2, 64, 70, 1, {7, 9}, {3, 3}, {1, 1}, {1, 0}, {1, 1}, .need_dx = true},
    {2, 25, 25, 1, {15, 18}, {5, 5}, {1, 1}, {0, 0}, {1, 1}, .need_dx = true},
    {2, 3, 32, 1, {23, 30}, {3, 3}, {4, 4}, {0, 1}, {1, 1}, .need_dx = true},
    {2, 5, 7, 1, {11, 16}, {3, 4}, {2, 3}, {2, 5}, {1, 2}, .need_dx = true},
    {2, 6, 4, 2, {10, 33}, {3, 5}, {1, 2}, {1, 2}, {2, 3}, .need_dx = true},
    {2, 12, 12, 12, {9, 17}, {3, 3}, {1, 1}, {1, 1}, {1, 1}, .need_dx = true},
    {2, 6, 12, 6, {9, 17}, {5, 3}, {2, 2}, {1, 1}, {1, 1}, .need_dx = true},
    {2, 4, 4, 1, {2, 3}, {1, 1}, {3, 2}, {1, 0}, {1, 1}, .need_dx = true},
    {2, 2, 2, 1, {1, 5}, {1, 2}, {1, 3}, {0, 7}, {1, 1}, .need_dx = true},
    {3, 20, 24, 1, {1, 87}, {1, 20}, {1, 1}, {0, 0}, {1, 1}, .need_dx = true},
    {2, 5, 18, 1, {1, 611}, {1, 100}, {1, 1}, {0, 0}, {1, 1}, .need_dx = true},
    {2, 3, 4, 1, {1, 200}, {1, 31}, {1, 1}, {0, 15}, {1, 1}, .need_dx = true},
    {1, 2, 3, 1, {1, 64}, {1, 7}, {1, 2}, {0, 3}, {1, 4}, .need_dx = true},
};

#define SHAPES (sizeof shapes / sizeof *shapes)

static double bound(enum ir_conv_route route)
{
    return route == IR_CONV_WINOGRAD || route == IR_CONV_AUTO ? 2e-5 : 4e-6;
}

static void check(const struct ir_conv_shape *base, const struct set *wanted, size_t index,
                  enum ir_conv_route route, int simd)
{
    struct ir_conv_shape s = *base;
    const struct set want = *wanted;
    struct set got = make(&s, index + 1), more = make(&s, index + 1);
    s.simd = simd;
    if (run(&s, route, 1, &got)) {
        double e[4] = {apart(got.y, want.y, got.ny), apart(got.dx, want.dx, got.nx),
                       apart(got.dw, want.dw, got.nw), apart(got.db, want.db, got.no)};
        for (int i = 0; i < 4; i++)
            if (!(e[i] < bound(route)))
                fail_msg("shape %zu route %d simd %d: %s is off by %g", index, (int)route, simd,
                         i == 0   ? "y"
                         : i == 1 ? "dx"
                         : i == 2 ? "dw"
                                  : "db",
                         e[i]);
        assert_true(run(&s, route, 3, &more));
        assert_memory_equal(more.y, got.y, got.ny * sizeof(float));
        assert_memory_equal(more.dx, got.dx, got.nx * sizeof(float));
        assert_memory_equal(more.dw, got.dw, got.nw * sizeof(float));
        assert_memory_equal(more.db, got.db, got.no * sizeof(float));
    }
    drop(&got);
    drop(&more);
}

static void routes_agree(void **state)
{
    (void)state;
    for (size_t i = 0; i < SHAPES; i++) {
        struct set want = make(&shapes[i], i + 1);
        assert_true(run(&shapes[i], IR_CONV_PLAIN, 1, &want));
        for (int r = IR_CONV_AUTO; r < IR_CONV_OVERLAP; r++)
            for (int simd = r == IR_CONV_AUTO ? 0 : 1; simd < (r == IR_CONV_AUTO ? 1 : 4); simd++)
                check(&shapes[i], &want, i, (enum ir_conv_route)r, simd);
        drop(&want);
    }
}

/* A part of a batch gives what the same clips give in a whole one, and touches no other clip. */
static void short_batch(void **state)
{
    (void)state;
    for (int r = IR_CONV_AUTO; r < IR_CONV_OVERLAP; r++) {
        struct ir_conv_shape s = shapes[3];
        struct set a = make(&s, 5), b = make(&s, 5);
        size_t n = 2, batch = s.batch;
        struct ir_conv *c = ir_conv_new(&s, (enum ir_conv_route)r, 1, NULL);
        s.batch = n;
        struct ir_conv *d = ir_conv_new(&s, (enum ir_conv_route)r, 1, NULL);
        if (c && d) {
            void *keep = ir_alloc_aligned(ir_conv_keep(c) + 64, 1);
            void *scratch = ir_alloc_aligned(ir_conv_scratch(c) + ir_conv_scratch(d) + 64, 1);
            ir_conv_forward(c, NULL, n, a.x, a.w, a.bias, a.y, false, keep, scratch);
            ir_conv_forward(d, NULL, n, b.x, b.w, b.bias, b.y, false, keep, scratch);
            assert_true(apart(a.y, b.y, a.ny) < 1e-5);
            assert_memory_equal(a.y + n * a.ny / batch, b.y + n * a.ny / batch,
                                (batch - n) * a.ny / batch * sizeof(float));
            free(keep);
            free(scratch);
        }
        ir_conv_free(c);
        ir_conv_free(d);
        drop(&a);
        drop(&b);
    }
}

static double dot(const float *a, const float *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

/* <dy, conv(x, w)> = <dx, x> = <dw, w>: both gradients are the adjoints of forward. */
static void plain_is_adjoint(void **state)
{
    (void)state;
    for (size_t i = 0; i < SHAPES; i++) {
        struct set t = make(&shapes[i], i + 9);
        memset(t.bias, 0, t.no * sizeof(float));
        memset(t.dw, 0, t.nw * sizeof(float));
        assert_true(run(&shapes[i], IR_CONV_PLAIN, 1, &t));
        double a = dot(t.dy, t.y, t.ny),
               size = sqrt(dot(t.y, t.y, t.ny) * dot(t.dy, t.dy, t.ny)) + 1;
        assert_true(fabs(a - dot(t.dx, t.x, t.nx)) < 1e-5 * size);
        assert_true(fabs(a - dot(t.dw, t.w, t.nw)) < 1e-5 * size);
        drop(&t);
    }
}

static void plain_by_hand(void **state)
{
    (void)state;
    const struct ir_conv_shape s = {1,      1,      1,      1,      {2, 3},
                                    {2, 2}, {1, 1}, {0, 1}, {1, 1}, .need_dx = true};
    const float x[] = {1, 2, 3, 4, 5, 6}, w[] = {10, 1, 100, 1000}, bias[] = {0.5f};
    const float want[] = {4001.5f, 5412.5f, 6523.5f, 630.5f};
    float y[4];
    struct ir_conv *c = ir_conv_new(&s, IR_CONV_PLAIN, 1, NULL);
    assert_non_null(c);
    ir_conv_forward(c, NULL, 1, x, w, bias, y, false, NULL, NULL);
    assert_memory_equal(y, want, sizeof y);
    ir_conv_free(c);
}

static void bad_shapes(void **state)
{
    (void)state;
    struct ir_err err;
    struct ir_conv_shape s = shapes[2];
    s.groups = 3;
    assert_null(ir_conv_new(&s, IR_CONV_AUTO, 1, &err));
    assert_string_equal(err.text, "convolution: groups 3 must divide the channels 16 and 16");
    s = shapes[2];
    s.kernel[0] = 20;
    assert_null(ir_conv_new(&s, IR_CONV_AUTO, 1, &err));
    assert_string_equal(
        err.text, "convolution: the kernel spans 20 along the height, the padded input has 19");
    s = shapes[2];
    s.stride[1] = 0;
    assert_null(ir_conv_new(&s, IR_CONV_AUTO, 1, &err));
    s = shapes[2];
    s.kernel[1] = SIZE_MAX / 2;
    assert_null(ir_conv_new(&s, IR_CONV_AUTO, 1, &err));
    s = shapes[2];
    s.in = s.groups = 1;
    s.size[0] = s.size[1] = s.kernel[0] = s.kernel[1] = 100000;
    assert_null(ir_conv_new(&s, IR_CONV_AUTO, 1, &err));
    assert_string_equal(err.text,
                        "convolution: 1 channels with a kernel of 100000x100000 are too many taps");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_by_hand), cmocka_unit_test(plain_is_adjoint),
        cmocka_unit_test(bad_shapes),    cmocka_unit_test(routes_agree),
        cmocka_unit_test(short_batch),
    };
    return cmocka_run_group_tests_name("conv", tests, NULL, NULL);
}
