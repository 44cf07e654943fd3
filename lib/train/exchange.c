/* exchange.c - one segment of numbers after the other: each rank gets a slice of it from the others
 * (spread), adds it up along the tree, and gives it to all (collect). */
#include "train/exchange.h"
#include "train/ranks.h"

#include <stdlib.h>
#include <string.h>

#define SEGMENT 262144 /* numbers that are worth a message to everyone */
#define LARGEST (4 * SEGMENT)
#define GAP     4096 /* numbers without a gradient that are sent rather than skipped */
#define DEPTH   64   /* branches of one rank at most */

struct segment {
    bool stats; /* else gradients */
    size_t from, count;
    float *out, *in; /* to and from the others; out NULL: one branch, which is sent as it lies */
    size_t *n_out, *at_out, *n_in, *n_all; /* [ranks] */
};

struct ir_exchange {
    size_t parts, ranks, rank, stats;
    struct {
        size_t from, to;
    } * span;      /* every rank's branches, in order */
    size_t *first; /* [ranks + 1]: first[r] … first[r + 1] - 1 are rank r's */
    struct segment *seg;
    size_t segs, cap;
    const struct ir_branch *branch;
    size_t clips, started, added, done; /* of the batch at hand: segments so far */
    double seconds;
};

/* ---- the plan ----------------------------------------------------------------------------------
 */

static void add_segment(struct ir_exchange *x, bool stats, size_t from, size_t to)
{
    while (to > from) {
        size_t count = to - from < LARGEST ? to - from : LARGEST;
        ir_grow(&x->seg, &x->cap, x->segs + 1, sizeof *x->seg);
        x->seg[x->segs++] = (struct segment){.stats = stats, .from = to - count, .count = count};
        to -= count;
    }
}

/* From the last weight that trains to the first. */
static void cut_segments(struct ir_exchange *x, const struct ir_net *net)
{
    size_t from = 0, to = 0; /* the segment so far; to 0: none */
    add_segment(x, true, 0, x->stats);
    for (size_t i = ir_net_params(net); i-- > 0;) {
        const struct ir_param *p = ir_net_param(net, i);
        if (p->buffer || p->frozen)
            continue;
        size_t end = p->offset + p->count;
        if (to > 0 && (to - from >= SEGMENT || from - end > GAP)) {
            add_segment(x, false, from, to);
            to = 0;
        }
        to = to > 0 ? to : end;
        from = p->offset;
    }
    add_segment(x, false, from, to);
}

static void find_spans(struct ir_exchange *x)
{
    x->span = ir_zalloc(x->parts + 1, sizeof *x->span);
    x->first = ir_zalloc(x->ranks + 1, sizeof *x->first);
    size_t n = 0;
    for (size_t r = 0; r < x->ranks; r++) {
        x->first[r] = n;
        for (size_t i = ir_part_clip(r, x->ranks, x->parts);
             i < ir_part_clip(r + 1, x->ranks, x->parts); i++) {
            x->span[n].from = i;
            x->span[n++].to = i + 1;
            while (n - x->first[r] > 1 && ir_tree_joins(x->span[n - 2].from, x->span[n - 1].from,
                                                        x->span[n - 1].to, x->parts)) {
                x->span[n - 2].to = x->span[n - 1].to;
                n--;
            }
        }
    }
    x->first[x->ranks] = n;
}

/* Where the slice of rank r begins; slices of statistics cut no pair. */
static size_t slice(const struct ir_exchange *x, const struct segment *s, size_t r)
{
    return r == x->ranks ? s->count : ir_part_clip(r, x->ranks, s->count) / 2 * 2;
}

/* So many are rank r's. */
static size_t branches(const struct ir_exchange *x, size_t r)
{
    return x->first[r + 1] - x->first[r];
}

static void lay_out(const struct ir_exchange *x, struct segment *s)
{
    size_t mine = branches(x, x->rank), others = x->first[x->ranks] - mine, at = 0;
    size_t len = slice(x, s, x->rank + 1) - slice(x, s, x->rank);
    if (mine > 1)
        s->out = ir_zalloc_aligned(mine * (s->count - len) + 1, sizeof *s->out);
    s->in = ir_zalloc_aligned(others * len + 1, sizeof *s->in);
    s->n_out = ir_zalloc(4 * x->ranks, sizeof *s->n_out);
    s->at_out = s->n_out + x->ranks;
    s->n_in = s->at_out + x->ranks;
    s->n_all = s->n_in + x->ranks;
    for (size_t r = 0; r < x->ranks; r++) {
        s->n_all[r] = slice(x, s, r + 1) - slice(x, s, r);
        s->at_out[r] = mine > 1 ? at : slice(x, s, r);
        if (r == x->rank) /* what is here stays where it is */
            continue;
        s->n_out[r] = mine * s->n_all[r];
        s->n_in[r] = branches(x, r) * len;
        at += s->n_out[r];
    }
}

