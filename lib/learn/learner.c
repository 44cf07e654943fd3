/* learner.c - the registry of learners, their settings and data, fitting and predicting. */
#include "learner.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define X(n) extern const struct ir_learner ir_learner_##n;
#include "learner.inc"
#undef X

static const struct ir_learner *const all[] = {
#define X(n) &ir_learner_##n,
#include "learner.inc"
#undef X
};

const struct ir_learner *const *ir_learner_all(size_t *n)
{
    *n = sizeof all / sizeof *all;
    return all;
}

int ir_learn_add(struct ir_learn_data *a, const float *x, size_t d, const float *y,
                 struct ir_err *err)
{
    int positives = 0;
    if (a->n > 0 && d != a->d)
        return ir_fail(err, "found %zu features, wanted %zu as in the clips before", d, a->d);
    for (size_t j = 0; j < d; j++)
        if (!isfinite(x[j]))
            return ir_fail(err, "feature %zu is not a finite number", j + 1);
    for (size_t c = 0; c < a->k; c++) {
        if (y[c] < 0 || y[c] > 1)
            return ir_fail(err, "label of class %zu is %g, wanted 0 to 1", c + 1, (double)y[c]);
        positives += y[c] >= 0.5f;
    }
    if (a->single && positives != 1)
        return ir_fail(err, "found %d labels, wanted exactly one", positives);
    a->d = d;
    if (a->n == a->cap) {
        a->cap = a->cap ? a->cap * 2 : 64;
        a->y = ir_realloc(a->y, a->cap * a->k, sizeof *a->y);
        size_t cells;
        a->x = ir_realloc(a->x, ir_mul(a->cap, d, &cells) ? cells + 1 : SIZE_MAX, sizeof *a->x);
    }
    if (d > 0)
        memcpy(a->x + a->n * d, x, d * sizeof *x);
    memcpy(a->y + a->n * a->k, y, a->k * sizeof *y);
    a->n++;
    return 0;
}

void ir_learn_free(struct ir_learn_data *a)
{
    free(a->x);
    free(a->y);
    memset(a, 0, sizeof *a);
}

void ir_learn_count(const struct ir_learn_data *a, size_t c, size_t *known, size_t *positive)
{
    *known = *positive = 0;
    for (size_t i = 0; i < a->n; i++) {
        float y = a->y[i * a->k + c];
        *known += isnan(y) ? 0 : 1;
        *positive += y >= 0.5f;
    }
}

/* Settings "key=value key=value" into m->option; only known keys when `strict`. */
static int take_options(struct ir_learned *m, char *text, bool strict, struct ir_err *err)
{
    char *save = NULL;
    for (char *w = strtok_r(text, " ,", &save); w; w = strtok_r(NULL, " ,", &save)) {
        char *eq = strchr(w, '=');
        if (!eq || eq == w || !eq[1])
            return ir_fail(err, "%s: '%s' is not a setting, wanted %s", m->learner->name, w,
                           *m->learner->defaults ? m->learner->defaults : "none");
        *eq = 0;
        if (strict && !ir_meta_get(&m->option, w))
            return ir_fail(err, "%s has no setting '%s', wanted %s", m->learner->name, w,
                           *m->learner->defaults ? m->learner->defaults : "none");
        ir_meta_set(&m->option, w, eq + 1);
    }
    return 0;
}

void ir_learner_list(struct ir_buf *out)
{
    ir_buf_puts(out, "learners (--learner):\n");
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        ir_buf_printf(out, "  %s\n", all[i]->usage);
}

void ir_learner_names(struct ir_strs *names)
{
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        ir_strs_add(names, all[i]->name);
}

int ir_learner_parse(struct ir_learned *m, const char *text, struct ir_err *err)
{
    memset(m, 0, sizeof *m);
    while (*text == ' ')
        text++;
    size_t n = strcspn(text, " ,");
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (strlen(all[i]->name) == n && memcmp(all[i]->name, text, n) == 0)
            m->learner = all[i];
    if (!m->learner) {
        struct ir_strs names = {0};
        char *name = ir_strndup(text, n);
        ir_learner_names(&names);
        ir_fail_unknown(err, "learner", name, &names);
        ir_strs_free(&names);
        free(name);
        return -1;
    }
    char *defaults = ir_strdup(m->learner->defaults), *given = ir_strdup(text + n);
    int rc = take_options(m, defaults, false, err);
    if (rc == 0)
        rc = take_options(m, given, true, err);
    free(defaults);
    free(given);
    return rc;
}

static void drop_tensors(struct ir_learned *m)
{
    for (size_t i = 0; i < m->n_tensors; i++) {
        free(m->tensor[i].name);
        free(m->tensor[i].data);
    }
    free(m->tensor);
    m->tensor = NULL;
    m->n_tensors = m->cap = 0;
    free(m->ready);
    m->ready = NULL;
}

int ir_learner_fit(struct ir_learned *m, const struct ir_learn_data *a, uint64_t seed,
                   struct ir_pool *pool, struct ir_err *err)
{
    const char *name = m->learner->name;
    size_t positives = 0;
    if (a->n == 0)
        return ir_fail(err, "%s: no clip to learn from", name);
    if (a->k < 2)
        return ir_fail(err, "%s: found %zu class, wanted at least two", name, a->k);
    if (m->learner->needs_features && a->d == 0)
        return ir_fail(err, "%s: the clips have no features", name);
    for (size_t c = 0; c < a->k; c++) {
        size_t known, positive;
        ir_learn_count(a, c, &known, &positive);
        positives += positive > 0;
    }
    if (positives == 0)
        return ir_fail(err, "%s: none of the %zu clips has a label", name, a->n);
    if (a->single && positives < 2)
        return ir_fail(err, "%s: all %zu clips are of one class, wanted at least two", name, a->n);
    drop_tensors(m);
    m->d = m->learner->needs_features ? a->d : 0;
    m->k = a->k;
    m->single = a->single;
    return m->learner->fit(m, a, seed, pool, err);
}

int ir_learner_predict(const struct ir_learned *m, const float *x, size_t n, size_t d, float *p,
                       struct ir_pool *pool, struct ir_err *err)
{
    if (m->d > 0 && d != m->d)
        return ir_fail(err, "found %zu features, wanted %zu as in the model", d, m->d);
    for (size_t i = 0; i < n * m->d; i++)
        if (!isfinite(x[i]))
            return ir_fail(err, "feature %zu is not a finite number", i % m->d + 1);
    if (n > 0)
        m->learner->predict(m, x, n, p, pool);
    return 0;
}

void ir_learner_free(struct ir_learned *m)
{
    drop_tensors(m);
    ir_meta_free(&m->option);
    memset(m, 0, sizeof *m);
}
