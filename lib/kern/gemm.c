/* gemm.c - the only file that knows BLAS. It is loaded at the first product, not with the program:
 * a tool that needs none starts without it, OpenBLAS finds the environment that ir_kern_settle
 * left, and where address space is short the program ends with a message (OpenBLAS from 0.3.26 to
 * 0.3.33 would try for ever, before main). */
#include "kern.h"

#include <cblas.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "blas.h"
#include "blas_soname.h"

static struct {
    __typeof__(cblas_sgemm) *sgemm;
    __typeof__(cblas_cgemm) *cgemm;
    __typeof__(openblas_set_num_threads) *set_num_threads;
    __typeof__(openblas_get_corename) *get_corename;
} blas;

#ifdef IR_BLAS_SONAME
static void find(void *function, const char *name)
{
    void *symbol = ir_shared_symbol(IR_BLAS_SONAME, name);
    memcpy(function, &symbol, sizeof symbol);
}
#define FIND(to, name) find(&blas.to, #name)
#else /* there is no shared one */
#define FIND(to, name) (blas.to = name)
#endif

static void load(void)
{
    if (!ir_blas_room(1))
        free(ir_alloc(SIZE_MAX, 2)); /* out of memory: ends the program where that is done */
    FIND(sgemm, cblas_sgemm);
    FIND(cgemm, cblas_cgemm);
    FIND(set_num_threads, openblas_set_num_threads);
    FIND(get_corename, openblas_get_corename);
    /* Threads of OpenBLAS would fight with ours, and change the last bits. */
    blas.set_num_threads(1);
}

static void start(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
}

void ir_gemm(bool ta, bool tb, size_t m, size_t n, size_t k, float alpha, const float *a,
             size_t lda, const float *b, size_t ldb, float beta, float *c, size_t ldc)
{
    start();
    blas.sgemm(CblasRowMajor, ta ? CblasTrans : CblasNoTrans, tb ? CblasTrans : CblasNoTrans,
               (blasint)m, (blasint)n, (blasint)k, alpha, a, (blasint)lda, b, (blasint)ldb, beta, c,
               (blasint)ldc);
}

struct job {
    bool ta, tb;
    size_t m, n, k, lda, ldb, ldc, m_block, n_block, across;
    float alpha, beta;
    const float *a, *b;
    float *c;
};

static void block_task(void *arg, size_t task, unsigned thread)
{
    const struct job *j = arg;
    size_t i = task / j->across * j->m_block, q = task % j->across * j->n_block;
    size_t m = j->m - i < j->m_block ? j->m - i : j->m_block;
    size_t n = j->n - q < j->n_block ? j->n - q : j->n_block;
    (void)thread;
    ir_gemm(j->ta, j->tb, m, n, j->k, j->alpha, j->a + (j->ta ? i : i * j->lda), j->lda,
            j->b + (j->tb ? q * j->ldb : q), j->ldb, j->beta, j->c + i * j->ldc + q, j->ldc);
}

/* Halve the longer side until there are enough blocks to share out, but keep them worth a call. */
static void choose_blocks(struct job *j)
{
    j->m_block = j->m;
    j->n_block = j->n;
    for (int cuts = 0; cuts < 4; cuts++) {
        size_t *side = j->m_block > j->n_block ? &j->m_block : &j->n_block;
        if (*side < 32 || (double)j->m_block * (double)j->n_block * (double)j->k < 1e6)
            break;
        *side = ((*side + 1) / 2 + 15) / 16 * 16;
    }
    j->across = (j->n + j->n_block - 1) / j->n_block;
}

void ir_gemm_pool(struct ir_pool *pool, bool ta, bool tb, size_t m, size_t n, size_t k, float alpha,
                  const float *a, size_t lda, const float *b, size_t ldb, float beta, float *c,
                  size_t ldc)
{
    struct job j = {.ta = ta,
                    .tb = tb,
                    .m = m,
                    .n = n,
                    .k = k,
                    .lda = lda,
                    .ldb = ldb,
                    .ldc = ldc,
                    .alpha = alpha,
                    .beta = beta,
                    .a = a,
                    .b = b,
                    .c = c};
    if (!m || !n)
        return;
    choose_blocks(&j);
    ir_pool_run(pool, (m + j.m_block - 1) / j.m_block * j.across, block_task, &j);
}

static CBLAS_TRANSPOSE op_of(enum ir_gemm_op op)
{
    return op == IR_GEMM_N ? CblasNoTrans : op == IR_GEMM_T ? CblasTrans : CblasConjTrans;
}

void ir_cgemm(enum ir_gemm_op a_op, enum ir_gemm_op b_op, size_t m, size_t n, size_t k,
              const float *a, size_t lda, const float *b, size_t ldb, bool add, float *c,
              size_t ldc)
{
    static const float one[2] = {1, 0}, zero[2] = {0, 0};
    start();
    blas.cgemm(CblasRowMajor, op_of(a_op), op_of(b_op), (blasint)m, (blasint)n, (blasint)k, one, a,
               (blasint)lda, b, (blasint)ldb, add ? one : zero, c, (blasint)ldc);
}

const char *ir_gemm_core(void)
{
    start();
    return blas.get_corename();
}
