/* metric_lrap.c - label ranking average precision: for each true class of a clip, the share of true
 * classes among those ranked at or above it; mean over the true classes, then over the clips. */
#include "count.h"

static double of_clip(const struct ir_scores *s, size_t i)
{
    const float *p = s->p + i * s->k, *y = s->y + i * s->k;
    double sum = 0, positives = 0;
    for (size_t c = 0; c < s->k; c++) {
        double rank = 0, right = 0;
        if (!(y[c] >= 0.5f))
            continue;
        for (size_t d = 0; d < s->k; d++) {
            if (isnan(y[d]) || p[d] < p[c])
                continue;
            rank++;
            right += y[d] >= 0.5f;
        }
        sum += right / rank;
        positives++;
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
