/* metric_ap.c - average precision: the step-wise area under the precision-recall curve, without
 * interpolation: sum over the distinct scores of (R_n - R_{n-1}) P_n, as scikit-learn's
 * average_precision_score. Clips with equal scores enter together. The macro mean is mAP. */
#include "count.h"
#include <stdlib.h>

static double of_class(const struct ir_sample *v, size_t c)
{
    struct ir_scores *s = v->s;
    double positives = ir_sample_support(v, c), tp = 0, all = 0, sum = 0;
    if (positives == 0)
        return IR_NA;
    const uint32_t *order = ir_scores_order(s, c);
    for (size_t i = 0; i < s->n;) {
        float p = s->p[order[i] * s->k + c];
        double before = tp;
        for (; i < s->n && s->p[order[i] * s->k + c] == p; i++) {
            float y = s->y[order[i] * s->k + c];
            if (isnan(y))
                continue;
            double w = ir_sample_weight(v, order[i]);
            all += w;
            tp += y >= 0.5f ? w : 0;
        }
        if (tp > before)
            sum += (tp - before) / positives * (tp / all);
    }
    return sum;
}

/* All known cells as one ranking. */
struct cell {
    float p;
    float w, y;
};

static int falling(const void *a, const void *b)
{
    const struct cell *x = a, *y = b;
    return x->p > y->p ? -1 : x->p < y->p;
}

static double micro(const struct ir_sample *v)
{
    struct ir_scores *s = v->s;
    struct cell *cell = ir_alloc(s->n * s->k + 1, sizeof *cell);
    size_t n = 0;
    double positives = 0, tp = 0, all = 0, sum = 0;
    for (size_t i = 0; i < s->n * s->k; i++) {
        double w = ir_sample_weight(v, i / s->k);
        if (isnan(s->y[i]) || w == 0)
            continue;
        cell[n++] = (struct cell){s->p[i], (float)w, s->y[i]};
        positives += s->y[i] >= 0.5f ? w : 0;
    }
    qsort(cell, n, sizeof *cell, falling);
    for (size_t i = 0; i < n;) {
        float p = cell[i].p;
        double before = tp;
        for (; i < n && cell[i].p == p; i++) {
            all += (double)cell[i].w;
            tp += cell[i].y >= 0.5f ? (double)cell[i].w : 0;
        }
        if (tp > before)
            sum += (tp - before) / positives * (tp / all);
    }
    free(cell);
    return positives > 0 ? sum : IR_NA;
}

static double value(const struct ir_sample *v, enum ir_average a, size_t c)
{
    return a == IR_AVG_CLASS ? of_class(v, c) : micro(v);
}

const struct ir_metric ir_metric_ap = {
    .name = "ap",
    .help = "average precision: area under the precision-recall steps; macro: mAP",
    .undefined = "no positives: n/a, and left out of the macro mean",
    .averages = IR_AVG_CLASS | IR_AVG_MACRO | IR_AVG_MICRO,
    .needs_probability = true,
    .value = value,
};
