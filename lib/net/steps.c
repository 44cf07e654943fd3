/* steps.c - which layers run on maps with their channels last, and as which steps: batch
 * normalisation goes into the weights before it, activation and 2 × 2 pooling into the convolution.
 */
#include "net/steps.h"
#include "net/conv_layer.h"
#include "net/elementwise.h"
#include "net/norm.h"
#include "net/pool.h"

#include <stdlib.h>
#include <string.h>

static bool is(const struct ir_node *n, const char *name)
{
    return n != NULL && strcmp(n->layer->name, name) == 0;
}

static bool is_act(const struct ir_node *n)
{
    return is(n, "relu") || is(n, "leakyrelu") || is(n, "hardswish");
}

/* ---- which layers ------------------------------------------------------------------------------
 */

static bool conv_fits(const struct ir_node *n)
{
    const struct ir_conv_layer *c = n->state;
    return c->s.groups == 1 || (c->s.groups == c->s.in && c->s.out == c->s.in);
}

static bool global_fits(const struct ir_node *n)
{
    return is(n, "global") && n->shape.rank == 1 && n->shape.dim[0] == n->in[0]->shape.dim[0];
}

/* Can n run as a step, given that those before it are marked? */
static bool fits(const struct ir_node *n)
{
    if (n->n_in == 0)
        return false;
    const struct ir_node *x = n->in[0];
    if (is(n, "conv2d"))
        return x->shape.rank == 3 && conv_fits(n);
    if (!x->stepped)
        return false;
    if (is(n, "mul"))
        return x->shape.rank == 3 && n->in[1]->stepped && n->in[1]->shape.rank == 1;
    if (is(n, "add"))
        return n->n_in == 2 && x->shape.rank == 3 && n->in[1]->stepped;
    if (x->shape.rank == 3)
        return is(n, "batchnorm") || is_act(n) || is(n, "maxpool2d") || is(n, "avgpool2d") ||
               is(n, "dropout") || global_fits(n);
    return x->shape.rank == 1 && (is(n, "dense") || is_act(n) || is(n, "sigmoid"));
}

/* Vectors of numbers run so only on their way into a gate. */
static void mark(struct ir_net *net)
{
    bool *wanted = ir_zalloc(net->n_nodes, sizeof *wanted);
    for (size_t i = 0; i < net->n_nodes; i++)
        net->node[i].stepped = fits(&net->node[i]);
    for (size_t i = net->n_nodes; i-- > 0;) {
        struct ir_node *n = &net->node[i];
        if (n->stepped && n->shape.rank == 1 && !is(n, "global") && !wanted[i])
            n->stepped = false;
        for (size_t k = 0; k < n->n_in && n->stepped; k++)
            wanted[n->in[k]->index] = true;
    }
    free(wanted);
}

/* ---- steps and values -------------------------------------------------------------------------
 */

static size_t new_value(struct ir_steps *s, const struct ir_shape *shape)
{
    ir_grow(&s->value, &s->cap_values, s->n_values + 1, sizeof *s->value);
    struct ir_step_value *v = &s->value[s->n_values];
    *v = (struct ir_step_value){.first = s->n, .last = s->n};
    v->field.channels = shape->dim[0];
    for (int a = 0; a < 2; a++)
        v->field.size[a] = shape->rank == 3 ? shape->dim[1 + a] : 1;
    ir_field_widen(&v->field, 0);
    return s->n_values++;
}

static struct ir_step *new_step(struct ir_steps *s, enum ir_stage_kind kind, struct ir_node *n)
{
    ir_grow(&s->step, &s->cap, s->n + 1, sizeof *s->step);
    struct ir_step *t = &s->step[s->n];
    *t = (struct ir_step){.node = n, .x = IR_NO_VALUE, .x2 = IR_NO_VALUE, .y = IR_NO_VALUE};
    t->stage.kind = kind;
    for (int a = 0; a < 2; a++)
        t->stage.kernel[a] = t->stage.stride[a] = t->stage.dilation[a] = 1;
    return t;
}

/* Only plain convolutions read n in this stretch. */
static bool only_convs(const struct ir_net *net, const struct ir_node *n,
                       const struct ir_step_span *r)
{
    for (size_t i = r->node; i < net->n_nodes && (net->node[i].stepped || !net->node[i].n_in); i++)
        for (size_t k = 0; k < net->node[i].n_in; k++) {
            const struct ir_conv_layer *c = net->node[i].state;
            if (net->node[i].in[k] == n && !(is(&net->node[i], "conv2d") && c->s.groups == 1))
                return false;
        }
    return true;
}

