/* feature_affine.c - (v - mean) / std of every value, as some networks were trained on. */
#include "feature.h"

static bool affine_on(const struct ir_front *f)
{
    return f->mean != 0 || f->std != 1;
}

static int affine(const struct ir_front *f, struct ir_map *m, struct ir_err *err)
{
    const float mean = (float)f->mean, scale = (float)(1 / f->std);
    const size_t n = m->channels * m->rows * m->frames;
    (void)err;
    for (size_t i = 0; i < n; i++)
        m->v[i] = (m->v[i] - mean) * scale;
    return 0;
}

const struct ir_feature ir_feature_affine = {
    .name = "affine",
    .usage = "(v - mean) / std of every value",
    .example = "feature=mel rate=8000 n-fft=256 hop=80 bands=20 log=ln mean=-4.5 std=5",
    .order = 20,
    .on = affine_on,
    .apply = affine,
};
