/* metric_recall.c - positives found. */
#include "count.h"

static double of_clip(struct ir_count n)
{
    return ir_ratio(n.tp, n.tp + n.fn);
}

static double value(const struct ir_sample *v, enum ir_average a, size_t c)
{
    if (a == IR_AVG_SAMPLES)
        return ir_count_samples(v, of_clip);
    return of_clip(ir_count_of(v, a, c));
}

const struct ir_metric ir_metric_recall = {
    .name = "recall",
    .help = "TP / (TP + FN): the share of the positives that are found",
    .undefined = "no positives: n/a, and left out of the macro and samples means",
    .averages = IR_AVG_CLASS | IR_AVG_MACRO | IR_AVG_MICRO | IR_AVG_SAMPLES,
    .value = value,
};
