/* split.h - the unit that splits are made of. */
#ifndef IR_LABEL_SPLIT_H
#define IR_LABEL_SPLIT_H

#include "../label.h"

/* A group: its clips, how many of them have each class, and the split that it gets. */
struct ir_unit {
    const char *name;
    uint64_t hash;
    size_t group, clips, *count, split;
};

/* Algorithm 1 of Sechidis, Tsoumakas & Vlahavas, "On the stratification of multi-label data", 2011,
 * with groups in place of examples: a group has a class when one of its clips has, and takes as
 * much of what a split wants as it has clips. Ties between classes go to the first, other ties are
 * broken at random by `seed`. Groups without any class come last and go where most clips are
 * wanted. */
void ir_stratify_iterative(struct ir_unit *u, size_t n, size_t classes,
                           const struct ir_split *split, uint64_t seed);

#endif
