/* test_lane_fft.c - the FFT over SIMD lanes against sums written out, at every level of this
 * processor. */
#include "../../lib/kern/table.h"
#include "../../lib/base.h"
#include "noise.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define TURN 6.283185307179586476925

/* Frequency k of lane l of x[n][re, im][lanes]. */
static void slow(const float *x, size_t n, size_t lanes, size_t k, size_t l, double out[2])
{
    out[0] = out[1] = 0;
    for (size_t t = 0; t < n; t++) {
        double a = -TURN * (double)(t * k % n) / (double)n, c = cos(a), s = sin(a);
        double re = (double)x[2 * t * lanes + l], im = (double)x[(2 * t + 1) * lanes + l];
        out[0] += re * c - im * s;
        out[1] += re * s + im * c;
    }
}

static void transforms(void **state)
{
    (void)state;
    static const size_t sizes[] = {2, 3, 4, 5, 6, 8, 12, 15, 16, 30, 32, 64, 80, 90, 128, 384, 450};
    for (int simd = 1; simd < 4; simd++) {
        const struct ir_kern *k = ir_kern_get(simd);
        for (size_t i = 0; k && i < sizeof sizes / sizeof *sizes; i++) {
            size_t n = sizes[i], point = 2 * k->lanes;
            struct ir_lane_fft f;
            double want[2];
            ir_lane_fft_init(&f, n);
            float *x = noise(n * point, i), *y = noise(n * point, 0), *back = noise(n * point, 0);
            float *room = noise(2 * n * point, 0);
            k->fft(&f, x, point, y, point, room, 0);
            for (size_t q = 0; q<n; q += n> 100 ? 7 : 1)
                for (size_t l = 0; l < k->lanes; l += 3) {
                    slow(x, n, k->lanes, q, l, want);
                    assert_true(fabs((double)y[q * point + l] - want[0]) < 2e-5 * sqrt((double)n));
                    assert_true(fabs((double)y[q * point + k->lanes + l] - want[1]) <
                                2e-5 * sqrt((double)n));
                }
            k->fft(&f, y, point, back, point, room, 1);
            for (size_t q = 0; q < n * point; q++)
                assert_true(fabs((double)back[q] / (double)n - (double)x[q]) < 1e-5);
            free(x);
            free(y);
            free(back);
            free(room);
            ir_lane_fft_free(&f);
        }
    }
}

/* Spectra of real signals from transforms of half the length, and back. */
static void real_signals(void **state)
{
    (void)state;
    const size_t n = 30; /* 60 samples */
    for (int simd = 1; simd < 4; simd++) {
        const struct ir_kern *k = ir_kern_get(simd);
        if (!k)
            continue;
        size_t lanes = k->lanes, apart = 2 * lanes + 16;
        struct ir_lane_fft f;
        float *x = noise(2 * n * lanes, 1), *z = noise(2 * n * lanes, 2),
              *room = noise(4 * n * lanes, 0);
        float *spectra = noise((n + 1) * apart, 3), odd[2 * 30];
        ir_lane_fft_init(&f, n);
        for (size_t i = 0; i < n; i++)
            ir_unit_root(odd + 2 * i, i, 2 * n);
        k->fft(&f, x, 2 * lanes, z, 2 * lanes, room, 0);
        k->real_split(n, odd, 0.5f, z, spectra, apart);
        for (size_t q = 0; q <= n; q++)
            for (size_t l = 0; l < lanes; l++) {
                double re = 0, im = 0;
                for (size_t t = 0; t < 2 * n; t++) {
                    double a = -TURN * (double)(t * q) / (double)(2 * n);
                    re += 0.5 * (double)x[t * lanes + l] * cos(a);
                    im += 0.5 * (double)x[t * lanes + l] * sin(a);
                }
                assert_true(fabs((double)spectra[q * apart + 2 * l] - re) < 1e-5);
                assert_true(fabs((double)spectra[q * apart + 2 * l + 1] - im) < 1e-5);
            }
        k->real_join(n, odd, spectra, apart, z);
        float *back = noise(2 * n * lanes, 4);
        k->fft(&f, z, 2 * lanes, back, 2 * lanes, room, 1);
        for (size_t i = 0; i < 2 * n * lanes; i++)
            assert_true(fabs((double)back[i] / (double)n - (double)x[i]) < 1e-5);
        ir_lane_fft_free(&f);
        free(x);
        free(z);
        free(room);
        free(spectra);
        free(back);
    }
}

static void sizes(void **state)
{
    (void)state;
    assert_true(ir_lane_fft_fits(384));
    assert_false(ir_lane_fft_fits(14));
    assert_false(ir_lane_fft_fits(0));
    assert_int_equal(ir_lane_fft_next(7, 1), 8);
    assert_int_equal(ir_lane_fft_next(301, 2), 320);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(transforms), cmocka_unit_test(real_signals),
                                       cmocka_unit_test(sizes)};
    return cmocka_run_group_tests_name("lane_fft", tests, NULL, NULL);
}
