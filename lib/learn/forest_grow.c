/* forest_grow.c - one decision tree on binned features. A split into L and R is the better the
 * larger sum_c L_c²/|L| + sum_c R_c²/|R| with the positives per output in L_c, R_c: that is the
 * gain in Gini impurity for one yes/no output, for one-hot classes, and for the mean over several
 * yes/no outputs alike. */
#include "forest.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FEW 20 /* clips in a node up to which sorting beats a histogram */

/* A drawn clip: how often it was drawn, and (one output) the same when it is positive, else 0. */
struct drawn {
    uint32_t row;
    uint16_t times, positive;
};

typedef float v4 __attribute__((vector_size(16)));

static double across(v4 v)
{
    return ((double)v[0] + (double)v[1]) + ((double)v[2] + (double)v[3]);
}

struct node {
    size_t at, from, to, depth;
};

struct split {
    double score;
    size_t feature, bin;
};

struct grower {
    const struct ir_grow *g;
    struct ir_tree *t;
    struct ir_rng rng;
    struct drawn *drawn, *spare;
    uint32_t *feature; /* a permutation of all features */
    uint64_t *pairs;   /* one output: [256] times | positives << 32 */
    v4 *sums;          /* several outputs: [256 × stride / 4] */
    v4 *whole, *left;  /* [stride / 4] in the node, left of the cut */
    double *count;     /* [256] */
    double *all;       /* [outputs] in the node */
    double times;      /* in the node */
    struct node *stack;
    size_t stacked, cap;
};

static void better(struct split *best, double score, size_t feature, size_t bin)
{
    if (score > best->score)
        *best = (struct split){score, feature, bin};
}

static bool allowed(const struct grower *w, double left)
{
    return left >= (double)w->g->min_leaf && w->times - left >= (double)w->g->min_leaf;
}

static void put_in_order(uint64_t *key, size_t n, uint64_t k)
{
    for (; n > 0 && key[n - 1] > k; n--)
        key[n] = key[n - 1];
    key[n] = k;
}

/* One output, few clips: sort bin << 32 | times << 16 | positive. Returns whether there was a
 * choice. */
static bool few_one(struct grower *w, const struct node *node, size_t f, struct split *best)
{
    const uint8_t *bin = w->g->bins->bin + f * w->g->bins->n;
    uint64_t key[FEW] = {0};
    size_t n = 0;
    for (size_t i = node->from; i < node->to; i++) {
        const struct drawn *d = &w->drawn[i];
        uint64_t k = (uint64_t)bin[d->row] << 32 | (uint64_t)d->times << 16 | d->positive;
        put_in_order(key, n++, k);
    }
    if (key[0] >> 32 == key[n - 1] >> 32)
        return false;
    double times = 0, yes = 0;
    for (size_t i = 0; i + 1 < n; i++) {
        times += (double)(key[i] >> 16 & 0xffff);
        yes += (double)(key[i] & 0xffff);
        if (key[i] >> 32 == key[i + 1] >> 32 || !allowed(w, times))
            continue;
        double no = w->all[0] - yes;
        better(best, yes * yes / times + no * no / (w->times - times), f, key[i] >> 32);
    }
    return true;
}

static bool many_one(struct grower *w, const struct node *node, size_t f, struct split *best)
{
    const uint8_t *bin = w->g->bins->bin + f * w->g->bins->n;
    size_t bins = w->g->bins->edges[f] + 1u;
    uint64_t *pairs = w->pairs;
    memset(pairs, 0, bins * sizeof *pairs);
    for (size_t i = node->from; i < node->to; i++) {
        const struct drawn *d = &w->drawn[i];
        pairs[bin[d->row]] += (uint64_t)d->positive << 32 | d->times;
    }
    double times = 0, yes = 0;
    bool choice = false;
    for (size_t b = 0; b + 1 < bins; b++) {
        if (pairs[b] == 0)
            continue;
        times += (double)(uint32_t)pairs[b];
        yes += (double)(pairs[b] >> 32);
        if (times >= w->times)
            break;
        choice = true;
        if (!allowed(w, times))
            continue;
        double no = w->all[0] - yes;
        better(best, yes * yes / times + no * no / (w->times - times), f, b);
    }
    return choice;
}

