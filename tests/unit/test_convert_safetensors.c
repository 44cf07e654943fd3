/* test_convert_safetensors.c - safetensors from an untrusted source, and parameters from foreign
 * tensors. */
#include "convert.h"
#include "net.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "/tmp/test_convert_safetensors.XXXXXX";

static void put_file(const char *json, uint64_t length, size_t payload)
{
    FILE *f = fopen(path, "wb");

    assert_non_null(f);
    for (int i = 0; i < 8; i++)
        fputc((int)(length >> 8 * i & 255), f);
    fputs(json, f);
    for (size_t i = 0; i < payload; i++)
        fputc(i % 4 == 3 ? 0x3f : 0, f); /* floats of 0.5 */
    assert_int_equal(fclose(f), 0);
}

static const struct {
    const char *json;
    size_t payload;
    const char *says; /* NULL: fine */
} headers[] = {
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8, NULL},
    {"{\"__metadata__\":{\"k\":\"v\"},\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":["
     "0,4]}}  ",
     4, NULL},
    {"{}", 0, NULL},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 7,
     "lie outside the data of 7"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 9,
     "1 bytes of data behind"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}", 8, "8 bytes, wanted 12"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}", 8, "lie outside"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[-8,0]}}", 8, "no whole number"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,1e300]}}", 8, "no whole number"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8.5]}}", 8, "no whole number"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0]}}", 8, "no pair"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":\"x\"}}", 8, "no pair"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}", 8, "no whole number"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967295,4294967295,4294967295],\"data_offsets\":["
     "0,8]}}",
     8, "too large"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":2,\"data_offsets\":[0,8]}}", 8, "shape is no list"},
    {"{\"a\":{\"dtype\":\"F31\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8, "unknown dtype F31"},
    {"{\"a\":{\"dtype\":7,\"shape\":[2],\"data_offsets\":[0,8]}}", 8, "no dtype"},
    {"{\"a\":[1]}", 8, "no dtype"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"x\":1}}", 8,
     "more than dtype"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
     "\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
     8, "b overlaps a"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
     "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[8,12]}}",
     12, "a hole of 4 bytes before b"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
     "\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
     8, "header"},
    {"{\"../../etc/x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8,
     "hostile name"},
    {"{\"/x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8, "hostile name"},
    {"{\"\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8, "hostile name"},
    {"{\"__metadata__\":{\"k\":1}}", 0, "k is no string"},
    {"{\"__metadata__\":[]}", 0, "no object"},
    {"[]", 8, "does not start with {"},
    {"{\"a\":", 8, "header"},
    {"{\"a\":{}}{}", 8, "header"},
};

static void test_hostile_headers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        struct ir_err err = {""};
        put_file(headers[i].json, strlen(headers[i].json), headers[i].payload);
        struct ir_tensors *x = ir_tensors_open("safetensors", path, &err);
        if ((x != NULL) != (headers[i].says == NULL) ||
            (headers[i].says && !strstr(err.text, headers[i].says)))
            fail_msg("%s: '%s'", headers[i].json, err.text);
        ir_tensors_close(x);
    }
}

static void test_absurd_lengths(void **state)
{
    static const uint64_t lengths[] = {0, 1, 3, 1000, 1ULL << 32, 1ULL << 62, UINT64_MAX};

    (void)state;
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        struct ir_err err = {""};
        put_file("{\"a\":{}}", lengths[i], 0);
        assert_null(ir_tensors_open("safetensors", path, &err));
        assert_non_null(strstr(err.text, "safetensors"));
    }
}

static void test_every_cut_is_refused(void **state)
{
    static const char json[] = "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}";
    struct ir_buf b = {0};
    struct ir_err err;

    (void)state;
    put_file(json, sizeof json - 1, 8);
    assert_int_equal(ir_read_file(path, 1000, &b, &err), 0);
    for (size_t n = 0; n < b.len; n++) {
        FILE *f = fopen(path, "wb");
        assert_int_equal(fwrite(b.data, 1, n, f), n);
        assert_int_equal(fclose(f), 0);
        assert_null(ir_tensors_open("safetensors", path, &err));
    }
    ir_buf_free(&b);
}

static void test_types(void **state)
{
    static const char json[] = "{\"b\":{\"dtype\":\"BF16\",\"shape\":[2],\"data_offsets\":[0,4]},"
                               "\"l\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[4,12]},"
                               "\"f\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[12,16]}}";
    struct ir_err err = {""};
    struct ir_rec rec;

    (void)state;
    put_file(json, sizeof json - 1, 16);
    struct ir_tensors *t = ir_tensors_open("safetensors", path, &err);
    assert_non_null(t);
    assert_int_equal(ir_tensors_count(t), 3);
    assert_int_equal(ir_tensors_get(t, (size_t)ir_tensors_find(t, "b"), &rec, &err), 0);
    assert_float_equal(((float *)rec.data)[0], 0, 0);
    assert_float_equal(((float *)rec.data)[1], 0.5, 0); /* 3f00 */
    ir_rec_free(&rec);
    assert_int_equal(ir_tensors_get(t, (size_t)ir_tensors_find(t, "f"), &rec, &err), 0);
    assert_float_equal(((float *)rec.data)[0], 0.5, 0);
    ir_rec_free(&rec);
    assert_int_equal(ir_tensors_get(t, (size_t)ir_tensors_find(t, "l"), &rec, &err), -1);
    assert_non_null(strstr(err.text, "l has type I64"));
    assert_int_equal(ir_tensors_find(t, "none"), -1);
    ir_tensors_close(t);
}

