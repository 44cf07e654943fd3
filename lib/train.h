/* train.h - training a network: data, optimisers, schedules, the loop, checkpoints. */
#ifndef IR_TRAIN_H
#define IR_TRAIN_H

#include "net.h"
#include "tool.h"

/* ---- clips -------------------------------------------------------------------------------------
 */

/* The clips of a tensor stream, by index; records stay on disk (mapped). */
struct ir_data;

struct ir_data_clip {
    const char *id, *path, *group, *split; /* "" when absent */
    const struct ir_meta *meta;            /* of its first record */
    const float *y;                        /* [classes]; NAN unknown */
    bool labelled;                         /* a label list was there */
    bool given;                            /* the list held at least one label */
};

/* Open files (n = 0: stdin, kept in an unlinked temporary file) and read the labels in the order of
 * `classes` (NULL: the classes of the header). NULL on damage, or when the header names no classes.
 */
struct ir_data *ir_data_open(char *const *files, size_t n, const struct ir_strs *classes,
                             struct ir_err *err);
/* Fails when a file that it was read from was written to since: what was checked is not what
 * trained. */
int ir_data_unchanged(const struct ir_data *d, struct ir_err *err);
void ir_data_close(struct ir_data *d);
const struct ir_meta *ir_data_header(const struct ir_data *d);
const struct ir_strs *ir_data_classes(const struct ir_data *d);
bool ir_data_open_labels(const struct ir_data *d); /* labels=open: absent means unknown */
size_t ir_data_clips(const struct ir_data *d);
void ir_data_clip(const struct ir_data *d, size_t i, struct ir_data_clip *out);
/* Record i of a clip, in the order of the stream; NULL past its last. */
const struct ir_rec *ir_data_rec(const struct ir_data *d, size_t clip, size_t i);
/* The values of the key `epoch`, in order; fewer than two: the clips are the same in every epoch.
 */
void ir_data_epochs(const struct ir_data *d, struct ir_strs *epochs);
/* Hash of everything that training reads: ids, labels, splits, shapes and the whole payloads. */
uint64_t ir_data_hash(const struct ir_data *d);
/* Bind the network's inputs to records by name: every clip must have each of them, with the same
 * shape except for axes that are `any`. longest[i] gets the largest shape of input i over the n
 * clips listed. */
int ir_data_bind(struct ir_data *d, const struct ir_net *net, const size_t *clips, size_t n,
                 struct ir_shape *longest, struct ir_err *err);
/* Shape of input i of a clip, after ir_data_bind. */
void ir_data_shape(const struct ir_data *d, size_t clip, size_t input, struct ir_shape *out);
/* Copy n clips into the network's buffers (padded with zeros to the planned shapes) and targets. */
void ir_data_load(const struct ir_data *d, struct ir_net *net, struct ir_pool *pool,
                  const size_t *clips, size_t n);
/* One number in the payload that is not finite: its clip, or SIZE_MAX. */
size_t ir_data_find_nan(const struct ir_data *d, const size_t *clips, size_t n);

/* ---- which clips -------------------------------------------------------------------------------
 */

/* Clips of some splits (names with commas between; a clip without a split trains) as indices. */
struct ir_choice {
    const char *train_splits, *valid_splits;
    double valid_fraction; /* share of the training groups to move to valid */
    uint64_t seed;         /* decides which */
    const char *epoch;     /* only clips of this epoch or of none; NULL: all */
    size_t *train, *valid; /* results, freed by ir_choice_free */
    size_t n_train, n_valid;
};
/* Fails when no clip trains. */
int ir_choose_clips(const struct ir_data *d, struct ir_choice *c, struct ir_err *err);
/* Labels must fit the loss of net (single: one class a clip, shares add to 1) and at least two
 * classes must have training clips. Warnings for people are added: classes without training clips,
 * names that differ only in case. */
