/* state.h - everything that changes while training goes on: what a checkpoint holds. */
#ifndef IR_TRAIN_STATE_H
#define IR_TRAIN_STATE_H

#include "train.h"

#define IR_SLOTS_MAX 3

struct ir_train_state {
    uint64_t updates;     /* optimiser steps done */
    long long epoch;      /* being trained, from 1 */
    uint64_t position;    /* clips of this epoch done */
    double loss, weight;  /* sums over this epoch so far */
    long long best_epoch; /* 0: none yet */
    long long stale;      /* epochs without gain */
    bool done;            /* training had ended */
    struct ir_measures best;
    size_t floats;             /* of the parameter arena */
    float *slot[IR_SLOTS_MAX]; /* of the optimiser, [floats] each */
    size_t slots;
    float *best_values; /* [floats] */
};

/* Write the state beside the network's parameters: path is replaced at once, the one before stays
 * as path.old. */
int ir_checkpoint_write(const char *path, const struct ir_train *t, const struct ir_train_state *s,
                        struct ir_err *err);
/* Load path, or path.old when path is damaged (then *older is true). Fails when settings or input
 * differ, naming the difference. */
int ir_checkpoint_read(const char *path, struct ir_train *t, struct ir_train_state *s, bool *older,
                       struct ir_err *err);

/* Steps of t's optimiser, whose numbers are s. */
struct ir_update;
struct ir_update *ir_update_new(const struct ir_train *t, struct ir_train_state *s);
void ir_update_free(struct ir_update *u);
/* Move the weights by the gradients that the network holds; s->updates counts. */
void ir_update_run(struct ir_update *u);
double ir_update_lr(const struct ir_update *u); /* learning rate of the last; 0 before */

/* Go on from t's checkpoint: rank 0 reads it, all get it. Fails on all ranks alike. */
int ir_train_resume(struct ir_train *t, struct ir_train_state *s, struct ir_err *err);
/* Write t's checkpoint, when it has one and this is rank 0. */
int ir_train_save(const struct ir_train *t, const struct ir_train_state *s, struct ir_err *err);

#endif
