/* test_label_activation.c - activations from stems against tests/golden/activation.py, reading
 * them, clip labels. */
#include "label/activation.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define SAMPLES 100000
#define PI      3.14159265358979323846

/* The stems of tests/golden/activation.py: two tones that overlap, and silence. */
static void make_stem(float *x, int which)
{
    for (int t = 0; t < SAMPLES; t++) {
        double v = 0;
        if (which == 0 && t < 60000)
            v = 0.5 * sin(2 * PI * 440 * t / 44100);
        if (which == 1 && t > 40000 && t < 90000)
            v = 0.05 * sin(2 * PI * 1000 * t / 44100);
        x[t] = (float)v;
    }
}

static void test_stems_equal_scipy(void **state)
{
    static const char *const names[] = {"a", "b", "c"};
    struct ir_stems s = {0};
    struct ir_activation a;
    float *x = malloc(SAMPLES * sizeof *x);
    FILE *golden = fopen("tests/golden/activation.tsv", "r");
    (void)state;
    assert_non_null(golden);
    for (int k = 0; k < 3; k++) {
        make_stem(x, k);
        ir_stems_add(&s, names[k], x, SAMPLES);
    }
    ir_stems_activation(&s, &a);
    assert_int_equal(a.column.n, 3);
    double row, want[3];
    size_t rows = 0;
    for (; fscanf(golden, "%lf %lf %lf %lf", &row, &want[0], &want[1], &want[2]) == 4; rows++) {
        assert_true(rows < a.rows);
        assert_true(fabs(a.time_s[rows] - row * 2048 / 44100) < 1e-12);
        for (size_t k = 0; k < 3; k++)
            assert_true(fabs(a.value[rows * 3 + k] - want[k]) < 1e-7);
    }
    assert_int_equal(rows, a.rows);
    assert_true(fabs(a.value[2] - 0.0474258732) < 1e-9); /* silence */
    fclose(golden);
    ir_activation_free(&a);
    ir_stems_free(&s);
    free(x);
}

static void test_one_instrument_twice_is_one_column(void **state)
{
    struct ir_stems s = {0};
    struct ir_activation a;
    float x[3000] = {0};
    (void)state;
    ir_stems_add(&s, "violin", x, 3000);
    for (int i = 0; i < 3000; i++)
        x[i] = 0.25f;
    ir_stems_add(&s, "violin", x, 3000);
    ir_stems_activation(&s, &a);
    assert_int_equal(a.column.n, 1);
    assert_int_equal(a.rows, 3);
    assert_true(a.value[0] > 0.9);
    ir_activation_free(&a);
    ir_stems_free(&s);
}

static void test_silence_and_no_samples(void **state)
{
    struct ir_stems s = {0};
    struct ir_activation a;
    float x[1] = {0};
    (void)state;
    ir_stems_add(&s, "flute", x, 0);
    ir_stems_add(&s, "oboe", x, 1);
    ir_stems_activation(&s, &a);
    for (size_t i = 0; i < a.rows * 2; i++)
        assert_true(fabs(a.value[i] - 0.0474258732) < 1e-9);
    ir_activation_free(&a);
    ir_stems_free(&s);
}

/* Write text to a file, read it as an annotation. */
static int read_text(const char *text, struct ir_activation *a, struct ir_err *err)
{
    char path[] = "/tmp/ir_act_XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    int rc = ir_activation_read(a, path, err);
    unlink(path);
    return rc;
}

static void test_peak(void **state)
{
    struct ir_activation a;
    struct ir_err err;
    (void)state;
    assert_int_equal(
        read_text("time,S01,S02\n0,0,0.9\n0.25,0.3,0\n0.5,0.6,0\n0.75,0.9,0\n1.0,1,1\n", &a, &err),
        0);
    assert_true(fabs(ir_activation_peak(&a, 0, 0, 1, 3, 20) - 0.6) < 1e-12);
    assert_true(fabs(ir_activation_peak(&a, 0, 0, 1, 3, 3) - 0.3) < 1e-12); /* first three rows */
    assert_true(fabs(ir_activation_peak(&a, 1, 0, 1, 1, 20) - 0.9) < 1e-12);
    assert_true(fabs(ir_activation_peak(&a, 0, 0.75, 2, 3, 20)) < 1e-12); /* too few rows */
    assert_true(fabs(ir_activation_peak(&a, 0, 5, 6, 1, 20)) < 1e-12);
    ir_activation_free(&a);
}

static void test_bad_annotations(void **state)
{
    static const char *const bad[][2] = {
        {"", "the file is empty"},
        {"zeit,S01\n0,0\n", ":1: found zeit, wanted time"},
        {"time\n0\n", ":1: found time, wanted time and at least one stem"},
        {"time,S01\n", "no rows"},
        {"time,S01\n0,1.5\n", ":2: S01: 1.5 is outside 0 to 1"},
        {"time,S01\n0,nan\n", ":2: S01"},
        {"time,S01\n0,0.5\n0,0.5\n", ":3: time 0 does not rise"},
        {"time,S01\n0,0.5\n1\n", ":3: found 1 fields, wanted 2"},
        {"time;S01\n0;0.5\n", "columns are separated by ';'"},
        {"time,S01\n0,03.May\n", "a date made by a spreadsheet"},
    };
    struct ir_activation a;
    struct ir_err err;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(read_text(bad[i][0], &a, &err), -1);
        if (!strstr(err.text, bad[i][1]))
            fail_msg("found \"%s\", wanted \"%s\"", err.text, bad[i][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stems_equal_scipy),
        cmocka_unit_test(test_one_instrument_twice_is_one_column),
        cmocka_unit_test(test_silence_and_no_samples),
        cmocka_unit_test(test_peak),
        cmocka_unit_test(test_bad_annotations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
