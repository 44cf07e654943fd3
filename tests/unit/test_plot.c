/* test_plot.c - axes, canvas, tables and the charts' numbers. */
#include "plot.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void test_steps(void **state)
{
    (void)state;
    double step;
    assert_true(fabs(ir_axis_step(0, 10, 5, &step)) < 1e-12);
    assert_true(fabs(step - 2) < 1e-12);
    assert_true(fabs(ir_axis_step(-83.2, 3.4, 5, &step) + 80) < 1e-9);
    assert_true(fabs(step - 20) < 1e-9);
    assert_true(fabs(ir_axis_step(0.012, 0.034, 4, &step) - 0.02) < 1e-9);
    assert_true(fabs(step - 0.01) < 1e-9);
}

static void test_colors(void **state)
{
    (void)state;
    assert_int_equal(ir_color_viridis(0), 0x440154ff);
    assert_int_equal(ir_color_viridis(1), 0xfde725ff);
    assert_int_equal(ir_color_viridis(7), 0xfde725ff);
    assert_int_equal(ir_color_viridis((double)NAN), 0x440154ff);
    /* lightness rises: readable without colour vision and in grey print */
    double last = -1;
    for (int i = 0; i <= 40; i++) {
        uint32_t c = ir_color_viridis(i / 40.0);
        double light = 0.2126 * (c >> 24) + 0.7152 * (c >> 16 & 255) + 0.0722 * (c >> 8 & 255);
        assert_true(light > last);
        last = light;
    }
}

static void test_svg_escapes(void **state)
{
    (void)state;
    struct ir_canvas *c = ir_canvas_new(100, 50, "a<b & \"c\"");
    ir_canvas_text(c, 1, 2, "x\033[0m<", 10, IR_START, false, IR_BLACK);
    struct ir_buf b = {0};
    ir_canvas_svg(c, &b);
    assert_non_null(strstr(b.data, "<title>a&lt;b &amp; &quot;c&quot;</title>"));
    assert_non_null(strstr(b.data, ">x?[0m&lt;</text>"));
    assert_null(strchr(b.data, '\033'));
    ir_buf_free(&b);
    ir_canvas_free(c);
}

static void test_png(void **state)
{
    (void)state;
    struct ir_canvas *c = ir_canvas_new(20, 10, NULL);
    ir_canvas_rect(c, 0, 0, 20, 10, 0xff0000ff, 0, 0);
    struct ir_buf b = {0};
    struct ir_err err;
    assert_int_equal(ir_canvas_png(c, 2, &b, &err), 0);
    assert_memory_equal(b.data, "\x89PNG\r\n\x1a\n", 8);
    assert_int_equal((unsigned char)b.data[19], 40); /* width */
    assert_int_equal((unsigned char)b.data[23], 20); /* height */
    assert_int_equal(ir_canvas_png(c, 9, &b, &err), -1);
    assert_non_null(strstr(err.text, "scale 9"));
    ir_buf_free(&b);
    ir_canvas_free(c);
    c = ir_canvas_new(10000, 10000, NULL);
    assert_int_equal(ir_canvas_png(c, 8, &b, &err), -1);
    assert_non_null(strstr(err.text, "too large"));
    ir_canvas_free(c);
}

/* A line off the canvas, NaN points and a huge thin one must neither crash nor take for ever. */
static void test_hostile_lines(void **state)
{
    (void)state;
    struct ir_canvas *c = ir_canvas_new(50, 50, NULL);
    ir_canvas_line(c, (double[]){-1e6, -1e6, 1e6, 1e6, (double)NAN, 3, 10, 10}, 4, IR_BLACK, 1);
    ir_canvas_rect(c, -1e5, -1e5, 2e5, 2e5, 0, IR_BLACK, 2);
    struct ir_buf b = {0};
    assert_int_equal(ir_canvas_png(c, 1, &b, NULL), 0);
    ir_buf_free(&b);
    ir_canvas_free(c);
}

