/* error.c - messages of struct ir_err. */
#include "base.h"

#include <stdarg.h>
#include <string.h>

int ir_fail(struct ir_err *err, const char *fmt, ...)
{
    if (err != NULL) {
        struct ir_err made; /* the arguments may point into err->text */
        va_list ap;
        va_start(ap, fmt);
        vsnprintf(made.text, sizeof made.text, fmt, ap);
        va_end(ap);
        *err = made;
    }
    return -1;
}

int ir_fail_in(struct ir_err *err, const char *fmt, ...)
{
    if (err != NULL) {
        struct ir_err made;
        va_list ap;
        va_start(ap, fmt);
        int used = vsnprintf(made.text, sizeof made.text - 3, fmt, ap);
        va_end(ap);
        size_t at = used < 0 ? 0 : (size_t)used;
        if (at > sizeof made.text - 4)
            at = sizeof made.text - 4;
        size_t n = strlen(err->text), room = sizeof made.text - at - 3;
        if (n > room)
            n = room;
        memcpy(made.text + at, ": ", 2);
        memcpy(made.text + at + 2, err->text, n);
        made.text[at + 2 + n] = '\0';
        *err = made;
    }
    return -1;
}

int ir_fail_unknown(struct ir_err *err, const char *kind, const char *found,
                    const struct ir_strs *known)
{
    struct ir_buf b = {0};
    for (size_t i = 0; i < known->n; i++)
        ir_buf_printf(&b, "%s%s", i > 0 ? ", " : "", known->at[i]);
    ir_fail(err, "unknown %s '%.200s', known are %s", kind, found,
            b.data != NULL ? b.data : "none");
    ir_buf_free(&b);
    return -1;
}
