/* split.c - train, valid and test: shares, shuffled groups, folds. */
#include "../label.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "label_matrix.h"
#include "split.h"

/* ---- what is asked for ---------------------------------------------------------------------- */

static int parse_one(struct ir_split *s, const char *text, size_t n, struct ir_err *err)
{
    const char *eq = memchr(text, '=', n);
    if (!eq || eq == text)
        return ir_fail(err, "--split: found %.*s, wanted NAME=SHARE", (int)n, text);
    char *name = ir_strndup(text, (size_t)(eq - text));
    char *share = ir_strndup(eq + 1, n - (size_t)(eq - text) - 1);
    int rc;
    if (ir_strs_find(&s->name, name) >= 0)
        rc = ir_fail(err, "--split: %s stands twice", name);
    else if (s->name.n >= IR_SPLITS_MAX)
        rc = ir_fail(err, "--split: more than %d splits", IR_SPLITS_MAX);
    else
        rc = ir_parse_real(share, 0, 1, "--split", &s->share[s->name.n], err);
    if (!rc)
        ir_strs_add(&s->name, name);
    free(name);
    free(share);
    return rc;
}

int ir_split_parse(struct ir_split *s, const char *text, struct ir_err *err)
{
    double sum = 0;
    *s = (struct ir_split){0};
    for (int rc; *text;) {
        size_t n = strcspn(text, ",");
        if ((rc = parse_one(s, text, n, err))) {
            ir_split_free(s);
            return rc;
        }
        sum += s->share[s->name.n - 1];
        text += n + (text[n] == ',');
    }
    if (fabs(sum - 1) < 1e-9)
        return 0;
    ir_split_free(s);
    return ir_fail(err, "--split: the shares sum to %g, wanted 1", sum);
}

void ir_split_folds(struct ir_split *s, size_t k)
{
    *s = (struct ir_split){0};
    for (size_t i = 0; i < k && i < IR_SPLITS_MAX; i++) {
        char name[32];
        snprintf(name, sizeof name, "%zu", i);
        ir_strs_add(&s->name, name);
        s->share[i] = 1.0 / (double)k;
    }
}

void ir_split_free(struct ir_split *s)
{
    ir_strs_free(&s->name);
}

const char *ir_split_hash(const struct ir_split *s, uint64_t seed, const char *group)
{
    double u = (double)(ir_clip_seed(seed, 1, group) >> 11) * 0x1p-53, sum = 0;
    size_t last = 0;
    for (size_t i = 0; i < s->name.n; i++) {
        if (!(s->share[i] > 0))
            continue;
        last = i;
        sum += s->share[i];
        if (u < sum)
            break;
    }
    return s->name.at[last];
}

/* ---- units: the groups that are dealt ------------------------------------------------------- */

static int by_hash(const void *pa, const void *pb)
{
    const struct ir_unit *a = pa, *b = pb;
    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    return strcmp(a->name, b->name);
}

static int by_unit(const void *pa, const void *pb)
{
    const struct ir_tally *a = pa, *b = pb;
    if (a->unit != b->unit)
        return a->unit < b->unit ? -1 : 1;
    return (a->class_index > b->class_index) - (a->class_index < b->class_index);
}

/* One tally for each positive label, sorted, then added up. of[g] is the unit of group g. */
static void make_tallies(struct ir_units *u, const struct ir_label_matrix *c, const bool *part,
                         const size_t *of)
{
    size_t n = 0, kept = 0;
    u->tally = ir_alloc(c->first[c->clips] + 1, sizeof *u->tally);
    for (size_t i = 0; i < c->clips; i++)
        for (size_t p = c->first[i]; part[i] && p < c->first[i + 1]; p++)
            u->tally[n++] = (struct ir_tally){of[c->group[i]], 1, c->pos[p]};
    if (n)
        qsort(u->tally, n, sizeof *u->tally, by_unit);
    for (size_t t = 0; t < n; t++) {
        if (kept && !by_unit(&u->tally[kept - 1], &u->tally[t])) {
            u->tally[kept - 1].clips++;
            continue;
        }
        struct ir_unit *unit = &u->at[u->tally[t].unit];
        if (!unit->kinds++)
            unit->first = kept;
        u->tally[kept++] = u->tally[t];
    }
    u->tallies = kept;
}

