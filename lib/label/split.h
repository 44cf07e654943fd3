/* split.h - the units that splits are made of. */
#ifndef IR_LABEL_SPLIT_H
#define IR_LABEL_SPLIT_H

#include "../label.h"

/* How many clips of a unit have a class. */
struct ir_tally {
    size_t unit, clips;
    uint32_t class_index;
};

/* A group: its clips, its tallies (tally[first] … tally[first + kinds - 1], by class), and the
 * split that it gets. */
struct ir_unit {
    const char *name;
    uint64_t hash;
    size_t group, clips, first, kinds, split;
};

struct ir_units {
    struct ir_unit *at;
    size_t n, classes;
    struct ir_tally *tally;
    size_t tallies;
};

/* Algorithm 1 of Sechidis, Tsoumakas & Vlahavas, "On the stratification of multi-label data", 2011,
 * with groups in place of examples: a group has a class when one of its clips has, and takes as
 * much of what a split wants as it has clips. Ties between classes go to the first, other ties are
 * broken at random by `seed`. Groups without any class come last and go where most clips are
 * wanted. */
void ir_stratify_iterative(struct ir_units *u, const struct ir_split *split, uint64_t seed);

#endif
