/* metric_f1.c - F1 of a class, of the pooled cells, of each clip. The macro value is the mean of
 * the classes' F1, not the F1 of macro precision and recall. */
#include "count.h"

static double of(struct ir_count n)
{
    return ir_ratio(2 * n.tp, 2 * n.tp + n.fp + n.fn);
}

static double value(const struct ir_sample *v, enum ir_average a, size_t c)
{
    if (a == IR_AVG_SAMPLES)
        return ir_count_samples(v, of);
    if (a == IR_AVG_CLASS && ir_sample_support(v, c) == 0)
        return IR_NA;
    return of(ir_count_of(v, a, c));
}

const struct ir_metric ir_metric_f1 = {
    .name = "f1",
    .help = "2 TP / (2 TP + FP + FN); macro: the mean of the classes' F1",
    .undefined =
        "class without positives: n/a, and left out of the macro mean; clip with neither positives "
        "nor predictions: left out of the samples mean",
    .averages = IR_AVG_CLASS | IR_AVG_MACRO | IR_AVG_MICRO | IR_AVG_SAMPLES,
    .value = value,
};
