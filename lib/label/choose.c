/* choose.c - fewer clips or classes: caps per class, rare classes. */
#include "../label.h"

#include <stdlib.h>
#include <string.h>

#include "label_matrix.h"

/* ---- at most n clips of a class ------------------------------------------------------------- */

struct ticket {
    uint64_t hash;
    const char *id;
    size_t clip;
    uint32_t class_index;
};

static int by_hash(const void *pa, const void *pb)
{
    const struct ticket *a = pa, *b = pb;
    if (a->class_index != b->class_index)
        return a->class_index < b->class_index ? -1 : 1;
    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    return strcmp(a->id, b->id);
}

int ir_list_cap(struct ir_list *list, size_t n, uint64_t seed, struct ir_strs *short_classes,
                struct ir_err *err)
{
    struct ir_label_matrix c;
    if (ir_label_matrix_make(&c, list, err))
        return -1;
    bool *keep = ir_alloc(list->n + 1, sizeof *keep);
    size_t *have = ir_zalloc(c.classes.n + 1, sizeof *have), tickets = 0;
    struct ticket *t = ir_alloc(list->n + 1, sizeof *t);
    for (size_t i = 0; i < list->n; i++) {
        keep[i] = c.first[i] == c.first[i + 1];
        if (!keep[i])
            t[tickets++] = (struct ticket){ir_clip_seed(seed, 0, list->item[i].id),
                                           list->item[i].id, i, c.pos[c.first[i]]};
    }
    if (tickets)
        qsort(t, tickets, sizeof *t, by_hash);
    for (size_t k = 0; k < tickets; k++)
        keep[t[k].clip] = have[t[k].class_index]++ < n;
    for (size_t k = 0; k < c.classes.n && short_classes; k++)
        if (have[k] < n) {
            struct ir_buf b = {0};
            ir_buf_printf(&b, "%s has %zu", c.classes.at[k], have[k]);
            ir_strs_add(short_classes, b.data);
            ir_buf_free(&b);
        }
    free(t);
    free(have);
    ir_list_keep(list, keep);
    free(keep);
    ir_label_matrix_free(&c);
    return 0;
}

/* ---- rare classes --------------------------------------------------------------------------- */

/* groups[k]: groups in which class k occurs. */
static void count_groups(const struct ir_label_matrix *c, size_t *groups)
{
    struct ir_dict pairs = {0};
    char key[64];
    for (size_t i = 0; i < c->clips; i++)
        for (size_t p = c->first[i]; p < c->first[i + 1]; p++) {
            bool fresh;
            snprintf(key, sizeof key, "%zu %u", c->group[i], (unsigned)c->pos[p]);
            ir_dict_put(&pairs, key, 0, &fresh);
            groups[c->pos[p]] += fresh;
        }
    ir_dict_free(&pairs);
}

/* A name with , = and % escaped, as class options want it. */
static void put_option_name(struct ir_buf *b, const char *s)
{
    for (; *s; s++) {
        if (*s == ',' || *s == '=' || *s == '%')
            ir_buf_printf(b, "%%%02X", (unsigned)*s);
        else
            ir_buf_add(b, s, 1);
    }
}

int ir_list_merge_rare(struct ir_list *list, long long min_groups, const char *other,
                       struct ir_err *err)
{
    struct ir_label_matrix c;
    if (ir_label_matrix_make(&c, list, err))
        return -1;
    size_t *groups = ir_zalloc(c.classes.n + 1, sizeof *groups), kept = 0;
    struct ir_buf keep = {0};
    struct ir_class_map m;
    count_groups(&c, groups);
    for (size_t k = 0; k < c.classes.n; k++)
        if (groups[k] >= (size_t)min_groups) {
            ir_buf_puts(&keep, kept++ ? "," : "");
            put_option_name(&keep, c.classes.at[k]);
        }
    int rc = 0;
    if (!kept)
        rc = ir_fail(err, "no class occurs in %lld groups", min_groups);
    else if (kept < c.classes.n) {
        struct ir_class_rules rules = {.keep = keep.data, .other = other};
        rc = ir_class_map_make(&m, &list->head, &rules, err);
        if (!rc) {
            rc = ir_class_map_list(&m, list, true, err);
            ir_class_map_free(&m);
        }
    }
    ir_buf_free(&keep);
    free(groups);
    ir_label_matrix_free(&c);
    return rc;
}
