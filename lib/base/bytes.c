/* bytes.c - numbers of file formats, which never depend on the machine; and %XX in text. */
#include "base.h"

#include <stdlib.h>
#include <string.h>

uint64_t ir_be(const unsigned char *p, size_t n)
{
    uint64_t v = 0;
    for (size_t i = 0; i < n; i++)
        v = v << 8 | p[i];
    return v;
}

uint64_t ir_le(const unsigned char *p, size_t n)
{
    uint64_t v = 0;
    for (size_t i = n; i > 0; i--)
        v = v << 8 | p[i - 1];
    return v;
}

void ir_put_le(unsigned char *p, uint64_t v, size_t n)
{
    for (size_t i = 0; i < n; i++, v >>= 8)
        p[i] = (unsigned char)v;
}

void ir_buf_le(struct ir_buf *b, uint64_t v, size_t n)
{
    unsigned char bytes[8];
    for (size_t part; n > 0; n -= part, v = 0) {
        part = n < 8 ? n : 8;
        ir_put_le(bytes, v, part);
        ir_buf_add(b, bytes, part);
    }
}

int ir_hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

void ir_buf_escape(struct ir_buf *b, const char *s, const char *also)
{
    for (; *s != '\0'; s++) {
        unsigned char c = (unsigned char)*s;
        if (c < 0x20 || c == 0x7f || c == '%' || strchr(also, c) != NULL)
            ir_buf_printf(b, "%%%02X", c);
        else
            ir_buf_add(b, s, 1);
    }
}

char *ir_unescape(const char *s, size_t n)
{
    char *made = ir_alloc(n + 1, 1);
    size_t len = 0;
    for (size_t i = 0; i < n; i++) {
        char c = s[i];
        if (c == '%') {
            int hi = n - i > 2 ? ir_hex(s[i + 1]) : -1;
            int lo = hi >= 0 ? ir_hex(s[i + 2]) : -1;
            if (lo < 0 || hi * 16 + lo == 0) {
                free(made);
                return NULL;
            }
            c = (char)(hi * 16 + lo);
            i += 2;
        }
        made[len++] = c;
    }
    made[len] = '\0';
    return made;
}
