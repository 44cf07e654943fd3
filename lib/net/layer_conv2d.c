/* layer_conv2d.c - convolution over channels x height x width. */
#include "net/conv_layer.h"

static int setup(struct ir_node *n, struct ir_args *a, struct ir_err *err)
{
    struct ir_conv_layer *c = n->state;
    if (ir_node_inputs(n, 1, 1, 3, 3, err) < 0)
        return -1;
    const struct ir_shape *x = &n->in[0]->shape;
    c->s = (struct ir_conv_shape){.in = x->dim[0], .size = {x->dim[1], x->dim[2]}};
    c->s.out = ir_arg_size(a, "out", 1, 1 << 16, IR_ARG_MUST);
    ir_arg_pair(a, "kernel", 1, 4096, IR_ARG_MUST, c->s.kernel);
    ir_arg_pair(a, "stride", 1, 4096, 1, c->s.stride);
    ir_arg_pair(a, "pad", 0, 4096, 0, c->s.pad);
    ir_arg_pair(a, "dilation", 1, 4096, 1, c->s.dilation);
    c->s.groups = ir_arg_size(a, "groups", 1, 1 << 16, 1);
    c->bias = ir_arg_flag(a, "bias", true);
    c->init = ir_arg_choice(a, "init", IR_CONV_INITS, 0);
    if (ir_args_check(a, n->layer->usage, err) < 0)
        return -1;
    return ir_conv_layer_setup(n, err);
}

const struct ir_layer ir_layer_conv2d = {
    .name = "conv2d",
    .usage = "conv2d out=N kernel=HxW [stride=1] [pad=0] [dilation=1] [groups=1] [bias=yes] "
             "[init=torch|glorot|he]",
    .example = "input shape=2x7x6\nconv2d out=2 kernel=1\nconv2d out=4 kernel=3x2 stride=2x1 "
               "pad=1x0 groups=2\nflatten\ndense "
               "out=classes\n",
    .state = sizeof(struct ir_conv_layer),
    .setup = setup,
    .init = ir_conv_layer_init,
    .forward = ir_conv_layer_forward,
    .backward = ir_conv_layer_backward,
    .drop = ir_conv_layer_drop,
    .route = ir_conv_layer_route,
};
