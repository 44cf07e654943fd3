/* kern.h - the numeric floor: convolution, matrix products, normalisation with pooling, memory for
 * them, and the environment they run in. Networks (lib/net) are built on it; it knows nothing of
 * layers.
 *
 * All of it is f32. Results depend on the shapes, the data and the type of processor, never on the
 * number of threads. */
#ifndef IR_KERN_H
#define IR_KERN_H

#include "base.h"

/* ---- convolution ---- */

/* Convolution in f32: forward, data gradient and weight gradient over a batch, as pure
 * functions behind a plan.
 *
 * All tensors are dense and row-major: x [n][in][height][width], w [out][in / groups][kernel
 * h][kernel w], bias [out], y [n][out][out h][out w]. One dimension is a height of 1. "Convolution"
 * is what neural networks call it, a cross-correlation (no flip), as in PyTorch.
 *
 * The plan chooses a route by the shape; every route works with fixed partitions of the work, so
 * the bytes of every result depend on shape, data and processor type, never on the number of
 * threads. */

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

/* ---- matrix products (gemm.c) ---- */

/* Matrix products in f32 over OpenBLAS. The only way to BLAS in this project.
 *
 * Every call into BLAS is single-threaded; the pooled form cuts the result into fixed blocks, so
 * that the bytes depend on the shapes and the processor, never on the number of threads. Matrices
 * are row-major. */

/* c[m][n] = alpha × op(a)[m][k] × op(b)[k][n] + beta × c; op transposes when ta / tb (a is then
 * stored [k][m], b [n][k]). lda, ldb, ldc: floats from one stored row to the next. beta 0 ignores
 * what c holds. In the calling thread. */
void ir_gemm(bool ta, bool tb, size_t m, size_t n, size_t k, float alpha, const float *a,
             size_t lda, const float *b, size_t ldb, float beta, float *c, size_t ldc);
/* The same on a pool, in blocks of c. */
void ir_gemm_pool(struct ir_pool *pool, bool ta, bool tb, size_t m, size_t n, size_t k, float alpha,
                  const float *a, size_t lda, const float *b, size_t ldb, float beta, float *c,
                  size_t ldc);
/* y[r][o] = bias[o] + sum of x[r][i] w[o][i] over i < n; bias may be NULL; x_row, w_row, y_row:
 * floats from row to row. For inference: the bits of a row of y depend on that row of x alone, not
 * on how many rows there are. In the calling thread, without BLAS. */
void ir_dots(size_t rows, size_t outs, size_t n, const float *x, size_t x_row, const float *w,
             size_t w_row, const float *bias, float *y, size_t y_row);
/* Complex, interleaved re, im; alpha is 1, beta 1 when `add`, else 0. C is the transposed
 * conjugate. In the calling thread. */
enum ir_gemm_op { IR_GEMM_N, IR_GEMM_T, IR_GEMM_C };
void ir_cgemm(enum ir_gemm_op a_op, enum ir_gemm_op b_op, size_t m, size_t n, size_t k,
              const float *a, size_t lda, const float *b, size_t ldb, bool add, float *c,
              size_t ldc);
/* Name of the BLAS core that runs here ("SkylakeX"), for checkpoints and reports. */
const char *ir_gemm_core(void);
/* The SIMD level of this processor: "plain", "avx2", "avx512". */
const char *ir_kern_name(void);

/* ---- normalisation, ReLU and pooling in one sweep (norm_pool.c) ---- */

/* The passes between two convolutions as one sweep over memory: batch normalisation, ReLU
 * and max pooling, forward and backward. Memory bandwidth is what limits them, so nothing is stored
 * between their parts: backward computes what it needs again from x, the input of the first.
 *
 * y = maxpool(relu(bn(x))), each of the three optional. x is [n][channels][height][width], y is
 * [n][channels][y height][y width]; floor mode, no padding. The result does not depend on the
 * number of threads. Where several cells of a pooling window are equal the first gets the gradient,
 * as in PyTorch; the gradient of ReLU at 0 is 0. */
struct ir_post {
    size_t channels, size[2]; /* of x; 1-d: size[0] = 1 */
    bool bn, relu;
    float slope;                    /* of the ReLU for x < 0: 0, or more when leaky */
    size_t pool[2], pool_stride[2]; /* 0: no pooling; 1-d: pool[0] = pool_stride[0] = 1 */
    int simd; /* 0: the best of this processor; for tests 1 plain, 2 AVX2, 3 AVX-512 */
};

/* What batch normalisation reads and leaves: y = gamma (x - mean) × invstd + beta, per channel. */
struct ir_post_bn {
    const float *gamma, *beta; /* [channels]; NULL: 1 and 0 */
    float *mean,
        *invstd; /* [channels]; written by ir_post_stats, or by the caller from running values */
};

/* Size of y. */
void ir_post_size(const struct ir_post *p, size_t y[2]);
/* Mean, biased variance (may be NULL) and 1 / sqrt(variance + eps) per channel over n clips, in
 * double. */
void ir_post_stats(const struct ir_post *p, struct ir_pool *pool, size_t n, const float *x,
                   double eps, float *mean, float *var, float *invstd, void *scratch);
/* Bytes of scratch (64-byte aligned) for stats and backward of up to n clips on a pool of
 * `threads`. */
size_t ir_post_scratch(const struct ir_post *p, size_t n, unsigned threads);
/* bn may be NULL when !p->bn. y may be x when there is no pooling. */
void ir_post_forward(const struct ir_post *p, struct ir_pool *pool, size_t n, const float *x,
                     const struct ir_post_bn *bn, float *y);
/* dx from dy; dgamma += and dbeta += unless NULL. `frozen`: mean and invstd are constants (running
 * statistics), otherwise they are those of the batch and dx has their terms. dx may be x (in
 * place), and may be dy when there is no pooling; dx NULL computes the parameters' gradients only.
 */
void ir_post_backward(const struct ir_post *p, struct ir_pool *pool, size_t n, const float *x,
                      const struct ir_post_bn *bn, bool frozen, const float *dy, float *dx,
                      float *dgamma, float *dbeta, void *scratch);

/* ---- memory and environment ---- */

/* Zeroed memory, on large pages when it is large; bytes again when it is given back. */
void *ir_huge_new(size_t bytes);
void ir_huge_free(void *p, size_t bytes);

/* First thing in main of a tool that computes: takes the variables that OpenBLAS reads out of the
 * environment, before it is loaded, and gives it one thread (the threads are ours).
 * OPENBLAS_CORETYPE stays where OpenBLAS's own choice of kernels would crash. */
void ir_kern_settle(void);
/* Once in a program, after all memory was taken: the first matrix product of every thread, under an
 * alarm, because OpenBLAS spins for ever when it finds no memory. */
void ir_kern_warm(struct ir_pool *pool);

#endif
