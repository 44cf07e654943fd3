/* workers.c - hand the files out to the workers and put their results back in order. */
#include "workers.h"

#include "reader.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define READ_AHEAD ((size_t)16 << 20) /* bytes of a clip whose turn has not come */
#define SERVE_MAX  512                /* jobs of one process: a library may leak */
#define TICK_MS    200
#define RENEW_S    5.0

/* ---- handing out --------------------------------------------------------------------------- */

/* The worker is gone or useless: its clip is tried once more in a fresh one, unless it had that
 * already. */
static void lose(struct ir_crew *c, struct ir_link *h, const char *reason)
{
    struct ir_err why;
    bool fresh = h->served <= 1, busy = h->busy;
    struct ir_task *t = h->task;
    ir_link_stop(h, &why);
    if (!busy)
        return;
    if (reason)
        ir_fail(&why, "%s", reason);
    if (t->begun || ir_crew_streams(c, t->item) || (fresh && (t->retried || reason))) {
        t->why = why;
        t->state = IR_TASK_BAD;
        return;
    }
    ir_cut_reset(&t->cut);
    t->retried = true;
    t->state = IR_TASK_AGAIN;
}

/* The next task for an idle worker, or NULL. */
static struct ir_task *choose(struct ir_crew *c)
{
    for (struct ir_task *t = c->base; t; t = t->next) {
        if (t->state == IR_TASK_AGAIN || t->state == IR_TASK_WAITING)
            return t;
        if (t->more_from < t->more_to && c->live < c->window)
            return ir_task_more(c, t);
    }
    if (c->next_item < c->n && c->live < c->window)
        return ir_task_new(c, c->last, c->next_item++, 0);
    return NULL;
}

static int hand_out(struct ir_crew *c, struct ir_link *h, struct ir_err *err)
{
    while (!h->busy) {
        struct ir_task *t = choose(c);
        if (!t)
            return 0;
        if (h->pid && (h->served >= SERVE_MAX || (t->state == IR_TASK_AGAIN && h->served > 0)))
            ir_link_stop(h, NULL);
        if (!h->pid && ir_link_start(h, c->box, c->opts, err) < 0)
            return -1;
        t->state = IR_TASK_RUNNING;
        int rc = ir_link_give(h, &c->items[t->item], t, c->spools, c->opts, &t->why);
        if (rc > 0)
            t->state = IR_TASK_BAD;
        else if (rc < 0)
            lose(c, h, NULL);
    }
    return 0;
}

/* ---- taking in ----------------------------------------------------------------------------- */

static int note(struct ir_crew *c, const char *text)
{
    if (!c->noted && c->sink->note)
        c->sink->note(c->sink->self, text);
    c->noted = true;
    return 0;
}

/* May more of this worker's clip be read now? */
static bool may_read(struct ir_crew *c, const struct ir_link *h)
{
    return h->pid && h->busy && (h->task == c->base || h->task->cut.pend.len < READ_AHEAD);
}

/* The worker keeps to --max-seconds by itself, unless it is not itself any more. */
static bool too_long(const struct ir_crew *c, const struct ir_task *t)
{
    bool stream = ir_crew_streams(c, t->item);
    const struct ir_cut *k = t == c->base && t->begun ? &c->clip : &t->cut;
    double most = stream ? c->opts->stream_seconds : c->opts->max_seconds;
    if (!k->known || most <= 0)
        return false;
    double frames = (double)k->at + (double)(k->pend.len / (k->info.channels * sizeof(float)));
    return frames / k->info.rate_hz > most + 1;
}

/* A complete message about the clip of task t; true when it is the last. */
static bool take_message(struct ir_link *h, struct ir_task *t, enum ir_msg msg)
{
    if (msg == IR_MSG_INFO && !t->told) {
        t->told = true;
        t->more_from = 1;
        t->more_to = t->cut.info.pieces;
    }
    if (msg == IR_MSG_DAMAGE)
        memcpy(t->cut.damage, h->text, sizeof t->cut.damage);
    if (msg == IR_MSG_REMARK)
        memcpy(t->cut.remark, h->text, sizeof t->cut.remark);
    if (msg != IR_MSG_DONE && msg != IR_MSG_BAD)
        return false;
    t->state = msg == IR_MSG_DONE && t->cut.known ? IR_TASK_GOOD : IR_TASK_BAD;
    if (t->state == IR_TASK_BAD)
        ir_fail(&t->why, "%s", msg == IR_MSG_BAD ? h->text : "the decoder gave nothing");
    h->busy = false;
    return true;
}

/* The clip of a link is bad. */
static void give_up(struct ir_link *h)
{
    h->task->state = IR_TASK_BAD;
    h->busy = false;
}

/* The worker says that ffmpeg is needed. */
static void take_foreign(struct ir_crew *c, struct ir_link *h)
{
    struct ir_task *t = h->task;
    if (ir_link_spool(h, &c->items[t->item], &c->ffmpeg, &t->why) > 0)
        give_up(h);
    if (c->ffmpeg.looked && c->ffmpeg.fd >= 0 && !c->ffmpeg.box)
        note(c, "ffmpeg runs without a system call filter: libseccomp cannot make one here");
    if (c->ffmpeg.looked && c->ffmpeg.fd >= 0 && c->ffmpeg.landlock == 0 && !c->told_files &&
        c->sink->note) {
        c->sink->note(c->sink->self, "ffmpeg runs without a limit on which files it may read: this "
                                     "kernel has no Landlock");
        c->told_files = true;
    }
}

