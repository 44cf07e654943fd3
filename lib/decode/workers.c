/* workers.c - hand the files out to the workers and put their results back in order. */
#include "workers.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define HOLD_BACK  ((size_t)32 << 20) /* bytes of a clip kept until it is known to be whole */
#define READ_AHEAD ((size_t)16 << 20) /* bytes of a clip whose turn has not come */
#define SERVE_MAX  512                /* jobs of one process: libsox may leak */
#define TICK_MS    200
#define RENEW_S    5.0

enum state { WAITING, AGAIN, RUNNING, GOOD, BAD };

struct slot {
    enum state state;
    bool retried;
    struct ir_cut cut;
    struct ir_err why;
};

struct crew {
    const struct ir_decode_opts *opts;
    const struct ir_item *items;
    size_t n, base, next; /* items; the one whose turn it is; the first not handed out */
    const struct ir_decode_sink *sink;
    struct ir_sandbox *box;
    struct ir_link *hand;
    struct pollfd *poll;
    unsigned hands;
    struct slot *slot; /* ring of `window` slots */
    size_t window;
    struct ir_buf planar;
    bool noted;
};

static struct slot *slot_of(struct crew *c, size_t item)
{
    return &c->slot[item % c->window];
}

static bool is_stream(const struct crew *c, size_t item)
{
    return strcmp(c->items[item].path, "-") == 0;
}

/* ---- handing out --------------------------------------------------------------------------- */

/* The worker is gone or useless: its clip is tried once more in a fresh one, unless it had that
 * already. */
static void lose(struct crew *c, struct ir_link *h, const char *reason)
{
    struct ir_err why;
    bool fresh = h->served <= 1, busy = h->busy;
    size_t item = h->item;
    ir_link_stop(h, &why);
    if (!busy)
        return;
    struct slot *s = slot_of(c, item);
    if (reason)
        ir_fail(&why, "%s", reason);
    if (s->cut.segments > 0 || is_stream(c, item) || (fresh && (s->retried || reason))) {
        s->why = why;
        s->state = BAD;
        return;
    }
    ir_cut_reset(&s->cut);
    s->retried = true;
    s->state = AGAIN;
}

/* The next item for an idle worker, or n. */
static size_t choose(struct crew *c)
{
    for (size_t i = c->base; i < c->next; i++)
        if (slot_of(c, i)->state == AGAIN)
            return i;
    if (c->next < c->n && c->next < c->base + c->window)
        return c->next;
    return c->n;
}

static int hand_out(struct crew *c, struct ir_link *h, struct ir_err *err)
{
    while (!h->busy) {
        size_t item = choose(c);
        if (item == c->n)
            return 0;
        struct slot *s = slot_of(c, item);
        if (h->pid && (h->served >= SERVE_MAX || (s->state == AGAIN && h->served > 0)))
            ir_link_stop(h, NULL);
        if (!h->pid && ir_link_start(h, c->box, c->opts, err) < 0)
            return -1;
        if (item == c->next) {
            c->next++;
            s->retried = false;
            ir_cut_reset(&s->cut);
        }
        s->state = RUNNING;
        int rc = ir_link_give(h, &c->items[item], item, c->opts, &s->why);
        if (rc > 0)
            s->state = BAD;
        else if (rc < 0)
            lose(c, h, NULL);
    }
    return 0;
}

/* ---- taking in ----------------------------------------------------------------------------- */

static int note(struct crew *c, const char *text)
{
    if (!c->noted && c->sink->note)
        c->sink->note(c->sink->self, text);
    c->noted = true;
    return 0;
}

/* May more of this worker's clip be read now? */
static bool may_read(struct crew *c, const struct ir_link *h)
{
    return h->pid && h->busy &&
           (h->item == c->base || slot_of(c, h->item)->cut.pend.len < READ_AHEAD);
}

/* The worker keeps to --max-seconds by itself, unless it is not itself any more. */
static bool too_long(const struct crew *c, const struct slot *s, bool stream)
{
    const struct ir_cut *k = &s->cut;
    double most = stream ? c->opts->stream_seconds : c->opts->max_seconds;
    if (!k->known || most <= 0)
        return false;
    double frames = (double)k->at + (double)(k->pend.len / (k->info.channels * sizeof(float)));
    return frames / k->info.rate_hz > most + 1;
}

static void take_in(struct crew *c, struct ir_link *h)
{
    struct slot *s = slot_of(c, h->item);
    enum ir_msg msg;
    for (int i = 0; i < 64 && may_read(c, h); i++) {
        int rc = ir_link_read(h, &s->cut, &msg);
        if (rc == 0)
            return;
        if (rc == 1 && too_long(c, s, is_stream(c, h->item)))
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
        if (msg == IR_MSG_DONE || msg == IR_MSG_BAD) {
            s->state = msg == IR_MSG_DONE && s->cut.known ? GOOD : BAD;
            if (s->state == BAD)
                ir_fail(&s->why, "%s", msg == IR_MSG_BAD ? h->text : "the decoder gave nothing");
            h->busy = false;
        }
        if (s->cut.pend.len >= HOLD_BACK && h->item == c->base)
            return;
    }
}

