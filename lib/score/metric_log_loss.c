/* metric_log_loss.c - mean negative log probability (natural logarithm): cross-entropy of the true
 * class for one label a clip, mean binary cross-entropy of the known cells otherwise. */
#include "count.h"

#define EPS                                                                                        \
    1e-7 /* probabilities are f32: keep clear of log 0 by about one unit in the last place */

static double minus_log(double p)
{
    return -log(p < EPS ? EPS : p > 1 - EPS ? 1 - EPS : p);
}

static double single_clip(const struct ir_scores *s, size_t i)
{
    size_t one = 0;
    double sum = 0;
    if (ir_scores_positives(s, i, &one) != 1)
        return IR_NA;
    for (size_t c = 0; c < s->k; c++)
        sum += (double)s->p[i * s->k + c];
    return sum > 0 ? minus_log((double)s->p[i * s->k + one] / sum) : IR_NA;
}

static double multi_clip(const struct ir_scores *s, size_t i)
{
    double sum = 0, n = 0;
    for (size_t c = 0; c < s->k; c++) {
        double y = (double)s->y[i * s->k + c], p = (double)s->p[i * s->k + c];
        if (isnan(y))
            continue;
        sum += y >= 0.5 ? minus_log(p) : minus_log(1 - p);
        n++;
    }
    return ir_ratio(sum, n);
}

static double value(const struct ir_sample *v, enum ir_average a, size_t c)
{
    (void)a;
    (void)c;
    return ir_count_clips(v, v->s->single ? single_clip : multi_clip);
}

const struct ir_metric ir_metric_log_loss = {
    .name = "log_loss",
    .help =
        "mean negative log probability of the truth, in nats; multi: mean over the cells of a clip",
    .undefined =
        "single: clips without exactly one label are left out; probabilities are kept 1e-7 away "
        "from 0 and 1",
    .averages = IR_AVG_ALL,
    .needs_probability = true,
    .raw = true,
    .lower_is_better = true,
    .value = value,
};
