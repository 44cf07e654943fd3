/* augment_shift.c - later or earlier, at the same length. */
#include "augment.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct ir_augment_param params[] = {
    {"s", -3600, 3600, "-0.1..0.1", "s", NULL, "delay; negative: the start is cut off"},
    {"fill", 0, 0, "zero", NULL, "zero|wrap", "what comes in at the open end"},
    {0},
};

static int shift(const struct ir_augmenter *a, const double *value, struct ir_augment_clip *s,
                 struct ir_rng *rng, struct ir_err *err)
{
    (void)a;
    (void)rng;
    (void)err;
    if (!s->frames)
        return 0;
    const bool wrap = value[1] > 0;
    const double n = (double)s->frames;
    double by = round(value[0] * s->rate_hz);
    by = wrap ? by - n * floor(by / n) : fmax(-n, fmin(n, by));
    float *old = ir_alloc(s->frames, sizeof *old);
    for (size_t c = 0; c < s->channels; c++) {
        float *v = s->v + c * s->frames;
        memcpy(old, v, s->frames * sizeof *v);
        for (size_t i = 0; i < s->frames; i++) {
            double from = (double)i - by;
            from += wrap && from < 0 ? n : 0;
            v[i] = from >= 0 && from < n ? old[(size_t)from] : 0;
        }
    }
    free(old);
    return 0;
}

const struct ir_augment ir_augment_shift = {
    .name = "shift",
    .usage = "move the sound in time",
    .example = "shift s=-0.05..0.05 p=0.9",
    .domain = IR_AUGMENT_AUDIO,
    .params = params,
    .apply = shift,
};
