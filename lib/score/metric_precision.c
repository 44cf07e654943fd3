/* metric_precision.c - right positives among the predicted ones. */
#include "count.h"

static double of_clip(struct ir_count n)
{
    if (n.tp + n.fp == 0)
        return n.fn > 0 ? 0 : IR_NA;
    return n.tp / (n.tp + n.fp);
}

static double value(const struct ir_sample *v, enum ir_average a, size_t c)
{
    if (a == IR_AVG_SAMPLES)
        return ir_count_samples(v, of_clip);
    struct ir_count n = ir_count_of(v, a, c);
    return ir_ratio(n.tp, n.tp + n.fp);
}

const struct ir_metric ir_metric_precision = {
    .name = "precision",
    .help = "TP / (TP + FP): the share of the predicted positives that are right",
    .undefined =
        "nothing predicted: n/a for the class, and 0 in the macro and samples means while there "
        "are positives, as in scikit-learn",
    .averages = IR_AVG_CLASS | IR_AVG_MACRO | IR_AVG_MICRO | IR_AVG_SAMPLES,
    .zero_in_macro = true,
    .value = value,
};
