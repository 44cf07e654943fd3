/* layer_leakyrelu.c - x, or slope x where x is negative. */
#include "net/elementwise.h"

static float value(float x, float k)
{
    return x < 0 ? k * x : x;
}

/* y has the sign of x as long as the slope is not negative, and the sign is all it needs. */
static float slope(float x, float y, float k)
{
    (void)x;
    return y > 0 ? 1 : k;
}

static int setup(struct ir_node *n, struct ir_args *a, struct ir_err *err)
{
    return ir_elementwise_setup(n, ir_arg_real(a, "slope", 0, 1, 0.01), false, err);
}

IR_ELEMENTWISE(value, slope)

const struct ir_layer ir_layer_leakyrelu = {
    .name = "leakyrelu",
    .usage = "leakyrelu [slope=0.01]",
    .example = "input size=7\ndense out=6\nleakyrelu slope=0.33\ndense out=classes\n",
    .state = sizeof(struct ir_elementwise),
    .setup = setup,
    .forward = forward,
    .backward = backward,
};