int ir_check_labels(const struct ir_data *d, const struct ir_choice *c, struct ir_net *net,
                    struct ir_strs *warnings, struct ir_err *err);
void ir_choice_free(struct ir_choice *c);
/* ir_data_bind of all chosen clips. */
int ir_choice_bind(const struct ir_choice *c, struct ir_data *d, const struct ir_net *net,
                   struct ir_shape *longest, struct ir_err *err);
/* Freeze the parameters that match a pattern, scale the learning rate of others ("PATTERN=FACTOR");
 * a pattern without a match is an error. */
int ir_train_scale(struct ir_net *net, const struct ir_strs *freeze, const struct ir_strs *scale,
                   struct ir_err *err);
/* Fit a classic learner (learn.h) on the first record of each training clip and write its model;
 * prog is added to the history unless NULL. */
int ir_train_learner(const char *spec, const struct ir_data *d, const struct ir_choice *c,
                     uint64_t seed, struct ir_pool *pool, const char *output, bool pack,
                     const char *prog, struct ir_err *err);

/* ---- optimisers --------------------------------------------------------------------------------
 */

struct ir_args;

struct ir_optim_state {
    double momentum, dampening, beta1, beta2, rho, eps, decay;
    bool nesterov, centered, keras;
};

struct ir_optim {
    const char *name, *usage, *example;
    double lr;    /* default */
    size_t slots; /* numbers kept for each weight, at most 3 */
    int (*setup)(struct ir_optim_state *, struct ir_args *, struct ir_err *);
    /* One update of n weights; t = 1, 2 … counts updates; slot[i] are n numbers each. */
    void (*step)(const struct ir_optim_state *, double lr, double decay, uint64_t t, size_t n,
                 float *w, const float *g, float *const *slot);
};
const struct ir_optim *ir_optim_find(const char *name); /* NULL: unknown */
const struct ir_optim *ir_optim_at(size_t i);
void ir_optim_names(struct ir_strs *names); /* appends them */
/* The usage lines of optimisers and schedules, for --list. */
void ir_train_list(struct ir_buf *out);
/* Load what fits by name and shape from the model at path into the planned net; what was loaded and
 * what was not goes to *notes, a line each. Fails when nothing fits. */
int ir_train_start_from(const char *path, struct ir_net *net, struct ir_strs *notes,
                        struct ir_err *err);
/* "sgd,momentum=0.9,nesterov=yes" */
int ir_optim_parse(const char *text, const struct ir_optim **optim, struct ir_optim_state *state,
                   struct ir_err *err);

/* ---- schedules ---------------------------------------------------------------------------------
 */

/* Learning rate factor at update t = 0, 1 … of total (per_epoch updates an epoch). */
struct ir_schedule {
    int kind;
    double every, factor, k, warmup;
    double floor;
};
extern const char ir_schedule_usage[];
/* "constant", "step,every=10,factor=0.1" (epochs), "exponential,factor=0.95" (an epoch),
 * "inverse,k=8e-5" (1 / (1 + k t)), "cosine[,floor=0]"; each with warmup=N updates. */
void ir_schedule_names(struct ir_strs *names); /* appends them */
int ir_schedule_parse(const char *text, struct ir_schedule *s, struct ir_err *err);
double ir_schedule_at(const struct ir_schedule *s, uint64_t t, uint64_t per_epoch, uint64_t total);

/* ---- measures ----------------------------------------------------------------------------------
 */

enum ir_measure {
    IR_MEASURE_LOSS,
    IR_MEASURE_ACCURACY,
    IR_MEASURE_MACRO_F1,
    IR_MEASURE_MICRO_F1,
    IR_MEASURE_MAP,
    IR_MEASURES
};
/* Loss and scores over the clips seen; scores are in 0 … 1, NAN when undefined. */
struct ir_measures {
    double v[IR_MEASURES];
    size_t clips;
};
/* Of n clips with probabilities p and targets t (both [n][k]); single: argmax, else threshold 0.5.
 */
