/* conv_plan.c - the plan of a convolution: checks the shape, chooses the route, hands the work on.
 */
#include "conv_impl.h"

#include <stdlib.h>

static const struct ir_conv_ops *const routes[IR_CONV_ROUTES] = {
    [IR_CONV_PLAIN] = &ir_conv_plain,       [IR_CONV_DIRECT] = &ir_conv_direct,
    [IR_CONV_WINOGRAD] = &ir_conv_winograd, [IR_CONV_OVERLAP] = &ir_conv_overlap,
    [IR_CONV_GEMM] = &ir_conv_gemm,         [IR_CONV_FFT] = &ir_conv_fft,
};

static int check_axis(const struct ir_conv_shape *s, int a, size_t *out, struct ir_err *err)
{
    const char *name = a ? "width" : "height";
    size_t span;
    if (!s->size[a] || !s->kernel[a] || !s->stride[a] || !s->dilation[a])
        return ir_fail(err, "convolution: a size, kernel, stride or dilation of 0 along the %s",
                       name);
    if (s->size[a] > UINT32_MAX || s->pad[a] > UINT32_MAX || s->kernel[a] > UINT32_MAX ||
        s->dilation[a] > UINT32_MAX || s->stride[a] > UINT32_MAX)
        return ir_fail(err, "convolution: a number along the %s is beyond 2^32", name);
    span = (s->kernel[a] - 1) * s->dilation[a] + 1;
    if (span > s->size[a] + 2 * s->pad[a])
        return ir_fail(err,
                       "convolution: the kernel spans %zu along the %s, the padded input has %zu",
                       span, name, s->size[a] + 2 * s->pad[a]);
    *out = (s->size[a] + 2 * s->pad[a] - span) / s->stride[a] + 1;
    return 0;
}

int ir_conv_size(const struct ir_conv_shape *s, size_t out[2], struct ir_err *err)
{
    if (!s->batch || !s->in || !s->out || !s->groups)
        return ir_fail(err, "convolution: batch, channels and groups must be at least 1");
    if (s->in % s->groups || s->out % s->groups)
        return ir_fail(err, "convolution: groups %zu must divide the channels %zu and %zu",
                       s->groups, s->in, s->out);
    if (check_axis(s, 0, &out[0], err) || check_axis(s, 1, &out[1], err))
        return -1;
    return 0;
}

/* Choose by shape; the order is that of speed where several take it. */
static enum ir_conv_route choose(const struct ir_conv_shape *s, const size_t out[2])
{
    static const enum ir_conv_route order[] = {IR_CONV_OVERLAP, IR_CONV_FFT, IR_CONV_WINOGRAD,
                                               IR_CONV_GEMM, IR_CONV_DIRECT};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        if (routes[order[i]] && routes[order[i]]->takes(s, out) &&
            (!routes[order[i]]->pays || routes[order[i]]->pays(s, out)))
            return order[i];
    return IR_CONV_PLAIN;
}

bool ir_conv_fuses(const struct ir_conv_shape *s)
{
    size_t out[2];
    const struct ir_conv_ops *o = routes[IR_CONV_OVERLAP];
    if (ir_conv_size(s, out, NULL) || !o || !s->pool[1])
        return false;
    return o->takes(s, out) && o->pays(s, out);
}

static int pool_size(struct ir_conv *c, struct ir_err *err)
{
    for (int a = 0; a < 2; a++) {
        c->y_size[a] = c->out_size[a];
        if (!c->s.pool[a])
            continue;
        if (c->s.pool[a] > c->out_size[a] || !c->s.pool_stride[a])
            return ir_fail(err, "pooling: size %zu, stride %zu do not fit %zu", c->s.pool[a],
                           c->s.pool_stride[a], c->out_size[a]);
        c->y_size[a] = (c->out_size[a] - c->s.pool[a]) / c->s.pool_stride[a] + 1;
    }
    return 0;
}

struct ir_conv *ir_conv_new(const struct ir_conv_shape *s, enum ir_conv_route route,
                            unsigned threads, struct ir_err *err)
{
    struct ir_conv *c = ir_zalloc(1, sizeof *c);
    c->s = *s;
    c->threads = threads ? threads : 1;
    if (ir_conv_size(s, c->out_size, err) || pool_size(c, err)) {
        free(c);
        return NULL;
    }
    c->route = route == IR_CONV_AUTO ? choose(s, c->out_size) : route;
    c->ops = c->route < IR_CONV_ROUTES ? routes[c->route] : NULL;
    if (!c->ops || !c->ops->takes(s, c->out_size)) {
        ir_fail(err, "convolution: no route %d for this shape", (int)route);
        free(c);
        return NULL;
    }
    c->parts = s->batch < 8 ? s->batch : 8;
    snprintf(c->text, sizeof c->text, "%s", c->ops->name);
    if (c->ops->setup(c, err)) {
        ir_conv_free(c);
        return NULL;
    }
    return c;
}

void ir_conv_free(struct ir_conv *c)
{
    if (c && c->ops->free)
        c->ops->free(c);
    free(c);
}

const char *ir_conv_describe(const struct ir_conv *c)
{
    return c->text;
}

enum ir_conv_route ir_conv_route(const struct ir_conv *c)
{
    return c->route;
}

size_t ir_conv_keep(const struct ir_conv *c)
{
    return c->keep;
}

size_t ir_conv_scratch(const struct ir_conv *c)
{
    return c->scratch;
}

void ir_conv_forward(const struct ir_conv *c, struct ir_pool *pool, size_t n, const float *x,
                     const float *w, const float *bias, float *y, bool same_w, void *keep,
                     void *scratch)
{
    c->ops->forward(c, pool, n, x, w, bias, y, same_w, keep, scratch);
}

void ir_conv_backward(const struct ir_conv *c, struct ir_pool *pool, size_t n, const float *x,
                      const float *w, const float *dy, float *dx, float *dw, float *db, void *keep,
                      void *scratch)
{
    c->ops->backward(c, pool, n, x, w, dy, dx, dw, db, keep, scratch);
}
