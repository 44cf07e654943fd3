/* input.c - which records an input of the network can read. */
#include "net.h"

int ir_net_input_bind(const struct ir_net_input *in, const struct ir_rec *r, struct ir_shape *s,
                      struct ir_err *err)
{
    char found[80], wanted[96];
    bool fits = r->rank == in->shape.rank && r->rank <= IR_NET_RANK;
    for (int k = 0; fits && k < r->rank; k++)
        fits = r->shape[k] > 0 && (in->shape.dim[k] == 0 || in->shape.dim[k] == r->shape[k]);
    if (!fits)
        return ir_fail(err, "its record '%s' has shape %s, the network wants %s (line %d)",
                       in->name, ir_shape_text(found, r->rank, r->shape),
                       ir_shape_show(wanted, &in->shape), in->line);
    s->rank = r->rank;
    for (int k = 0; k < r->rank; k++)
        s->dim[k] = r->shape[k];
    return 0;
}
