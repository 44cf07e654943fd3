/* loop.c - the training loop: epochs of shuffled batches, validation, the best model, early
 * stopping. */
#include "dsp.h"
#include "kern.h"
#include "train/batch.h"
#include "train/ranks.h"
#include "train/state.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct loop {
    struct ir_train *t;
    struct ir_train_state s;
    size_t *order;
    uint64_t *seeds;
    struct ir_batch *batch;
    struct ir_update *update;
    double written_s;
    long long brought;  /* epochs of the stream taken */
    double exchanged_s; /* with other ranks, up to this epoch */
    bool together;      /* what failed did so on all ranks alike */
};

/* A failure that every rank has by itself. */
static int fail_together(struct loop *l)
{
    l->together = true;
    return -1;
}

static int interrupted(struct loop *l, struct ir_err *err)
{
    ir_fail(err, "interrupted");
    return fail_together(l);
}

/* ---- epochs ------------------------------------------------------------------------------------
 */

static void shuffle(struct loop *l)
{
    struct ir_rng rng;
    size_t n = l->t->n_train;
    ir_rng_seed(&rng, ir_clip_seed(l->t->seed, (uint64_t)l->s.epoch, "order"));
    memcpy(l->order, l->t->train, n * sizeof *l->order);
    for (size_t i = n; i > 1; i--) {
        size_t j = (size_t)ir_rng_below(&rng, i), keep = l->order[i - 1];
        l->order[i - 1] = l->order[j];
        l->order[j] = keep;
    }
}

static int bad_loss(struct loop *l, const size_t *clips, size_t n, struct ir_err *err)
{
    struct ir_train *t = l->t;
    struct ir_buf b = {0};
    size_t named = 0, bad = 0;
    for (size_t i = 0; i < n; i++) {
        struct ir_data_clip c;
        if (!ir_batch_bad(l->batch, i))
            continue;
        ir_data_clip(t->data, clips[i], &c);
        if (named < 8) {
            ir_buf_printf(&b, "%s%s", named > 0 ? ", " : "", c.id);
            named++;
        }
        bad++;
    }
    t->stopped_bad = true;
    ir_fail(err, "epoch %lld, batch %llu: the loss is not finite for %zu of %zu clips: %s%s",
            l->s.epoch, (unsigned long long)(l->s.position / t->batch + 1), bad, n,
            b.data != NULL ? b.data : "their mean", bad > named ? ", …" : "");
    ir_buf_free(&b);
    return fail_together(l);
}

/* Clips that are new: before the first epoch, and in each that comes from a stream. */
static int check_clips(struct loop *l, struct ir_err *err)
{
    struct ir_train *t = l->t;
    const size_t bad = ir_data_find_nan(t->data, t->train, t->n_train);
    struct ir_data_clip c;
    if (bad == SIZE_MAX)
        return 0;
    ir_data_clip(t->data, bad, &c);
    t->stopped_bad = true;
    ir_fail(err, "clip %s holds NaN or infinity, wanted finite numbers", c.id);
    return fail_together(l);
}

/* A parameter can overflow while the loss stays finite: the running variance of huge numbers. */
static int check_parameters(struct loop *l, struct ir_err *err)
{
    struct ir_train *t = l->t;
    for (size_t i = 0; i < ir_net_params(t->net); i++) {
        const struct ir_param *p = ir_net_param(t->net, i);
        if (ir_dsp_finite(ir_net_values(t->net, i), p->count))
            continue;
        t->stopped_bad = true;
        ir_fail(err,
                "epoch %lld: parameter %s became NaN or infinity at learning rate %g (are "
                "the numbers of the clips very large? ir-cat --look, ir-plot)",
                l->s.epoch, p->name, ir_update_lr(l->update));
        return fail_together(l);
    }
    return 0;
}

