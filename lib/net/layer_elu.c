/* layer_elu.c - x, and for x < 0 alpha (exp(x) - 1) (Clevert, Unterthiner, Hochreiter, ICLR 2016).
 */
#include "net/elementwise.h"

#include <math.h>

static float value(float x, float k)
{
    return x > 0 ? x : k * expm1f(x);
}

static float slope(float x, float y, float k)
{
    (void)x;
    return y > 0 ? 1 : y + k;
}

static int setup(struct ir_node *n, struct ir_args *a, struct ir_err *err)
{
    return ir_elementwise_setup(n, ir_arg_real(a, "alpha", 0, 100, 1), false, err);
}

IR_ELEMENTWISE(value, slope)

const struct ir_layer ir_layer_elu = {
    .name = "elu",
    .usage = "elu [alpha=1]",
    .example = "input size=7\ndense out=6\nelu alpha=0.8\ndense out=classes\n",
    .state = sizeof(struct ir_elementwise),
    .setup = setup,
    .forward = forward,
    .backward = backward,
};
