/* classes.c - classes of a list: collecting, renaming, merging, leaving out. */
#include "../label.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dict.h"

/* ---- labels of one item --------------------------------------------------------------------- */

void ir_item_label(struct ir_item *it, const char *class_name, double value)
{
    struct ir_strs one = {0};
    struct ir_buf b = {0}, name = {0};
    char number[32];
    ir_strs_add(&one, class_name);
    ir_names_format(&one, &name);
    ir_strs_free(&one);
    bool done = false;
    for (const char *s = it->labels; s && *s;) {
        size_t n = strcspn(s, " ");
        bool same = n > name.len && !memcmp(s, name.data, name.len) && s[name.len] == ':';
        if (b.len)
            ir_buf_puts(&b, " ");
        if (same && strtod(s + name.len + 1, NULL) < value)
            ir_buf_printf(&b, "%s:%s", name.data, ir_format_real(number, value));
        else
            ir_buf_add(&b, s, n);
        done = done || same;
        s += n + (s[n] == ' ');
    }
    if (!done)
        ir_buf_printf(&b, "%s%s:%s", b.len ? " " : "", name.data, ir_format_real(number, value));
    free(it->labels);
    it->labels = b.data;
    ir_buf_free(&name);
}

/* The names in one label list, still escaped, go into `names`. */
static void collect(const char *text, struct ir_dict *names)
{
    for (const char *s = text; s && *s;) {
        size_t n = strcspn(s, " ");
        const char *colon = memchr(s, ':', n);
        char *name = ir_strndup(s, colon ? (size_t)(colon - s) : n);
        ir_dict_put(names, name, 0, NULL);
        free(name);
        s += n + (s[n] == ' ');
    }
}

int ir_list_classes(struct ir_list *list, const char *const *names, size_t n, bool open,
                    struct ir_err *err)
{
    struct ir_buf text = {0}, out = {0};
    struct ir_strs classes = {0};
    int rc = 0;
    if (names) {
        for (size_t i = 0; i < n; i++)
            ir_strs_add(&classes, names[i]);
    } else {
        struct ir_dict seen = {0};
        for (size_t i = 0; i < list->n; i++)
            collect(list->item[i].labels, &seen);
        for (size_t i = 0; i < seen.n; i++)
            ir_buf_printf(&text, "%s%s", i ? " " : "", seen.key[i]);
        ir_dict_free(&seen);
        rc = text.len ? ir_names_parse(text.data, &classes, err) : 0;
        ir_strs_sort(&classes);
    }
    if (!rc && classes.n) {
        ir_names_format(&classes, &out);
        ir_meta_set(&list->head, "classes", out.data);
        ir_meta_set(&list->head, "labels", open ? "open" : "closed");
    }
    ir_strs_free(&classes);
    ir_buf_free(&text);
    ir_buf_free(&out);
    return rc;
}

/* ---- the map -------------------------------------------------------------------------------- */

/* One name of an option: n characters, with %XX undone (a % that begins none is itself). Owned. */
static char *option_name(const char *s, size_t n)
{
    char *name = ir_unescape(s, n);
    return name != NULL ? name : ir_strndup(s, n);
}

/* "A,B,C" into names. */
static void option_names(const char *s, struct ir_strs *out)
{
    for (;;) {
        size_t n = strcspn(s, ",");
        char *name = option_name(s, n);
        ir_strs_add(out, name);
        free(name);
        if (!s[n])
            break;
        s += n + 1;
    }
}

/* Current name of each of m->from while rules are applied; NULL: left out. */
struct naming {
    const struct ir_class_map *m;
    char **now;
};

static bool there(const struct naming *g, const char *name)
{
    for (size_t i = 0; i < g->m->from.n; i++)
        if (g->now[i] && !strcmp(g->now[i], name))
            return true;
    return false;
}

