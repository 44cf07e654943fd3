/* workers.h - private to lib/decode: the worker processes as the parent sees them. */
#ifndef IR_DECODE_WORKERS_H
#define IR_DECODE_WORKERS_H

#include "sound.h"

#include <sys/types.h>

/* One process. pid 0: none. */
struct ir_link {
    pid_t pid;
    int jobs, pipe;
    bool busy;
    size_t item;     /* while busy */
    unsigned served; /* jobs it was given */
    struct ir_msg_head head;
    size_t head_got, body_got;
    char text[IR_TEXT_MAX + 1];
    double silent_s, renewed_s; /* since it last spoke; since its processor time was renewed */
};

/* Start a process; -1 with *err. */
int ir_link_start(struct ir_link *h, const struct ir_sandbox *box,
                  const struct ir_decode_opts *opts, struct ir_err *err);
/* Open what the item names and hand it over. 0; 1: the file is bad, *why; -1: worker is gone. */
int ir_link_give(struct ir_link *h, const struct ir_item *item, size_t index,
                 const struct ir_decode_opts *opts, struct ir_err *why);
/* Let it use timeout_s of processor time (twice, and some) from now on. */
void ir_link_renew(struct ir_link *h, const struct ir_decode_opts *opts);
/* Read what is there. DATA goes to *cut. *msg: the message that is complete now (its text in
 * h->text), 0 none. 1: something came; 0: nothing; -1: it is gone; -2: what it says cannot be
 * right. */
int ir_link_read(struct ir_link *h, struct ir_cut *cut, enum ir_msg *msg);
/* End it, unless it has ended already, and say in *why (may be NULL) how it did. */
void ir_link_stop(struct ir_link *h, struct ir_err *why);

#endif
