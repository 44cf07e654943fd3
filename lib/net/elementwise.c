/* elementwise.c - setup of the layers of elementwise.h. */
#include "net/elementwise.h"

#include <string.h>

int ir_elementwise_setup(struct ir_node *n, double k, bool wants_x, struct ir_err *err)
{
    struct ir_elementwise *e = n->state;
    if (ir_node_inputs(n, 1, 1, 1, IR_NET_RANK, err) < 0)
        return -1;
    e->k = (float)k;
    n->shape = n->in[0]->shape;
    n->in_place = !wants_x;
    n->needs_x = wants_x;
    n->needs_y = !wants_x;
    return 0;
}

void ir_same_forward(struct ir_node *n, const struct ir_pass *p)
{
    if (n->y != ir_node_x(n, 0))
        memcpy(n->y, ir_node_x(n, 0), p->batch * n->size * sizeof(float));
}

void ir_same_backward(struct ir_node *n, const struct ir_pass *p)
{
    if (n->dx[0] != NULL && n->dx[0] != n->dy)
        memcpy(n->dx[0], n->dy, p->batch * n->size * sizeof(float));
}
