/* plan.c - shapes, parameters and memory of a network for one batch size.
 *
 * Every buffer has a time span on the line  forward 0 … n-1, backward n … 2n-1  and is placed so
 * that only buffers with disjoint spans share bytes. */
#include "net/steps.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ALIGN 64

struct block {
    void *where; /* of a pointer */
    size_t bytes, from, to, offset;
};

struct layout {
    struct block *block;
    size_t n, cap, bytes;
};

static size_t round_up(size_t n)
{
    return (n + ALIGN - 1) / ALIGN * ALIGN;
}

static void want(struct layout *l, void *where, size_t bytes, size_t from, size_t to)
{
    ir_grow(&l->block, &l->cap, l->n + 1, sizeof *l->block);
    l->block[l->n++] = (struct block){where, round_up(bytes), from, to, 0};
}

static int by_size(const void *a, const void *b)
{
    const struct block *x = a, *y = b;
    if (x->bytes != y->bytes)
        return x->bytes < y->bytes ? 1 : -1;
    return x->from != y->from ? (x->from < y->from ? -1 : 1) : (x->to < y->to ? -1 : x->to > y->to);
}

static int by_offset(const void *a, const void *b)
{
    const struct block *const *x = a, *const *y = b;
    return (*x)->offset < (*y)->offset ? -1 : (*x)->offset > (*y)->offset;
}

/* Largest first, each at the lowest place that is free during its whole span. */
static void place(struct layout *l)
{
    struct block **near = ir_alloc(l->n + 1, sizeof *near);
    qsort(l->block, l->n, sizeof *l->block, by_size);
    for (size_t i = 0; i < l->n; i++) {
        struct block *b = &l->block[i];
        size_t k = 0;
        for (size_t j = 0; j < i; j++) {
            if (l->block[j].from <= b->to && b->from <= l->block[j].to)
                near[k++] = &l->block[j];
        }
        qsort(near, k, sizeof *near, by_offset);
        size_t at = 0;
        for (size_t j = 0; j < k && near[j]->offset < at + b->bytes; j++) {
            if (near[j]->offset + near[j]->bytes > at)
                at = near[j]->offset + near[j]->bytes;
        }
        b->offset = at;
        if (at + b->bytes > l->bytes)
            l->bytes = at + b->bytes;
    }
    free(near);
}

/* ---- shapes ------------------------------------------------------------------------------------
 */

static int setup_input(struct ir_net *net, size_t i, const struct ir_shape *given,
                       struct ir_err *err)
{
    const struct ir_net_input *in = &net->input[i];
    struct ir_node *node = net->input_node[i];
    const struct ir_shape *s = given != NULL ? given : &in->shape;
    char found[96], wanted[96];
    bool fits = s->rank == in->shape.rank;
    for (int k = 0; fits && k < s->rank; k++)
        fits = s->dim[k] > 0 && (in->shape.dim[k] == 0 || in->shape.dim[k] == s->dim[k]);
    if (!fits)
        return ir_fail(err, "%s:%d: input '%s' has shape %s, wanted %s", net->name, node->line,
                       in->name, ir_shape_show(found, s), ir_shape_show(wanted, &in->shape));
    node->shape = *s;
    return 0;
}

static bool trains(const struct ir_node *n)
{
    for (size_t i = 0; i < n->n_params; i++) {
        if (!n->param[i].buffer && !n->param[i].frozen)
            return true;
    }
    return false;
}

static int setup_node(struct ir_net *net, struct ir_node *n, struct ir_err *err)
{
    n->batch = net->batch;
    n->training = net->training;
    n->threads = net->pool != NULL ? ir_pool_threads(net->pool) : 1;
    n->keep_bytes = n->scratch_size = 0;
    n->macs = 0;
    n->in_place = false;
    n->needs_x = n->needs_y = true;
    if (n->layer->drop != NULL)
        n->layer->drop(n);
    size_t before = n->n_params;
    n->n_params = 0;
    if (n->layer->setup(n, n->args, err) < 0 || ir_args_check(n->args, n->layer->usage, err) < 0) {
        n->n_params = n->n_params > before ? n->n_params : before;
        return ir_fail_in(err, "%s:%d", net->name, n->line);
    }
    size_t total = 1;
    for (int i = 0; i < n->shape.rank; i++) {
        if (n->shape.dim[i] == 0 || !ir_mul(total, n->shape.dim[i], &total) ||
            total > (size_t)1 << 32)
            return ir_fail(err, "%s:%d: %s: its output is empty or too large", net->name, n->line,
                           n->layer->name);
    }
    n->size = total;
    n->learns = trains(n);
    for (size_t k = 0; k < n->n_in; k++)
        n->learns = n->learns || n->in[k]->learns;
    return 0;
}

