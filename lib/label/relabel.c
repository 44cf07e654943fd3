/* relabel.c - labels, groups and splits of records that exist already. */
#include "../label.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "dict.h"
#include "walk.h"

#define AMBIGUOUS SIZE_MAX

struct ir_relabel {
    const struct ir_relabel_rules *rules;
    struct ir_dict rows; /* every name of every row of rules->from → its index, or AMBIGUOUS */
    bool *used;
    bool has_map;
    bool fixed; /* the classes of the stream must stay */
    struct ir_class_map map;
    struct ir_taxonomy *taxonomy; /* of rules->map */
    struct ir_strs taxonomy_from; /* classes before it */
    bool taxonomy_open;
    size_t grouped; /* records that had the key of group_by */
    char *labels;   /* of --set labels= */
};

/* ---- rows ----------------------------------------------------------------------------------- */

static void add_name(struct ir_relabel *r, char kind, const char *name, size_t row)
{
    struct ir_buf key = {0};
    bool fresh;
    ir_buf_printf(&key, "%c%s", kind, name);
    size_t *at = ir_dict_put(&r->rows, key.data, row, &fresh);
    if (!fresh && *at != row)
        *at = AMBIGUOUS;
    ir_buf_free(&key);
}

static void add_rows(struct ir_relabel *r, const struct ir_list *from)
{
    r->used = ir_zalloc(from->n + 1, sizeof *r->used);
    for (size_t i = 0; i < from->n; i++) {
        const struct ir_item *it = &from->item[i];
        const char *base = ir_path_base(it->path);
        char *stem = ir_path_stem(base);
        add_name(r, 'i', it->id, i);
        add_name(r, 'p', it->path, i);
        add_name(r, 'b', base, i);
        add_name(r, 's', stem, i);
        free(stem);
    }
}

static const size_t *lookup(const struct ir_relabel *r, char kind, const char *name)
{
    struct ir_buf key = {0};
    ir_buf_printf(&key, "%c%s", kind, name);
    const size_t *at = ir_dict_get(&r->rows, key.data);
    ir_buf_free(&key);
    return at;
}

/* The row about this record: 0 with *row, 1 none. */
static int find_row(const struct ir_relabel *r, const struct ir_meta *m, size_t *row,
                    struct ir_err *err)
{
    const char *id = ir_meta_get(m, "id"), *path = ir_meta_get(m, "path");
    const char *name = id ? id : path ? path : "";
    const char *base = ir_path_base(path ? path : name);
    char *stem = ir_path_stem(base);
    const size_t *at = id ? lookup(r, 'i', id) : NULL;
    at = at || !path ? at : lookup(r, 'p', path);
    at = at ? at : lookup(r, 'b', base);
    at = at ? at : lookup(r, 's', stem);
    free(stem);
    if (!at) {
        ir_fail(err, "clip %s: no row of the labels is about it", name);
        return 1;
    }
    if (*at == AMBIGUOUS)
        return ir_fail(err, "clip %s: several rows of the labels are about a file of this name",
                       name);
    *row = *at;
    return 0;
}

/* ---- opening -------------------------------------------------------------------------------- */

static bool has_rules(const struct ir_class_rules *c)
{
    return (c->rename && c->rename->n) || (c->merge && c->merge->n) || c->drop || c->keep;
}

/* --set labels=: "A,B" or a label list; classes of the header, or these names when it has none. */
static int set_labels(struct ir_relabel *r, const char *text, struct ir_meta *out,
                      struct ir_err *err)
{
    struct ir_list one = {0};
    struct ir_strs classes = {0};
    struct ir_item *it = ir_list_add(&one, "x", "x");
    const char *names = ir_meta_get(out, "classes"), *mode = ir_meta_get(out, "labels");
    if (strchr(text, ':')) {
        ir_item_set(&it->labels, text);
    } else {
        for (const char *s = text; *s; s += strcspn(s, ","), s += *s == ',') {
            char *name = ir_strndup(s, strcspn(s, ","));
            ir_item_label(it, name, 1);
            free(name);
        }
    }
    int rc = ir_list_classes(&one, NULL, 0, mode && !strcmp(mode, "open"), err);
    if (!rc && !names && ir_meta_get(&one.head, "classes")) {
        ir_meta_set(out, "classes", ir_meta_get(&one.head, "classes"));
        ir_meta_set(out, "labels", ir_meta_get(&one.head, "labels"));
    }
    if (!rc && names) {
        rc = ir_names_parse(names, &classes, err);
        float *y = ir_alloc(classes.n + 1, sizeof *y);
        rc = rc || ir_labels_parse(it->labels, &classes, false, y, err) ? -1 : 0;
        free(y);
        ir_strs_free(&classes);
    }
    if (!rc)
        r->labels = ir_strdup(it->labels ? it->labels : "");
    ir_list_free(&one);
    return rc ? ir_fail_in(err, "--set labels=%s", text) : 0;
}

