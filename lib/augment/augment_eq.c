/* augment_eq.c - a random equaliser: peaking filters after R. Bristow-Johnson's cookbook. */
#include "augment.h"

#include <math.h>

static const struct ir_augment_param params[] = {
    {"bands", 1, 32, "1..4", NULL, NULL, "number of filters"},
    {"hz", 1, 1e6, "80..8000", "Hz", NULL,
     "centre of each, uniform in pitch; at most 0.45 of the rate"},
    {"db", -60, 60, "-9..9", "dB", NULL, "gain of each at its centre"},
    {"q", 0.05, 50, "0.5..2", NULL, NULL, "quality of each"},
    {0},
};

static void peaking(float *v, size_t n, double hz, double db, double q)
{
    const double g = pow(10, db / 40), w = 2 * M_PI * hz, alpha = sin(w) / (2 * q),
                 a0 = 1 + alpha / g;
    const double b[3] = {(1 + alpha * g) / a0, -2 * cos(w) / a0, (1 - alpha * g) / a0};
    const double a1 = b[1], a2 = (1 - alpha / g) / a0;
    double s1 = 0, s2 = 0;
    for (size_t i = 0; i < n; i++) {
        const double x = (double)v[i], y = b[0] * x + s1;
        s1 = b[1] * x - a1 * y + s2;
        s2 = b[2] * x - a2 * y;
        v[i] = (float)y;
    }
}

static int eq(const struct ir_augmenter *a, const double *value, struct ir_augment_clip *s,
              struct ir_rng *rng, struct ir_err *err)
{
    (void)err;
    const int bands = (int)rint(value[0]);
    const struct ir_range octaves = {log2(a->range[1].lo), log2(a->range[1].hi)};
    for (int k = 0; k < bands; k++) {
        const double hz = fmin(exp2(ir_rng_in(rng, octaves)) / s->rate_hz, 0.45);
        const double db = ir_rng_in(rng, a->range[2]), q = ir_rng_in(rng, a->range[3]);
        for (size_t c = 0; c < s->channels; c++)
            peaking(s->v + c * s->frames, s->frames, hz, db, q);
    }
    return 0;
}

const struct ir_augment ir_augment_eq = {
    .name = "eq",
    .usage = "random peaking filters",
    .example = "eq bands=1..3 db=-6..6",
    .domain = IR_AUGMENT_AUDIO,
    .params = params,
    .apply = eq,
};
