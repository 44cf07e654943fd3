/* dict.c - a table from strings to numbers. */
#include "dict.h"

#include <stdlib.h>
#include <string.h>

static size_t probe(const struct ir_dict *m, const char *key)
{
    size_t mask = m->slots - 1;
    size_t i = (size_t)ir_hash(key, strlen(key), 0) & mask;
    while (m->slot[i] && strcmp(m->key[m->slot[i] - 1], key))
        i = (i + 1) & mask;
    return i;
}

static void rehash(struct ir_dict *m)
{
    free(m->slot);
    m->slots = m->slots ? m->slots * 2 : 64;
    m->slot = ir_zalloc(m->slots, sizeof *m->slot);
    for (size_t e = 0; e < m->n; e++)
        m->slot[probe(m, m->key[e])] = e + 1;
}

size_t *ir_dict_get(const struct ir_dict *m, const char *key)
{
    if (!m->n)
        return NULL;
    size_t e = m->slot[probe(m, key)];
    return e ? &m->val[e - 1] : NULL;
}

size_t *ir_dict_put(struct ir_dict *m, const char *key, size_t start, bool *fresh)
{
    if (2 * (m->n + 1) > m->slots)
        rehash(m);
    size_t at = probe(m, key);
    if (fresh)
        *fresh = !m->slot[at];
    if (!m->slot[at]) {
        size_t vals = m->cap;
        ir_grow(&m->key, &m->cap, m->n + 1, sizeof *m->key);
        ir_grow(&m->val, &vals, m->n + 1, sizeof *m->val);
        m->key[m->n] = ir_strdup(key);
        m->val[m->n] = start;
        m->slot[at] = ++m->n;
    }
    return &m->val[m->slot[at] - 1];
}

void ir_dict_free(struct ir_dict *m)
{
    for (size_t e = 0; e < m->n; e++)
        free(m->key[e]);
    free(m->key);
    free(m->val);
    free(m->slot);
    *m = (struct ir_dict){0};
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void ir_strs_sort(struct ir_strs *l)
{
    if (l->n)
        qsort(l->at, l->n, sizeof *l->at, by_bytes);
}