/* ---- load ------------------------------------------------------------------------------------ */

static int load(const char *json, const char *map, struct ir_net *net, size_t *unused,
                struct ir_err *err)
{
    struct ir_strs left = {0};

    put_file(json, strlen(json), 4 * 8);
    struct ir_tensors *t = ir_tensors_open("safetensors", path, err);
    assert_non_null(t);
    int rc = ir_tensors_load(t, net, map, &left, err);
    *unused = left.n;
    ir_strs_free(&left);
    ir_tensors_close(t);
    return rc;
}

static void test_load_by_map(void **state)
{
    static const char text[] = "input size=2\nd = dense out=classes\nloss ce\n";
    static const char same[] =
        "{\"d.weight\":{\"dtype\":\"F32\",\"shape\":[3,2],\"data_offsets\":[0,24]},"
        "\"d.bias\":{\"dtype\":\"F16\",\"shape\":[3],\"data_offsets\":[24,30]},"
        "\"x\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[30,32]}}";
    static const char other[] =
        "{\"W\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]},"
        "\"d.bias\":{\"dtype\":\"F16\",\"shape\":[3],\"data_offsets\":[24,30]},"
        "\"x\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[30,32]}}";
    static const struct {
        const char *json, *map, *says;
    } t[] = {
        {same, NULL, NULL},
        {other, "# comment\nd.weight W swap # why\n\n", NULL},
        {other, NULL, "no tensor d.weight"},
        {other, "d.weight W", "tensor W is 2x3, wanted 3x2"},
        {same, "d.weight d.weight swap", "is 3x2, wanted 3x2 with its last axes swapped"},
        {same, "d.bias d.bias swap", "with its last axes swapped"},
        {other, "d.weight W swap\nd.w W", "line 2 of the map: the network has no parameter d.w"},
        {other, "d.weight W twist", "line 1 of the map: wanted"},
        {other, "d.weight", "line 1 of the map: wanted"},
        {other, "d.weight W swap x", "line 1 of the map: wanted"},
        {other, "d.weight W\nd.weight W", "line 2 of the map: d.weight stands in line 1 too"},
    };
    struct ir_strs classes = {0};
    struct ir_err err = {""};
    size_t unused;

    (void)state;
    ir_strs_add(&classes, "a"), ir_strs_add(&classes, "b"), ir_strs_add(&classes, "c");
    struct ir_net *net = ir_net_parse(text, sizeof text - 1, "t.net", &classes, &err);
    assert_non_null(net);
    assert_int_equal(ir_net_plan(net, 1, NULL, false, NULL, 0, &err), 0);
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        err.text[0] = '\0';
        int rc = load(t[i].json, t[i].map, net, &unused, &err);
        if ((rc == 0) != (t[i].says == NULL) || (t[i].says && !strstr(err.text, t[i].says)))
            fail_msg("case %zu: %d '%s'", i, rc, err.text);
        if (rc == 0)
            assert_int_equal(unused, 1);
    }
    ir_net_free(net);
    ir_strs_free(&classes);
}

static void test_written_files_are_read_back(void **state)
{
    struct ir_meta meta = {0};
    struct ir_rec rec[2];
    struct ir_err err = {""};

    (void)state;
    ir_meta_set(&meta, "classes", "a \"b\" \n\xc3\xa4");
    ir_rec_init(&rec[0], 'f', 2, (uint32_t[]){2, 3});
    ir_rec_init(&rec[1], 'h', 1, (uint32_t[]){5});
    for (int i = 0; i < 6; i++)
        ((float *)rec[0].data)[i] = (float)i;
    ((int16_t *)rec[1].data)[4] = -7;
    ir_meta_set(&rec[0].meta, "name", "one");
    ir_meta_set(&rec[1].meta, "name", "two");
    assert_int_equal(ir_safetensors_write(path, &meta, rec, 2, &err), 0);
    struct ir_tensors *t = ir_tensors_open("safetensors", path, &err);
    if (!t)
        fail_msg("%s", err.text);
    assert_string_equal(ir_meta_get(ir_tensors_meta(t), "classes"), "a \"b\" \n\xc3\xa4");
    for (size_t i = 0; i < 2; i++) {
        struct ir_rec back;
        assert_int_equal(ir_tensors_get(t, i, &back, &err), 0);
        assert_string_equal(ir_rec_name(&back), ir_rec_name(&rec[i]));
        assert_int_equal(back.dtype, rec[i].dtype);
        assert_memory_equal(back.data, rec[i].data, rec[i].bytes);
        ir_rec_free(&back);
        ir_rec_free(&rec[i]);
    }
    ir_tensors_close(t);
    ir_meta_free(&meta);
}

static int make_file(void **state)
{
    (void)state;
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hostile_headers),
        cmocka_unit_test(test_absurd_lengths),
        cmocka_unit_test(test_every_cut_is_refused),
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_load_by_map),
        cmocka_unit_test(test_written_files_are_read_back),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
