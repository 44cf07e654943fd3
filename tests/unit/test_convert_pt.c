/* test_convert_pt.c - PyTorch's files: plain tensors in, everything else refused by name. */
#include "pt_bytes.h"

/* ---- what must be read ----------------------------------------------------------------------- */

static void check_numbers(const struct ir_tensors *t, const char *name, const float *want, size_t n)
{
    struct ir_rec rec;
    struct ir_buf tmp = {0};
    struct ir_err err;
    int at = ir_tensors_find(t, name);

    if (at < 0)
        fail_msg("no tensor %s", name);
    if (ir_tensors_get(t, (size_t)at, &rec, &err) < 0)
        fail_msg("%s", err.text);
    assert_int_equal(ir_rec_count(&rec), n);
    const float *found = ir_rec_f32(&rec, false, &tmp);
    for (size_t i = 0; i < n; i++)
        assert_true(found[i] == want[i]);
    ir_rec_free(&rec);
    ir_buf_free(&tmp);
}

static void check_all(void)
{
    struct ir_err err;
    struct ir_rec rec;
    struct ir_tensors *t = ir_tensors_open("pt", path, &err);

    if (!t)
        fail_msg("%s", err.text);
    assert_int_equal(ir_tensors_count(t), N_GOOD);
    check_numbers(t, "a.weight", (const float[]){0, 1, 2, 3, 4, 5}, 6);
    check_numbers(t, "b", (const float[]){1, 4, 2, 5}, 4);
    check_numbers(t, "half", (const float[]){1, -2}, 2);
    check_numbers(t, "bf16", (const float[]){1, -2}, 2);
    check_numbers(t, "one", (const float[]){0.5f}, 1);
    int at = ir_tensors_find(t, "bn.num_batches_tracked");
    assert_true(at >= 0);
    assert_int_equal(ir_tensors_get(t, (size_t)at, &rec, &err), -1);
    assert_non_null(strstr(err.text, "I64"));
    ir_tensors_close(t);
}

static void test_both_forms(void **state)
{
    struct ir_buf b = {0};

    (void)state;
    add_all(&b, false);
    write_zip(&b, 0);
    check_all();
    b.len = 0;
    make_old(&b);
    write_file(b.data, b.len);
    check_all();
    ir_buf_free(&b);
}

/* ---- what must be refused -------------------------------------------------------------------- */

static void refused(const char *says)
{
    struct ir_err err;
    struct ir_tensors *t = ir_tensors_open("pt", path, &err);

    if (t)
        fail_msg("taken, wanted '%s'", says);
    if (!strstr(err.text, says))
        fail_msg("'%s', wanted '%s'", err.text, says);
}

static void refused_pickle(const void *bytes, size_t n, const char *says)
{
    struct ir_buf b = {0};

    ir_buf_add(&b, "\x80\x02", 2);
    ir_buf_add(&b, bytes, n);
    write_zip(&b, 0);
    refused(says);
    ir_buf_free(&b);
}

#define REFUSED(text, says) refused_pickle(text, sizeof(text) - 1, says)

