/* unicode_none.c - without utf8proc: ASCII has one form and two cases, all else stays as it is. */
#include "base.h"

char *ir_utf8_form(const char *s, enum ir_utf8_form form)
{
    char *copy = ir_strdup(s);
    for (char *c = copy; form == IR_UTF8_FOLDED && *c != '\0'; c++)
        *c = (char)(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
    return copy;
}
