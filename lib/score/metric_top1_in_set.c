/* metric_top1_in_set.c - the score of 002: is the most probable class one of the clip's labels?
 * Classes that tie for the first place each count their share, so that the value does not depend on
 * their order. */
#include "count.h"

static double of_clip(const struct ir_scores *s, size_t i)
{
    const float *p = s->p + i * s->k, *y = s->y + i * s->k;
    size_t one;
    if (ir_scores_positives(s, i, &one) < 1)
        return IR_NA;
    float best = p[ir_scores_top(s, i)];
    double right = 0, tied = 0;
    for (size_t c = 0; c < s->k; c++) {
        if (p[c] != best || isnan(y[c]))
            continue;
        tied++;
        right += y[c] >= 0.5f;
    }
    return ir_ratio(right, tied);
}

static double value(const struct ir_sample *v, enum ir_average a, size_t c)
{
    (void)a;
    (void)c;
    return ir_count_clips(v, of_clip);
}

const struct ir_metric ir_metric_top1_in_set = {
    .name = "top1_in_set",
    .help = "share of the clips whose most probable class is among their labels; ties count their "
            "share",
    .undefined = "clip without labels, or whose first class is unknown: left out",
    .averages = IR_AVG_ALL,
    .value = value,
};
