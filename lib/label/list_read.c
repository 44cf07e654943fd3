/* list_read.c - a list of clips from its text form (formats/list.md). */
#include "../label.h"

#include <stdlib.h>
#include <string.h>

#include "list.h"

#define LIST_BYTES_MAX ((size_t)1 << 31)
#define COLUMNS_MAX    256
#define SECONDS_MAX    1e9

/* Columns that are members of an item; every other column goes to `extra`. */
enum { COL_ID, COL_PATH, COL_LABELS, COL_GROUP, COL_SPLIT, COL_START, COL_LENGTH, COL_EXTRA };
static const char *const column_name[COL_EXTRA] = {"id",    "path",  "labels", "group",
                                                   "split", "start", "length"};

struct parser {
    const char *name; /* of the file, in messages */
    char *at, *end;
    size_t line;
    bool cut;    /* on purpose: no #end is wanted */
    bool spaced; /* names with spaces: #classes= has TABs */
    size_t columns;
    int column[COLUMNS_MAX]; /* COL_… */
    char *title[COLUMNS_MAX];
};

/* The next line, cut at its newline, or NULL at the end. A last line without newline is refused
 * later by the missing #end. */
static char *next_line(struct parser *p)
{
    if (p->at >= p->end)
        return NULL;
    char *line = p->at, *nl = memchr(line, '\n', (size_t)(p->end - line));
    if (nl)
        *nl = '\0';
    p->at = nl ? nl + 1 : p->end;
    p->line++;
    return line;
}

/* Undo %XX in place. Raw control bytes (a stray CR above all) and %00 are refused. */
static int unescape(char *s, struct ir_err *err)
{
    char *to = s;
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        if (c < 0x20 || c == 0x7f)
            return ir_fail(err, "raw control byte 0x%02x in a field (%s)", c,
                           c == '\r' ? "lines must end in LF, not CR LF" : "wanted %XX");
        if (c == '%') {
            int hi = ir_hex(s[1]), lo = hi < 0 ? -1 : ir_hex(s[2]);
            if (lo < 0 || hi * 16 + lo == 0)
                return ir_fail(err, "bad escape %.3s, wanted %%01 to %%FF", s);
            c = (unsigned char)(hi * 16 + lo);
            s += 2;
        }
        *to++ = (char)c;
    }
    *to = '\0';
    return 0;
}

/* Cut line into fields at the TABs; returns their number, at most COLUMNS_MAX + 1. */
static size_t cut(char *line, char *field[COLUMNS_MAX + 1])
{
    size_t n = 0;
    while (n <= COLUMNS_MAX) {
        field[n++] = line;
        char *tab = strchr(line, '\t');
        if (!tab)
            break;
        *tab = '\0';
        line = tab + 1;
    }
    return n;
}

static int find_column(const char *title)
{
    int k = 0;
    while (k < COL_EXTRA && strcmp(column_name[k], title))
        k++;
    return k;
}

static int read_columns(struct parser *p, char *line, struct ir_err *err)
{
    char *field[COLUMNS_MAX + 1];
    bool have[COL_EXTRA + 1] = {false};
    p->columns = cut(line, field);
    if (p->columns > COLUMNS_MAX)
        return ir_fail(err, "more than %d columns", COLUMNS_MAX);
    for (size_t c = 0; c < p->columns; c++) {
        if (unescape(field[c], err))
            return -1;
        p->column[c] = find_column(field[c]);
        if (p->column[c] == COL_EXTRA && !ir_list_key_ok(field[c]))
            return ir_fail(err, "column %zu cannot be named '%s'", c + 1, field[c]);
        for (size_t k = 0; k < c; k++)
            if (!strcmp(p->title[k], field[c]))
                return ir_fail(err, "column %s stands twice", field[c]);
        p->title[c] = field[c];
        have[p->column[c]] = true;
    }
    if (!have[COL_ID] || !have[COL_PATH])
        return ir_fail(err, "no column %s", have[COL_ID] ? "path" : "id");
    return 0;
}

static int set_field(struct ir_item *it, int column, const char *title, char *text,
                     struct ir_err *err)
{
    char **member[] = {&it->id, &it->path, &it->labels, &it->group, &it->split};
    if (!*text)
        return 0;
    if (column == COL_EXTRA)
        ir_meta_set(&it->extra, title, text);
    else if (column < COL_START)
        ir_item_set(member[column], text);
    else
        return ir_parse_real(text, 0, SECONDS_MAX, title,
                             column == COL_START ? &it->start_s : &it->length_s, err);
    return 0;
}

/* Labels whose names hold spaces, as the stream has them: a name goes on to its `:`. */
static void join_labels(const char *field, struct ir_buf *b)
{
    bool in_name = true;
    ir_buf_add(b, "", 0);
    for (; *field; field++) {
        if (*field == ' ' && in_name)
            ir_buf_puts(b, "%20");
        else
            ir_buf_add(b, field, 1);
        in_name = *field == ' ' || (in_name && *field != ':');
    }
}

