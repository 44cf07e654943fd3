/* metric_cell_accuracy.c - the share of (clip, class) cells decided right: the "accuracy" of 003.
 */
#include "count.h"

static double value(const struct ir_sample *v, enum ir_average a, size_t c)
{
    struct ir_count n = ir_count_of(v, a == IR_AVG_CLASS ? a : IR_AVG_MICRO, c);
    return ir_ratio(n.tp + n.tn, n.tp + n.tn + n.fp + n.fn);
}

const struct ir_metric ir_metric_cell_accuracy = {
    .name = "cell_accuracy",
    .help = "share of the known (clip, class) cells that are right; 1 - Hamming loss",
    .undefined = "no known cell: n/a",
    .averages = IR_AVG_ALL | IR_AVG_CLASS,
    .value = value,
};
