/* ark.h - Kaldi archives: what the binary and the text form share. */
#ifndef IR_CONVERT_ARK_H
#define IR_CONVERT_ARK_H

#include "convert.h"

/* Kaldi's key of a record: its id (with _NAME for tensors other than x), space and control bytes as
 * "_". An empty id, or a key that another record has, is an error. */
int ir_ark_key(struct ir_exporter *x, const struct ir_rec *rec, struct ir_buf *key,
               struct ir_err *err);

#endif
