/* layer_relu.c - max(x, 0). */
#include "net/node.h"

static int setup(struct ir_node *n, struct ir_args *a, struct ir_err *err)
{
    (void)a;
    if (ir_node_inputs(n, 1, 1, 1, IR_NET_RANK, err) < 0)
        return -1;
    n->shape = n->in[0]->shape;
    n->in_place = true;
    n->needs_x = false;
    return 0;
}

static void forward_clip(void *arg, size_t b, unsigned thread)
{
    struct ir_node *n = arg;
    const float *x = ir_node_x(n, 0) + b * n->size;
    float *y = n->y + b * n->size;
    (void)thread;
    for (size_t i = 0; i < n->size; i++)
        y[i] = x[i] < 0 ? 0 : x[i]; /* NaN stays NaN */
}

static void backward_clip(void *arg, size_t b, unsigned thread)
{
    struct ir_node *n = arg;
    const float *y = n->y + b * n->size, *dy = n->dy + b * n->size;
    float *dx = n->dx[0] + b * n->size;
    (void)thread;
    for (size_t i = 0; i < n->size; i++)
        dx[i] = y[i] > 0 ? dy[i] : 0;
}

static void forward(struct ir_node *n, const struct ir_pass *p)
{
    ir_pool_run(p->pool, p->batch, forward_clip, n);
}

static void backward(struct ir_node *n, const struct ir_pass *p)
{
    if (n->dx[0] != NULL)
        ir_pool_run(p->pool, p->batch, backward_clip, n);
}

const struct ir_layer ir_layer_relu = {
    .name = "relu",
    .usage = "relu",
    .example = "input size=7\ndense out=6\nrelu\ndense out=classes\n",
    .setup = setup,
    .forward = forward,
    .backward = backward,
};
