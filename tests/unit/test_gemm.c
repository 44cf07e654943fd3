/* test_gemm.c - products against sums written out; the pooled form gives the same bytes on any
 * threads. */
#include "kern.h"
#include "noise.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void real_products(void **state)
{
    (void)state;
    const size_t m = 37, n = 61, k = 45, pad = 3;
    for (int mode = 0; mode < 4; mode++) {
        bool ta = mode & 1, tb = mode & 2;
        size_t lda = (ta ? m : k) + pad, ldb = (tb ? k : n) + pad, ldc = n + pad;
        float *a = noise((ta ? k : m) * lda, 1), *b = noise((tb ? n : k) * ldb, 2);
        float *c = noise(m * ldc, 3), *d = noise(m * ldc, 3), *start = noise(m * ldc, 3);
        ir_gemm(ta, tb, m, n, k, 0.5f, a, lda, b, ldb, 2, c, ldc);
        for (size_t i = 0; i < m; i++)
            for (size_t j = 0; j < n + pad; j++) {
                double sum = 0;
                for (size_t s = 0; s < k && j < n; s++)
                    sum += (double)a[ta ? s * lda + i : i * lda + s] *
                           (double)b[tb ? j * ldb + s : s * ldb + j];
                double was = (double)start[i * ldc + j], want = j < n ? 0.5 * sum + 2 * was : was;
                assert_true(fabs((double)c[i * ldc + j] - want) < 1e-5);
            }
        ir_gemm_pool(NULL, ta, tb, m, n, k, 0.5f, a, lda, b, ldb, 2, d, ldc);
        for (size_t i = 0; i < m * ldc; i++)
            assert_true(fabs((double)c[i] - (double)d[i]) < 1e-5);
        free(a);
        free(b);
        free(c);
        free(d);
        free(start);
    }
}

static void same_bytes_on_any_threads(void **state)
{
    (void)state;
    const size_t m = 300, n = 260, k = 200;
    float *a = noise(m * k, 1), *b = noise(k * n, 2), *c = noise(m * n, 3), *d = noise(m * n, 4);
    ir_gemm_pool(NULL, false, false, m, n, k, 1, a, k, b, n, 0, c, n);
    for (unsigned threads = 2; threads < 5; threads++) {
        struct ir_pool *pool = ir_pool_new(threads);
        memset(d, 0xff, m * n * sizeof *d); /* NaN: beta 0 must not read it */
        ir_gemm_pool(pool, false, false, m, n, k, 1, a, k, b, n, 0, d, n);
        assert_memory_equal(c, d, m * n * sizeof *c);
        ir_pool_free(pool);
    }
    free(a);
    free(b);
    free(c);
    free(d);
}

/* op(a)[i, s] of an interleaved complex matrix. */
static void at(enum ir_gemm_op op, const float *a, size_t lda, size_t i, size_t s, double out[2])
{
    const float *p = a + 2 * (op == IR_GEMM_N ? i * lda + s : s * lda + i);
    out[0] = (double)p[0];
    out[1] = op == IR_GEMM_C ? -(double)p[1] : (double)p[1];
}

static void complex_products(void **state)
{
    (void)state;
    const size_t m = 9, n = 14, k = 11;
    for (int mode = 0; mode < 9; mode++) {
        enum ir_gemm_op pa = (enum ir_gemm_op)(mode % 3), pb = (enum ir_gemm_op)(mode / 3);
        size_t lda = pa == IR_GEMM_N ? k : m, ldb = pb == IR_GEMM_N ? n : k;
        float *a = noise(2 * m * k, 1), *b = noise(2 * k * n, 2), *c = noise(2 * m * n, 3);
        float *start = noise(2 * m * n, 3);
        ir_cgemm(pa, pb, m, n, k, a, lda, b, ldb, mode & 1, c, n);
        for (size_t i = 0; i < m; i++)
            for (size_t j = 0; j < n; j++) {
                double re = 0, im = 0, x[2], y[2];
                for (size_t s = 0; s < k; s++) {
                    at(pa, a, lda, i, s, x);
                    at(pb, b, ldb, s, j, y);
                    re += x[0] * y[0] - x[1] * y[1];
                    im += x[0] * y[1] + x[1] * y[0];
                }
                if (mode & 1) {
                    re += (double)start[2 * (i * n + j)];
                    im += (double)start[2 * (i * n + j) + 1];
                }
                assert_true(fabs((double)c[2 * (i * n + j)] - re) < 1e-5);
                assert_true(fabs((double)c[2 * (i * n + j) + 1] - im) < 1e-5);
            }
        free(a);
        free(b);
        free(c);
        free(start);
    }
}

static void core_is_named(void **state)
{
    (void)state;
    assert_true(strlen(ir_gemm_core()) > 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_products),
        cmocka_unit_test(same_bytes_on_any_threads),
        cmocka_unit_test(complex_products),
        cmocka_unit_test(core_is_named),
    };
    return cmocka_run_group_tests_name("gemm", tests, NULL, NULL);
}
