/* batch.c - one pass over a batch, part after part. */
#include "train/exchange.h"
#include "train/ranks.h"

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
    struct ir_exchange *x;
    size_t first, last; /* this rank's parts are first … last */
    double *loss;       /* of each part */
    bool asked, all_asked;
    size_t whole;    /* gradients from here on are sent */
    double waited_s; /* for the losses of the others */
};

struct ir_batch *ir_batch_new(const struct ir_train *t)
{
    struct ir_batch *p = ir_zalloc(1, sizeof *p);
    p->t = t;
    p->parts = t->parts > 0 ? t->parts : 1;
    ir_net_arena(t->net, &p->floats);
    p->stats = ir_net_stats(t->net);
    p->bad = ir_zalloc(t->batch + 1, sizeof *p->bad);
    p->loss = ir_zalloc(p->parts, sizeof *p->loss);
    p->x = ir_exchange_new(t->net, p->parts);
    p->first = ir_part_clip(ir_ranks_rank(), ir_ranks_count(), p->parts);
    p->last = ir_part_clip(ir_ranks_rank() + 1, ir_ranks_count(), p->parts) - 1;
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
    ir_exchange_free(p->x);
    free(p->loss);
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

/* Join the branches at the top of the stack as far as the tree has it: their gradients first …
 * end-1, or their statistics when there are none. What remains on the stack. */
static size_t join(struct ir_batch *p, size_t first, size_t end)
{
    size_t d = p->depth - 1;
    struct ir_branch top = p->stack[d];
    for (; d > 0; d--) {
        struct ir_branch *to = &p->stack[d - 1];
        struct sum s = {to, &p->stack[d], first, end};
        if (!ir_tree_joins(to->from, top.from, top.to, p->parts))
            break;
        if (end > first)
            ir_pool_run(p->t->pool, (end - first + CHUNK - 1) / CHUNK, add_chunk, &s);
        else
            ir_tree_stats(to->stats, s.from->stats, p->stats / 2, clips_of(p, to),
                          clips_of(p, &top));
        top.from = to->from;
    }
    return d + 1;
}

static void join_all(struct ir_batch *p)
{
    size_t to = p->stack[p->depth - 1].to;
    join(p, 0, 0);
    p->depth = join(p, 0, p->floats);
    p->stack[p->depth - 1].to = to;
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

/* Forward and backward over part i, which lies at the top of the stack. told: after each layer. */
static void run_part(struct ir_batch *p, const size_t *clips, const uint64_t *seeds, double whole,
                     void (*told)(void *, size_t))
{
    const struct ir_train *t = p->t;
    struct ir_branch *s = &p->stack[p->depth - 1];
    size_t i = s->from, from = ir_part_clip(i, p->parts, p->clips), n = clips_of(p, s);
    double weight;
    p->loss[i] = 0;
    memset(s->stats, 0, p->stats * sizeof(float));
    ir_net_part(t->net, p->depth > 1 ? s->gradients : NULL, s->stats, whole);
    if (n > 0) {
        ir_data_load(t->data, t->net, t->pool, clips + from, n);
        ir_net_forward(t->net, n, true, seeds + from);
        ir_net_loss(t->net, true, &p->loss[i], &weight);
        if (!isfinite(p->loss[i]))
            find_bad(p, from, n);
    }
    if (p->x != NULL && i == p->last) {
        join(p, 0, 0);
        ir_exchange_stats(p->x);
    }
    if (n > 0 && isfinite(p->loss[i]))
        ir_net_backward_told(t->net, told, p);
    else
        memset(s->gradients, 0, p->floats * sizeof(float));
}

/* Gradients of the last part are whole from a number on: what was not sent yet is. */
static void on_whole(void *self, size_t from)
{
    struct ir_batch *p = self;
    if (from < p->whole) {
        join(p, from, p->whole);
        p->whole = from;
        ir_exchange_from(p->x, from);
    }
}

/* My parts, and those of the other ranks. */
static void run_parts(struct ir_batch *p, const size_t *clips, const uint64_t *seeds, double whole)
{
    if (p->x != NULL)
        ir_exchange_begin(p->x, p->stack, p->clips);
    for (size_t i = p->first; i <= p->last; i++) {
        bool sends = p->x != NULL && i == p->last;
        push(p, i);
        p->whole = p->floats;
        run_part(p, clips, seeds, whole, sends ? on_whole : NULL);
        if (sends)
            on_whole(p, 0);
        else
            join_all(p);
    }
}

/* Losses of all parts, and whether anyone asks to stop. */
static void share_losses(struct ir_batch *p)
{
    size_t n = ir_ranks_count(), most = (p->parts + n - 1) / n + 1;
    double *mine = ir_zalloc(most, sizeof *mine), *all = ir_zalloc(n * most, sizeof *all);
    mine[0] = p->asked;
    memcpy(mine + 1, p->loss + p->first, (p->last - p->first + 1) * sizeof *mine);
    ir_ranks_gather(mine, most * sizeof *mine, all);
    p->all_asked = false;
    for (size_t r = 0; r < n; r++) {
        size_t from = ir_part_clip(r, n, p->parts), to = ir_part_clip(r + 1, n, p->parts);
        memcpy(p->loss + from, all + r * most + 1, (to - from) * sizeof *all);
        p->all_asked = p->all_asked || all[r * most] != 0;
    }
    free(mine);
    free(all);
}

/* Clips of all ranks whose loss is not finite. */
static void share_bad(struct ir_batch *p)
{
    bool *all = ir_zalloc(ir_ranks_count() * p->clips, sizeof *all);
    ir_ranks_gather(p->bad, p->clips * sizeof *all, all);
    for (size_t i = 0; i < ir_ranks_count() * p->clips; i++)
        p->bad[i % p->clips] = p->bad[i % p->clips] || all[i];
    free(all);
}

bool ir_batch_stop(struct ir_batch *p, bool asked)
{
    p->asked = p->asked || asked;
    return p->x != NULL ? p->all_asked : p->asked;
}

double ir_batch_exchange_s(const struct ir_batch *p)
{
    return ir_exchange_seconds(p->x) + p->waited_s;
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
    run_parts(p, clips, seeds, *weight);
    if (p->x != NULL) {
        double from_s = ir_clock_s();
        share_losses(p);
        p->waited_s += ir_clock_s() - from_s;
        ir_exchange_end(p->x);
    }
    ir_net_part(net, NULL, NULL, 0);
    for (size_t i = 0; i < p->parts; i++)
        *sum += p->loss[i];
    if (isfinite(*sum))
        ir_net_settle(net, p->stack[0].stats, n);
    else if (p->x != NULL)
        share_bad(p);
}
