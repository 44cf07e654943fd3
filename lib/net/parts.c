/* parts.c - passes over a part of a batch: gradients and statistics go where the caller adds them
 * up.
 */
#include "net/norm.h"

#include <stdlib.h>
#include <string.h>

/* The settings of a batchnorm that measures its batch; NULL: n is none. */
static struct ir_norm *measures(struct ir_node *n)
{
    struct ir_norm *l = strcmp(n->layer->name, "batchnorm") == 0 ? n->state : NULL;
    return l != NULL && !l->frozen ? l : NULL;
}

size_t ir_net_stats(const struct ir_net *net)
{
    size_t n = 0;
    for (size_t i = 0; i < net->n_nodes; i++) {
        const struct ir_norm *l = measures(&net->node[i]);
        n += l != NULL ? 2 * l->channels : 0;
    }
    return n;
}

void ir_net_part(struct ir_net *net, float *gradients, float *stats, double weight)
{
    float *own = net->own_gradients != NULL ? net->own_gradients : net->gradients;
    net->gradients = gradients != NULL ? gradients : own;
    net->own_gradients = gradients != NULL ? own : NULL;
    net->part_weight = weight;
    for (size_t i = 0; i < net->n_nodes; i++) {
        struct ir_node *n = &net->node[i];
        struct ir_norm *l = measures(n);
        for (size_t k = 0; k < n->n_params; k++)
            n->g[k] = net->gradients + n->param[k].offset;
        if (l != NULL) {
            l->stats = stats;
            stats = stats != NULL ? stats + 2 * l->channels : NULL;
        }
    }
}

void ir_net_settle(struct ir_net *net, const float *stats, size_t n)
{
    for (size_t i = 0; i < net->n_nodes; i++) {
        struct ir_node *node = &net->node[i];
        const struct ir_norm *l = measures(node);
        for (size_t c = 0; l != NULL && c < l->channels; c++, stats += 2) {
            float *mean = &node->w[IR_NORM_MEAN][c], *var = &node->w[IR_NORM_VAR][c];
            double count = (double)(n * l->plane), m = l->momentum, v = (double)stats[1];
            double unbiased = count > 1 ? v * count / (count - 1) : v;
            *mean = (float)((1 - m) * (double)*mean + m * (double)stats[0]);
            *var = (float)((1 - m) * (double)*var + m * unbiased);
        }
    }
    net->same_w = false;
}

void ir_net_backward(struct ir_net *net)
{
    ir_net_backward_told(net, NULL, NULL);
}

double ir_net_weight(const struct ir_net *net, const float *y)
{
    size_t k = net->classes.n;
    float *z = ir_zalloc(k, sizeof *z); /* the weight is the same whatever the network says */
    double sum = 0, weight = 0;
    net->loss->clip(&net->loss_state, k, z, y, NULL, &sum, &weight);
    free(z);
    return weight;
}
