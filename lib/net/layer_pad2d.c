/* layer_pad2d.c - zeros around a picture, before and after each axis: the padding 'same' of Keras
 * and TensorFlow, which is not the same on both sides for even kernels and for strides. */
#include "net/node.h"

#include <string.h>

struct pad {
    size_t before[2], after[2];
};

static int setup(struct ir_node *n, struct ir_args *a, struct ir_err *err)
{
    struct pad *l = n->state;
    if (ir_node_inputs(n, 1, 1, 3, 3, err) < 0)
        return -1;
    ir_arg_pair(a, "before", 0, 4096, 0, l->before);
    ir_arg_pair(a, "after", 0, 4096, 0, l->after);
    if (ir_args_check(a, n->layer->usage, err) < 0)
        return -1;
    n->shape = n->in[0]->shape;
    for (int i = 0; i < 2; i++)
        n->shape.dim[i + 1] += l->before[i] + l->after[i];
    n->needs_x = n->needs_y = false;
    return 0;
}

/* Row r of the input, counted through its channels, in the output. */
static size_t place(const struct ir_node *n, size_t r)
{
    const struct pad *l = n->state;
    size_t height = n->in[0]->shape.dim[1], c = r / height, y = r % height;
    return (c * n->shape.dim[1] + y + l->before[0]) * n->shape.dim[2] + l->before[1];
}

static void forward_clip(void *arg, size_t b, unsigned thread)
{
    struct ir_node *n = arg;
    const struct ir_shape *s = &n->in[0]->shape;
    const float *x = ir_node_x(n, 0) + b * n->in[0]->size;
    float *y = n->y + b * ir_shape_count(&n->shape);
    (void)thread;
    memset(y, 0, ir_shape_count(&n->shape) * sizeof *y);
    for (size_t r = 0; r < s->dim[0] * s->dim[1]; r++)
        memcpy(y + place(n, r), x + r * s->dim[2], s->dim[2] * sizeof *y);
}

static void backward_clip(void *arg, size_t b, unsigned thread)
{
    struct ir_node *n = arg;
    const struct ir_shape *s = &n->in[0]->shape;
    const float *dy = n->dy + b * ir_shape_count(&n->shape);
    float *dx = n->dx[0] + b * n->in[0]->size;
    (void)thread;
    for (size_t r = 0; r < s->dim[0] * s->dim[1]; r++)
        memcpy(dx + r * s->dim[2], dy + place(n, r), s->dim[2] * sizeof *dx);
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

const struct ir_layer ir_layer_pad2d = {
    .name = "pad2d",
    .usage = "pad2d [before=HxW (0)] [after=HxW (0)]",
    .example = "input shape=2x3x4\nconv2d out=2 kernel=1\npad2d before=0x1 after=2x3\nconv2d out=3 "
               "kernel=3x4\nglobal kind=max\ndense out=classes\n",
    .state = sizeof(struct pad),
    .setup = setup,
    .forward = forward,
    .backward = backward,
};
