/* learner_forest.c - random forest (Breiman 2001): trees on bootstrap samples, a random part of the
 * features in each node, Gini impurity, no limit of depth; the probability is the mean of the
 * leaves' shares, as in scikit-learn. Several labels: one forest a class (binary relevance), or
 * with joint=yes one forest for all classes whose trees share their splits. Difference to
 * scikit-learn: a feature with more than 256 distinct values is cut at 255 quantiles. */
#include "forest.h"
#include "learner.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK 256

struct job {
    struct ir_grow *grow; /* [forests] */
    struct ir_tree *tree; /* [forests × trees] */
    size_t trees;
    uint64_t seed;
};

static void one_tree(void *arg, size_t task, unsigned thread)
{
    struct job *j = arg;
    uint64_t name[2] = {task / j->trees, task % j->trees};
    (void)thread;
    if (j->grow[name[0]].rows > 0)
        ir_tree_grow(&j->tree[task], &j->grow[name[0]], ir_hash(name, sizeof name, j->seed));
}

static int settings(struct ir_learned *m, size_t d, struct ir_grow *g, long long *trees,
                    bool *joint, struct ir_err *err)
{
    const char *features = ir_learned_text(m, "features"), *text = ir_learned_text(m, "joint");
    long long n, depth, leaf;
    if (ir_learned_int(m, "trees", 1, 100000, trees, err) ||
        ir_learned_int(m, "depth", 0, 1000, &depth, err) ||
        ir_learned_int(m, "leaf", 1, 1000000, &leaf, err))
        return -1;
    if (strcmp(features, "sqrt") == 0)
        n = (long long)sqrt((double)d);
    else if (strcmp(features, "all") == 0)
        n = (long long)d;
    else if (ir_learned_int(m, "features", 1, (long long)d, &n, err))
        return -1;
    if (strcmp(text, "yes") != 0 && strcmp(text, "no") != 0)
        return ir_fail(err, "forest: joint is '%s', wanted yes or no", text);
    *joint = strcmp(text, "yes") == 0;
    g->try_features = n > 0 ? (size_t)n : 1;
    g->max_depth = (size_t)depth;
    g->min_leaf = (size_t)leaf;
    return 0;
}

/* The clips and labels of forest i: class i alone, or all classes. */
static int prepare(const struct ir_learn_data *a, struct ir_grow *g, size_t i, bool all,
                   struct ir_err *err)
{
    uint32_t *row = ir_alloc(a->n, sizeof *row);
    g->outputs = all ? a->k : 1;
    g->stride = all ? (a->k + 3) / 4 * 4 : 1;
    float *y = ir_zalloc_aligned(a->n * g->stride, sizeof *y);
    g->row = row;
    g->y = y;
    g->rows = 0;
    for (size_t r = 0; r < a->n; r++) {
        bool known = true;
        for (size_t c = all ? 0 : i; c < (all ? a->k : i + 1); c++) {
            float label = a->y[r * a->k + c];
            known &= !isnan(label);
            y[r * g->stride + (all ? c : 0)] = label >= 0.5f ? 1.0f : 0.0f;
        }
        if (!known && all)
            return ir_fail(err, "forest: joint=yes needs every label, clip %zu has unknown ones",
                           r + 1);
        if (known)
            row[g->rows++] = (uint32_t)r;
    }
    return 0;
}

/* All trees one after another. */
static int pack(struct ir_learned *m, const struct ir_tree *tree, size_t n, size_t outputs,
                struct ir_err *err)
{
    size_t nodes = 0, leaves = 0;
    for (size_t i = 0; i < n; i++) {
        nodes += tree[i].n;
        leaves += tree[i].leaves;
    }
    if (nodes >= INT32_MAX / 8 || leaves * outputs >= INT32_MAX / 8)
        return ir_fail(
            err, "forest: %zu nodes are too many for a model, limit the depth or the trees", nodes);
    int32_t *start = ir_learned_add(m, "forest.start", 'i', n + 1, 0);
    int32_t *feature = ir_learned_add(m, "forest.feature", 'i', nodes, 0);
    int32_t *left = ir_learned_add(m, "forest.left", 'i', nodes, 0);
    float *threshold = ir_learned_add(m, "forest.threshold", 'f', nodes, 0);
    float *value = outputs > 1 ? ir_learned_add(m, "forest.value", 'f', leaves, outputs) : NULL;
    size_t at = 0, leaf = 0;
    for (size_t i = 0; i < n; i++) {
        const struct ir_tree *t = &tree[i];
        start[i] = (int32_t)at;
        for (size_t j = 0; j < t->n; j++, at++) {
            feature[at] = t->feature[j];
            threshold[at] = t->threshold[j];
            left[at] = t->left[j];
            if (outputs > 1 && t->feature[j] < 0)
                left[at] += (int32_t)leaf;
        }
        if (value)
            memcpy(value + leaf * outputs, t->value, t->leaves * outputs * sizeof *value);
        leaf += t->leaves;
    }
    start[n] = (int32_t)at;
    return 0;
}

