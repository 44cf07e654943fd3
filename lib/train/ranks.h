/* ranks.h - the processes that train one network together, and what they tell each other.
 * ranks_one.c: there is one; ranks_mpi.c: those of MPI. Numbers are only moved here, never added:
 * what is computed and in which order is decided by those who call. Only the thread that called
 * ir_ranks_start may call anything else. */
#ifndef IR_TRAIN_RANKS_H
#define IR_TRAIN_RANKS_H

#include "train.h"

/* all [count][each] gets each rank's `mine`, each bytes. */
void ir_ranks_gather(const void *mine, size_t each, void *all);

/* Two exchanges that run while other work goes on, each of which all ranks begin in the same order.
 * A slot (0, 1, …) names one until it is done; the buffers are borrowed as long, sizes are copied.
 *
 * Rank i gets n_out[i] numbers from out[at_out[i]] on; in gets n_in[i] from rank i, in their order.
 */
void ir_ranks_spread(size_t slot, const float *out, const size_t *n_out, const size_t *at_out,
                     float *in, const size_t *n_in);
/* Rank i's n[i] numbers, in their place of all (in the order of ranks), come to the others. */
void ir_ranks_collect(size_t slot, float *all, const size_t *n);
bool ir_ranks_done(size_t slot, bool wait);

/* What all must have alike before the first update: version, settings, input, kernels, first
 * weights. Fails on all ranks alike, naming two of them and in what they differ. */
int ir_ranks_agree(const struct ir_train *t, struct ir_err *err);

#endif
