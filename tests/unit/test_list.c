/* test_list.c - lists of clips: there and back, and what is refused. */
#include "label.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char path[64];

static int setup(void **state)
{
    (void)state;
    strcpy(path, "/tmp/ir_list_XXXXXX");
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int teardown(void **state)
{
    (void)state;
    return unlink(path);
}

static void put(const char *text, size_t n)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, n, f), n);
    fclose(f);
}

static void test_hostile_names_come_back(void **state)
{
    static const char *const names[] = {"#end 1",
                                        "a b",
                                        "tab\there",
                                        "new\nline",
                                        "cr\r",
                                        "100%",
                                        "%41",
                                        "\"quoted\"",
                                        "[x](y)",
                                        "|rm -rf",
                                        "-o",
                                        "\x1b[31m",
                                        "na\xc3\xafve",
                                        "bad\xff\xfeutf8",
                                        "\x7f",
                                        "'",
                                        "http:x\";cmd;\".wav"};
    struct ir_list out = {0}, in;
    struct ir_err err;
    (void)state;
    ir_meta_set(&out.head, "classes", "cor%20anglais flute");
    ir_meta_set(&out.head, "labels", "closed");
    ir_meta_set(&out.head, "odd", "a\nb=c%");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct ir_item *it = ir_list_add(&out, names[i], names[i]);
        ir_item_set(&it->labels, "cor%20anglais:1 flute:0.25");
        ir_item_set(&it->group, names[i]);
        ir_item_set(&it->split, i % 2 ? "train" : "valid");
        it->start_s = (double)i / 3;
        it->length_s = i ? 1e-3 : 0;
        ir_meta_set(&it->extra, i % 2 ? "odd_col" : "even:col", names[i]);
    }
    assert_int_equal(ir_list_write(path, &out, &err), 0);
    assert_int_equal(ir_list_read(path, &in, &err), 0);
    assert_int_equal(in.n, out.n);
    assert_string_equal(ir_meta_get(&in.head, "odd"), "a\nb=c%");
    for (size_t i = 0; i < in.n; i++) {
        assert_string_equal(in.item[i].id, names[i]);
        assert_string_equal(in.item[i].path, names[i]);
        assert_string_equal(in.item[i].group, names[i]);
        assert_string_equal(in.item[i].labels, out.item[i].labels);
        assert_true(in.item[i].start_s == out.item[i].start_s);
        assert_true(in.item[i].length_s == out.item[i].length_s);
        assert_string_equal(ir_meta_get(&in.item[i].extra, i % 2 ? "odd_col" : "even:col"),
                            names[i]);
        assert_null(ir_meta_get(&in.item[i].extra, i % 2 ? "even:col" : "odd_col"));
    }
    ir_list_free(&in);
    ir_list_free(&out);
}

#define HEAD "#irt-list 1\n#classes=flute violin\n#labels=closed\n"
#define COLS "id\tpath\tlabels\tgroup\tsplit\tstart\n"

