/* test_maps.c - stages of an inference plan on maps with their channels last, at every SIMD level:
 * convolutions against the plain sum, whole and cut into parts; dots against sums written out. */
#include "kern.h"
#include "maps.h"
#include "../../lib/kern/table.h"
#include "noise.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

struct wanted {
    size_t in, out, size[2], kernel[2], stride[2], pad[2], dilation[2];
    bool depthwise, pool2;
    enum ir_stage_act act;
    float slope;
};

static float after(const struct wanted *w, float v)
{
    if (w->act == IR_ACT_RELU)
        return v > 0 ? v : w->slope * v;
    return w->act == IR_ACT_HARDSWISH ? v * fminf(fmaxf(v + 3, 0), 6) / 6 : v;
}

/* y of one clip by the reference route, with activation and pooling. */
static float *slow(const struct wanted *w, const float *x, const float *weights, const float *bias,
                   size_t size[2])
{
    struct ir_err err;
    struct ir_conv_shape s = {
        .batch = 1, .in = w->in, .out = w->out, .groups = w->depthwise ? w->in : 1, .infer = true};
    memcpy(s.size, w->size, sizeof s.size);
    memcpy(s.kernel, w->kernel, sizeof s.size);
    memcpy(s.stride, w->stride, sizeof s.size);
    memcpy(s.pad, w->pad, sizeof s.size);
    memcpy(s.dilation, w->dilation, sizeof s.size);
    struct ir_conv *c = ir_conv_new(&s, IR_CONV_PLAIN, 1, &err);
    size_t out[2], half;
    assert_non_null(c);
    assert_int_equal(ir_conv_size(&s, out, &err), 0);
    void *scratch = ir_zalloc_aligned(ir_conv_scratch(c) + 64, 1);
    float *y = ir_alloc(w->out * out[0] * out[1], sizeof *y), *z;
    ir_conv_forward(c, NULL, 1, x, weights, bias, y, false, NULL, scratch);
    half = w->pool2 ? 2 : 1;
    size[0] = out[0] / half;
    size[1] = out[1] / half;
    z = ir_alloc(w->out * size[0] * size[1], sizeof *z);
    for (size_t k = 0; k < w->out; k++)
        for (size_t i = 0; i < size[0]; i++)
            for (size_t j = 0; j < size[1]; j++) {
                float top = -INFINITY;
                for (size_t q = 0; q < half * half; q++)
                    top = fmaxf(
                        top, y[(k * out[0] + i * half + q / half) * out[1] + j * half + q % half]);
                z[(k * size[0] + i) * size[1] + j] = after(w, top);
            }
    free(y);
    free(scratch);
    ir_conv_free(c);
    return z;
}

static float *field_new(const struct ir_field *f, size_t clips)
{
    float *p = ir_alloc_aligned(clips * ir_field_floats(f), sizeof *p);
    for (size_t i = 0; i < clips * ir_field_floats(f); i++)
        p[i] = NAN; /* whoever reads what nobody wrote shows it */
    return p;
}

/* Runs one stage over 3 clips in `parts` parts. */
static void run(const struct ir_stage *s, const float *x, float *y, const float *packed,
                size_t parts, size_t x_apart, size_t y_apart)
{
    float *scratch = ir_alloc_aligned(s->scratch + 16, sizeof *scratch);
    for (size_t part = 0; part < parts; part++) {
        struct ir_stage_pass p = {.x = x,
                                  .y = y,
                                  .packed = packed,
                                  .scratch = scratch,
                                  .x_apart = x_apart,
                                  .y_apart = y_apart,
                                  .clips = 3,
                                  .part = part,
                                  .parts = parts};
        ir_stage_run(s, &p);
    }
    free(scratch);
}