void ir_measure(size_t n, size_t k, bool single, const float *p, const float *t,
                struct ir_measures *m);

/* ---- ranks -------------------------------------------------------------------------------------
 */

/* The processes of one training: one, or those of an MPI job (ir-train-mpi). They all do the same
 * but for the parts of a batch, which they share out; rank 0 writes. Start before, end after
 * everything else. */
void ir_ranks_start(int argc, char **argv);
void ir_ranks_end(void);
const char *ir_ranks_program(void); /* "ir-train", or "ir-train-mpi" */
size_t ir_ranks_rank(void);         /* 0 … count - 1 */
size_t ir_ranks_count(void);
/* All ranks come here with rc 0, or a failure and its message. When one fails all do: with the
 * first failure, in the name of its rank unless it is that of all. After that ranks no longer meet.
 */
int ir_ranks_meet(int rc, struct ir_err *err);
/* Several ranks need at least so many parts of a batch, a network (no classic learner), and files
 * that each can open. */
int ir_ranks_check(size_t parts, bool learner, char *const *files, size_t n, struct ir_err *err);
/* The n bytes of rank 0 go to all. */
void ir_ranks_share(void *bytes, size_t n);
/* End all ranks at once, when the others wait for what this one cannot do. */
void ir_ranks_kill(int status);

/* ---- the loop ----------------------------------------------------------------------------------
 */

/* What one epoch came to. */
struct ir_train_epoch {
    long long epoch;
    double lr, loss, seconds;
    double exchange;          /* share of the seconds spent in exchange with other ranks */
    struct ir_measures valid; /* NAN without validation clips */
    bool best;
};

struct ir_train {
    struct ir_net *net;
    struct ir_data *data;
    struct ir_pool *pool;
    struct ir_data *valid_data;  /* NULL: the same */
    const size_t *train, *valid; /* clips */
    size_t n_train, n_valid;
    const struct ir_choice *choice; /* as chosen at first */
    struct ir_epochs *epochs_in;    /* NULL: the same clips in each epoch; else each its own */
    size_t batch;
    size_t parts; /* of a batch, 1 … batch; 0: 1. More than 1 decides bytes: see ir-train.1 */
    long long epochs;
    uint64_t seed;
    const struct ir_optim *optim;
    struct ir_optim_state optim_state;
    struct ir_schedule schedule;
    double lr, decay, clip_norm, clip_value;
    enum ir_measure best_by;
    long long patience; /* epochs without gain; 0: never stop early */
    size_t memory_max;
    /* called after each batch and each epoch; a result other than 0 stops (interrupted) */
    int (*on_batch)(void *self, const struct ir_train *t, long long epoch, size_t done,
                    double loss);
    int (*on_epoch)(void *self, const struct ir_train *t, const struct ir_train_epoch *e,
                    struct ir_err *err); /* -1 with a message, 1 interrupted */
    bool (*stopped)(void *self);         /* asked while a live stream is waited for; may be NULL */
    void *self;
    /* checkpoints; NULL: none */
    const char *checkpoint;
    double checkpoint_every_s;
    bool resume;
    const char *settings; /* text of everything that must agree to resume */
    const char *version;  /* of the program, which all ranks must have alike; NULL: IR_VERSION */
    /* results */
    long long best_epoch, last_epoch;
    struct ir_measures best;
    bool stream_ended;   /* epochs_in had fewer than `epochs` */
    uint64_t input_hash; /* of the data it started with */
    bool failed_alone; /* of several ranks: the others wait for this one, ir_ranks_kill ends them */
    bool stopped_bad;  /* the loss was not finite: the network holds the last good weights */
    char bad_clips[512];
};
/* A stream whose clips differ from epoch to epoch (key `epoch`): one epoch at a time. */
struct ir_epochs *ir_epochs_open(char *const *files, size_t n, struct ir_err *err);
/* Open what trains: files by index; a pipe, or files with more than one epoch, epoch by epoch. When
 * *epochs is set it owns *data, its first epoch. */
