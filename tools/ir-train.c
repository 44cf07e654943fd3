/* ir-train - train a network on a stream of clips. */
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "kern.h"
#include "train.h"

struct options {
    long long epochs, batch, threads, patience, memory_mb, length;
    double lr, decay, clip_norm, clip_value, valid_fraction, every_s;
    bool lr_given, resume, plan;
    const char *optim, *schedule, *train_split, *valid_split, *log, *checkpoint, *init_from,
        *classes, *learner;
    int best;
    struct ir_strs freeze, lr_scale;
};

static struct options o;

static const struct ir_opt opts[] = {
    {'e', "epochs", IR_OPT_INT, &o.epochs, NULL, "N", 1, 1e6, NULL, "30", NULL,
     "passes over the training clips"},
    {'b', "batch", IR_OPT_INT, &o.batch, NULL, "N", 1, 65536, NULL, "32", NULL,
     "clips in one update"},
    {0, "lr", IR_OPT_REAL, &o.lr, &o.lr_given, "RATE", 0, 1e30, NULL, NULL, NULL,
     "learning rate (default: that of the optimiser)"},
    {0, "optim", IR_OPT_STR, &o.optim, NULL, "NAME,KEY=V", 0, 0, NULL, "adam", NULL,
     "optimiser: sgd, adam, adamw or rmsprop with its settings"},
    {0, "schedule", IR_OPT_STR, &o.schedule, NULL, "NAME,KEY=V", 0, 0, NULL, "constant", NULL,
     "learning rate over time: constant, step, exponential, inverse or cosine; each with "
     "warmup=UPDATES"},
    {0, "decay", IR_OPT_REAL, &o.decay, NULL, "L2", 0, 1e6, NULL, "0", NULL, "weight decay"},
    {0, "clip-norm", IR_OPT_REAL, &o.clip_norm, NULL, "N", 0, 1e9, NULL, "0", NULL,
     "shorten the gradient to this norm (0: never)"},
    {0, "clip-value", IR_OPT_REAL, &o.clip_value, NULL, "V", 0, 1e9, NULL, "0", NULL,
     "cut each gradient to this size (0: never)"},
    {0, "best", IR_OPT_CHOICE, &o.best, NULL, "MEASURE", 0, 0, NULL, "loss",
     "loss|accuracy|macro-f1|micro-f1|map",
     "keep the model that is best on the validation clips by this"},
    {0, "patience", IR_OPT_INT, &o.patience, NULL, "N", 0, 1e6, "epochs", "0", NULL,
     "stop after so many epochs without a better model (0: never)"},
    {0, "train-split", IR_OPT_STR, &o.train_split, NULL, "NAMES", 0, 0, NULL, "train", NULL,
     "splits to train on, separated by commas; clips without a split always train"},
    {0, "valid-split", IR_OPT_STR, &o.valid_split, NULL, "NAMES", 0, 0, NULL, "valid,validation",
     NULL, "splits to choose the model on"},
    {0, "valid-fraction", IR_OPT_REAL, &o.valid_fraction, NULL, "SHARE", 0, 0.9, NULL, "0", NULL,
     "take this share of the training groups for validation"},
    {'t', "threads", IR_OPT_INT, &o.threads, NULL, "N", 0, 1024, NULL, "0", NULL,
     "threads (0: one per processor); the model does not depend on it"},
    {0, "memory", IR_OPT_INT, &o.memory_mb, NULL, "MB", 0, 1e9, "MB", "0", NULL,
     "refuse to take more memory for the network (0: that of the machine)"},
    {0, "log", IR_OPT_STR, &o.log, NULL, "FILE", 0, 0, NULL, NULL, NULL,
     "write the learning curve as TSV"},
    {0, "checkpoint", IR_OPT_STR, &o.checkpoint, NULL, "FILE", 0, 0, NULL, NULL, NULL,
     "keep the state of training here (and the one before in FILE.old)"},
    {0, "checkpoint-every", IR_OPT_REAL, &o.every_s, NULL, "S", 0, 1e9, "s", "300", NULL,
     "also within an epoch, so often"},
    {0, "resume", IR_OPT_FLAG, &o.resume, NULL, NULL, 0, 0, NULL, NULL, NULL,
     "go on from the checkpoint: same bytes as if never stopped"},
    {0, "init-from", IR_OPT_STR, &o.init_from, NULL, "MODEL", 0, 0, NULL, NULL, NULL,
     "start from the parameters of MODEL that fit by name and shape"},
    {0, "freeze", IR_OPT_LIST, &o.freeze, NULL, "PATTERN", 0, 0, NULL, NULL, NULL,
     "leave parameters of such names as they are (shell pattern, may be repeated)"},
    {0, "lr-scale", IR_OPT_LIST, &o.lr_scale, NULL, "PATTERN=F", 0, 0, NULL, NULL, NULL,
     "learning rate of parameters of such names times F (may be repeated)"},
    {0, "learner", IR_OPT_STR, &o.learner, NULL, "NAME [KEY=V…]", 0, 0, NULL, NULL, NULL,
     "a classic learner on feature vectors instead of a network: majority, logistic, svm, forest "
     "or knn"},
    {0, "plan", IR_OPT_FLAG, &o.plan, NULL, NULL, 0, 0, NULL, NULL, NULL,
     "print layers, shapes, parameters, multiply-adds and convolution routes, and stop"},
    {0, "classes", IR_OPT_STR, &o.classes, NULL, "NAMES", 0, 0, NULL, NULL, NULL,
     "class names for --plan when no stream is read"},
    {0, "length", IR_OPT_INT, &o.length, NULL, "N", 1, 1e9, NULL, "128", NULL,
     "size of axes that are `any` for --plan when no stream is read"},
};

