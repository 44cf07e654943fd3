/* tasks.c - what the workers decoded, back in order: pieces to clips, clips to the sink. */
#include "workers.h"

#include <stdlib.h>
#include <string.h>

bool ir_crew_streams(const struct ir_crew *c, size_t item)
{
    return strcmp(c->items[item].path, "-") == 0;
}

struct ir_task *ir_task_new(struct ir_crew *c, struct ir_task *after, size_t item, uint32_t piece)
{
    struct ir_task *t = ir_zalloc(1, sizeof *t);
    t->item = item;
    t->piece = piece;
    t->next = after ? after->next : NULL;
    if (after)
        after->next = t;
    if (!c->base)
        c->base = t;
    if (!t->next)
        c->last = t;
    c->live++;
    return t;
}

struct ir_task *ir_task_more(struct ir_crew *c, struct ir_task *t)
{
    struct ir_task *piece = ir_task_new(c, t, t->item, t->more_from);
    piece->told = true;
    piece->more_from = t->more_from + 1;
    piece->more_to = t->more_to;
    t->more_from = t->more_to;
    return piece;
}

/* Add what a worker found of damage to the account of the clip. */
static void take_damage(struct ir_crew *c, const struct ir_cut *from)
{
    char text[IR_TEXT_MAX + 1];
    memcpy(text, from->damage, sizeof text);
    char *words = strchr(text, '\t'), *found = words ? strchr(words + 1, '\t') : NULL;
    if (!found)
        return;
    *words++ = *found++ = '\0';
    double seconds = strtod(text, NULL);
    c->bad_s += seconds > 0 ? seconds : 0;
    size_t n = strlen(c->clip.damage);
    if (n + strlen(words) + 2 < sizeof c->clip.damage)
        snprintf(c->clip.damage + n, sizeof c->clip.damage - n, "%s%s", n ? " " : "", words);
    if (!*c->found)
        snprintf(c->found, sizeof c->found, "%s", found);
}

/* What has come of the base task goes to its clip. False: it does not fit to what came before. */
static bool absorb(struct ir_crew *c)
{
    struct ir_task *t = c->base;
    struct ir_cut *to = &c->clip, *from = &t->cut;
    if (!from->known)
        return true;
    if (!to->known) {
        to->info = from->info;
        to->known = true;
        memcpy(to->decoder, from->decoder, sizeof to->decoder);
    } else if (to->info.rate_hz != from->info.rate_hz || to->info.channels != from->info.channels ||
               to->info.pieces != from->info.pieces) {
        return false;
    }
    if (to->pend.len == 0) {
        struct ir_buf empty = to->pend;
        to->pend = from->pend;
        from->pend = empty;
    } else {
        ir_buf_add(&to->pend, from->pend.data, from->pend.len);
    }
    from->pend.len = 0;
    t->begun = true;
    return true;
}

void ir_crew_drop(struct ir_crew *c, bool all)
{
    size_t item = c->base->item;
    do {
        struct ir_task *t = c->base;
        for (unsigned i = 0; i < c->hands; i++)
            if (c->hand[i].busy && c->hand[i].task == t)
                ir_link_stop(&c->hand[i], NULL);
        c->base = t->next;
        if (!c->base)
            c->last = NULL;
        ir_buf_free(&t->cut.pend);
        free(t);
        c->live--;
    } while (all && c->base && c->base->item == item);
    ir_crew_tidy(c);
}

void ir_crew_tidy(struct ir_crew *c)
{
    for (struct ir_spool **at = &c->spools; *at;) {
        struct ir_spool *s = *at;
        bool wanted = c->next_item < c->n && strcmp(c->items[c->next_item].path, s->path) == 0;
        for (const struct ir_task *t = c->base; t && !wanted; t = t->next)
            wanted = strcmp(c->items[t->item].path, s->path) == 0;
        if (wanted) {
            at = &s->next;
            continue;
        }
        *at = s->next;
        ir_spool_free(s);
    }
}

static int bad_clip(struct ir_crew *c, struct ir_err *err)
{
    struct ir_err why = c->base->why;
    size_t item = c->base->item;
    if (c->clip.segments > 0)
        ir_fail_in(&why, "after %lld segments that were given out already", c->clip.segments);
    ir_crew_drop(c, true);
    return c->sink->bad(c->sink->self, item, &why, err);
}

