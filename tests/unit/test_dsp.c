/* test_dsp.c - transforms against the definition, windows, mel scales, filters, resampling,
 * stretching. */
#include "dsp.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static float *noise(size_t n, uint64_t seed)
{
    struct ir_rng rng;
    float *x = ir_alloc_aligned(n + 1, sizeof *x);
    ir_rng_seed(&rng, seed);
    for (size_t i = 0; i < n; i++)
        x[i] = (float)(ir_rng_uniform(&rng) - 0.5);
    return x;
}

/* Σ x_j e^(∓2πi jk/n) */
static void definition(const float *x, size_t n, size_t stride, size_t k, double out[2])
{
    out[0] = out[1] = 0;
    for (size_t j = 0; j < n; j++) {
        const double t = 2 * M_PI * (double)(j * k % n) / (double)n;
        out[0] += (double)x[j * stride] * cos(t);
        out[1] -= (double)x[j * stride] * sin(t);
    }
}

static void lanes(void **state)
{
    (void)state;
    static const size_t sizes[] = {2,  3,  4,  5,   6,   7,   9,   12,  14,  25,
                                   30, 61, 64, 122, 256, 400, 441, 512, 882, 1024};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        const size_t n = sizes[s];
        struct ir_lanes *p = ir_lanes_new(n, NULL);
        assert_non_null(p);
        assert_int_equal(ir_lanes_bins(p), n / 2 + 1);
        float *x = noise(n * IR_LANES, n), *in = ir_alloc_aligned(n * IR_LANES, sizeof *in);
        float *scratch = ir_alloc_aligned(ir_lanes_scratch(p), sizeof *scratch);
        float *power = ir_alloc_aligned((n / 2 + 1) * IR_LANES, sizeof *power);
        float *both = ir_alloc_aligned((n / 2 + 1) * 2 * IR_LANES, sizeof *both);
        memcpy(in, x, n * IR_LANES * sizeof *x);
        ir_lanes_power(p, in, scratch, power);
        memcpy(in, x, n * IR_LANES * sizeof *x);
        ir_lanes_complex(p, in, scratch, both);
        for (size_t lane = 0; lane < IR_LANES; lane += 5) {
            for (size_t k = 0; k <= n / 2; k += 1 + n / 50) {
                double want[2];
                definition(x + lane, n, IR_LANES, k, want);
                const double near = 1e-6 * sqrt((double)n) * 4;
                assert_true(fabs((double)both[2 * k * IR_LANES + lane] - want[0]) < near);
                assert_true(fabs((double)both[(2 * k + 1) * IR_LANES + lane] - want[1]) < near);
                const double square = want[0] * want[0] + want[1] * want[1];
                assert_true(fabs((double)power[k * IR_LANES + lane] - square) <
                            near * sqrt((double)n));
            }
        }
        free(x);
        free(in);
        free(scratch);
        free(power);
        free(both);
        ir_lanes_free(p);
    }
}

/* What is in one lane does not reach another: a loud frame leaves silence silent. */
static void lanes_apart(void **state)
{
    (void)state;
    struct ir_lanes *p = ir_lanes_new(400, NULL);
    float *in = ir_zalloc_aligned(400 * IR_LANES, sizeof *in);
    float *scratch = ir_alloc_aligned(ir_lanes_scratch(p), sizeof *scratch);
    float *power = ir_alloc_aligned(201 * IR_LANES, sizeof *power);
    for (size_t j = 0; j < 400; j++)
        in[j * IR_LANES + 3] = 1e6F * (float)sin((double)j);
    ir_lanes_power(p, in, scratch, power);
    for (size_t k = 0; k < 201; k++)
        for (size_t lane = 0; lane < IR_LANES; lane++)
            assert_true(lane == 3 ? power[k * IR_LANES + lane] > 0
                                  : power[k * IR_LANES + lane] == 0);
    free(in);
    free(scratch);
    free(power);
    ir_lanes_free(p);
}

static void lanes_refused(void **state)
{
    (void)state;
    struct ir_err err = {""};
    assert_null(ir_lanes_new(1, &err));
    assert_string_equal(err.text, "a transform of 1 samples is out of range (2 to 262144)");
    assert_null(ir_lanes_new(2 * 67, &err));
    assert_string_equal(err.text, "a transform of 134 samples: 67 has a prime factor above 61");
    assert_null(ir_lanes_new(SIZE_MAX, &err));
}

