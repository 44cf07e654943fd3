/* learner_majority.c - the most common labels of the training clips, predicted for every clip: the
 * trivial baseline that every other learner has to beat. */
#include "learner.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int fit(struct ir_learned *m, const struct ir_learn_data *a, uint64_t seed,
               struct ir_pool *pool, struct ir_err *err)
{
    (void)seed;
    (void)pool;
    double *share = ir_alloc(a->k, sizeof *share), sum = 0;
    long long labels;
    for (size_t c = 0; c < a->k; c++) {
        size_t known, positive;
        ir_learn_count(a, c, &known, &positive);
        share[c] = known > 0 ? (double)positive / (double)known : 0;
        sum += share[c];
    }
    if (strcmp(ir_learned_text(m, "labels"), "auto") == 0) {
        labels = a->single ? 1 : llround(sum);
        labels = labels < 1 ? 1 : labels;
    } else if (ir_learned_int(m, "labels", 1, (long long)a->k, &labels, err)) {
        free(share);
        return -1;
    }
    float *p = ir_learned_add(m, "majority.p", 'f', a->k, 0);
    for (long long i = 0; i < labels; i++) {
        size_t best = 0;
        for (size_t c = 1; c < a->k; c++)
            if (share[c] > share[best])
                best = c;
        p[best] = a->single ? 1.0f / (float)labels : 1.0f;
        share[best] = -1;
    }
    free(share);
    return 0;
}

static int check(const struct ir_learned *m, struct ir_err *err)
{
    const float *p = ir_learned_find(m, "majority.p", 'f', m->k, 0, err);
    for (size_t c = 0; p && c < m->k; c++)
        if (!(p[c] >= 0 && p[c] <= 1))
            return ir_fail(err, "majority model: a probability is outside 0 to 1");
    return p ? 0 : -1;
}

static void predict(const struct ir_learned *m, const float *x, size_t n, float *p,
                    struct ir_pool *pool)
{
    (void)x;
    (void)pool;
    for (size_t i = 0; i < n; i++)
        memcpy(p + i * m->k, m->tensor[0].data, m->k * sizeof *p);
}

const struct ir_learner ir_learner_majority = {
    .name = "majority",
    .usage = "majority [labels=auto]: predict the most common labels for every clip; auto: as many "
             "as the "
             "training clips have on average",
    .defaults = "labels=auto",
    .example = "labels=1",
    .needs_features = false,
    .fit = fit,
    .check = check,
    .predict = predict,
};
