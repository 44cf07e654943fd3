/* metric_exact_match.c - the share of clips with every known cell right (subset accuracy). */
#include "count.h"

static double of_clip(const struct ir_scores *s, size_t i)
{
    struct ir_count n = ir_count_clip(s, i);
    if (n.tp + n.tn + n.fp + n.fn == 0)
        return IR_NA;
    return n.fp + n.fn == 0 ? 1 : 0;
}

static double value(const struct ir_sample *v, enum ir_average a, size_t c)
{
    (void)a;
    (void)c;
    return ir_count_clips(v, of_clip);
}

const struct ir_metric ir_metric_exact_match = {
    .name = "exact_match",
    .help = "share of the clips whose known cells are all right",
    .undefined = "clip without known cells: left out",
    .averages = IR_AVG_ALL,
    .value = value,
};