/* Units of the clips that take part, shuffled: the order is that of a hash of seed and name. of[g]
 * becomes the unit of group g, SIZE_MAX when it takes no part. */
static void make_units(struct ir_units *u, const struct ir_label_matrix *c, const bool *part,
                       uint64_t seed, size_t *of)
{
    size_t groups = c->groups.n;
    *u = (struct ir_units){.classes = c->classes.n};
    struct ir_unit *all = u->at = ir_zalloc(groups + 1, sizeof *all);
    for (size_t g = 0; g < groups; g++) {
        all[g].name = c->groups.key[g];
        all[g].hash = ir_clip_seed(seed, 0, all[g].name);
        all[g].group = g;
        of[g] = SIZE_MAX;
    }
    for (size_t i = 0; i < c->clips; i++)
        if (part[i])
            all[c->group[i]].clips++;
    for (size_t g = 0; g < groups; g++)
        if (all[g].clips)
            all[u->n++] = all[g];
    if (u->n)
        qsort(all, u->n, sizeof *all, by_hash);
    for (size_t k = 0; k < u->n; k++)
        of[all[k].group] = k;
    make_tallies(u, c, part, of);
}

/* Every unit has clips of one class only (or none at all). */
static bool one_class_each(const struct ir_units *u)
{
    for (size_t k = 0; k < u->n; k++)
        if (u->at[k].kinds > 1)
            return false;
    return true;
}

/* ---- dealing -------------------------------------------------------------------------------- */

/* Deal one stratum: each unit goes where most clips are still wanted; what is left unsettled stays
 * in `want` for the next stratum. */
static void deal(struct ir_unit *const *u, size_t n, const struct ir_split *split, double *want)
{
    double clips = 0;
    for (size_t k = 0; k < n; k++)
        clips += (double)u[k]->clips;
    for (size_t j = 0; j < split->name.n; j++)
        want[j] += clips * split->share[j];
    for (size_t k = 0; k < n; k++) {
        size_t best = 0;
        for (size_t j = 1; j < split->name.n; j++)
            if (want[j] > want[best] + 1e-9)
                best = j;
        want[best] -= (double)u[k]->clips;
        u[k]->split = best;
    }
}

/* Strata are the commonest class of each unit, 0 for none; or all units are one. */
static void deal_classes(struct ir_units *u, const struct ir_split *split, bool by_class)
{
    double want[IR_SPLITS_MAX] = {0};
    size_t strata = by_class ? u->classes + 1 : 1, *stratum = ir_zalloc(u->n + 1, sizeof *stratum);
    struct ir_unit **some = ir_alloc(u->n + 1, sizeof *some);
    for (size_t k = 0; k < u->n; k++)
        for (size_t t = 0, most = 0; by_class && t < u->at[k].kinds; t++) {
            const struct ir_tally *y = &u->tally[u->at[k].first + t];
            if (y->clips > most) {
                most = y->clips;
                stratum[k] = y->class_index + 1;
            }
        }
    for (size_t s = 0; s < strata; s++) {
        size_t n = 0;
        for (size_t k = 0; k < u->n; k++)
            if (stratum[k] == s)
                some[n++] = &u->at[k];
        deal(some, n, split, want);
    }
    free(some);
    free(stratum);
}

