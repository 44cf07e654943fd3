/* metric_ap.c - average precision: the step-wise area under the precision-recall curve, without
 * interpolation: sum over the distinct scores of (R_n - R_{n-1}) P_n, as scikit-learn's
 * average_precision_score. Clips with equal scores enter together. The macro mean is mAP. */
#include "count.h"

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
static double micro(const struct ir_sample *v)
{
    struct ir_scores *s = v->s;
    size_t n;
    const uint32_t *cell = ir_scores_cells(s, &n);
    double positives = 0, tp = 0, all = 0, sum = 0;
    for (size_t c = 0; c < s->k; c++)
        positives += ir_sample_support(v, c);
    for (size_t i = 0; i < n;) {
        float p = s->p[cell[i]];
        double before = tp;
        for (; i < n && s->p[cell[i]] == p; i++) {
            double w = ir_sample_weight(v, cell[i] / s->k);
            all += w;
            tp += s->y[cell[i]] >= 0.5f ? w : 0;
        }
        if (tp > before)
            sum += (tp - before) / positives * (tp / all);
    }
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
