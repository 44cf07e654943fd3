/* split.c - train, valid and test: shares, shuffled groups, folds. */
#include "../label.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cells.h"
#include "split.h"

/* ---- what is asked for --------------------------------------------------------------------------
 */

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

/* ---- units: the groups that are dealt -----------------------------------------------------------
 */

static int by_hash(const void *pa, const void *pb)
{
    const struct ir_unit *a = pa, *b = pb;
    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    return strcmp(a->name, b->name);
}

/* Units of the clips that take part, shuffled: the order is that of a hash of seed and name.
 * unit_of[g] is the unit of group g, SIZE_MAX when it takes no part. */
static struct ir_unit *make_units(const struct ir_cells *c, const bool *part, uint64_t seed,
                                  size_t *n_units, size_t **unit_of)
{
    size_t groups = c->groups.n, n = 0;
    struct ir_unit *u = ir_zalloc(groups + 1, sizeof *u);
    size_t *of = *unit_of = ir_alloc(groups + 1, sizeof *of);
    for (size_t g = 0; g < groups; g++) {
        u[g].name = c->groups.key[g];
        u[g].hash = ir_clip_seed(seed, 0, u[g].name);
        u[g].group = g;
        of[g] = SIZE_MAX;
    }
    for (size_t i = 0; i < c->clips; i++)
        if (part[i])
            u[c->group[i]].clips++;
    for (size_t g = 0; g < groups; g++)
        if (u[g].clips)
            u[n++] = u[g];
    if (n)
        qsort(u, n, sizeof *u, by_hash);
    for (size_t k = 0; k < n; k++) {
        of[u[k].group] = k;
        u[k].count = ir_zalloc(c->classes.n + 1, sizeof *u[k].count);
    }
    for (size_t i = 0; i < c->clips; i++)
        for (size_t p = c->first[i]; part[i] && p < c->first[i + 1]; p++)
            u[of[c->group[i]]].count[c->pos[p]]++;
    *n_units = n;
    return u;
}

/* Every unit has clips of one class only (or none at all). */
static bool one_class_each(const struct ir_unit *u, size_t n, size_t classes)
{
    for (size_t k = 0; k < n; k++) {
        size_t kinds = 0;
        for (size_t c = 0; c < classes; c++)
            kinds += u[k].count[c] > 0;
        if (kinds > 1)
            return false;
    }
    return true;
}

/* ---- dealing ------------------------------------------------------------------------------------
 */

/* Each unit of u[i] with stratum[i] == s goes where most clips are still wanted; what a stratum
 * leaves unsettled is carried over in `want`. */
static void deal(struct ir_unit *u, size_t n, const size_t *stratum, size_t s,
                 const struct ir_split *split, double *want)
{
    double clips = 0;
    for (size_t k = 0; k < n; k++)
        clips += stratum[k] == s ? (double)u[k].clips : 0;
    for (size_t j = 0; j < split->name.n; j++)
        want[j] += clips * split->share[j];
    for (size_t k = 0; k < n; k++) {
        if (stratum[k] != s)
            continue;
        size_t best = 0;
        for (size_t j = 1; j < split->name.n; j++)
            if (want[j] > want[best] + 1e-9)
                best = j;
        want[best] -= (double)u[k].clips;
        u[k].split = best;
    }
}

static void deal_classes(struct ir_unit *u, size_t n, size_t classes, const struct ir_split *split,
                         bool by_class)
{
    double want[IR_SPLITS_MAX] = {0};
    size_t *stratum = ir_alloc(n + 1, sizeof *stratum);
    for (size_t k = 0; k < n; k++) {
        stratum[k] = 0;
        for (size_t c = 0; c < classes && by_class; c++)
            if (u[k].count[c] > (stratum[k] ? u[k].count[stratum[k] - 1] : 0))
                stratum[k] = c + 1;
    }
    for (size_t s = 0; s <= (by_class ? classes : 0); s++)
        deal(u, n, stratum, s, split, want);
    free(stratum);
}

int ir_split_list(struct ir_list *list, const struct ir_split *s, enum ir_stratify how,
                  const char *of, uint64_t seed, struct ir_err *err)
{
    struct ir_cells c;
    size_t n, *unit_of, parts = 0;
    if (ir_cells_make(&c, list, err))
        return -1;
    bool *part = ir_alloc(list->n + 1, sizeof *part);
    for (size_t i = 0; i < list->n; i++)
        parts += part[i] = !of || (list->item[i].split && !strcmp(list->item[i].split, of));
    struct ir_unit *u = make_units(&c, part, seed, &n, &unit_of);
    if (how == IR_STRATIFY_AUTO)
        how = one_class_each(u, n, c.classes.n) ? IR_STRATIFY_CLASSES : IR_STRATIFY_ITERATIVE;
    if (how == IR_STRATIFY_ITERATIVE)
        ir_stratify_iterative(u, n, c.classes.n, s, seed);
    else
        deal_classes(u, n, c.classes.n, s, how == IR_STRATIFY_CLASSES);
    for (size_t i = 0; i < list->n; i++)
        if (part[i])
            ir_item_set(&list->item[i].split, s->name.at[u[unit_of[c.group[i]]].split]);
    for (size_t k = 0; k < n; k++)
        free(u[k].count);
    free(u);
    free(unit_of);
    free(part);
    ir_cells_free(&c);
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