static int setup_all(struct ir_net *net, const struct ir_shape *shapes, struct ir_err *err)
{
    for (size_t i = 0; i < net->n_inputs; i++) {
        if (setup_input(net, i, shapes != NULL ? &shapes[i] : NULL, err) < 0)
            return -1;
    }
    for (size_t i = 0; i < net->n_nodes; i++) {
        if (setup_node(net, &net->node[i], err) < 0)
            return -1;
    }
    const struct ir_node *last = &net->node[net->n_nodes - 1];
    char found[96];
    if (last->size != net->classes.n)
        return ir_fail(err,
                       "%s:%d: the last layer gives %s, wanted one number for each of %zu classes",
                       net->name, last->line, ir_shape_show(found, &last->shape), net->classes.n);
    if (strcmp(last->layer->name, "softmax") == 0 || strcmp(last->layer->name, "sigmoid") == 0)
        return ir_fail(err, "%s:%d: leave out the last %s: loss %s does it itself", net->name,
                       last->line, last->layer->name, net->loss->name);
    return 0;
}

/* ---- who uses what -----------------------------------------------------------------------------
 */

static void find_consumers(struct ir_net *net)
{
    for (size_t i = 0; i < net->n_nodes; i++) {
        net->node[i].consumers = 0;
        net->node[i].only_consumer = NULL;
    }
    for (size_t i = 0; i < net->n_nodes; i++) {
        struct ir_node *n = &net->node[i];
        for (size_t k = 0; k < n->n_in; k++) {
            n->in[k]->consumers++;
            n->in[k]->only_consumer = n->in[k]->consumers == 1 ? n : NULL;
        }
    }
    if (net->watched != NULL) { /* the caller reads it too: nothing may run over it */
        net->watched->consumers += 2;
        net->watched->only_consumer = NULL;
    }
    for (size_t i = 0; i < net->n_nodes; i++) {
        struct ir_node *n = &net->node[i];
        n->in_place = n->in_place && n->in[0]->consumers == 1 && n->in[0]->n_in > 0 &&
                      !(net->training && n->in[0]->needs_y);
    }
}

/* The node whose memory holds n's output. */
static struct ir_node *holder(struct ir_node *n)
{
    while (n->in_place)
        n = n->in[0];
    return n;
}

struct span {
    size_t y_to, dy_from, dy_to;
    bool dy;
};

static void find_spans(struct ir_net *net, struct span *s)
{
    size_t n = net->n_nodes, end = 2 * n - 1;
    for (size_t i = 0; i < n; i++)
        s[i] = (struct span){.y_to = net->node[i].live[1],
                             .dy_from = end - i,
                             .dy_to = end - i,
                             .dy = net->node[i].learns};
    for (size_t i = 0; i < n; i++) {
        struct ir_node *node = &net->node[i];
        if (node->skipped || node->stepped)
            continue;
        size_t own = holder(node)->index, back = end - i;
        bool used = net->training && s[i].dy, fused = node->fused != NULL;
        size_t y_to = used && node->needs_y && !fused ? back : node->live[1];
        if (s[own].y_to < y_to)
            s[own].y_to = y_to;
        for (size_t k = 0; k < ir_node_inputs_run(node); k++) {
            size_t from = holder(ir_node_from(node, k))->index;
            size_t to = used && (node->needs_x || fused) ? back : i;
            if (s[from].y_to < to)
                s[from].y_to = to;
            if (s[from].dy_from > back)
                s[from].dy_from = back;
        }
        if (s[own].dy_from > back)
            s[own].dy_from = back;
    }
    /* the output and its gradient belong to the caller between the two passes */
    size_t last = holder(&net->node[n - 1])->index;
    if (s[last].y_to < n)
        s[last].y_to = n;
    s[last].dy_from = n - 1;
    if (net->watched != NULL)
        s[holder(net->watched)->index].y_to = end;
    for (size_t i = 0; i < n; i++) {
        if (net->node[i].dy_in_y && s[i].y_to < s[i].dy_to)
            s[i].y_to = s[i].dy_to;
    }
}

static void lay_out(struct ir_net *net, struct layout *l)
{
    size_t n = net->n_nodes, end = 2 * n - 1;
    struct span *s = ir_zalloc(n, sizeof *s);
    find_spans(net, s);
    for (size_t i = 0; i < n; i++) {
        struct ir_node *node = &net->node[i];
        size_t bytes = net->batch * node->size * sizeof(float);
        bool input = node->n_in == 0;
        node->y = node->dy = NULL;
        node->keep = NULL;
        bool alone = !node->in_place && !node->skipped && (!node->stepped || node->outlet);
        if (alone) {
            /* inputs are filled before the pass and may be read again after it */
            want(l, &node->y, bytes, input ? 0 : node->live[0], input ? end : s[i].y_to);
            if (net->training && s[i].dy && !node->dy_in_y)
                want(l, &node->dy, bytes, s[i].dy_from, s[i].dy_to);
        }
        if (node->keep_bytes > 0)
            /* without training kept for ever: spectra of the weights serve every batch */
            want(l, &node->keep, node->keep_bytes, net->training ? i : 0,
                 net->training && !s[i].dy ? i
                 : net->training           ? end - i
                                           : end);
        for (size_t k = 0; k < ir_node_inputs_run(node); k++) {
            node->dx[k] = NULL;
            struct ir_node *from = ir_node_from(node, k);
            if (!net->training || !s[from->index].dy || node->skipped)
                continue;
            if (from->consumers > 1)
                want(l, &node->dx[k], net->batch * from->size * sizeof(float), end - i, end - i);
        }
        if (node->scratch_size > net->scratch_floats)
            net->scratch_floats = node->scratch_size;
    }
    free(s);
    place(l);
}