static const struct ir_tool tool = {
    .name = "ir-train",
    .operands = "NET [FILE…]",
    .summary = "train the network described in NET on the clips of a tensor stream",
    .examples = "ir-label philharmonia DIR | ir-decode | ir-mel --preset librosa > all.mel.irt\n"
                "ir-train --epochs 30 --optim rmsprop cnn.net all.mel.irt -o cnn.model.irt\n"
                "ir-train --plan --classes 'flute violin' cnn.net\n",
    .opts = opts,
    .n_opts = sizeof opts / sizeof *opts,
};

static volatile sig_atomic_t interrupted;

static void on_signal(int sig)
{
    (void)sig;
    interrupted = 1;
}

struct work {
    struct ir_run *run;
    struct ir_net *net;
    struct ir_data *data;
    struct ir_epochs *epochs; /* owns data when the stream brings each epoch its own clips */
    struct ir_pool *pool;
    struct ir_model *from;
    struct ir_choice c;
    struct ir_shape *longest;
    FILE *log;
    struct ir_progress progress;
    struct ir_buf settings;
    const struct ir_optim *optim;
    struct ir_optim_state optim_state;
};

/* ---- clips --------------------------------------------------------------------------------------
 */

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

static int check(struct work *w, struct ir_err *err)
{
    struct ir_strs missing = {0};
    int rc = ir_check_labels(w->data, &w->c, w->net, &missing, err);
    for (size_t i = 0; i < missing.n; i++)
        ir_run_warn(w->run, "class '%s' has no training clip", missing.at[i]);
    ir_strs_free(&missing);
    return rc;
}

/* ---- the network ---- */

static int read_net(struct work *w, const struct ir_strs *classes, struct ir_err *err)
{
    struct ir_buf text = {0};
    const char *path = w->run->files[0];
    if (ir_read_file(path, 1 << 20, &text, err) < 0)
        return -1;
    w->net = ir_net_parse(text.data != NULL ? text.data : "", text.len, path, classes, err);
    ir_buf_free(&text);
    return w->net != NULL ? 0 : -1;
}

static int start_from(struct work *w, struct ir_err *err)
{
    struct ir_buf report = {0};
    size_t loaded;
    w->from = ir_model_open(o.init_from, err);
    if (w->from == NULL || ir_model_apply(w->from, w->net, &report, &loaded, err) < 0)
        return -1;
    ir_run_note(w->run, "%s: loaded %zu of %zu parameters", o.init_from, loaded,
                ir_net_params(w->net));
    for (char *line = report.data; line != NULL && *line != '\0';) {
        char *end = strchr(line, '\n');
        *end = '\0';
        ir_run_note(w->run, "not loaded: %s", line);
        line = end + 1;
    }
    ir_buf_free(&report);
    if (loaded == 0)
        return ir_fail(err, "%s: no parameter fits this network", o.init_from);
    return 0;
}

