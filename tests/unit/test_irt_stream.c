/* test_irt_stream.c - a stream written and read back: records, metadata, joins, packing, indexes.
 */
#include "codec.h"
#include "irt.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/irt_stream_XXXXXX";

static char *in_folder(const char *name)
{
    struct ir_buf b = {0};
    ir_buf_printf(&b, "%s/%s", folder, name);
    return b.data;
}

static void write_stream(const char *path, const char *classes, bool pack, int n)
{
    struct ir_err err;
    struct ir_meta head = {0};
    ir_meta_set(&head, "domain", "feature");
    ir_meta_set(&head, "classes", classes);
    struct ir_writer *w = ir_writer_open(path, &head, pack, &err);
    assert_non_null(w);
    for (int i = 0; i < n; i++) {
        struct ir_rec rec;
        ir_rec_init(&rec, 'f', 2, (uint32_t[]){3, 50});
        for (int k = 0; k < 150; k++)
            ((float *)rec.data)[k] = (float)(i + k % 7);
        ir_meta_setf(&rec.meta, "id", "clip %d\n%%", i);
        assert_int_equal(ir_writer_put(w, &rec, &err), 0);
        ir_rec_free(&rec);
    }
    assert_int_equal(ir_writer_close(w, 0, &err), 0);
    ir_meta_free(&head);
}

static void check_records(struct ir_reader *r, int n, int times)
{
    struct ir_err err;
    struct ir_rec rec;
    for (int i = 0; i < n * times; i++) {
        char id[40];
        assert_int_equal(ir_reader_next(r, &rec, &err), 1);
        snprintf(id, sizeof id, "clip %d\n%%", i % n);
        assert_string_equal(ir_rec_id(&rec), id);
        assert_int_equal(rec.rank, 2);
        assert_int_equal(rec.bytes, 600);
        for (int k = 0; k < 150; k++)
            assert_true(fabsf(((float *)rec.data)[k] - (float)(i % n + k % 7)) < 1e-9F);
    }
    assert_int_equal(ir_reader_next(r, &rec, &err), 0);
}

static void test_round_trip(void **state)
{
    (void)state;
    for (int pack = 0; pack < 2; pack++) {
        struct ir_err err;
        char *path = in_folder("a.irt");
        write_stream(path, "flute violin", pack != 0, 5);
        struct ir_reader *r = ir_reader_open((char *[]){path, path}, 2, &err);
        assert_non_null(r);
        assert_string_equal(ir_meta_get(ir_reader_header(r), "classes"), "flute violin");
        check_records(r, 5, 2);
        ir_reader_close(r);
        struct ir_index *x = ir_index_open((char *[]){path}, 1, &err);
        assert_non_null(x);
        assert_int_equal(ir_index_count(x), 5);
        const float *data = ir_index_rec(x, 4)->data;
        assert_true(fabsf(data[6] - 10) < 1e-9F);
        ir_index_close(x);
        free(path);
    }
}

static void test_join_refused(void **state)
{
    (void)state;
    struct ir_err err = {""};
    struct ir_rec rec;
    char *a = in_folder("a.irt"), *b = in_folder("b.irt");
    write_stream(a, "flute violin", false, 1);
    write_stream(b, "flute viola", false, 1);
    struct ir_reader *r = ir_reader_open((char *[]){a, b}, 2, &err);
    assert_non_null(r);
    assert_int_equal(ir_reader_next(r, &rec, &err), 1);
    assert_int_equal(ir_reader_next(r, &rec, &err), -1);
    assert_non_null(strstr(err.text, "differ in classes"));
    ir_reader_close(r);
    free(a);
    free(b);
}

