/* conv_layer.c - conv1d and conv2d on top of the convolution plans. */
#include "net/conv_layer.h"

#include <math.h>
#include <string.h>

int ir_conv_layer_plan(struct ir_node *n, struct ir_err *err)
{
    struct ir_conv_layer *c = n->state;
    ir_conv_free(c->plan);
    c->s.infer = !n->training;
    c->s.need_dx = n->in[0]->learns;
    c->plan = ir_conv_new(&c->s, IR_CONV_AUTO, n->threads, err);
    if (c->plan == NULL)
        return -1;
    n->keep_bytes = ir_conv_keep(c->plan);
    n->scratch_size = (ir_conv_scratch(c->plan) + sizeof(float) - 1) / sizeof(float);
    return 0;
}

int ir_conv_layer_setup(struct ir_node *n, struct ir_err *err)
{
    struct ir_conv_layer *c = n->state;
    size_t out[2];
    bool flat = strcmp(n->layer->name, "conv1d") == 0;
    c->s.batch = n->batch;
    if (ir_conv_size(&c->s, out, err) < 0)
        return ir_fail_in(err, "%s", n->layer->name);
    n->shape.rank = flat ? 2 : 3;
    n->shape.dim[0] = c->s.out;
    n->shape.dim[1] = flat ? out[1] : out[0];
    n->shape.dim[2] = flat ? 1 : out[1];
    size_t per = c->s.in / c->s.groups * c->s.kernel[0] * c->s.kernel[1];
    n->macs = (double)c->s.out * (double)per * (double)out[0] * (double)out[1];
    size_t dim[4] = {c->s.out, c->s.in / c->s.groups, flat ? c->s.kernel[1] : c->s.kernel[0],
                     c->s.kernel[1]};
    if (ir_node_param(n, "weight", flat ? 3 : 4, dim, false, err) < 0)
        return -1;
    if (c->bias && ir_node_param(n, "bias", 1, dim, false, err) < 0)
        return -1;
    n->needs_y = false;
    return ir_conv_layer_plan(n, err);
}

void ir_node_init_weights(float *w, size_t count, size_t fan_in, size_t fan_out, int init,
                          struct ir_rng *rng)
{
    double s = 1 / sqrt((double)fan_in);
    if (init == 1)
        s = sqrt(6.0 / (double)(fan_in + fan_out));
    if (init == 2)
        s = sqrt(6.0 / (double)fan_in);
    ir_node_uniform(w, count, s, rng);
}

void ir_conv_layer_init(struct ir_node *n, struct ir_rng *rng)
{
    const struct ir_conv_layer *c = n->state;
    size_t taps = c->s.kernel[0] * c->s.kernel[1];
    size_t fan_in = c->s.in / c->s.groups * taps;
    ir_node_init_weights(n->w[0], n->param[0].count, fan_in, c->s.out / c->s.groups * taps, c->init,
                         rng);
    if (c->bias && c->init == 0)
        ir_node_uniform(n->w[1], n->param[1].count, 1 / sqrt((double)fan_in), rng);
}

void ir_conv_layer_forward(struct ir_node *n, const struct ir_pass *p)
{
    const struct ir_conv_layer *c = n->state;
    ir_conv_forward(c->plan, p->pool, p->batch, ir_node_x(n, 0), n->w[0], c->bias ? n->w[1] : NULL,
                    n->y, p->same_w, n->keep, p->scratch);
}

void ir_conv_layer_backward(struct ir_node *n, const struct ir_pass *p)
{
    const struct ir_conv_layer *c = n->state;
    ir_conv_backward(c->plan, p->pool, p->batch, ir_node_x(n, 0), n->w[0], n->dy, n->dx[0],
                     n->param[0].frozen ? NULL : n->g[0],
                     c->bias && !n->param[1].frozen ? n->g[1] : NULL, n->keep, p->scratch);
}

void ir_conv_layer_drop(struct ir_node *n)
{
    struct ir_conv_layer *c = n->state;
    ir_conv_free(c->plan);
    c->plan = NULL;
}

const char *ir_conv_layer_route(const struct ir_node *n)
{
    const struct ir_conv_layer *c = n->state;
    return ir_conv_describe(c->plan);
}
