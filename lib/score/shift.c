/* shift.c - what to add to each class's logit so that the true class of one-label clips comes
 * first.
 *
 * A network trained with one yes-or-no a class answers well class by class, but says some names too
 * readily. The shift is a bias a class, fitted by multinomial logistic regression of the clips that
 * have one label, with a prior that keeps it small: what is chosen on a few recordings must not be
 * bent to them. */
#include "../score.h"
#include <stdlib.h>
#include <string.h>

#define PRIOR 2.0 /* weight of half the sum of squares, in files */
#define STEP  0.1
#define STEPS 600
#define EDGE  1e-6 /* probabilities are taken at least so far from 0 and 1 */

static double logit(double p)
{
    p = fmin(fmax(p, EDGE), 1 - EDGE);
    return log(p / (1 - p));
}

/* The clip's only positive class; SIZE_MAX when it has none or several, or an unknown cell. */
static size_t only_label(const struct ir_scores *s, size_t i)
{
    size_t at = SIZE_MAX;
    for (size_t c = 0; c < s->k; c++) {
        const float y = s->y[i * s->k + c];
        if (isnan(y) || (y >= 0.5f && at != SIZE_MAX))
            return SIZE_MAX;
        if (y >= 0.5f)
            at = c;
    }
    return at;
}

/* Clips of one file count as one together. */
static double share(const struct ir_scores *s, size_t i)
{
    size_t n = 1;
    const char *path = s->clip[i].path;
    for (size_t k = i; *path && k-- > 0 && !strcmp(s->clip[k].path, path);)
        n++;
    for (size_t k = i + 1; *path && k < s->n && !strcmp(s->clip[k].path, path); k++)
        n++;
    return 1 / (double)n;
}

/* Adds the gradient of one clip's log loss to g. */
static void learn(const struct ir_scores *s, const double *z, size_t label, double weight,
                  const double *shift, double *p, double *g)
{
    double top = -(double)INFINITY, sum = 0;
    for (size_t c = 0; c < s->k; c++)
        top = fmax(top, z[c] + shift[c]);
    for (size_t c = 0; c < s->k; c++)
        sum += p[c] = exp(z[c] + shift[c] - top);
    for (size_t c = 0; c < s->k; c++)
        g[c] += weight * (p[c] / sum - (c == label));
}

int ir_scores_shift(const struct ir_scores *s, double *shift, struct ir_err *err)
{
    const size_t k = s->k;
    double *z = ir_alloc(s->n * k + 1, sizeof *z), *weight = ir_zalloc(s->n + 1, sizeof *weight),
           *p = ir_alloc(k + 1, sizeof *p), *g = ir_alloc(k + 1, sizeof *g), total = 0;
    size_t *label = ir_alloc(s->n + 1, sizeof *label);
    memset(shift, 0, k * sizeof *shift);
    for (size_t i = 0; i < s->n; i++) {
        label[i] = only_label(s, i);
        weight[i] = label[i] == SIZE_MAX ? 0 : share(s, i);
        total += weight[i];
        for (size_t c = 0; c < k; c++)
            z[i * k + c] = logit((double)s->p[i * k + c]);
    }
    for (int step = 0; step < STEPS && total > 0; step++) {
        for (size_t c = 0; c < k; c++)
            g[c] = PRIOR * shift[c];
        for (size_t i = 0; i < s->n; i++)
            if (label[i] != SIZE_MAX)
                learn(s, z + i * k, label[i], weight[i], shift, p, g);
        for (size_t c = 0; c < k; c++)
            shift[c] -= STEP * g[c] / (1 + PRIOR);
    }
    free(z);
    free(weight);
    free(p);
    free(g);
    free(label);
    return total > 0 ? 0 : ir_fail(err, "--shift: no clip has just one label and no unknown one");
}
