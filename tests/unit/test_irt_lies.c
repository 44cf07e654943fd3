/* test_irt_lies.c - heads whose CRCs are right but that lie: absurd sizes, unknown types, wrong
 * order. */
#include "irt_bytes.h"

#include <sys/resource.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_absurd_sizes_are_refused_cheaply),
        cmocka_unit_test(test_wrong_order_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
