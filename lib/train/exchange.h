/* exchange.h - the sums of the ranks' parts become that of the batch, segment by segment from the
 * last layer to the first, while the layers before are still at work. */
#ifndef IR_TRAIN_EXCHANGE_H
#define IR_TRAIN_EXCHANGE_H

#include "train/batch.h"

struct ir_exchange;
/* For batches of so many parts. NULL with one rank. */
struct ir_exchange *ir_exchange_new(const struct ir_net *net, size_t parts);
void ir_exchange_free(struct ir_exchange *x);
/* The branches that this rank's parts come to, as the tree joins them, in their order; they are
 * borrowed until the end. n clips in the batch. */
void ir_exchange_begin(struct ir_exchange *x, const struct ir_branch *branch, size_t n);
/* Their statistics are whole. */
void ir_exchange_stats(struct ir_exchange *x);
/* Their gradients from number `from` on are whole: what can be sent is sent. 0: all are. */
void ir_exchange_from(struct ir_exchange *x, size_t from);
/* Wait for the rest: the first branch is the sum of the batch, on every rank. */
void ir_exchange_end(struct ir_exchange *x);
/* Seconds that this rank spent in all of that, and in waiting for the others, so far. */
double ir_exchange_seconds(const struct ir_exchange *x);

#endif