static char *temp_file(const char *text)
{
    static char path[64];
    strcpy(path, "/tmp/ir_plot_XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    return path;
}

static void test_table(void **state)
{
    (void)state;
    struct ir_table t;
    struct ir_err err;
    char *path = temp_file("# note\na\tb\r\n1\t2.5\r\nn/a\tx\r\n");
    assert_int_equal(ir_table_read(path, &t, &err), 0);
    assert_int_equal(t.rows, 2);
    assert_int_equal(ir_table_column(&t, "b"), 1);
    assert_int_equal(ir_table_column(&t, "c"), -1);
    double *v = ir_table_numbers(&t, 0);
    assert_true(v[0] > 0.99 && v[0] < 1.01 && isnan(v[1]));
    free(v);
    ir_table_free(&t);
    unlink(path);
    path = temp_file("a\tb\n1\n");
    assert_int_equal(ir_table_read(path, &t, &err), -1);
    assert_non_null(strstr(err.text, ":2: 1 columns found, 2 wanted"));
    unlink(path);
    path = temp_file("");
    assert_int_equal(ir_table_read(path, &t, &err), -1);
    assert_non_null(strstr(err.text, "no rows found"));
    unlink(path);
}

static void test_score_table(void **state)
{
    (void)state;
    struct ir_table t;
    struct ir_err err;
    struct ir_strs classes = {0};
    double *count, *v, *lo, *hi;
    char *path = temp_file("metric\taverage\tclass\tpredicted\tvalue\tlow\thigh\n"
                           "f1\tclass\ta\t-\t0.5\t0.4\t0.6\nf1\tclass\tb\t-\tn/a\t-\t-\n"
                           "confusion\t-\ta\ta\t3\t-\t-\nconfusion\t-\ta\tb\t1\t-\t-\n"
                           "confusion\t-\tb\ta\t0\t-\t-\nconfusion\t-\tb\tb\t4\t-\t-\n");
    assert_int_equal(ir_table_read(path, &t, &err), 0);
    assert_int_equal(ir_table_confusion(&t, &classes, &count, &err), 0);
    assert_int_equal(classes.n, 2);
    assert_true(count[0] > 2.9 && count[1] > 0.9 && count[2] < 0.1 && count[3] > 3.9);
    free(count);
    ir_strs_free(&classes);
    memset(&classes, 0, sizeof classes);
    assert_int_equal(ir_table_metric(&t, "f1", &classes, &v, &lo, &hi, &err), 0);
    assert_int_equal(classes.n, 2);
    assert_true(fabs(v[0] - 0.5) < 1e-9 && fabs(hi[0] - 0.6) < 1e-9 && isnan(v[1]) && isnan(lo[1]));
    free(v);
    free(lo);
    free(hi);
    ir_strs_free(&classes);
    memset(&classes, 0, sizeof classes);
    assert_int_equal(ir_table_metric(&t, "ap", &classes, &v, &lo, &hi, &err), -1);
    assert_non_null(strstr(err.text, "'ap'"));
    free(v);
    free(lo);
    free(hi);
    ir_table_free(&t);
    unlink(path);
}

/* Filters that are sines of 3000, 500 and 1500 Hz come out sorted, with their peaks within a bin.
 */
static void test_spectra(void **state)
{
    (void)state;
    enum { TAPS = 800 };
    static const double hz[3] = {3000, 500, 1500};
    float *f = ir_alloc(3 * TAPS, sizeof *f);
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < TAPS; k++)
            f[i * TAPS + k] = (float)sin(2 * M_PI * hz[i] * (double)k / 44100);
    size_t n_fft = ir_filter_fft(TAPS), bins = n_fft / 2 + 1, order[3];
    assert_int_equal(n_fft, 2048);
    float *s = ir_alloc(3 * bins, sizeof *s);
    double peak[3];
    assert_int_equal(ir_filter_spectra(f, 3, TAPS, 44100, s, peak, order, NULL), 0);
    for (size_t i = 0; i < 3; i++)
        assert_true(fabs(peak[i] - hz[i]) <= 44100.0 / (double)n_fft);
    assert_int_equal(order[0], 1);
    assert_int_equal(order[1], 2);
    assert_int_equal(order[2], 0);
    float lo = 9, hi = -9;
    for (size_t k = 0; k < bins; k++) {
        lo = fminf(lo, s[k]);
        hi = fmaxf(hi, s[k]);
    }
    assert_true(lo >= 0 && lo < 1e-6F && hi > 0.999999F && hi <= 1);
    free(s);
    free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps),         cmocka_unit_test(test_colors),
        cmocka_unit_test(test_svg_escapes),   cmocka_unit_test(test_png),
        cmocka_unit_test(test_hostile_lines), cmocka_unit_test(test_table),
        cmocka_unit_test(test_score_table),   cmocka_unit_test(test_spectra),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
