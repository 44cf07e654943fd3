/* cells.h - labels of a whole list as numbers: what splits, caps and reports count. */
#ifndef IR_LABEL_CELLS_H
#define IR_LABEL_CELLS_H

#include "../label.h"
#include "map.h"

/* Positive classes of every clip, and the groups. */
struct ir_cells {
    struct ir_strs classes;
    size_t *first; /* clips + 1: positives of clip i are pos[first[i]] … pos[first[i + 1] - 1] */
    uint32_t *pos; /* class indices, rising */
    struct ir_map groups;
    size_t *group; /* of each clip: index in groups */
    size_t clips;
};
/* A class is positive from 0.5 up. A clip without a group is a group of its own. */
int ir_cells_make(struct ir_cells *c, const struct ir_list *list, struct ir_err *err);
void ir_cells_free(struct ir_cells *c);

#endif
