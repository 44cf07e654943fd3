/* test_irt_clips.c - records become clips; a promised number of tensors spares the wait for the
 * next clip. */
#include "irt_bytes.h"

static char temp_path[] = "/tmp/test_irt_clips.XXXXXX";

/* The stream of `ids`, one record a letter ("aab": two tensors of a, one of b), with names x, y, z.
 */
static struct ir_buf make(const char *ids, const char *tensors)
{
    struct ir_meta head = {0};
    struct ir_buf b = {0};
    struct ir_err err;
    int same = 0;

    ir_meta_set(&head, "domain", "feature");
    ir_meta_set(&head, "tensors", tensors);
    struct ir_writer *w = ir_writer_open(temp_path, &head, false, &err);
    assert_non_null(w);
    for (size_t i = 0; ids[i]; i++) {
        struct ir_rec rec;
        same = i && ids[i] == ids[i - 1] ? same + 1 : 0;
        ir_rec_init(&rec, 'f', 1, (uint32_t[]){4});
        ir_meta_setf(&rec.meta, "id", "%c", ids[i]);
        ir_meta_setf(&rec.meta, "name", "%c", "xyz"[same % 3]);
        assert_int_equal(ir_writer_put(w, &rec, &err), 0);
        ir_rec_free(&rec);
    }
    assert_int_equal(ir_writer_close(w, 0, &err), 0);
    assert_int_equal(ir_read_file(temp_path, 1 << 20, &b, &err), 0);
    ir_meta_free(&head);
    return b;
}

/* Sizes of the clips, "2 1 ", and an error message at the end if there was one. */
static struct ir_buf clips_of(const struct ir_buf *b)
{
    struct ir_buf out = {0};
    struct ir_clip clip = {0};
    struct ir_err err = {""};
    char path[64];
    int fd = memfd_create("clips", 0), rc;

    assert_int_equal(write(fd, b->data, b->len), (ssize_t)b->len);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    char *paths[] = {path};
    struct ir_reader *r = ir_reader_open(paths, 1, &err);
    ir_buf_puts(&out, "");
    while (r && (rc = ir_clip_next(r, &clip, &err)) == 1)
        ir_buf_printf(&out, "%zu ", clip.n);
    if (r)
        assert_null(ir_meta_get(ir_reader_header(r), "tensors"));
    ir_buf_puts(&out, err.text);
    ir_clip_free(&clip);
    ir_reader_close(r);
    close(fd);
    return out;
}

static void test_grouping(void **state)
{
    static const struct {
        const char *ids, *tensors, *sizes;
    } t[] = {
        {"", NULL, ""},         {"abc", NULL, "1 1 1 "}, {"aabccc", NULL, "2 1 3 "},
        {"aaaa", NULL, "3 1 "}, /* x y z, then x again: another clip */
        {"abc", "1", "1 1 1 "}, {"aabb", "2", "2 2 "},   {"", "3", ""},
        {"aab", "3", "2 1 "}, /* fewer than promised: still whole when the next begins */
    };

    (void)state;
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        struct ir_buf b = make(t[i].ids, t[i].tensors), got = clips_of(&b);
        assert_string_equal(got.data, t[i].sizes);
        ir_buf_free(&b);
        ir_buf_free(&got);
    }
}

static void test_broken_promises(void **state)
{
    static const struct {
        const char *ids, *tensors, *says;
    } t[] = {
        {"aab", "1", "clip a has more tensors than the 1 that the header promises"},
        {"bbaaa", "2", "clip a has more tensors than the 2 that the header promises"},
        {"a", "0", "tensors"},
        {"a", "many", "tensors"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        struct ir_buf b = make(t[i].ids, t[i].tensors), got = clips_of(&b);
        if (!strstr(got.data, t[i].says))
            fail_msg("%s of %s: '%s'", t[i].ids, t[i].tensors, got.data);
        ir_buf_free(&b);
        ir_buf_free(&got);
    }
}

/* Joined streams: each has its own promise. */
static void test_a_promise_belongs_to_its_stream(void **state)
{
    (void)state;
    struct ir_buf a = make("ab", "1"), b = make("ccdd", NULL), both = {0};

    ir_buf_add(&both, a.data, a.len);
    ir_buf_add(&both, b.data, b.len);
    struct ir_buf got = clips_of(&both);
    assert_string_equal(got.data, "1 1 2 2 ");
    ir_buf_free(&a), ir_buf_free(&b), ir_buf_free(&both), ir_buf_free(&got);
}

/* The pipe stays open with half a stream in it: the clip is there all the same. */
static void test_a_promised_clip_does_not_wait(void **state)
{
    (void)state;
    struct ir_buf b = make("ab", "1");
    struct ir_clip clip = {0};
    struct ir_err err;
    char path[64];
    int fd[2];

    assert_int_equal(pipe(fd), 0);
    size_t first = (b.len - 64 - 128) / 64 * 64; /* without the second record (3 blocks) and E */
    assert_int_equal(write(fd[1], b.data, first), (ssize_t)first);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd[0]);
    char *paths[] = {path};
    struct ir_reader *r = ir_reader_open(paths, 1, &err);
    assert_non_null(r);
    alarm(5); /* would wait for ever */
    assert_int_equal(ir_clip_next(r, &clip, &err), 1);
    alarm(0);
    assert_string_equal(ir_rec_id(&clip.rec[0]), "a");
    close(fd[1]);
    assert_int_equal(ir_clip_next(r, &clip, &err), -1);
    ir_clip_free(&clip);
    ir_reader_close(r);
    close(fd[0]);
    ir_buf_free(&b);
}

static int make_temp(void **state)
{
    (void)state;
    int fd = mkstemp(temp_path);
    return fd < 0 ? -1 : close(fd);
}

static int remove_temp(void **state)
{
    (void)state;
    (void)read_bytes;
    (void)read_piped;
    (void)assert_refused;
    return unlink(temp_path);
}

/* Every half-precision number comes back, and what lies between two goes to the nearer one, or the
 * even one. */
static void test_half_precision(void **state)
{
    (void)state;
    const uint32_t shape[1] = {1};
    struct ir_buf tmp = {0};
    struct ir_rec r;
    ir_rec_init(&r, 'e', 1, shape);
    for (uint32_t h = 0; h < 0x10000; h++) {
        *(uint16_t *)r.data = (uint16_t)h;
        const float x = ir_rec_f32(&r, false, &tmp)[0];
        if (x != x)
            assert_int_equal(ir_half_from(x) & 0x7e00, 0x7e00);
        else
            assert_int_equal(ir_half_from(x), h);
    }
    assert_int_equal(ir_half_from(1 + 0x1p-11F), 0x3c00);
    assert_int_equal(ir_half_from(1 + 3 * 0x1p-11F), 0x3c02);
    assert_int_equal(ir_half_from(1 + 0x1.1p-11F), 0x3c01);
    assert_int_equal(ir_half_from(65519.0F), 0x7bff);
    assert_int_equal(ir_half_from(65520.0F), 0x7c00);
    assert_int_equal(ir_half_from(-0x1p-26F), 0x8000);
    assert_int_equal(ir_half_from(0x1.8p-25F), 0x0001);
    ir_rec_free(&r);
    ir_buf_free(&tmp);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grouping),
        cmocka_unit_test(test_broken_promises),
        cmocka_unit_test(test_a_promise_belongs_to_its_stream),
        cmocka_unit_test(test_a_promised_clip_does_not_wait),
        cmocka_unit_test(test_half_precision),
    };
    return cmocka_run_group_tests(tests, make_temp, remove_temp);
}