static bool several(struct grower *w, const struct node *node, size_t f, struct split *best)
{
    const uint8_t *bin = w->g->bins->bin + f * w->g->bins->n;
    size_t bins = w->g->bins->edges[f] + 1u, q = w->g->stride / 4;
    const v4 *y = (const v4 *)(const void *)w->g->y;
    memset(w->sums, 0, bins * q * sizeof *w->sums);
    memset(w->count, 0, bins * sizeof *w->count);
    for (size_t i = node->from; i < node->to; i++) {
        const struct drawn *d = &w->drawn[i];
        v4 *to = w->sums + bin[d->row] * q;
        float times = d->times;
        w->count[bin[d->row]] += d->times;
        for (size_t c = 0; c < q; c++)
            to[c] += times * y[(size_t)d->row * q + c];
    }
    double times = 0;
    bool choice = false;
    memset(w->left, 0, q * sizeof *w->left);
    for (size_t b = 0; b + 1 < bins; b++) {
        v4 l = {0}, r = {0};
        if (w->count[b] == 0)
            continue;
        times += w->count[b];
        if (times >= w->times)
            break;
        choice = true;
        for (size_t c = 0; c < q; c++) {
            v4 yes = w->left[c] += w->sums[b * q + c], no = w->whole[c] - yes;
            l += yes * yes;
            r += no * no;
        }
        if (allowed(w, times))
            better(best, across(l) / times + across(r) / (w->times - times), f, b);
    }
    return choice;
}

/* Several outputs, few clips: sort bin << 32 | clip. */
static bool few_several(struct grower *w, const struct node *node, size_t f, struct split *best)
{
    const uint8_t *bin = w->g->bins->bin + f * w->g->bins->n;
    const v4 *y = (const v4 *)(const void *)w->g->y;
    size_t q = w->g->stride / 4, n = 0;
    uint64_t key[FEW] = {0};
    double times = 0;
    for (size_t i = node->from; i < node->to; i++) {
        uint64_t k = (uint64_t)bin[w->drawn[i].row] << 32 | i;
        put_in_order(key, n++, k);
    }
    if (key[0] >> 32 == key[n - 1] >> 32)
        return false;
    memset(w->left, 0, q * sizeof *w->left);
    for (size_t i = 0; i + 1 < n; i++) {
        const struct drawn *d = &w->drawn[key[i] & 0xffffffff];
        v4 l = {0}, r = {0};
        float weight = d->times;
        times += d->times;
        for (size_t c = 0; c < q; c++)
            w->left[c] += weight * y[(size_t)d->row * q + c];
        if (key[i] >> 32 == key[i + 1] >> 32 || !allowed(w, times))
            continue;
        for (size_t c = 0; c < q; c++) {
            v4 yes = w->left[c], no = w->whole[c] - yes;
            l += yes * yes;
            r += no * no;
        }
        better(best, across(l) / times + across(r) / (w->times - times), f, key[i] >> 32);
    }
    return true;
}

static size_t new_node(struct ir_tree *t)
{
    if (t->n == t->cap) {
        t->cap = t->cap ? t->cap * 2 : 256;
        t->feature = ir_realloc(t->feature, t->cap, sizeof *t->feature);
        t->left = ir_realloc(t->left, t->cap, sizeof *t->left);
        t->threshold = ir_realloc(t->threshold, t->cap, sizeof *t->threshold);
    }
    t->feature[t->n] = -1;
    t->left[t->n] = 0;
    t->threshold[t->n] = 0;
    return t->n++;
}

static void make_leaf(struct grower *w, size_t at)
{
    struct ir_tree *t = w->t;
    size_t k = w->g->outputs;
    if (k == 1) {
        t->threshold[at] = (float)(w->all[0] / w->times);
        return;
    }
    ir_grow(&t->value, &t->value_cap, (t->leaves + 1) * k, sizeof *t->value);
    for (size_t c = 0; c < k; c++)
        t->value[t->leaves * k + c] = (float)(w->all[c] / w->times);
    t->left[at] = (int32_t)t->leaves++;
}

static bool pure(const struct grower *w)
{
    for (size_t c = 0; c < w->g->outputs; c++)
        if (w->all[c] > 0 && w->all[c] < w->times)
            return false;
    return true;
}

static void count(struct grower *w, const struct node *node)
{
    size_t k = w->g->outputs;
    memset(w->all, 0, k * sizeof *w->all);
    w->times = 0;
    for (size_t i = node->from; i < node->to; i++) {
        const struct drawn *d = &w->drawn[i];
        w->times += d->times;
        if (k == 1)
            w->all[0] += d->positive;
        for (size_t c = 0; k > 1 && c < k; c++)
            w->all[c] += (double)(w->g->y[(size_t)d->row * w->g->stride + c] * (float)d->times);
    }
    for (size_t c = 0; k > 1 && c < w->g->stride; c++)
        w->whole[c / 4][c % 4] = c < k ? (float)w->all[c] : 0;
}

