/* label_matrix.c - labels of a whole list as numbers. */
#include "label_matrix.h"

#include <stdlib.h>
#include <string.h>

static size_t group_of(struct ir_dict *groups, const struct ir_item *it)
{
    struct ir_buf key = {0};
    /* "g" or "i" in front: an id that is spelled like a group is something else */
    ir_buf_printf(&key, "%c%s", it->group ? 'g' : 'i', it->group ? it->group : it->id);
    size_t g = *ir_dict_put(groups, key.data, groups->n, NULL);
    ir_buf_free(&key);
    return g;
}

int ir_label_matrix_make(struct ir_label_matrix *c, const struct ir_list *list, struct ir_err *err)
{
    const char *names = ir_meta_get(&list->head, "classes");
    const char *mode = ir_meta_get(&list->head, "labels");
    *c = (struct ir_label_matrix){.clips = list->n};
    if (names && ir_names_parse(names, &c->classes, err))
        return ir_fail_in(err, "classes");
    c->first = ir_zalloc(list->n + 1, sizeof *c->first);
    c->group = ir_zalloc(list->n + 1, sizeof *c->group);
    float *y = ir_zalloc(c->classes.n + 1, sizeof *y);
    size_t n = 0, cap = 0;
    int rc = 0;
    for (size_t i = 0; i < list->n && !rc; i++) {
        c->group[i] = group_of(&c->groups, &list->item[i]);
        c->first[i] = n;
        rc = ir_labels_parse(list->item[i].labels, &c->classes, mode && !strcmp(mode, "open"), y,
                             err);
        for (size_t k = 0; k < c->classes.n && !rc; k++)
            if (y[k] >= 0.5f) {
                ir_grow(&c->pos, &cap, n + 1, sizeof *c->pos);
                c->pos[n++] = (uint32_t)k;
            }
        c->first[i + 1] = n;
    }
    free(y);
    if (rc)
        ir_label_matrix_free(c);
    return rc;
}

void ir_label_matrix_free(struct ir_label_matrix *c)
{
    ir_strs_free(&c->classes);
    ir_dict_free(&c->groups);
    free(c->first);
    free(c->pos);
    free(c->group);
    *c = (struct ir_label_matrix){0};
}
