/* augment_mixup.c - mixup (Zhang et al. 2018): a weighted sum of two clips and of their labels. */
#include "augment.h"

#include <math.h>
#include <stdlib.h>

static const struct ir_augment_param params[] = {
    {"alpha", 0.01, 100, "0.2", NULL, NULL,
     "both parameters of the beta distribution of the weight"},
    {0},
};

/* Gamma distribution with scale 1: Marsaglia and Tsang 2000. */
static double gamma_number(double shape, struct ir_rng *rng)
{
    if (shape < 1)
        return gamma_number(shape + 1, rng) * pow(1 - ir_rng_uniform(rng), 1 / shape);
    const double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);
    for (;;) {
        const double x = ir_rng_normal(rng), v = pow(1 + c * x, 3);
        if (1 + c * x > 0 && log(1 - ir_rng_uniform(rng)) < 0.5 * x * x + d - d * v + d * log(v))
            return d * v;
    }
}

/* Share of the other clip, at most ½: this clip stays the main one. */
static double draw_share(double alpha, struct ir_rng *rng)
{
    const double a = gamma_number(alpha, rng), b = gamma_number(alpha, rng);
    const double share = a + b > 0 ? a / (a + b) : 0;
    return share > 0.5 ? 1 - share : share;
}

static int mixup(const struct ir_augmenter *a, const double *value, struct ir_augment_clip *s,
                 struct ir_rng *rng, struct ir_err *err)
{
    const struct ir_rec *r = ir_partners_next(a->partners, s, rng);
    const double share = draw_share(value[0], rng);
    const int rank = s->feature ? 3 : 2;
    if (!r)
        return ir_fail(err, "there is no other clip to mix with");
    const size_t channels = r->rank == rank ? r->shape[0] : 1,
                 frames = r->rank ? r->shape[r->rank - 1] : 0;
    const size_t rows = s->feature && r->rank > 1 ? r->shape[r->rank - 2] : 1;
    double rate = s->rate_hz;
    ir_meta_real(&r->meta, "rate", 0, 1e12, &rate, NULL);
    if (channels != s->channels || rows != s->rows || rate != s->rate_hz)
        return ir_fail(err, "clip %s has another shape or rate", ir_rec_id(r));
    struct ir_buf tmp = {0};
    const float *x = ir_rec_f32(r, !s->feature, &tmp), p = (float)share;
    for (size_t i = 0; i < channels * rows; i++) {
        float *v = s->v + i * s->frames;
        for (size_t t = 0; t < s->frames; t++) {
            /* Sound that has ended is silence; a feature that has ended has no value. */
            const float other = t < frames ? x[i * frames + t] : s->feature ? v[t] : 0;
            v[t] = (1 - p) * v[t] + p * other;
        }
    }
    ir_buf_free(&tmp);
    ir_augment_join_labels(s, &r->meta, share);
    return 0;
}

const struct ir_augment ir_augment_mixup = {
    .name = "mixup",
    .usage = "weighted sum of two clips and their labels",
    .example = "mixup alpha=0.2",
    .domain = IR_AUGMENT_BOTH,
    .params = params,
    .mixes = true,
    .apply = mixup,
};
