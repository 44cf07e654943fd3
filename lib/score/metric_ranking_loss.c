/* metric_ranking_loss.c - the share of (true, false) pairs of classes of a clip in the wrong order.
 */
#include "count.h"

static double of_clip(const struct ir_scores *s, size_t i)
{
    const float *p = s->p + i * s->k, *y = s->y + i * s->k;
    double wrong = 0, pairs = 0;
    for (size_t c = 0; c < s->k; c++)
        for (size_t d = 0; d < s->k && y[c] >= 0.5f; d++) {
            if (isnan(y[d]) || y[d] >= 0.5f)
                continue;
            pairs++;
            wrong += p[d] >= p[c];
        }
    return ir_ratio(wrong, pairs);
}

static double value(const struct ir_sample *v, enum ir_average a, size_t c)
{
    (void)a;
    (void)c;
    return ir_count_clips(v, of_clip);
}

const struct ir_metric ir_metric_ranking_loss = {
    .name = "ranking_loss",
    .help = "share of the (true, false) pairs of classes in the wrong order, ties wrong; mean over "
            "clips",
    .undefined = "clip whose known classes are all true or all false: left out (scikit-learn "
                 "counts it as 0)",
    .averages = IR_AVG_ALL,
    .needs_probability = true,
    .lower_is_better = true,
    .value = value,
};
