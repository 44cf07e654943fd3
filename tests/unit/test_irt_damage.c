/* test_irt_damage.c - a stream that was cut, changed anywhere, or that lies about its sizes is
 * refused; how the bytes arrive makes no difference. */
#include "irt.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

/* ---- streams to damage
 * --------------------------------------------------------------------------- */

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

/* ---- reading them
 * -------------------------------------------------------------------------------- */

struct seen {
    int result; /* of the last ir_reader_next, -1 also when opening failed */
    size_t records;
    struct ir_err err;
};

static struct seen read_path(const char *path)
{
    struct seen s = {.result = -1};
    char *paths[] = {(char *)(uintptr_t)path};
    struct ir_rec rec;

    struct ir_reader *r = ir_reader_open(paths, 1, &s.err);
    if (!r)
        return s;
    while ((s.result = ir_reader_next(r, &rec, &s.err)) == 1)
        s.records++;
    ir_reader_close(r);
    return s;
}

/* A file in memory: no disk is touched by thousands of variants. */
static struct seen read_bytes(const void *bytes, size_t n)
{
    char path[64];
    int fd = memfd_create("stream", 0);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, n), (ssize_t)n);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    struct seen s = read_path(path);
    close(fd);
    return s;
}

/* Through a pipe, `step` bytes a write. */
static struct seen read_piped(const char *bytes, size_t n, size_t step)
{
    int fd[2];
    char path[64];

    assert_int_equal(pipe(fd), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(fd[0]);
        for (size_t i = 0; i < n; i += step)
            if (write(fd[1], bytes + i, n - i < step ? n - i : step) < 0)
                _exit(0);
        _exit(0);
    }
    close(fd[1]);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd[0]);
    struct seen s = read_path(path);
    close(fd[0]);
    waitpid(child, NULL, 0);
    return s;
}

static void assert_refused(struct seen s, const char *what, size_t at)
{
    if (s.result != -1)
        fail_msg("%s %zu was accepted", what, at);
    if (s.err.text[0] == '\0')
        fail_msg("%s %zu was refused without a message", what, at);
}

/* ---- tests
 * --------------------------------------------------------------------------------------- */

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
    static const char *garbage[] = {"\n", "RIFF", "IRT1",
                                    "IRT2 and more than sixty-four bytes of "
                                    "something that is no record at all, whatever it is"};

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

/* ---- lies with correct CRCs
 * ---------------------------------------------------------------------- */

static void put32(unsigned char *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (unsigned char)(v >> 8 * i);
}

static void put64(unsigned char *p, uint64_t v)
{
    put32(p, (uint32_t)v);
    put32(p + 4, (uint32_t)(v >> 32));
}

static void add_head(struct ir_buf *b, char kind, char dtype, int rank, const uint32_t *shape,
                     char codec, uint32_t meta, uint32_t seq, uint64_t data)
{
    unsigned char h[64] = {'I',
                           'R',
                           'T',
                           '1',
                           (unsigned char)kind,
                           (unsigned char)dtype,
                           (unsigned char)rank,
                           (unsigned char)codec};

    for (int i = 0; i < rank && i < IR_RANK_MAX; i++)
        put32(h + 8 + 4 * i, shape[i]);
    put32(h + 32, meta);
    put32(h + 36, seq);
    put64(h + 40, data);
    put32(h + 60, ir_crc32(0, h, 60));
    ir_buf_add(b, h, sizeof h);
}

static long peak_kib(void)
{
    struct rusage u;

    getrusage(RUSAGE_SELF, &u);
    return u.ru_maxrss;
}

/* In a process of its own, so that its peak of memory is its own. */
static void assert_cheap_refusal(const struct ir_buf *b, const char *what, bool piped)
{
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        double start_s = ir_clock_s();
        long before = peak_kib();
        struct seen s = piped ? read_piped(b->data, b->len, 64) : read_bytes(b->data, b->len);
        int bad = s.result == -1 ? 0 : 1;
        if (ir_clock_s() - start_s > 1.0)
            bad = 2;
        if (!SANITIZED && peak_kib() - before > 100L * 1024)
            bad = 3;
        _exit(bad);
    }
    int status;
    waitpid(child, &status, 0);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        fail_msg("%s (%s): status %d", what, piped ? "pipe" : "file", status);
}

