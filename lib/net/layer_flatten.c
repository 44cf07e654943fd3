/* layer_flatten.c - all axes of a clip become one, or all but the first (channel) or last (time).
 */
#include "net/elementwise.h"

static int setup(struct ir_node *n, struct ir_args *a, struct ir_err *err)
{
    int keep = ir_arg_choice(a, "keep", "none|channel|time", 0);
    if (ir_node_inputs(n, 1, 1, 0, IR_NET_RANK, err) < 0)
        return -1;
    const struct ir_shape *x = &n->in[0]->shape;
    n->shape = (struct ir_shape){.rank = 1, .dim = {n->in[0]->size}};
    if (keep != 0 && x->rank >= 2) {
        size_t one = x->dim[keep == 1 ? 0 : x->rank - 1], rest = n->in[0]->size / one;
        n->shape =
            (struct ir_shape){.rank = 2, .dim = {keep == 1 ? one : rest, keep == 1 ? rest : one}};
    }
    n->in_place = true;
    n->needs_x = n->needs_y = false;
    return 0;
}

const struct ir_layer ir_layer_flatten = {
    .name = "flatten",
    .usage = "flatten [keep=channel|time]",
    .example = "input shape=2x3x2\nconv2d out=2 kernel=1\nflatten\ndense out=classes\n",
    .setup = setup,
    .forward = ir_same_forward,
    .backward = ir_same_backward,
};
