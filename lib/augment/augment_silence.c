/* augment_silence.c - nothing but zeros, and no label. */
#include "augment.h"

#include <string.h>

static const struct ir_augment_param params[] = {{0}};

static int silence(const struct ir_augmenter *a, const double *value, struct ir_augment_clip *s,
                   struct ir_rng *rng, struct ir_err *err)
{
    (void)a;
    (void)value;
    (void)rng;
    (void)err;
    memset(s->v, 0, ir_augment_clip_count(s) * sizeof *s->v);
    ir_augment_no_labels(s);
    return 0;
}

const struct ir_augment ir_augment_silence = {
    .name = "silence",
    .usage = "replace the clip by silence without a label",
    .example = "silence p=0.02",
    .domain = IR_AUGMENT_AUDIO,
    .params = params,
    .apply = silence,
};
