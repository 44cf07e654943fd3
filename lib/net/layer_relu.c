/* layer_relu.c - max(x, 0). */
#include "net/node.h"
#include "kern.h"

static struct ir_post pass_of(const struct ir_node *n)
{
    return (struct ir_post){.channels = 1, .size = {1, n->in[0]->size}, .relu = true};
}

static int setup(struct ir_node *n, struct ir_args *a, struct ir_err *err)
{
    (void)a;
    if (ir_node_inputs(n, 1, 1, 1, IR_NET_RANK, err) < 0)
        return -1;
    struct ir_post post = pass_of(n);
    n->shape = n->in[0]->shape;
    n->in_place = true;
    n->needs_x = false;
    n->scratch_size = ir_post_scratch(&post, n->batch, n->threads) / sizeof(float) + 1;
    return 0;
}

static void forward(struct ir_node *n, const struct ir_pass *p)
{
    struct ir_post post = pass_of(n);
    ir_post_forward(&post, ir_pass_pool(p, (double)p->batch * (double)n->size), p->batch,
                    ir_node_x(n, 0), NULL, n->y);
}

/* y is positive where x was. */
static void backward(struct ir_node *n, const struct ir_pass *p)
{
    struct ir_post post = pass_of(n);
    if (n->dx[0] != NULL)
        ir_post_backward(&post, ir_pass_pool(p, (double)p->batch * (double)n->size), p->batch, n->y,
                         NULL, true, n->dy, n->dx[0], NULL, NULL, p->scratch);
}

const struct ir_layer ir_layer_relu = {
    .name = "relu",
    .usage = "relu",
    .example = "input size=7\ndense out=6\nrelu\ndense out=classes\n",
    .setup = setup,
    .forward = forward,
    .backward = backward,
};
