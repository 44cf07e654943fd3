/* test_convert_npy.c - .npy and .npz: what NumPy writes is read right, what lies is refused. */
#include "convert.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define DATA "tests/data/convert/"

static struct ir_buf load(const char *name)
{
    struct ir_buf b = {0};
    struct ir_err err;
    char path[256];

    snprintf(path, sizeof path, DATA "%s", name);
    if (ir_read_file(path, 1 << 20, &b, &err) < 0)
        fail_msg("%s", err.text);
    return b;
}

static void assert_counts_up(const struct ir_rec *rec)
{
    struct ir_buf tmp = {0};
    const float *x = ir_rec_f32(rec, false, &tmp);

    for (size_t i = 0; i < ir_rec_count(rec); i++)
        assert_float_equal(x[i], (float)i, 0);
    ir_buf_free(&tmp);
}

static void test_what_numpy_writes(void **state)
{
    static const struct {
        const char *name;
        char dtype;
        int rank;
    } t[] = {
        {"f4.npy", 'f', 3},         {"f8_big.npy", 'd', 3}, {"i2_big_fortran.npy", 'h', 3},
        {"f4_fortran.npy", 'f', 3}, {"f2.npy", 'e', 3},     {"i4.npy", 'i', 3},
        {"u1.npy", 'B', 3},         {"row.npy", 'f', 1},    {"version3.npy", 'f', 3},
    };

    (void)state;
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        struct ir_buf b = load(t[i].name);
        struct ir_rec rec;
        struct ir_err err = {""};
        if (ir_npy_read(b.data, b.len, &rec, &err) < 0)
            fail_msg("%s: %s", t[i].name, err.text);
        assert_int_equal(rec.dtype, t[i].dtype);
        assert_int_equal(rec.rank, t[i].rank);
        assert_int_equal(ir_rec_count(&rec), 24);
        assert_counts_up(&rec);
        ir_rec_free(&rec);
        ir_buf_free(&b);
    }
}

static void test_scalar_and_bool(void **state)
{
    struct ir_buf b = load("scalar.npy");
    struct ir_rec rec;
    struct ir_err err;

    (void)state;
    assert_int_equal(ir_npy_read(b.data, b.len, &rec, &err), 0);
    assert_int_equal(rec.rank, 0);
    assert_float_equal(*(float *)rec.data, 7, 0);
    ir_rec_free(&rec);
    ir_buf_free(&b);
    b = load("bool.npy");
    assert_int_equal(ir_npy_read(b.data, b.len, &rec, &err), 0);
    assert_int_equal(rec.dtype, 'B');
    assert_int_equal(((unsigned char *)rec.data)[3], 1);
    ir_rec_free(&rec);
    ir_buf_free(&b);
}

static void test_foreign_types_are_refused_by_name(void **state)
{
    static const char *t[][2] = {
        {"bad_i8.npy", "type '<i8'"},
        {"bad_c8.npy", "type '<c8'"},
        {"bad_text.npy", "type '<U6'"},
        {"bad_object.npy", "type '|O'"},
        {"bad_struct.npy", "a structured array"},
        {"bad_empty.npy", "an empty array"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        struct ir_buf b = load(t[i][0]);
        struct ir_rec rec;
        struct ir_err err = {""};
        assert_int_equal(ir_npy_read(b.data, b.len, &rec, &err), -1);
        if (!strstr(err.text, t[i][1]))
            fail_msg("%s: '%s' does not say '%s'", t[i][0], err.text, t[i][1]);
        ir_buf_free(&b);
    }
}

static int read_dictionary(const char *dict, size_t payload, struct ir_err *err)
{
    struct ir_buf b = {0};
    struct ir_rec rec;
    size_t n = strlen(dict);
    char zeros[256] = {0};
    unsigned char head[10] = {
        0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, (unsigned char)n, (unsigned char)(n >> 8)};

    ir_buf_add(&b, head, sizeof head);
    ir_buf_puts(&b, dict);
    ir_buf_add(&b, zeros, payload);
    int rc = ir_npy_read(b.data, b.len, &rec, err);
    if (rc == 0)
        ir_rec_free(&rec);
    ir_buf_free(&b);
    return rc;
}

static void test_headers(void **state)
{
    static const struct {
        const char *dict;
        size_t payload;
        const char *says; /* NULL: fine */
    } t[] = {
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", 8, NULL},
        {"{\"shape\":(2,1),\"descr\":\"<f4\",\"fortran_order\":True}\n", 8, NULL},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", 9,
         "9 bytes of numbers, wanted 8"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", 7,
         "7 bytes of numbers, wanted 8"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2), }", 8, "malformed shape"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (-2,), }", 8, "malformed shape"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296,), }", 8,
         "malformed shape"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,2), }", 8,
         "malformed shape"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (4294967295,4294967295,2), }", 8,
         "too large"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (65536,65536), }", 8,
         "more than 1 GiB"},
        {"{'descr': '<f4', 'fortran_order': Maybe, 'shape': (2,), }", 8, "neither True nor False"},
        {"{'descr': '<f4', 'shape': (2,), }", 8, "lacks"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'x': 1}", 8,
         "unknown or doubled"},
        {"{'descr': '<f4', 'descr': '<f4', 'shape': (2,)}", 8, "unknown or doubled"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2,)", 8, "malformed header"},
        {"{'descr': '<f4\\x00', 'fortran_order': False, 'shape': (2,)}", 8, "structured"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} import os", 8, "bytes after"},
        {"", 8, "no dictionary"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        struct ir_err err = {""};
        int rc = read_dictionary(t[i].dict, t[i].payload, &err);
        if ((rc == 0) != (t[i].says == NULL) || (t[i].says && !strstr(err.text, t[i].says)))
            fail_msg("%s: %d, '%s'", t[i].dict, rc, err.text);
    }
}

