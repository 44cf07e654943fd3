/* metric_top5.c - is a label among the 5 most probable classes? */
#include "count.h"

static double of_clip(const struct ir_scores *s, size_t i)
{
    return ir_count_top(s, i, 5);
}

static double value(const struct ir_sample *v, enum ir_average a, size_t c)
{
    (void)a;
    (void)c;
    return ir_count_clips(v, of_clip);
}

const struct ir_metric ir_metric_top5 = {
    .name = "top5",
    .help = "share of the clips with a label among their 5 most probable classes; ties count their "
            "chance",
    .undefined = "clip without labels: left out; fewer than 5 classes: n/a",
    .averages = IR_AVG_ALL,
    .needs_probability = true,
    .value = value,
};