int ir_train_open(char *const *files, size_t n, struct ir_data **data, struct ir_epochs **epochs,
                  struct ir_err *err);
bool ir_epochs_more(const struct ir_epochs *e); /* there is another epoch after this one */
/* The name of its first epoch, for ir_choice; NULL when epochs come one by one. */
const char *ir_epochs_first(const struct ir_epochs *e);
/* 1: t's data and training clips are those of the next epoch; 0: the stream has ended; -1 failure.
 */
int ir_epochs_next(struct ir_epochs *e, struct ir_train *t, struct ir_err *err);
void ir_epochs_close(struct ir_epochs *e);

/* Bytes that t takes beside its network: the optimiser's numbers, the best weights, and the sums of
 * parts. */
size_t ir_train_memory(const struct ir_train *t);
/* Plan t's network for training on inputs of such shapes, within t's memory_max (bytes, 0: that of
 * the machine); freeze and scale as ir_train_scale. t has net, pool, optim, batch and parts. */
int ir_train_plan(const struct ir_train *t, const struct ir_shape *shapes,
                  const struct ir_strs *freeze, const struct ir_strs *scale, struct ir_err *err);
/* Train; on return the network holds the best weights by validation (or the last, without
 * validation). The network must be planned (ir_train_plan) and initialised. */
int ir_train_run(struct ir_train *t, struct ir_err *err);
/* What would fail after hours fails before them: -o FILE and the checkpoint (each may be NULL) can
 * be written, and the checkpoint's older generation is none of the inputs or other outputs. *fresh:
 * no checkpoint is there yet. */
int ir_train_outputs(const char *output, const char *log, const char *checkpoint, char *const *in,
                     size_t n_in, bool *fresh, struct ir_err *err);
/* The learning curve: a line an epoch, tabs between, a head line at the start; append: go on with
 * an old one. */
FILE *ir_train_log_open(const char *path, bool append, struct ir_err *err);
int ir_train_log(FILE *f, const struct ir_train_epoch *e, struct ir_err *err);
/* What e came to, in a line for people. */
void ir_train_epoch_text(const struct ir_train *t, const struct ir_train_epoch *e,
                         struct ir_buf *out);
/* The header of the model that t made. */
void ir_train_head(const struct ir_train *t, const char *prog, struct ir_meta *m);
/* Loss and scores of the network over clips, as many at a time as it is planned for. */
void ir_train_evaluate(struct ir_net *net, const struct ir_data *data, struct ir_pool *pool,
                       const size_t *clips, size_t n, struct ir_measures *m);

/* ---- a whole training --------------------------------------------------------------------------
 */

/* What a command line says of a training; texts may be NULL unless a default is named. */
struct ir_train_options {
    long long epochs, batch, parts, threads;
    long long patience;  /* epochs without a better model; 0: no end */
    long long memory_mb; /* for the network, MB; 0: that of the machine */
    long long length;    /* of axes that are `any`, for plan without a stream */
    double lr;           /* holds when lr_given; else the optimiser's */
    double decay, clip_norm, clip_value;
    double valid_fraction; /* share of the training groups, 0 to 0.9 */
    double every_s;        /* between checkpoints within an epoch */
    bool lr_given, resume, plan, list;
    const char *optim, *schedule; /* as ir_optim_parse, ir_schedule_parse */
    const char *train_split, *valid_split;
    const char *log, *checkpoint, *init_from, *classes, *learner;
    int best; /* enum ir_measure */
    struct ir_strs freeze, lr_scale;
};
/* Train the network run->files[0] on the streams that follow (a learner: on all), write the model
 * to run->output; or print its plan. Every rank calls it together. 0, -1 with run->err, -2 for
 * wrong usage; *alone: this rank failed while others wait for it. */
int ir_train_session(struct ir_run *run, const struct ir_train_options *o, bool *alone);

#endif
