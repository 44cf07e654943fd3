/* layer_sigmoid.c - 1 / (1 + exp(-x)). */
#include "net/elementwise.h"

#include <math.h>

static float value(float x, float k)
{
    (void)k;
    return 1 / (1 + expf(-x));
}

static float slope(float x, float y, float k)
{
    (void)x, (void)k;
    return y * (1 - y);
}

static int setup(struct ir_node *n, struct ir_args *a, struct ir_err *err)
{
    (void)a;
    return ir_elementwise_setup(n, 0, false, err);
}

IR_ELEMENTWISE(value, slope)

const struct ir_layer ir_layer_sigmoid = {
    .name = "sigmoid",
    .usage = "sigmoid",
    .example = "input size=7\ndense out=6\nsigmoid\ndense out=classes\n",
    .state = sizeof(struct ir_elementwise),
    .setup = setup,
    .forward = forward,
    .backward = backward,
};
