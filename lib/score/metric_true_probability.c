/* metric_true_probability.c - the bar chart of 004: the mean probability that the clips of a class
 * give to it; the mean over all clips with labels stands beside. */
#include "count.h"

static double value(const struct ir_sample *v, enum ir_average a, size_t c)
{
    const struct ir_scores *s = v->s;
    size_t from = a == IR_AVG_CLASS ? c : 0, to = a == IR_AVG_CLASS ? c + 1 : s->k;
    double sum = 0, n = 0;
    for (size_t i = 0; i < s->n; i++) {
        double w = ir_sample_weight(v, i);
        for (size_t d = from; d < to; d++)
            if (s->y[i * s->k + d] >= 0.5f) {
                sum += w * (double)s->p[i * s->k + d];
                n += w;
            }
    }
    return ir_ratio(sum, n);
}

const struct ir_metric ir_metric_true_probability = {
    .name = "true_probability",
    .help = "mean probability given to the true class, over its clips",
    .undefined = "no positives: n/a, and left out of the macro mean",
    .averages = IR_AVG_CLASS | IR_AVG_MACRO | IR_AVG_ALL,
    .needs_probability = true,
    .value = value,
};
