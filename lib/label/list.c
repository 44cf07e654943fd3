/* list.c - the list of clips in memory: items, and what must hold for a whole list. */
#include "../label.h"

#include <stdlib.h>
#include <string.h>

#include "list.h"
#include "dict.h"

struct ir_item *ir_list_add(struct ir_list *list, const char *id, const char *path)
{
    ir_grow(&list->item, &list->cap, list->n + 1, sizeof *list->item);
    struct ir_item *it = &list->item[list->n++];
    *it = (struct ir_item){.id = ir_strdup(id), .path = ir_strdup(path)};
    return it;
}

void ir_item_free(struct ir_item *it)
{
    free(it->id);
    free(it->path);
    free(it->labels);
    free(it->group);
    free(it->split);
    ir_meta_free(&it->extra);
    *it = (struct ir_item){0};
}

bool ir_list_key_ok(const char *key)
{
    static const char *const taken[] = {"name", "rate", "axes", "hop", "offset", "epoch", "clip"};
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        if (!strcmp(key, taken[i]))
            return false;
    return ir_meta_key_ok(key);
}

void ir_item_set(char **member, const char *value)
{
    char *copy = value ? ir_strdup(value) : NULL;
    free(*member);
    *member = copy;
}

void ir_list_free(struct ir_list *list)
{
    for (size_t i = 0; i < list->n; i++)
        ir_item_free(&list->item[i]);
    free(list->item);
    ir_meta_free(&list->head);
    *list = (struct ir_list){0};
}

/* What was seen so far, to find duplicates; values are indices of items. */
struct seen {
    struct ir_dict ids, groups, labels;
};

static int check_labels(const struct ir_item *it, const struct ir_strs *classes, bool open,
                        struct seen *seen, struct ir_err *err)
{
    bool fresh;
    if (!it->labels)
        return 0;
    ir_dict_put(&seen->labels, it->labels, 0, &fresh);
    if (!fresh)
        return 0;
    float *y = ir_alloc(classes->n + 1, sizeof *y);
    int rc = ir_labels_parse(it->labels, classes, open, y, err);
    free(y);
    return rc;
}

static int check_item(const struct ir_list *list, size_t i, const struct ir_strs *classes,
                      bool open, struct seen *seen, struct ir_err *err)
{
    const struct ir_item *it = &list->item[i];
    bool fresh;
    if (!it->id || !*it->id)
        return ir_fail(err, "a clip without an id");
    if (!it->path || !*it->path)
        return ir_fail(err, "clip %s has no path", it->id);
    for (size_t k = 0; k < it->extra.n; k++)
        if (!ir_list_key_ok(it->extra.key[k]))
            return ir_fail(err, "clip %s: %s cannot be a further column", it->id, it->extra.key[k]);
    ir_dict_put(&seen->ids, it->id, i, &fresh);
    if (!fresh)
        return ir_fail(err, "duplicate id %s", it->id);
    if (check_labels(it, classes, open, seen, err))
        return ir_fail_in(err, "clip %s", it->id);
    if (!it->group || !it->split)
        return 0;
    size_t first = *ir_dict_put(&seen->groups, it->group, i, &fresh);
    if (!fresh && strcmp(list->item[first].split, it->split))
        return ir_fail(err, "group %s is in two splits: clip %s in %s, clip %s in %s", it->group,
                       list->item[first].id, list->item[first].split, it->id, it->split);
    return 0;
}

int ir_list_check_at(const struct ir_list *list, size_t *bad, struct ir_err *err)
{
    struct ir_strs classes = {0};
    struct seen seen = {0};
    const char *names = ir_meta_get(&list->head, "classes");
    const char *mode = ir_meta_get(&list->head, "labels");
    int rc = 0;
    *bad = SIZE_MAX;
    if (names && ir_names_parse(names, &classes, err))
        rc = ir_fail_in(err, "classes");
    else if (mode && strcmp(mode, "open") && strcmp(mode, "closed"))
        rc = ir_fail(err, "labels is %s, wanted open or closed", mode);
    for (size_t i = 0; i < list->n && !rc; i++) {
        if (!names && list->item[i].labels && *list->item[i].labels)
            rc = ir_fail(err, "clip %s has labels, but the head has no classes", list->item[i].id);
        else
            rc = check_item(list, i, &classes, mode && !strcmp(mode, "open"), &seen, err);
        if (rc)
            *bad = i;
    }
    ir_strs_free(&classes);
    ir_dict_free(&seen.ids);
    ir_dict_free(&seen.groups);
    ir_dict_free(&seen.labels);
    return rc;
}

int ir_list_check(const struct ir_list *list, struct ir_err *err)
{
    size_t bad;
    return ir_list_check_at(list, &bad, err);
}

/* The classes of `from` that `to` does not have go behind its own. */
static int join_classes(struct ir_list *to, const struct ir_list *from, struct ir_err *err)
{
    const char *a = ir_meta_get(&to->head, "classes"), *b = ir_meta_get(&from->head, "classes");
    const char *ma = ir_meta_get(&to->head, "labels"), *mb = ir_meta_get(&from->head, "labels");
    struct ir_strs all = {0}, more = {0};
    struct ir_buf names = {0};
    if (!b)
        return 0;
    if (a && strcmp(ma ? ma : "closed", mb ? mb : "closed"))
        return ir_fail(err, "labels=%s cannot be joined to labels=%s", mb ? mb : "closed",
                       ma ? ma : "closed");
    int rc = (a && ir_names_parse(a, &all, err)) || ir_names_parse(b, &more, err) ? -1 : 0;
    for (size_t i = 0; i < more.n && !rc; i++)
        if (ir_strs_find(&all, more.at[i]) < 0)
            ir_strs_add(&all, more.at[i]);
    if (!rc) {
        ir_names_format(&all, &names);
        ir_meta_set(&to->head, "classes", names.data);
        if (!a && mb)
            ir_meta_set(&to->head, "labels", mb);
    }
    ir_strs_free(&all);
    ir_strs_free(&more);
    ir_buf_free(&names);
    return rc;
}

int ir_list_join(struct ir_list *to, struct ir_list *from, struct ir_err *err)
{
    if (join_classes(to, from, err))
        return -1;
    ir_grow(&to->item, &to->cap, to->n + from->n, sizeof *to->item);
    for (size_t i = 0; i < from->n; i++)
        to->item[to->n++] = from->item[i];
    from->n = 0;
    ir_list_free(from);
    return 0;
}

int ir_list_part(struct ir_list *list, const char *text, struct ir_err *err)
{
    struct ir_stretch part;
    if (ir_part_parse(text, &part, err) < 0)
        return -2;
    const char **group = ir_alloc(list->n + 1, sizeof *group);
    size_t begin, end;
    for (size_t i = 0; i < list->n; i++)
        group[i] = list->item[i].group;
    int rc = ir_part_range(&part, group, list->n, &begin, &end, err);
    free(group);
    if (rc < 0)
        return -1;
    for (size_t i = 0; i < list->n; i++)
        if (i < begin || i >= end)
            ir_item_free(&list->item[i]);
    memmove(list->item, list->item + begin, (end - begin) * sizeof *list->item);
    list->n = end - begin;
    return 0;
}
