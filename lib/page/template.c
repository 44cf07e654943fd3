/* template.c - the texts of this folder that the build puts into the program. */
#include "private.h"

#include <string.h>

static const struct ir_template templates[] = {
#include "page.inc"
};

static const struct ir_template *find(const char *name, size_t n)
{
    for (size_t i = 0; i < sizeof templates / sizeof *templates; i++)
        if (strlen(templates[i].name) == n && strncmp(templates[i].name, name, n) == 0)
            return &templates[i];
    return NULL;
}

static void put(const char *name, size_t len, const char *const *word, const char *const *value,
                size_t n, struct ir_buf *out)
{
    for (size_t i = 0; i < n; i++)
        if (strlen(word[i]) == len && strncmp(word[i], name, len) == 0)
            ir_buf_puts(out, value[i]);
    const struct ir_template *t = find(name, len);
    if (t)
        ir_buf_add(out, t->text, t->n);
}

void ir_template_fill(const char *name, const char *const *word, const char *const *value, size_t n,
                      struct ir_buf *out)
{
    const struct ir_template *t = find(name, strlen(name));
    const char *at = t ? (const char *)t->text : "", *end = t ? at + t->n : at;
    while (at < end) {
        const char *open = memmem(at, (size_t)(end - at), "{{", 2);
        const char *close = open ? memmem(open, (size_t)(end - open), "}}", 2) : NULL;
        if (!close) {
            ir_buf_add(out, at, (size_t)(end - at));
            return;
        }
        ir_buf_add(out, at, (size_t)(open - at));
        put(open + 2, (size_t)(close - open) - 2, word, value, n, out);
        at = close + 2;
    }
}
