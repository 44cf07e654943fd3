/* test_label_csv.c - CSV as RFC 4180 has it and as files have it; JSON and YAML trees. */
#include "label/csv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "json.h"
#include "label/yaml.h"

static char path[64];

static int setup(void **state)
{
    (void)state;
    strcpy(path, "/tmp/ir_csv_XXXXXX");
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

/* All fields of a text: fields end in |, rows in $. "!" and the message behind an error. */
static const char *parse(const char *text, bool skip_space, bool comments)
{
    static char out[512];
    struct ir_csv c;
    struct ir_err err;
    int rc;
    *out = '\0';
    put(text, strlen(text));
    if (ir_csv_open(&c, path, ',', &err)) {
        snprintf(out, sizeof out, "!%s", err.text + strlen(path));
        return out;
    }
    c.skip_space = skip_space;
    while ((rc = ir_csv_next(&c, comments, &err)) > 0) {
        for (size_t i = 0; i < c.n; i++)
            snprintf(out + strlen(out), sizeof out - strlen(out), "%s|", c.field[i]);
        strcat(out, "$");
    }
    if (rc < 0)
        snprintf(out + strlen(out), sizeof out - strlen(out), "!%s", err.text + strlen(path));
    ir_csv_close(&c);
    return out;
}

static void test_rows(void **state)
{
    (void)state;
    assert_string_equal(parse("", false, false), "");
    assert_string_equal(parse("a,b\n1,2\n", false, false), "a|b|$1|2|$");
    assert_string_equal(parse("a,b\r\n1,2", false, false), "a|b|$1|2|$");
    assert_string_equal(parse("a,b\r1,2\r", false, false), "a|b|$1|2|$");
    assert_string_equal(parse("\xef\xbb\xbfid,x\n", false, false), "id|x|$");
    assert_string_equal(parse(",\n\n,,\n", false, false), "||$|||$");
    assert_string_equal(parse("\"a,b\",\"c\"\"d\",\"e\nf\"\n\"\",g\n", false, false),
                        "a,b|c\"d|e\nf|$|g|$");
    assert_string_equal(parse("a\"b,c\n", false, false), "a\"b|c|$");
    assert_string_equal(parse("# one\nx, 30.0, \"/m/1,/m/2\"\n#y\n", true, true),
                        "x|30.0|/m/1,/m/2|$");
    assert_string_equal(parse("#x\n", false, false), "#x|$");
}

static void test_refused(void **state)
{
    (void)state;
    assert_string_equal(parse("a\n\"b\nc", false, false), "a|$!:2: a quote that is never closed");
    assert_string_equal(parse("\"a\"b,c\n", false, false),
                        "!:1: text after a closing quote: b,c\n");
    assert_string_equal(parse("\xff\xfe"
                              "a",
                              false, false),
                        "!:1: the text is UTF-16, wanted UTF-8");
    put("a\0b", 3);
    struct ir_csv c;
    struct ir_err err;
    assert_int_equal(ir_csv_open(&c, path, 0, &err), -1);
    assert_non_null(strstr(err.text, "NUL byte"));
    assert_int_equal(ir_csv_open(&c, "/nonexistent/x.csv", 0, &err), -1);
}

static void test_line_numbers_and_columns(void **state)
{
    struct ir_csv c;
    struct ir_err err;
    double v;
    const char text[] = "id , value\n\"a\nb\",1\nc,x\nd,12/03\ne\n";
    (void)state;
    put(text, sizeof text - 1);
    assert_int_equal(ir_csv_open(&c, path, 0, &err), 0);
    assert_int_equal(ir_csv_head(&c, false, &err), 0);
    assert_int_equal(ir_csv_column(&c, "name|id", &err), 0);
    assert_int_equal(ir_csv_find(&c, "val"), -1);
    assert_int_equal(ir_csv_column(&c, "labels|label", &err), -1);
    assert_non_null(strstr(err.text, ":1: no column labels|label, found: id, value"));
    assert_int_equal(ir_csv_next(&c, false, &err), 1);
    assert_int_equal(c.line, 2);
    assert_int_equal(ir_csv_real(&c, 1, 0, 1, &v, &err), 0);
    assert_int_equal(ir_csv_next(&c, false, &err), 1);
    assert_int_equal(c.line, 4);
    assert_int_equal(ir_csv_real(&c, 1, 0, 1, &v, &err), -1);
    assert_non_null(strstr(err.text, ":4: value"));
    assert_int_equal(ir_csv_next(&c, false, &err), 1);
    assert_int_equal(ir_csv_real(&c, 1, 0, 1, &v, &err), -1);
    assert_non_null(
        strstr(err.text, ":5: value is 12/03, wanted a number (a date made by a spreadsheet?)"));
    assert_int_equal(ir_csv_next(&c, false, &err), 1);
    assert_int_equal(ir_csv_full(&c, &err), -1);
    assert_non_null(strstr(err.text, ":6: found 1 fields, wanted 2"));
    ir_csv_close(&c);
}

static void test_spreadsheets(void **state)
{
    struct ir_csv c;
    struct ir_err err;
    (void)state;
    put("id;value\n1;2\n", 13);
    assert_int_equal(ir_csv_open(&c, path, 0, &err), 0);
    assert_int_equal(ir_csv_head(&c, false, &err), -1);
    assert_non_null(strstr(err.text, ":1: columns are separated by ';', wanted ','"));
    ir_csv_close(&c);
    assert_int_equal(ir_csv_open(&c, path, ';', &err), 0);
    assert_int_equal(ir_csv_head(&c, false, &err), 0);
    ir_csv_close(&c);
    put("a,a\n", 4);
    assert_int_equal(ir_csv_open(&c, path, 0, &err), 0);
    assert_int_equal(ir_csv_head(&c, false, &err), -1);
    assert_non_null(strstr(err.text, ":1: column a stands twice"));
    ir_csv_close(&c);
}

/* Flipped bits and cuts: rows or an error, no more. */
static void test_damage(void **state)
{
    char text[] = "id,label\r\n\"a\"\"b\",x\r\n# c\n\"d\ne\", 1.5\n";
    (void)state;
    for (size_t i = 0; i < sizeof text - 1; i++)
        for (int bit = 0; bit < 8; bit++) {
            char old = text[i];
            text[i] = (char)(old ^ (1 << bit));
            assert_non_null(parse(text, bit & 1, bit & 2));
            text[i] = old;
        }
    for (size_t n = 0; n < sizeof text; n++) {
        char old = text[n];
        text[n] = '\0';
        assert_non_null(parse(text, true, true));
        text[n] = old;
    }
}

static void test_json(void **state)
{
    static const char *const bad[] = {"",     "{",        "{\"a\":1}x", "{\"a\":1,\"a\":2}",
                                      "[1,]", "\"\xff\"", "nul"};
    const char text[] = "{\"b\": [1, true, null, \"x\\u00e9\"], \"a\": {\"c\": -2.5}}";
    const char *key;
    struct ir_err err;
    double v;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_null(ir_json_parse(bad[i], strlen(bad[i]), "x.json", &err));
        assert_ptr_equal(strstr(err.text, "x.json:"), err.text);
    }
    struct ir_json *j = ir_json_parse(text, sizeof text - 1, "x.json", &err);
    assert_non_null(j);
    assert_int_equal(ir_json_type(j), IR_JSON_OBJECT);
    assert_int_equal(ir_json_count(j), 2);
    void *at = NULL;
    const struct ir_json *b = ir_json_next(j, &at, &key);
    assert_string_equal(key, "b");
    assert_int_equal(ir_json_count(b), 4);
    assert_int_equal(ir_json_number(ir_json_at(b, 1), &v), 0);
    assert_true(v == 1);
    assert_int_equal(ir_json_number(ir_json_at(b, 2), &v), -1);
    assert_string_equal(ir_json_string(ir_json_at(b, 3), NULL), "x\xc3\xa9");
    assert_null(ir_json_at(b, 4));
    assert_non_null(ir_json_next(j, &at, &key));
    assert_null(ir_json_next(j, &at, &key));
    assert_int_equal(ir_json_number(ir_json_get(ir_json_get(j, "a"), "c"), &v), 0);
    assert_true(v == -2.5);
    assert_null(ir_json_get(b, "a"));
    ir_json_free(j);
}

