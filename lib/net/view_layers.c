/* view_layers.c - the layers of a planned network as others may see them: to show and to export. */
#include "net/node.h"

#include <string.h>

size_t ir_net_layers(const struct ir_net *net)
{
    return net->n_nodes;
}

void ir_net_layer(const struct ir_net *net, size_t i, struct ir_net_layer *out)
{
    const struct ir_node *n = &net->node[i];

    *out = (struct ir_net_layer){.kind = n->layer->name,
                                 .name = n->name,
                                 .line = n->line,
                                 .n_in = n->n_in,
                                 .shape = n->shape,
                                 .n_params = n->n_params};
    for (size_t k = 0; k < n->n_in; k++)
        out->in[k] = n->in[k]->index;
    for (size_t k = 0; k < n->n_params; k++) {
        out->param[k] = &n->param[k];
        out->values[k] = n->w[k];
    }
}

int ir_net_watch(struct ir_net *net, const char *layer, struct ir_err *err)
{
    for (size_t i = 0; i < net->n_nodes; i++)
        if (strcmp(net->node[i].name, layer) == 0) {
            net->watched = &net->node[i];
            return 0;
        }
    return ir_fail(err, "the network has no layer '%s'", layer);
}

const float *ir_net_watched(const struct ir_net *net, struct ir_shape *shape)
{
    if (net->watched == NULL)
        return NULL;
    *shape = net->watched->shape;
    return net->watched->y;
}

const char *ir_net_layer_arg(const struct ir_net *net, size_t i, const char *key)
{
    const struct ir_args *a = net->node[i].args;

    for (size_t k = 0; k < a->n; k++)
        if (strcmp(a->key[k], key) == 0)
            return a->value[k];
    return NULL;
}

const char *ir_net_layer_key(const struct ir_net *net, size_t i, size_t k)
{
    const struct ir_args *a = net->node[i].args;

    return k < a->n ? a->key[k] : NULL;
}
