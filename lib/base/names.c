/* names.c - a set of names. */
#include "base.h"

#include <stdlib.h>
#include <string.h>

/* The slot that holds the name, or the free one where it belongs. */
static size_t find(const struct ir_name_set *s, const char *name)
{
    size_t at = (size_t)ir_hash(name, strlen(name), 0) & (s->cap - 1);
    while (s->slot[at] != NULL && strcmp(s->slot[at], name) != 0)
        at = (at + 1) & (s->cap - 1);
    return at;
}

static void grow(struct ir_name_set *s)
{
    struct ir_name_set bigger = {.n = s->n, .cap = s->cap > 0 ? 2 * s->cap : 64};
    bigger.slot = ir_zalloc(bigger.cap, sizeof *bigger.slot);
    for (size_t i = 0; i < s->cap; i++)
        if (s->slot[i] != NULL)
            bigger.slot[find(&bigger, s->slot[i])] = s->slot[i];
    free(s->slot);
    *s = bigger;
}

bool ir_name_set_add(struct ir_name_set *s, const char *name)
{
    if (2 * (s->n + 1) > s->cap)
        grow(s);
    size_t at = find(s, name);
    if (s->slot[at] != NULL)
        return false;
    s->slot[at] = ir_strdup(name);
    s->n++;
    return true;
}

bool ir_name_set_has(const struct ir_name_set *s, const char *name)
{
    return s->n > 0 && s->slot[find(s, name)] != NULL;
}

void ir_name_set_free(struct ir_name_set *s)
{
    for (size_t i = 0; i < s->cap; i++)
        free(s->slot[i]);
    free(s->slot);
    *s = (struct ir_name_set){0};
}
