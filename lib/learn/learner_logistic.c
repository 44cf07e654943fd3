/* learner_logistic.c - logistic regression, one class against the rest, L2 penalty on standardised
 * features: the model of scikit-learn's LogisticRegression(C) behind a StandardScaler. */
#include "learner.h"
#include <string.h>

static int fit(struct ir_learned *m, const struct ir_learn_data *a, uint64_t seed,
               struct ir_pool *pool, struct ir_err *err)
{
    struct ir_linear how = {0};
    (void)seed;
    if (ir_learned_real(m, "c", 1e-9, 1e9, &how.c, err) ||
        ir_learned_real(m, "tolerance", 1e-9, 1, &how.tolerance, err) ||
        ir_learned_int(m, "steps", 1, 1000000, &how.steps, err))
        return -1;
    float *w = ir_learned_add(m, "logistic.weight", 'f', a->k, a->d);
    float *b = ir_learned_add(m, "logistic.bias", 'f', a->k, 0);
    ir_linear_fit(a, &how, w, b, pool);
    return 0;
}

static int check(const struct ir_learned *m, struct ir_err *err)
{
    if (!ir_learned_find(m, "logistic.weight", 'f', m->k, m->d, err) ||
        !ir_learned_find(m, "logistic.bias", 'f', m->k, 0, err) ||
        ir_learned_finite(m, "logistic.weight", err) || ir_learned_finite(m, "logistic.bias", err))
        return -1;
    return 0;
}

static void predict(const struct ir_learned *m, const float *x, size_t n, float *p,
                    struct ir_pool *pool)
{
    const float *w = ir_learned_find(m, "logistic.weight", 'f', m->k, m->d, NULL);
    const float *b = ir_learned_find(m, "logistic.bias", 'f', m->k, 0, NULL);
    ir_linear_apply(x, n, m->d, w, b, m->k, p, pool);
    ir_logistic_rows(p, n, m->k, m->single);
}

const struct ir_learner ir_learner_logistic = {
    .name = "logistic",
    .usage = "logistic [c=1 tolerance=1e-6 steps=300]: logistic regression, one class against the "
             "rest, L2 "
             "penalty 1/(2c) on standardised features",
    .defaults = "c=1 tolerance=1e-6 steps=300",
    .example = "c=1",
    .needs_features = true,
    .fit = fit,
    .check = check,
    .predict = predict,
};
