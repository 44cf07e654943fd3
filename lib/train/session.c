/* session.c - a whole training as ir-train runs it: options checked, clips chosen, the network
 * planned, trained, written. */
#include "kern.h"
#include "learn.h"
#include "train.h"

#include <stdlib.h>
#include <string.h>

struct session {
    const struct ir_train_options *o;
    bool resume; /* and there is a checkpoint */
    struct ir_run *run;
    struct ir_net *net;
    struct ir_data *data;
    struct ir_epochs *epochs; /* owns data when the stream brings each epoch its own clips */
    struct ir_pool *pool;
    struct ir_choice c;
    struct ir_shape *longest;
    FILE *log;
    struct ir_progress progress;
    struct ir_buf settings;
    struct ir_train t;
};

/* ---- before ---- */

static int choose(struct session *s, struct ir_err *err)
{
    s->c.epoch = s->epochs != NULL ? ir_epochs_first(s->epochs) : NULL;
    s->c.train_splits = s->o->train_split;
    s->c.valid_splits = s->o->valid_split;
    s->c.valid_fraction = s->o->valid_fraction;
    s->c.seed = (uint64_t)s->run->seed;
    if (ir_choose_clips(s->data, &s->c, err) < 0)
        return -1;
    if (s->c.n_valid == 0 && s->o->learner == NULL)
        ir_run_note(s->run, "no validation clips (split '%s'): the model of the last epoch is kept",
                    s->o->valid_split);
    return 0;
}

/* What was noted on the way to rc. */
static int say_all(struct session *s, int rc, struct ir_strs *notes, bool warn)
{
    for (size_t i = 0; i < notes->n; i++)
        (warn ? ir_run_warn : ir_run_note)(s->run, "%s", notes->at[i]);
    ir_strs_free(notes);
    return rc;
}

static int check(struct session *s, struct ir_err *err)
{
    struct ir_strs warnings = {0};
    return say_all(s, ir_check_labels(s->data, &s->c, s->net, &warnings, err), &warnings, true);
}

static int start_from(struct session *s, struct ir_err *err)
{
    struct ir_strs notes = {0};
    return say_all(s, ir_train_start_from(s->o->init_from, s->net, &notes, err), &notes, false);
}

static int plan_net(struct session *s, struct ir_err *err)
{
    struct ir_train *t = &s->t;
    struct ir_buf b = {0};
    t->net = s->net;
    t->pool = s->pool;
    t->batch = (size_t)s->o->batch;
    t->parts = (size_t)s->o->parts;
    t->memory_max = (size_t)s->o->memory_mb * 1000000;
    if (ir_train_plan(t, s->longest, &s->o->freeze, &s->o->lr_scale, err) < 0)
        return -1;
    ir_net_summary(s->net, s->o->plan, &b);
    ir_buf_printf(&b, "and %.0f MB for the optimiser and the best weights\n",
                  (double)ir_train_memory(t) / 1e6);
    int rc = s->o->plan && ir_ranks_rank() == 0 ? ir_run_print(s->run, b.data) : 0;
    if (!s->o->plan && !s->run->quiet)
        fputs(b.data, stderr);
    ir_buf_free(&b);
    return rc;
}

static int on_batch(void *self, const struct ir_train *t, long long epoch, size_t done, double loss)
{
    struct session *s = self;
    char extra[64];
    snprintf(extra, sizeof extra, "epoch %lld/%lld loss %.4f", epoch, t->epochs, loss);
    ir_progress_step(&s->progress, (double)(epoch - 1) * (double)t->n_train + (double)done, extra);
    return ir_stop_asked();
}

static int on_epoch(void *self, const struct ir_train *t, const struct ir_train_epoch *e,
                    struct ir_err *err)
{
    struct session *s = self;
    struct ir_buf line = {0};
    ir_progress_end(&s->progress);
    if (s->log != NULL && ir_train_log(s->log, e, err) < 0)
        return -1;
    ir_train_epoch_text(t, e, &line);
    ir_run_note(s->run, "%s", line.data);
    ir_buf_free(&line);
    ir_progress_start(&s->progress, s->run, "train", "clips", s->progress.total);
    return ir_stop_asked();
}

static bool stopped(void *self)
{
    (void)self;
    return ir_stop_asked();
}

static int train(struct session *s, struct ir_err *err)
{
    struct ir_buf version = {0};
    ir_buf_printf(&version, "%s%s", IR_VERSION, ir_commit());
    struct ir_train *t = &s->t;
    t->data = t->valid_data = s->data;
    t->choice = &s->c;
    t->epochs_in = s->epochs != NULL && ir_epochs_more(s->epochs) ? s->epochs : NULL;
    t->train = s->c.train;
    t->valid = s->c.valid;
    t->n_train = s->c.n_train;
    t->n_valid = s->c.n_valid;
    t->epochs = s->o->epochs;
    t->seed = (uint64_t)s->run->seed;
    t->lr = s->o->lr_given ? s->o->lr : t->optim->lr;
    t->decay = s->o->decay;
    t->clip_norm = s->o->clip_norm;
    t->clip_value = s->o->clip_value;
    t->best_by = (enum ir_measure)s->o->best;
    t->patience = s->o->patience;
    t->on_batch = on_batch;
    t->on_epoch = on_epoch;
    t->stopped = stopped;
    t->self = s;
    t->checkpoint = s->o->checkpoint;
    t->checkpoint_every_s = s->o->every_s;
    t->resume = s->resume;
    t->version = version.data;
    /* Everything that decides the bytes of the model, one a line; the number of epochs may grow. */
    ir_run_settings(s->run, strncmp(s->o->schedule, "cosine", 6) == 0 ? NULL : "epochs",
                    &s->settings);
    ir_buf_printf(&s->settings, "network\n%s", ir_net_text(s->net));
    t->settings = s->settings.data;
    ir_net_init(s->net, t->seed);
    if (ir_ranks_meet(s->o->init_from != NULL ? start_from(s, err) : 0, err) != 0)
        return -1;
    ir_progress_start(&s->progress, s->run, "train", "clips",
                      (double)s->o->epochs * (double)s->c.n_train);
    /* Not before: until here a signal may end the program at once, nothing is lost. */
    ir_stop_catch(true);
    int rc = ir_train_run(t, err);
    ir_stop_catch(false);
    ir_progress_end(&s->progress);
    ir_buf_free(&version);
    if (rc < 0 || ir_ranks_rank() > 0)
        return rc;
    if (t->stream_ended)
        ir_run_note(s->run, "the stream ended after %lld epochs", t->last_epoch);
    struct ir_meta head = {0};
    ir_train_head(t, s->run->no_prog ? NULL : s->run->prog, &head);
    rc = ir_model_write(s->run->output, s->net, &head, s->run->compress, err);
    ir_meta_free(&head);
    return rc;
}

