/* layer_conv1d.c - convolution over channels x time. */
#include "net/conv_layer.h"

static int setup(struct ir_node *n, struct ir_args *a, struct ir_err *err)
{
    struct ir_conv_layer *c = n->state;
    if (ir_node_inputs(n, 1, 1, 2, 2, err) < 0)
        return -1;
    const struct ir_shape *x = &n->in[0]->shape;
    c->s = (struct ir_conv_shape){.in = x->dim[0],
                                  .size = {1, x->dim[1]},
                                  .kernel = {1, 1},
                                  .stride = {1, 1},
                                  .dilation = {1, 1}};
    c->s.out = ir_arg_size(a, "out", 1, 1 << 16, IR_ARG_MUST);
    c->s.kernel[1] = ir_arg_size(a, "kernel", 1, 1 << 20, IR_ARG_MUST);
    c->s.stride[1] = ir_arg_size(a, "stride", 1, 1 << 20, 1);
    c->s.pad[1] = ir_arg_size(a, "pad", 0, 1 << 20, 0);
    c->s.dilation[1] = ir_arg_size(a, "dilation", 1, 1 << 20, 1);
    c->s.groups = ir_arg_size(a, "groups", 1, 1 << 16, 1);
    c->bias = ir_arg_flag(a, "bias", true);
    c->init = ir_arg_choice(a, "init", IR_CONV_INITS, 0);
    if (ir_args_check(a, n->layer->usage, err) < 0)
        return -1;
    return ir_conv_layer_setup(n, err);
}

const struct ir_layer ir_layer_conv1d = {
    .name = "conv1d",
    .usage = "conv1d out=N kernel=N [stride=1] [pad=0] [dilation=1] [groups=1] [bias=yes] "
             "[init=torch|glorot|he]",
    .example = "input shape=2x17\nconv1d out=2 kernel=1\nconv1d out=3 kernel=5 stride=2 pad=1 "
               "dilation=2\nflatten\ndense "
               "out=classes\n",
    .state = sizeof(struct ir_conv_layer),
    .setup = setup,
    .init = ir_conv_layer_init,
    .forward = ir_conv_layer_forward,
    .backward = ir_conv_layer_backward,
    .drop = ir_conv_layer_drop,
    .route = ir_conv_layer_route,
};