/* The clip is complete: is it good enough? */
static int whole_clip(struct ir_crew *c, struct ir_err *err)
{
    struct ir_task *t = c->base;
    struct ir_cut *k = &c->clip;
    double most = c->opts->max_damage;
    double frames = (double)k->at + (double)(k->pend.len / (k->info.channels * sizeof(float)));
    double share = frames > 0 ? c->bad_s * k->info.rate_hz / frames : 0;
    if (most < 1 && share > most) {
        ir_fail(&t->why, "%s; %.3g %% of its sound is wrong or missing, --max-damage allows %g %%",
                c->found, 100 * share, 100 * most);
        return 1;
    }
    int rc = ir_cut_give(k, true, t->item, c->opts, c->sink, &c->planar, &t->why, err);
    if (rc == 0 && *k->damage && c->sink->remark) {
        char text[2 * IR_TEXT_MAX + 100];
        snprintf(text, sizeof text, "%s; decoded all the same (%s)", c->found, k->damage);
        c->sink->remark(c->sink->self, t->item, text, true);
    }
    if (rc == 0 && *k->remark && c->sink->remark)
        c->sink->remark(c->sink->self, t->item, k->remark, false);
    return rc;
}

/* Samples that need not be held back any more. */
static int give_early(struct ir_crew *c, struct ir_err *err)
{
    struct ir_task *t = c->base;
    if (c->opts->segment_s == 0) {
        if (c->clip.pend.len <= IR_DATA_MAX)
            return 0;
        ir_fail(&t->why, "is longer than a record may be (1 GiB of samples): use --segment");
        return 1;
    }
    if (c->clip.pend.len < IR_HOLD_BACK && c->clip.segments == 0 && !ir_crew_streams(c, t->item))
        return 0;
    return ir_cut_give(&c->clip, false, t->item, c->opts, c->sink, &c->planar, &t->why, err);
}

static int finish_base(struct ir_crew *c, struct ir_err *err)
{
    struct ir_task *t = c->base;
    bool last = t->more_from >= t->more_to && !(t->next && t->next->item == t->item);
    if (t->more_from < t->more_to &&
        t->state == IR_TASK_GOOD) { /* its next piece is about to come */
        ir_task_more(c, t);
    }
    if (t->piece == 0 && !t->begun)
        ir_cut_reset(&c->clip);
    if (t->piece == 0) {
        c->bad_s = 0;
        c->found[0] = '\0';
        memcpy(c->clip.remark, t->cut.remark, sizeof c->clip.remark);
    }
    int rc = 1;
    if (t->state == IR_TASK_GOOD && !absorb(c))
        ir_fail(&t->why, "changed while it was read");
    else if (t->state == IR_TASK_GOOD) {
        take_damage(c, &t->cut);
        rc = last ? whole_clip(c, err) : give_early(c, err);
    }
    if (rc == 1)
        rc = bad_clip(c, err);
    else
        ir_crew_drop(c, false);
    return rc;
}

/* A clip that is too long to be held back is given out as it comes. */
static int stream_base(struct ir_crew *c, struct ir_err *err)
{
    struct ir_task *t = c->base;
    size_t most = c->opts->segment_s == 0 ? IR_DATA_MAX : IR_HOLD_BACK;
    if (t->state != IR_TASK_RUNNING || !t->cut.known || t->cut.pend.len == 0 ||
        (t->cut.pend.len < most && !(ir_crew_streams(c, t->item) || t->begun)))
        return 0;
    if (t->piece == 0 && !t->begun)
        ir_cut_reset(&c->clip);
    int rc = 1;
    if (absorb(c))
        rc = give_early(c, err);
    if (rc != 1)
        return rc;
    t->state = IR_TASK_BAD;
    for (unsigned i = 0; i < c->hands; i++)
        if (c->hand[i].busy && c->hand[i].task == t)
            ir_link_stop(&c->hand[i], NULL);
    return 0;
}

int ir_crew_give(struct ir_crew *c, struct ir_err *err)
{
    while (c->base && (c->base->state == IR_TASK_GOOD || c->base->state == IR_TASK_BAD))
        if (finish_base(c, err) < 0)
            return -1;
    return c->base ? stream_base(c, err) : 0;
}