int ir_split_list(struct ir_list *list, const struct ir_split *s, enum ir_stratify how,
                  const char *of, uint64_t seed, struct ir_err *err)
{
    struct ir_label_matrix c;
    struct ir_units u;
    size_t parts = 0;
    if (ir_label_matrix_make(&c, list, err))
        return -1;
    bool *part = ir_alloc(list->n + 1, sizeof *part);
    size_t *unit_of = ir_alloc(c.groups.n + 1, sizeof *unit_of);
    for (size_t i = 0; i < list->n; i++)
        parts += part[i] = !of || (list->item[i].split && !strcmp(list->item[i].split, of));
    make_units(&u, &c, part, seed, unit_of);
    if (how == IR_STRATIFY_AUTO)
        how = one_class_each(&u) ? IR_STRATIFY_CLASSES : IR_STRATIFY_ITERATIVE;
    if (how == IR_STRATIFY_ITERATIVE)
        ir_stratify_iterative(&u, s, seed);
    else
        deal_classes(&u, s, how == IR_STRATIFY_CLASSES);
    for (size_t i = 0; i < list->n; i++)
        if (part[i])
            ir_item_set(&list->item[i].split, s->name.at[u.at[unit_of[c.group[i]]].split]);
    free(u.at);
    free(u.tally);
    free(unit_of);
    free(part);
    ir_label_matrix_free(&c);
    return parts || !of ? 0 : ir_fail(err, "no clip is in split %s", of);
}

int ir_split_choose(struct ir_list *list, long long test, long long valid, struct ir_err *err)
{
    size_t tests = 0;
    for (size_t i = 0; i < list->n; i++) {
        const char *split = list->item[i].split;
        long long fold;
        if (!split || ir_parse_int(split, 0, IR_SPLITS_MAX, "fold", &fold, err))
            return ir_fail(err, "clip %s is in split %s, wanted the number of a fold",
                           list->item[i].id, split ? split : "none");
        tests += fold == test;
        ir_item_set(&list->item[i].split, fold == test    ? "test"
                                          : fold == valid ? "valid"
                                                          : "train");
    }
    return tests ? 0 : ir_fail(err, "no clip is in fold %lld", test);
}

/* Groups of a class, and its clips inside and outside of `train`. */
struct presence {
    size_t groups, train, others;
};

/* seen: of each group 1 + the class that it was last counted for. */
static struct presence count_class(const struct ir_label_matrix *c, const struct ir_list *list,
                                   size_t class, size_t *seen)
{
    struct presence p = {0};
    for (size_t i = 0; i < list->n; i++) {
        bool has = false;
        for (size_t k = c->first[i]; k < c->first[i + 1]; k++)
            has = has || c->pos[k] == class;
        if (!has)
            continue;
        p.groups += seen[c->group[i]] != class + 1;
        seen[c->group[i]] = class + 1;
        *(list->item[i].split && !strcmp(list->item[i].split, "train") ? &p.train : &p.others) += 1;
    }
    return p;
}

void ir_split_notes(const struct ir_list *list, size_t n_splits, struct ir_strs *notes)
{
    struct ir_label_matrix c;
    bool any_train = false;
    if (ir_label_matrix_make(&c, list, NULL))
        return;
    size_t *seen = ir_zalloc(c.groups.n + 1, sizeof *seen);
    for (size_t i = 0; i < list->n; i++)
        any_train = any_train || (list->item[i].split && !strcmp(list->item[i].split, "train"));
    for (size_t k = 0; k < c.classes.n; k++) {
        const struct presence p = count_class(&c, list, k, seen);
        struct ir_buf b = {0};
        if (p.groups && p.groups < n_splits)
            ir_buf_printf(&b, "class %s is in %zu group%s, fewer than the %zu splits",
                          c.classes.at[k], p.groups, p.groups == 1 ? "" : "s", n_splits);
        if (any_train && p.others && !p.train)
            ir_buf_printf(&b, "%s%s has no training clip", b.len ? "; " : "class ",
                          b.len ? "it" : c.classes.at[k]);
        if (b.len)
            ir_strs_add(notes, b.data);
        ir_buf_free(&b);
    }
    free(seen);
    ir_label_matrix_free(&c);
}