static int fit(struct ir_learned *m, const struct ir_learn_data *a, uint64_t seed,
               struct ir_pool *pool, struct ir_err *err)
{
    struct ir_grow how = {0};
    struct ir_bins bins = {0};
    long long trees;
    bool joint = false;
    if (settings(m, a->d, &how, &trees, &joint, err))
        return -1;
    bool all = joint || a->single;
    size_t forests = all ? 1 : a->k, n = forests * (size_t)trees;
    struct job job = {ir_zalloc(forests, sizeof *job.grow), ir_zalloc(n, sizeof *job.tree),
                      (size_t)trees, seed};
    int rc = 0;
    ir_bins_make(&bins, a->x, a->n, a->d, pool);
    how.bins = &bins;
    for (size_t i = 0; i < forests; i++) {
        job.grow[i] = how;
        if (rc == 0)
            rc = prepare(a, &job.grow[i], i, all, err);
    }
    if (rc == 0)
        ir_pool_run(pool, n, one_tree, &job);
    for (size_t i = 0; i < n && rc == 0; i++)
        if (job.tree[i].n == 0) { /* a class without known labels: one leaf that says no */
            job.tree[i].feature = ir_alloc(1, sizeof(int32_t));
            job.tree[i].left = ir_zalloc(1, sizeof(int32_t));
            job.tree[i].threshold = ir_zalloc(1, sizeof(float));
            job.tree[i].feature[0] = -1;
            job.tree[i].n = 1;
        }
    if (rc == 0)
        rc = pack(m, job.tree, n, all ? a->k : 1, err);
    for (size_t i = 0; i < n; i++)
        ir_tree_free(&job.tree[i]);
    for (size_t i = 0; i < forests; i++) {
        free((void *)(uintptr_t)job.grow[i].row);
        free((void *)(uintptr_t)job.grow[i].y);
    }
    free(job.grow);
    free(job.tree);
    ir_bins_free(&bins);
    return rc;
}

struct forest {
    const struct ir_learned *m;
    const int32_t *start, *feature, *left;
    const float *threshold, *value;
    size_t trees, leaves; /* all trees; rows of value */
    const float *x;
    size_t n;
    float *p;
};

static int open_forest(const struct ir_learned *m, struct forest *f, struct ir_err *err)
{
    size_t starts = ir_learned_rows(m, "forest.start"),
           nodes = ir_learned_rows(m, "forest.feature");
    *f = (struct forest){.m = m, .trees = starts > 0 ? starts - 1 : 0};
    f->leaves = ir_learned_rows(m, "forest.value");
    f->start = ir_learned_find(m, "forest.start", 'i', starts, 0, err);
    f->feature = f->start ? ir_learned_find(m, "forest.feature", 'i', nodes, 0, err) : NULL;
    f->left = f->feature ? ir_learned_find(m, "forest.left", 'i', nodes, 0, err) : NULL;
    f->threshold = f->left ? ir_learned_find(m, "forest.threshold", 'f', nodes, 0, err) : NULL;
    if (!f->threshold)
        return -1;
    if (f->leaves > 0)
        f->value = ir_learned_find(m, "forest.value", 'f', f->leaves, m->k, err);
    return f->leaves > 0 && !f->value ? -1 : 0;
}

/* Every step leads to a later node of the same tree, every leaf has a share: then predict() ends.
 */
