/* front_compare.c - whether two front ends are the same, and if not, in which settings they differ.
 */
#include "feature.h"

#include <stdlib.h>
#include <string.h>

/* The value of a key in "key=value key=value", as a fresh string; NULL when it is not there. */
static char *value_of(const char *text, const char *key)
{
    const size_t n = strlen(key);
    for (const char *w = text; *w;) {
        const size_t len = strcspn(w, " ");
        if (len > n && !strncmp(w, key, n) && w[n] == '=')
            return ir_strndup(w + n + 1, len - n - 1);
        w += len;
        w += strspn(w, " ");
    }
    return NULL;
}

/* Add "KEY found A, wanted B" for the keys of `text` whose values differ; `missing`: only those
 * that the other text lacks. */
static void differences(const char *text, const char *found, const char *wanted, bool missing,
                        struct ir_buf *out)
{
    for (const char *w = text; *w;) {
        const size_t len = strcspn(w, " ");
        char *key = ir_strndup(w, strcspn(w, "= "));
        char *a = value_of(found, key), *b = value_of(wanted, key);
        const bool differ = !a || !b || strcmp(a, b);
        if (differ && (!missing || !a))
            ir_buf_printf(out, "%s%s found %s, wanted %s", out->len ? "; " : "", key,
                          a ? a : "(none)", b ? b : "(none)");
        free(a);
        free(b);
        free(key);
        w += len;
        w += strspn(w, " ");
    }
}

int ir_front_compare(const char *found, const char *wanted, struct ir_err *err)
{
    struct ir_buf a = {0}, b = {0}, out = {0};
    if (!strcmp(found, wanted))
        return 0;
    if (ir_front_canonical(found, &a, NULL) || ir_front_canonical(wanted, &b, NULL)) {
        ir_buf_free(&a);
        ir_buf_free(&b);
        return ir_fail(err, "the front end found is \"%s\", wanted \"%s\"", found, wanted);
    }
    differences(a.data, a.data, b.data, false, &out);
    differences(b.data, a.data, b.data, true, &out);
    const int rc = out.len ? ir_fail(err, "another front end: %s", out.data) : 0;
    ir_buf_free(&a);
    ir_buf_free(&b);
    ir_buf_free(&out);
    return rc;
}
