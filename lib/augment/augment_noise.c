/* augment_noise.c - white Gaussian noise at a ratio to the clip's own power. */
#include "augment.h"

#include <math.h>

static const struct ir_augment_param params[] = {
    {"snr", -60, 120, "10..30", "dB", NULL, "signal power above noise power"},
    {0},
};

static int noise(const struct ir_augmenter *a, const double *value, struct ir_augment_clip *s,
                 struct ir_rng *rng, struct ir_err *err)
{
    (void)a;
    (void)err;
    /* Silence has no ratio to anything and stays silent. */
    const double sigma = sqrt(ir_augment_clip_power(s) * pow(10, -value[0] / 10));
    if (sigma > 0)
        ir_dsp_noise(s->v, ir_augment_clip_count(s), sigma, ir_rng_u64(rng));
    return 0;
}

const struct ir_augment ir_augment_noise = {
    .name = "noise",
    .usage = "add white noise",
    .example = "noise snr=10..30 p=0.5",
    .domain = IR_AUGMENT_AUDIO,
    .params = params,
    .apply = noise,
};
