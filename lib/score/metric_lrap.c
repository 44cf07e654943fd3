/* metric_lrap.c - label ranking average precision: for each true class of a clip, the share of true
 * classes among those ranked at or above it; mean over the true classes, then over the clips. */
#include "count.h"

static double of_clip(const struct ir_scores *s, size_t i)
{
    double sum = 0, positives = 0;
    for (size_t c = 0; c < s->k; c++) {
        const double right = ir_count_rank(s, i, c);
        sum += isnan(right) ? 0 : right;
        positives += !isnan(right);
    }
    return ir_ratio(sum, positives);
}

static double value(const struct ir_sample *v, enum ir_average a, size_t c)
{
    (void)a;
    (void)c;
    return ir_count_clips(v, of_clip);
}

const struct ir_metric ir_metric_lrap = {
    .name = "lrap",
    .help = "label ranking average precision, mean over the clips with labels",
    .undefined = "clip without labels: left out (scikit-learn counts it as 1)",
    .averages = IR_AVG_ALL,
    .needs_probability = true,
    .value = value,
};
