/* ir-train - train a network on a stream of clips. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kern.h"
#include "learn.h"
#include "tool.h"
#include "train.h"

struct options {
    long long epochs, batch, parts, threads, patience, memory_mb, length;
    double lr, decay, clip_norm, clip_value, valid_fraction, every_s;
    bool lr_given, resume, plan, list;
    const char *optim, *schedule, *train_split, *valid_split, *log, *checkpoint, *init_from,
        *classes, *learner;
    int best;
    struct ir_strs freeze, lr_scale;
};

static struct options o;

static const struct ir_opt opts[] = {
    IR_INT('e', "epochs", &o.epochs, "N", 1, 1e6, "passes over the training clips", .def = "30"),
    IR_INT('b', "batch", &o.batch, "N", 1, 65536, "clips in one update", .def = "32"),
    IR_INT(
        0, "parts", &o.parts, "P", 1, 65536,
        "cut each batch into so many parts, each with batchnorm statistics of its own; P divides "
        "the memory for a batch, and says how many ranks of ir-train-mpi can share it",
        .def = "1"),
    IR_REAL(0, "lr", &o.lr, "RATE", 0, 1e30, "learning rate (default: that of the optimiser)",
            .given = &o.lr_given),
    IR_WORD(0, "optim", &o.optim, "NAME,KEY=V", ir_optim_names, "optimiser with its settings",
            .def = "adam"),
    IR_WORD(0, "schedule", &o.schedule, "NAME,KEY=V", ir_schedule_names,
            "learning rate over time, each with warmup=UPDATES", .def = "constant"),
    IR_REAL(0, "decay", &o.decay, "L2", 0, 1e6, "weight decay", .def = "0"),
    IR_REAL(0, "clip-norm", &o.clip_norm, "N", 0, 1e9,
            "shorten the gradient to this norm (0: never)", .def = "0"),
    IR_REAL(0, "clip-value", &o.clip_value, "V", 0, 1e9,
            "cut each gradient to this size (0: never)", .def = "0"),
    IR_CHOICE(0, "best", &o.best, "MEASURE", "loss|accuracy|macro-f1|micro-f1|map",
              "keep the model that is best on the validation clips by this", .def = "loss"),
    IR_INT(0, "patience", &o.patience, "N", 0, 1e6,
           "stop after so many epochs without a better model (0: never)", .unit = "epochs",
           .def = "0"),
    IR_STR(0, "train-split", &o.train_split, "NAMES",
           "splits to train on, separated by commas; clips without a split always train",
           .def = "train"),
    IR_STR(0, "valid-split", &o.valid_split, "NAMES", "splits to choose the model on",
           .def = "valid,validation"),
    IR_REAL(0, "valid-fraction", &o.valid_fraction, "SHARE", 0, 0.9,
            "take this share of the training groups for validation", .def = "0"),
    IR_JOBS(&o.threads),
    IR_INT(0, "memory", &o.memory_mb, "MB", 0, 1e9,
           "refuse to take more memory for the network (0: that of the machine)", .unit = "MB",
           .def = "0", .no_bytes = true),
    IR_STR(0, "log", &o.log, "FILE", "write the learning curve as TSV", .no_bytes = true,
           .file = IR_FILE_WRITTEN),
    IR_STR(0, "checkpoint", &o.checkpoint, "FILE",
           "keep the state of training here (and the one before in FILE.old)", .no_bytes = true,
           .file = IR_FILE_WRITTEN),
    IR_REAL(0, "checkpoint-every", &o.every_s, "S", 0, 1e9, "also within an epoch, so often",
            .unit = "s", .def = "300", .no_bytes = true),
    IR_FLAG(0, "resume", &o.resume, "go on from the checkpoint: same bytes as if never stopped",
            .no_bytes = true),
    IR_STR(0, "init-from", &o.init_from, "MODEL",
           "start from the parameters of MODEL that fit by name and shape", .file = IR_FILE_READ),
    IR_LIST(0, "freeze", &o.freeze, "PATTERN",
            "leave parameters of such names as they are (shell pattern, may be repeated)"),
    IR_LIST(0, "lr-scale", &o.lr_scale, "PATTERN=F",
            "learning rate of parameters of such names times F (may be repeated)"),
    IR_WORD(0, "learner", &o.learner, "NAME [KEY=V…]", ir_learner_names,
            "a classic learner on feature vectors instead of a network"),
    IR_FLAG(0, "plan", &o.plan,
            "print layers, shapes, parameters, multiply-adds and convolution routes, and stop",
            .no_bytes = true),
    IR_FLAG(0, "list", &o.list,
            "print every layer, loss, optimiser, schedule and learner with its settings, and end",
            .no_bytes = true),
    IR_STR(0, "classes", &o.classes, "NAMES", "class names for --plan when no stream is read",
           .no_bytes = true),
    IR_INT(0, "length", &o.length, "N", 1, 1e9,
           "size of axes that are `any` for --plan when no stream is read", .no_bytes = true,
           .def = "128"),
};

static const struct ir_tool tool = {
    .name = "ir-train",
    .operands = "NET [FILE…]",
    .summary = "train the network described in NET on the clips of a tensor stream",
    .examples = "ir-label philharmonia DIR | ir-decode | ir-mel --preset librosa > all.mel.irt\n"
                "ir-train --epochs 30 --optim rmsprop cnn.net all.mel.irt -o cnn.model.irt\n"
                "ir-train --plan --classes 'flute violin' cnn.net\n",
    .opts = opts,
    .groups = "what is learnt: learner init-from freeze lr-scale classes length plan list\n"
              "steps: epochs batch parts lr optim schedule decay clip-norm clip-value\n"
              "which epoch counts: best patience train-split valid-split valid-fraction\n"
              "going on: log checkpoint checkpoint-every resume\n"
              "how it is computed: jobs memory\n",
    .n_opts = sizeof opts / sizeof *opts,
};

struct work {
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

static int choose(struct work *w, struct ir_err *err)
{
    w->c.epoch = w->epochs != NULL ? ir_epochs_first(w->epochs) : NULL;
    w->c.train_splits = o.train_split;
    w->c.valid_splits = o.valid_split;
    w->c.valid_fraction = o.valid_fraction;
    w->c.seed = (uint64_t)w->run->seed;
    if (ir_choose_clips(w->data, &w->c, err) < 0)
        return -1;
    if (w->c.n_valid == 0 && o.learner == NULL)
        ir_run_note(w->run, "no validation clips (split '%s'): the model of the last epoch is kept",
                    o.valid_split);
    return 0;
}

/* What was noted on the way to rc. */
static int say_all(struct work *w, int rc, struct ir_strs *notes, bool warn)
{
    for (size_t i = 0; i < notes->n; i++)
        (warn ? ir_run_warn : ir_run_note)(w->run, "%s", notes->at[i]);
    ir_strs_free(notes);
    return rc;
}

