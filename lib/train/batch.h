/* batch.h - a batch in parts: contiguous stretches of its clips, each with batchnorm statistics of
 * its own, whose gradients are added along a binary tree over the parts. The tree, and so every
 * byte, depends on the number of parts and of clips alone. */
#ifndef IR_TRAIN_BATCH_H
#define IR_TRAIN_BATCH_H

#include "train.h"

/* Parts from … to-1 added up: gradients [floats of the arena], statistics as ir_net_stats. */
struct ir_branch {
    size_t from, to;
    float *gradients, *stats;
};

/* First clip of part i of a batch of n clips; of part i = parts: n. */
size_t ir_part_clip(size_t i, size_t parts, size_t n);

/* Stretches a … b-1 and b … c-1 are the children of one node of the tree over so many parts. */
bool ir_tree_joins(size_t a, size_t b, size_t c, size_t parts);
/* to[n] += from[n] */
void ir_tree_add(float *to, const float *from, size_t n);
/* to[channels] of n_to clips becomes mean and variance over those and the n_from clips of from. */
void ir_tree_stats(float *to, const float *from, size_t channels, size_t n_to, size_t n_from);

struct ir_batch;
struct ir_batch *ir_batch_new(const struct ir_train *t);
void ir_batch_free(struct ir_batch *p);
/* Forward and backward over n clips of t's data: the network's gradients are those of the mean
 * loss, its running statistics have moved. Loss: sum and weight. When the sum is not finite
 * there are no gradients, and ir_batch_bad says whether clip i of the batch is why. */
void ir_batch_pass(struct ir_batch *p, const size_t *clips, size_t n, const uint64_t *seeds,
                   double *sum, double *weight);
/* Asked to stop? Of several ranks each tells the others with the next pass, and all know after it.
 */
bool ir_batch_stop(struct ir_batch *p, bool asked);
/* Seconds spent in telling other ranks, and in waiting for them, so far. */
double ir_batch_exchange_s(const struct ir_batch *p);
bool ir_batch_bad(const struct ir_batch *p, size_t i);
/* Bytes that so many parts take beside the network. */
size_t ir_batch_memory(const struct ir_net *net, size_t parts);

#endif