static void test_other_programs_are_refused_by_name(void **state)
{
    (void)state;
    REFUSED("cos\nsystem\n(X\x04\0\0\0truetR.", "os.system");
    REFUSED("cposix\nsystem\n(X\x04\0\0\0truetR.", "posix.system");
    REFUSED("c__builtin__\neval\n.", "__builtin__.eval");
    REFUSED("ctorch\nload\n.", "torch.load");
    REFUSED("ctorch._utils\n_rebuild_tensor_v3\n.", "_rebuild_tensor_v3");
    REFUSED("ctorch\nIntStorage\n.", "torch.IntStorage");
    REFUSED("ctorch\nFloatStorage\n(tR.", "FloatStorage, which is no function");
    REFUSED("c\033[31m\nx\n.", "which is no part");
    REFUSED("(S'true'\nios\nsystem\n.", "STRING");
    REFUSED("(ios\nsystem\n.", "INST");
    REFUSED("(oN.", "OBJ");
    REFUSED("ccollections\nOrderedDict\n)\x81.", "NEWOBJ");
    REFUSED("\x82\x01.", "EXT1");
    REFUSED("\x8c\x02os\x8c\x06system\x93.", "SHORT_BINUNICODE");
    REFUSED("\x93.", "STACK_GLOBAL");
    REFUSED("PX\n.", "PERSID");
    REFUSED("\xff.", "0xff");
    REFUSED("X\x04\0\0\0true)R.", "no function");
    REFUSED("}}b.", "no tensor");
    REFUSED("]}b.", "BUILD");
    REFUSED("N.", "no dict of tensors");
    REFUSED("}NN.", "ends with 3 values");
    REFUSED("R.", "stack empty");
    REFUSED("t.", "no mark");
    REFUSED("(u.", "stack empty");
    REFUSED("]NNs.", "do not fit");
    REFUSED("h\x05.", "never put");
    REFUSED("}r\xff\xff\xff\x7f.", "a memo of number");
    REFUSED("}q\x00(X\x01\0\0\0ah\x00u.", "more than 8 deep");
    REFUSED("X\xff\xff\xff\xffx.", "cut");
    REFUSED("\x8a\x0a\1\2\3\4\5\6\7\10\11\12.", "10 bytes");
    REFUSED("X\x01\0\0\0xQ.", "no storage");
    REFUSED("}", "cut");
    REFUSED("}.x", "bytes behind");
}

/* A tensor of a dict, by itself. */
static void refused_tensor(const char *name, struct tensor t, const char *says)
{
    struct ir_buf b = {0};

    ADD(&b, 0x80, 2, '}', '(');
    add_text(&b, "first");
    add_tensor(&b, &good[0], false);
    add_text(&b, name);
    add_tensor(&b, &t, false);
    ADD(&b, 'u', '.');
    write_zip(&b, 0);
    refused(says);
    ir_buf_free(&b);
}

static void test_tensors_out_of_bounds(void **state)
{
    (void)state;
    refused_tensor("x", (struct tensor){"0", "FloatStorage", 6, 1, {6}, {1}, 1},
                   "reaches element 6 of a storage of 6");
    refused_tensor("x", (struct tensor){"0", "FloatStorage", 6, 7, {0}, {1}, 1}, "storage of 6");
    refused_tensor("x", (struct tensor){"0", "FloatStorage", 6, 6, {0}, {0}, 0}, "storage of 6");
    refused_tensor("x", (struct tensor){"0", "FloatStorage", 6, 0, {2, 3}, {4, 1}, 2},
                   "storage of 6");
    refused_tensor("x", (struct tensor){"0", "FloatStorage", 6, 0, {3}, {0x7fffffff}, 1},
                   "a stride leads out");
    refused_tensor("x", (struct tensor){"0", "FloatStorage", 6, 0, {2}, {0xffffffff}, 1},
                   "no number from 0");
    refused_tensor("x", (struct tensor){"0", "FloatStorage", 6, 0, {0xffffffff}, {1}, 1},
                   "no number from 0");
    refused_tensor("x", (struct tensor){"0", "FloatStorage", 6, 0xffffffff, {1}, {1}, 1},
                   "offset is no number");
    /* a bomb: a stride of 0 makes much of little */
    refused_tensor("x",
                   (struct tensor){"0", "FloatStorage", 6, 0, {0x7fffffff, 0x7fffffff}, {0, 0}, 2},
                   "more elements than its storage");
    refused_tensor("x", (struct tensor){"0", "FloatStorage", 7, 0, {1}, {1}, 1}, "two lengths");
    refused_tensor("x", (struct tensor){"0", "DoubleStorage", 6, 0, {1}, {1}, 1},
                   "as F32 and as F64");
    refused_tensor("x", (struct tensor){"1", "FloatStorage", 2, 0, {1}, {1}, 1},
                   "m/data/1 has 4 bytes, wanted 2 elements of 4");
    refused_tensor("x", (struct tensor){"9", "FloatStorage", 2, 0, {1}, {1}, 1},
                   "no member data/9");
    refused_tensor("x", (struct tensor){"../0", "FloatStorage", 6, 0, {1}, {1}, 1}, "no member");
    refused_tensor("first", good[0], "two tensors are named first");
    refused_tensor("../../x", good[0], "hostile name");
    refused_tensor("a\nb", good[0], "hostile name");
    refused_tensor("", good[0], "hostile name");
}

