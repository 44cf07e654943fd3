/* augment_lowpass.c - what MP3 and AAC encoders leave at low bit rates: nothing above a frequency.
 */
#include "augment.h"

enum { TAPS = 511 };

static const struct ir_augment_param params[] = {
    {"hz", 100, 1e6, "8000..16000", "Hz", NULL,
     "frequency of -6 dB; nothing happens above half the rate"},
    {0},
};

static int lowpass(const struct ir_augmenter *a, const double *value, struct ir_augment_clip *s,
                   struct ir_rng *rng, struct ir_err *err)
{
    (void)a;
    (void)rng;
    const double cut = value[0] / s->rate_hz;
    float h[TAPS];
    int rc = 0;
    if (cut >= 0.5)
        return 0;
    ir_dsp_lowpass(cut, TAPS, h);
    for (size_t c = 0; c < s->channels && !rc; c++) {
        float *v = s->v + c * s->frames;
        rc = ir_dsp_convolve(v, s->frames, h, TAPS, TAPS / 2, v, err);
    }
    return rc;
}

const struct ir_augment ir_augment_lowpass = {
    .name = "lowpass",
    .usage = "steep low-pass, as of an MP3 encoder",
    .example = "lowpass hz=2000..3500",
    .domain = IR_AUGMENT_AUDIO,
    .params = params,
    .apply = lowpass,
};