static int unknown(const struct naming *g, const char *what, const char *name, struct ir_err *err)
{
    struct ir_strs known = {0};
    for (size_t i = 0; i < g->m->from.n; i++)
        if (g->now[i] && ir_strs_find(&known, g->now[i]) < 0)
            ir_strs_add(&known, g->now[i]);
    ir_fail_unknown(err, "class", name, &known);
    ir_strs_free(&known);
    return ir_fail_in(err, "%s", what);
}

static void rename_one(struct naming *g, size_t i, const char *new_name)
{
    free(g->now[i]);
    g->now[i] = new_name ? ir_strdup(new_name) : NULL;
}

static void rename_class(struct naming *g, const char *old, const char *new_name)
{
    for (size_t i = 0; i < g->m->from.n; i++)
        if (g->now[i] && !strcmp(g->now[i], old))
            rename_one(g, i, new_name);
}

/* NEW=A,B,C, or OLD=NEW when `swap`. */
static int apply_merge(struct naming *g, const char *rule, bool swap, struct ir_err *err)
{
    const char *what = swap ? "--rename" : "--merge", *eq = strchr(rule, '=');
    struct ir_strs parts = {0};
    int rc = 0;
    if (!eq || eq == rule || !eq[1])
        return ir_fail(err, "%s %s: wanted %s", what, rule, swap ? "OLD=NEW" : "NEW=A,B");
    char *left = option_name(rule, (size_t)(eq - rule));
    option_names(eq + 1, &parts);
    if (swap) {
        rc = there(g, left) ? 0 : unknown(g, what, left, err);
        rename_class(g, left, parts.at[0]);
    } else {
        for (size_t k = 0; k < parts.n && !rc; k++) {
            rc = there(g, parts.at[k]) ? 0 : unknown(g, what, parts.at[k], err);
            rename_class(g, parts.at[k], left);
        }
    }
    free(left);
    ir_strs_free(&parts);
    return rc;
}

static int apply_drop(struct naming *g, const char *names, struct ir_err *err)
{
    struct ir_strs out = {0};
    int rc = 0;
    option_names(names, &out);
    for (size_t k = 0; k < out.n && !rc; k++) {
        rc = there(g, out.at[k]) ? 0 : unknown(g, "--drop", out.at[k], err);
        rename_class(g, out.at[k], NULL);
    }
    ir_strs_free(&out);
    return rc;
}

static int apply_keep(struct naming *g, struct ir_class_map *m, const struct ir_class_rules *r,
                      struct ir_err *err)
{
    option_names(r->keep, &m->to);
    for (size_t k = 0; k < m->to.n; k++) {
        if (!there(g, m->to.at[k]))
            return unknown(g, "--classes", m->to.at[k], err);
        for (size_t j = 0; j < k; j++)
            if (!strcmp(m->to.at[j], m->to.at[k]))
                return ir_fail(err, "--classes: %s stands twice", m->to.at[k]);
    }
    for (size_t i = 0; i < m->from.n; i++)
        if (g->now[i] && ir_strs_find(&m->to, g->now[i]) < 0)
            rename_one(g, i, r->other);
    return 0;
}

static int apply_rules(struct naming *g, struct ir_class_map *m, const struct ir_class_rules *r,
                       struct ir_err *err)
{
    for (size_t i = 0; r->rename && i < r->rename->n; i++)
        if (apply_merge(g, r->rename->at[i], true, err))
            return -1;
    for (size_t i = 0; r->merge && i < r->merge->n; i++)
        if (apply_merge(g, r->merge->at[i], false, err))
            return -1;
    if (r->drop && apply_drop(g, r->drop, err))
        return -1;
    if (r->keep && apply_keep(g, m, r, err))
        return -1;
    for (size_t i = 0; i < m->from.n; i++) {
        if (g->now[i] && ir_strs_find(&m->to, g->now[i]) < 0)
            ir_strs_add(&m->to, g->now[i]);
        m->target[i] = g->now[i] ? (size_t)ir_strs_find(&m->to, g->now[i]) : SIZE_MAX;
    }
    return m->to.n ? 0 : ir_fail(err, "no class is left");
}

