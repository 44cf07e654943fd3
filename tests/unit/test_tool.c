/* test_tool.c - the history line and its reader, byte order and escapes of the base. */
#include "tool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void value(const char *prog, const char *name, const char *want)
{
    char *got = NULL;
    assert_int_equal(ir_prog_value(prog, name, &got), want != NULL);
    if (want != NULL)
        assert_string_equal(got, want);
    free(got);
}

static void values_are_read_back(void **state)
{
    (void)state;
    const char *prog =
        "ir-x --rate=22050 '--add=noise snr=1..2' --add=gain --flag '--text=it'\\''s' "
        "-- --rate=5 file";
    value(prog, "rate", "22050");
    value(prog, "add", "gain"); /* the last one */
    value(prog, "flag", "");
    value(prog, "text", "it's");
    value(prog, "rat", NULL);
    value(prog, "file", NULL);
    value("ir-x", "rate", NULL);
    value("ir-decode --rate 22050 --channels 1 a.wav", "channels", "1"); /* version 0.1 */
}

static void the_last_line_of_a_tool_is_found(void **state)
{
    (void)state;
    struct ir_meta head = {0};
    assert_null(ir_prog_find(&head, "ir-decode"));
    ir_meta_add_prog(&head, "ir-decode --rate=1");
    ir_meta_add_prog(&head, "ir-decoder --rate=2");
    ir_meta_add_prog(&head, "ir-decode");
    ir_meta_add_prog(&head, "ir-mel");
    assert_string_equal(ir_prog_find(&head, "ir-decode"), "ir-decode");
    assert_string_equal(ir_prog_find(&head, "ir-decoder"), "ir-decoder --rate=2");
    ir_meta_free(&head);
}

static void bytes_have_an_order(void **state)
{
    (void)state;
    const unsigned char p[8] = {1, 2, 3, 4, 5, 6, 7, 0x88};
    unsigned char q[8];
    struct ir_buf b = {0};
    assert_true(ir_le(p, 4) == 0x04030201u && ir_be(p, 4) == 0x01020304u);
    assert_true(ir_le(p, 8) == 0x8807060504030201u && ir_le(p, 0) == 0);
    ir_put_le(q, 0x8807060504030201u, 8);
    assert_memory_equal(p, q, 8);
    ir_buf_le(&b, 0x030201, 3);
    assert_int_equal(b.len, 3);
    assert_memory_equal(b.data, p, 3);
    ir_buf_free(&b);
}

static void escapes_come_back(void **state)
{
    (void)state;
    struct ir_buf b = {0};
    ir_buf_escape(&b, "a b:%\n\x7f\xc3\xa9", " :");
    assert_string_equal(b.data, "a%20b%3A%25%0A%7F\xc3\xa9");
    char *back = ir_unescape(b.data, b.len);
    assert_string_equal(back, "a b:%\n\x7f\xc3\xa9");
    free(back);
    ir_buf_free(&b);
    assert_null(ir_unescape("%", 1));
    assert_null(ir_unescape("%2", 2));
    assert_null(ir_unescape("%2g", 3));
    assert_null(ir_unescape("%00", 3));
    assert_null(ir_unescape("%2f", 3)); /* upper case only: one text, one form */
}

static void unknown_words_are_said_in_one_way(void **state)
{
    (void)state;
    struct ir_strs words = {0};
    struct ir_err err = {""};
    ir_strs_split(&words, ",,red,green,, blue", ", ");
    assert_int_equal(words.n, 3);
    assert_int_equal(ir_fail_unknown(&err, "colour", "grey", &words), -1);
    assert_string_equal(err.text, "unknown colour 'grey', known are red, green, blue");
    ir_strs_free(&words);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_read_back),
        cmocka_unit_test(the_last_line_of_a_tool_is_found),
        cmocka_unit_test(bytes_have_an_order),
        cmocka_unit_test(escapes_come_back),
        cmocka_unit_test(unknown_words_are_said_in_one_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