static int plan_only(struct session *s, struct ir_err *err)
{
    struct ir_strs classes = {0};
    int rc = ir_names_parse(s->o->classes != NULL ? s->o->classes : "", &classes, err);
    if (rc == 0)
        s->net = ir_net_read(s->run->files[0], &classes, err);
    ir_strs_free(&classes);
    if (s->net == NULL)
        return -1;
    s->longest = ir_zalloc(ir_net_inputs(s->net), sizeof *s->longest);
    ir_net_shapes(s->net, (size_t)s->o->length, s->longest);
    return plan_net(s, err);
}

static int run_all(struct session *s, struct ir_err *err)
{
    struct ir_run *run = s->run;
    if (s->o->learner != NULL) {
        s->data = ir_data_open(run->files, run->n_files, NULL, err);
        return s->data == NULL || choose(s, err) < 0
                   ? -1
                   : ir_train_learner(s->o->learner, s->data, &s->c, (uint64_t)run->seed, s->pool,
                                      run->output, run->compress, run->no_prog ? NULL : run->prog,
                                      err);
    }
    if (s->o->plan && run->n_files == 1)
        return plan_only(s, err);
    if (ir_train_open(run->files + 1, run->n_files - 1, &s->data, &s->epochs, err) < 0 ||
        (s->net = ir_net_read(run->files[0], ir_data_classes(s->data), err)) == NULL ||
        choose(s, err) < 0 || check(s, err) < 0)
        return -1;
    s->longest = ir_zalloc(ir_net_inputs(s->net), sizeof *s->longest);
    if (ir_choice_bind(&s->c, s->data, s->net, s->longest, err) < 0 || plan_net(s, err) < 0)
        return -1;
    if (s->o->plan)
        return 0;
    if (s->o->log != NULL && ir_ranks_rank() == 0 &&
        (s->log = ir_train_log_open(s->o->log, s->resume, err)) == NULL)
        return -1;
    return train(s, err);
}

/* Wrong usage, before anything is read. */
static int check_options(struct session *s, struct ir_err *err)
{
    struct ir_learned learned = {0};
    int rc = 0;
    if (s->run->n_files == 0 && s->o->learner == NULL)
        return ir_fail(err, "the network description is missing");
    if (s->o->parts > s->o->batch)
        return ir_fail(err, "--parts %lld: a batch of %lld clips has no more parts than clips",
                       s->o->parts, s->o->batch);
    if (!s->o->plan && ir_ranks_check((size_t)s->o->parts, s->o->learner != NULL, s->run->files,
                                      s->run->n_files, err) < 0)
        return -1;
    if (s->o->resume && s->o->checkpoint == NULL)
        return ir_fail(err, "--resume needs --checkpoint FILE");
    if (s->o->learner != NULL)
        rc = ir_learner_parse(&learned, s->o->learner, err);
    ir_learner_free(&learned);
    return rc < 0 || ir_optim_parse(s->o->optim, &s->t.optim, &s->t.optim_state, err) < 0 ||
                   ir_schedule_parse(s->o->schedule, &s->t.schedule, err) < 0
               ? -1
               : 0;
}

/* What is written, by rank 0, can be; whether there is something to resume. */
static int look(struct session *s, struct ir_err *err)
{
    bool fresh = false;
    if (!s->o->plan && ir_ranks_rank() == 0 &&
        ir_train_outputs(s->run->output, s->o->log, s->o->checkpoint, s->run->files,
                         s->run->n_files, &fresh, err) < 0)
        return -1;
    if (s->o->resume && fresh)
        ir_run_note(s->run, "%s: no checkpoint yet, training starts from the beginning",
                    s->o->checkpoint);
    s->resume = s->o->resume && !fresh;
    return 0;
}

int ir_train_session(struct ir_run *run, const struct ir_train_options *o, bool *alone)
{
    struct session session = {.o = o, .run = run}, *s = &session;
    struct ir_err *err = &run->err;
    int rc = check_options(s, err) < 0 ? -2 : look(s, err);
    rc = ir_ranks_meet(rc, err);
    if (rc != 0)
        return rc;
    ir_ranks_share(&s->resume, sizeof s->resume);
    s->pool = ir_pool_new((unsigned)s->o->threads);
    rc = run_all(s, err);
    if (s->log != NULL)
        fclose(s->log);
    ir_net_free(s->net);
    if (s->epochs != NULL)
        ir_epochs_close(s->epochs);
    else
        ir_data_close(s->data);
    ir_pool_free(s->pool);
    ir_buf_free(&s->settings);
    free(s->longest);
    ir_choice_free(&s->c);
    *alone = s->t.failed_alone;
    return *alone ? rc : ir_ranks_meet(rc, err);
}