static void test_bad_lists(void **state)
{
    static const char *const bad[][2] = {
        {"", ":1: not a list of clips"},
        {"id\tpath\n", ":1: not a list of clips"},
        {"\xef\xbb\xbf#irt-list 1\n", ":1: not a list of clips"},
        {"#irt-list 1\r\n", ":1: not a list of clips"},
        {"#irt-list 1\n", "ends before its column line"},
        {HEAD "id\tpath\n", ":5: no #end line"},
        {HEAD "id\tpath\na\tb\n", "cut short after 1 clips"},
        {HEAD "id\tpath\na\tb\n#end 2\n", ":6: #end says 2 clips, found 1"},
        {HEAD "id\tpath\na\tb\n#end x\n", ":6: #end"},
        {HEAD "id\tpath\n#end 0\nid\n", "text after the #end line"},
        {HEAD "id\tlabels\n#end 0\n", ":4: no column path"},
        {HEAD "id\tid\tpath\n#end 0\n", ":4: column id stands twice"},
        {HEAD "id\tpath\ta=b\n#end 0\n", ":4: column 3 cannot be named 'a=b'"},
        {HEAD "id\tpath\ta b\n#end 0\n", ":4: column 3 cannot be named 'a b'"},
        {HEAD "id\tpath\trate\n#end 0\n", ":4: column 3 cannot be named 'rate'"},
        {HEAD "id\tpath\t\n#end 0\n", ":4: column 3 cannot be named ''"},
        {HEAD "id\tpath\na\n#end 1\n", ":5: found 1 columns, wanted 2"},
        {HEAD "id\tpath\na\tb\tc\n#end 1\n", ":5: found 3 columns, wanted 2"},
        {HEAD "id\tpath\na\t%zz\n#end 1\n", ":5: bad escape %zz"},
        {HEAD "id\tpath\na\t%00\n#end 1\n", ":5: bad escape %00"},
        {HEAD "id\tpath\na\tb\r\n#end 1\n", "lines must end in LF, not CR LF"},
        {HEAD "id\tpath\n\tb\n#end 1\n", ":5: a clip without an id"},
        {HEAD "id\tpath\na\t\n#end 1\n", ":5: clip a has no path"},
        {HEAD "id\tpath\na\tb\na\tc\n#end 2\n", ":6: duplicate id a"},
        {HEAD COLS "a\tb\tflute:2\t\t\t\n#end 1\n", ":5: clip a"},
        {HEAD COLS "a\tb\toboe:1\t\t\t\n#end 1\n", ":5: clip a"},
        {HEAD COLS "a\tb\t\t\t\t-1\n#end 1\n", ":5: start: -1 is outside"},
        {HEAD COLS "a\tb\t\tg\ttrain\t\nc\td\t\tg\ttest\t\n#end 2\n",
         ":6: group g is in two splits: clip a in train, clip c in test"},
        {"#irt-list 1\n" COLS "a\tb\tflute:1\t\t\t\n#end 1\n", "the head has no classes"},
        {"#irt-list 1\n#labels=maybe\nid\tpath\n#end 0\n",
         "labels is maybe, wanted open or closed"},
        {"#irt-list 1\n#a=1\n#a=2\nid\tpath\n#end 0\n", ":3: key a stands twice"},
    };
    struct ir_list list;
    struct ir_err err;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        put(bad[i][0], strlen(bad[i][0]));
        assert_int_equal(ir_list_read(path, &list, &err), -1);
        assert_int_equal(list.n, 0);
        if (!strstr(err.text, bad[i][1]))
            fail_msg("case %zu: found \"%s\", wanted \"%s\"", i, err.text, bad[i][1]);
    }
    put("#irt-list 1\n\0", 13);
    assert_int_equal(ir_list_read(path, &list, &err), -1);
    assert_non_null(strstr(err.text, "NUL byte"));
}

/* Every cut of a good list is refused. */
static void test_every_cut_is_refused(void **state)
{
    static const char good[] =
        HEAD COLS "a\tb\tflute:1\tg\ttrain\t0.5\nc\td\t\tg\ttrain\t\n#end 2\n";
    struct ir_list list;
    struct ir_err err;
    (void)state;
    for (size_t n = 0; n < sizeof good - 2; n++) {
        put(good, n);
        assert_int_equal(ir_list_read(path, &list, &err), -1);
    }
    put(good, sizeof good - 1);
    assert_int_equal(ir_list_read(path, &list, &err), 0);
    assert_int_equal(list.n, 2);
    ir_list_free(&list);
}

/* Flipped bits give an error or another valid list; what is read can be written and read again. */
static void test_flipped_bits(void **state)
{
    char text[] =
        HEAD COLS "a\tb%0A\tflute:1 violin:0.5\tg\ttrain\t0.5\nc\td\t\tg\ttrain\t\n#end 2\n";
    struct ir_list list, again;
    struct ir_err err;
    (void)state;
    for (size_t i = 0; i < sizeof text - 1; i++)
        for (int bit = 0; bit < 8; bit++) {
            text[i] = (char)(text[i] ^ (1 << bit));
            put(text, sizeof text - 1);
            text[i] = (char)(text[i] ^ (1 << bit));
            if (ir_list_read(path, &list, &err)) {
                assert_true(strlen(err.text) > strlen(path));
                continue;
            }
            assert_int_equal(list.n, 2);
            assert_int_equal(ir_list_write(path, &list, &err), 0);
            assert_int_equal(ir_list_read(path, &again, &err), 0);
            assert_string_equal(again.item[0].id, list.item[0].id);
            ir_list_free(&list);
            ir_list_free(&again);
        }
}

static void test_write_refuses_what_read_would(void **state)
{
    struct ir_list list = {0};
    struct ir_err err;
    (void)state;
    ir_list_add(&list, "a", "b");
    ir_list_add(&list, "a", "c");
    assert_int_equal(ir_list_write(path, &list, &err), -1);
    assert_string_equal(err.text, "duplicate id a");
    ir_list_free(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hostile_names_come_back),       cmocka_unit_test(test_bad_lists),
        cmocka_unit_test(test_every_cut_is_refused),          cmocka_unit_test(test_flipped_bits),
        cmocka_unit_test(test_write_refuses_what_read_would),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
