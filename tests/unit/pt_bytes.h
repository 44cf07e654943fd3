/* pt_bytes.h - PyTorch's files, made byte by byte as torch.save makes them. */
#ifndef IR_TEST_PT_BYTES_H
#define IR_TEST_PT_BYTES_H

#include "convert.h"
#include "convert/zip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "/tmp/test_convert_pt.XXXXXX";

/* ---- pickles --------------------------------------------------------------------------------- */

#define ADD(b, ...)                                                                                \
    do {                                                                                           \
        static const unsigned char bytes_[] = {__VA_ARGS__};                                       \
        ir_buf_add(b, bytes_, sizeof bytes_);                                                      \
    } while (0)

static void add_text(struct ir_buf *b, const char *s)
{
    size_t n = strlen(s);
    unsigned char head[5] = {'X', (unsigned char)n, (unsigned char)(n >> 8), 0, 0};

    ir_buf_add(b, head, 5);
    ir_buf_puts(b, s);
}

static void add_int(struct ir_buf *b, uint32_t v)
{
    unsigned char head[5] = {'J', (unsigned char)v, (unsigned char)(v >> 8),
                             (unsigned char)(v >> 16), (unsigned char)(v >> 24)};

    ir_buf_add(b, head, 5);
}

static void add_global(struct ir_buf *b, const char *module, const char *name)
{
    ir_buf_printf(b, "c%s\n%s\n", module, name);
}

struct tensor {
    const char *key, *type;
    uint32_t count, offset, shape[3], stride[3];
    int rank;
};

/* _rebuild_tensor_v2(storage, offset, shape, stride, False, OrderedDict()) */
static void add_tensor(struct ir_buf *b, const struct tensor *t, bool old)
{
    add_global(b, "torch._utils", "_rebuild_tensor_v2");
    ADD(b, '(', '(');
    add_text(b, "storage");
    add_global(b, "torch", t->type);
    add_text(b, t->key);
    add_text(b, "cpu");
    add_int(b, t->count);
    if (old)
        ADD(b, 'N');
    ADD(b, 't', 'Q');
    add_int(b, t->offset);
    for (int k = 0; k < 2; k++) {
        ADD(b, '(');
        for (int i = 0; i < t->rank; i++)
            add_int(b, k ? t->stride[i] : t->shape[i]);
        ADD(b, 't');
    }
    ADD(b, 0x89);
    add_global(b, "collections", "OrderedDict");
    ADD(b, ')', 'R', 't', 'R');
}

static const struct tensor good[] = {
    {"0", "FloatStorage", 6, 0, {2, 3}, {3, 1}, 2}, /* 0 1 2 / 3 4 5 */
    {"0", "FloatStorage", 6, 1, {2, 2}, {1, 3}, 2}, /* 1 4 / 2 5: a transposed part */
    {"1", "HalfStorage", 2, 0, {2}, {1}, 1},        /* 1, -2 */
    {"2", "BFloat16Storage", 2, 0, {2}, {1}, 1},    /* 1, -2 */
    {"3", "DoubleStorage", 1, 0, {0}, {0}, 0},      /* 0.5, no axis */
    {"4", "LongStorage", 1, 0, {0}, {0}, 0},
};
#define N_GOOD (sizeof good / sizeof *good)
static const char *const names[N_GOOD] = {"a.weight", "b",   "half",
                                          "bf16",     "one", "bn.num_batches_tracked"};

/* {"epoch": 3, "lr": 1.5, "model": OrderedDict of all, "names": ["x"], "none": None} */
static void add_all(struct ir_buf *b, bool old)
{
    ADD(b, 0x80, 2, '}', 'q', 0, '(');
    add_text(b, "epoch");
    ADD(b, 'K', 3);
    add_text(b, "lr");
    ADD(b, 'G', 0x3f, 0xf8, 0, 0, 0, 0, 0, 0);
    add_text(b, "model");
    add_global(b, "collections", "OrderedDict");
    ADD(b, ')', 'R', 'r', 1, 0, 0, 0, '(');
    for (size_t i = 0; i < N_GOOD; i++) {
        add_text(b, names[i]);
        add_tensor(b, &good[i], old);
    }
    ADD(b, 'u', '}');
    add_text(b, "_metadata");
    ADD(b, '}', 's', 'b');
    add_text(b, "names");
    ADD(b, ']', '(');
    add_text(b, "x");
    ADD(b, 'e');
    add_text(b, "none");
    ADD(b, 'N', 'u', '.');
}

/* ---- files ----------------------------------------------------------------------------------- */

static const unsigned char f32_0_to_5[24] = {0, 0, 0,    0,    0, 0, 0x80, 0x3f, 0, 0, 0,    0x40,
                                             0, 0, 0x40, 0x40, 0, 0, 0x80, 0x40, 0, 0, 0xa0, 0x40};
static const struct {
    const char *bytes;
    size_t n;
} storages[] = {{(const char *)f32_0_to_5, 24},
                {"\x00\x3c\x00\xc0", 4},
                {"\x80\x3f\x00\xc0", 4},
                {"\x00\x00\x00\x00\x00\x00\xe0\x3f", 8},
                {"\x07\x00\x00\x00\x00\x00\x00\x00", 8}};

static void write_file(const void *bytes, size_t n)
{
    FILE *f = fopen(path, "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static void read_back(struct ir_buf *b)
{
    struct ir_err err;

    b->len = 0;
    assert_int_equal(ir_read_file(path, 1 << 20, b, &err), 0);
}

/* data.pkl, data/0 … data/4 (each storage short of `cut` bytes), version. */
static void write_zip(const struct ir_buf *pickle, size_t cut)
{
    struct ir_err err;
    struct ir_zip z = {.out = ir_out_open(path, true, &err)};
    char name[32];

    assert_non_null(z.out);
    assert_int_equal(ir_zip_put(&z, "m/data.pkl", pickle->data, pickle->len, "", 0, &err), 0);
    for (size_t i = 0; i < sizeof storages / sizeof *storages; i++) {
        snprintf(name, sizeof name, "m/data/%zu", i);
        assert_int_equal(ir_zip_put(&z, name, storages[i].bytes, storages[i].n - cut, "", 0, &err),
                         0);
    }
    assert_int_equal(ir_zip_put(&z, "m/version", "3\n", 2, "", 0, &err), 0);
    assert_int_equal(ir_zip_finish(&z, &err), 0);
    assert_int_equal(ir_out_commit(z.out, &err), 0);
    ir_zip_free(&z);
}

static void make_old(struct ir_buf *b)
{
    ADD(b, 0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, '.');
    ADD(b, 0x80, 2, 'M', 0xe9, 3, '.', 0x80, 2, '}');
    add_text(b, "little_endian");
    ADD(b, 0x88, 's', '.');
    add_all(b, true);
    ADD(b, 0x80, 2, ']', '(');
    for (int i = 4; i >= 0; i--)
        add_text(b, (const char[]){(char)('0' + i), '\0'});
    ADD(b, 'e', '.');
    static const unsigned char count[] = {6, 2, 2, 1, 1};
    for (int i = 4; i >= 0; i--) {
        unsigned char head[8] = {count[i]};
        ir_buf_add(b, head, 8);
        ir_buf_add(b, storages[i].bytes, storages[i].n);
    }
}

#endif