static void connect(struct ir_net *net, const struct layout *l)
{
    for (size_t i = 0; i < l->n; i++) {
        void *at = net->act + l->block[i].offset;
        memcpy(l->block[i].where, &at, sizeof at); /* float * and void * share one form here */
    }
    for (size_t i = 0; i < net->n_nodes; i++) {
        struct ir_node *n = &net->node[i];
        if (n->dy_in_y)
            n->dy = n->y;
        if (n->in_place) {
            n->y = n->in[0]->y;
            n->dy = n->in[0]->dy;
        }
        for (size_t k = 0; k < ir_node_inputs_run(n); k++) {
            if (n->dx[k] == NULL && !n->skipped)
                n->dx[k] = ir_node_from(n, k)->dy;
        }
        for (size_t k = 0; k < n->n_params; k++) {
            n->w[k] = net->values + n->param[k].offset;
            n->g[k] = net->gradients != NULL ? net->gradients + n->param[k].offset : NULL;
        }
    }
}

/* ---- parameters --------------------------------------------------------------------------------
 */

static size_t number_params(struct ir_net *net)
{
    size_t floats = 0, n = 0;
    net->weights = 0;
    for (size_t i = 0; i < net->n_nodes; i++)
        n += net->node[i].n_params;
    free(net->param);
    net->param = ir_alloc(n + 1, sizeof *net->param);
    net->n_params = 0;
    for (size_t i = 0; i < net->n_nodes; i++) {
        for (size_t k = 0; k < net->node[i].n_params; k++) {
            struct ir_param *p = &net->node[i].param[k];
            p->offset = floats;
            floats += round_up(p->count * sizeof(float)) / sizeof(float);
            net->weights += p->buffer ? 0 : p->count;
            net->param[net->n_params++] = p;
        }
    }
    return floats;
}

static size_t planned_bytes(const struct ir_net *net, size_t act)
{
    size_t params = net->arena_floats * sizeof(float);
    return act + ir_steps_bytes(net->steps) + net->scratch_floats * sizeof(float) +
           params * (net->training ? 2 : 1) + 3 * net->batch * net->classes.n * sizeof(float);
}

static void allocate(struct ir_net *net, const struct layout *l, bool first)
{
    if (first)
        net->values = ir_huge_new(net->arena_floats * sizeof(float));
    if (net->training && net->gradients == NULL)
        net->gradients = ir_huge_new(net->arena_floats * sizeof(float));
    if (l->bytes > net->act_cap || net->act == NULL) {
        ir_huge_free(net->act, net->act_cap);
        net->act_cap = l->bytes + ALIGN;
        net->act = ir_huge_new(net->act_cap);
    }
    net->act_bytes = l->bytes;
    if (net->scratch_floats > net->scratch_cap || net->scratch == NULL) {
        ir_huge_free(net->scratch, net->scratch_cap * sizeof(float));
        net->scratch_cap = net->scratch_floats + ALIGN;
        net->scratch = ir_huge_new(net->scratch_cap * sizeof(float));
    }
    size_t cells = net->batch * net->classes.n;
    ir_steps_allocate(net->steps);
    free(net->target);
    free(net->probs);
    net->target = ir_zalloc_aligned(cells + ALIGN, sizeof(float));
    net->probs = ir_zalloc_aligned(cells + ALIGN, sizeof(float));
}

int ir_net_plan(struct ir_net *net, size_t batch, const struct ir_shape *shapes, bool training,
                struct ir_pool *pool, size_t memory_max, struct ir_err *err)
{
    bool first = !net->planned;
    net->same_w = false;
    struct layout l = {0};
    size_t floats = net->arena_floats;
    net->batch = batch;
    net->training = training;
    net->pool = pool;
    net->scratch_floats = 0;
    if (setup_all(net, shapes, err) < 0)
        return -1;
    find_consumers(net);
    ir_steps_find(net);
    if (ir_net_fuse(net, net->no_fuse, err) < 0)
        return -1;
    net->arena_floats = number_params(net);
    if (!first && floats != net->arena_floats) {
        net->arena_floats = floats;
        return ir_fail(err, "%s: its parameters depend on the shape of the input", net->name);
    }
    lay_out(net, &l);
    size_t bytes = planned_bytes(net, l.bytes);
    int rc = 0;
    if (memory_max == 0)
        memory_max = ir_memory_size();
    if (memory_max > 0 && bytes > memory_max)
        rc = ir_fail(err, "%s: batches of %zu need %.0f MB of memory, the limit is %.0f MB",
                     net->name, batch, (double)bytes / 1e6, (double)memory_max / 1e6);
    if (rc == 0) {
        allocate(net, &l, first);
        connect(net, &l);
        net->planned = true;
    }
    free(l.block);
    return rc;
}

size_t ir_net_memory(const struct ir_net *net)
{
    return planned_bytes(net, net->act_bytes);
}
