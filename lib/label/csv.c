/* csv.c - comma-separated values. */
#include "csv.h"

#include <stdlib.h>
#include <string.h>

#define CSV_BYTES_MAX ((size_t)1 << 31)
#define FIELDS_MAX    4096

int ir_csv_fail(const struct ir_csv *c, struct ir_err *err)
{
    return ir_fail_in(err, "%s:%zu", c->name, c->line);
}

int ir_csv_open(struct ir_csv *c, const char *path, char delimiter, struct ir_err *err)
{
    *c = (struct ir_csv){.name = strcmp(path, "-") ? path : "stdin", .next_line = 1};
    c->delimiter = delimiter ? delimiter : ',';
    if (ir_read_file(path, CSV_BYTES_MAX, &c->text, err))
        return -1;
    const char *t = c->text.data;
    size_t n = c->text.len;
    if (n >= 2 && (!memcmp(t, "\xff\xfe", 2) || !memcmp(t, "\xfe\xff", 2)))
        ir_fail(err, "%s:1: the text is UTF-16, wanted UTF-8", c->name);
    else if (n && memchr(t, '\0', n))
        ir_fail(err, "%s: a NUL byte: not a text file", c->name);
    else {
        c->at = n >= 3 && !memcmp(t, "\xef\xbb\xbf", 3) ? 3 : 0;
        return 0;
    }
    ir_csv_close(c);
    return -1;
}

void ir_csv_close(struct ir_csv *c)
{
    free(c->field);
    ir_strs_free(&c->head);
    ir_buf_free(&c->text);
    *c = (struct ir_csv){0};
}

/* Step over one line end at s; returns its length, 0 when there is none. */
static size_t line_end(const char *s)
{
    return *s == '\n' ? 1 : *s != '\r' ? 0 : s[1] == '\n' ? 2 : 1;
}

/* A quoted field at s (after its quote), unquoted in place; *next is behind the closing quote. */
static int quoted(struct ir_csv *c, char *s, char **next, struct ir_err *err)
{
    char *to = s;
    for (;; s++) {
        if (!*s)
            return ir_fail(err, "a quote that is never closed");
        if (*s == '"' && *++s != '"')
            break;
        size_t nl = line_end(s);
        if (nl)
            c->next_line++;
        if (nl == 2)
            *to++ = *s++;
        *to++ = *s;
    }
    if (*s && *s != c->delimiter && !line_end(s))
        return ir_fail(err, "text after a closing quote: %.20s", s);
    *next = s;
    *to = '\0'; /* at the closing quote or before it */
    return 0;
}

static int add_field(struct ir_csv *c, char *start, struct ir_err *err)
{
    if (c->n >= FIELDS_MAX)
        return ir_fail(err, "more than %d fields in a row", FIELDS_MAX);
    ir_grow(&c->field, &c->cap, c->n + 1, sizeof *c->field);
    c->field[c->n++] = start;
    return 0;
}

/* One row from c->at on; c->field is filled. */
static int parse_row(struct ir_csv *c, struct ir_err *err)
{
    char *s = c->text.data + c->at;
    c->n = 0;
    c->line = c->next_line;
    for (;;) {
        while (c->skip_space && *s == ' ')
            s++;
        char *end = s;
        if (add_field(c, *s == '"' ? s + 1 : s, err))
            return -1;
        if (*s != '"')
            while (*end && *end != c->delimiter && !line_end(end))
                end++;
        else if (quoted(c, s + 1, &end, err))
            return -1;
        size_t nl = line_end(end);
        bool more = *end == c->delimiter && *end;
        if (*s != '"')
            *end = '\0';
        s = end + (more ? 1 : nl);
        if (nl)
            c->next_line++;
        if (!more)
            break;
    }
    c->at = (size_t)(s - c->text.data);
    return 1;
}