static int plan_net(struct work *w, struct ir_err *err)
{
    size_t limit = (size_t)o.memory_mb * 1000000, beside;
    if (ir_optim_parse(o.optim, &w->optim, &w->optim_state, err) < 0 ||
        ir_net_plan(w->net, 1, w->longest, false, w->pool, 0, err) < 0 ||
        ir_train_scale(w->net, &o.freeze, &o.lr_scale, err) < 0)
        return -1;
    beside = ir_train_memory(w->optim, w->net);
    if (limit > 0 && beside >= limit)
        return ir_fail(err, "the optimiser needs %.0f MB of memory, the limit is %lld MB",
                       (double)beside / 1e6, o.memory_mb);
    if (ir_net_plan(w->net, (size_t)o.batch, w->longest, true, w->pool,
                    limit > 0 ? limit - beside : 0, err) < 0)
        return -1;
    struct ir_buf b = {0};
    ir_net_summary(w->net, o.plan, &b);
    ir_buf_printf(&b, "and %.0f MB for the optimiser and the best weights\n", (double)beside / 1e6);
    if (o.plan || !w->run->quiet)
        fputs(b.data, o.plan ? stdout : stderr);
    ir_buf_free(&b);
    return 0;
}

/* ---- reports ---- */

static int on_batch(void *self, const struct ir_train *t, long long epoch, size_t done, double loss)
{
    struct work *w = self;
    char extra[64];
    snprintf(extra, sizeof extra, "epoch %lld/%lld loss %.4f", epoch, t->epochs, loss);
    ir_progress_step(&w->progress, (double)(epoch - 1) * (double)t->n_train + (double)done, extra);
    return interrupted;
}

static int on_epoch(void *self, const struct ir_train *t, const struct ir_train_epoch *e,
                    struct ir_err *err)
{
    struct work *w = self;
    const double *v = e->valid.v;
    ir_progress_end(&w->progress);
    if (w->log != NULL && ir_train_log(w->log, e, err) < 0)
        return -1;
    if (t->n_valid > 0)
        ir_run_note(w->run, "epoch %lld/%lld: loss %.4f, validation loss %.4f, accuracy %.4f%s",
                    e->epoch, t->epochs, e->loss, v[IR_MEASURE_LOSS], v[IR_MEASURE_ACCURACY],
                    e->best ? ", best so far" : "");
    else
        ir_run_note(w->run, "epoch %lld/%lld: loss %.4f", e->epoch, t->epochs, e->loss);
    ir_progress_start(&w->progress, w->run, "train", "clips", w->progress.total);
    return interrupted;
}

/* ---- the run ---- */

/* Everything that decides the bytes of the model, one a line; the number of epochs may grow. */
static void write_settings(struct work *w, const struct ir_train *t)
{
    ir_buf_printf(&w->settings,
                  "seed %lld\nbatch %lld\noptim %s\nlr %.17g\nschedule %s\ndecay %.17g\n",
                  w->run->seed, o.batch, o.optim, t->lr, o.schedule, o.decay);
    ir_buf_printf(&w->settings, "clip-norm %.17g\nclip-value %.17g\nbest %d\npatience %lld\n",
                  o.clip_norm, o.clip_value, o.best, o.patience);
    ir_buf_printf(&w->settings, "train-split %s\nvalid-split %s\nvalid-fraction %.17g\n",
                  o.train_split, o.valid_split, o.valid_fraction);
    if (strncmp(o.schedule, "cosine", 6) == 0)
        ir_buf_printf(&w->settings, "epochs %lld\n", o.epochs);
    for (size_t i = 0; i < o.freeze.n; i++)
        ir_buf_printf(&w->settings, "freeze %s\n", o.freeze.at[i]);
    for (size_t i = 0; i < o.lr_scale.n; i++)
        ir_buf_printf(&w->settings, "lr-scale %s\n", o.lr_scale.at[i]);
    ir_buf_printf(&w->settings, "init-from %s\n", o.init_from != NULL ? o.init_from : "");
    ir_buf_printf(&w->settings, "network\n%s", ir_net_text(w->net));
}

