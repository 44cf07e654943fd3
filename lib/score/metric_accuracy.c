/* metric_accuracy.c - single label: the share of clips whose most probable class is the true one.
 */
#include "count.h"

static double of_clip(const struct ir_scores *s, size_t i)
{
    size_t one = 0;
    if (ir_scores_positives(s, i, &one) != 1)
        return IR_NA;
    return s->yes[i * s->k + one] ? 1 : 0;
}

static double value(const struct ir_sample *v, enum ir_average a, size_t c)
{
    (void)a;
    (void)c;
    return ir_count_clips(v, of_clip);
}

const struct ir_metric ir_metric_accuracy = {
    .name = "accuracy",
    .help = "share of the clips with exactly one label whose prediction is that label",
    .undefined =
        "task=multi, or no clip with exactly one label: n/a; other clips are left out and counted",
    .averages = IR_AVG_ALL,
    .needs_one_label = true,
    .value = value,
};
