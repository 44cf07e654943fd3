/* metric_ece.c - expected calibration error with 15 equal bins (Guo et al. 2017): sum over the bins
 * of (share of the cases) × |mean confidence - share right|. One label a clip: the case is the
 * clip, its confidence the top probability. Otherwise each known cell is a case, its confidence the
 * probability. */
#include "count.h"

#define BINS 15

struct bin {
    double w, confidence, right;
};

static void put(struct bin *bin, double p, bool right, double w)
{
    /* Bins (0, 1/15], (1/15, 2/15] …; 0 goes to the first. */
    int b = (int)ceil(p * BINS) - 1;
    b = b < 0 ? 0 : b >= BINS ? BINS - 1 : b;
    bin[b].w += w;
    bin[b].confidence += w * p;
    bin[b].right += right ? w : 0;
}

static double value(const struct ir_sample *v, enum ir_average a, size_t c)
{
    (void)a;
    (void)c;
    struct ir_scores *s = v->s;
    struct bin bin[BINS] = {{0}};
    double all = 0, sum = 0;
    for (size_t i = 0; i < s->n; i++) {
        double w = ir_sample_weight(v, i);
        size_t one = 0, top = ir_scores_top(s, i);
        if (w == 0)
            continue;
        if (s->single) {
            if (ir_scores_positives(s, i, &one) == 1)
                put(bin, (double)s->p[i * s->k + top], top == one, w);
            continue;
        }
        for (size_t d = 0; d < s->k; d++)
            if (!isnan(s->y[i * s->k + d]))
                put(bin, (double)s->p[i * s->k + d], s->y[i * s->k + d] >= 0.5f, w);
    }
    for (size_t b = 0; b < BINS; b++) {
        all += bin[b].w;
        sum += fabs(bin[b].confidence - bin[b].right);
    }
    return ir_ratio(sum, all);
}

const struct ir_metric ir_metric_ece = {
    .name = "ece",
    .help =
        "expected calibration error: mean gap between confidence and share right, 15 equal bins",
    .undefined = "no clip with exactly one label (single) or no known cell (multi): n/a",
    .averages = IR_AVG_ALL,
    .needs_probability = true,
    .lower_is_better = true,
    .value = value,
};
