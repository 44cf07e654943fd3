/* learner_bench.c - fit and predict times of the learners on 16,800 × 60 features with 11 labels,
 * and their F1 on 4,200 other clips. learner_bench DIR writes the same data to DIR for
 * learner_bench.py (scikit-learn). */
#include "learn.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TRAIN = 16800, TEST = 4200, ALL = TRAIN + TEST, D = 60, K = 11, HIDDEN = 8 };

/* Labels that come together through hidden causes, features that mix labels, products of them and
 * noise. */
static void make(float *x, float *y)
{
    struct ir_rng r;
    static float to_label[K][HIDDEN], to_x[D][K], pair[D][2];
    ir_rng_seed(&r, 7);
    for (size_t c = 0; c < K; c++)
        for (size_t h = 0; h < HIDDEN; h++)
            to_label[c][h] = (float)ir_rng_normal(&r);
    for (size_t j = 0; j < D; j++) {
        for (size_t c = 0; c < K; c++)
            to_x[j][c] = ir_rng_uniform(&r) < 0.3 ? (float)ir_rng_normal(&r) : 0;
        pair[j][0] = (float)ir_rng_below(&r, K);
        pair[j][1] = (float)ir_rng_below(&r, K);
    }
    for (size_t i = 0; i < ALL; i++) {
        float hidden[HIDDEN];
        for (size_t h = 0; h < HIDDEN; h++)
            hidden[h] = (float)ir_rng_normal(&r);
        for (size_t c = 0; c < K; c++) {
            double z = 2 * ir_rng_normal(&r) - 3.5 + 0.4 * (double)c;
            for (size_t h = 0; h < HIDDEN; h++)
                z += (double)(to_label[c][h] * hidden[h]);
            y[i * K + c] = z > 0 ? 1 : 0;
        }
        for (size_t j = 0; j < D; j++) {
            double v = 1.5 * ir_rng_normal(&r);
            for (size_t c = 0; c < K; c++)
                v += (double)(to_x[j][c] * y[i * K + c]);
            v += 1.5 * (double)(y[i * K + (size_t)pair[j][0]] * y[i * K + (size_t)pair[j][1]]);
            x[i * D + j] = (float)(v * (1 + (double)j));
        }
    }
}

static void dump(const char *dir, const char *name, const float *v, size_t n)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(v, sizeof *v, n, f) != n || fclose(f))
        exit((fprintf(stderr, "learner_bench: cannot write %s\n", path), 1));
}

static void score(const float *p, const float *y, double *micro, double *macro)
{
    double tp[K] = {0}, fp[K] = {0}, fn[K] = {0}, all[3] = {0};
    *macro = 0;
    for (size_t i = 0; i < (size_t)TEST * K; i++) {
        bool yes = p[i] >= 0.5f, is = y[i] >= 0.5f;
        tp[i % K] += yes && is;
        fp[i % K] += yes && !is;
        fn[i % K] += !yes && is;
    }
    for (size_t c = 0; c < K; c++) {
        *macro += 2 * tp[c] / (2 * tp[c] + fp[c] + fn[c]) / K;
        all[0] += tp[c];
        all[1] += fp[c];
        all[2] += fn[c];
    }
    *micro = 2 * all[0] / (2 * all[0] + all[1] + all[2]);
}

static void run(const char *text, unsigned threads, const struct ir_learn_data *a, const float *x,
                const float *y)
{
    struct ir_learned m;
    struct ir_err err;
    struct ir_pool *pool = ir_pool_new(threads);
    float *p = ir_alloc((size_t)TEST * K, sizeof *p);
    double micro, macro, fit = 1e9, predict = 1e9;
    for (int turn = 0; turn < 3; turn++) {
        double t0 = ir_clock_s();
        if (ir_learner_parse(&m, text, &err) || ir_learner_fit(&m, a, 1, pool, &err))
            exit((fprintf(stderr, "learner_bench: %s\n", err.text), 1));
        double t1 = ir_clock_s();
        if (ir_learner_predict(&m, x, TEST, D, p, pool, &err))
            exit((fprintf(stderr, "learner_bench: %s\n", err.text), 1));
        double t2 = ir_clock_s();
        fit = fmin(fit, t1 - t0);
        predict = fmin(predict, t2 - t1);
        ir_learner_free(&m);
    }
    score(p, y, &micro, &macro);
    printf("%-22s %7u %8.3f s %8.3f s   %.4f   %.4f\n", text, threads, fit, predict, micro, macro);
    fflush(stdout);
    free(p);
    ir_pool_free(pool);
}

int main(int argc, char **argv)
{
    static const char *const what[] = {"logistic", "forest", "forest joint=yes", "svm", "knn"};
    float *x = ir_alloc((size_t)ALL * D, sizeof *x), *y = ir_alloc((size_t)ALL * K, sizeof *y);
    struct ir_learn_data a = {.k = K};
    make(x, y);
    if (argc > 1) {
        dump(argv[1], "x.f32", x, (size_t)ALL * D);
        dump(argv[1], "y.f32", y, (size_t)ALL * K);
    }
    for (size_t i = 0; i < TRAIN; i++)
        if (ir_learn_add(&a, x + i * D, D, y + i * K, NULL))
            return 1;
    printf("%-22s %7s %10s %10s   %s\n", "irtools", "threads", "fit", "predict", "F1 micro, macro");
    for (unsigned threads = 1; threads <= 2; threads++)
        for (size_t i = 0; i < sizeof what / sizeof *what; i++)
            run(what[i], threads, &a, x + (size_t)TRAIN * D, y + (size_t)TRAIN * K);
    ir_learn_free(&a);
    free(x);
    free(y);
    return 0;
}