static void test_every_cut_of_a_npy_is_refused(void **state)
{
    struct ir_buf b = load("f4.npy");

    (void)state;
    for (size_t n = 0; n < b.len; n++) {
        struct ir_rec rec;
        struct ir_err err;
        char *exact = ir_alloc(n + 1, 1);
        memcpy(exact, b.data, n);
        assert_int_equal(ir_npy_read(exact, n, &rec, &err), -1);
        free(exact);
    }
    ir_buf_free(&b);
}

/* ---- npz ------------------------------------------------------------------------------------- */

struct got {
    size_t members;
    char names[64];
    size_t numbers;
};

static int note_member(void *arg, const struct ir_npz_member *m, struct ir_err *err)
{
    struct got *g = arg;

    (void)err;
    g->members++;
    g->numbers += ir_rec_count(&m->rec);
    snprintf(g->names + strlen(g->names), sizeof g->names - strlen(g->names), "%s ", m->name);
    if (strcmp(m->name, "a") == 0)
        assert_counts_up(&m->rec);
    return 0;
}

static void test_npz_of_numpy(void **state)
{
    static const char *files[] = {"stored.npz", "deflated.npz"};
    static const size_t numbers[] = {48, 924};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct ir_buf b = load(files[i]);
        struct got g = {0};
        struct ir_err err = {""};
        if (ir_npz_read(b.data, b.len, NULL, note_member, &g, &err) < 0)
            fail_msg("%s", err.text);
        assert_int_equal(g.members, 2);
        assert_int_equal(g.numbers, numbers[i]);
        assert_string_equal(g.names, "a b ");
        ir_buf_free(&b);
    }
}

/* Whatever is changed or cut: refused, or the numbers are still right (unused fields of the zip).
 */
static void test_damaged_npz_never_gives_wrong_numbers(void **state)
{
    static const char *files[] = {"stored.npz", "deflated.npz"};

    (void)state;
    for (size_t f = 0; f < 2; f++) {
        struct ir_buf b = load(files[f]);
        for (size_t i = 0; i < b.len * 8; i++) {
            struct got g = {0};
            struct ir_err err;
            b.data[i / 8] = (char)(b.data[i / 8] ^ (1 << i % 8));
            (void)ir_npz_read(b.data, b.len, NULL, note_member, &g, &err);
            b.data[i / 8] = (char)(b.data[i / 8] ^ (1 << i % 8));
        }
        for (size_t n = 0; n < b.len; n++) {
            struct got g = {0};
            struct ir_err err;
            char *exact = ir_alloc(n + 1, 1);
            memcpy(exact, b.data, n);
            assert_int_equal(ir_npz_read(exact, n, NULL, note_member, &g, &err), -1);
            free(exact);
        }
        ir_buf_free(&b);
    }
}

static void replace_all(struct ir_buf *b, const char *from, const char *to)
{
    size_t n = strlen(from);

    for (size_t i = 0; i + n <= b->len; i++)
        if (memcmp(b->data + i, from, n) == 0)
            memcpy(b->data + i, to, n);
}

static void test_hostile_npz(void **state)
{
    static const struct {
        const char *from, *to, *says;
    } t[] = {
        {"a.npy", "/.npy", "hostile name"},
        {"b.npy", "a.npy", "two members named a.npy"},
        {"a.npy", "a.txt", "no .npy"},
        {"a.npy", "a\\npy", "hostile name"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        struct ir_buf b = load("stored.npz");
        struct got g = {0};
        struct ir_err err = {""};
        replace_all(&b, t[i].from, t[i].to);
        assert_int_equal(ir_npz_read(b.data, b.len, NULL, note_member, &g, &err), -1);
        if (!strstr(err.text, t[i].says))
            fail_msg("'%s' does not say '%s'", err.text, t[i].says);
        ir_buf_free(&b);
    }
}

/* The directory's second entry leads to the first member: a small file must not hold much twice. */
static void test_overlapping_members(void **state)
{
    struct ir_buf b = load("stored.npz");
    struct got g = {0};
    struct ir_err err = {""};
    size_t at = b.len;

    (void)state;
    for (int found = 0; found == 0; at--)
        found = memcmp(b.data + at - 4, "PK\1\2", 4) == 0;
    char *entry = b.data + at - 3; /* the last entry */
    memset(entry + 42, 0, 4);
    assert_int_equal(ir_npz_read(b.data, b.len, NULL, note_member, &g, &err), -1);
    assert_non_null(strstr(err.text, "another name at its own place"));
    assert_int_equal(entry[46], 'b');
    entry[46] = 'a';
    assert_int_equal(ir_npz_read(b.data, b.len, NULL, note_member, &g, &err), -1);
    assert_non_null(strstr(err.text, "overlap"));
    assert_int_equal(g.members, 0);
    ir_buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_numpy_writes),
        cmocka_unit_test(test_scalar_and_bool),
        cmocka_unit_test(test_foreign_types_are_refused_by_name),
        cmocka_unit_test(test_headers),
        cmocka_unit_test(test_every_cut_of_a_npy_is_refused),
        cmocka_unit_test(test_npz_of_numpy),
        cmocka_unit_test(test_damaged_npz_never_gives_wrong_numbers),
        cmocka_unit_test(test_hostile_npz),
        cmocka_unit_test(test_overlapping_members),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
