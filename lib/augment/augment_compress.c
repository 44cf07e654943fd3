/* augment_compress.c - a compressor as mastering uses it: loud passages are turned down above a
 * threshold.
 *
 * Feed-forward, one gain for all channels; the level is followed by a one-pole filter with attack
 * and release times (Giannoulis, Massberg and Reiss 2012, the decoupled smooth detector without a
 * knee). The clip's peak stays. */
#include "augment.h"

#include <math.h>

static const struct ir_augment_param params[] = {
    {"threshold", -80, 0, "-30..-10", "dB", NULL, "where it begins, below the clip's peak"},
    {"ratio", 1, 100, "2..8", NULL, NULL, "dB above the threshold that become one"},
    {"attack", 1e-5, 10, "0.002..0.02", "s", NULL, "time in which it follows a rise"},
    {"release", 1e-4, 60, "0.05..0.3", "s", NULL, "time in which it follows a fall"},
    {0},
};

static double largest(const struct ir_augment_clip *s, size_t i)
{
    double top = 0;
    for (size_t c = 0; c < s->channels; c++)
        top = fmax(top, fabs((double)s->v[c * s->frames + i]));
    return top;
}

static int compress(const struct ir_augmenter *a, const double *value, struct ir_augment_clip *s,
                    struct ir_rng *rng, struct ir_err *err)
{
    (void)a;
    (void)rng;
    (void)err;
    const double peak = ir_augment_clip_peak(s), from = peak * pow(10, value[0] / 20);
    const double slope = 1 / value[1] - 1, rise = 1 - exp(-1 / (value[2] * s->rate_hz)),
                 fall = 1 - exp(-1 / (value[3] * s->rate_hz));
    double level = 0;
    for (size_t i = 0; i < s->frames && peak > 0; i++) {
        const double now = largest(s, i);
        level += (now > level ? rise : fall) * (now - level);
        if (level <= from)
            continue;
        const float g = (float)pow(level / from, slope);
        for (size_t c = 0; c < s->channels; c++)
            s->v[c * s->frames + i] *= g;
    }
    const double left = ir_augment_clip_peak(s);
    for (size_t i = 0; i < ir_augment_clip_count(s) && left > 0; i++)
        s->v[i] *= (float)(peak / left);
    return 0;
}

const struct ir_augment ir_augment_compress = {
    .name = "compress",
    .usage = "compress the dynamic range",
    .example = "compress threshold=-30..-10 ratio=2..8 p=0.3",
    .domain = IR_AUGMENT_AUDIO,
    .params = params,
    .apply = compress,
};
