/* label_matrix.h - labels of a whole list as numbers: what splits, caps and reports count. */
#ifndef IR_LABEL_LABEL_MATRIX_H
#define IR_LABEL_LABEL_MATRIX_H

#include "../label.h"
#include "dict.h"

/* Positive classes of every clip, and the groups. */
struct ir_label_matrix {
    struct ir_strs classes;
    size_t *first; /* clips + 1: positives of clip i are pos[first[i]] … pos[first[i + 1] - 1] */
    uint32_t *pos; /* class indices, rising */
    struct ir_dict groups;
    size_t *group; /* of each clip: index in groups */
    size_t clips;
};
/* A class is positive from 0.5 up. A clip without a group is a group of its own. */
int ir_label_matrix_make(struct ir_label_matrix *c, const struct ir_list *list, struct ir_err *err);
void ir_label_matrix_free(struct ir_label_matrix *c);

#endif
