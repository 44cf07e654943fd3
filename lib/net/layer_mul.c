/* layer_mul.c - the product of two tensors: of one shape, or of one by a gate, a number for each
 * index of its first axis (squeeze and excitation: Hu, Shen, Sun, CVPR 2018). */
#include "net/node.h"

#include <string.h>

struct mul {
    size_t count, inner; /* the first input as [count][inner]; the second has count numbers */
};

static int setup(struct ir_node *n, struct ir_args *a, struct ir_err *err)
{
    struct mul *l = n->state;
    char found[96], wanted[96];
    (void)a;
    if (ir_node_inputs(n, 2, 2, 1, IR_NET_RANK, err) < 0)
        return -1;
    const struct ir_shape *x = &n->in[0]->shape, *g = &n->in[1]->shape;
    bool same = g->rank == x->rank && !memcmp(g->dim, x->dim, (size_t)g->rank * sizeof g->dim[0]);
    if (!same && !(g->rank == 1 && g->dim[0] == x->dim[0]))
        return ir_fail(err, "mul: input %s is %s, wanted %s as the first, or %zu numbers",
                       n->in[1]->name, ir_shape_show(found, g), ir_shape_show(wanted, x),
                       x->dim[0]);
    n->shape = *x;
    l->count = same ? n->in[0]->size : x->dim[0];
    l->inner = n->in[0]->size / l->count;
    n->needs_y = false;
    return 0;
}

static void forward_clip(void *arg, size_t b, unsigned thread)
{
    struct ir_node *n = arg;
    const struct mul *l = n->state;
    const float *x = ir_node_x(n, 0) + b * n->size, *g = ir_node_x(n, 1) + b * l->count;
    float *y = n->y + b * n->size;
    (void)thread;
    for (size_t c = 0; c < l->count; c++, x += l->inner, y += l->inner)
        for (size_t i = 0; i < l->inner; i++)
            y[i] = x[i] * g[c];
}

static void backward_clip(void *arg, size_t b, unsigned thread)
{
    struct ir_node *n = arg;
    const struct mul *l = n->state;
    const float *x = ir_node_x(n, 0) + b * n->size, *g = ir_node_x(n, 1) + b * l->count;
    const float *dy = n->dy + b * n->size;
    float *dx = n->dx[0] != NULL ? n->dx[0] + b * n->size : NULL;
    float *dg = n->dx[1] != NULL ? n->dx[1] + b * l->count : NULL;
    (void)thread;
    for (size_t c = 0; c < l->count; c++, x += l->inner, dy += l->inner) {
        double sum = 0;
        float gate = g[c];
        for (size_t i = 0; i < l->inner && dg != NULL; i++)
            sum += (double)dy[i] * (double)x[i];
        for (size_t i = 0; i < l->inner && dx != NULL; i++)
            dx[c * l->inner + i] = dy[i] * gate;
        if (dg != NULL)
            dg[c] = (float)sum;
    }
}

static void forward(struct ir_node *n, const struct ir_pass *p)
{
    ir_pool_run(ir_pass_pool(p, (double)p->batch * (double)n->size), p->batch, forward_clip, n);
}

static void backward(struct ir_node *n, const struct ir_pass *p)
{
    ir_pool_run(ir_pass_pool(p, (double)p->batch * (double)n->size), p->batch, backward_clip, n);
}

const struct ir_layer ir_layer_mul = {
    .name = "mul",
    .usage = "mul NAME NAME (the second: the same shape, or one number a channel)",
    .example = "input shape=3x4x5\na = conv2d out=4 kernel=1\nglobal\ndense out=4\ngate = sigmoid\n"
               "b = mul a gate\nmul b a\nglobal\ndense out=classes\n",
    .state = sizeof(struct mul),
    .setup = setup,
    .forward = forward,
    .backward = backward,
};
