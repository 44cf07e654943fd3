/* payload.h - the numbers of a record as the formats want them. */
#ifndef IR_CONVERT_PAYLOAD_H
#define IR_CONVERT_PAYLOAD_H

#include "irt.h"

/* The payload in little-endian order: rec->data itself, or a copy in *tmp on a big-endian machine.
 */
const void *ir_payload_le(const struct ir_rec *rec, struct ir_buf *tmp);
/* Turn a payload that was copied from little-endian bytes into host order, in place. */
void ir_payload_swap_le(struct ir_rec *rec);
/* Append element i as the shortest text that reads back the same. */
void ir_payload_text(const struct ir_rec *rec, size_t i, struct ir_buf *out);

/* A record as a matrix of frames × numbers a frame. Axis "time", where `axes` names one (else the
 * last of a rank above 1), becomes the rows; the other axes are joined, slowest first. Rank 0 and 1
 * are one row. */
struct ir_payload_grid {
    size_t rows, cols;
    size_t inner; /* elements after the time axis */
};
struct ir_payload_grid ir_payload_frames(const struct ir_rec *rec);
/* Index in the payload of row r, column c. */
size_t ir_payload_at(const struct ir_payload_grid *f, size_t r, size_t c);

#endif
