/* feature_pcen.c - per-channel energy normalisation (Wang et al. 2017), as librosa.pcen computes
 * it. */
#include "feature.h"

#include <math.h>

static bool pcen_on(const struct ir_front *f)
{
    return f->log == IR_LOG_PCEN;
}

/* M follows the energy with a first-order filter that starts at 1 (librosa's initial state);
 * the result is (E / (eps + M)^gain + bias)^power - bias^power. */
static int pcen(const struct ir_front *f, struct ir_map *m, struct ir_err *err)
{
    (void)err;
    const double frames = f->pcen_time_s / m->hop_s;
    const double b = (sqrt(1 + 4 * frames * frames) - 1) / (2 * frames * frames);
    const double root = pow(f->pcen_bias, f->pcen_power);
    for (size_t r = 0; r < m->channels * m->rows; r++) {
        double level = 1;
        float *v = m->v + r * m->frames;
        for (size_t t = 0; t < m->frames; t++) {
            const double e = f->mult * (double)v[t];
            level += b * (e - level);
            v[t] = (float)(pow(e * pow(f->pcen_eps + level, -f->pcen_gain) + f->pcen_bias,
                               f->pcen_power) -
                           root);
        }
    }
    return 0;
}

const struct ir_feature ir_feature_pcen = {
    .name = "pcen",
    .usage = "per-channel energy normalisation",
    .example = "feature=mel rate=8000 n-fft=256 hop=80 bands=20 log=pcen",
    .order = 10,
    .on = pcen_on,
    .apply = pcen,
};
