/* augment_stretch.c - longer or shorter at the same pitch. */
#include "augment.h"

#include <stdlib.h>
#include <string.h>

static const struct ir_augment_param params[] = {
    {"factor", 0.25, 4, "0.9..1.1", NULL, NULL, "new length as a share of the old"},
    {"keep", 0, 0, "yes", NULL, "no|yes", "cut or pad to the old number of samples"},
    {0},
};

static int stretch(const struct ir_augmenter *a, const double *value, struct ir_augment_clip *s,
                   struct ir_rng *rng, struct ir_err *err)
{
    (void)a;
    (void)rng;
    const size_t before = s->frames;
    float *all = NULL;
    size_t n = 0;
    int rc = 0;
    for (size_t c = 0; c < s->channels && !rc; c++) {
        float *one = NULL;
        rc = ir_dsp_stretch(s->v + c * before, before, value[0], &one, &n, err);
        if (!rc && !all)
            all = ir_zalloc(s->channels * n + 1, sizeof *all);
        if (!rc)
            memcpy(all + c * n, one, n * sizeof *one);
        free(one);
    }
    if (rc || !all) {
        free(all);
        return rc;
    }
    free(s->v);
    s->v = all;
    s->frames = n;
    if (value[1] > 0)
        ir_augment_clip_resize(s, before);
    return 0;
}

const struct ir_augment ir_augment_stretch = {
    .name = "stretch",
    .usage = "change the tempo",
    .example = "stretch factor=0.9..1.1",
    .domain = IR_AUGMENT_AUDIO,
    .params = params,
    .apply = stretch,
};