/* Look at features in random order until enough were seen and one of them had a choice. */
static struct split choose(struct grower *w, const struct node *node)
{
    struct split best = {-1, 0, 0};
    size_t d = w->g->bins->d;
    bool found = false;
    for (size_t i = 0; i < d && (i < w->g->try_features || !found); i++) {
        size_t j = i + ir_rng_below(&w->rng, d - i);
        uint32_t f = w->feature[j];
        w->feature[j] = w->feature[i];
        w->feature[i] = f;
        if (w->g->outputs > 1 && node->to - node->from <= FEW)
            found |= few_several(w, node, f, &best);
        else if (w->g->outputs > 1)
            found |= several(w, node, f, &best);
        else if (node->to - node->from <= FEW)
            found |= few_one(w, node, f, &best);
        else
            found |= many_one(w, node, f, &best);
    }
    return best;
}

static size_t part(struct grower *w, const struct node *node, const struct split *s)
{
    const uint8_t *bin = w->g->bins->bin + s->feature * w->g->bins->n;
    size_t left = node->from, right = 0;
    for (size_t i = node->from; i < node->to; i++) {
        if (bin[w->drawn[i].row] <= s->bin)
            w->drawn[left++] = w->drawn[i];
        else
            w->spare[right++] = w->drawn[i];
    }
    memcpy(w->drawn + left, w->spare, right * sizeof *w->spare);
    return left;
}

static void push(struct grower *w, struct node node)
{
    ir_grow(&w->stack, &w->cap, w->stacked + 1, sizeof *w->stack);
    w->stack[w->stacked++] = node;
}

static void grow_node(struct grower *w, const struct node *node)
{
    struct ir_tree *t = w->t;
    count(w, node);
    bool deep = w->g->max_depth > 0 && node->depth >= w->g->max_depth;
    if (node->to - node->from < 2 || deep || pure(w)) {
        make_leaf(w, node->at);
        return;
    }
    struct split s = choose(w, node);
    if (s.score < 0) {
        make_leaf(w, node->at);
        return;
    }
    size_t middle = part(w, node, &s), left = new_node(t);
    new_node(t);
    t->feature[node->at] = (int32_t)s.feature;
    t->threshold[node->at] = w->g->bins->edge[s.feature * (IR_BINS - 1) + s.bin];
    t->left[node->at] = (int32_t)left;
    push(w, (struct node){left + 1, middle, node->to, node->depth + 1});
    push(w, (struct node){left, node->from, middle, node->depth + 1});
}

/* Draw as many clips as there are, with replacement. */
static size_t draw(struct grower *w)
{
    const struct ir_grow *g = w->g;
    uint16_t *times = ir_zalloc(g->rows, sizeof *times);
    size_t n = 0;
    for (size_t i = 0; i < g->rows; i++) {
        size_t at = ir_rng_below(&w->rng, g->rows);
        times[at] = (uint16_t)(times[at] + (times[at] < UINT16_MAX));
    }
    for (size_t i = 0; i < g->rows; i++) {
        bool yes = g->outputs == 1 && g->y[g->row[i]] >= 0.5f;
        if (times[i] > 0)
            w->drawn[n++] = (struct drawn){g->row[i], times[i], yes ? times[i] : 0};
    }
    free(times);
    return n;
}

void ir_tree_grow(struct ir_tree *t, const struct ir_grow *g, uint64_t seed)
{
    struct grower w = {.g = g, .t = t};
    size_t k = g->outputs;
    memset(t, 0, sizeof *t);
    ir_rng_seed(&w.rng, seed);
    w.drawn = ir_alloc(g->rows, sizeof *w.drawn);
    w.spare = ir_alloc(g->rows, sizeof *w.spare);
    w.feature = ir_alloc(g->bins->d, sizeof *w.feature);
    w.pairs = ir_alloc(IR_BINS, sizeof *w.pairs);
    size_t q = (g->stride + 3) / 4;
    w.sums = ir_alloc_aligned(IR_BINS * q, sizeof *w.sums);
    w.whole = ir_alloc_aligned(q, sizeof *w.whole);
    w.count = ir_alloc(IR_BINS, sizeof *w.count);
    w.all = ir_alloc(k, sizeof *w.all);
    w.left = ir_alloc_aligned(q, sizeof *w.left);
    for (size_t j = 0; j < g->bins->d; j++)
        w.feature[j] = (uint32_t)j;
    size_t n = draw(&w);
    push(&w, (struct node){new_node(t), 0, n, 0});
    while (w.stacked > 0) {
        struct node node = w.stack[--w.stacked];
        grow_node(&w, &node);
    }
    free(w.drawn);
    free(w.spare);
    free(w.feature);
    free(w.pairs);
    free(w.sums);
    free(w.whole);
    free(w.count);
    free(w.all);
    free(w.left);
    free(w.stack);
}

void ir_tree_free(struct ir_tree *t)
{
    free(t->feature);
    free(t->left);
    free(t->threshold);
    free(t->value);
    memset(t, 0, sizeof *t);
}
