/* stratify.c - iterative stratification of multi-label groups. */
#include "split.h"

#include <stdlib.h>

#define EPS 1e-9

struct strat {
    struct ir_unit *u;
    size_t n, classes, splits;
    bool *done;
    size_t *left; /* clips of each class in groups that are not dealt */
    double *want; /* splits × classes */
    double total[IR_SPLITS_MAX];
    struct ir_rng rng;
};

/* The class with the fewest clips left, at least one; SIZE_MAX when there is none. */
static size_t rarest(const struct strat *s)
{
    size_t best = SIZE_MAX;
    for (size_t c = 0; c < s->classes; c++)
        if (s->left[c] && (best == SIZE_MAX || s->left[c] < s->left[best]))
            best = c;
    return best;
}

/* Where class c is wanted most; ties: where most clips are wanted; ties: at random. SIZE_MAX: c
 * does not count. */
static size_t neediest(struct strat *s, size_t c)
{
    size_t best = 0, ties = 1;
    for (size_t j = 1; j < s->splits; j++) {
        double d = c == SIZE_MAX ? 0 : s->want[j * s->classes + c] - s->want[best * s->classes + c];
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
    struct ir_unit *u = &s->u[k];
    u->split = j;
    s->done[k] = true;
    s->total[j] -= (double)u->clips;
    for (size_t c = 0; c < s->classes; c++) {
        s->want[j * s->classes + c] -= (double)u->count[c];
        s->left[c] -= u->count[c];
    }
}

void ir_stratify_iterative(struct ir_unit *u, size_t n, size_t classes,
                           const struct ir_split *split, uint64_t seed)
{
    struct strat s = {.u = u, .n = n, .classes = classes, .splits = split->name.n};
    size_t clips = 0, c;
    s.done = ir_zalloc(n + 1, sizeof *s.done);
    s.left = ir_zalloc(classes + 1, sizeof *s.left);
    s.want = ir_zalloc(s.splits * classes + 1, sizeof *s.want);
    ir_rng_seed(&s.rng, seed);
    for (size_t k = 0; k < n; k++) {
        clips += u[k].clips;
        for (c = 0; c < classes; c++)
            s.left[c] += u[k].count[c];
    }
    for (size_t j = 0; j < s.splits; j++) {
        s.total[j] = (double)clips * split->share[j];
        for (c = 0; c < classes; c++)
            s.want[j * classes + c] = (double)s.left[c] * split->share[j];
    }
    while ((c = rarest(&s)) != SIZE_MAX)
        for (size_t k = 0; k < n; k++)
            if (!s.done[k] && u[k].count[c])
                give(&s, k, neediest(&s, c));
    for (size_t k = 0; k < n; k++)
        if (!s.done[k])
            give(&s, k, neediest(&s, SIZE_MAX));
    free(s.done);
    free(s.left);
    free(s.want);
}
