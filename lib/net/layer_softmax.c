/* layer_softmax.c - exp(x) / sum exp(x) over one axis. */
#include "net/node.h"

#include <math.h>

struct softmax {
    size_t outer, count, inner;
};

static int setup(struct ir_node *n, struct ir_args *a, struct ir_err *err)
{
    struct softmax *l = n->state;
    if (ir_node_inputs(n, 1, 1, 1, IR_NET_RANK, err) < 0)
        return -1;
    const struct ir_shape *x = &n->in[0]->shape;
    int axis = ir_arg_choice(a, "axis", "0|1|2|3|channel|time", x->rank - 1);
    axis = axis == 4 ? 0 : axis == 5 ? x->rank - 1 : axis;
    if (axis >= x->rank)
        return ir_fail(err, "softmax: axis %d, but its input has %d", axis, x->rank);
    l->outer = l->count = l->inner = 1;
    for (int i = 0; i < x->rank; i++)
        *(i < axis ? &l->outer : i == axis ? &l->count : &l->inner) *= x->dim[i];
    n->shape = *x;
    n->in_place = true;
    n->needs_x = false;
    return 0;
}

static void forward_clip(void *arg, size_t b, unsigned thread)
{
    struct ir_node *n = arg;
    const struct softmax *l = n->state;
    (void)thread;
    for (size_t o = 0; o < l->outer * l->inner; o++) {
        size_t at = b * n->size + o / l->inner * l->count * l->inner + o % l->inner;
        const float *x = ir_node_x(n, 0) + at;
        float *y = n->y + at, top = x[0];
        double sum = 0;
        for (size_t i = 1; i < l->count; i++)
            top = x[i * l->inner] > top ? x[i * l->inner] : top;
        for (size_t i = 0; i < l->count; i++) {
            y[i * l->inner] = expf(x[i * l->inner] - top);
            sum += (double)y[i * l->inner];
        }
        for (size_t i = 0; i < l->count; i++)
            y[i * l->inner] = (float)((double)y[i * l->inner] / sum);
    }
}

static void backward_clip(void *arg, size_t b, unsigned thread)
{
    struct ir_node *n = arg;
    const struct softmax *l = n->state;
    (void)thread;
    for (size_t o = 0; o < l->outer * l->inner; o++) {
        size_t at = b * n->size + o / l->inner * l->count * l->inner + o % l->inner;
        const float *y = n->y + at, *dy = n->dy + at;
        float *dx = n->dx[0] + at;
        double dot = 0;
        for (size_t i = 0; i < l->count; i++)
            dot += (double)y[i * l->inner] * (double)dy[i * l->inner];
        for (size_t i = 0; i < l->count; i++)
            dx[i * l->inner] = (float)((double)y[i * l->inner] * ((double)dy[i * l->inner] - dot));
    }
}

static void forward(struct ir_node *n, const struct ir_pass *p)
{
    ir_pool_run(ir_pass_pool(p, (double)p->batch * (double)n->in[0]->size), p->batch, forward_clip,
                n);
}

static void backward(struct ir_node *n, const struct ir_pass *p)
{
    if (n->dx[0] != NULL)
        ir_pool_run(ir_pass_pool(p, (double)p->batch * (double)n->in[0]->size), p->batch,
                    backward_clip, n);
}

const struct ir_layer ir_layer_softmax = {
    .name = "softmax",
    .usage = "softmax [axis=0|1|2|3|channel|time (the last)]",
    .example =
        "input shape=3x4\nconv1d out=3 kernel=1\nsoftmax axis=0\nflatten\ndense out=classes\n",
    .state = sizeof(struct softmax),
    .setup = setup,
    .forward = forward,
    .backward = backward,
};
