/* sample.c - weighted counts of a table, the registry of metrics and their macro means. */
#include "../score.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define X(n) extern const struct ir_metric ir_metric_##n;
#include "metric.inc"
#undef X

static const struct ir_metric *const all[] = {
#define X(n) &ir_metric_##n,
#include "metric.inc"
#undef X
};

const struct ir_metric *const *ir_metric_all(size_t *n)
{
    *n = sizeof all / sizeof *all;
    return all;
}

const struct ir_metric *ir_metric_find(const char *name)
{
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (strcmp(all[i]->name, name) == 0)
            return all[i];
    return NULL;
}

int ir_metric_unknown(const char *name, struct ir_err *err)
{
    struct ir_strs known = {0};
    size_t n;
    const struct ir_metric *const *kinds = ir_metric_all(&n);
    for (size_t i = 0; i < n; i++)
        ir_strs_add(&known, kinds[i]->name);
    ir_fail_unknown(err, "metric", name, &known);
    ir_strs_free(&known);
    return -1;
}

void ir_sample_start(struct ir_sample *v, struct ir_scores *s, const uint32_t *weight)
{
    *v = (struct ir_sample){s, weight, ir_zalloc(s->k, sizeof *v->count)};
    for (size_t i = 0; i < s->n; i++) {
        double w = ir_sample_weight(v, i);
        if (w == 0)
            continue;
        const float *y = s->y + i * s->k;
        const unsigned char *yes = s->yes + i * s->k;
        for (size_t c = 0; c < s->k; c++) {
            struct ir_count *n = &v->count[c];
            if (isnan(y[c]))
                continue;
            if (y[c] >= 0.5f)
                *(yes[c] ? &n->tp : &n->fn) += w;
            else
                *(yes[c] ? &n->fp : &n->tn) += w;
        }
    }
}

void ir_sample_free(struct ir_sample *v)
{
    free(v->count);
    v->count = NULL;
}

double ir_sample_support(const struct ir_sample *v, size_t c)
{
    return v->count[c].tp + v->count[c].fn;
}

/* Mean over the classes that have support, of equal weight or weighted by it. */
static double macro(const struct ir_metric *m, const struct ir_sample *v, bool weighted)
{
    double sum = 0, n = 0;
    for (size_t c = 0; c < v->s->k; c++) {
        if (ir_sample_support(v, c) == 0)
            continue;
        double x = m->value(v, IR_AVG_CLASS, c);
        if (isnan(x) && !m->zero_in_macro)
            continue;
        const double w = weighted ? ir_sample_support(v, c) : 1;
        sum += isnan(x) ? 0 : w * x;
        n += w;
    }
    return n > 0 ? sum / n : IR_NA;
}

bool ir_metric_has(const struct ir_metric *m, enum ir_average a)
{
    return (m->averages & (a == IR_AVG_WEIGHTED ? IR_AVG_MACRO : (unsigned)a)) != 0;
}

double ir_metric_value(const struct ir_metric *m, const struct ir_sample *v, enum ir_average a,
                       size_t c)
{
    if (!ir_metric_has(m, a))
        return IR_NA;
    if (m->needs_probability && v->s->decided)
        return IR_NA;
    if (m->needs_one_label && !v->s->single)
        return IR_NA;
    return a == IR_AVG_MACRO || a == IR_AVG_WEIGHTED ? macro(m, v, a == IR_AVG_WEIGHTED)
                                                     : m->value(v, a, c);
}

const char *ir_average_name(enum ir_average a)
{
    switch (a) {
    case IR_AVG_MACRO:
        return "macro";
    case IR_AVG_WEIGHTED:
        return "weighted";
    case IR_AVG_MICRO:
        return "micro";
    case IR_AVG_SAMPLES:
        return "samples";
    case IR_AVG_CLASS:
        return "class";
    default:
        return "-";
    }
}
