/* gemm.h - matrix products in f32 over OpenBLAS. The only way to BLAS in this project.
 *
 * Every call into BLAS is single-threaded; the pooled form cuts the result into fixed blocks, so
 * that the bytes depend on the shapes and the processor, never on the number of threads. Matrices
 * are row-major. */
#ifndef IR_NET_GEMM_H
#define IR_NET_GEMM_H

#include "../base.h"

/* c[m][n] = alpha × op(a)[m][k] × op(b)[k][n] + beta × c; op transposes when ta / tb (a is then
 * stored [k][m], b [n][k]). lda, ldb, ldc: floats from one stored row to the next. beta 0 ignores
 * what c holds. In the calling thread. */
void ir_gemm(bool ta, bool tb, size_t m, size_t n, size_t k, float alpha, const float *a,
             size_t lda, const float *b, size_t ldb, float beta, float *c, size_t ldc);
/* The same on a pool, in blocks of c. */
void ir_gemm_pool(struct ir_pool *pool, bool ta, bool tb, size_t m, size_t n, size_t k, float alpha,
                  const float *a, size_t lda, const float *b, size_t ldb, float beta, float *c,
                  size_t ldc);
/* Complex, interleaved re, im; alpha is 1, beta 1 when `add`, else 0. C is the transposed
 * conjugate. In the calling thread. */
enum ir_gemm_op { IR_GEMM_N, IR_GEMM_T, IR_GEMM_C };
void ir_cgemm(enum ir_gemm_op a_op, enum ir_gemm_op b_op, size_t m, size_t n, size_t k,
              const float *a, size_t lda, const float *b, size_t ldb, bool add, float *c,
              size_t ldc);
/* Name of the BLAS core that runs here ("SkylakeX"), for checkpoints and reports. */
const char *ir_gemm_core(void);

#endif
