/* layer_tanh.c - hyperbolic tangent. */
#include "net/elementwise.h"

#include <math.h>

static float value(float x, float k)
{
    (void)k;
    return tanhf(x);
}

static float slope(float x, float y, float k)
{
    (void)x, (void)k;
    return 1 - y * y;
}

static int setup(struct ir_node *n, struct ir_args *a, struct ir_err *err)
{
    (void)a;
    return ir_elementwise_setup(n, 0, false, err);
}

IR_ELEMENTWISE(value, slope)

const struct ir_layer ir_layer_tanh = {
    .name = "tanh",
    .usage = "tanh",
    .example = "input size=7\ndense out=6\ntanh\ndense out=classes\n",
    .state = sizeof(struct ir_elementwise),
    .setup = setup,
    .forward = forward,
    .backward = backward,
};