/* What ffmpeg says, and then its end: the worker gets what it made. */
static void take_spooled(struct ir_crew *c, struct ir_link *h)
{
    struct ir_task *t = h->task;
    struct ir_spool *s = h->spool, *before = c->spools;
    if (!ir_spool_hear(s))
        return;
    h->spool = NULL;
    if (ir_spool_end(s, &t->why) < 0) {
        ir_spool_free(s);
        give_up(h);
        return;
    }
    s->next = before;
    c->spools = s;
    int rc = ir_link_give(h, &c->items[t->item], t, s, c->opts, &t->why);
    if (rc == 0 && !*t->cut.decoder)
        rc = ir_fail(&t->why, "changed while it was read") + 2;
    if (rc > 0)
        give_up(h);
    else if (rc < 0)
        lose(c, h, NULL);
}

static void take_in(struct ir_crew *c, struct ir_link *h)
{
    struct ir_task *t = h->task;
    enum ir_msg msg;
    for (int i = 0; i < 64 && may_read(c, h); i++) {
        int rc = ir_link_read(h, &t->cut, &msg);
        if (rc == 0)
            return;
        if (rc == 1 && too_long(c, t))
            rc = -2;
        if (rc < 0) {
            lose(c, h, rc == -2 ? "the decoder sent what cannot be right and was stopped" : NULL);
            return;
        }
        if (msg == IR_MSG_NOTE) {
            note(c, h->text);
            continue;
        }
        h->silent_s = 0;
        if (msg == IR_MSG_FOREIGN) {
            take_foreign(c, h);
            return;
        }
        if (take_message(h, t, msg) || (t->cut.pend.len >= IR_HOLD_BACK && t == c->base))
            return;
    }
}

/* ---- the loop ------------------------------------------------------------------------------ */

/* A worker that is listened to and says nothing for too long hangs; one that speaks may go on. */
static void watch(struct ir_crew *c, struct ir_link *h, double passed_s)
{
    double most = c->opts->timeout_s;
    if (!h->busy || most <= 0 || ir_crew_streams(c, h->task->item))
        return;
    h->renewed_s += passed_s;
    if (h->spool && ir_spool_grew(h->spool))
        h->silent_s = 0;
    if (h->silent_s == 0 && h->renewed_s > RENEW_S)
        ir_link_renew(h, c->opts);
    h->silent_s += passed_s;
    if (h->silent_s > most) {
        struct ir_err why;
        ir_fail(&why, "the decoder gave no sound for %g s (--timeout) and was stopped", most);
        lose(c, h, why.text);
    }
}

static int wait_and_read(struct ir_crew *c, struct ir_err *err)
{
    for (unsigned i = 0; i < c->hands; i++)
        c->poll[i] = (struct pollfd){.fd = c->hand[i].spool           ? c->hand[i].spool->said
                                           : may_read(c, &c->hand[i]) ? c->hand[i].pipe
                                                                      : -1,
                                     .events = POLLIN};
    double before = ir_clock_s();
    int ready = poll(c->poll, c->hands, TICK_MS);
    if (ready < 0 && errno != EINTR)
        return ir_fail(err, "cannot wait for the workers: %s", strerror(errno));
    /* A stopped and continued process must not count the time in between. */
    double passed = ir_clock_s() - before;
    if (passed > 2 * TICK_MS / 1000.0)
        passed = 2 * TICK_MS / 1000.0;
    for (unsigned i = 0; i < c->hands; i++) {
        if (c->poll[i].fd < 0)
            continue;
        if (ready > 0 && c->poll[i].revents && c->hand[i].spool)
            take_spooled(c, &c->hand[i]);
        else if (ready > 0 && c->poll[i].revents)
            take_in(c, &c->hand[i]);
        watch(c, &c->hand[i], passed);
    }
    return 0;
}

static int run(struct ir_crew *c, struct ir_err *err)
{
    while (c->base || c->next_item < c->n) {
        for (unsigned i = 0; i < c->hands; i++)
            if (hand_out(c, &c->hand[i], err) < 0)
                return -1;
        if (ir_crew_give(c, err) < 0)
            return -1;
        bool busy = false;
        for (unsigned i = 0; i < c->hands; i++)
            busy |= c->hand[i].busy;
        if (busy && wait_and_read(c, err) < 0)
            return -1;
    }
    return 0;
}

int ir_decode_run(const struct ir_decode_opts *opts, const struct ir_item *items, size_t n,
                  const struct ir_decode_sink *sink, struct ir_err *err)
{
    struct ir_crew c = {.opts = opts, .items = items, .n = n, .sink = sink};
    if (ir_mpeg_start() < 0)
        return ir_fail(err, "libmpg123 cannot be started");
    unsigned jobs = opts->jobs ? opts->jobs : ir_cpu_count();
    c.hands = jobs;
    c.window = 4 * (size_t)c.hands + 1;
    c.hand = ir_zalloc(c.hands + 1u, sizeof *c.hand);
    c.poll = ir_zalloc(c.hands + 1u, sizeof *c.poll);
    c.box = ir_sandbox_new();
    if (!c.box)
        note(&c, "the workers run without a system call filter: libseccomp cannot make one here");
    int rc = run(&c, err);
    for (unsigned i = 0; i < c.hands; i++)
        ir_link_stop(&c.hand[i], NULL);
    while (c.base)
        ir_crew_drop(&c, true);
    ir_buf_free(&c.clip.pend);
    ir_buf_free(&c.planar);
    ir_crew_tidy(&c);
    ir_ffmpeg_free(&c.ffmpeg);
    ir_sandbox_free(c.box);
    free(c.hand);
    free(c.poll);
    return rc;
}
