/* test_irt_damage.c - a stream that was cut or changed anywhere is refused; how the bytes arrive
 * makes no difference. */
#include "irt_bytes.h"

/* ---- streams to damage ----------------------------------------------------------------------- */

static char temp_path[64];

static void fill(struct ir_rec *rec, int k)
{
    float *x = rec->data;

    for (size_t i = 0; i < ir_rec_count(rec); i++)
        x[i] = (float)(i % 3) * 0.5f - (float)k;
}

/* The bytes of a stream with n records of 2 × 20, written by our writer. */
static struct ir_buf make_stream(const char *classes, bool pack, int n)
{
    struct ir_err err;
    struct ir_meta head = {0};
    struct ir_buf b = {0};

    ir_meta_set(&head, "domain", "feature");
    ir_meta_set(&head, "classes", classes);
    struct ir_writer *w = ir_writer_open(temp_path, &head, pack, &err);
    assert_non_null(w);
    for (int k = 0; k < n; k++) {
        struct ir_rec rec;
        ir_rec_init(&rec, 'f', 2, (uint32_t[]){2, 20});
        fill(&rec, k);
        ir_meta_setf(&rec.meta, "id", "clip-%d", k);
        assert_int_equal(ir_writer_put(w, &rec, &err), 0);
        ir_rec_free(&rec);
    }
    assert_int_equal(ir_writer_close(w, 0, &err), 0);
    assert_int_equal(ir_read_file(temp_path, 1 << 20, &b, &err), 0);
    ir_meta_free(&head);
    return b;
}

/* ---- tests ----------------------------------------------------------------------------------- */

static void test_whole_streams_are_read(void **state)
{
    (void)state;
    for (int pack = 0; pack < 2; pack++)
        for (int n = 0; n < 3; n++) {
            struct ir_buf b = make_stream("flute violin", pack, n);
            struct seen s = read_bytes(b.data, b.len);
            assert_int_equal(s.result, 0);
            assert_int_equal(s.records, n);
            ir_buf_free(&b);
        }
}

static void test_every_cut_is_refused(void **state)
{
    (void)state;
    for (int pack = 0; pack < 2; pack++) {
        struct ir_buf b = make_stream("flute violin", pack, 2);
        for (size_t n = 0; n < b.len; n++) {
            assert_refused(read_bytes(b.data, n), "cut at byte", n);
            if (n % 13 == 0 || n % 64 == 0)
                assert_refused(read_piped(b.data, n, 4096), "cut pipe at byte", n);
        }
        ir_buf_free(&b);
    }
}

static void test_every_flipped_bit_is_refused(void **state)
{
    (void)state;
    for (int pack = 0; pack < 2; pack++) {
        struct ir_buf b = make_stream("flute violin", pack, 2);
        for (size_t i = 0; i < b.len * 8; i++) {
            b.data[i / 8] = (char)(b.data[i / 8] ^ (1 << i % 8));
            assert_refused(read_bytes(b.data, b.len), "flipped bit", i);
            b.data[i / 8] = (char)(b.data[i / 8] ^ (1 << i % 8));
        }
        ir_buf_free(&b);
    }
}

static void test_every_changed_byte_is_refused(void **state)
{
    static const unsigned char masks[] = {0xff, 0x55, 0x0f, 0x20};

    (void)state;
    for (int pack = 0; pack < 2; pack++) {
        struct ir_buf b = make_stream("flute violin", pack, 2);
        for (size_t i = 0; i < b.len; i++)
            for (size_t m = 0; m < sizeof masks; m++) {
                b.data[i] = (char)(b.data[i] ^ masks[m]);
                assert_refused(read_bytes(b.data, b.len), "changed byte", i);
                b.data[i] = (char)(b.data[i] ^ masks[m]);
            }
        ir_buf_free(&b);
    }
}

/* Bytes and 64-byte blocks lost or doubled within the stream. */
static void test_lost_and_doubled_parts_are_refused(void **state)
{
    (void)state;
    struct ir_buf b = make_stream("flute violin", false, 2);
    char *copy = ir_alloc(b.len + 64, 1);

    for (size_t step = 1; step <= 64; step += 63)
        for (size_t i = 0; i + step <= b.len; i += step) {
            memcpy(copy, b.data, i);
            memcpy(copy + i, b.data + i + step, b.len - i - step);
            assert_refused(read_bytes(copy, b.len - step), "lost at", i);
            memcpy(copy, b.data, i + step);
            memcpy(copy + i + step, b.data + i, b.len - i);
            assert_refused(read_bytes(copy, b.len + step), "doubled at", i);
        }
    free(copy);
    ir_buf_free(&b);
}