static int check_settings(struct ir_relabel *r, struct ir_meta *out, struct ir_err *err)
{
    const struct ir_strs *set = r->rules->set, *unset = r->rules->unset;
    for (size_t i = 0; set && i < set->n; i++) {
        const char *eq = strchr(set->at[i], '=');
        if (!eq || eq == set->at[i])
            return ir_fail(err, "--set %s: wanted KEY=VALUE", set->at[i]);
        char *key = ir_strndup(set->at[i], (size_t)(eq - set->at[i]));
        bool ok = ir_meta_key_ok(key);
        free(key);
        if (!ok)
            return ir_fail(err, "--set %s: this cannot be a key", set->at[i]);
        if (!strncmp(set->at[i], "labels=", 7) && set_labels(r, eq + 1, out, err))
            return -1;
        if (!strncmp(set->at[i], "id=", 3))
            return ir_fail(err, "--set id: ids are unique, they cannot be set to one value");
    }
    for (size_t i = 0; unset && i < unset->n; i++) {
        if (!strcmp(unset->at[i], "id"))
            return ir_fail(err, "--unset id: a clip needs its id");
        if (!strcmp(unset->at[i], "labels") && !r->fixed) {
            ir_meta_set(out, "classes", NULL);
            ir_meta_set(out, "labels", NULL);
        }
    }
    return 0;
}

/* Predictions have a number for each class of their header: the classes stay, labels must be among
 * them. */
static int check_fixed(const struct ir_relabel *r, const struct ir_meta *out, struct ir_err *err)
{
    const char *have = ir_meta_get(out, "classes");
    const char *want = r->rules->from ? ir_meta_get(&r->rules->from->head, "classes") : NULL;
    struct ir_strs classes = {0}, more = {0};
    if (has_rules(&r->rules->classes) || r->rules->map)
        return ir_fail(err, "the classes of predictions are fixed: change them before ir-train");
    int rc = ir_names_parse(have ? have : "", &classes, err) ||
                     ir_names_parse(want ? want : "", &more, err)
                 ? -1
                 : 0;
    for (size_t i = 0; i < more.n && !rc; i++)
        if (ir_strs_find(&classes, more.at[i]) < 0)
            rc = ir_fail_unknown(err, "class of the predictions", more.at[i], &classes);
    ir_strs_free(&classes);
    ir_strs_free(&more);
    return rc;
}

static int open_taxonomy(struct ir_relabel *r, struct ir_meta *out, struct ir_err *err)
{
    const char *mode = ir_meta_get(out, "labels");
    r->taxonomy_open = mode && !strcmp(mode, "open");
    r->taxonomy = ir_taxonomy_read(r->rules->map, err);
    return r->taxonomy ? ir_taxonomy_head(r->taxonomy, out, &r->taxonomy_from, err) : -1;
}

static int open_classes(struct ir_relabel *r, struct ir_meta *out, struct ir_err *err)
{
    const struct ir_list *from = r->rules->from;
    const char *domain = ir_meta_get(out, "domain");
    r->fixed = domain && !strcmp(domain, "pred");
    if (r->fixed && check_fixed(r, out, err))
        return -1;
    if (!r->fixed && from && ir_meta_get(&from->head, "classes")) {
        ir_meta_set(out, "classes", ir_meta_get(&from->head, "classes"));
        ir_meta_set(out, "labels", ir_meta_get(&from->head, "labels"));
    }
    if (r->rules->map && open_taxonomy(r, out, err))
        return -1;
    if (has_rules(&r->rules->classes)) {
        struct ir_buf names = {0};
        if (ir_class_map_make(&r->map, out, &r->rules->classes, err))
            return -1;
        r->has_map = true;
        ir_names_format(&r->map.to, &names);
        ir_meta_set(out, "classes", names.data);
        ir_buf_free(&names);
    }
    return check_settings(r, out, err);
}

struct ir_relabel *ir_relabel_open(const struct ir_relabel_rules *rules, struct ir_meta *out,
                                   struct ir_err *err)
{
    struct ir_relabel *r = ir_zalloc(1, sizeof *r);
    r->rules = rules;
    if (rules->from)
        add_rows(r, rules->from);
    if (open_classes(r, out, err)) {
        ir_relabel_free(r);
        return NULL;
    }
    return r;
}

void ir_relabel_free(struct ir_relabel *r)
{
    if (!r)
        return;
    ir_dict_free(&r->rows);
    free(r->used);
    free(r->labels);
    ir_class_map_free(&r->map);
    ir_taxonomy_free(r->taxonomy);
    ir_strs_free(&r->taxonomy_from);
    free(r);
}

/* ---- one record ----------------------------------------------------------------------------- */

