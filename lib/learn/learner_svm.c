/* learner_svm.c - linear support vector machine, one class against the rest: L2 penalty and squared
 * hinge on standardised features (the primal problem of liblinear's L2-loss SVM, intercept not
 * penalised). A margin z becomes the probability 1/(1 + e^(-a z)) with one slope a per class,
 * chosen on the training clips for the least log loss; so the decision at 0.5 is the machine's own,
 * z >= 0. With one label a clip it is e^(a z_c) / sum e^(a z), one slope for all, so that the class
 * of the largest margin comes first. */
#include "learner.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SLOPE_MIN 1e-3
#define SLOPE_MAX 10.0 /* separable classes would take it to infinity */

/* The slope: log loss is convex in a, so bisect its derivative on a logarithmic scale. */
static float slope(const struct ir_learn_data *a, const float *z, size_t c)
{
    double low = SLOPE_MIN, high = SLOPE_MAX;
    for (int turn = 0; turn < 40; turn++) {
        double at = sqrt(low * high), derivative = 0;
        for (size_t i = 0; i < a->n; i++) {
            double y = (double)a->y[i * a->k + c], m = (double)z[i * a->k + c];
            if (isnan(y))
                continue;
            derivative += m * (1 / (1 + exp(-at * m)) - (y >= 0.5 ? 1 : 0));
        }
        *(derivative > 0 ? &high : &low) = at;
    }
    return (float)sqrt(low * high);
}

/* e^(slope (z_c - the largest)) of a row into p; their sum. */
static double powers(const float *z, size_t k, double slope_all, double *p)
{
    double top = (double)z[0], sum = 0;
    for (size_t c = 1; c < k; c++)
        top = (double)z[c] > top ? (double)z[c] : top; /* GCC 12.2 for arm64 breaks on fmax here */
    for (size_t c = 0; c < k; c++)
        sum += p[c] = exp(slope_all * ((double)z[c] - top));
    return sum;
}

/* The same for one label a clip. */
static float slope_single(const struct ir_learn_data *a, const float *z)
{
    double low = SLOPE_MIN, high = SLOPE_MAX, *p = ir_alloc(a->k, sizeof *p);
    for (int turn = 0; turn < 40; turn++) {
        double at = sqrt(low * high), derivative = 0;
        for (size_t i = 0; i < a->n; i++) {
            double sum = powers(z + i * a->k, a->k, at, p);
            for (size_t c = 0; c < a->k; c++)
                derivative +=
                    (double)z[i * a->k + c] * (p[c] / sum - (a->y[i * a->k + c] >= 0.5f ? 1 : 0));
        }
        *(derivative > 0 ? &high : &low) = at;
    }
    free(p);
    return (float)sqrt(low * high);
}

static int fit(struct ir_learned *m, const struct ir_learn_data *a, uint64_t seed,
               struct ir_pool *pool, struct ir_err *err)
{
    struct ir_linear how = {.hinge = true};
    (void)seed;
    if (ir_learned_real(m, "c", 1e-9, 1e9, &how.c, err) ||
        ir_learned_real(m, "tolerance", 1e-9, 1, &how.tolerance, err) ||
        ir_learned_int(m, "steps", 1, 1000000, &how.steps, err))
        return -1;
    float *w = ir_learned_add(m, "svm.weight", 'f', a->k, a->d);
    float *b = ir_learned_add(m, "svm.bias", 'f', a->k, 0);
    float *s = ir_learned_add(m, "svm.slope", 'f', a->k, 0);
    ir_linear_fit(a, &how, w, b, pool);
    float *z = ir_alloc(a->n * a->k, sizeof *z);
    ir_linear_apply(a->x, a->n, a->d, w, b, a->k, z, pool);
    for (size_t c = 0; c < a->k; c++)
        s[c] = !a->single ? slope(a, z, c) : c == 0 ? slope_single(a, z) : s[0];
    free(z);
    return 0;
}

static int check(const struct ir_learned *m, struct ir_err *err)
{
    const float *s = ir_learned_find(m, "svm.slope", 'f', m->k, 0, err);
    if (!s || !ir_learned_find(m, "svm.weight", 'f', m->k, m->d, err) ||
        !ir_learned_find(m, "svm.bias", 'f', m->k, 0, err) ||
        ir_learned_finite(m, "svm.weight", err) || ir_learned_finite(m, "svm.bias", err) ||
        ir_learned_finite(m, "svm.slope", err))
        return -1;
    for (size_t c = 0; c < m->k; c++)
        if (!(s[c] > 0 && s[c] <= 1000))
            return ir_fail(err, "svm model: slope %zu is outside 0 to 1000", c + 1);
    return 0;
}

static void predict(const struct ir_learned *m, const float *x, size_t n, float *p,
                    struct ir_pool *pool)
{
    const float *w = ir_learned_find(m, "svm.weight", 'f', m->k, m->d, NULL);
    const float *b = ir_learned_find(m, "svm.bias", 'f', m->k, 0, NULL);
    const float *s = ir_learned_find(m, "svm.slope", 'f', m->k, 0, NULL);
    ir_linear_apply(x, n, m->d, w, b, m->k, p, pool);
    if (!m->single) {
        for (size_t i = 0; i < n * m->k; i++)
            p[i] *= s[i % m->k];
        ir_logistic_rows(p, n, m->k, false);
        return;
    }
    double *q = ir_alloc(m->k, sizeof *q);
    for (size_t i = 0; i < n; i++) {
        double sum = powers(p + i * m->k, m->k, (double)s[0], q);
        for (size_t c = 0; c < m->k; c++)
            p[i * m->k + c] = (float)(q[c] / sum);
    }
    free(q);
}

const struct ir_learner ir_learner_svm = {
    .name = "svm",
    .usage =
        "svm [c=1 tolerance=1e-6 steps=1000]: linear support vector machine, one class against the "
        "rest, squared hinge, L2 penalty 1/(2c) on standardised features",
    .defaults = "c=1 tolerance=1e-6 steps=1000",
    .example = "c=1",
    .needs_features = true,
    .fit = fit,
    .check = check,
    .predict = predict,
};