static int check(struct work *w, struct ir_err *err)
{
    struct ir_strs warnings = {0};
    return say_all(w, ir_check_labels(w->data, &w->c, w->net, &warnings, err), &warnings, true);
}

static int start_from(struct work *w, struct ir_err *err)
{
    struct ir_strs notes = {0};
    return say_all(w, ir_train_start_from(o.init_from, w->net, &notes, err), &notes, false);
}

static int plan_net(struct work *w, struct ir_err *err)
{
    struct ir_train *t = &w->t;
    struct ir_buf b = {0};
    t->net = w->net;
    t->pool = w->pool;
    t->batch = (size_t)o.batch;
    t->parts = (size_t)o.parts;
    t->memory_max = (size_t)o.memory_mb * 1000000;
    if (ir_train_plan(t, w->longest, &o.freeze, &o.lr_scale, err) < 0)
        return -1;
    ir_net_summary(w->net, o.plan, &b);
    ir_buf_printf(&b, "and %.0f MB for the optimiser and the best weights\n",
                  (double)ir_train_memory(t) / 1e6);
    int rc = o.plan && ir_ranks_rank() == 0 ? ir_run_print(w->run, b.data) : 0;
    if (!o.plan && !w->run->quiet)
        fputs(b.data, stderr);
    ir_buf_free(&b);
    return rc;
}

static int on_batch(void *self, const struct ir_train *t, long long epoch, size_t done, double loss)
{
    struct work *w = self;
    char extra[64];
    snprintf(extra, sizeof extra, "epoch %lld/%lld loss %.4f", epoch, t->epochs, loss);
    ir_progress_step(&w->progress, (double)(epoch - 1) * (double)t->n_train + (double)done, extra);
    return ir_stop_asked();
}