/* The value that holds n, brought in where it lies in the network's own memory. */
static size_t value_of(struct ir_net *net, struct ir_node *n, struct ir_step_span *r)
{
    struct ir_steps *s = net->steps;
    if (s->of[n->index] == IR_NO_VALUE) {
        size_t v = new_value(s, &n->shape);
        if (n->shape.dim[0] <= 4 && only_convs(net, n, r))
            ir_field_narrow(&s->value[v].field);
        new_step(s, IR_STAGE_IN, n)->y = v;
        s->n++;
        s->of[n->index] = v;
    }
    return s->of[n->index];
}

static void set_act(struct ir_stage *t, const struct ir_node *n)
{
    t->act = is(n, "hardswish") ? IR_ACT_HARDSWISH : IR_ACT_RELU;
    t->slope = is(n, "leakyrelu") ? ((const struct ir_elementwise *)n->state)->k : 0;
}

/* The one node that reads n, if it is next in a chain. */
static struct ir_node *next(const struct ir_node *n)
{
    struct ir_node *c = n->consumers == 1 ? n->only_consumer : NULL;
    return c != NULL && c->n_in == 1 && c->stepped ? c : NULL;
}

static bool halves(const struct ir_node *n)
{
    const struct ir_pool_layer *l = n->state;
    return is(n, "maxpool2d") && l->kernel[0] == 2 && l->kernel[1] == 2 && l->stride[0] == 2 &&
           l->stride[1] == 2;
}

/* What follows and goes into the same step; the last node of it. */
static struct ir_node *take_chain(struct ir_step *t, struct ir_node *n)
{
    struct ir_node *c = next(n);
    if (t->norm == NULL && t->stage.kind == IR_STAGE_CONV && n->shape.rank == 3 &&
        is(c, "batchnorm")) {
        t->norm = n = c;
        c = next(n);
    }
    if (is_act(c)) {
        set_act(&t->stage, c);
        n = c;
        c = next(n);
    }
    if (t->stage.kind == IR_STAGE_CONV && t->stage.act != IR_ACT_HARDSWISH && c != NULL &&
        t->stage.slope >= 0 && halves(c)) {
        t->stage.pool2 = true;
        n = c;
    }
    return n;
}

static enum ir_stage_how how_of(struct ir_node *n)
{
    static const enum ir_stage_how how[] = {IR_HOW_MAX, IR_HOW_MEAN, IR_HOW_SUM, IR_HOW_MAXMEAN};
    return how[ir_arg_choice(n->args, "kind", "max|mean|sum|maxmean", 1)];
}

static enum ir_stage_kind kind_of(const struct ir_node *n)
{
    return is(n, "conv2d") || is(n, "dense")          ? IR_STAGE_CONV
           : is(n, "maxpool2d") || is(n, "avgpool2d") ? IR_STAGE_POOL
           : is(n, "global")                          ? IR_STAGE_GLOBAL
           : is(n, "add")                             ? IR_STAGE_ADD
           : is(n, "mul")                             ? IR_STAGE_GATE
           : is(n, "sigmoid")                         ? IR_STAGE_SIGMOID
                                                      : IR_STAGE_POINT;
}

static void describe(struct ir_step *t, struct ir_node *n)
{
    struct ir_stage *g = &t->stage;
    if (is(n, "conv2d")) {
        const struct ir_conv_layer *c = n->state;
        memcpy(g->kernel, c->s.kernel, sizeof g->kernel);
        memcpy(g->stride, c->s.stride, sizeof g->stride);
        memcpy(g->pad, c->s.pad, sizeof g->pad);
        memcpy(g->dilation, c->s.dilation, sizeof g->dilation);
        g->depthwise = c->s.groups > 1;
    } else if (g->kind == IR_STAGE_POOL) {
        const struct ir_pool_layer *l = n->state;
        memcpy(g->kernel, l->kernel, sizeof g->kernel);
        memcpy(g->stride, l->stride, sizeof g->stride);
        g->how = is(n, "avgpool2d") ? IR_HOW_MEAN : IR_HOW_MAX;
    } else if (g->kind == IR_STAGE_GLOBAL) {
        g->how = how_of(n);
    } else if (is(n, "batchnorm")) {
        t->norm = n;
    } else if (is_act(n)) {
        set_act(g, n);
    }
}

