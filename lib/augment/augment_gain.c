/* augment_gain.c - louder or softer. */
#include "augment.h"

#include <math.h>

static const struct ir_augment_param params[] = {
    {"db", -120, 120, "0", "dB", NULL, "gain"},
    {"factor", 0, 1e6, "1", NULL, NULL, "the gain as a factor, on top of db"},
    {0},
};

static int gain(const struct ir_augmenter *a, const double *value, struct ir_augment_clip *s,
                struct ir_rng *rng, struct ir_err *err)
{
    (void)a;
    (void)rng;
    (void)err;
    const float g = (float)(pow(10, value[0] / 20) * value[1]);
    const size_t n = ir_augment_clip_count(s);
    for (size_t i = 0; i < n; i++)
        s->v[i] *= g;
    return 0;
}

const struct ir_augment ir_augment_gain = {
    .name = "gain",
    .usage = "multiply by a random gain",
    .example = "gain db=-6..6",
    .domain = IR_AUGMENT_AUDIO,
    .params = params,
    .apply = gain,
};