int ir_csv_next(struct ir_csv *c, bool comments, struct ir_err *err)
{
    while (c->at < c->text.len) {
        char *s = c->text.data + c->at;
        size_t nl = line_end(s);
        if (!nl && !(comments && *s == '#')) {
            if (parse_row(c, err) < 0)
                return ir_csv_fail(c, err);
            return 1;
        }
        while (*s && !(nl = line_end(s)))
            s++;
        c->next_line++;
        c->at = (size_t)(s + nl - c->text.data);
    }
    return 0;
}

static char *trim(char *s)
{
    while (*s == ' ' || *s == '\t')
        s++;
    char *e = s + strlen(s);
    while (e > s && (e[-1] == ' ' || e[-1] == '\t'))
        *--e = '\0';
    return s;
}

int ir_csv_head(struct ir_csv *c, bool comments, struct ir_err *err)
{
    int rc = ir_csv_next(c, comments, err);
    if (rc < 0)
        return -1;
    if (rc == 0)
        return ir_fail(err, "%s: the file is empty, wanted a line of column names", c->name);
    for (size_t i = 0; i < c->n; i++) {
        char *name = trim(c->field[i]);
        if (*name && ir_strs_find(&c->head, name) >= 0) {
            ir_fail(err, "column %s stands twice", name);
            return ir_csv_fail(c, err);
        }
        ir_strs_add(&c->head, name);
    }
    const char *others = ";\t,";
    for (; c->n == 1 && *others; others++)
        if (*others != c->delimiter && strchr(c->field[0], *others)) {
            ir_fail(err,
                    "columns are separated by '%s', wanted '%c' (was it saved by a spreadsheet?)",
                    *others == '\t'  ? "TAB"
                    : *others == ';' ? ";"
                                     : ",",
                    c->delimiter);
            return ir_csv_fail(c, err);
        }
    return 0;
}

int ir_csv_find(const struct ir_csv *c, const char *names)
{
    while (*names) {
        size_t n = strcspn(names, "|");
        for (size_t i = 0; i < c->head.n; i++)
            if (strlen(c->head.at[i]) == n && !memcmp(c->head.at[i], names, n))
                return (int)i;
        names += n + (names[n] == '|');
    }
    return -1;
}

int ir_csv_column(const struct ir_csv *c, const char *names, struct ir_err *err)
{
    int i = ir_csv_find(c, names);
    if (i >= 0)
        return i;
    struct ir_buf have = {0};
    for (size_t k = 0; k < c->head.n; k++)
        ir_buf_printf(&have, "%s%s", k ? ", " : "", c->head.at[k]);
    ir_fail(err, "%s:%zu: no column %s, found: %.300s", c->name, c->line, names,
            have.data ? have.data : "");
    ir_buf_free(&have);
    return -1;
}

int ir_csv_full(const struct ir_csv *c, struct ir_err *err)
{
    if (c->n == c->head.n)
        return 0;
    ir_fail(err, "found %zu fields, wanted %zu", c->n, c->head.n);
    return ir_csv_fail(c, err);
}

/* Two separators of one kind between digits or a month's letters, as a spreadsheet makes of 1.5 or
 * 3-4. */
static bool like_date(const char *s)
{
    size_t dots = 0, dashes = 0, slashes = 0, letters = 0, digits = 0;
    for (; *s; s++) {
        dots += *s == '.';
        dashes += *s == '-';
        slashes += *s == '/';
        digits += *s >= '0' && *s <= '9';
        letters += (*s >= 'A' && *s <= 'Z') || (*s >= 'a' && *s <= 'z');
    }
    return digits && (dots == 2 || dashes == 2 || slashes || (letters >= 3 && dots + dashes));
}

int ir_csv_real(const struct ir_csv *c, size_t column, double min, double max, double *out,
                struct ir_err *err)
{
    const char *what = column < c->head.n ? c->head.at[column] : "field";
    if (column >= c->n)
        ir_fail(err, "found %zu fields, wanted at least %zu", c->n, column + 1);
    else if (!ir_parse_real(c->field[column], min, max, what, out, err))
        return 0;
    else if (like_date(c->field[column]))
        ir_fail(err, "%s is %s, wanted a number (a date made by a spreadsheet?)", what,
                c->field[column]);
    return ir_csv_fail(c, err);
}
