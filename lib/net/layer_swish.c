/* layer_swish.c - x sigmoid(x), also called SiLU. */
#include "net/elementwise.h"

#include <math.h>

static float value(float x, float k)
{
    (void)k;
    return x / (1 + expf(-x));
}

static float slope(float x, float y, float k)
{
    float s = 1 / (1 + expf(-x));
    (void)y, (void)k;
    return s + x * s * (1 - s);
}

static int setup(struct ir_node *n, struct ir_args *a, struct ir_err *err)
{
    (void)a;
    return ir_elementwise_setup(n, 0, true, err);
}

IR_ELEMENTWISE(value, slope)

const struct ir_layer ir_layer_swish = {
    .name = "swish",
    .usage = "swish",
    .example = "input size=7\ndense out=6\nswish\ndense out=classes\n",
    .state = sizeof(struct ir_elementwise),
    .setup = setup,
    .forward = forward,
    .backward = backward,
};