static void test_containers(void **state)
{
    struct ir_buf b = {0}, file = {0};
    struct ir_err err;

    (void)state;
    add_all(&b, false);
    write_zip(&b, 2);
    refused("wanted 6 elements of 4");
    write_zip(&b, 0);
    read_back(&file);
    /* the first storage as if it were packed, in its own head and in the directory */
    for (size_t i = 0; i + 50 < file.len; i++) {
        if (memcmp(file.data + i, "PK\3\4", 4) == 0 &&
            memcmp(file.data + i + 30, "m/data/0", 8) == 0)
            file.data[i + 8] = 8;
        if (memcmp(file.data + i, "PK\1\2", 4) == 0 &&
            memcmp(file.data + i + 46, "m/data/0", 8) == 0)
            file.data[i + 10] = 8;
    }
    write_file(file.data, file.len);
    refused("m/data/0 is packed");
    struct ir_zip z = {.out = ir_out_open(path, true, &err)};
    assert_int_equal(ir_zip_put(&z, "m/data.npy", "x", 1, "", 0, &err), 0);
    assert_int_equal(ir_zip_finish(&z, &err), 0);
    assert_int_equal(ir_out_commit(z.out, &err), 0);
    ir_zip_free(&z);
    refused("no member data.pkl");
    write_file("x", 1);
    refused("no zip file");
    ir_buf_free(&b);
    ir_buf_free(&file);
}

/* A file that ends early is refused wherever it ends; one with a changed byte is refused or gives
 * tensors that can be read (the numbers of the older form have no checksum). */
static void cut_and_change(const struct ir_buf *file)
{
    struct ir_err err;

    for (size_t n = 0; n < file->len; n++) {
        write_file(file->data, n);
        struct ir_tensors *t = ir_tensors_open("pt", path, &err);
        if (t)
            fail_msg("%zu of %zu bytes were taken", n, file->len);
    }
    for (size_t i = 0; i < 2 * file->len; i++) {
        struct ir_buf b = {0};
        ir_buf_add(&b, file->data, file->len);
        b.data[i / 2] = (char)(i % 2 ? ~b.data[i / 2] : b.data[i / 2] + 1);
        write_file(b.data, b.len);
        struct ir_tensors *t = ir_tensors_open("pt", path, &err);
        for (size_t k = 0; t && k < ir_tensors_count(t); k++) {
            struct ir_rec rec;
            if (ir_tensors_get(t, k, &rec, &err) == 0)
                ir_rec_free(&rec);
        }
        ir_tensors_close(t);
        ir_buf_free(&b);
    }
}

static void test_cut_and_changed_files(void **state)
{
    struct ir_buf b = {0}, file = {0};

    (void)state;
    add_all(&b, false);
    write_zip(&b, 0);
    read_back(&file);
    cut_and_change(&file);
    file.len = 0;
    make_old(&file);
    cut_and_change(&file);
    ir_buf_puts(&file, "x");
    write_file(file.data, file.len);
    refused("1 bytes behind its last storage");
    ir_buf_free(&b);
    ir_buf_free(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_forms),
        cmocka_unit_test(test_other_programs_are_refused_by_name),
        cmocka_unit_test(test_tensors_out_of_bounds),
        cmocka_unit_test(test_containers),
        cmocka_unit_test(test_cut_and_changed_files),
    };
    int fd = mkstemp(path);
    if (fd < 0)
        return 1;
    close(fd);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    return failed;
}
