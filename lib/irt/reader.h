/* reader.h - private to lib/irt. */
#ifndef IR_IRT_READER_H
#define IR_IRT_READER_H

#include "irt.h"

/* Whether the payload of the record just read lies in a mapped file (valid until the reader
 * closes). */
bool ir_reader_mapped(const struct ir_reader *r, const struct ir_rec *rec);
/* Give back the memory of mapped files: the kernel reads their pages again when they are touched.
 */
void ir_reader_rest(const struct ir_reader *r);

/* Fails when a mapped input was written to since it was opened: what was checked is not there. */
int ir_reader_unchanged(const struct ir_reader *r, struct ir_err *err);

#endif