static int train_batch(struct loop *l, struct ir_err *err)
{
    struct ir_train *t = l->t;
    const size_t *clips = l->order + l->s.position;
    size_t left = t->n_train - (size_t)l->s.position, n = left < t->batch ? left : t->batch;
    double sum, weight;
    for (size_t i = 0; i < n; i++) {
        struct ir_data_clip c;
        ir_data_clip(t->data, clips[i], &c);
        l->seeds[i] = ir_clip_seed(t->seed, (uint64_t)l->s.epoch, c.id);
        if (c.id[0] == '\0')
            l->seeds[i] ^= clips[i] * 0x9e3779b97f4a7c15u;
    }
    ir_batch_pass(l->batch, clips, n, l->seeds, &sum, &weight);
    if (!isfinite(sum))
        return bad_loss(l, clips, n, err);
    if (weight > 0)
        ir_update_run(l->update);
    l->s.loss += sum;
    l->s.weight += weight;
    l->s.position += n;
    return 0;
}

static bool better(const struct ir_train *t, const struct ir_measures *now,
                   const struct ir_measures *best)
{
    double a = now->v[t->best_by], b = best->v[t->best_by];
    if (a != a)
        return false;
    if (b != b)
        return true;
    return t->best_by == IR_MEASURE_LOSS ? a < b : a > b;
}

/* Weights that went another way on one rank (a processor that computes otherwise) are no model. */
static int check_ranks(struct loop *l, struct ir_err *err)
{
    size_t n, ranks = ir_ranks_count();
    if (ranks == 1)
        return 0;
    const float *w = ir_net_arena(l->t->net, &n);
    uint64_t mine = ir_hash(w, n * sizeof *w, 0), *all = ir_zalloc(ranks, sizeof *all);
    int rc = 0;
    ir_ranks_gather(&mine, sizeof mine, all);
    for (size_t i = ranks; i-- > 1;) {
        if (all[i] != all[0]) {
            ir_fail(err, "epoch %lld: the weights of rank %zu are not those of rank 0", l->s.epoch,
                    i);
            rc = fail_together(l);
        }
    }
    free(all);
    return rc;
}

static double exchange_share(struct loop *l, double seconds)
{
    double all = ir_batch_exchange_s(l->batch), now = all - l->exchanged_s;
    l->exchanged_s = all;
    return seconds > 0 ? now / seconds : 0;
}

static int end_epoch(struct loop *l, double seconds, bool *stop, struct ir_err *err)
{
    struct ir_train *t = l->t;
    struct ir_train_state *s = &l->s;
    struct ir_measures m = {.v = {(double)NAN, (double)NAN, (double)NAN, (double)NAN, (double)NAN}};
    if (check_ranks(l, err) != 0 || check_parameters(l, err) != 0)
        return -1;
    if (t->n_valid > 0)
        ir_train_evaluate(t->net, t->valid_data != NULL ? t->valid_data : t->data, t->pool,
                          t->valid, t->n_valid, &m);
    bool best = t->n_valid == 0 || s->best_epoch == 0 || better(t, &m, &s->best);
    if (best) {
        size_t n;
        memcpy(s->best_values, ir_net_arena(t->net, &n), s->floats * sizeof(float));
        s->best = m;
        s->best_epoch = s->epoch;
    }
    s->stale = best ? 0 : s->stale + 1;
    struct ir_train_epoch e = {.epoch = s->epoch,
                               .lr = ir_update_lr(l->update),
                               .loss = s->weight > 0 ? s->loss / s->weight : (double)NAN,
                               .seconds = seconds,
                               .exchange = exchange_share(l, seconds),
                               .valid = m,
                               .best = best};
    t->last_epoch = s->epoch;
    *stop = t->patience > 0 && s->stale >= t->patience;
    s->epoch++;
    s->position = 0;
    s->loss = s->weight = 0;
    s->done = *stop || s->epoch > t->epochs;
    int rc = t->on_epoch != NULL ? t->on_epoch(t->self, t, &e, err) : 0;
    if (rc > 0 && ir_ranks_count() > 1) {
        ir_batch_stop(l->batch, true); /* the others learn of it with the next batch */
        rc = 0;
    }
    return rc > 0 ? interrupted(l, err) : rc;
}

static int save(struct loop *l, bool now, struct ir_err *err)
{
    struct ir_train *t = l->t;
    if (t->checkpoint == NULL || (!now && ir_clock_s() - l->written_s < t->checkpoint_every_s))
        return 0;
    l->written_s = ir_clock_s();
    return ir_train_save(t, &l->s, err);
}

