/* workers.h - private to lib/decode: the worker processes as the parent sees them. */
#ifndef IR_DECODE_WORKERS_H
#define IR_DECODE_WORKERS_H

#include "ffmpeg.h"
#include "sound.h"

#include <poll.h>
#include <sys/types.h>

struct ir_task;

/* One process. pid 0: none. */
struct ir_link {
    pid_t pid;
    int jobs, pipe;
    bool busy;
    struct ir_task *task; /* while busy: the caller's */
    unsigned served;      /* jobs it was given */
    struct ir_msg_head head;
    size_t head_got, body_got;
    char text[IR_TEXT_MAX + 1];
    double silent_s, renewed_s; /* since it last spoke; since its processor time was renewed */
    struct ir_spool *spool;     /* what ffmpeg is decoding for its clip, or NULL */
};

/* Start a process; -1 with *err. */
int ir_link_start(struct ir_link *h, const struct ir_sandbox *box,
                  const struct ir_decode_opts *opts, struct ir_err *err);
/* Open what the item names and hand it over, or a piece of it, or what ffmpeg made of it before
 * (among `spools`). 0; 1: the file is bad, *why; -1: worker is gone. */
int ir_link_give(struct ir_link *h, const struct ir_item *item, struct ir_task *task,
                 struct ir_spool *spools, const struct ir_decode_opts *opts, struct ir_err *why);
/* Let ffmpeg decode the file of its clip, which is foreign, as the worker said in h->text. 0; 1:
 * the file is bad, *why. */
int ir_link_spool(struct ir_link *h, const struct ir_item *item, struct ir_ffmpeg *ffmpeg,
                  struct ir_err *why);
/* Let it use timeout_s of processor time (twice, and some) from now on. */
void ir_link_renew(struct ir_link *h, const struct ir_decode_opts *opts);
/* Read what is there. DATA goes to *cut. *msg: the message that is complete now (its text in
 * h->text), 0 none. 1: something came; 0: nothing; -1: it is gone; -2: what it says cannot be
 * right. */
int ir_link_read(struct ir_link *h, struct ir_cut *cut, enum ir_msg *msg);
/* End it, unless it has ended already, and say in *why (may be NULL) how it did. */
void ir_link_stop(struct ir_link *h, struct ir_err *why);

/* ---- the account of all clips (tasks.c) ------------------------------------------------------ */

#define IR_HOLD_BACK ((size_t)32 << 20) /* bytes of a clip kept until it is known to be whole */

enum ir_task_state { IR_TASK_WAITING, IR_TASK_AGAIN, IR_TASK_RUNNING, IR_TASK_GOOD, IR_TASK_BAD };

/* One clip, or one piece of a long one. They are chained in the order of the output. */
struct ir_task {
    struct ir_task *next;
    size_t item;
    uint32_t piece, more_from, more_to; /* pieces behind this one that have no task yet */
    enum ir_task_state state;
    bool retried, told, begun; /* told: how many pieces; begun: some of it was given out */
    struct ir_cut cut;
    struct ir_err why;
};

struct ir_crew {
    const struct ir_decode_opts *opts;
    const struct ir_item *items;
    size_t n, next_item; /* items; the first without a task */
    const struct ir_decode_sink *sink;
    struct ir_sandbox *box;
    struct ir_link *hand;
    struct pollfd *poll;
    unsigned hands;
    struct ir_task *base, *last; /* the one whose turn it is; the last in the chain */
    size_t live, window;
    struct ir_cut clip; /* what has come of the item whose turn it is */
    double bad_s;       /* seconds of it that are wrong */
    char found[IR_TEXT_MAX + 1];
    struct ir_buf planar;
    bool noted;
    struct ir_ffmpeg ffmpeg;
    bool told_files;
    struct ir_spool *spools; /* what it decoded, as long as a clip may still want it */
};

/* Is the item standard input as it comes? */
bool ir_crew_streams(const struct ir_crew *c, size_t item);
/* One more task, behind `after` (NULL: the first). */
struct ir_task *ir_task_new(struct ir_crew *c, struct ir_task *after, size_t item, uint32_t piece);
/* The next piece of the clip of t, whose more_from < more_to. */
struct ir_task *ir_task_more(struct ir_crew *c, struct ir_task *t);
/* Forget the files that ffmpeg decoded for clips which are done. */
void ir_crew_tidy(struct ir_crew *c);
/* Give out what can be given. -1: the sink stopped. */
int ir_crew_give(struct ir_crew *c, struct ir_err *err);
/* Take the base task out of the chain, with all tasks of its item when `all`. */
void ir_crew_drop(struct ir_crew *c, bool all);

#endif
