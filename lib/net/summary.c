/* summary.c - a network as a table: layer, output shape, parameters, multiply-adds, route. */
#include "net/node.h"

#include <string.h>

static void grouped(char out[40], double v)
{
    char plain[32];
    int n = snprintf(plain, sizeof plain, "%.0f", v), at = 0;
    for (int i = 0; i < n; i++) {
        if (i > 0 && (n - i) % 3 == 0)
            out[at++] = ',';
        out[at++] = plain[i];
    }
    out[at] = '\0';
}

static size_t trained(const struct ir_node *n)
{
    size_t sum = 0;
    for (size_t i = 0; i < n->n_params; i++)
        sum += n->param[i].buffer ? 0 : n->param[i].count;
    return sum;
}

static size_t column(const struct ir_net *net)
{
    size_t width = 5;
    for (size_t i = 0; i < net->n_nodes; i++) {
        size_t len = strlen(net->node[i].name) + strlen(net->node[i].layer->name) + 3;
        width = len > width ? len : width;
    }
    return width < 40 ? width : 40;
}

void ir_net_summary(const struct ir_net *net, bool plan, struct ir_buf *out)
{
    char shape[96], params[40], macs[40], name[160];
    double total = 0;
    int width = (int)column(net);
    ir_buf_printf(out, "%-*s %14s %12s %16s%s\n", width, "layer", "output", "parameters",
                  "multiply-adds", plan ? "  route" : "");
    for (size_t i = 0; i < net->n_nodes; i++) {
        const struct ir_node *n = &net->node[i];
        if (strncmp(n->name, n->layer->name, strlen(n->layer->name)) == 0)
            snprintf(name, sizeof name, "%s", n->name);
        else
            snprintf(name, sizeof name, "%s (%s)", n->name, n->layer->name);
        grouped(params, (double)trained(n));
        grouped(macs, n->macs);
        const char *route = plan && n->layer->route != NULL ? n->layer->route(n) : NULL;
        ir_buf_printf(out, "%-*s %14s %12s %16s%s%s\n", width, name,
                      ir_shape_show(shape, &n->shape), params, macs, route != NULL ? "  " : "",
                      route != NULL ? route : "");
        total += n->macs;
    }
    grouped(params, (double)net->weights);
    grouped(macs, total);
    ir_buf_printf(out, "%-*s %14s %12s %16s\n", width, "total", "", params, macs);
    ir_buf_printf(out, "memory %.0f MB for batches of %zu%s\n", (double)ir_net_memory(net) / 1e6,
                  net->batch, net->training ? ", training" : "");
}