static void fftw(void **state)
{
    (void)state;
    enum { N = 60, MANY = 3, BINS = N / 2 + 1 };
    struct ir_fft *there = ir_fft_new(IR_FFT_R2C, N, MANY, NULL),
                  *back = ir_fft_new(IR_FFT_C2R, N, MANY, NULL);
    float *x = noise(N * MANY, 1), *y = ir_alloc_aligned(2 * BINS * MANY, sizeof *y);
    float *z = ir_alloc_aligned(N * MANY, sizeof *z);
    ir_fft_run(there, x, y);
    for (size_t t = 0; t < MANY; t++)
        for (size_t k = 0; k < BINS; k++) {
            double want[2];
            definition(x + t * N, N, 1, k, want);
            assert_true(fabs((double)y[2 * (t * BINS + k)] - want[0]) < 1e-5);
            assert_true(fabs((double)y[2 * (t * BINS + k) + 1] - want[1]) < 1e-5);
        }
    ir_fft_run(back, y, z);
    for (size_t i = 0; i < N * MANY; i++)
        assert_true(fabsf(z[i] / (float)N - x[i]) < 1e-6F);
    struct ir_err err = {""};
    assert_null(ir_fft_new(IR_FFT_C2C, IR_FFT_SIZE_MAX + 1, 1, &err));
    assert_null(ir_fft_new(IR_FFT_C2C, 0, 1, &err));
    assert_int_equal(ir_fft_good_size(7), 8);
    assert_int_equal(ir_fft_good_size(1023), 1024);
    assert_int_equal(ir_fft_good_size(0), 1);
    ir_fft_free(there);
    ir_fft_free(back);
    free(x);
    free(y);
    free(z);
}

static void logarithms(void **state)
{
    (void)state;
    float x[203], want[203];
    for (int i = 0; i < 203; i++)
        x[i] = want[i] = (float)pow(10, -37 + 0.36 * i);
    ir_dsp_log(x, 203, 1.2e-38F, 1);
    for (int i = 0; i < 203; i++)
        assert_true(fabs((double)x[i] - log((double)want[i])) <
                    2e-7 * fabs(log((double)want[i])) + 1e-7);
    float low[3] = {0, -1, 1};
    ir_dsp_log(low, 3, 1e-10F, (float)(10 / log(10)));
    assert_true(fabsf(low[0] + 100) < 1e-4F && fabsf(low[1] + 100) < 1e-4F && low[2] == 0);
}

static void windows(void **state)
{
    (void)state;
    double w[8];
    struct ir_err err = {""};
    assert_int_equal(ir_dsp_window("hann", 8, w, &err), 0);
    assert_true(w[0] == 0 && fabs(w[4] - 1) < 1e-15 && fabs(w[2] - 0.5) < 1e-15);
    assert_int_equal(ir_dsp_window("hann-sym", 7, w, &err), 0);
    assert_true(fabs(w[3] - 1) < 1e-15 && fabs(w[6]) < 1e-15);
    assert_int_equal(ir_dsp_window("hamming-sym", 7, w, &err), 0);
    assert_true(fabs(w[0] - 0.08) < 1e-15);
    assert_int_equal(ir_dsp_window("povey", 7, w, &err), 0);
    assert_true(fabs(w[3] - 1) < 1e-15 && fabs(w[1] - pow(0.25, 0.85)) < 1e-12);
    assert_int_equal(ir_dsp_window("kaiser", 7, w, &err), -1);
}

static void mel(void **state)
{
    (void)state;
    struct ir_err err = {""};
    static const enum ir_mel_scale scales[] = {IR_MEL_SLANEY, IR_MEL_HTK};
    for (size_t i = 0; i < 2; i++)
        for (double hz = 0; hz < 20000; hz += 321)
            assert_true(fabs(ir_mel_to_hz(scales[i], ir_mel_from_hz(scales[i], hz)) - hz) < 1e-8);
    assert_true(fabs(ir_mel_from_hz(IR_MEL_HTK, 1000) - 999.9855) < 1e-3);
    assert_true(fabs(ir_mel_from_hz(IR_MEL_SLANEY, 6400) - 42) < 1e-12);
    struct ir_mel m = {
        .rate_hz = 16000, .fmax_hz = 8000, .n_fft = 400, .bands = 128, .scale = IR_MEL_HTK};
    struct ir_bank b;
    assert_int_equal(ir_mel_bank(&m, &b, &err), 0);
    /* Too narrow for a bin: kept as all zero (experiment 000). */
    assert_true(b.n[0] == 0 && b.n[3] == 0 && b.n[6] == 0 && b.n[13] == 0 && b.n[1] > 0);
    ir_bank_free(&b);
    m.fmax_hz = 8001;
    assert_int_equal(ir_mel_bank(&m, &b, &err), -1);
}

static void cosine_transform(void **state)
{
    (void)state;
    double m[64];
    ir_dsp_dct(8, 8, m);
    for (int a = 0; a < 8; a++)
        for (int b = 0; b < 8; b++) {
            double dot = 0;
            for (int j = 0; j < 8; j++)
                dot += m[a * 8 + j] * m[b * 8 + j];
            assert_true(fabs(dot - (a == b)) < 1e-12);
        }
}