static void test_absurd_sizes_are_refused_cheaply(void **state)
{
    static const struct {
        const char *what;
        char dtype, codec;
        int rank;
        uint32_t shape[IR_RANK_MAX], meta;
        uint64_t data;
    } t[] = {
        {"1 TiB of payload", 'f', '-', 1, {16}, 0, 1ULL << 40},
        {"2^62 bytes", 'f', '-', 1, {16}, 0, 1ULL << 62},
        {"2^64 - 1 bytes", 'f', '-', 1, {16}, 0, UINT64_MAX},
        {"1 GiB that does not come", 'f', '-', 1, {1u << 28}, 0, 1ULL << 30},
        {"1 GiB packed that does not come", 'f', 'z', 1, {1u << 28}, 0, 1ULL << 30},
        {"a little packed for 1 GiB", 'f', 'z', 1, {1u << 28}, 0, 64},
        {"shape of 4 GiB", 'f', '-', 1, {1u << 30}, 0, 64},
        {"shape that wraps 64 bits", 'd', '-', 6, {1u << 31, 1u << 31, 4, 1, 1, 1}, 0, 64},
        {"shape that wraps to 64", 'd', '-', 3, {1u << 31, 1u << 31, 8}, 0, 64},
        {"all axes 2^32 - 1", 'd', 'z', 6, {~0u, ~0u, ~0u, ~0u, ~0u, ~0u}, 0, 64},
        {"an axis of 0 with data", 'f', '-', 2, {0, 16}, 0, 64},
        {"an axis of 0 beside huge ones", 'f', '-', 3, {~0u, ~0u, 0}, 0, 64},
        {"rank 7", 'f', '-', 7, {1, 1, 1, 1, 1, 16}, 0, 64},
        {"rank 255", 'f', '-', 255, {1, 1, 1, 1, 1, 16}, 0, 64},
        {"metadata of 4 GiB", 'f', '-', 1, {16}, UINT32_MAX, 64},
        {"metadata of 2 MiB", 'f', '-', 1, {16}, 2u << 20, 64},
        {"fewer bytes than the shape", 'f', '-', 1, {17}, 0, 64},
        {"more bytes than the shape", 'f', '-', 1, {15}, 0, 64},
        {"unknown type", 'q', '-', 1, {16}, 0, 64},
        {"unknown codec", 'f', 'x', 1, {16}, 0, 64},
        {"scalar of 64 bytes", 'f', '-', 0, {0}, 0, 64},
    };
    char zeros[64] = {0};

    (void)state;
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        struct ir_buf b = {0};
        add_head(&b, 'H', '-', 0, NULL, '-', 0, 0, 0);
        add_head(&b, 'T', t[i].dtype, t[i].rank, t[i].shape, t[i].codec, t[i].meta, 0, t[i].data);
        ir_buf_add(&b, zeros, sizeof zeros);
        assert_cheap_refusal(&b, t[i].what, false);
        assert_cheap_refusal(&b, t[i].what, true);
        ir_buf_free(&b);
    }
}

static void test_wrong_order_is_refused(void **state)
{
    static const struct {
        const char *kinds;
        uint32_t seq[4];
    } t[] = {
        {"T", {0}},
        {"E", {0}},
        {"HH", {0, 0}},
        {"HTE", {1, 0, 1}},
        {"HE", {0, 1}},
        {"HTE", {0, 1, 1}},
        {"HTE", {0, 0, 0}},
        {"HTTE", {0, 0, 0, 2}},
        {"HTTE", {0, 0, 2, 2}},
        {"HTHE", {0, 0, 0, 1}},
        {"HET", {0, 0, 0}},
        {"HEE", {0, 0, 0}},
        {"HX", {0, 0}},
        {"HTE", {0, 0, 2}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        struct ir_buf b = {0};
        for (size_t k = 0; t[i].kinds[k]; k++) {
            bool is_tensor = t[i].kinds[k] == 'T';
            add_head(&b, t[i].kinds[k], is_tensor ? 'f' : '-', is_tensor ? 1 : 0, (uint32_t[]){0},
                     '-', 0, t[i].seq[k], 0);
        }
        assert_refused(read_bytes(b.data, b.len), t[i].kinds, i);
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
        cmocka_unit_test(test_short_reads_change_nothing),
        cmocka_unit_test(test_absurd_sizes_are_refused_cheaply),
        cmocka_unit_test(test_wrong_order_is_refused),
    };
    return cmocka_run_group_tests(tests, make_temp, remove_temp);
}