static int train(struct work *w, struct ir_err *err)
{
    struct ir_train t = {.net = w->net,
                         .data = w->data,
                         .valid_data = w->data,
                         .choice = &w->c,
                         .epochs_in =
                             w->epochs != NULL && ir_epochs_more(w->epochs) ? w->epochs : NULL,
                         .pool = w->pool,
                         .train = w->c.train,
                         .valid = w->c.valid,
                         .n_train = w->c.n_train,
                         .n_valid = w->c.n_valid,
                         .batch = (size_t)o.batch,
                         .epochs = o.epochs,
                         .seed = (uint64_t)w->run->seed,
                         .decay = o.decay,
                         .clip_norm = o.clip_norm,
                         .clip_value = o.clip_value,
                         .best_by = (enum ir_measure)o.best,
                         .patience = o.patience,
                         .on_batch = on_batch,
                         .on_epoch = on_epoch,
                         .self = w,
                         .checkpoint = o.checkpoint,
                         .checkpoint_every_s = o.every_s,
                         .resume = o.resume};
    t.optim = w->optim;
    t.optim_state = w->optim_state;
    if (ir_schedule_parse(o.schedule, &t.schedule, err) < 0)
        return -1;
    t.lr = o.lr_given ? o.lr : t.optim->lr;
    write_settings(w, &t);
    t.settings = w->settings.data;
    ir_net_init(w->net, t.seed);
    if (o.init_from != NULL && start_from(w, err) < 0)
        return -1;
    ir_progress_start(&w->progress, w->run, "train", "clips",
                      (double)o.epochs * (double)w->c.n_train);
    int rc = ir_train_run(&t, err);
    ir_progress_end(&w->progress);
    if (rc < 0)
        return -1;
    if (t.stream_ended)
        ir_run_note(w->run, "the stream ended after %lld epochs", t.last_epoch);
    struct ir_meta head = {0};
    ir_train_head(&t, w->run->no_prog ? NULL : w->run->prog, &head);
    rc = ir_model_write(w->run->output, w->net, &head, w->run->compress, err);
    ir_meta_free(&head);
    return rc;
}

static int plan_only(struct work *w, struct ir_err *err)
{
    struct ir_strs classes = {0};
    int rc = ir_names_parse(o.classes != NULL ? o.classes : "", &classes, err);
    if (rc == 0)
        rc = read_net(w, &classes, err);
    ir_strs_free(&classes);
    if (rc < 0)
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
        read_net(w, ir_data_classes(w->data), err) < 0 || choose(w, err) < 0 || check(w, err) < 0)
        return -1;
    size_t n = w->c.n_train + w->c.n_valid;
    size_t *both = ir_alloc(n + 1, sizeof *both);
    memcpy(both, w->c.train, w->c.n_train * sizeof *both);
    memcpy(both + w->c.n_train, w->c.valid, w->c.n_valid * sizeof *both);
    w->longest = ir_zalloc(ir_net_inputs(w->net), sizeof *w->longest);
    int rc = ir_data_bind(w->data, w->net, both, n, w->longest, err);
    free(both);
    if (rc < 0 || plan_net(w, err) < 0)
        return -1;
    if (o.plan)
        return 0;
    if (o.log != NULL && (w->log = ir_train_log_open(o.log, o.resume, err)) == NULL)
        return -1;
    return train(w, err);
}

int main(int argc, char **argv)
{
    struct ir_run run;
    ir_kern_settle(argv);
    int status = ir_run_start(&run, &tool, argc, argv);
    if (status >= 0)
        return status;
    /* a model that was resumed is the model that was never stopped, its history too */
    char *resume = strstr(run.prog, " --resume");
    if (o.resume && resume != NULL)
        memmove(resume, resume + 9, strlen(resume + 9) + 1);
    if (run.n_files == 0 && o.learner == NULL) {
        ir_fail(&run.err, "the network description is missing");
        return ir_run_finish(&run, -2);
    }
    if (o.resume && o.checkpoint == NULL) {
        ir_fail(&run.err, "--resume needs --checkpoint FILE");
        return ir_run_finish(&run, -2);
    }
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    struct work w = {.run = &run, .pool = ir_pool_new((unsigned)o.threads)};
    int rc = run_all(&w, &run.err);
    if (w.log != NULL)
        fclose(w.log);
    ir_net_free(w.net);
    ir_model_close(w.from);
    if (w.epochs != NULL)
        ir_epochs_close(w.epochs);
    else
        ir_data_close(w.data);
    ir_pool_free(w.pool);
    ir_buf_free(&w.settings);
    free(w.longest);
    ir_choice_free(&w.c);
    return ir_run_finish(&run, rc);
}