static int take_row(struct ir_relabel *r, struct ir_meta *m, struct ir_err *err)
{
    size_t row = 0;
    int rc = find_row(r, m, &row, err);
    if (rc)
        return rc;
    const struct ir_item *it = &r->rules->from->item[row];
    r->used[row] = true;
    if (ir_meta_get(&r->rules->from->head, "classes"))
        ir_meta_set(m, "labels", it->labels);
    if (it->group)
        ir_meta_set(m, "group", it->group);
    if (it->split)
        ir_meta_set(m, "split", it->split);
    for (size_t k = 0; k < it->extra.n; k++)
        ir_meta_set(m, it->extra.key[k], it->extra.value[k]);
    return 0;
}

static int apply_taxonomy(struct ir_relabel *r, struct ir_meta *m, struct ir_err *err)
{
    struct ir_buf text = {0};
    ir_buf_puts(&text, "");
    int rc = ir_taxonomy_labels(r->taxonomy, &r->taxonomy_from, r->taxonomy_open, r->rules->half,
                                ir_meta_get(m, "labels"), &text, err);
    if (!rc)
        ir_meta_set(m, "labels", text.data);
    ir_buf_free(&text);
    return rc;
}

/* 0, 2 when the clip lost its last positive label, -1. */
static int map_labels(struct ir_relabel *r, struct ir_meta *m, struct ir_err *err)
{
    struct ir_buf text = {0};
    bool lost = false;
    int rc = ir_class_map_text(&r->map, ir_meta_get(m, "labels"), &text, &lost, err);
    if (!rc) {
        ir_meta_set(m, "labels", text.len ? text.data : NULL);
        rc = lost && !r->rules->keep_lost ? 2 : 0;
    }
    ir_buf_free(&text);
    return rc;
}

static void settings(struct ir_relabel *r, struct ir_meta *m)
{
    const struct ir_relabel_rules *rules = r->rules;
    for (size_t i = 0; rules->set && i < rules->set->n; i++) {
        const char *eq = strchr(rules->set->at[i], '=');
        char *key = ir_strndup(rules->set->at[i], (size_t)(eq - rules->set->at[i]));
        bool labels = !strcmp(key, "labels");
        ir_meta_set(m, key, labels ? r->labels : eq + 1);
        free(key);
    }
    for (size_t i = 0; rules->unset && i < rules->unset->n; i++)
        ir_meta_set(m, rules->unset->at[i], NULL);
    if (rules->group_by && strcmp(rules->group_by, "group")) {
        const char *value =
            strcmp(rules->group_by, "clip") ? ir_meta_get(m, rules->group_by) : NULL;
        char *copy = value ? ir_strdup(value) : NULL;
        r->grouped += value != NULL;
        ir_meta_set(m, "group", copy);
        free(copy);
    }
}

/* Whether id or group matches one of --only. */
static bool wanted(const struct ir_strs *only, const struct ir_meta *m)
{
    const char *name[] = {ir_meta_get(m, "id"), ir_meta_get(m, "group")};
    for (size_t i = 0; only && i < only->n; i++)
        for (size_t k = 0; k < 2; k++)
            if (name[k] && !fnmatch(only->at[i], name[k], 0))
                return true;
    return !only || !only->n;
}

int ir_relabel_meta(struct ir_relabel *r, struct ir_meta *m, struct ir_err *err)
{
    const struct ir_relabel_rules *rules = r->rules;
    int rc = rules->from ? take_row(r, m, err) : 0;
    if (!rc && rules->map)
        rc = apply_taxonomy(r, m, err);
    if (!rc && r->has_map)
        rc = map_labels(r, m, err);
    if (rc)
        return rc;
    settings(r, m);
    if (!wanted(rules->only, m))
        return 2;
    const char *split = ir_meta_get(m, "split");
    if (rules->select && rules->select->n && (!split || ir_strs_find(rules->select, split) < 0))
        return 2;
    if (rules->split) {
        const char *group = ir_meta_get(m, "group"), *id = ir_meta_get(m, "id");
        if (!group && !id)
            return ir_fail(err, "a record has neither group nor id: it cannot be given a split");
        ir_meta_set(m, "split", ir_split_hash(rules->split, rules->seed, group ? group : id));
    }
    return 0;
}

int ir_relabel_end(const struct ir_relabel *r, struct ir_err *err)
{
    const char *by = r->rules->group_by;
    if (!by || !strcmp(by, "group") || !strcmp(by, "clip") || r->grouped)
        return 0;
    return ir_fail(err, "--group-by %s: no clip has that key", by);
}

size_t ir_relabel_unused(const struct ir_relabel *r, const char **first)
{
    size_t n = 0;
    for (size_t i = 0; r->rules->from && i < r->rules->from->n; i++)
        if (!r->used[i] && !n++ && first)
            *first = r->rules->from->item[i].id;
    return n;
}
