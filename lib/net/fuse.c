/* fuse.c - finds chains of layers that run faster as one: batchnorm, ReLU and max pooling in one
 * sweep over memory (kern.h), and the convolutions that take ReLU and pooling in themselves
 * (kern.h). */
#include "net/fuse.h"
#include "net/conv_layer.h"
#include "net/elementwise.h"
#include "net/pool.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct ir_node *ir_node_from(const struct ir_node *n, size_t k)
{
    return n->fused != NULL ? n->fused->source : n->in[k];
}

size_t ir_node_inputs_run(const struct ir_node *n)
{
    return n->fused != NULL ? 1 : n->n_in;
}

static bool is(const struct ir_node *n, const char *name)
{
    return n != NULL && strcmp(n->layer->name, name) == 0;
}

/* The one node that reads n, if it is next in a chain. */
static struct ir_node *next(const struct ir_node *n)
{
    return n->consumers == 1 && n->only_consumer->n_in == 1 ? n->only_consumer : NULL;
}

static bool is_pool(const struct ir_node *n)
{
    return is(n, "maxpool1d") || is(n, "maxpool2d");
}

/* ---- batchnorm, ReLU, pooling ------------------------------------------------------------------
 */

static void shape_of(struct ir_post *p, const struct ir_shape *s)
{
    p->channels = s->dim[0];
    p->size[0] = s->rank == 3 ? s->dim[1] : 1;
    p->size[1] = s->rank == 1 ? 1 : s->dim[s->rank - 1];
}

static void make_chain(struct ir_node *first, struct ir_node *last)
{
    struct ir_fused *f = ir_zalloc(1, sizeof *f);
    f->source = first->in[0];
    shape_of(&f->post, &f->source->shape);
    for (struct ir_node *n = first;; n = n->only_consumer) {
        if (is(n, "batchnorm")) {
            f->norm = n;
            f->post.bn = true;
        } else if (is_pool(n)) {
            const struct ir_pool_layer *l = n->state;
            memcpy(f->post.pool, l->kernel, sizeof l->kernel);
            memcpy(f->post.pool_stride, l->stride, sizeof l->stride);
        } else {
            f->post.relu = true;
            f->post.slope = is(n, "leakyrelu") ? ((const struct ir_elementwise *)n->state)->k : 0;
        }
        n->in_place = false;
        n->skipped = n != last;
        n->keep_bytes = n->scratch_size = 0;
        if (n == last)
            break;
    }
    size_t scratch = ir_post_scratch(&f->post, last->batch, last->threads);
    last->fused = f;
    last->keep_bytes = f->norm != NULL ? 2 * f->post.channels * sizeof(float) : 0;
    last->scratch_size = (scratch + sizeof(float) - 1) / sizeof(float);
    /* only this chain reads the source, and only in these two passes */
    f->source->dy_in_y = f->source->consumers == 1 && !f->source->needs_y && !f->source->in_place &&
                         f->source->n_in > 0 && f->source->learns;
}

static void try_chain(struct ir_node *n)
{
    struct ir_node *last = NULL, *at = n;
    bool one_alone = is(n, "relu") || is(n, "leakyrelu");
    if (n->n_in != 1 || n->in[0]->shape.rank > 3)
        return;
    if (is(at, "batchnorm")) {
        last = at;
        at = next(at);
    }
    if (is(at, "relu") || is(at, "leakyrelu")) {
        last = at;
        at = next(at);
    }
    if (at != NULL && is_pool(at))
        last = at;
    if (last == NULL || (one_alone && last == n))
        return;
    /* one thread's floats: the pass has no route for a lone number a channel */
    if (n->in[0]->shape.rank == 1)
        return;
    make_chain(n, last);
}

