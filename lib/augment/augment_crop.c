/* augment_crop.c - a stretch of fixed length from a random place. */
#include "augment.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct ir_augment_param params[] = {
    {"s", 1e-4, 86400, "1", "s", NULL, "length; a shorter clip gets zeros behind it"},
    {0},
};

static int crop(const struct ir_augmenter *a, const double *value, struct ir_augment_clip *s,
                struct ir_rng *rng, struct ir_err *err)
{
    (void)a;
    (void)err;
    const size_t n = (size_t)fmax(1, rint(value[0] * s->rate_hz));
    if (n < s->frames) {
        const size_t from = (size_t)ir_rng_below(rng, s->frames - n + 1);
        double offset = 0;
        for (size_t c = 0; c < s->channels; c++)
            memmove(s->v + c * s->frames, s->v + c * s->frames + from, n * sizeof *s->v);
        if (ir_meta_real(s->meta, "offset", -1e300, 1e300, &offset, NULL) >= 0)
            ir_meta_set_real(s->meta, "offset", offset + (double)from / s->rate_hz);
    }
    ir_augment_clip_resize(s, n);
    ir_meta_set_real(s->meta, "length", (double)n / s->rate_hz);
    return 0;
}

const struct ir_augment ir_augment_crop = {
    .name = "crop",
    .usage = "cut a piece of fixed length from a random place",
    .example = "crop s=0.05",
    .domain = IR_AUGMENT_AUDIO,
    .params = params,
    .apply = crop,
};
