/* augment_pitch.c - higher or lower at the same length: stretched, then read at another rate. */
#include "augment.h"

#include <math.h>
#include <stdlib.h>

static const struct ir_augment_param params[] = {
    {"semitones", -24, 24, "-2..2", NULL, NULL, "change of pitch"},
    {0},
};

static int pitch(const struct ir_augmenter *a, const double *value, struct ir_augment_clip *s,
                 struct ir_rng *rng, struct ir_err *err)
{
    (void)a;
    (void)rng;
    const double factor = exp2(value[0] / 12);
    int rc = 0;
    for (size_t c = 0; c < s->channels && !rc && factor != 1; c++) {
        float *v = s->v + c * s->frames, *longer = NULL;
        size_t n = 0;
        rc = ir_dsp_stretch(v, s->frames, factor, &longer, &n, err);
        if (!rc)
            ir_dsp_resample(longer, n, factor, v, s->frames);
        free(longer);
    }
    return rc;
}

const struct ir_augment ir_augment_pitch = {
    .name = "pitch",
    .usage = "change the pitch",
    .example = "pitch semitones=-2..2",
    .domain = IR_AUGMENT_AUDIO,
    .params = params,
    .apply = pitch,
};
