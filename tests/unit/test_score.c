/* test_score.c - the table, the registry of metrics, weights, McNemar, calibration. */
#include "score.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void add(struct ir_scores *s, const char *labels, const float *p)
{
    struct ir_rec r;
    struct ir_err err;
    ir_rec_init(&r, 'f', 1, (uint32_t[]){(uint32_t)s->k});
    memcpy(r.data, p, s->k * sizeof *p);
    if (labels)
        ir_meta_set(&r.meta, "labels", labels);
    assert_int_equal(ir_scores_add(s, &r, true, &err), 0);
    ir_rec_free(&r);
}

static void start(struct ir_scores *s, const char *task, const char *labels)
{
    struct ir_meta head = {0};
    struct ir_err err;
    ir_meta_set(&head, "domain", "pred");
    ir_meta_set(&head, "classes", "a b c");
    ir_meta_set(&head, "labels", labels);
    ir_meta_set(&head, "task", task);
    assert_int_equal(ir_scores_start(s, &head, IR_TASK_ANY, false, &err), 0);
    ir_meta_free(&head);
}

static void fill(struct ir_scores *s, const char *task, const char *labels)
{
    start(s, task, labels);
    add(s, "a:1", (float[]){0.7f, 0.2f, 0.1f});
    add(s, "b:1", (float[]){0.2f, 0.2f, 0.6f});
    add(s, "b:1", (float[]){0.1f, 0.8f, 0.1f});
    add(s, "c:1", (float[]){0.3f, 0.4f, 0.3f});
    ir_scores_decide(s);
}

static const enum ir_average averages[] = {IR_AVG_ALL,     IR_AVG_MACRO, IR_AVG_MICRO,
                                           IR_AVG_SAMPLES, IR_AVG_CLASS, IR_AVG_WEIGHTED};

static void test_every_metric(void **state)
{
    (void)state;
    size_t n;
    const struct ir_metric *const *all = ir_metric_all(&n);
    assert_true(n >= 18);
    for (int task = 0; task < 2; task++) {
        struct ir_scores s;
        struct ir_sample v, twice, none;
        uint32_t two[4] = {2, 2, 2, 2}, zero[4] = {0};
        fill(&s, task ? "multi" : "single", "closed");
        ir_sample_start(&v, &s, NULL);
        ir_sample_start(&twice, &s, two);
        ir_sample_start(&none, &s, zero);
        for (size_t i = 0; i < n; i++) {
            const struct ir_metric *m = all[i];
            assert_ptr_equal(ir_metric_find(m->name), m);
            assert_true(strlen(m->help) > 10 && strlen(m->undefined) > 10);
            assert_null(strchr(m->help, '\n'));
            for (size_t a = 0; a < sizeof averages / sizeof *averages; a++) {
                double x = ir_metric_value(m, &v, averages[a], 1);
                if (!(m->averages &
                      (averages[a] == IR_AVG_WEIGHTED ? IR_AVG_MACRO : (unsigned)averages[a]))) {
                    assert_true(isnan(x) != 0);
                    continue;
                }
                if (!isnan(x))
                    assert_true(m->raw || (x >= 0 && x <= 1));
                double y = ir_metric_value(m, &twice, averages[a], 1);
                assert_true((isnan(x) && isnan(y)) || fabs(x - y) < 1e-12);
                assert_true(isnan(ir_metric_value(m, &none, averages[a], 1)) != 0);
            }
        }
        ir_sample_free(&v);
        ir_sample_free(&twice);
        ir_sample_free(&none);
        ir_scores_free(&s);
    }
}

/* Right values: scikit-learn 1.2 (average="weighted", label_ranking_average_precision_score with
 * the number of labels as sample weight, roc_auc_score) and scipy's norm.ppf. */
