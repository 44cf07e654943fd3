/* learner_knn.c - the k nearest training clips by Euclidean distance of standardised features; the
 * probability of a class is its share among those of them whose label is known. */
#include "learner.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NEIGHBOURS_MAX 1000
#define ROWS           32 /* queries a task: the training rows pass by once for all of them */

static int fit(struct ir_learned *m, const struct ir_learn_data *a, uint64_t seed,
               struct ir_pool *pool, struct ir_err *err)
{
    long long neighbours;
    (void)seed;
    (void)pool;
    if (ir_learned_int(m, "neighbours", 1, NEIGHBOURS_MAX, &neighbours, err))
        return -1;
    float *mean = ir_learned_add(m, "knn.mean", 'f', a->d, 0);
    float *scale = ir_learned_add(m, "knn.scale", 'f', a->d, 0);
    float *x = ir_learned_add(m, "knn.x", 'f', a->n, a->d);
    float *y = ir_learned_add(m, "knn.y", 'f', a->n, a->k);
    ir_standard_fit(a, mean, scale);
    ir_standard_apply(a->x, a->n, a->d, mean, scale, x);
    for (size_t i = 0; i < a->n * a->k; i++)
        y[i] = isnan(a->y[i]) ? -1.0f : a->y[i] >= 0.5f ? 1.0f : 0.0f; /* -1: unknown */
    return 0;
}

static int check(const struct ir_learned *m, struct ir_err *err)
{
    long long neighbours;
    size_t n = ir_learned_rows(m, "knn.x");
    if (ir_learned_int(m, "neighbours", 1, NEIGHBOURS_MAX, &neighbours, err) ||
        !ir_learned_find(m, "knn.mean", 'f', m->d, 0, err) ||
        !ir_learned_find(m, "knn.scale", 'f', m->d, 0, err) ||
        !ir_learned_find(m, "knn.x", 'f', n, m->d, err) ||
        !ir_learned_find(m, "knn.y", 'f', n, m->k, err) || ir_learned_finite(m, "knn.mean", err) ||
        ir_learned_finite(m, "knn.scale", err) || ir_learned_finite(m, "knn.x", err) ||
        ir_learned_finite(m, "knn.y", err))
        return -1;
    return n > 0 ? 0 : ir_fail(err, "knn model: no training clip");
}

struct near {
    float distance;
    uint32_t i;
};

struct job {
    const struct ir_learned *m;
    const float *mean, *scale, *train, *y, *x;
    size_t n, trained, neighbours;
    float *p;
};

static float distance(const float *a, const float *b, size_t d)
{
    float part[16] = {0}, sum = 0;
    size_t j = 0;
    for (; j + 16 <= d; j += 16)
        for (size_t l = 0; l < 16; l++) {
            float e = a[j + l] - b[j + l];
            part[l] += e * e;
        }
    for (; j < d; j++)
        part[j % 16] += (a[j] - b[j]) * (a[j] - b[j]);
    for (size_t l = 0; l < 16; l++)
        sum += part[l];
    return sum;
}

/* Keep the list sorted; equals stay in training order. */
static void offer(struct near *list, size_t *n, size_t max, float far, uint32_t i)
{
    if (*n == max && far >= list[max - 1].distance)
        return;
    size_t at = *n < max ? (*n)++ : max - 1;
    for (; at > 0 && list[at - 1].distance > far; at--)
        list[at] = list[at - 1];
    list[at] = (struct near){far, i};
}

static void vote(const struct job *j, const struct near *list, size_t n, float *p)
{
    size_t k = j->m->k;
    for (size_t c = 0; c < k; c++) {
        float yes = 0, known = 0;
        for (size_t i = 0; i < n; i++) {
            float y = j->y[list[i].i * k + c];
            known += y >= 0;
            yes += y > 0;
        }
        p[c] = known > 0 ? yes / known : 0;
    }
}

static void some_rows(void *arg, size_t task, unsigned thread)
{
    struct job *j = arg;
    size_t d = j->m->d, from = task * ROWS, rows = j->n - from < ROWS ? j->n - from : ROWS;
    size_t count[ROWS] = {0};
    (void)thread;
    float *x = ir_alloc_aligned(rows * d, sizeof *x);
    struct near *list = ir_alloc(rows * j->neighbours, sizeof *list);
    ir_standard_apply(j->x + from * d, rows, d, j->mean, j->scale, x);
    for (size_t t = 0; t < j->trained; t++)
        for (size_t i = 0; i < rows; i++)
            offer(list + i * j->neighbours, &count[i], j->neighbours,
                  distance(x + i * d, j->train + t * d, d), (uint32_t)t);
    for (size_t i = 0; i < rows; i++)
        vote(j, list + i * j->neighbours, count[i], j->p + (from + i) * j->m->k);
    free(list);
    free(x);
}

static void predict(const struct ir_learned *m, const float *x, size_t n, float *p,
                    struct ir_pool *pool)
{
    long long neighbours = 1;
    ir_learned_int(m, "neighbours", 1, NEIGHBOURS_MAX, &neighbours, NULL);
    struct job j = {.m = m, .x = x, .n = n, .p = p, .neighbours = (size_t)neighbours};
    j.trained = ir_learned_rows(m, "knn.x");
    j.mean = ir_learned_find(m, "knn.mean", 'f', m->d, 0, NULL);
    j.scale = ir_learned_find(m, "knn.scale", 'f', m->d, 0, NULL);
    j.train = ir_learned_find(m, "knn.x", 'f', j.trained, m->d, NULL);
    j.y = ir_learned_find(m, "knn.y", 'f', j.trained, m->k, NULL);
    ir_pool_run(pool, (n + ROWS - 1) / ROWS, some_rows, &j);
}

const struct ir_learner ir_learner_knn = {
    .name = "knn",
    .usage =
        "knn [neighbours=5]: share of each class among the nearest training clips, standardised "
        "features, Euclidean distance",
    .defaults = "neighbours=5",
    .example = "neighbours=3",
    .needs_features = true,
    .fit = fit,
    .check = check,
    .predict = predict,
};
