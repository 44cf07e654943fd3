/* layer_concat.c - several tensors side by side along one axis; the others must agree. */
#include "net/node.h"

#include <string.h>

struct concat {
    size_t outer, row; /* y as [outer][row] */
};

static int setup(struct ir_node *n, struct ir_args *a, struct ir_err *err)
{
    struct concat *l = n->state;
    if (ir_node_inputs(n, 2, IR_NODE_IN, 1, IR_NET_RANK, err) < 0)
        return -1;
    n->shape = n->in[0]->shape;
    int axis = ir_arg_choice(a, "axis", "0|1|2|3", 0);
    if (axis >= n->shape.rank)
        return ir_fail(err, "concat: axis %d, but its inputs have %d", axis, n->shape.rank);
    for (size_t k = 1; k < n->n_in; k++) {
        const struct ir_shape *s = &n->in[k]->shape;
        char found[96], wanted[96];
        bool same = s->rank == n->shape.rank;
        for (int i = 0; same && i < s->rank; i++)
            same = i == axis || s->dim[i] == n->shape.dim[i];
        if (!same)
            return ir_fail(err, "concat: input %s is %s, wanted %s except for axis %d",
                           n->in[k]->name, ir_shape_show(found, s),
                           ir_shape_show(wanted, &n->in[0]->shape), axis);
        n->shape.dim[axis] += s->dim[axis];
    }
    l->outer = l->row = 1;
    for (int i = 0; i < n->shape.rank; i++)
        *(i < axis ? &l->outer : &l->row) *= n->shape.dim[i];
    n->needs_x = n->needs_y = false;
    return 0;
}

static void forward_clip(void *arg, size_t b, unsigned thread)
{
    struct ir_node *n = arg;
    const struct concat *l = n->state;
    float *y = n->y + b * n->size;
    (void)thread;
    for (size_t k = 0; k < n->n_in; k++) {
        size_t part = n->in[k]->size / l->outer;
        const float *x = ir_node_x(n, k) + b * n->in[k]->size;
        for (size_t o = 0; o < l->outer; o++)
            memcpy(y + o * l->row, x + o * part, part * sizeof(float));
        y += part;
    }
}

static void backward_clip(void *arg, size_t b, unsigned thread)
{
    struct ir_node *n = arg;
    const struct concat *l = n->state;
    const float *dy = n->dy + b * n->size;
    (void)thread;
    for (size_t k = 0; k < n->n_in; k++) {
        size_t part = n->in[k]->size / l->outer;
        for (size_t o = 0; o < l->outer && n->dx[k] != NULL; o++)
            memcpy(n->dx[k] + b * n->in[k]->size + o * part, dy + o * l->row, part * sizeof(float));
        dy += part;
    }
}

static void forward(struct ir_node *n, const struct ir_pass *p)
{
    ir_pool_run(ir_pass_pool(p, (double)p->batch * (double)n->in[0]->size), p->batch, forward_clip,
                n);
}

static void backward(struct ir_node *n, const struct ir_pass *p)
{
    ir_pool_run(ir_pass_pool(p, (double)p->batch * (double)n->in[0]->size), p->batch, backward_clip,
                n);
}

const struct ir_layer ir_layer_concat = {
    .name = "concat",
    .usage = "concat NAME NAME… [axis=0]",
    .example = "input shape=2x3x4\na = conv2d out=2 kernel=1\nb = conv2d a out=2 kernel=1\nc = "
               "concat a b axis=1\n"
               "d = concat c c\nflatten\ndense out=classes\n",
    .state = sizeof(struct concat),
    .setup = setup,
    .forward = forward,
    .backward = backward,
};