static void test_weighted_lwlrap_d_prime(void **state)
{
    static const struct {
        const char *metric;
        enum ir_average average;
        size_t c;
        double right;
    } want[] = {{"precision", IR_AVG_WEIGHTED, 0, 0.75},
                {"precision", IR_AVG_MACRO, 0, 2.0 / 3},
                {"recall", IR_AVG_WEIGHTED, 0, 0.625},
                {"f1", IR_AVG_WEIGHTED, 0, 0.675},
                {"ap", IR_AVG_WEIGHTED, 0, 0.8333333333333333},
                {"roc_auc", IR_AVG_WEIGHTED, 0, 0.8333333333333333},
                {"lwlrap", IR_AVG_ALL, 0, 0.8333333333333333},
                {"lwlrap", IR_AVG_CLASS, 2, 2.0 / 3}, /* by hand: 1 of 3, then 2 of 2 */
                {"d_prime", IR_AVG_ALL, 0, 1.3166375079527475},
                {"d_prime", IR_AVG_CLASS, 1, 0.83361638373861},
                {"d_prime", IR_AVG_CLASS, 2, 0.9538725524089398}};
    struct ir_scores s;
    struct ir_sample v;
    (void)state;
    start(&s, "multi", "closed");
    add(&s, "a:1", (float[]){0.7f, 0.2f, 0.1f});
    add(&s, "b:1", (float[]){0.2f, 0.2f, 0.6f});
    add(&s, "b:1", (float[]){0.1f, 0.8f, 0.1f});
    add(&s, "c:1", (float[]){0.3f, 0.4f, 0.3f});
    add(&s, "a:1 b:1", (float[]){0.9f, 0.6f, 0.2f});
    add(&s, "a:1 c:1", (float[]){0.5f, 0.4f, 0.45f});
    ir_scores_decide(&s);
    ir_sample_start(&v, &s, NULL);
    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        assert_true(
            fabs(ir_metric_value(ir_metric_find(want[i].metric), &v, want[i].average, want[i].c) -
                 want[i].right) < 1e-9);
    assert_true(isnan(ir_metric_value(ir_metric_find("d_prime"), &v, IR_AVG_CLASS, 0)) !=
                0); /* AUC 1 */
    ir_sample_free(&v);
    ir_scores_free(&s);
}

static void test_undefined_without_positives(void **state)
{
    static const char *const names[] = {"recall", "f1", "ap", "roc_auc", "true_probability"};
    struct ir_scores s;
    struct ir_sample v;
    (void)state;
    start(&s, "multi", "closed");
    add(&s, "a:1", (float[]){0.7f, 0.2f, 0.1f});
    add(&s, "", (float[]){0.7f, 0.2f, 0.1f});
    ir_scores_decide(&s);
    ir_sample_start(&v, &s, NULL);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct ir_metric *m = ir_metric_find(names[i]);
        assert_true(isnan(ir_metric_value(m, &v, IR_AVG_CLASS, 1)) != 0);
        assert_true(isnan(ir_metric_value(m, &v, IR_AVG_MACRO, 0)) == 0); /* class a alone */
        assert_true(ir_metric_value(m, &v, IR_AVG_MACRO, 0) ==
                    ir_metric_value(m, &v, IR_AVG_CLASS, 0));
    }
    ir_sample_free(&v);
    ir_scores_free(&s);
}

static void test_unknown_cells(void **state)
{
    struct ir_scores s;
    struct ir_sample v;
    (void)state;
    start(&s, "multi", "open");
    add(&s, "a:1 b:0", (float[]){0.7f, 0.9f, 0.9f});
    add(&s, "c:1", (float[]){0.7f, 0.9f, 0.9f});
    add(&s, NULL, (float[]){0.7f, 0.9f, 0.9f});
    ir_scores_decide(&s);
    ir_sample_start(&v, &s, NULL);
    assert_true(v.count[0].tp == 1 && v.count[0].fp == 0);
    assert_true(v.count[1].fp == 1 && v.count[1].tp == 0);
    assert_true(v.count[2].tp == 1 && v.count[2].fp == 0);
    assert_true(fabs(ir_metric_value(ir_metric_find("cell_accuracy"), &v, IR_AVG_ALL, 0) -
                     2.0 / 3) < 1e-12);
    size_t one;
    assert_int_equal(ir_scores_positives(&s, 2, &one), -1);
    ir_sample_free(&v);
    ir_scores_free(&s);
}