/* In, convolution, out; the border of y is one cell more than anybody wants. */
static void fast(const struct wanted *w, const float *x, const float *weights, const float *bias,
                 const size_t size[2], int simd, size_t parts, float *z)
{
    struct ir_stage in = {.kind = IR_STAGE_IN, .simd = simd},
                    out = {.kind = IR_STAGE_OUT, .simd = simd};
    struct ir_stage c = {.kind = IR_STAGE_CONV,
                         .simd = simd,
                         .depthwise = w->depthwise,
                         .pool2 = w->pool2,
                         .act = w->act,
                         .slope = w->slope};
    memcpy(c.kernel, w->kernel, sizeof c.kernel);
    memcpy(c.stride, w->stride, sizeof c.kernel);
    memcpy(c.pad, w->pad, sizeof c.kernel);
    memcpy(c.dilation, w->dilation, sizeof c.kernel);
    c.x = (struct ir_field){.channels = w->in, .size = {w->size[0], w->size[1]}};
    c.y = (struct ir_field){
        .channels = w->out, .size = {size[0], size[1]}, .before = {1, 1}, .after = {1, 1}};
    if (w->in <= 3 && !w->depthwise)
        ir_field_narrow(&c.x);
    else
        ir_field_widen(&c.x, simd);
    ir_field_widen(&c.y, simd);
    ir_stage_choose(&c);
    in.y = c.x;
    out.x = c.y;
    ir_stage_choose(&in);
    ir_stage_choose(&out);
    ir_stage_plan(&in);
    ir_stage_plan(&c);
    ir_stage_plan(&out);
    float *packed = ir_alloc_aligned(c.packed + 1, sizeof *packed);
    ir_stage_pack(&c, weights, NULL, bias, packed);
    size_t nx = w->in * w->size[0] * w->size[1], nz = w->out * size[0] * size[1];
    size_t mx = ir_field_floats(&c.x), my = ir_field_floats(&c.y);
    float *a = field_new(&c.x, 3), *b = field_new(&c.y, 3);
    run(&in, x, a, NULL, parts, nx, mx);
    run(&c, a, b, packed, parts, mx, my);
    run(&out, b, z, NULL, parts, my, nz);
    /* zeros all around */
    size_t row = ir_field_row(&c.y), rows = size[0] + 2;
    for (size_t i = 0; i < row; i++) {
        assert_true(b[2 * my + i] == 0);
        assert_true(b[2 * my + (rows - 1) * row + i] == 0);
    }
    for (size_t r = 0; r < rows; r++)
        assert_true(b[r * row] == 0 && b[(r + 1) * row - 1] == 0);
    ir_stage_free(&in);
    ir_stage_free(&c);
    ir_stage_free(&out);
    free(packed);
    free(a);
    free(b);
}

static void check(const struct wanted *w)
{
    size_t nx = w->in * w->size[0] * w->size[1], size[2];
    size_t per = (w->depthwise ? 1 : w->in) * w->kernel[0] * w->kernel[1];
    float *x = noise(3 * nx, 1), *weights = noise(w->out * per, 2), *bias = noise(w->out, 3);
    for (size_t i = 0; i < w->out * per; i++)
        weights[i] /= sqrtf((float)per);
    float *want = slow(w, x + 2 * nx, weights, bias, size);
    size_t nz = w->out * size[0] * size[1];
    for (int simd = 0; simd <= 3; simd++) {
        if (ir_kern_get(simd) == NULL)
            continue;
        float *whole = ir_alloc(3 * nz, sizeof *whole), *cut = ir_alloc(3 * nz, sizeof *cut);
        fast(w, x, weights, bias, size, simd, 1, whole);
        fast(w, x, weights, bias, size, simd, 3, cut);
        assert_memory_equal(whole, cut, 3 * nz * sizeof *whole);
        for (size_t i = 0; i < nz; i++)
            if (!(fabsf(whole[2 * nz + i] - want[i]) <= 2e-5f))
                fail_msg("%zux%zu of %zu to %zu, level %d: [%zu] is %g, wanted %g", w->kernel[0],
                         w->kernel[1], w->in, w->out, simd, i, (double)whole[2 * nz + i],
                         (double)want[i]);
        free(whole);
        free(cut);
    }
    free(x);
    free(weights);
    free(bias);
    free(want);
}