static int read_labels(struct ir_item *it, const char *field, struct ir_err *err)
{
    struct ir_buf b = {0};
    for (const char *c = field; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            return ir_fail(err, "raw control byte 0x%02x in the labels", (unsigned char)*c);
    join_labels(field, &b);
    if (*b.data)
        ir_item_set(&it->labels, b.data);
    ir_buf_free(&b);
    return 0;
}

static int read_row(struct parser *p, char *line, struct ir_list *list, struct ir_err *err)
{
    char *field[COLUMNS_MAX + 1];
    size_t n = cut(line, field);
    if (n != p->columns)
        return ir_fail(err, "found %zu columns, wanted %zu", n, p->columns);
    struct ir_item *it = ir_list_add(list, "", "");
    for (size_t c = 0; c < n; c++)
        if (p->spaced && p->column[c] == COL_LABELS) {
            if (read_labels(it, field[c], err))
                return -1;
        } else if (unescape(field[c], err) ||
                   set_field(it, p->column[c], p->title[c], field[c], err))
            return -1;
    return 0;
}

/* "#classes=a TAB b c": names with spaces, separated by TABs. Into the text of a key=value line. */
static void read_classes(const char *names, struct ir_buf *text)
{
    ir_buf_puts(text, "classes=");
    for (; *names; names++) {
        if (*names == ' ')
            ir_buf_puts(text, "%2520");
        else if (*names == '%')
            ir_buf_puts(text, "%25");
        else if (*names == '\t' && names[1])
            ir_buf_puts(text, " ");
        else if (*names != '\t')
            ir_buf_add(text, names, 1);
    }
}

static int read_key(struct parser *p, char *line, struct ir_list *list, struct ir_err *err)
{
    struct ir_meta one = {0};
    struct ir_buf text = {0};
    if (!strncmp(line, "#classes=", 9) && strchr(line, '\t')) {
        p->spaced = true;
        read_classes(line + 9, &text);
    } else {
        ir_buf_puts(&text, line + 1);
    }
    ir_buf_puts(&text, "\n");
    int rc = ir_meta_parse(&one, text.data, text.len, err);
    for (size_t k = 0; k < one.n && !rc; k++) {
        if (ir_meta_get(&list->head, one.key[k]))
            rc = ir_fail(err, "key %s stands twice", one.key[k]);
        ir_meta_set(&list->head, one.key[k], one.value[k]);
    }
    ir_meta_free(&one);
    ir_buf_free(&text);
    return rc;
}

/* The `#key=value` lines and the column line that ends them. */
static int read_head(struct parser *p, struct ir_list *list, struct ir_err *err)
{
    char *line = next_line(p);
    if (!line || strcmp(line, IR_LIST_MAGIC)) {
        p->line = 1;
        return ir_fail(err, "not a list of clips, wanted %s as the first line", IR_LIST_MAGIC);
    }
    while ((line = next_line(p)) && *line == '#')
        if (read_key(p, line, list, err))
            return -1;
    return line ? read_columns(p, line, err) : ir_fail(err, "the list ends before its column line");
}

static int read_end(struct parser *p, const char *line, const struct ir_list *list,
                    struct ir_err *err)
{
    long long n;
    if (strncmp(line, "#end ", 5))
        return ir_fail(err, "found %.20s, wanted a row or #end", line);
    if (ir_parse_int(line + 5, 0, (long long)list->n + 1000000000, "#end", &n, err))
        return -1;
    if (n != (long long)list->n && !(p->cut && n > (long long)list->n))
        return ir_fail(err, "#end says %lld clips, found %zu", n, list->n);
    return p->at < p->end ? ir_fail(err, "text after the #end line") : 0;
}

/* Rows up to #end. Row i stands on line *first + i. */
static int read_rows(struct parser *p, struct ir_list *list, size_t *first, struct ir_err *err)
{
    char *line;
    *first = p->line + 1;
    while ((line = next_line(p))) {
        if (*line == '#')
            return read_end(p, line, list, err);
        if (read_row(p, line, list, err))
            return -1;
    }
    p->line++;
    if (p->cut)
        return 0;
    return ir_fail(err,
                   "no #end line: the list was cut short after %zu clips (on purpose? --no-end)",
                   list->n);
}

static int read_list(const char *path, struct ir_list *list, bool is_cut, struct ir_err *err)
{
    struct ir_buf text = {0};
    size_t first = 0, bad = 0;
    *list = (struct ir_list){0};
    if (ir_read_file(path, LIST_BYTES_MAX, &text, err))
        return -1;
    struct parser p = {.name = strcmp(path, "-") ? path : "stdin", .at = text.data, .cut = is_cut};
    p.end = text.data + text.len;
    int rc = 0;
    if (text.len && memchr(text.data, '\0', text.len)) {
        rc = ir_fail(err, "%s: a NUL byte: not a list of clips", p.name);
    } else if (read_head(&p, list, err) || read_rows(&p, list, &first, err)) {
        rc = ir_fail_in(err, "%s:%zu", p.name, p.line);
    } else if (ir_list_check_at(list, &bad, err)) {
        rc = ir_fail_in(err, "%s:%zu", p.name, bad == SIZE_MAX ? 1 : first + bad);
    }
    ir_buf_free(&text);
    if (rc)
        ir_list_free(list);
    return rc;
}

int ir_list_read(const char *path, struct ir_list *list, struct ir_err *err)
{
    return read_list(path, list, false, err);
}

int ir_list_read_cut(const char *path, struct ir_list *list, struct ir_err *err)
{
    return read_list(path, list, true, err);
}
