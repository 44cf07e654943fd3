/* layer_add.c - the sum of several tensors of one shape (residual connections). */
#include "net/node.h"

#include <string.h>

static int setup(struct ir_node *n, struct ir_args *a, struct ir_err *err)
{
    (void)a;
    if (ir_node_inputs(n, 2, IR_NODE_IN, 1, IR_NET_RANK, err) < 0)
        return -1;
    n->shape = n->in[0]->shape;
    for (size_t k = 1; k < n->n_in; k++) {
        const struct ir_shape *s = &n->in[k]->shape;
        char found[96], wanted[96];
        if (s->rank != n->shape.rank ||
            memcmp(s->dim, n->shape.dim, (size_t)s->rank * sizeof s->dim[0]) != 0)
            return ir_fail(err, "add: input %s is %s, wanted %s as the first", n->in[k]->name,
                           ir_shape_show(found, s), ir_shape_show(wanted, &n->shape));
    }
    n->needs_x = n->needs_y = false;
    return 0;
}

static void forward_clip(void *arg, size_t b, unsigned thread)
{
    struct ir_node *n = arg;
    float *y = n->y + b * n->size;
    (void)thread;
    memcpy(y, ir_node_x(n, 0) + b * n->size, n->size * sizeof(float));
    for (size_t k = 1; k < n->n_in; k++) {
        const float *x = ir_node_x(n, k) + b * n->size;
        for (size_t i = 0; i < n->size; i++)
            y[i] += x[i];
    }
}

static void forward(struct ir_node *n, const struct ir_pass *p)
{
    ir_pool_run(ir_pass_pool(p, (double)p->batch * (double)n->in[0]->size), p->batch, forward_clip,
                n);
}

static void backward(struct ir_node *n, const struct ir_pass *p)
{
    for (size_t k = 0; k < n->n_in; k++) {
        if (n->dx[k] != NULL)
            memcpy(n->dx[k], n->dy, p->batch * n->size * sizeof(float));
    }
}

const struct ir_layer ir_layer_add = {
    .name = "add",
    .usage = "add NAME NAME…",
    .example = "input size=6\na = dense out=6\nb = dense a out=6\nadd a b\ndense out=classes\n",
    .setup = setup,
    .forward = forward,
    .backward = backward,
};
