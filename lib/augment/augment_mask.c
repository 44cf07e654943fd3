/* augment_mask.c - SpecAugment (Park et al. 2019): bands and frames of a feature blotted out. */
#include "augment.h"

#include <math.h>

enum { FILL_MEAN, FILL_MIN, FILL_ZERO };

static const struct ir_augment_param params[] = {
    {"freq", 0, 65536, "0..8", "bands", NULL, "height of a mask over bands"},
    {"time", 0, 1e6, "0..15", "frames", NULL, "length of a mask over frames"},
    {"freqs", 0, 64, "1", NULL, NULL, "masks over bands"},
    {"times", 0, 64, "1", NULL, NULL, "masks over frames"},
    {"fill", 0, 0, "mean", NULL, "mean|min|zero",
     "value put there: the clip's mean or minimum, or 0"},
    {0},
};

static float fill_value(const struct ir_augment_clip *s, int fill)
{
    const size_t n = ir_augment_clip_count(s);
    double sum = 0;
    float lo = n ? s->v[0] : 0;
    for (size_t i = 0; i < n; i++) {
        sum += (double)s->v[i] / (double)n;
        lo = s->v[i] < lo ? s->v[i] : lo;
    }
    return fill == FILL_MEAN ? (float)sum : fill == FILL_MIN ? lo : 0;
}

/* A random interval of the drawn length within n; at most all of it. */
static void interval(struct ir_range length, size_t n, struct ir_rng *rng, size_t *lo, size_t *hi)
{
    const double want = rint(ir_rng_in(rng, length));
    const size_t size = want < (double)n ? (size_t)want : n;
    *lo = (size_t)ir_rng_below(rng, n - size + 1);
    *hi = *lo + size;
}

static int mask(const struct ir_augmenter *a, const double *value, struct ir_augment_clip *s,
                struct ir_rng *rng, struct ir_err *err)
{
    (void)err;
    const float fill = fill_value(s, (int)value[4]);
    const int freqs = (int)rint(value[2]), masks = freqs + (int)rint(value[3]);
    for (int k = 0; k < masks; k++) {
        size_t r0 = 0, r1 = s->rows, t0 = 0, t1 = s->frames;
        if (k < freqs)
            interval(a->range[0], s->rows, rng, &r0, &r1);
        else
            interval(a->range[1], s->frames, rng, &t0, &t1);
        for (size_t c = 0; c < s->channels; c++)
            for (size_t r = r0; r < r1; r++)
                for (size_t t = t0; t < t1; t++)
                    s->v[(c * s->rows + r) * s->frames + t] = fill;
    }
    return 0;
}

const struct ir_augment ir_augment_mask = {
    .name = "mask",
    .usage = "blot out bands and frames (SpecAugment)",
    .example = "mask freq=0..8 time=0..15",
    .domain = IR_AUGMENT_FEATURE,
    .params = params,
    .apply = mask,
};