static int check_tree(const struct forest *f, size_t tree, struct ir_err *err)
{
    int32_t from = f->start[tree], to = f->start[tree + 1];
    for (int32_t i = from; i < to; i++) {
        int32_t at = i - from, left = f->left[i];
        if (f->feature[i] >= (int32_t)f->m->d || f->feature[i] < -1)
            return ir_fail(err, "forest model: node %d asks for feature %d of %zu", i,
                           f->feature[i], f->m->d);
        if (f->feature[i] >= 0 && (left <= at || left >= to - from - 1))
            return ir_fail(err, "forest model: node %d leads to %d, outside its tree", i, left);
        if (f->feature[i] < 0 && f->value && (left < 0 || (size_t)left >= f->leaves))
            return ir_fail(err, "forest model: leaf %d has no value", i);
        if (f->feature[i] < 0 && !f->value && !(f->threshold[i] >= 0 && f->threshold[i] <= 1))
            return ir_fail(err, "forest model: the share of leaf %d is outside 0 to 1", i);
    }
    return 0;
}

static int check(const struct ir_learned *m, struct ir_err *err)
{
    struct forest f;
    if (open_forest(m, &f, err) || ir_learned_finite(m, "forest.threshold", err))
        return -1;
    size_t nodes = ir_learned_rows(m, "forest.feature");
    if (f.trees == 0 || (!f.value && f.trees % m->k != 0))
        return ir_fail(err, "forest model: %zu trees do not fit %zu classes", f.trees, m->k);
    for (size_t i = 0; i < f.trees; i++)
        if (f.start[i] < 0 || f.start[i + 1] <= f.start[i] || (size_t)f.start[i + 1] > nodes)
            return ir_fail(err, "forest model: tree %zu is empty or outside the nodes", i + 1);
    for (size_t i = 0; i < f.trees; i++)
        if (check_tree(&f, i, err))
            return -1;
    for (size_t i = 0; f.value && i < f.leaves * m->k; i++)
        if (!(f.value[i] >= 0 && f.value[i] <= 1))
            return ir_fail(err, "forest model: the share of a leaf is outside 0 to 1");
    return 0;
}

static size_t walk(const struct forest *f, size_t tree, const float *x)
{
    size_t base = (size_t)f->start[tree], at = base;
    while (f->feature[at] >= 0)
        at = base + (size_t)f->left[at] + (x[f->feature[at]] <= f->threshold[at] ? 0 : 1);
    return at;
}

static void some_rows(void *arg, size_t task, unsigned thread)
{
    struct forest *f = arg;
    size_t k = f->m->k, d = f->m->d, from = task * CHUNK;
    size_t rows = f->n - from < CHUNK ? f->n - from : CHUNK;
    (void)thread;
    double *sum = ir_zalloc(rows * k, sizeof *sum);
    size_t a_class = f->value ? f->trees : f->trees / k; /* trees that vote on one class */
    for (size_t t = 0; t < f->trees; t++)
        for (size_t i = 0; i < rows; i++) {
            size_t at = walk(f, t, f->x + (from + i) * d);
            if (!f->value)
                sum[i * k + t / a_class] += (double)f->threshold[at];
            for (size_t c = 0; f->value && c < k; c++)
                sum[i * k + c] += (double)f->value[(size_t)f->left[at] * k + c];
        }
    for (size_t i = 0; i < rows * k; i++) {
        float share = (float)(sum[i] / (double)a_class);
        /* A tie of the votes is a no, as in scikit-learn, also for thresholds that include 0.5. */
        f->p[from * k + i] = share == 0.5f && !f->m->single ? nextafterf(0.5f, 0) : share;
    }
    free(sum);
}

static void predict(const struct ir_learned *m, const float *x, size_t n, float *p,
                    struct ir_pool *pool)
{
    struct forest f;
    if (open_forest(m, &f, NULL))
        return;
    f.x = x;
    f.n = n;
    f.p = p;
    ir_pool_run(pool, (n + CHUNK - 1) / CHUNK, some_rows, &f);
}

const struct ir_learner ir_learner_forest = {
    .name = "forest",
    .usage = "forest [trees=100 features=sqrt depth=0 leaf=1 joint=no]: random forest with Gini "
             "impurity; one forest a "
             "class, or with joint=yes one for all; depth 0: no limit",
    .defaults = "trees=100 features=sqrt depth=0 leaf=1 joint=no",
    .example = "trees=20",
    .needs_features = true,
    .fit = fit,
    .check = check,
    .predict = predict,
};
