/* layer_reshape.c - the same numbers under another shape. */
#include "net/elementwise.h"

#include <string.h>

/* "3x-x5": one axis may be '-', it takes what is left. */
static int setup(struct ir_node *n, struct ir_args *a, struct ir_err *err)
{
    if (ir_node_inputs(n, 1, 1, 0, IR_NET_RANK, err) < 0)
        return -1;
    const char *text = ir_arg_text(a, "to", NULL);
    size_t size = n->in[0]->size, known = 1;
    int open = -1;
    char found[96];
    if (text == NULL)
        return ir_fail(err, "reshape: to= is missing");
    n->shape = (struct ir_shape){0};
    for (const char *p = text; p != NULL;) {
        const char *x = strchr(p, 'x');
        char one[24] = "";
        long long v = 1;
        size_t len = x != NULL ? (size_t)(x - p) : strlen(p);
        memcpy(one, p, len < sizeof one ? len : sizeof one - 1);
        if (n->shape.rank == IR_NET_RANK)
            return ir_fail(err, "reshape: to=%s has more than %d axes", text, IR_NET_RANK);
        if (strcmp(one, "-") == 0 && open < 0)
            open = n->shape.rank;
        else if (ir_parse_int(one, 1, 1 << 30, "to", &v, err) < 0)
            return ir_fail_in(err, "reshape");
        n->shape.dim[n->shape.rank++] = (size_t)v;
        if (!ir_mul(known, (size_t)v, &known))
            return ir_fail(err, "reshape: to=%s is too large", text);
        p = x != NULL ? x + 1 : NULL;
    }
    if (open >= 0 && size % known == 0)
        n->shape.dim[open] = size / known;
    if (ir_shape_count(&n->shape) != size)
        return ir_fail(err, "reshape: its input %s has %zu numbers, they do not fit to=%s",
                       ir_shape_show(found, &n->in[0]->shape), size, text);
    n->in_place = true;
    n->needs_x = n->needs_y = false;
    return 0;
}

const struct ir_layer ir_layer_reshape = {
    .name = "reshape",
    .usage = "reshape to=AxBxC (one axis may be '-': what is left)",
    .example = "input size=12\ndense out=12\nreshape to=2x-x3\nflatten\ndense out=classes\n",
    .setup = setup,
    .forward = ir_same_forward,
    .backward = ir_same_backward,
};