static void convolution(void **state)
{
    (void)state;
    static const size_t sizes[][3] = {{1, 1, 0},     {5, 9, 4},    {1000, 7, 3},    {20000, 300, 0},
                                      {20000, 1, 0}, {3, 5000, 2}, {66150, 9000, 0}};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        const size_t n = sizes[s][0], m = sizes[s][1], lead = sizes[s][2];
        float *x = noise(n, 5), *h = noise(m, 6), *y = ir_alloc(n, sizeof *y);
        assert_int_equal(ir_dsp_convolve(x, n, h, m, lead, y, NULL), 0);
        for (size_t i = 0; i < n; i += 1 + n / 300) {
            double want = 0;
            for (size_t k = 0; k < m; k++)
                if (i + lead >= k && i + lead - k < n)
                    want += (double)h[k] * (double)x[i + lead - k];
            assert_true(fabs((double)y[i] - want) < 1e-5);
        }
        free(x);
        free(h);
        free(y);
    }
}

/* Moments of the normal distribution, no memory from one number to the next, nothing for n = 0. */
static void white_noise(void **state)
{
    (void)state;
    enum { N = 1000003 };
    float *x = ir_zalloc(N, sizeof *x);
    double m[5] = {0}, next = 0;
    ir_dsp_noise(x, 0, 1, 7);
    assert_true(x[0] == 0);
    ir_dsp_noise(x, N, 2, 7);
    for (size_t i = 0; i < N; i++) {
        const double v = (double)x[i] / 2;
        assert_true(fabs(v) < 5.8);
        for (int k = 1; k < 5; k++)
            m[k] += pow(v, k) / (double)N;
        next += i ? v * (double)x[i - 1] / 2 / (double)N : 0;
    }
    assert_true(fabs(m[1]) < 0.005 && fabs(m[2] - 1) < 0.007);
    assert_true(fabs(m[3]) < 0.015 && fabs(m[4] - 3) < 0.05);
    assert_true(fabs(next) < 0.005);
    const float first = x[0];
    ir_dsp_noise(x, N, -2, 7); /* the same numbers again */
    for (size_t i = 0; i < N; i++)
        assert_true(x[i] == 0);
    ir_dsp_noise(x, 1, 2, 8);
    assert_true(x[0] != first);
    free(x);
}

static void energy(void **state)
{
    (void)state;
    float *x = noise(1001, 3);
    for (size_t n = 0; n < 1001; n += 77) {
        double want = 0;
        for (size_t i = 0; i < n; i++)
            want += (double)x[i] * (double)x[i];
        assert_true(fabs(ir_dsp_energy(x, n) - want) <= 1e-12 * want);
    }
    free(x);
}

static void resampling(void **state)
{
    (void)state;
    enum { N = 4000 };
    float *x = ir_alloc(N, sizeof *x), *y = ir_alloc(2 * N, sizeof *y);
    for (int i = 0; i < N; i++)
        x[i] = sinf(0.3F * (float)i);
    static const double steps[] = {1, 0.5, 0.77, 1.3};
    for (int s = 0; s < 4; s++) {
        const size_t n = (size_t)((double)N / steps[s]);
        ir_dsp_resample(x, N, steps[s], y, n);
        for (size_t i = n / 4; i < 3 * n / 4; i++)
            assert_true(fabs((double)y[i] - sin((double)0.3F * (double)i * steps[s])) < 2e-4);
    }
    ir_dsp_resample(x, N, 16, y, N / 16); /* the tone lies above the new band */
    for (int i = 30; i < N / 16 - 30; i++)
        assert_true(fabsf(y[i]) < 1e-3F);
    free(x);
    free(y);
}

static void stretching(void **state)
{
    (void)state;
    enum { N = 20000 };
    struct ir_err err = {""};
    float *x = noise(N, 9), *y = NULL;
    size_t n = 0;
    assert_int_equal(ir_dsp_stretch(x, N, 1, &y, &n, &err), 0);
    assert_int_equal(n, N);
    for (int i = 0; i < N; i++) /* nothing changes at factor 1 */
        assert_true(fabsf(y[i] - x[i]) < 1e-4F);
    free(y);
    assert_int_equal(ir_dsp_stretch(x, 0, 2, &y, &n, &err), 0);
    assert_int_equal(n, 0);
    free(y);
    assert_int_equal(ir_dsp_stretch(x, N, 5, &y, &n, &err), -1);
    assert_string_equal(err.text, "stretching by 5 is out of range (0.25 to 4)");
    free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lanes),         cmocka_unit_test(lanes_apart),
        cmocka_unit_test(lanes_refused), cmocka_unit_test(fftw),
        cmocka_unit_test(logarithms),    cmocka_unit_test(windows),
        cmocka_unit_test(mel),           cmocka_unit_test(cosine_transform),
        cmocka_unit_test(convolution),   cmocka_unit_test(resampling),
        cmocka_unit_test(stretching),    cmocka_unit_test(white_noise),
        cmocka_unit_test(energy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
