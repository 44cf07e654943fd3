/* test_convert_events.c - from probabilities to events: thresholds, hysteresis, median, durations.
 */
#include "convert.h"
#include "convert/events.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char path[] = "/tmp/test_convert_events.XXXXXX";

struct segment {
    const char *file;
    double offset, length; /* length < 0: not in the metadata */
    float p[2];
};

/* What the tsv export says of the segments, without its heading; owned by the caller. "" on
 * failure, with the message in err. */
static struct ir_buf events(const struct segment *s, size_t n, struct ir_export_opts o,
                            const char *task, const char *thresholds, struct ir_err *err)
{
    struct ir_meta head = {0};
    struct ir_buf b = {0};
    int rc = 0;

    err->text[0] = '\0';
    ir_meta_set(&head, "domain", "pred");
    ir_meta_set(&head, "classes", "flute violin");
    ir_meta_set(&head, "task", task);
    ir_meta_set(&head, "thresholds", thresholds);
    struct ir_exporter *x = ir_export_open(ir_export_find("tsv"), path, &head, &o, err);
    for (size_t i = 0; i < n && x && rc == 0; i++) {
        struct ir_rec rec;
        ir_rec_init(&rec, 'f', 1, (uint32_t[]){2});
        memcpy(rec.data, s[i].p, sizeof s[i].p);
        ir_meta_set(&rec.meta, "path", s[i].file);
        ir_meta_set_real(&rec.meta, "offset", s[i].offset);
        if (s[i].length >= 0)
            ir_meta_set_real(&rec.meta, "length", s[i].length);
        rc = ir_export_put(x, &rec, err);
        ir_rec_free(&rec);
    }
    if (x && rc < 0)
        ir_export_abort(x);
    else if (x && ir_export_close(x, err) == 0)
        assert_int_equal(ir_read_file(path, 65536, &b, err), 0);
    ir_meta_free(&head);
    ir_buf_add(&b, "", 1);
    return b;
}

static void assert_events(const struct segment *s, size_t n, struct ir_export_opts o,
                          const char *task, const char *thresholds, const char *wanted)
{
    struct ir_err err;
    struct ir_buf b = events(s, n, o, task, thresholds, &err);
    const char *body = strchr(b.data, '\n');

    if (err.text[0])
        fail_msg("%s", err.text);
    assert_string_equal(body ? body + 1 : "", wanted);
    ir_buf_free(&b);
}

static const struct ir_export_opts plain = {.on = (double)NAN, .off = (double)NAN, .median = 1};

static const struct segment song[] = {
    {"a.wav", 0, 1, {0.9F, 0.1F}}, {"a.wav", 1, 1, {0.45F, 0.1F}}, {"a.wav", 2, 1, {0.7F, 0.8F}},
    {"a.wav", 3, 1, {0.1F, 0.9F}}, {"b.wav", 0, 1, {0.0F, 0.6F}},
};

static void test_threshold_and_merging(void **state)
{
    (void)state;
    assert_events(song, 5, plain, "multi", NULL,
                  "a.wav\t0\t1\tflute\t0.9\n"
                  "a.wav\t2\t3\tflute\t0.7\n"
                  "a.wav\t2\t4\tviolin\t0.85\n"
                  "b.wav\t0\t1\tviolin\t0.6\n");
}

static void test_hysteresis(void **state)
{
    struct ir_export_opts o = plain;

    (void)state;
    o.on = 0.6;
    o.off = 0.4;
    assert_events(song, 4, o, "multi", NULL,
                  "a.wav\t0\t3\tflute\t0.683333\n"
                  "a.wav\t2\t4\tviolin\t0.85\n");
    o.off = 0.7;
    struct ir_err err;
    struct ir_buf b = events(song, 4, o, "multi", NULL, &err);
    assert_non_null(strstr(err.text, "ends at 0.7, wanted at most 0.6"));
    ir_buf_free(&b);
}

static void test_thresholds_of_the_stream(void **state)
{
    struct ir_err err;

    (void)state;
    assert_events(song, 4, plain, "multi", "0.95 0.85", "a.wav\t3\t4\tviolin\t0.9\n");
    struct ir_buf b = events(song, 4, plain, "multi", "0.5", &err);
    assert_non_null(strstr(err.text, "thresholds: found 1 numbers, wanted 2"));
    ir_buf_free(&b);
}

static void test_single_takes_the_most_probable(void **state)
{
    (void)state;
    assert_events(song, 4, plain, "single", NULL,
                  "a.wav\t0\t2\tflute\t0.675\n"
                  "a.wav\t2\t4\tviolin\t0.85\n");
}

static void test_per_segment_and_per_file(void **state)
{
    struct ir_export_opts o = plain;

    (void)state;
    o.per = IR_PER_SEGMENT;
    assert_events(song + 2, 2, o, "multi", NULL,
                  "a.wav\t2\t3\tflute\t0.7\n"
                  "a.wav\t2\t3\tviolin\t0.8\n"
                  "a.wav\t3\t4\tviolin\t0.9\n");
    o.per = IR_PER_FILE;
    assert_events(song, 5, o, "multi", NULL,
                  "a.wav\t0\t4\tflute\t0.5375\n"
                  "b.wav\t0\t1\tviolin\t0.6\n");
    o.max = true;
    assert_events(song, 4, o, "multi", NULL,
                  "a.wav\t0\t4\tflute\t0.9\n"
                  "a.wav\t0\t4\tviolin\t0.9\n");
}

