/* fit.c - layers fitted on the training clips before the first epoch (standardize). */
#include "net/node.h"

/* ---- layers fitted on data ---------------------------------------------------------------------
 */

static struct ir_node *stage_node(const struct ir_net *net, size_t stage)
{
    for (size_t i = 0; i < net->n_nodes; i++) {
        if (net->node[i].layer->fit != NULL && stage-- == 0)
            return &net->node[i];
    }
    return NULL;
}

size_t ir_net_fit_stages(const struct ir_net *net)
{
    size_t n = 0;
    while (stage_node(net, n) != NULL)
        n++;
    return n;
}

void ir_net_fit(struct ir_net *net, size_t stage, size_t n)
{
    struct ir_pass pass = {.batch = n, .pool = net->pool, .scratch = net->scratch};
    struct ir_node *node = stage_node(net, stage);
    if (node == NULL)
        return;
    for (size_t i = 0; i < node->index; i++)
        ir_node_forward(&net->node[i], &pass);
    node->layer->fit(node, &pass);
}

void ir_net_fit_end(struct ir_net *net, size_t stage)
{
    struct ir_node *node = stage_node(net, stage);
    net->same_w = false;
    if (node != NULL)
        node->layer->fit_end(node);
}
