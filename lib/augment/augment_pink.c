/* augment_pink.c - pink noise (equal power in each octave) at a ratio to the clip's own power. */
#include "augment.h"

#include <math.h>
#include <stdlib.h>

static const struct ir_augment_param params[] = {
    {"snr", -60, 120, "10..30", "dB", NULL, "signal power above noise power"},
    {0},
};

/* White noise through six first-order poles a decade apart and a direct share: P. Kellet's filter,
 * 3 dB an octave within 0.05 dB above a five-thousandth of the rate. */
static double filter(double b[7], double white)
{
    static const double pole[6] = {0.99886, 0.99332, 0.96900, 0.86650, 0.55000, -0.7616};
    static const double gain[6] = {0.0555179, 0.0750759, 0.1538520,
                                   0.3104856, 0.5329522, -0.0168980};
    double sum = b[6] + white * 0.5362;
    for (int i = 0; i < 6; i++) {
        b[i] = pole[i] * b[i] + white * gain[i];
        sum += b[i];
    }
    b[6] = white * 0.115926;
    return sum;
}

static int pink(const struct ir_augmenter *a, const double *value, struct ir_augment_clip *s,
                struct ir_rng *rng, struct ir_err *err)
{
    (void)a;
    (void)err;
    const double wanted = ir_augment_clip_power(s) * pow(10, -value[0] / 10);
    if (wanted <= 0)
        return 0;
    float *noise = ir_alloc(s->frames + 1, sizeof *noise);
    for (size_t c = 0; c < s->channels; c++) {
        double b[7] = {0}, power = 0;
        for (int i = 0; i < 4000; i++) /* past the filter's start */
            filter(b, ir_rng_normal(rng));
        for (size_t i = 0; i < s->frames; i++) {
            noise[i] = (float)filter(b, ir_rng_normal(rng));
            power += (double)noise[i] * (double)noise[i] / (double)s->frames;
        }
        const float g = (float)sqrt(wanted / fmax(power, 1e-30));
        for (size_t i = 0; i < s->frames; i++)
            s->v[c * s->frames + i] += g * noise[i];
    }
    free(noise);
    return 0;
}

const struct ir_augment ir_augment_pink = {
    .name = "pink",
    .usage = "add pink noise",
    .example = "pink snr=10..30 p=0.5",
    .domain = IR_AUGMENT_AUDIO,
    .params = params,
    .apply = pink,
};