static int on_epoch(void *self, const struct ir_train *t, const struct ir_train_epoch *e,
                    struct ir_err *err)
{
    struct work *w = self;
    struct ir_buf line = {0};
    ir_progress_end(&w->progress);
    if (w->log != NULL && ir_train_log(w->log, e, err) < 0)
        return -1;
    ir_train_epoch_text(t, e, &line);
    ir_run_note(w->run, "%s", line.data);
    ir_buf_free(&line);
    ir_progress_start(&w->progress, w->run, "train", "clips", w->progress.total);
    return ir_stop_asked();
}

static bool stopped(void *self)
{
    (void)self;
    return ir_stop_asked();
}

static int train(struct work *w, struct ir_err *err)
{
    struct ir_buf version = {0};
    ir_buf_printf(&version, "%s%s", IR_VERSION, ir_commit());
    struct ir_train *t = &w->t;
    t->data = t->valid_data = w->data;
    t->choice = &w->c;
    t->epochs_in = w->epochs != NULL && ir_epochs_more(w->epochs) ? w->epochs : NULL;
    t->train = w->c.train;
    t->valid = w->c.valid;
    t->n_train = w->c.n_train;
    t->n_valid = w->c.n_valid;
    t->epochs = o.epochs;
    t->seed = (uint64_t)w->run->seed;
    t->lr = o.lr_given ? o.lr : t->optim->lr;
    t->decay = o.decay;
    t->clip_norm = o.clip_norm;
    t->clip_value = o.clip_value;
    t->best_by = (enum ir_measure)o.best;
    t->patience = o.patience;
    t->on_batch = on_batch;
    t->on_epoch = on_epoch;
    t->stopped = stopped;
    t->self = w;
    t->checkpoint = o.checkpoint;
    t->checkpoint_every_s = o.every_s;
    t->resume = o.resume;
    t->version = version.data;
    /* Everything that decides the bytes of the model, one a line; the number of epochs may grow. */
    ir_run_settings(w->run, strncmp(o.schedule, "cosine", 6) == 0 ? NULL : "epochs", &w->settings);
    ir_buf_printf(&w->settings, "network\n%s", ir_net_text(w->net));
    t->settings = w->settings.data;
    ir_net_init(w->net, t->seed);
    if (ir_ranks_meet(o.init_from != NULL ? start_from(w, err) : 0, err) != 0)
        return -1;
    ir_progress_start(&w->progress, w->run, "train", "clips",
                      (double)o.epochs * (double)w->c.n_train);
    /* Not before: until here a signal may end the program at once, nothing is lost. */
    ir_stop_catch(true);
    int rc = ir_train_run(t, err);
    ir_stop_catch(false);
    ir_progress_end(&w->progress);
    ir_buf_free(&version);
    if (rc < 0 || ir_ranks_rank() > 0)
        return rc;
    if (t->stream_ended)
        ir_run_note(w->run, "the stream ended after %lld epochs", t->last_epoch);
    struct ir_meta head = {0};
    ir_train_head(t, w->run->no_prog ? NULL : w->run->prog, &head);
    rc = ir_model_write(w->run->output, w->net, &head, w->run->compress, err);
    ir_meta_free(&head);
    return rc;
}

static int plan_only(struct work *w, struct ir_err *err)
{
    struct ir_strs classes = {0};
    int rc = ir_names_parse(o.classes != NULL ? o.classes : "", &classes, err);
    if (rc == 0)
        w->net = ir_net_read(w->run->files[0], &classes, err);
    ir_strs_free(&classes);
    if (w->net == NULL)
        return -1;
    w->longest = ir_zalloc(ir_net_inputs(w->net), sizeof *w->longest);
    ir_net_shapes(w->net, (size_t)o.length, w->longest);
    return plan_net(w, err);
}

static int run_all(struct work *w, struct ir_err *err)
{
    struct ir_run *run = w->run;
    if (o.learner != NULL) {
        w->data = ir_data_open(run->files, run->n_files, NULL, err);
        return w->data == NULL || choose(w, err) < 0
                   ? -1
                   : ir_train_learner(o.learner, w->data, &w->c, (uint64_t)run->seed, w->pool,
                                      run->output, run->compress, run->no_prog ? NULL : run->prog,
                                      err);
    }
    if (o.plan && run->n_files == 1)
        return plan_only(w, err);
    if (ir_train_open(run->files + 1, run->n_files - 1, &w->data, &w->epochs, err) < 0 ||
        (w->net = ir_net_read(run->files[0], ir_data_classes(w->data), err)) == NULL ||
        choose(w, err) < 0 || check(w, err) < 0)
        return -1;
    w->longest = ir_zalloc(ir_net_inputs(w->net), sizeof *w->longest);
    if (ir_choice_bind(&w->c, w->data, w->net, w->longest, err) < 0 || plan_net(w, err) < 0)
        return -1;
    if (o.plan)
        return 0;
    if (o.log != NULL && ir_ranks_rank() == 0 &&
        (w->log = ir_train_log_open(o.log, o.resume, err)) == NULL)
        return -1;
    return train(w, err);
}

