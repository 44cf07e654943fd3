/* augment_polarity.c - the sound upside down. */
#include "augment.h"

static const struct ir_augment_param params[] = {{0}};

static int polarity(const struct ir_augmenter *a, const double *value, struct ir_augment_clip *s,
                    struct ir_rng *rng, struct ir_err *err)
{
    (void)a;
    (void)value;
    (void)rng;
    (void)err;
    const size_t n = ir_augment_clip_count(s);
    for (size_t i = 0; i < n; i++)
        s->v[i] = -s->v[i];
    return 0;
}

const struct ir_augment ir_augment_polarity = {
    .name = "polarity",
    .usage = "reverse the sign",
    .example = "polarity p=0.5",
    .domain = IR_AUGMENT_AUDIO,
    .params = params,
    .apply = polarity,
};