static void chain_forward(struct ir_node *n, const struct ir_pass *p)
{
    const struct ir_fused *f = n->fused;
    const float *x = f->source->y;
    struct ir_post_bn bn = {0};
    if (f->norm != NULL) {
        const struct ir_norm *l = f->norm->state;
        float *running = f->norm->w[IR_NORM_MEAN], *var = f->norm->w[IR_NORM_VAR];
        bn = (struct ir_post_bn){.gamma = f->norm->w[IR_NORM_WEIGHT],
                                 .beta = f->norm->w[IR_NORM_BIAS],
                                 .mean = n->keep,
                                 .invstd = (float *)n->keep + l->channels};
        if (p->training && !l->frozen) {
            double count = (double)(p->batch * l->plane), m = l->momentum;
            ir_post_stats(&f->post, p->pool, p->batch, x, l->eps, bn.mean, NULL, bn.invstd,
                          p->scratch);
            for (size_t c = 0; c < l->channels; c++) {
                double inv = (double)bn.invstd[c], v = 1 / (inv * inv) - l->eps;
                double unbiased = count > 1 ? v * count / (count - 1) : v;
                if (l->stats != NULL) {
                    l->stats[2 * c] = bn.mean[c];
                    l->stats[2 * c + 1] = v > 0 ? (float)v : 0;
                    continue;
                }
                running[c] = (float)((1 - m) * (double)running[c] + m * (double)bn.mean[c]);
                var[c] = (float)((1 - m) * (double)var[c] + m * (unbiased > 0 ? unbiased : 0));
            }
        } else {
            for (size_t c = 0; c < l->channels; c++) {
                bn.mean[c] = running[c];
                bn.invstd[c] = (float)(1 / sqrt((double)var[c] + l->eps));
            }
        }
    }
    ir_post_forward(&f->post, p->pool, p->batch, x, f->norm != NULL ? &bn : NULL, n->y);
}

static void chain_backward(struct ir_node *n, const struct ir_pass *p)
{
    const struct ir_fused *f = n->fused;
    struct ir_post_bn bn = {0};
    bool frozen = true;
    float *dgamma = NULL, *dbeta = NULL;
    if (f->norm != NULL) {
        const struct ir_norm *l = f->norm->state;
        bn = (struct ir_post_bn){.gamma = f->norm->w[IR_NORM_WEIGHT],
                                 .beta = f->norm->w[IR_NORM_BIAS],
                                 .mean = n->keep,
                                 .invstd = (float *)n->keep + l->channels};
        frozen = !(p->training && !l->frozen);
        dgamma = f->norm->g[IR_NORM_WEIGHT];
        dbeta = f->norm->g[IR_NORM_BIAS];
    }
    ir_post_backward(&f->post, p->pool, p->batch, f->source->y, f->norm != NULL ? &bn : NULL,
                     frozen, n->dy, n->dx[0], dgamma, dbeta, p->scratch);
}

/* ---- convolutions that pool --------------------------------------------------------------------
 */

static int try_conv(struct ir_node *n, struct ir_err *err)
{
    struct ir_node *relu = next(n), *pool = is(relu, "relu") ? next(relu) : NULL;
    if (!(is(n, "conv1d") || is(n, "conv2d")) || pool == NULL || !is_pool(pool))
        return 0;
    struct ir_conv_layer *c = n->state;
    const struct ir_pool_layer *l = pool->state;
    struct ir_conv_shape s = c->s;
    memcpy(s.pool, l->kernel, sizeof l->kernel);
    memcpy(s.pool_stride, l->stride, sizeof l->stride);
    if (!ir_conv_fuses(&s))
        return 0;
    c->s = s;
    if (ir_conv_layer_plan(n, err) < 0)
        return -1;
    n->size = pool->size;
    relu->size = pool->size;
    relu->skipped = pool->skipped = true;
    relu->in_place = pool->in_place = true;
    return 0;
}

/* ---- the network -------------------------------------------------------------------------------
 */

int ir_net_fuse(struct ir_net *net, bool off, struct ir_err *err)
{
    for (size_t i = 0; i < net->n_nodes; i++) {
        struct ir_node *n = &net->node[i];
        free(n->fused);
        n->fused = NULL;
        n->skipped = n->dy_in_y = false;
    }
    for (size_t i = 0; i < net->n_nodes && !off; i++) {
        struct ir_node *n = &net->node[i];
        if (n->n_in == 0 || n->skipped || n->stepped || n->fused != NULL)
            continue;
        if (try_conv(n, err) < 0)
            return -1;
        try_chain(n);
    }
    return 0;
}

void ir_node_forward(struct ir_node *n, const struct ir_pass *p)
{
    if (n->skipped || n->stepped)
        return;
    if (n->fused != NULL)
        chain_forward(n, p);
    else
        n->layer->forward(n, p);
}

void ir_node_backward(struct ir_node *n, const struct ir_pass *p)
{
    if (n->fused != NULL)
        chain_backward(n, p);
    else
        n->layer->backward(n, p);
}