static void test_ties_do_not_depend_on_class_order(void **state)
{
    struct ir_scores s;
    struct ir_sample v;
    (void)state;
    start(&s, "single", "closed");
    add(&s, "c:1", (float[]){0.4f, 0.2f, 0.4f});
    ir_scores_decide(&s);
    ir_sample_start(&v, &s, NULL);
    assert_true(ir_metric_value(ir_metric_find("top1_in_set"), &v, IR_AVG_ALL, 0) == 0.5);
    assert_true(ir_metric_value(ir_metric_find("accuracy"), &v, IR_AVG_ALL, 0) == 0);
    assert_true(ir_metric_value(ir_metric_find("top3"), &v, IR_AVG_ALL, 0) == 1);
    assert_true(isnan(ir_metric_value(ir_metric_find("top5"), &v, IR_AVG_ALL, 0)) != 0);
    ir_sample_free(&v);
    ir_scores_free(&s);
}

/* scipy.stats.binomtest, see tests/golden/score_sklearn.py */
static void test_mcnemar(void **state)
{
    FILE *f = fopen("tests/data/score/mcnemar.tsv", "r");
    char name[32];
    int b, c, n = 0;
    double p;
    (void)state;
    assert_non_null(f);
    while (fscanf(f, "%31s %d %d %lf", name, &b, &c, &p) == 4) {
        assert_true(fabs(ir_mcnemar((size_t)b, (size_t)c) - p) < 1e-8);
        n++;
    }
    assert_int_equal(n, 6);
    fclose(f);
}

static void test_calibrate(void **state)
{
    float p[3] = {0.7f, 0.2f, 0.1f}, q[3] = {0.7f, 0, 1}, zero[2] = {0, 0};
    (void)state;
    ir_calibrate(p, 3, true, 1);
    assert_true(fabs((double)p[0] - 0.7) < 1e-6 && fabs((double)p[2] - 0.1) < 1e-6);
    ir_calibrate(p, 3, true, 2);
    double sum = sqrt(0.7) + sqrt(0.2) + sqrt(0.1);
    assert_true(fabs((double)p[1] - sqrt(0.2) / sum) < 1e-6);
    ir_calibrate(q, 3, false, 0.5);
    assert_true(fabs((double)q[0] - 0.49 / (0.49 + 0.09)) < 1e-6 && q[1] == 0 && q[2] == 1);
    ir_calibrate(zero, 2, true, 3);
    assert_true(zero[0] == 0 && zero[1] == 0);
}

static void test_refused(void **state)
{
    struct ir_scores s;
    struct ir_meta head = {0};
    struct ir_err err;
    (void)state;
    ir_meta_set(&head, "domain", "pred");
    assert_int_equal(ir_scores_start(&s, &head, IR_TASK_ANY, false, &err), -1);
    assert_string_equal(err.text, "header has no classes");
    ir_scores_free(&s);
    ir_meta_set(&head, "classes", "a b");
    assert_int_equal(ir_scores_start(&s, &head, IR_TASK_ANY, false, &err), -1);
    assert_string_equal(err.text, "header has no task=single|multi: say it with --task");
    ir_scores_free(&s);
    ir_meta_set(&head, "task", "both");
    assert_int_equal(ir_scores_start(&s, &head, IR_TASK_ANY, false, &err), -1);
    ir_scores_free(&s);
    ir_meta_set(&head, "task", "multi");
    ir_meta_set(&head, "thresholds", "0.5");
    assert_int_equal(ir_scores_start(&s, &head, IR_TASK_ANY, false, &err), -1);
    assert_non_null(strstr(err.text, "thresholds: found 1 numbers, wanted 2, one a class"));
    ir_scores_free(&s);
    ir_meta_set(&head, "thresholds", "0.5 nan");
    assert_int_equal(ir_scores_start(&s, &head, IR_TASK_ANY, false, &err), -1);
    ir_scores_free(&s);
    ir_meta_free(&head);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_metric),
        cmocka_unit_test(test_weighted_lwlrap_d_prime),
        cmocka_unit_test(test_undefined_without_positives),
        cmocka_unit_test(test_unknown_cells),
        cmocka_unit_test(test_ties_do_not_depend_on_class_order),
        cmocka_unit_test(test_mcnemar),
        cmocka_unit_test(test_calibrate),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
