/* metric_roc_auc.c - the chance that a positive clip ranks above a negative one; a tie counts one
 * half. */
#include "count.h"

static double value(const struct ir_sample *v, enum ir_average a, size_t c)
{
    (void)a;
    struct ir_scores *s = v->s;
    double positives = ir_sample_support(v, c), negatives = v->count[c].fp + v->count[c].tn;
    double above = 0, sum = 0;
    if (positives == 0 || negatives == 0)
        return IR_NA;
    const struct ir_ranked *r = ir_scores_order(s, c);
    for (size_t i = 0; i < s->n;) {
        float p = r[i].p;
        double pos = 0, neg = 0;
        for (; i < s->n && r[i].p == p; i++)
            if (!isnan(r[i].y))
                *(r[i].y >= 0.5f ? &pos : &neg) += ir_sample_weight(v, r[i].at);
        sum += neg * (above + pos / 2);
        above += pos;
    }
    return sum / (positives * negatives);
}

const struct ir_metric ir_metric_roc_auc = {
    .name = "roc_auc",
    .help = "area under the ROC curve: the chance that a positive ranks above a negative, ties one "
            "half",
    .undefined = "no positives or no negatives: n/a, and left out of the macro mean",
    .averages = IR_AVG_CLASS | IR_AVG_MACRO,
    .needs_probability = true,
    .value = value,
};
