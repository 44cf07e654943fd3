/* augment_clipping.c - an overdriven input: peaks cut off. */
#include "augment.h"

static const struct ir_augment_param params[] = {
    {"level", 1e-3, 1, "0.1..0.8", NULL, NULL, "where it cuts, as a share of the clip's peak"},
    {0},
};

static int clipping(const struct ir_augmenter *a, const double *value, struct ir_augment_clip *s,
                    struct ir_rng *rng, struct ir_err *err)
{
    (void)a;
    (void)rng;
    (void)err;
    const float top = (float)(value[0] * ir_augment_clip_peak(s));
    const size_t n = ir_augment_clip_count(s);
    for (size_t i = 0; i < n; i++)
        s->v[i] = s->v[i] > top ? top : s->v[i] < -top ? -top : s->v[i];
    return 0;
}

const struct ir_augment ir_augment_clipping = {
    .name = "clipping",
    .usage = "cut off the peaks",
    .example = "clipping level=0.2..0.8 p=0.3",
    .domain = IR_AUGMENT_AUDIO,
    .params = params,
    .apply = clipping,
};
