/* metric_ap.c - average precision: the step-wise area under the precision-recall curve, without
 * interpolation: sum over the distinct scores of (R_n - R_{n-1}) P_n, as scikit-learn's
 * average_precision_score. Clips with equal scores enter together. The macro mean is mAP. */
#include "count.h"

/* n ranked clips or cells; `per` cells a clip. */
static double area(const struct ir_sample *v, const struct ir_ranked *r, size_t n, size_t per,
                   double positives)
{
    double tp = 0, all = 0, sum = 0;
    if (positives == 0)
        return IR_NA;
    for (size_t i = 0; i < n;) {
        float p = r[i].p;
        double before = tp;
        for (; i < n && r[i].p == p; i++) {
            if (isnan(r[i].y))
                continue;
            double w = ir_sample_weight(v, r[i].at / per);
            all += w;
            tp += r[i].y >= 0.5f ? w : 0;
        }
        if (tp > before)
            sum += (tp - before) / positives * (tp / all);
    }
    return sum;
}

/* All known cells as one ranking. */
static double micro(const struct ir_sample *v)
{
    size_t n;
    const struct ir_ranked *r = ir_scores_cells(v->s, &n);
    double positives = 0;
    for (size_t c = 0; c < v->s->k; c++)
        positives += ir_sample_support(v, c);
    return area(v, r, n, v->s->k, positives);
}

static double value(const struct ir_sample *v, enum ir_average a, size_t c)
{
    return a == IR_AVG_CLASS
               ? area(v, ir_scores_order(v->s, c), v->s->n, 1, ir_sample_support(v, c))
               : micro(v);
}

const struct ir_metric ir_metric_ap = {
    .name = "ap",
    .help = "average precision: area under the precision-recall steps; macro: mAP",
    .undefined = "no positives: n/a, and left out of the macro mean",
    .averages = IR_AVG_CLASS | IR_AVG_MACRO | IR_AVG_MICRO,
    .needs_probability = true,
    .value = value,
};
