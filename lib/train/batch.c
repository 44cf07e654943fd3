/* batch.c - one pass over a batch, part after part. */
#include "train/batch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH 24    /* of the tree: 2^DEPTH parts */
#define CHUNK 65536 /* numbers of one task of a sum */

struct ir_batch {
    const struct ir_train *t;
    size_t parts, floats, stats; /* numbers of a stretch */
    struct ir_branch stack[DEPTH];
    size_t depth;
    size_t clips; /* of the batch at hand */
    bool *bad;    /* [batch] */
};

struct ir_batch *ir_batch_new(const struct ir_train *t)
{
    struct ir_batch *p = ir_zalloc(1, sizeof *p);
    p->t = t;
    p->parts = t->parts > 0 ? t->parts : 1;
    ir_net_arena(t->net, &p->floats);
    p->stats = ir_net_stats(t->net);
    p->bad = ir_zalloc(t->batch + 1, sizeof *p->bad);
    return p;
}

void ir_batch_free(struct ir_batch *p)
{
    if (p == NULL)
        return;
    for (size_t i = 0; i < DEPTH; i++) {
        if (i > 0) /* the first lies in the network */
            free(p->stack[i].gradients);
        free(p->stack[i].stats);
    }
    free(p->bad);
    free(p);
}

size_t ir_batch_memory(const struct ir_net *net, size_t parts)
{
    size_t floats = 0, levels = 0;
    while (((size_t)1 << levels) < parts)
        levels++;
    for (size_t i = 0; i < ir_net_params(net); i++)
        floats += ir_net_param(net, i)->count;
    return levels * floats * sizeof(float);
}

bool ir_batch_bad(const struct ir_batch *p, size_t i)
{
    return p->bad[i];
}

static void find_bad(struct ir_batch *p, size_t from, size_t n)
{
    for (size_t i = 0; i < n; i++)
        p->bad[from + i] = !isfinite(ir_net_clip_loss(p->t->net, i));
}

/* ---- sums --------------------------------------------------------------------------------------
 */

struct sum {
    const struct ir_branch *to, *from;
    size_t first, end; /* numbers */
};

static void add_chunk(void *arg, size_t task, unsigned thread)
{
    const struct sum *s = arg;
    size_t at = s->first + task * CHUNK, n = s->end - at < CHUNK ? s->end - at : CHUNK;
    (void)thread;
    ir_tree_add(s->to->gradients + at, s->from->gradients + at, n);
}

static size_t clips_of(const struct ir_batch *p, const struct ir_branch *s)
{
    return ir_part_clip(s->to, p->parts, p->clips) - ir_part_clip(s->from, p->parts, p->clips);
}

/* Join the stretches at the top of the stack as far as the tree has it. */
static void join(struct ir_batch *p)
{
    while (p->depth > 1) {
        struct ir_branch *to = &p->stack[p->depth - 2], *from = &p->stack[p->depth - 1];
        struct sum s = {to, from, 0, p->floats};
        if (!ir_tree_joins(to->from, from->from, from->to, p->parts))
            return;
        ir_pool_run(p->t->pool, (p->floats + CHUNK - 1) / CHUNK, add_chunk, &s);
        ir_tree_stats(to->stats, from->stats, p->stats / 2, clips_of(p, to), clips_of(p, from));
        to->to = from->to;
        p->depth--;
    }
}

/* ---- passes ------------------------------------------------------------------------------------
 */

/* Room for part i at the top of the stack. */
static struct ir_branch *push(struct ir_batch *p, size_t i)
{
    struct ir_branch *s = &p->stack[p->depth++];
    if (s->gradients == NULL)
        s->gradients = p->depth == 1 ? ir_net_gradients(p->t->net, 0)
                                     : ir_zalloc_aligned(p->floats, sizeof(float));
    if (s->stats == NULL)
        s->stats = ir_zalloc(p->stats + 1, sizeof(float));
    s->from = i;
    s->to = i + 1;
    return s;
}

static void run_part(struct ir_batch *p, size_t i, const size_t *clips, const uint64_t *seeds,
                     double whole, double *sum)
{
    const struct ir_train *t = p->t;
    size_t from = ir_part_clip(i, p->parts, p->clips),
           n = ir_part_clip(i + 1, p->parts, p->clips) - from;
    struct ir_branch *s = push(p, i);
    double loss = 0, weight;
    memset(s->stats, 0, p->stats * sizeof(float));
    if (n == 0) {
        memset(s->gradients, 0, p->floats * sizeof(float));
        return;
    }
    ir_net_part(t->net, p->depth > 1 ? s->gradients : NULL, s->stats, whole);
    ir_data_load(t->data, t->net, t->pool, clips + from, n);
    ir_net_forward(t->net, n, true, seeds + from);
    ir_net_loss(t->net, true, &loss, &weight);
    *sum += loss;
    if (isfinite(*sum))
        ir_net_backward(t->net);
    else
        find_bad(p, from, n);
}

/* All of it at once, as without parts. */
static void run_whole(struct ir_batch *p, const size_t *clips, const uint64_t *seeds, double *sum,
                      double *weight)
{
    const struct ir_train *t = p->t;
    ir_data_load(t->data, t->net, t->pool, clips, p->clips);
    ir_net_forward(t->net, p->clips, true, seeds);
    ir_net_loss(t->net, true, sum, weight);
    if (!isfinite(*sum))
        find_bad(p, 0, p->clips);
    else if (*weight > 0)
        ir_net_backward(t->net);
}

void ir_batch_pass(struct ir_batch *p, const size_t *clips, size_t n, const uint64_t *seeds,
                   double *sum, double *weight)
{
    struct ir_net *net = p->t->net;
    *sum = *weight = 0;
    p->clips = n;
    p->depth = 0;
    memset(p->bad, 0, n * sizeof *p->bad);
    if (p->parts == 1) {
        run_whole(p, clips, seeds, sum, weight);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        struct ir_data_clip c;
        ir_data_clip(p->t->data, clips[i], &c);
        *weight += ir_net_weight(net, c.y);
    }
    for (size_t i = 0; i < p->parts; i++) {
        run_part(p, i, clips, seeds, *weight, sum);
        join(p);
    }
    ir_net_part(net, NULL, NULL, 0);
    if (isfinite(*sum))
        ir_net_settle(net, p->stack[0].stats, n);
}
