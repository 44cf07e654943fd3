/* ark.h - Kaldi archives: what the binary and the text form share. */
#ifndef IR_CONVERT_ARK_H
#define IR_CONVERT_ARK_H

#include "irt.h"

/* Kaldi's key of a record: its id (with _NAME for tensors other than x), space and control bytes as
 * "_". An empty id is an error. */
int ir_ark_key(const struct ir_rec *rec, struct ir_buf *key, struct ir_err *err);

#endif
