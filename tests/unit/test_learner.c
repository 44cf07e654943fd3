/* test_learner.c - the learners against scikit-learn, through a model file and back, with hostile
 * models. */
#include "learn.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { ALL = 1600, TRAIN = 1200, TEST = ALL - TRAIN, D = 16, K = 4 };

static float x[ALL * D], y[ALL * K], golden[3][TEST * K];
static struct ir_learn_data data = {.k = K};

static void load(const char *name, float *to, size_t n)
{
    char path[200];
    snprintf(path, sizeof path, "tests/data/learner/%s", name);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    assert_int_equal(fread(to, sizeof *to, n, f), n);
    fclose(f);
}

static int setup(void **state)
{
    (void)state;
    load("x.f32", x, ALL * D);
    load("y.f32", y, ALL * K);
    load("probabilities.f32", golden[0], 3 * TEST * K);
    for (size_t i = 0; i < TRAIN; i++)
        assert_int_equal(ir_learn_add(&data, x + i * D, D, y + i * K, NULL), 0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    ir_learn_free(&data);
    return 0;
}

static void fit(struct ir_learned *m, const char *text, uint64_t seed,
                const struct ir_learn_data *a, unsigned threads)
{
    struct ir_err err = {""};
    struct ir_pool *pool = ir_pool_new(threads);
    int rc = ir_learner_parse(m, text, &err);
    if (rc == 0)
        rc = ir_learner_fit(m, a, seed, pool, &err);
    assert_string_equal(err.text, "");
    assert_int_equal(rc, 0);
    ir_pool_free(pool);
}

static void predict(const struct ir_learned *m, float *p)
{
    assert_int_equal(ir_learner_predict(m, x + TRAIN * D, TEST, D, p, NULL, NULL), 0);
}

static double f1(const float *p, bool macro)
{
    double tp[K] = {0}, wrong[K] = {0}, all[2] = {0}, mean = 0;
    for (size_t i = 0; i < TEST * K; i++) {
        bool yes = p[i] >= 0.5f, is = y[TRAIN * K + i] >= 0.5f;
        tp[i % K] += yes && is;
        wrong[i % K] += yes != is;
    }
    for (size_t c = 0; c < K; c++) {
        mean += 2 * tp[c] / (2 * tp[c] + wrong[c]) / (double)K;
        all[0] += tp[c];
        all[1] += wrong[c];
    }
    return macro ? mean : 2 * all[0] / (2 * all[0] + all[1]);
}

static double furthest(const float *a, const float *b, size_t n)
{
    double most = 0;
    for (size_t i = 0; i < n; i++) {
        double off = fabs((double)a[i] - (double)b[i]);
        most = off > most || isnan(off) ? off : most; /* GCC 12.2 for arm64 breaks on fmax here */
    }
    return most;
}

static void test_logistic_is_sklearns(void **state)
{
    struct ir_learned m;
    float p[TEST * K];
    (void)state;
    fit(&m, "logistic", 0, &data, 1);
    predict(&m, p);
    assert_true(furthest(p, golden[0], TEST * K) < 5e-4);
    ir_learner_free(&m);
}

/* Our probability is the logistic function of a slope times the margin: same order, same side of 0.
 */
static void test_svm_is_sklearns(void **state)
{
    struct ir_learned m;
    float p[TEST * K];
    (void)state;
    fit(&m, "svm", 0, &data, 1);
    predict(&m, p);
    for (size_t c = 0; c < K; c++) {
        double slope = 0;
        for (size_t i = c; i < TEST * K; i += K) {
            double z = (double)golden[1][i], logit = log((double)p[i] / (1 - (double)p[i]));
            if (fabs(z) < 0.05 || fabs(logit) > 10)
                continue;
            slope = slope > 0 ? slope : logit / z;
            assert_true(logit / z > 0.97 * slope && logit / z < 1.03 * slope);
        }
        assert_true(slope > 0);
    }
    ir_learner_free(&m);
}

/* One label a clip: the most probable class is that of the largest margin, also where margins are
 * large. */
static void test_svm_keeps_the_order_of_margins(void **state)
{
    struct ir_learn_data a = {.k = 3, .single = true};
    struct ir_learned m;
    float p[3];
    (void)state;
    for (int i = 0; i < 60; i++) {
        float row[2] = {(float)(i % 3) * 100 + (float)(i % 7), (float)(i % 5)},
              label[3] = {0, 0, 0};
        label[i % 3] = 1;
        assert_int_equal(ir_learn_add(&a, row, 2, label, NULL), 0);
    }
    fit(&m, "svm c=1000", 0, &a, 1);
    const float *w = m.tensor[0].data, *b = m.tensor[1].data;
    assert_string_equal(m.tensor[0].name, "svm.weight");
    for (int i = -40; i < 80; i++) {
        float row[2] = {(float)(i * 10), (float)i};
        size_t best = 0, first = 0;
        double z[3], sum = 0;
        assert_int_equal(ir_learner_predict(&m, row, 1, 2, p, NULL, NULL), 0);
        for (size_t c = 0; c < 3; c++) {
            z[c] = (double)(w[c * 2] * row[0] + w[c * 2 + 1] * row[1] + b[c]);
            best = z[c] > z[best] ? c : best;
            first = p[c] > p[first] ? c : first;
            sum += (double)p[c];
        }
        assert_int_equal(best, first);
        assert_true(fabs(sum - 1) < 1e-5);
    }
    ir_learner_free(&m);
    ir_learn_free(&a);
}

static void test_knn_is_sklearns(void **state)
{
    struct ir_learned m;
    float p[TEST * K];
    (void)state;
    fit(&m, "knn", 0, &data, 1);
    predict(&m, p);
    assert_true(furthest(p, golden[2], TEST * K) < 1e-6);
    ir_learner_free(&m);
}

static void within(const char *kind, const char *what, double value)
{
    FILE *f = fopen("tests/data/learner/forest.tsv", "r");
    char a[32], b[32];
    double mean, deviation;
    bool found = false;
    assert_non_null(f);
    while (fscanf(f, "%31s %31s %lf %lf", a, b, &mean, &deviation) == 4)
        if (strcmp(a, kind) == 0 && strcmp(b, what) == 0) {
            /* Both means over seeds are uncertain: three deviations of one forest are ample. */
            assert_true(fabs(value - mean) < 3 * deviation);
            found = true;
        }
    assert_true(found);
    fclose(f);
}

/* The mean over five seeds lies in scikit-learn's spread from seed to seed. */
static void test_forest_is_as_good_as_sklearns(void **state)
{
    static const char *const kind[] = {"relevance", "joint"};
    float p[TEST * K];
    (void)state;
    for (size_t j = 0; j < 2; j++) {
        double micro = 0, macro = 0;
        for (uint64_t seed = 0; seed < 5; seed++) {
            struct ir_learned m;
            fit(&m, j ? "forest joint=yes" : "forest", seed, &data, 2);
            predict(&m, p);
            micro += f1(p, false) / 5;
            macro += f1(p, true) / 5;
            ir_learner_free(&m);
        }
        within(kind[j], "micro", micro);
        within(kind[j], "macro", macro);
    }
}

/* Four classes, one a clip: which of labels 0 and 1 it has. */
static void one_class(float *to, const float *labels)
{
    memset(to, 0, K * sizeof *to);
    to[(labels[0] >= 0.5f ? 1 : 0) + (labels[1] >= 0.5f ? 2 : 0)] = 1;
}

static void test_forest_with_one_label(void **state)
{
    struct ir_learn_data a = {.k = K, .single = true};
    float p[TEST * K], label[K];
    double right = 0;
    (void)state;
    for (size_t i = 0; i < TRAIN; i++) {
        one_class(label, y + i * K);
        assert_int_equal(ir_learn_add(&a, x + i * D, D, label, NULL), 0);
    }
    for (uint64_t seed = 0; seed < 5; seed++) {
        struct ir_learned m;
        fit(&m, "forest", seed, &a, 2);
        predict(&m, p);
        for (size_t i = 0; i < TEST; i++) {
            size_t best = 0;
            double sum = 0;
            for (size_t c = 0; c < K; c++) {
                best = p[i * K + c] > p[i * K + best] ? c : best;
                sum += (double)p[i * K + c];
            }
            one_class(label, y + (TRAIN + i) * K);
            right += (double)label[best] / (double)TEST / 5;
            assert_true(fabs(sum - 1) < 1e-5);
        }
        ir_learner_free(&m);
    }
    within("single", "accuracy", right);
    ir_learn_free(&a);
}

/* Every learner of the registry: fit on its example, write, read back, same bytes of predictions;
 * threads do not matter; the seed matters for the forest alone. */
static void test_every_learner_through_a_file(void **state)
{
    size_t n;
    const struct ir_learner *const *all = ir_learner_all(&n);
    (void)state;
    assert_true(n >= 5);
    for (size_t l = 0; l < n; l++) {
        char text[200], path[] = "/tmp/test_learner_XXXXXX", *paths = path;
        float p[TEST * K], q[TEST * K];
        struct ir_learned m, back, two;
        struct ir_meta head = {0};
        struct ir_err err;
        snprintf(text, sizeof text, "%s %s", all[l]->name, all[l]->example);
        assert_memory_equal(all[l]->usage, all[l]->name, strlen(all[l]->name));
        fit(&m, text, 7, &data, 1);
        fit(&two, text, 7, &data, 3);
        predict(&m, p);
        predict(&two, q);
        assert_memory_equal(p, q, sizeof p);
        for (size_t i = 0; i < TEST * K; i++)
            assert_true(p[i] >= 0 && p[i] <= 1);
        close(mkstemp(path));
        ir_meta_set(&head, "classes", "a b c d");
        ir_learner_header(&m, &head);
        struct ir_writer *w = ir_writer_open(path, &head, true, &err);
        assert_non_null(w);
        assert_int_equal(ir_learner_write(&m, w, &err), 0);
        assert_int_equal(ir_writer_close(w, 0, &err), 0);
        struct ir_reader *r = ir_reader_open(&paths, 1, &err);
        assert_non_null(r);
        assert_int_equal(ir_learner_read(&back, r, &err), 0);
        ir_reader_close(r);
        memset(q, 0, sizeof q);
        predict(&back, q);
        assert_memory_equal(p, q, sizeof p);
        unlink(path);
        ir_learner_free(&m);
        ir_learner_free(&two);
        ir_learner_free(&back);
        ir_meta_free(&head);
    }
}

static struct ir_learn_tensor *tensor(struct ir_learned *m, const char *name)
{
    for (size_t i = 0; i < m->n_tensors; i++)
        if (strcmp(m->tensor[i].name, name) == 0)
            return &m->tensor[i];
    fail();
    return NULL;
}

/* A forest whose nodes lead backwards, outside, or ask for features that are not there. */
static void test_hostile_forest(void **state)
{
    static const struct {
        const char *name;
        size_t at;
        int32_t value;
    } change[] = {{"forest.left", 0, 0},         {"forest.left", 0, -5},
                  {"forest.left", 0, 100000000}, {"forest.feature", 0, D},
                  {"forest.feature", 0, -2},     {"forest.start", 0, -1},
                  {"forest.start", 1, 0},        {"forest.start", 1, 1 << 30}};
    struct ir_learned m;
    struct ir_err err;
    (void)state;
    fit(&m, "forest trees=3", 1, &data, 1);
    assert_int_equal(m.learner->check(&m, &err), 0);
    for (size_t i = 0; i < sizeof change / sizeof *change; i++) {
        int32_t *v = (int32_t *)tensor(&m, change[i].name)->data + change[i].at, old = *v;
        *v = change[i].value;
        assert_int_equal(m.learner->check(&m, &err), -1);
        assert_memory_equal(err.text, "forest model: ", 14);
        *v = old;
    }
    ((float *)tensor(&m, "forest.threshold")->data)[0] = (float)NAN;
    assert_int_equal(m.learner->check(&m, &err), -1);
    ir_learner_free(&m);
}

static void test_refused(void **state)
{
    struct ir_learn_data a = {.k = 2};
    struct ir_learned m;
    struct ir_err err;
    float one[2] = {1, 0}, bad[2] = {1, (float)INFINITY}, label[2] = {1, 2};
    (void)state;
    assert_int_equal(ir_learner_parse(&m, "logistic c=1", &err), 0);
    assert_int_equal(ir_learner_fit(&m, &a, 0, NULL, &err), -1);
    assert_string_equal(err.text, "logistic: no clip to learn from");
    assert_int_equal(ir_learn_add(&a, bad, 2, one, &err), -1);
    assert_string_equal(err.text, "feature 2 is not a finite number");
    assert_int_equal(ir_learn_add(&a, one, 2, label, &err), -1);
    assert_int_equal(ir_learn_add(&a, one, 2, one, &err), 0);
    assert_int_equal(ir_learn_add(&a, one, 1, one, &err), -1);
    a.single = true;
    assert_int_equal(ir_learner_fit(&m, &a, 0, NULL, &err), -1);
    assert_string_equal(err.text, "logistic: all 1 clips are of one class, wanted at least two");
    ir_learner_free(&m);
    assert_int_equal(ir_learner_parse(&m, "logistic c=nan", &err), 0);
    a.single = false;
    assert_int_equal(ir_learner_fit(&m, &a, 0, NULL, &err), -1);
    ir_learner_free(&m);
    assert_int_equal(ir_learner_parse(&m, "forest trees", &err), -1);
    ir_learner_free(&m);
    assert_int_equal(ir_learner_parse(&m, "", &err), -1);
    ir_learn_free(&a);
}

/* A class nobody has, a class everybody has, and equal features everywhere. */
static void test_degenerate(void **state)
{
    static const char *const names[] = {"logistic", "svm", "forest trees=5", "knn"};
    struct ir_learn_data a = {.k = 3};
    float p[3], same[2] = {4, 4};
    (void)state;
    for (size_t i = 0; i < 20; i++)
        assert_int_equal(ir_learn_add(&a, same, 2, (float[]){0, 1, i % 2 ? 1.0f : 0.0f}, NULL), 0);
    for (size_t l = 0; l < 4; l++) {
        struct ir_learned m;
        fit(&m, names[l], 0, &a, 1);
        assert_int_equal(ir_learner_predict(&m, same, 1, 2, p, NULL, NULL), 0);
        assert_true(p[0] < 0.1f && p[1] > 0.9f && p[2] > 0.1f && p[2] < 0.9f);
        ir_learner_free(&m);
    }
    ir_learn_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_logistic_is_sklearns),
        cmocka_unit_test(test_svm_is_sklearns),
        cmocka_unit_test(test_svm_keeps_the_order_of_margins),
        cmocka_unit_test(test_knn_is_sklearns),
        cmocka_unit_test(test_forest_is_as_good_as_sklearns),
        cmocka_unit_test(test_forest_with_one_label),
        cmocka_unit_test(test_every_learner_through_a_file),
        cmocka_unit_test(test_hostile_forest),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_degenerate),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
