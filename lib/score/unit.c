/* unit.c - which clips belong to one file or group, one prediction for each of them, choice by
 * split. */
#include "../score.h"
#include <stdlib.h>
#include <string.h>

struct keyed {
    const char *key;
    uint32_t i;
};

static int by_key(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;
    int d = strcmp(x->key, y->key);
    return d ? d : x->i < y->i ? -1 : x->i > y->i;
}

const uint32_t *ir_scores_units(struct ir_scores *s, enum ir_unit unit, size_t *n)
{
    if (s->unit[unit]) {
        *n = s->units[unit];
        return s->unit[unit];
    }
    struct keyed *k = ir_alloc(s->n + 1, sizeof *k);
    uint32_t *of = ir_alloc(s->n + 1, sizeof *of), *number = ir_alloc(s->n + 1, sizeof *number);
    for (size_t i = 0; i < s->n; i++) {
        const struct ir_score_clip *c = &s->clip[i];
        k[i].key = unit == IR_UNIT_FILE ? c->path : unit == IR_UNIT_GROUP ? c->group : "";
        k[i].i = (uint32_t)i;
    }
    qsort(k, s->n, sizeof *k, by_key);
    /* of: the first clip of the unit; then units are numbered in clip order. */
    for (size_t i = 0; i < s->n; i++) {
        bool same = i > 0 && *k[i].key && strcmp(k[i].key, k[i - 1].key) == 0;
        of[k[i].i] = same ? of[k[i - 1].i] : k[i].i;
    }
    size_t units = 0;
    for (size_t i = 0; i < s->n; i++) {
        if (of[i] == i)
            number[i] = (uint32_t)units++;
        of[i] = number[of[i]];
    }
    free(k);
    free(number);
    s->unit[unit] = of;
    *n = s->units[unit] = units;
    return of;
}

static void free_clip(struct ir_score_clip *c)
{
    free(c->id);
    free(c->path);
    free(c->group);
    free(c->split);
}

static void move_clip(struct ir_scores *s, size_t to, size_t from)
{
    if (to == from)
        return;
    memcpy(s->p + to * s->k, s->p + from * s->k, s->k * sizeof *s->p);
    memcpy(s->y + to * s->k, s->y + from * s->k, s->k * sizeof *s->y);
    s->clip[to] = s->clip[from];
}

static bool listed(const char *names, const char *name)
{
    size_t len = strlen(name);
    for (const char *p = names; *p;) {
        size_t n = strcspn(p, ",");
        if (n == len && memcmp(p, name, n) == 0)
            return true;
        p += n + (p[n] == ',');
    }
    return false;
}

int ir_scores_split(struct ir_scores *s, const char *names, struct ir_err *err)
{
    size_t kept = 0, all = s->n;
    for (size_t i = 0; i < s->n; i++) {
        if (listed(names, s->clip[i].split))
            move_clip(s, kept++, i);
        else
            free_clip(&s->clip[i]);
    }
    s->n = kept;
    ir_scores_forget(s);
    ir_scores_decide(s);
    return kept > 0 ? 0 : ir_fail(err, "none of %zu clips is in split '%s'", all, names);
}

/* Add clip i to the sums of its unit. */
static void add(const struct ir_scores *s, size_t i, enum ir_combine how, double *p, float *y)
{
    for (size_t c = 0; c < s->k; c++) {
        double v = (double)s->p[i * s->k + c];
        float label = s->y[i * s->k + c];
        if (how == IR_BY_VOTE)
            p[c] += s->yes[i * s->k + c];
        else if (how != IR_BY_MAX_P)
            p[c] += v;
        else if (v > p[c])
            p[c] = v;
        if (isnan(y[c]) || label > y[c])
            y[c] = label;
    }
}

static void finish(double *sum, size_t k, double clips, enum ir_combine how)
{
    double top = 0;
    for (size_t c = 0; c < k; c++)
        top = sum[c] > top ? sum[c] : top;
    for (size_t c = 0; c < k; c++) {
        if (how == IR_BY_SUM_P)
            sum[c] = top > 0 ? sum[c] / top : 0;
        else if (how != IR_BY_MAX_P)
            sum[c] /= clips;
    }
}

void ir_scores_combine(struct ir_scores *s, enum ir_unit unit, enum ir_combine how)
{
    size_t units;
    const uint32_t *of = ir_scores_units(s, unit, &units);
    double *p = ir_zalloc(units * s->k + 1, sizeof *p),
           *clips = ir_zalloc(units + 1, sizeof *clips);
    float *y = ir_alloc(units * s->k + 1, sizeof *y);
    struct ir_score_clip *clip = ir_alloc(units + 1, sizeof *clip);
    for (size_t i = 0; i < units * s->k; i++)
        y[i] = (float)IR_NA;
    for (size_t i = 0; i < s->n; i++) {
        size_t u = of[i];
        add(s, i, how, p + u * s->k, y + u * s->k);
        if (clips[u]++ == 0) {
            clip[u] = s->clip[i];
            clip[u].offset_s = clip[u].length_s = 0;
            if (unit != IR_UNIT_CLIP) {
                free(clip[u].id);
                clip[u].id = ir_strdup(unit == IR_UNIT_FILE ? clip[u].path : clip[u].group);
            }
        } else {
            clip[u].labelled |= s->clip[i].labelled;
            free_clip(&s->clip[i]);
        }
    }
    for (size_t u = 0; u < units; u++) {
        finish(p + u * s->k, s->k, clips[u], how);
        for (size_t c = 0; c < s->k; c++) {
            s->p[u * s->k + c] = (float)p[u * s->k + c];
            s->y[u * s->k + c] = y[u * s->k + c];
        }
        s->clip[u] = clip[u];
    }
    s->n = units;
    free(p);
    free(clips);
    free(y);
    free(clip);
    ir_scores_forget(s);
    ir_scores_decide(s);
}
