/* layer_avgpool1d.c - average pooling over channels x time; floor mode, no padding. */
#include "net/pool.h"

static int setup(struct ir_node *n, struct ir_args *a, struct ir_err *err)
{
    return ir_pool_layer_setup(n, a, 1, err);
}

const struct ir_layer ir_layer_avgpool1d = {
    .name = "avgpool1d",
    .usage = "avgpool1d size=N [stride=size]",
    .example = "input shape=2x11\nconv1d out=2 kernel=1\navgpool1d size=3 stride=2\nflatten\ndense "
               "out=classes\n",
    .state = sizeof(struct ir_pool_layer),
    .setup = setup,
    .forward = ir_pool_mean_forward,
    .backward = ir_pool_mean_backward,
};