int ir_class_map_make(struct ir_class_map *m, const struct ir_meta *head,
                      const struct ir_class_rules *rules, struct ir_err *err)
{
    const char *names = ir_meta_get(head, "classes"), *mode = ir_meta_get(head, "labels");
    *m = (struct ir_class_map){.open = mode && !strcmp(mode, "open")};
    if (!names)
        return ir_fail(err, "there are no classes to change");
    if (ir_names_parse(names, &m->from, err))
        return ir_fail_in(err, "classes");
    m->target = ir_zalloc(m->from.n + 1, sizeof *m->target);
    struct naming g = {m, ir_zalloc(m->from.n + 1, sizeof(char *))};
    for (size_t i = 0; i < m->from.n; i++)
        g.now[i] = ir_strdup(m->from.at[i]);
    int rc = apply_rules(&g, m, rules, err);
    for (size_t i = 0; i < m->from.n; i++)
        free(g.now[i]);
    free(g.now);
    if (rc)
        ir_class_map_free(m);
    return rc;
}

void ir_class_map_free(struct ir_class_map *m)
{
    ir_strs_free(&m->from);
    ir_strs_free(&m->to);
    free(m->target);
    *m = (struct ir_class_map){0};
}

/* One class of the result: `unknown` parts win over small known values. */
static void join(float *to, bool *vague, float value)
{
    if (isnan(value))
        *vague = true;
    else if (isnan(*to) || value > *to)
        *to = value;
}

int ir_class_map_text(const struct ir_class_map *m, const char *text, struct ir_buf *out,
                      bool *lost, struct ir_err *err)
{
    float *from = ir_alloc(m->from.n + 1, sizeof *from), *to = ir_alloc(m->to.n + 1, sizeof *to);
    bool *vague = ir_zalloc(m->to.n + 1, sizeof *vague), before = false, after = false;
    int rc = ir_labels_parse(text, &m->from, m->open, from, err);
    for (size_t j = 0; j < m->to.n; j++)
        to[j] = NAN;
    for (size_t i = 0; i < m->from.n && !rc; i++) {
        before = before || from[i] > 0;
        if (m->target[i] != SIZE_MAX)
            join(&to[m->target[i]], &vague[m->target[i]], from[i]);
    }
    for (size_t j = 0; j < m->to.n && !rc; j++) {
        if (vague[j] && !(to[j] >= 0.5f))
            to[j] = NAN;
        after = after || to[j] > 0;
    }
    if (!rc) {
        ir_labels_format(to, &m->to, m->open, out);
        if (lost)
            *lost = before && !after;
    }
    free(from);
    free(to);
    free(vague);
    return rc;
}

int ir_class_map_list(const struct ir_class_map *m, struct ir_list *list, bool keep_lost,
                      struct ir_err *err)
{
    bool *keep = ir_alloc(list->n + 1, sizeof *keep);
    struct ir_buf out = {0};
    int rc = 0;
    for (size_t i = 0; i < list->n && !rc; i++) {
        bool lost = false;
        out.len = 0;
        rc = ir_class_map_text(m, list->item[i].labels, &out, &lost, err);
        ir_item_set(&list->item[i].labels, out.len ? out.data : NULL);
        keep[i] = keep_lost || !lost;
    }
    if (!rc) {
        ir_list_keep(list, keep);
        out.len = 0;
        ir_names_format(&m->to, &out);
        ir_meta_set(&list->head, "classes", out.data);
    }
    free(keep);
    ir_buf_free(&out);
    return rc;
}

void ir_list_keep(struct ir_list *list, const bool *keep)
{
    size_t n = 0;
    for (size_t i = 0; i < list->n; i++) {
        if (keep[i])
            list->item[n++] = list->item[i];
        else
            ir_item_free(&list->item[i]);
    }
    list->n = n;
}
