/* h5.h - what the process that reads an HDF5 file sends back. */
#ifndef IR_CONVERT_H5_H
#define IR_CONVERT_H5_H

#include "convert/tensors.h"

#include <stdio.h>

#define IR_H5_BYTES_MAX ((size_t)8 << 30) /* of all arrays as f32 */

struct ir_h5_entry {
    const char *name;
    int rank; /* IR_RANK_MAX + 1: more axes than a record holds */
    uint32_t shape[IR_RANK_MAX];
    size_t count;
};
/* One array: its values, or NULL and why they cannot be had. */
void ir_h5_put(FILE *out, const struct ir_h5_entry *e, const float *values, const char *why);
/* Every array of numbers of the file in `bytes`; -1 when it cannot be read. */
int ir_h5_send(const struct ir_buf *bytes, FILE *out, struct ir_err *err);

#endif