static void test_garbage_around_is_refused(void **state)
{
    static const char longer[] =
        "IRT2 and more than sixty-four bytes of something that is no record "
        "at all, whatever it is";
    static const char *garbage[] = {"\n", "RIFF", "IRT1", longer};

    (void)state;
    struct ir_buf b = make_stream("flute violin", false, 1);
    for (size_t g = 0; g < sizeof garbage / sizeof *garbage; g++) {
        struct ir_buf x = {0};
        ir_buf_puts(&x, garbage[g]);
        ir_buf_add(&x, b.data, b.len);
        assert_refused(read_bytes(x.data, x.len), "garbage before", g);
        x.len = 0;
        ir_buf_add(&x, b.data, b.len);
        ir_buf_puts(&x, garbage[g]);
        assert_refused(read_bytes(x.data, x.len), "garbage after", g);
        assert_refused(read_piped(x.data, x.len, 7), "garbage after, piped", g);
        ir_buf_free(&x);
    }
    char zeros[64] = {0};
    ir_buf_add(&b, zeros, sizeof zeros);
    assert_refused(read_bytes(b.data, b.len), "zeros after", 0);
    ir_buf_free(&b);
}

static void test_joined_streams(void **state)
{
    (void)state;
    struct ir_buf a = make_stream("flute violin", false, 2);
    struct ir_buf b = make_stream("flute violin", true, 3);
    struct ir_buf other = make_stream("flute cello", false, 1);
    struct ir_buf both = {0};

    ir_buf_add(&both, a.data, a.len);
    ir_buf_add(&both, b.data, b.len);
    struct seen s = read_bytes(both.data, both.len);
    assert_int_equal(s.result, 0);
    assert_int_equal(s.records, 5);
    assert_refused(read_bytes(both.data, both.len - 64), "second stream without E", 0);
    both.len = 0;
    ir_buf_add(&both, a.data, a.len);
    ir_buf_add(&both, other.data, other.len);
    s = read_bytes(both.data, both.len);
    assert_refused(s, "joined with other classes", 0);
    assert_non_null(strstr(s.err.text, "classes"));
    ir_buf_free(&a), ir_buf_free(&b), ir_buf_free(&other), ir_buf_free(&both);
}

/* Standard input that is a file somewhere in its middle: payloads are aligned all the same. */
static void test_a_stream_behind_other_bytes_of_a_file(void **state)
{
    (void)state;
    struct ir_buf b = make_stream("flute violin", false, 1);
    struct ir_err err;
    struct ir_rec rec;
    int fd = memfd_create("behind", 0), saved = dup(0);
    char *paths[] = {(char[]){"-"}};

    for (off_t before = 1; before <= 64; before += 63) {
        assert_int_equal(ftruncate(fd, 0), 0);
        assert_int_equal(pwrite(fd, b.data, b.len, before), (ssize_t)b.len);
        assert_int_equal(lseek(fd, before, SEEK_SET), before);
        assert_int_equal(dup2(fd, 0), 0);
        struct ir_reader *r = ir_reader_open(paths, 1, &err);
        assert_non_null(r);
        assert_int_equal(ir_reader_next(r, &rec, &err), 1);
        assert_int_equal((uintptr_t)rec.data % 64, 0);
        assert_int_equal(ir_reader_next(r, &rec, &err), 0);
        ir_reader_close(r);
    }
    dup2(saved, 0);
    close(saved);
    close(fd);
    ir_buf_free(&b);
}

static void test_short_reads_change_nothing(void **state)
{
    (void)state;
    for (int pack = 0; pack < 2; pack++) {
        struct ir_buf b = make_stream("flute violin", pack, 2);
        for (size_t step = 1; step < 100; step += 31) {
            struct seen s = read_piped(b.data, b.len, step);
            assert_int_equal(s.result, 0);
            assert_int_equal(s.records, 2);
        }
        ir_buf_free(&b);
    }
}

static int make_temp(void **state)
{
    (void)state;
    strcpy(temp_path, "/tmp/test_irt_damage.XXXXXX");
    int fd = mkstemp(temp_path);
    if (fd < 0)
        return -1;
    close(fd);
    return 0;
}

static int remove_temp(void **state)
{
    (void)state;
    return unlink(temp_path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_streams_are_read),
        cmocka_unit_test(test_every_cut_is_refused),
        cmocka_unit_test(test_every_flipped_bit_is_refused),
        cmocka_unit_test(test_every_changed_byte_is_refused),
        cmocka_unit_test(test_lost_and_doubled_parts_are_refused),
        cmocka_unit_test(test_garbage_around_is_refused),
        cmocka_unit_test(test_joined_streams),
        cmocka_unit_test(test_a_stream_behind_other_bytes_of_a_file),
        cmocka_unit_test(test_short_reads_change_nothing),
    };
    return cmocka_run_group_tests(tests, make_temp, remove_temp);
}
