/* conv_plain.c - the direct sum in plain C, in double: the reference that every other route is
 * tested against. It takes every shape and every processor. */
#include "conv_impl.h"

#include <string.h>

struct job {
    const struct ir_conv *c;
    size_t n;
    const float *x, *w, *bias, *dy;
    float *y, *dx, *dw, *db;
};

/* Where tap k of output o reads the input, or false when that is in the padding. */
static bool source(const struct ir_conv_shape *s, int axis, size_t o, size_t k, size_t *at)
{
    size_t i = o * s->stride[axis] + k * s->dilation[axis];
    if (i < s->pad[axis] || i - s->pad[axis] >= s->size[axis])
        return false;
    *at = i - s->pad[axis];
    return true;
}

static double one_output(const struct job *j, size_t b, size_t o, size_t oy, size_t ox)
{
    const struct ir_conv_shape *s = &j->c->s;
    size_t in_g = s->in / s->groups, g = o / (s->out / s->groups);
    size_t plane = s->size[0] * s->size[1], iy, ix;
    double sum = j->bias ? (double)j->bias[o] : 0;
    for (size_t i = 0; i < in_g; i++) {
        const float *x = j->x + (b * s->in + g * in_g + i) * plane;
        const float *w = j->w + (o * in_g + i) * s->kernel[0] * s->kernel[1];
        for (size_t ky = 0; ky < s->kernel[0]; ky++) {
            if (!source(s, 0, oy, ky, &iy))
                continue;
            for (size_t kx = 0; kx < s->kernel[1]; kx++)
                if (source(s, 1, ox, kx, &ix))
                    sum += (double)x[iy * s->size[1] + ix] * (double)w[ky * s->kernel[1] + kx];
        }
    }
    return sum;
}

static void forward_task(void *arg, size_t task, unsigned thread)
{
    const struct job *j = arg;
    const struct ir_conv *c = j->c;
    size_t b = task / c->s.out, o = task % c->s.out;
    float *y = j->y + task * c->out_size[0] * c->out_size[1];
    (void)thread;
    for (size_t oy = 0; oy < c->out_size[0]; oy++)
        for (size_t ox = 0; ox < c->out_size[1]; ox++)
            *y++ = (float)one_output(j, b, o, oy, ox);
}

static void forward(const struct ir_conv *c, struct ir_pool *pool, size_t n, const float *x,
                    const float *w, const float *bias, float *y, bool same_w, void *keep,
                    void *scratch)
{
    struct job j = {.c = c, .n = n, .x = x, .w = w, .bias = bias, .y = y};
    (void)same_w;
    (void)keep;
    (void)scratch;
    ir_pool_run(pool, n * c->s.out, forward_task, &j);
}

/* One input channel of one clip. */
static void dx_task(void *arg, size_t task, unsigned thread)
{
    const struct job *j = arg;
    const struct ir_conv_shape *s = &j->c->s;
    const size_t *os = j->c->out_size;
    size_t b = task / s->in, i = task % s->in, in_g = s->in / s->groups, out_g = s->out / s->groups;
    size_t plane = s->size[0] * s->size[1], iy, ix, g = i / in_g;
    float *dx = j->dx + task * plane;
    (void)thread;
    memset(dx, 0, plane * sizeof *dx);
    for (size_t o = g * out_g; o < (g + 1) * out_g; o++) {
        const float *dy = j->dy + (b * s->out + o) * os[0] * os[1];
        const float *w = j->w + (o * in_g + i % in_g) * s->kernel[0] * s->kernel[1];
        for (size_t oy = 0; oy < os[0]; oy++)
            for (size_t ky = 0; ky < s->kernel[0]; ky++) {
                if (!source(s, 0, oy, ky, &iy))
                    continue;
                for (size_t ox = 0; ox < os[1]; ox++)
                    for (size_t kx = 0; kx < s->kernel[1]; kx++)
                        if (source(s, 1, ox, kx, &ix))
                            dx[iy * s->size[1] + ix] +=
                                dy[oy * os[1] + ox] * w[ky * s->kernel[1] + kx];
            }
    }
}

static double one_weight(const struct job *j, size_t o, size_t i, size_t ky, size_t kx)
{
    const struct ir_conv_shape *s = &j->c->s;
    const size_t *os = j->c->out_size;
    size_t in_g = s->in / s->groups, g = o / (s->out / s->groups), iy, ix;
    double sum = 0;
    for (size_t b = 0; b < j->n; b++) {
        const float *x = j->x + (b * s->in + g * in_g + i) * s->size[0] * s->size[1];
        const float *dy = j->dy + (b * s->out + o) * os[0] * os[1];
        for (size_t oy = 0; oy < os[0]; oy++) {
            if (!source(s, 0, oy, ky, &iy))
                continue;
            for (size_t ox = 0; ox < os[1]; ox++)
                if (source(s, 1, ox, kx, &ix))
                    sum += (double)dy[oy * os[1] + ox] * (double)x[iy * s->size[1] + ix];
        }
    }
    return sum;
}

/* All weights and the bias of one output channel. */
static void dw_task(void *arg, size_t o, unsigned thread)
{
    const struct job *j = arg;
    const struct ir_conv_shape *s = &j->c->s;
    size_t in_g = s->in / s->groups, cells = j->c->out_size[0] * j->c->out_size[1];
    (void)thread;
    for (size_t i = 0; j->dw && i < in_g; i++)
        for (size_t ky = 0; ky < s->kernel[0]; ky++)
            for (size_t kx = 0; kx < s->kernel[1]; kx++)
                j->dw[((o * in_g + i) * s->kernel[0] + ky) * s->kernel[1] + kx] +=
                    (float)one_weight(j, o, i, ky, kx);
    double sum = 0;
    for (size_t b = 0; b < j->n; b++)
        for (size_t q = 0; q < cells; q++)
            sum += (double)j->dy[(b * s->out + o) * cells + q];
    if (j->db)
        j->db[o] += (float)sum;
}

static void backward(const struct ir_conv *c, struct ir_pool *pool, size_t n, const float *x,
                     const float *w, const float *dy, float *dx, float *dw, float *db, void *keep,
                     void *scratch)
{
    struct job j = {.c = c, .n = n, .x = x, .w = w, .dy = dy, .dx = dx, .dw = dw, .db = db};
    (void)keep;
    (void)scratch;
    if (dx)
        ir_pool_run(pool, n * c->s.in, dx_task, &j);
    if (dw || db)
        ir_pool_run(pool, c->s.out, dw_task, &j);
}

static bool takes(const struct ir_conv_shape *s, const size_t out[2])
{
    (void)out;
    return !s->pool[1];
}

static int setup(struct ir_conv *c, struct ir_err *err)
{
    (void)c;
    (void)err;
    return 0;
}

const struct ir_conv_ops ir_conv_plain = {
    .name = "plain sum", .takes = takes, .setup = setup, .forward = forward, .backward = backward};
