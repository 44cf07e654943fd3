/* forest.h (private) - features cut into at most 256 bins, and decision trees grown on the bins. */
#ifndef IR_LEARN_FOREST_H
#define IR_LEARN_FOREST_H

#include "learn.h"

#define IR_BINS 256

/* Each feature's values in bins: x is in bin b when edge[b-1] < x <= edge[b]. Up to 256 distinct
 * values every cut between neighbours is there; above, the bins hold about equally many clips. */
struct ir_bins {
    size_t n, d;
    uint8_t *bin;    /* [d × n] */
    float *edge;     /* [d × 255] */
    uint16_t *edges; /* [d] */
};
void ir_bins_make(struct ir_bins *b, const float *x, size_t n, size_t d, struct ir_pool *pool);
void ir_bins_free(struct ir_bins *b);

/* One tree. feature -1 is a leaf: with one output its value is threshold, else left is a row of
 * value. Otherwise x[feature] <= threshold goes to node left, else to left + 1. */
struct ir_tree {
    int32_t *feature, *left;
    float *threshold;
    float *value; /* [leaves × outputs] when outputs > 1 */
    size_t n, cap, leaves, value_cap;
};
void ir_tree_free(struct ir_tree *t);

struct ir_grow {
    const struct ir_bins *bins;
    const uint32_t *row; /* [rows] the clips this forest may draw */
    size_t rows;
    size_t outputs;      /* 1: yes/no; more: one column of y a class */
    size_t stride;       /* of y: 1, or outputs rounded up to a multiple of 4 */
    const float *y;      /* [n × stride] 0 or 1, zeros behind; aligned to 16 when outputs > 1 */
    size_t try_features; /* looked at in each node, at least one of them not constant */
    size_t max_depth;    /* 0: none */
    size_t min_leaf;     /* clips, counted as often as drawn */
};
/* Grow one tree on a bootstrap sample: Gini gain, until the nodes are pure. Depends on seed alone.
 */
void ir_tree_grow(struct ir_tree *t, const struct ir_grow *g, uint64_t seed);

#endif
