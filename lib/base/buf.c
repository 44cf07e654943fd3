/* buf.c - growable byte strings and lists of strings; quoting for JSON, terminals and shells. */
#include "base.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void ir_buf_add(struct ir_buf *b, const void *bytes, size_t n)
{
    ir_grow(&b->data, &b->cap, b->len + n + 1, 1);
    if (n != 0)
        memcpy(b->data + b->len, bytes, n);
    b->len += n;
    b->data[b->len] = '\0';
}

void ir_buf_puts(struct ir_buf *b, const char *s)
{
    ir_buf_add(b, s, strlen(s));
}

void ir_buf_printf(struct ir_buf *b, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n >= 0) {
        ir_grow(&b->data, &b->cap, b->len + (size_t)n + 1, 1);
        vsnprintf(b->data + b->len, (size_t)n + 1, fmt, again);
        b->len += (size_t)n;
    }
    va_end(again);
}

void ir_buf_free(struct ir_buf *b)
{
    free(b->data);
    *b = (struct ir_buf){0};
}

size_t ir_utf8_length(const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    size_t n = 0;
    if (s[0] < 0x80)
        return 1;
    if (s[0] >= 0xc2 && s[0] <= 0xdf)
        n = 2;
    else if ((s[0] & 0xf0) == 0xe0)
        n = 3;
    else if (s[0] >= 0xf0 && s[0] <= 0xf4)
        n = 4;
    for (size_t i = 1; i < n; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
        (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
        return 0;
    return n;
}

void ir_buf_json(struct ir_buf *b, const char *s)
{
    const unsigned char *p = (const unsigned char *)s;
    ir_buf_puts(b, "\"");
    while (*p != '\0') {
        size_t n = ir_utf8_length((const char *)p);
        if (n == 0) {
            ir_buf_printf(b, "\\\\x%02x", *p);
            n = 1;
        } else if (*p == '"' || *p == '\\') {
            ir_buf_printf(b, "\\%c", *p);
        } else if (*p < 0x20 || *p == 0x7f) {
            ir_buf_printf(b, "\\u%04x", *p);
        } else {
            ir_buf_add(b, p, n);
        }
        p += n;
    }
    ir_buf_puts(b, "\"");
}

void ir_buf_utf8(struct ir_buf *b, const char *s)
{
    const unsigned char *p = (const unsigned char *)s;
    ir_buf_add(b, "", 0);
    for (size_t n; *p != '\0'; p += n != 0 ? n : 1)
        if ((n = ir_utf8_length((const char *)p)) != 0)
            ir_buf_add(b, p, n);
        else
            ir_buf_printf(b, "\\x%02x", *p);
}

void ir_buf_shown(struct ir_buf *b, const char *s)
{
    const unsigned char *p = (const unsigned char *)s;
    ir_buf_add(b, "", 0);
    while (*p != '\0') {
        size_t n = ir_utf8_length((const char *)p);
        bool c1 = n == 2 && p[0] == 0xc2 && p[1] < 0xa0; /* C1 control characters */
        if (n == 0 || c1 || *p < 0x20 || *p == 0x7f) {
            ir_buf_printf(b, "\\x%02x", *p);
            n = 1;
        } else {
            ir_buf_add(b, p, n);
        }
        p += n;
    }
}

void ir_buf_shell(struct ir_buf *b, const char *s)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789_-+=.,:/@%";
    if (*s != '\0' && s[strspn(s, plain)] == '\0') {
        ir_buf_puts(b, s);
        return;
    }
    ir_buf_puts(b, "'");
    for (; *s != '\0'; s++) {
        if (*s == '\'')
            ir_buf_puts(b, "'\\''");
        else
            ir_buf_add(b, s, 1);
    }
    ir_buf_puts(b, "'");
}

void ir_strs_add(struct ir_strs *l, const char *s)
{
    ir_grow(&l->at, &l->cap, l->n + 1, sizeof *l->at);
    l->at[l->n++] = ir_strdup(s);
}

void ir_strs_free(struct ir_strs *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->at[i]);
    free(l->at);
    *l = (struct ir_strs){0};
}

void ir_strs_split(struct ir_strs *l, const char *text, const char *separators)
{
    for (text += strspn(text, separators); *text != '\0'; text += strspn(text, separators)) {
        size_t n = strcspn(text, separators);
        char *word = ir_strndup(text, n);
        ir_strs_add(l, word);
        free(word);
        text += n;
    }
}

int ir_strs_find(const struct ir_strs *l, const char *s)
{
    for (size_t i = 0; i < l->n; i++)
        if (strcmp(l->at[i], s) == 0)
            return (int)i;
    return -1;
}
