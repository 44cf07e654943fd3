/* feature_stack.c - neighbouring frames joined into one taller frame. */
#include "feature.h"

#include <string.h>

static bool stack_on(const struct ir_front *f)
{
    return f->stack > 1;
}

/* Frame u of the result holds frames u step … u step + stack - 1, earliest on top; whole ones only.
 */
static int stack(const struct ir_front *f, struct ir_map *m, struct ir_err *err)
{
    const size_t n = (size_t)f->stack, step = (size_t)f->stack_step;
    if (m->frames < n)
        return ir_fail(err, "%zu frames, but %zu are to be joined", m->frames, n);
    if (n > IR_DATA_MAX / sizeof(float) / m->rows / ((m->frames - n) / step + 1) / m->channels)
        return ir_fail(err, "%zu joined frames of %zu rows are more than a record holds", n,
                       m->rows);
    struct ir_map out = {.hop_s = m->hop_s * (double)step};
    ir_map_reshape(&out, m->channels, m->rows * n, 1 + (m->frames - n) / step);
    for (size_t c = 0; c < m->channels; c++)
        for (size_t j = 0; j < n; j++)
            for (size_t r = 0; r < m->rows; r++)
                for (size_t u = 0; u < out.frames; u++)
                    out.v[(c * out.rows + j * m->rows + r) * out.frames + u] =
                        m->v[(c * m->rows + r) * m->frames + u * step + j];
    ir_map_move(m, &out);
    return 0;
}

const struct ir_feature ir_feature_stack = {
    .name = "stack",
    .usage = "neighbouring frames joined into one",
    .example = "feature=mel rate=8000 n-fft=256 hop=80 bands=20 stack=5 stack-step=2",
    .order = 40,
    .on = stack_on,
    .apply = stack,
};
