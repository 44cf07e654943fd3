/* layer_transpose.c - the axes in another order. */
#include "net/node.h"

#include <string.h>

struct transpose {
    /* of the output, with axes of size 1 in front: size, and the step in the input */
    size_t dim[IR_NET_RANK], step[IR_NET_RANK];
};

static int setup(struct ir_node *n, struct ir_args *a, struct ir_err *err)
{
    struct transpose *l = n->state;
    if (ir_node_inputs(n, 1, 1, 2, IR_NET_RANK, err) < 0)
        return -1;
    const struct ir_shape *x = &n->in[0]->shape;
    const char *text = ir_arg_text(a, "order", "1,0");
    size_t stride[IR_NET_RANK], k = 1;
    bool seen[IR_NET_RANK] = {false};
    for (int i = x->rank - 1; i >= 0; i--) {
        stride[i] = k;
        k *= x->dim[i];
    }
    n->shape.rank = x->rank;
    for (int i = 0; i < IR_NET_RANK; i++) {
        l->dim[i] = 1;
        l->step[i] = 0;
    }
    int pad = IR_NET_RANK - x->rank;
    for (int i = 0; i < x->rank; i++) {
        int axis = text[0] >= '0' && text[0] <= '3' ? text[0] - '0' : -1;
        if (axis < 0 || axis >= x->rank || seen[axis] || text[1] != (i + 1 < x->rank ? ',' : '\0'))
            return ir_fail(err, "transpose: order= wants each of the %d axes once, such as %s",
                           x->rank,
                           x->rank == 2   ? "1,0"
                           : x->rank == 3 ? "2,0,1"
                                          : "3,0,1,2");
        seen[axis] = true;
        l->step[pad + i] = stride[axis];
        l->dim[pad + i] = n->shape.dim[i] = x->dim[axis];
        text += 2;
    }
    n->needs_x = n->needs_y = false;
    return 0;
}

/* Walk the output in order: y[k] belongs to x[at]. */
static void walk(const struct transpose *l, const float *in, float *out, bool back)
{
    size_t k = 0;
    for (size_t i = 0; i < l->dim[0]; i++) {
        for (size_t j = 0; j < l->dim[1]; j++) {
            for (size_t u = 0; u < l->dim[2]; u++) {
                size_t at = i * l->step[0] + j * l->step[1] + u * l->step[2];
                for (size_t v = 0; v < l->dim[3]; v++, k++, at += l->step[3]) {
                    if (back)
                        out[at] = in[k];
                    else
                        out[k] = in[at];
                }
            }
        }
    }
}

static void forward_clip(void *arg, size_t b, unsigned thread)
{
    struct ir_node *n = arg;
    (void)thread;
    walk(n->state, ir_node_x(n, 0) + b * n->size, n->y + b * n->size, false);
}

static void backward_clip(void *arg, size_t b, unsigned thread)
{
    struct ir_node *n = arg;
    (void)thread;
    walk(n->state, n->dy + b * n->size, n->dx[0] + b * n->size, true);
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

const struct ir_layer ir_layer_transpose = {
    .name = "transpose",
    .usage = "transpose [order=1,0]",
    .example = "input shape=2x3x4\nconv2d out=2 kernel=1\ntranspose order=2,0,1\nflatten\ndense "
               "out=classes\n",
    .state = sizeof(struct transpose),
    .setup = setup,
    .forward = forward,
    .backward = backward,
};