static void test_nan_refused(void **state)
{
    (void)state;
    struct ir_err err = {""};
    struct ir_meta head = {0};
    struct ir_rec rec;
    char *path = in_folder("nan.irt");
    struct ir_writer *w = ir_writer_open(path, &head, false, &err);
    ir_rec_init(&rec, 'f', 1, (uint32_t[]){9});
    ((float *)rec.data)[7] = NAN;
    ir_meta_set(&rec.meta, "id", "k");
    assert_int_equal(ir_writer_put(w, &rec, &err), -1);
    assert_string_equal(err.text, "clip k: number 7 of 9 is not finite");
    ir_writer_abort(w);
    assert_int_not_equal(access(path, F_OK), 0);
    ir_rec_free(&rec);
    free(path);
}

static void test_labels(void **state)
{
    (void)state;
    struct ir_err err = {""};
    struct ir_strs classes = {0};
    struct ir_buf b = {0};
    float y[3];
    assert_int_equal(ir_names_parse("flute french%20horn a%3Ab", &classes, &err), 0);
    assert_string_equal(classes.at[1], "french horn");
    assert_string_equal(classes.at[2], "a:b");
    assert_int_equal(ir_labels_parse("french%20horn:0.25", &classes, true, y, &err), 0);
    assert_true(isnan(y[0]) && fabsf(y[1] - 0.25F) < 1e-9F && isnan(y[2]));
    ir_labels_format(y, &classes, true, &b);
    assert_string_equal(b.data, "french%20horn:0.25");
    assert_int_equal(ir_labels_parse("tuba:1", &classes, true, y, &err), -1);
    assert_string_equal(err.text, "label \"tuba\" is not one of the classes");
    assert_int_equal(ir_labels_parse("flute:1 flute:1", &classes, true, y, &err), -1);
    assert_int_equal(ir_labels_parse("flute:nan", &classes, true, y, &err), -1);
    ir_buf_free(&b);
    ir_strs_free(&classes);
}

static void test_meta_escapes(void **state)
{
    (void)state;
    struct ir_err err = {""};
    struct ir_meta m = {0}, back = {0};
    struct ir_buf b = {0};
    ir_meta_set(&m, "path", "a=b%\n\x7f\xff");
    ir_meta_format(&m, &b);
    assert_string_equal(b.data, "path=a=b%25%0A%7F\xff\n");
    assert_int_equal(ir_meta_parse(&back, b.data, b.len, &err), 0);
    assert_string_equal(ir_meta_get(&back, "path"), "a=b%\n\x7f\xff");
    static const char *const bad[] = {"a=1",     "a\n",     "=1\n",       "a=%4\n",
                                      "a=%00\n", "a=%zz\n", "a=1\na=2\n", "a=\t\n"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(ir_meta_parse(&back, bad[i], strlen(bad[i]), &err), -1);
    ir_meta_free(&m);
    ir_meta_free(&back);
    ir_buf_free(&b);
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL ? -1 : 0;
}

static int remove_folder(void **state)
{
    (void)state;
    static const char *const names[] = {"a.irt", "b.irt"};
    for (int i = 0; i < 2; i++) {
        char *path = in_folder(names[i]);
        unlink(path);
        free(path);
    }
    return rmdir(folder);
}

/* Folded or not, from any start, in pieces or whole: the sum that zlib makes. */
static void test_checksums(void **state)
{
    (void)state;
    unsigned char bytes[700];
    struct ir_rng rng;
    ir_rng_seed(&rng, 1);
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)ir_rng_below(&rng, 256);
    assert_int_equal(ir_crc32(0, "123456789", 9), 0xcbf43926);
    for (size_t n = 0; n + 5 <= sizeof bytes; n++) {
        const unsigned char *at = bytes + n % 5;
        uint32_t wanted = ir_crc32_slow(0, at, n);
        assert_int_equal(ir_crc32(0, at, n), wanted);
        assert_int_equal(ir_crc32(ir_crc32(0, at, n / 3), at + n / 3, n - n / 3), wanted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),  cmocka_unit_test(test_join_refused),
        cmocka_unit_test(test_nan_refused), cmocka_unit_test(test_labels),
        cmocka_unit_test(test_checksums),   cmocka_unit_test(test_meta_escapes),
    };
    return cmocka_run_group_tests_name("irt_stream", tests, make_folder, remove_folder);
}
