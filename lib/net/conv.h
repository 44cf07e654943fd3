/* conv.h - convolution in f32: forward, data gradient and weight gradient over a batch, as pure
 * functions behind a plan.
 *
 * All tensors are dense and row-major: x [n][in][height][width], w [out][in / groups][kernel
 * h][kernel w], bias [out], y [n][out][out h][out w]. One dimension is a height of 1. "Convolution"
 * is what neural networks call it, a cross-correlation (no flip), as in PyTorch.
 *
 * The plan chooses a route by the shape; every route works with fixed partitions of the work, so
 * the bytes of every result depend on shape, data and processor type, never on the number of
 * threads. */
#ifndef IR_NET_CONV_H
#define IR_NET_CONV_H

#include "../base.h"

/* What is wanted. Index 0 is height, 1 is width; for 1-d: size[0] = kernel[0] = stride[0] =
 * dilation[0] = 1, pad[0] = 0. Zero padding, `pad` on both sides. */
struct ir_conv_shape {
    size_t batch;   /* most clips of one pass, ≥ 1 */
    size_t in, out; /* channels */
    size_t groups;  /* divides in and out; in for depthwise */
    size_t size[2]; /* of the input */
    size_t kernel[2], stride[2], pad[2], dilation[2];
    bool infer;   /* only forward will be called: less memory */
    bool need_dx; /* backward will be called with dx (false for the first layer) */
    /* Optional fused tail: y = maxpool(relu(conv)), floor mode, no padding of the pool. Taken only
     * by the shapes for which ir_conv_fuses is true; {0} means none. 1-d: pool[0] = pool_stride[0]
     * = 1. */
    size_t pool[2], pool_stride[2];
    int simd; /* 0: the best of this processor; for tests 1 plain C, 2 AVX2, 3 AVX-512 */
};

enum ir_conv_route {
    IR_CONV_AUTO,     /* by shape */
    IR_CONV_PLAIN,    /* the direct sum in plain C: the reference of the tests, any shape */
    IR_CONV_DIRECT,   /* direct sum, SIMD; any shape */
    IR_CONV_WINOGRAD, /* F(4x4, 3x3); kernel 3x3, stride 1, dilation 1, groups 1 */
    IR_CONV_GEMM,     /* im2col and sgemm; groups 1 */
    IR_CONV_FFT,      /* 1-d, stride 1, dilation 1, groups 1: cgemm per frequency */
    IR_CONV_OVERLAP,  /* 1-d, stride 1, pad 0, few inputs, ReLU and pool fused; no data gradient */
    IR_CONV_ROUTES
};

struct ir_conv;

/* Height and width of the output of the convolution alone (without the fused tail) in out[2]; fails
 * when the kernel does not fit, or a number is zero or does not divide. */
int ir_conv_size(const struct ir_conv_shape *s, size_t out[2], struct ir_err *err);
/* True when conv, ReLU and max pooling of this shape (pool and pool_stride set) run best as one. */
bool ir_conv_fuses(const struct ir_conv_shape *s);
/* Make a plan for `threads` threads at most. `route` other than IR_CONV_AUTO forces one (for tests)
 * and fails when it does not take the shape. NULL and *err on failure. The plan holds no data. */
struct ir_conv *ir_conv_new(const struct ir_conv_shape *s, enum ir_conv_route route,
                            unsigned threads, struct ir_err *err);
void ir_conv_free(struct ir_conv *c); /* NULL is fine */
/* One line for people: "winograd F(4x4,3x3), 8 parts" … */
const char *ir_conv_describe(const struct ir_conv *c);
enum ir_conv_route ir_conv_route(const struct ir_conv *c);
/* Bytes that must last from forward to the backward of the same batch (filter spectra, pool
 * positions; often 0), and bytes of working memory of a call, whose content is of no interest
 * afterwards and which all layers may share. Both must be 64-byte aligned. */
size_t ir_conv_keep(const struct ir_conv *c);
size_t ir_conv_scratch(const struct ir_conv *c);

/* y = conv(x, w) + bias of n ≤ batch clips; bias may be NULL. y must not overlap x. keep may be
 * NULL when ir_conv_keep is 0. same_w: the weights, and the contents of keep, are those of the last
 * forward with this plan and no backward came since (which uses keep up), so that filter spectra in
 * keep may be used again (inference). */
void ir_conv_forward(const struct ir_conv *c, struct ir_pool *pool, size_t n, const float *x,
                     const float *w, const float *bias, float *y, bool same_w, void *keep,
                     void *scratch);
/* Gradients from dy (of the shape of y) after ir_conv_forward of the same x, w, keep: dx = …,
 * unless dx is NULL; dw += … and db += …, each unless NULL. */
void ir_conv_backward(const struct ir_conv *c, struct ir_pool *pool, size_t n, const float *x,
                      const float *w, const float *dy, float *dx, float *dw, float *db, void *keep,
                      void *scratch);

#endif