static void test_yaml(void **state)
{
    const char text[] =
        "artist: Nobody\nstems:\n  S01: {instrument: 'fx/processed sound'}\n  S02:\n"
        "    instrument: [a, b]\n";
    const char bomb[] = "a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n", *key;
    struct ir_err err;
    (void)state;
    put(text, sizeof text - 1);
    struct ir_yaml *y = ir_yaml_read(path, &err);
    assert_non_null(y);
    int stems = ir_yaml_get(y, ir_yaml_root(y), "stems");
    assert_int_equal(ir_yaml_count(y, stems), 2);
    int s01 = ir_yaml_at(y, stems, 0, &key);
    assert_string_equal(key, "S01");
    assert_string_equal(ir_yaml_text(y, ir_yaml_get(y, s01, "instrument")), "fx/processed sound");
    assert_null(ir_yaml_text(y, ir_yaml_get(y, ir_yaml_get(y, stems, "S02"), "instrument")));
    assert_int_equal(ir_yaml_get(y, ir_yaml_get(y, stems, "S03"), "instrument"), 0);
    assert_int_equal(ir_yaml_at(y, stems, 9, &key), 0);
    ir_yaml_free(y);
    put(bomb, sizeof bomb - 1);
    y = ir_yaml_read(path, &err);
    assert_non_null(y);
    ir_yaml_free(y);
    put("a: [1\nb: 2\n", 11);
    assert_null(ir_yaml_read(path, &err));
    assert_non_null(strstr(err.text, "not valid YAML"));
    put("", 0);
    assert_null(ir_yaml_read(path, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_line_numbers_and_columns),
        cmocka_unit_test(test_spreadsheets),
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_yaml),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