/* ---- giving out ---------------------------------------------------------------------------- */

static int finish_base(struct crew *c, struct ir_err *err)
{
    struct slot *s = slot_of(c, c->base);
    int rc = 1;
    if (s->state == GOOD)
        rc = ir_cut_give(&s->cut, true, c->base, c->opts, c->sink, &c->planar, &s->why, err);
    if (rc == 1) {
        if (s->cut.segments > 0)
            ir_fail_in(&s->why, "after %lld segments that were given out already", s->cut.segments);
        rc = c->sink->bad(c->sink->self, c->base, &s->why, err);
    }
    s->cut.pend.len = 0;
    c->base++;
    return rc;
}

/* A clip that is too long to be held back is given out as it comes. */
static int stream_base(struct crew *c, struct ir_err *err)
{
    struct slot *s = slot_of(c, c->base);
    size_t most = c->opts->segment_s == 0 ? IR_DATA_MAX : HOLD_BACK;
    if (s->state != RUNNING || !s->cut.known || (s->cut.pend.len < most && !is_stream(c, c->base)))
        return 0;
    int rc = 1;
    if (c->opts->segment_s > 0)
        rc = ir_cut_give(&s->cut, false, c->base, c->opts, c->sink, &c->planar, &s->why, err);
    else if (s->cut.pend.len > most)
        ir_fail(&s->why, "is longer than a record may be (1 GiB of samples): use --segment");
    else
        rc = 0;
    if (rc != 1)
        return rc;
    struct ir_err why = s->why;
    for (unsigned i = 0; i < c->hands; i++)
        if (c->hand[i].busy && c->hand[i].item == c->base)
            ir_link_stop(&c->hand[i], NULL);
    s->why = why;
    s->state = BAD;
    return 0;
}

static int give_out(struct crew *c, struct ir_err *err)
{
    while (c->base < c->next &&
           (slot_of(c, c->base)->state == GOOD || slot_of(c, c->base)->state == BAD))
        if (finish_base(c, err) < 0)
            return -1;
    return c->base < c->next ? stream_base(c, err) : 0;
}

/* ---- the loop ------------------------------------------------------------------------------ */

/* A worker that is listened to and says nothing for too long hangs; one that speaks may go on. */
static void watch(struct crew *c, struct ir_link *h, double passed_s)
{
    double most = c->opts->timeout_s;
    if (!h->busy || most <= 0 || is_stream(c, h->item))
        return;
    h->renewed_s += passed_s;
    if (h->silent_s == 0 && h->renewed_s > RENEW_S)
        ir_link_renew(h, c->opts);
    h->silent_s += passed_s;
    if (h->silent_s > most) {
        struct ir_err why;
        ir_fail(&why, "the decoder gave no sound for %g s (--timeout) and was stopped", most);
        lose(c, h, why.text);
    }
}

static int wait_and_read(struct crew *c, struct ir_err *err)
{
    for (unsigned i = 0; i < c->hands; i++)
        c->poll[i] = (struct pollfd){.fd = may_read(c, &c->hand[i]) ? c->hand[i].pipe : -1,
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
        if (ready > 0 && c->poll[i].revents)
            take_in(c, &c->hand[i]);
        watch(c, &c->hand[i], passed);
    }
    return 0;
}

static int run(struct crew *c, struct ir_err *err)
{
    while (c->base < c->n) {
        for (unsigned i = 0; i < c->hands; i++)
            if (hand_out(c, &c->hand[i], err) < 0)
                return -1;
        if (give_out(c, err) < 0)
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
    struct crew c = {.opts = opts, .items = items, .n = n, .sink = sink};
    if (ir_sox_start(err) < 0)
        return -1;
    unsigned jobs = opts->jobs ? opts->jobs : ir_cpu_count();
    c.hands = n < jobs ? (unsigned)n : jobs;
    c.window = 4 * (size_t)c.hands + 1;
    c.hand = ir_zalloc(c.hands + 1u, sizeof *c.hand);
    c.poll = ir_zalloc(c.hands + 1u, sizeof *c.poll);
    c.slot = ir_zalloc(c.window, sizeof *c.slot);
    c.box = ir_sandbox_new();
    if (!c.box)
        note(&c, "the workers run without a system call filter: libseccomp cannot make one here");
    int rc = run(&c, err);
    for (unsigned i = 0; i < c.hands; i++)
        ir_link_stop(&c.hand[i], NULL);
    for (size_t i = 0; i < c.window; i++)
        ir_buf_free(&c.slot[i].cut.pend);
    ir_buf_free(&c.planar);
    ir_sandbox_free(c.box);
    free(c.hand);
    free(c.poll);
    free(c.slot);
    return rc;
}
