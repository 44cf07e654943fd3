/* update.c - one step of the optimiser over all weights, in pieces that threads share. */
#include "train/state.h"

#include <math.h>
#include <stdlib.h>

#define CHUNK 65536 /* weights of one task of an update */

struct piece {
    size_t param, from, count;
};

struct ir_update {
    const struct ir_train *t;
    struct ir_train_state *s;
    struct piece *piece;
    size_t n_pieces, pieces_cap;
    double lr, clip; /* of the update that runs */
    float *values;   /* the arena of the parameters, then */
};

static void cut_pieces(struct ir_update *u)
{
    struct ir_net *net = u->t->net;
    for (size_t i = 0; i < ir_net_params(net); i++) {
        const struct ir_param *p = ir_net_param(net, i);
        if (p->buffer || p->frozen)
            continue;
        for (size_t from = 0; from < p->count; from += CHUNK) {
            size_t count = p->count - from < CHUNK ? p->count - from : CHUNK;
            ir_grow(&u->piece, &u->pieces_cap, u->n_pieces + 1, sizeof *u->piece);
            u->piece[u->n_pieces++] = (struct piece){i, from, count};
        }
    }
}

static void update_piece(void *arg, size_t task, unsigned thread)
{
    const struct ir_update *u = arg;
    const struct ir_train *t = u->t;
    const struct piece *c = &u->piece[task];
    const struct ir_param *p = ir_net_param(t->net, c->param);
    float *w = u->values + p->offset + c->from, *slot[IR_SLOTS_MAX];
    float *g = ir_net_gradients(t->net, c->param) + c->from;
    (void)thread;
    for (size_t i = 0; i < u->s->slots; i++)
        slot[i] = u->s->slot[i] + p->offset + c->from;
    float limit = (float)t->clip_value, scale = (float)u->clip;
    for (size_t i = 0; i < c->count && (limit > 0 || scale < 1); i++) {
        g[i] *= scale;
        if (limit > 0)
            g[i] = g[i] > limit ? limit : g[i] < -limit ? -limit : g[i];
    }
    t->optim->step(&t->optim_state, u->lr * p->lr_scale, p->decays ? t->decay : 0, u->s->updates,
                   c->count, w, g, slot);
}

/* Factor that brings the gradient's norm down to the limit. */
static double clip_factor(const struct ir_update *u)
{
    double sum = 0;
    if (u->t->clip_norm <= 0)
        return 1;
    for (size_t i = 0; i < u->n_pieces; i++) {
        const float *g = ir_net_gradients(u->t->net, u->piece[i].param) + u->piece[i].from;
        for (size_t j = 0; j < u->piece[i].count; j++)
            sum += (double)g[j] * (double)g[j];
    }
    double norm = sqrt(sum);
    return norm > u->t->clip_norm ? u->t->clip_norm / norm : 1;
}

static uint64_t updates_per_epoch(const struct ir_train *t)
{
    return (t->n_train + t->batch - 1) / t->batch;
}

void ir_update_run(struct ir_update *u)
{
    const struct ir_train *t = u->t;
    uint64_t per = updates_per_epoch(t);
    u->lr = t->lr * ir_schedule_at(&t->schedule, u->s->updates, per, per * (uint64_t)t->epochs);
    u->s->updates++;
    u->clip = clip_factor(u);
    u->values = ir_net_arena(t->net, &(size_t){0}); /* once here: the tasks only read the network */
    ir_pool_run(t->pool, u->n_pieces, update_piece, u);
}

struct ir_update *ir_update_new(const struct ir_train *t, struct ir_train_state *s)
{
    struct ir_update *u = ir_zalloc(1, sizeof *u);
    u->t = t;
    u->s = s;
    cut_pieces(u);
    return u;
}

double ir_update_lr(const struct ir_update *u)
{
    return u->lr;
}

void ir_update_free(struct ir_update *u)
{
    if (u != NULL)
        free(u->piece);
    free(u);
}
