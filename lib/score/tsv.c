/* tsv.c - a small reader of tab-separated lines. */
#include "tsv.h"
#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define TSV_MAX ((size_t)16 << 20)

int ir_tsv_open(struct ir_tsv *t, const char *path, struct ir_err *err)
{
    memset(t, 0, sizeof *t);
    t->path = path;
    if (ir_read_file(path, TSV_MAX, &t->text, err))
        return -1;
    ir_buf_puts(&t->text, "");
    t->next = t->text.data ? t->text.data : NULL;
    if (t->next && strncmp(t->next, "\xef\xbb\xbf", 3) == 0)
        t->next += 3;
    if (t->text.data && strlen(t->text.data) != t->text.len)
        return ir_fail(err, "%s: holds a NUL byte, wanted text", path);
    return 0;
}

static int hex(int ch)
{
    if (ch >= '0' && ch <= '9')
        return ch - '0';
    ch = tolower(ch);
    return ch >= 'a' && ch <= 'f' ? ch - 'a' + 10 : -1;
}

static void unescape(char *s)
{
    char *to = s;
    for (; *s; s++) {
        int hi = *s == '%' ? hex((unsigned char)s[1]) : -1,
            lo = hi >= 0 ? hex((unsigned char)s[2]) : -1;
        if (lo >= 0 && hi + lo > 0) {
            *to++ = (char)(hi * 16 + lo);
            s += 2;
        } else {
            *to++ = *s;
        }
    }
    *to = 0;
}

int ir_tsv_next(struct ir_tsv *t, struct ir_err *err)
{
    (void)err;
    ir_strs_free(&t->field);
    memset(&t->field, 0, sizeof t->field);
    while (t->next && *t->next) {
        char *line = t->next, *end = strchr(line, '\n');
        t->next = end ? end + 1 : NULL;
        t->line++;
        size_t n = end ? (size_t)(end - line) : strlen(line);
        if (n > 0 && line[n - 1] == '\r')
            n--;
        line[n] = 0;
        if (n == 0 || *line == '#')
            continue;
        for (char *f = line; f;) {
            char *tab = strchr(f, '\t');
            if (tab)
                *tab = 0;
            unescape(f);
            ir_strs_add(&t->field, f);
            f = tab ? tab + 1 : NULL;
        }
        return 1;
    }
    return 0;
}

int ir_tsv_fail(const struct ir_tsv *t, struct ir_err *err, const char *fmt, ...)
{
    char text[600];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return ir_fail(err, "%s:%d: %s", t->path, t->line, text);
}

void ir_tsv_close(struct ir_tsv *t)
{
    ir_buf_free(&t->text);
    ir_strs_free(&t->field);
    memset(t, 0, sizeof *t);
}