struct ir_exchange *ir_exchange_new(const struct ir_net *net, size_t parts)
{
    if (ir_ranks_count() == 1)
        return NULL;
    struct ir_exchange *x = ir_zalloc(1, sizeof *x);
    x->parts = parts;
    x->ranks = ir_ranks_count();
    x->rank = ir_ranks_rank();
    x->stats = ir_net_stats(net);
    find_spans(x);
    cut_segments(x, net);
    for (size_t i = 0; i < x->segs; i++)
        lay_out(x, &x->seg[i]);
    return x;
}

void ir_exchange_free(struct ir_exchange *x)
{
    if (x == NULL)
        return;
    for (size_t i = 0; i < x->segs; i++) {
        free(x->seg[i].out);
        free(x->seg[i].in);
        free(x->seg[i].n_out);
    }
    free(x->seg);
    free(x->span);
    free(x->first);
    free(x);
}

double ir_exchange_seconds(const struct ir_exchange *x)
{
    return x != NULL ? x->seconds : 0;
}

/* ---- one batch ---------------------------------------------------------------------------------
 */

static float *numbers(const struct ir_exchange *x, const struct segment *s, size_t branch)
{
    const struct ir_branch *b = &x->branch[branch];
    return (s->stats ? b->stats : b->gradients) + s->from;
}

static void start(struct ir_exchange *x, size_t i)
{
    struct segment *s = &x->seg[i];
    float *out = s->out;
    for (size_t r = 0; r < x->ranks && out != NULL; r++) {
        for (size_t k = 0; k < branches(x, x->rank) && r != x->rank; k++, out += s->n_all[r])
            memcpy(out, numbers(x, s, k) + slice(x, s, r), s->n_all[r] * sizeof *out);
    }
    ir_ranks_spread(2 * i, out != NULL ? s->out : numbers(x, s, 0), s->n_out, s->at_out, s->in,
                    s->n_in);
}

static size_t clips_in(const struct ir_exchange *x, size_t from, size_t to)
{
    return ir_part_clip(to, x->parts, x->clips) - ir_part_clip(from, x->parts, x->clips);
}

/* My slice of branch k of all: here, or as it came. */
static float *slice_of(const struct ir_exchange *x, const struct segment *s, size_t k)
{
    size_t first = x->first[x->rank], end = x->first[x->rank + 1];
    if (k >= first && k < end)
        return numbers(x, s, k - first) + slice(x, s, x->rank);
    return s->in + (k < first ? k : k - (end - first)) * s->n_all[x->rank];
}

/* My slice of all branches becomes that of the batch, and goes out. */
static void add_up(struct ir_exchange *x, size_t i)
{
    struct segment *s = &x->seg[i];
    size_t len = s->n_all[x->rank], depth = 0;
    struct {
        size_t from, to;
        float *at;
    } stack[DEPTH];
    for (size_t k = 0; k < x->first[x->ranks]; k++) {
        stack[depth].from = x->span[k].from;
        stack[depth].to = x->span[k].to;
        stack[depth++].at = slice_of(x, s, k);
        while (depth > 1 && ir_tree_joins(stack[depth - 2].from, stack[depth - 1].from,
                                          stack[depth - 1].to, x->parts)) {
            size_t a = stack[depth - 2].from, b = stack[depth - 1].from, c = stack[depth - 1].to;
            if (s->stats)
                ir_tree_stats(stack[depth - 2].at, stack[depth - 1].at, len / 2, clips_in(x, a, b),
                              clips_in(x, b, c));
            else
                ir_tree_add(stack[depth - 2].at, stack[depth - 1].at, len);
            stack[depth - 2].to = c;
            depth--;
        }
    }
    float *to = numbers(x, s, 0) + slice(x, s, x->rank);
    if (to != stack[0].at)
        memcpy(to, stack[0].at, len * sizeof *to);
    ir_ranks_collect(2 * i + 1, numbers(x, s, 0), s->n_all);
}

/* What has come is passed on, in the order of segments. */
static void go_on(struct ir_exchange *x, bool wait)
{
    while (x->added < x->started && ir_ranks_done(2 * x->added, wait))
        add_up(x, x->added++);
    while (x->done < x->added && ir_ranks_done(2 * x->done + 1, wait))
        x->done++;
}

void ir_exchange_begin(struct ir_exchange *x, const struct ir_branch *branch, size_t n)
{
    x->branch = branch;
    x->clips = n;
    x->started = x->added = x->done = 0;
}

void ir_exchange_stats(struct ir_exchange *x)
{
    double from_s = ir_clock_s();
    while (x->started < x->segs && x->seg[x->started].stats)
        start(x, x->started++);
    go_on(x, false);
    x->seconds += ir_clock_s() - from_s;
}

void ir_exchange_from(struct ir_exchange *x, size_t from)
{
    double from_s = ir_clock_s();
    while (x->started < x->segs && x->seg[x->started].from >= from)
        start(x, x->started++);
    go_on(x, false);
    x->seconds += ir_clock_s() - from_s;
}

void ir_exchange_end(struct ir_exchange *x)
{
    double from_s = ir_clock_s();
    go_on(x, true);
    x->seconds += ir_clock_s() - from_s;
}
