/* metric_present_accuracy.c - the "modified accuracy" of 003: cell accuracy over the classes that
 * occur at all in the clip's group (its recording), so that classes a recording never has do not
 * flatter. */
#include "count.h"
#include <stdlib.h>

static double value(const struct ir_sample *v, enum ir_average a, size_t class)
{
    struct ir_scores *s = v->s;
    size_t groups;
    const uint32_t *of = ir_scores_units(s, IR_UNIT_GROUP, &groups);
    unsigned char *present = ir_zalloc(groups * s->k + 1, 1);
    double right = 0, all = 0;
    (void)a;
    (void)class;
    for (size_t i = 0; i < s->n; i++)
        for (size_t c = 0; c < s->k; c++)
            present[of[i] * s->k + c] |= s->y[i * s->k + c] >= 0.5f;
    for (size_t i = 0; i < s->n; i++) {
        double w = ir_sample_weight(v, i);
        for (size_t c = 0; c < s->k; c++) {
            float y = s->y[i * s->k + c];
            if (isnan(y) || !present[of[i] * s->k + c])
                continue;
            all += w;
            right += (y >= 0.5f) == s->yes[i * s->k + c] ? w : 0;
        }
    }
    free(present);
    return ir_ratio(right, all);
}

const struct ir_metric ir_metric_present_accuracy = {
    .name = "present_accuracy",
    .help =
        "cell accuracy over the classes that the clip's group (recording) has in any of its clips",
    .undefined = "no group has a label: n/a; a clip without a group is a group of its own",
    .averages = IR_AVG_ALL,
    .value = value,
};
