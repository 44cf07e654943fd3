/* metric_brier.c - Brier score: mean squared distance of probability and truth over the known cells
 * of a class or of all classes. */
#include "count.h"

static double value(const struct ir_sample *v, enum ir_average a, size_t c)
{
    const struct ir_scores *s = v->s;
    size_t from = a == IR_AVG_CLASS ? c : 0, to = a == IR_AVG_CLASS ? c + 1 : s->k;
    double sum = 0, n = 0;
    for (size_t i = 0; i < s->n; i++) {
        double w = ir_sample_weight(v, i);
        for (size_t d = from; d < to && w > 0; d++) {
            float y = s->y[i * s->k + d];
            if (isnan(y))
                continue;
            double e = (double)s->p[i * s->k + d] - (y >= 0.5f ? 1 : 0);
            sum += w * e * e;
            n += w;
        }
    }
    return ir_ratio(sum, n);
}

const struct ir_metric ir_metric_brier = {
    .name = "brier",
    .help = "mean squared distance of probability and truth over the known cells",
    .undefined = "no known cell: n/a",
    .averages = IR_AVG_CLASS | IR_AVG_ALL,
    .needs_probability = true,
    .raw = true,
    .lower_is_better = true,
    .value = value,
};