/* Node n and what it takes in with it, as a step; marks the values of all of them. */
static void add_node(struct ir_net *net, struct ir_node *n, struct ir_step_span *r)
{
    struct ir_steps *s = net->steps;
    if (s->of[n->index] != IR_NO_VALUE)
        return; /* another one took it in */
    size_t x = value_of(net, n->in[0], r), x2 = IR_NO_VALUE;
    if (is(n, "dropout")) {
        s->of[n->index] = x;
        return;
    }
    if (n->n_in == 2)
        x2 = value_of(net, n->in[1], r);
    struct ir_step *t = new_step(s, kind_of(n), n);
    describe(t, n);
    t->x = x;
    t->x2 = x2;
    struct ir_node *last = n;
    if (t->stage.kind == IR_STAGE_CONV || is(n, "batchnorm"))
        last = take_chain(t, n);
    t->y = new_value(s, &last->shape);
    s->n++;
    for (struct ir_node *c = n;; c = c->only_consumer) {
        s->of[c->index] = t->y;
        if (c == last)
            break;
    }
}

/* ---- stretches ---------------------------------------------------------------------------------
 */

/* Somebody outside of the stretch of nodes from … to reads n. */
static bool read_outside(const struct ir_net *net, const struct ir_node *n, size_t to)
{
    if (n->consumers == 0)
        return true;
    for (size_t i = n->index + 1; i < net->n_nodes; i++)
        for (size_t k = 0; k < net->node[i].n_in; k++)
            if (net->node[i].in[k] == n && (i >= to || !net->node[i].stepped))
                return true;
    return false;
}

static void add_stretch(struct ir_net *net, size_t from, size_t to)
{
    struct ir_steps *s = net->steps;
    struct ir_step_span r = {.node = from, .from = s->n};
    for (size_t i = 0; i < net->n_nodes; i++)
        s->of[i] = IR_NO_VALUE;
    for (size_t i = from; i < to; i++)
        if (net->node[i].stepped)
            add_node(net, &net->node[i], &r);
    for (size_t i = from; i < to; i++) {
        struct ir_node *n = &net->node[i];
        for (size_t k = 0; k < n->n_in && n->stepped; k++) /* what IN reads stays until then */
            if (!n->in[k]->stepped || n->in[k]->index < from)
                n->in[k]->live[1] = to - 1 > n->in[k]->live[1] ? to - 1 : n->in[k]->live[1];
        if (!n->stepped || !read_outside(net, n, to))
            continue;
        n->outlet = true;
        n->live[0] = from;
        n->live[1] = to - 1;
        new_step(s, IR_STAGE_OUT, n)->x = s->of[i];
        s->n++;
    }
    r.to = s->n;
    ir_grow(&s->stretch, &s->cap_stretches, s->n_stretches + 1, sizeof *s->stretch);
    s->stretch[s->n_stretches++] = r;
}

static void find_stretches(struct ir_net *net)
{
    for (size_t i = 0, to; i < net->n_nodes; i = to + 1) {
        for (to = i; to < net->n_nodes && (net->node[to].stepped || net->node[to].n_in == 0); to++)
            continue;
        while (i < to && net->node[i].n_in == 0)
            i++;
        if (i < to)
            add_stretch(net, i, to);
    }
}

void ir_steps_find(struct ir_net *net)
{
    for (size_t i = 0; i < net->n_nodes; i++) {
        net->node[i].stepped = net->node[i].outlet = false;
        net->node[i].live[0] = net->node[i].live[1] = i;
    }
    ir_steps_free(net->steps);
    net->steps = NULL;
    if (net->training || net->no_fuse || net->watched != NULL)
        return;
    mark(net);
    net->steps = ir_zalloc(1, sizeof *net->steps);
    net->steps->of = ir_alloc(net->n_nodes, sizeof *net->steps->of);
    find_stretches(net);
    for (size_t i = 0; i < net->n_nodes; i++) {
        struct ir_node *n = &net->node[i];
        if (n->stepped) {
            n->in_place = false;
            n->keep_bytes = n->scratch_size = 0;
        }
    }
    ir_steps_lay_out(net->steps, net->batch, net->pool);
}
