/* stratify.c - iterative stratification of multi-label groups. */
#include "split.h"

#include <stdlib.h>

#define EPS 1e-9

struct strat {
    struct ir_units *u;
    size_t splits;
    bool *done;
    size_t *left;   /* clips of each class in groups that are not dealt */
    size_t *member; /* units of class c: member[from[c]] … member[from[c + 1] - 1], in the order of
                       units */
    size_t *from;
    double *want; /* splits × classes */
    double total[IR_SPLITS_MAX];
    struct ir_rng rng;
};

/* The class with the fewest clips left, at least one; SIZE_MAX when there is none. */
static size_t rarest(const struct strat *s)
{
    size_t best = SIZE_MAX;
    for (size_t c = 0; c < s->u->classes; c++)
        if (s->left[c] && (best == SIZE_MAX || s->left[c] < s->left[best]))
            best = c;
    return best;
}

/* Where class c is wanted most; ties: where most clips are wanted; ties: at random. SIZE_MAX: c
 * does not count. */
static size_t neediest(struct strat *s, size_t c)
{
    size_t best = 0, ties = 1, classes = s->u->classes;
    for (size_t j = 1; j < s->splits; j++) {
        double d = c == SIZE_MAX ? 0 : s->want[j * classes + c] - s->want[best * classes + c];
        if (d > -EPS && d < EPS)
            d = s->total[j] - s->total[best];
        if (d > EPS) {
            best = j;
            ties = 1;
        } else if (d > -EPS && !ir_rng_below(&s->rng, ++ties)) {
            best = j;
        }
    }
    return best;
}

static void give(struct strat *s, size_t k, size_t j)
{
    struct ir_unit *u = &s->u->at[k];
    u->split = j;
    s->done[k] = true;
    s->total[j] -= (double)u->clips;
    for (size_t t = u->first; t < u->first + u->kinds; t++) {
        const struct ir_tally *y = &s->u->tally[t];
        s->want[j * s->u->classes + y->class_index] -= (double)y->clips;
        s->left[y->class_index] -= y->clips;
    }
}

/* Lists of units by class, and what each split wants of it. */
static void prepare(struct strat *s, const struct ir_split *split)
{
    size_t classes = s->u->classes, clips = 0;
    for (size_t t = 0; t < s->u->tallies; t++) {
        s->left[s->u->tally[t].class_index] += s->u->tally[t].clips;
        s->from[s->u->tally[t].class_index + 1]++;
    }
    for (size_t c = 0; c < classes; c++)
        s->from[c + 1] += s->from[c];
    size_t *at = ir_alloc(classes + 1, sizeof *at);
    for (size_t c = 0; c < classes; c++)
        at[c] = s->from[c];
    for (size_t t = 0; t < s->u->tallies; t++) /* tallies are sorted by unit */
        s->member[at[s->u->tally[t].class_index]++] = s->u->tally[t].unit;
    free(at);
    for (size_t k = 0; k < s->u->n; k++)
        clips += s->u->at[k].clips;
    for (size_t j = 0; j < s->splits; j++) {
        s->total[j] = (double)clips * split->share[j];
        for (size_t c = 0; c < classes; c++)
            s->want[j * classes + c] = (double)s->left[c] * split->share[j];
    }
}

void ir_stratify_iterative(struct ir_units *u, const struct ir_split *split, uint64_t seed)
{
    struct strat s = {.u = u, .splits = split->name.n};
    size_t c;
    s.done = ir_zalloc(u->n + 1, sizeof *s.done);
    s.left = ir_zalloc(u->classes + 1, sizeof *s.left);
    s.from = ir_zalloc(u->classes + 2, sizeof *s.from);
    s.member = ir_alloc(u->tallies + 1, sizeof *s.member);
    s.want = ir_zalloc(s.splits * u->classes + 1, sizeof *s.want);
    ir_rng_seed(&s.rng, seed);
    prepare(&s, split);
    while ((c = rarest(&s)) != SIZE_MAX)
        for (size_t m = s.from[c]; m < s.from[c + 1]; m++)
            if (!s.done[s.member[m]])
                give(&s, s.member[m], neediest(&s, c));
    for (size_t k = 0; k < u->n; k++)
        if (!s.done[k])
            give(&s, k, neediest(&s, SIZE_MAX));
    free(s.done);
    free(s.left);
    free(s.from);
    free(s.member);
    free(s.want);
}