static void test_median_and_minimum(void **state)
{
    struct ir_export_opts o = plain;

    (void)state;
    o.median = 3;
    assert_events(song, 4, o, "multi", NULL,
                  "a.wav\t1\t2\tflute\t0.7\n"
                  "a.wav\t2\t4\tviolin\t0.8\n");
    o = plain;
    o.min_s = 1.5;
    assert_events(song, 4, o, "multi", NULL, "a.wav\t2\t4\tviolin\t0.85\n");
}

static void test_overlaps_gaps_and_missing_lengths(void **state)
{
    static const struct segment overlap[] = {
        {"a", 0, 2, {0.9F, 0}}, {"a", 1, 2, {0.9F, 0}}, {"a", 2, 2, {0.1F, 0}}};
    static const struct segment gap[] = {{"a", 0, 1, {0.9F, 0}}, {"a", 5, 1, {0.9F, 0}}};
    static const struct segment bare[] = {{"a", 0, -1, {0.9F, 0}}, {"a", 0.5, -1, {0.9F, 0}}};

    (void)state;
    assert_events(overlap, 3, plain, "multi", NULL, "a\t0\t2\tflute\t0.9\n");
    assert_events(gap, 2, plain, "multi", NULL, "a\t0\t1\tflute\t0.9\na\t5\t6\tflute\t0.9\n");
    assert_events(bare, 2, plain, "multi", NULL, "a\t0\t1\tflute\t0.9\n");
    assert_events(bare, 1, plain, "multi", NULL, "a\t0\t0\tflute\t0.9\n");
}

static void test_bad_predictions(void **state)
{
    static const struct segment back[] = {{"a", 1, 1, {0.9F, 0}}, {"a", 0, 1, {0.9F, 0}}};
    static const struct segment wild[] = {{"a", 1, 1, {1.9F, 0}}};
    struct ir_err err;

    (void)state;
    struct ir_buf b = events(back, 2, plain, "multi", NULL, &err);
    assert_non_null(strstr(err.text, "starts at 0 s, before the one ahead of it at 1 s"));
    ir_buf_free(&b);
    b = events(wild, 1, plain, "multi", NULL, &err);
    assert_non_null(strstr(err.text, "1.9 is no probability"));
    ir_buf_free(&b);
}

static void test_median_of_a_column(void **state)
{
    static const float p[10] = {5, -1, 1, -1, 3, -1, 2, -1, 4, -1}, wanted[5] = {1, 3, 2, 3, 2};
    float window[3];

    (void)state;
    for (size_t i = 0; i < 5; i++)
        assert_float_equal(ir_events_median(p, 5, 2, i, 3, window), wanted[i], 0);
}

/* Thousands of segments: dropping those that are judged must not show. */
static void test_long_recordings(void **state)
{
    enum { N = 5000 };
    struct segment *s = ir_zalloc(N, sizeof *s);
    struct ir_export_opts o = plain;
    struct ir_buf wanted = {0};

    (void)state;
    for (int i = 0; i < N; i++)
        s[i] = (struct segment){"a", i, 1, {i % 1000 < 10 ? 0.75F : 0.0F, i % 2 ? 1.0F : 0.0F}};
    for (int i = 0; i < N; i += 1000)
        ir_buf_printf(&wanted, "a\t%d\t%d\tflute\t0.75\n", i, i + 10);
    o.median = 3;
    o.min_s = 2;
    assert_events(s, N, o, "multi", NULL, wanted.data);
    o.live = true;
    assert_events(s, N, o, "multi", NULL, wanted.data);
    ir_buf_free(&wanted);
    free(s);
}

static void test_live_events_come_in_the_order_of_their_ends(void **state)
{
    struct ir_export_opts o = plain;

    (void)state;
    o.live = true;
    o.on = 0.6;
    o.off = 0.4;
    assert_events(song, 5, o, "multi", NULL,
                  "a.wav\t0\t3\tflute\t0.683333\n"
                  "a.wav\t2\t4\tviolin\t0.85\n"
                  "b.wav\t0\t1\tviolin\t0.6\n");
}

static int make_file(void **state)
{
    (void)state;
    return mkstemp(path) < 0 ? -1 : 0;
}

static int remove_file(void **state)
{
    (void)state;
    return remove(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_threshold_and_merging),
        cmocka_unit_test(test_hysteresis),
        cmocka_unit_test(test_thresholds_of_the_stream),
        cmocka_unit_test(test_single_takes_the_most_probable),
        cmocka_unit_test(test_per_segment_and_per_file),
        cmocka_unit_test(test_median_and_minimum),
        cmocka_unit_test(test_overlaps_gaps_and_missing_lengths),
        cmocka_unit_test(test_bad_predictions),
        cmocka_unit_test(test_median_of_a_column),
        cmocka_unit_test(test_long_recordings),
        cmocka_unit_test(test_live_events_come_in_the_order_of_their_ends),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