static int print_list(struct ir_run *run)
{
    struct ir_buf b = {0};
    ir_net_list(&b);
    ir_train_list(&b);
    ir_learner_list(&b);
    int rc = ir_run_print(run, b.data);
    ir_buf_free(&b);
    return rc;
}

/* Wrong usage, before anything is read. */
static int check_options(struct work *w, struct ir_err *err)
{
    struct ir_learned learned = {0};
    int rc = 0;
    if (w->run->n_files == 0 && o.learner == NULL)
        return ir_fail(err, "the network description is missing");
    if (o.parts > o.batch)
        return ir_fail(err, "--parts %lld: a batch of %lld clips has no more parts than clips",
                       o.parts, o.batch);
    if (!o.plan &&
        ir_ranks_check((size_t)o.parts, o.learner != NULL, w->run->files, w->run->n_files, err) < 0)
        return -1;
    if (o.resume && o.checkpoint == NULL)
        return ir_fail(err, "--resume needs --checkpoint FILE");
    if (o.learner != NULL)
        rc = ir_learner_parse(&learned, o.learner, err);
    ir_learner_free(&learned);
    return rc < 0 || ir_optim_parse(o.optim, &w->t.optim, &w->t.optim_state, err) < 0 ||
                   ir_schedule_parse(o.schedule, &w->t.schedule, err) < 0
               ? -1
               : 0;
}

/* What is written, by rank 0, can be; whether there is something to resume. */
static int look(struct work *w, struct ir_err *err)
{
    bool fresh = false;
    if (!o.plan && ir_ranks_rank() == 0 &&
        ir_train_outputs(w->run->output, o.log, o.checkpoint, w->run->files, w->run->n_files,
                         &fresh, err) < 0)
        return -1;
    if (o.resume && fresh)
        ir_run_note(w->run, "%s: no checkpoint yet, training starts from the beginning",
                    o.checkpoint);
    o.resume = o.resume && !fresh;
    return 0;
}

static int run_from(struct work *w, struct ir_err *err)
{
    int rc = check_options(w, err) < 0 ? -2 : look(w, err);
    rc = ir_ranks_meet(rc, err);
    if (rc != 0)
        return rc;
    ir_ranks_share(&o.resume, sizeof o.resume);
    w->pool = ir_pool_new((unsigned)o.threads);
    rc = run_all(w, err);
    if (w->log != NULL)
        fclose(w->log);
    ir_net_free(w->net);
    if (w->epochs != NULL)
        ir_epochs_close(w->epochs);
    else
        ir_data_close(w->data);
    ir_pool_free(w->pool);
    ir_buf_free(&w->settings);
    free(w->longest);
    ir_choice_free(&w->c);
    return w->t.failed_alone ? rc : ir_ranks_meet(rc, err);
}

int main(int argc, char **argv)
{
    struct ir_run run;
    struct ir_tool named = tool;
    named.history = tool.name;
    named.name = ir_ranks_program();
    ir_kern_settle();
    ir_ranks_start(argc, argv);
    ir_run_mute(ir_ranks_rank() > 0);
    int status = ir_run_start(&run, &named, argc, argv);
    if (status >= 0) {
        ir_ranks_meet(status, &run.err);
        ir_ranks_end();
        return status;
    }
    struct work w = {.run = &run};
    run.quiet = run.quiet || ir_ranks_rank() > 0;
    int rc = !o.list ? run_from(&w, &run.err) : ir_ranks_rank() == 0 ? print_list(&run) : 0;
    ir_run_mute(ir_ranks_rank() > 0 && !w.t.failed_alone);
    status = ir_run_finish(&run, rc); /* it speaks before another's failure can end it */
    if (w.t.failed_alone)
        ir_ranks_kill(status);
    ir_ranks_end();
    return status;
}
