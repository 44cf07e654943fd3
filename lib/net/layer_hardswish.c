/* layer_hardswish.c - x min(max(x + 3, 0), 6) / 6: swish made of lines (Howard et al.,
 * MobileNetV3, ICCV 2019). The slope at the two corners is that of PyTorch: 0 at -3, 1 at 3. */
#include "net/elementwise.h"

static float value(float x, float k)
{
    float gate = x + 3 > 0 ? x + 3 : 0;
    (void)k;
    return x * (gate < 6 ? gate : 6) / 6;
}

static float slope(float x, float y, float k)
{
    (void)y, (void)k;
    return x <= -3 ? 0 : x < 3 ? x / 3 + 0.5f : 1;
}

static int setup(struct ir_node *n, struct ir_args *a, struct ir_err *err)
{
    (void)a;
    return ir_elementwise_setup(n, 0, true, err);
}

IR_ELEMENTWISE(value, slope)

const struct ir_layer ir_layer_hardswish = {
    .name = "hardswish",
    .usage = "hardswish",
    .example = "input size=7\ndense out=6\nhardswish\ndense out=classes\n",
    .state = sizeof(struct ir_elementwise),
    .setup = setup,
    .forward = forward,
    .backward = backward,
};