static void convolutions(void **state)
{
    (void)state;
    static const struct wanted all[] = {
        {1, 16, {21, 50}, {3, 3}, {1, 1}, {1, 1}, {1, 1}, false, true, IR_ACT_RELU, 0},
        {1, 32, {23, 31}, {3, 3}, {4, 4}, {0, 0}, {1, 1}, false, false, IR_ACT_RELU, 0.1f},
        {2, 25, {13, 70}, {5, 5}, {1, 1}, {2, 2}, {1, 1}, false, true, IR_ACT_LINEAR, 0},
        {3, 7, {9, 14}, {3, 2}, {2, 1}, {1, 0}, {2, 3}, false, false, IR_ACT_HARDSWISH, 0},
        {16, 16, {9, 17}, {3, 3}, {1, 1}, {1, 1}, {1, 1}, false, true, IR_ACT_RELU, 0},
        {20, 40, {11, 10}, {3, 3}, {1, 1}, {0, 2}, {1, 1}, false, false, IR_ACT_HARDSWISH, 0},
        {70, 130, {12, 13}, {3, 3}, {1, 1}, {1, 1}, {1, 1}, false, true, IR_ACT_RELU, 0.2f},
        {25, 25, {12, 11}, {5, 5}, {1, 1}, {2, 2}, {1, 1}, false, true, IR_ACT_RELU, 0},
        {13, 33, {7, 9}, {5, 5}, {1, 1}, {2, 0}, {1, 1}, false, false, IR_ACT_LINEAR, 0},
        {24, 72, {5, 33}, {1, 1}, {1, 1}, {0, 0}, {1, 1}, false, false, IR_ACT_RELU, 0},
        {32, 16, {8, 9}, {3, 3}, {2, 2}, {1, 1}, {1, 1}, false, false, IR_ACT_LINEAR, 0},
        {96, 8, {1, 1}, {1, 1}, {1, 1}, {0, 0}, {1, 1}, false, false, IR_ACT_RELU, 0},
        {24, 24, {10, 27}, {3, 3}, {2, 2}, {1, 1}, {1, 1}, true, false, IR_ACT_RELU, 0},
        {40, 40, {9, 12}, {5, 5}, {1, 1}, {2, 2}, {1, 1}, true, false, IR_ACT_HARDSWISH, 0},
        {8, 8, {9, 21}, {3, 3}, {1, 1}, {1, 1}, {1, 2}, true, true, IR_ACT_LINEAR, 0},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        check(&all[i]);
}

static void row_products(void **state)
{
    (void)state;
    const size_t rows = 7, outs = 9, n = 45, pad = 3, y_row = outs + 2;
    float *x = noise(rows * (n + pad), 1), *w = noise(outs * (n + pad), 2), *bias = noise(outs, 3);
    for (int simd = 0; simd <= 3; simd++) {
        const struct ir_kern *k = ir_kern_get(simd);
        float *y = noise(rows * y_row, 4), *one = noise(rows * y_row, 4);
        if (k == NULL)
            continue;
        k->dots(rows, outs, n, x, n + pad, w, n + pad, bias, y, y_row);
        for (size_t r = 0; r < rows; r++)
            k->dots(1, outs, n, x + r * (n + pad), n + pad, w, n + pad, bias, one + r * y_row,
                    y_row);
        assert_memory_equal(y, one, rows * y_row * sizeof *y);
        for (size_t r = 0; r < rows; r++)
            for (size_t o = 0; o < outs; o++) {
                double sum = (double)bias[o];
                for (size_t i = 0; i < n; i++)
                    sum += (double)x[r * (n + pad) + i] * (double)w[o * (n + pad) + i];
                assert_true(fabs(sum - (double)y[r * y_row + o]) < 1e-5);
            }
        free(y);
        free(one);
    }
    free(x);
    free(w);
    free(bias);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(convolutions),
                                       cmocka_unit_test(row_products)};
    ir_kern_settle();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
