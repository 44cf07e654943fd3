/* loss.h - what losses share. */
#ifndef IR_NET_LOSS_H
#define IR_NET_LOSS_H

#include "net/node.h"

/* Read weights=W1,W2,… (one a class), or `balanced`, into the state. */
int ir_loss_weights(struct ir_loss_state *s, struct ir_args *a, struct ir_err *err);

#endif