/* The clips of epoch number l->s.epoch. *end: there are none. */
static int next_clips(struct loop *l, bool *end, struct ir_err *err)
{
    struct ir_train *t = l->t;
    *end = false;
    while (t->epochs_in != NULL && l->brought < l->s.epoch) {
        int rc = ir_epochs_next(t->epochs_in, t, err);
        if (rc < 0)
            return -1;
        *end = t->stream_ended = rc == 0;
        if (*end)
            return 0;
        if (check_clips(l, err) < 0)
            return -1;
        l->brought++;
    }
    l->order = ir_realloc(l->order, t->n_train + 1, sizeof *l->order);
    return 0;
}

static int run_epoch(struct loop *l, bool *stop, struct ir_err *err)
{
    struct ir_train *t = l->t;
    double start = ir_clock_s();
    if (next_clips(l, stop, err) < 0)
        return -1;
    if (*stop)
        return 0;
    shuffle(l);
    while (l->s.position < t->n_train) {
        if (train_batch(l, err) < 0)
            return -1;
        double mean = l->s.weight > 0 ? l->s.loss / l->s.weight : 0;
        if (ir_batch_stop(l->batch,
                          t->on_batch != NULL && t->on_batch(t->self, t, l->s.epoch,
                                                             (size_t)l->s.position, mean) != 0))
            return save(l, true, err) < 0 ? -1 : interrupted(l, err);
        if (l->s.position < t->n_train && save(l, false, err) < 0)
            return -1;
    }
    int rc = end_epoch(l, ir_clock_s() - start, stop, err);
    if (rc < 0 && t->stopped_bad)
        return -1; /* the last good checkpoint stays */
    return save(l, true, rc < 0 ? NULL : err) < 0 ? -1 : rc;
}

/* ---- before the first epoch --------------------------------------------------------------------
 */

static void fit(struct ir_train *t)
{
    size_t batch = ir_net_batch(t->net);
    for (size_t stage = 0; stage < ir_net_fit_stages(t->net); stage++) {
        for (size_t i = 0; i < t->n_train; i += batch) {
            size_t n = t->n_train - i < batch ? t->n_train - i : batch;
            ir_data_load(t->data, t->net, t->pool, t->train + i, n);
            ir_net_fit(t->net, stage, n);
        }
        ir_net_fit_end(t->net, stage);
    }
}

static void start(struct loop *l)
{
    struct ir_train_state *s = &l->s;
    ir_net_arena(l->t->net, &s->floats);
    s->slots = l->t->optim->slots;
    for (size_t i = 0; i < s->slots; i++)
        s->slot[i] = ir_zalloc_aligned(s->floats, sizeof(float));
    s->best_values = ir_zalloc_aligned(s->floats, sizeof(float));
    s->epoch = 1;
    l->brought = 1;
    l->t->input_hash = ir_data_hash(l->t->data);
    l->seeds = ir_alloc(l->t->batch + 1, sizeof *l->seeds);
    l->batch = ir_batch_new(l->t);
    l->written_s = ir_clock_s();
    l->update = ir_update_new(l->t, &l->s);
    ir_kern_warm(l->t->pool);
}

int ir_train_run(struct ir_train *t, struct ir_err *err)
{
    struct loop l = {.t = t};
    bool stop = false;
    int rc = 0;
    size_t n;
    start(&l);
    if (ir_ranks_agree(t, err) < 0 || (t->resume && ir_train_resume(t, &l.s, err) < 0))
        rc = fail_together(&l);
    else
        rc = check_clips(&l, err);
    stop = l.s.done;
    if (rc == 0 && !t->resume)
        fit(t);
    while (rc == 0 && !stop && l.s.epoch <= t->epochs)
        rc = run_epoch(&l, &stop, err);
    if (l.s.best_epoch > 0)
        memcpy(ir_net_arena(t->net, &n), l.s.best_values, l.s.floats * sizeof(float));
    t->failed_alone = rc < 0 && !l.together;
    if (rc == 0)
        rc = ir_data_unchanged(t->data, err);
    t->best_epoch = l.s.best_epoch;
    t->best = l.s.best;
    for (size_t i = 0; i < l.s.slots; i++)
        free(l.s.slot[i]);
    free(l.s.best_values);
    free(l.order);
    free(l.seeds);
    ir_update_free(l.update);
    ir_batch_free(l.batch);
    return rc;
}
