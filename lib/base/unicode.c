/* unicode.c - Unicode forms of names, by utf8proc. */
#include "base.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

char *ir_utf8_form(const char *s, enum ir_utf8_form form)
{
    static const int how[] = {[IR_UTF8_COMPOSED] = UTF8PROC_COMPOSE,
                              [IR_UTF8_DECOMPOSED] = UTF8PROC_DECOMPOSE,
                              [IR_UTF8_FOLDED] = UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD};
    utf8proc_uint8_t *out = NULL;
    utf8proc_ssize_t n =
        utf8proc_map((const utf8proc_uint8_t *)s, 0, &out,
                     (utf8proc_option_t)(UTF8PROC_NULLTERM | UTF8PROC_STABLE | how[form]));
    char *copy = n >= 0 ? ir_strdup((const char *)out) : ir_strdup(s);
    free(out);
    return copy;
}
