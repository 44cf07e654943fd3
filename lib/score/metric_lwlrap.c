/* metric_lwlrap.c - label-weighted label ranking average precision (DCASE 2019, task 2; Fonseca et
 * al. 2019): for each true label of each clip, the share of true classes among those ranked at or
 * above it; mean over all labels, or over those of one class. */
#include "count.h"

static double value(const struct ir_sample *v, enum ir_average a, size_t c)
{
    double sum = 0, labels = 0;
    for (size_t k = a == IR_AVG_CLASS ? c : 0; k < (a == IR_AVG_CLASS ? c + 1 : v->s->k); k++) {
        for (size_t i = 0; i < v->s->n; i++) {
            const double right = ir_count_rank(v->s, i, k);
            if (isnan(right))
                continue;
            sum += ir_sample_weight(v, i) * right;
            labels += ir_sample_weight(v, i);
        }
    }
    return ir_ratio(sum, labels);
}

const struct ir_metric ir_metric_lwlrap = {
    .name = "lwlrap",
    .help = "label-weighted label ranking average precision: mean over all true labels",
    .undefined = "no label: n/a",
    .averages = IR_AVG_ALL | IR_AVG_CLASS,
    .needs_probability = true,
    .value = value,
};
