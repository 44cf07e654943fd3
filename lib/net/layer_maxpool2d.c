/* layer_maxpool2d.c - max pooling over channels x height x width; floor mode, no padding. */
#include "net/pool.h"

static int setup(struct ir_node *n, struct ir_args *a, struct ir_err *err)
{
    return ir_pool_layer_setup(n, a, 2, err);
}

const struct ir_layer ir_layer_maxpool2d = {
    .name = "maxpool2d",
    .usage = "maxpool2d size=HxW [stride=size]",
    .example = "input shape=2x7x6\nconv2d out=2 kernel=1\nmaxpool2d size=3x2 "
               "stride=2\nflatten\ndense out=classes\n",
    .state = sizeof(struct ir_pool_layer),
    .setup = setup,
    .forward = ir_pool_max_forward,
    .backward = ir_pool_max_backward,
};
