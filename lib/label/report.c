/* report.c - what is in a list, beside what is known of the data set. */
#include "../label.h"

#include <stdlib.h>
#include <string.h>

#include "label_matrix.h"
#include "walk.h"

/* One line of the table: a split (or all) and a class (or all). */
struct row {
    size_t clips, groups, unknown_length;
    double hours;
    struct ir_dict seen; /* groups */
};

struct report {
    const struct ir_list *list;
    const struct ir_dataset *d;
    const char *rule;
    struct ir_label_matrix c;
    struct ir_dict splits;  /* the splits that occur, sorted; "" for none */
    double *hours;          /* of each clip, < 0 unknown */
    size_t equal, compared; /* lines whose published count is known */
};

static void measure(struct report *r)
{
    r->hours = ir_alloc(r->list->n + 1, sizeof *r->hours);
    for (size_t i = 0; i < r->list->n; i++) {
        const struct ir_item *it = &r->list->item[i];
        double s = it->length_s;
        if (!(s > 0)) {
            s = ir_wav_seconds(it->path);
            s = s > it->start_s ? s - it->start_s : 0;
        }
        r->hours[i] = s > 0 ? s / 3600 : -1;
    }
}

static void count(const struct report *r, struct row *row, size_t clip)
{
    char key[32];
    bool fresh;
    snprintf(key, sizeof key, "%zu", r->c.group[clip]);
    ir_dict_put(&row->seen, key, 0, &fresh);
    row->groups += fresh;
    row->clips++;
    if (r->hours[clip] < 0)
        row->unknown_length++;
    else
        row->hours += r->hours[clip];
}

static bool holds(const struct report *r, const struct ir_known *k)
{
    size_t n = r->d->rules ? strcspn(r->d->rules, "|") : 0;
    if (!k->rule)
        return true;
    return r->rule ? !strcmp(r->rule, k->rule)
                   : strlen(k->rule) == n && !strncmp(k->rule, r->d->rules, n);
}

/* What is known of a split and class, or -1. */
static long known(const struct report *r, const char *split, const char *class_name)
{
    for (size_t i = 0; r->d && i < r->d->n_known; i++) {
        const struct ir_known *k = &r->d->known[i];
        if (holds(r, k) && !k->split == !split && (!split || !strcmp(k->split, split)) &&
            !k->class_name == !class_name && (!class_name || !strcmp(k->class_name, class_name)))
            return k->clips;
    }
    return -1;
}

static void put_row(struct report *r, struct ir_buf *out, const struct row *row, const char *split,
                    const char *class_name)
{
    struct ir_buf name = {0};
    ir_buf_shown(&name, class_name ? class_name : "(all)");
    ir_buf_printf(out, "%-8s %-28s %8zu %8zu", split ? (*split ? split : "-") : "(all)", name.data,
                  row->clips, row->groups);
    ir_buf_free(&name);
    if (row->clips && row->unknown_length == row->clips)
        ir_buf_printf(out, " %9s", "n/a");
    else
        ir_buf_printf(out, " %8.3f%s", row->hours, row->unknown_length ? "+" : " ");
    if (r->d && r->d->n_known) {
        long k = known(r, split, class_name);
        if (k < 0)
            ir_buf_printf(out, " %8s", "-");
        else
            ir_buf_printf(out, " %8ld%s", k, (size_t)k == row->clips ? "" : " *");
        r->compared += k >= 0;
        r->equal += k >= 0 && (size_t)k == row->clips;
    }
    ir_buf_puts(out, "\n");
}

/* Lines for one split (NULL: all): its total, then its classes. */
static void put_split(struct report *r, struct ir_buf *out, const char *split)
{
    struct row all = {0}, *class_row = ir_zalloc(r->c.classes.n + 1, sizeof *class_row);
    for (size_t i = 0; i < r->list->n; i++) {
        const char *s = r->list->item[i].split;
        if (split && strcmp(s ? s : "", split))
            continue;
        count(r, &all, i);
        for (size_t p = r->c.first[i]; p < r->c.first[i + 1]; p++)
            count(r, &class_row[r->c.pos[p]], i);
    }
    put_row(r, out, &all, split, NULL);
    for (size_t k = 0; k < r->c.classes.n; k++) {
        put_row(r, out, &class_row[k], split, r->c.classes.at[k]);
        ir_dict_free(&class_row[k].seen);
    }
    /* what should be there and is not */
    for (size_t k = 0; r->d && k < r->d->n_known; k++) {
        const struct ir_known *kn = &r->d->known[k];
        struct row none = {0};
        if (kn->class_name && holds(r, kn) && ir_strs_find(&r->c.classes, kn->class_name) < 0 &&
            (split ? kn->split && !strcmp(kn->split, split) : !kn->split))
            put_row(r, out, &none, split, kn->class_name);
    }
    ir_dict_free(&all.seen);
    free(class_row);
}

void ir_list_report(const struct ir_list *list, const struct ir_dataset *d, const char *rule,
                    struct ir_buf *out)
{
    struct report r = {.list = list, .d = d, .rule = rule};
    struct ir_err err;
    if (ir_label_matrix_make(&r.c, list, &err)) {
        ir_buf_printf(out, "%s\n", err.text);
        return;
    }
    measure(&r);
    for (size_t i = 0; i < list->n; i++)
        ir_dict_put(&r.splits, list->item[i].split ? list->item[i].split : "", 0, NULL);
    struct ir_strs split = {0};
    for (size_t i = 0; i < r.splits.n; i++)
        ir_strs_add(&split, r.splits.key[i]);
    ir_strs_sort(&split);
    bool paper = d && d->n_known;
    ir_buf_printf(out, "%-8s %-28s %8s %8s %9s%s\n", "split", "class", "clips", "groups", "hours",
                  paper ? "  published (* differs)" : "");
    put_split(&r, out, NULL);
    for (size_t i = 0; i < split.n && (split.n > 1 || *split.at[0]); i++)
        put_split(&r, out, split.at[i]);
    if (paper)
        ir_buf_printf(out, "%zu of %zu published counts found\n", r.equal, r.compared);
    ir_strs_free(&split);
    free(r.hours);
    ir_dict_free(&r.splits);
    ir_label_matrix_free(&r.c);
}
