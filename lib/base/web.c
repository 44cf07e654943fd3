/* web.c - text and bytes as pages and pictures hold them. */
#include "base.h"

void ir_buf_html(struct ir_buf *b, const char *s)
{
    struct ir_buf shown = {0};
    ir_buf_shown(&shown, s);
    for (const char *at = shown.data ? shown.data : ""; *at; at++)
        switch (*at) {
        case '&':
            ir_buf_puts(b, "&amp;");
            break;
        case '<':
            ir_buf_puts(b, "&lt;");
            break;
        case '>':
            ir_buf_puts(b, "&gt;");
            break;
        case '"':
            ir_buf_puts(b, "&quot;");
            break;
        default:
            ir_buf_add(b, at, 1);
        }
    ir_buf_free(&shown);
}

void ir_buf_base64(struct ir_buf *b, const void *bytes, size_t n)
{
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint8_t *data = bytes;
    for (size_t i = 0; i < n; i += 3) {
        uint32_t v = 0;
        for (size_t k = 0; k < 3; k++)
            v = (v << 8) | (i + k < n ? data[i + k] : 0u);
        char four[4];
        for (size_t k = 0; k < 4; k++)
            four[k] = i + k > n ? '=' : digit[(v >> (18 - 6 * k)) & 63];
        ir_buf_add(b, four, 4);
    }
}
