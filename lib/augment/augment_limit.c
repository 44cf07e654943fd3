/* augment_limit.c - a louder clip is scaled so that its peak stays within bounds. */
#include "augment.h"

static const struct ir_augment_param params[] = {
    {"peak", 1e-6, 1e6, "0.9", NULL, NULL, "largest magnitude allowed"},
    {0},
};

static int limit(const struct ir_augmenter *a, const double *value, struct ir_augment_clip *s,
                 struct ir_rng *rng, struct ir_err *err)
{
    (void)a;
    (void)rng;
    (void)err;
    const double peak = ir_augment_clip_peak(s);
    const size_t n = ir_augment_clip_count(s);
    const float g = (float)(value[0] / peak);
    for (size_t i = 0; i < n && peak > value[0]; i++)
        s->v[i] *= g;
    return 0;
}

const struct ir_augment ir_augment_limit = {
    .name = "limit",
    .usage = "scale a clip down to a largest peak",
    .example = "limit peak=0.9",
    .domain = IR_AUGMENT_AUDIO,
    .params = params,
    .apply = limit,
};
