/* test_net_golden.c - layers, losses and optimisers give what PyTorch gives
 * (tests/golden/layers.py). */
#include "net/node.h"
#include "train.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct ir_rec *need(const struct ir_clip *c, const char *prefix, const char *name)
{
    char full[128];
    snprintf(full, sizeof full, "%s%s", prefix, name);
    const struct ir_rec *r = ir_clip_find(c, full);
    if (r == NULL)
        fail_msg("%s: no record %s", ir_rec_id(&c->rec[0]), full);
    return r;
}

static void same(const char *what, const char *name, const float *found,
                 const struct ir_rec *wanted)
{
    const float *w = wanted->data;
    double scale = 0;
    for (size_t i = 0; i < ir_rec_count(wanted); i++)
        scale = fmax(scale, fabs((double)w[i]));
    for (size_t i = 0; i < ir_rec_count(wanted); i++) {
        if (!(fabs((double)found[i] - (double)w[i]) <= 2e-5 * (scale + 0.05)))
            fail_msg("%s: %s[%zu] is %g, PyTorch has %g", what, name, i, (double)found[i],
                     (double)w[i]);
    }
}

static struct ir_net *load(const struct ir_clip *c, bool fuse)
{
    struct ir_strs classes = {0};
    struct ir_err err;
    const struct ir_rec *text = need(c, "", "net");
    ir_strs_add(&classes, "a");
    ir_strs_add(&classes, "b");
    ir_strs_add(&classes, "c");
    struct ir_net *net = ir_net_parse(text->data, text->bytes, ir_rec_id(text), &classes, &err);
    ir_strs_free(&classes);
    if (net == NULL)
        fail_msg("%s", err.text);
    net->no_fuse = !fuse;
    if (ir_net_plan(net, 3, NULL, true, NULL, 0, &err) < 0)
        fail_msg("%s", err.text);
    for (size_t i = 0; i < ir_net_params(net); i++) {
        const struct ir_param *p = ir_net_param(net, i);
        const struct ir_rec *r = need(c, "p:", p->name);
        assert_int_equal(ir_rec_count(r), p->count);
        assert_int_equal(r->rank, p->shape.rank);
        memcpy(ir_net_values(net, i), r->data, r->bytes);
    }
    for (size_t i = 0; i < ir_net_inputs(net); i++) {
        const struct ir_rec *r = need(c, "", ir_net_input(net, i)->name);
        memcpy(ir_net_x(net, i), r->data, r->bytes);
    }
    memcpy(ir_net_target(net), need(c, "", "t")->data, 9 * sizeof(float));
    return net;
}

static void check(const struct ir_clip *c, bool fuse)
{
    static const uint64_t seeds[3];
    struct ir_net *net = load(c, fuse);
    const char *what = ir_rec_id(&c->rec[0]);
    double sum, weight;
    ir_net_forward(net, 3, true, seeds);
    ir_net_loss(net, true, &sum, &weight);
    float loss = (float)(sum / weight);
    same(what, "logits", ir_net_logits(net), need(c, "", "logits"));
    same(what, "loss", &loss, need(c, "", "loss"));
    ir_net_backward(net);
    for (size_t i = 0; i < ir_net_params(net); i++) {
        const struct ir_param *p = ir_net_param(net, i);
        if (!p->buffer)
            same(what, p->name, ir_net_gradients(net, i), need(c, "g:", p->name));
        else
            same(what, p->name, ir_net_values(net, i), need(c, "b:", p->name));
    }
    ir_net_free(net);
}

static void test_layers(void **state)
{
    char *path = "tests/golden/layers.irt";
    struct ir_err err;
    struct ir_clip clip = {0};
    struct ir_reader *r = ir_reader_open(&path, 1, &err);
    int rc, n = 0;
    (void)state;
    if (r == NULL)
        fail_msg("%s", err.text);
    while ((rc = ir_clip_next(r, &clip, &err)) > 0) {
        check(&clip, true);
        check(&clip, false);
        n++;
    }
    if (rc < 0)
        fail_msg("%s", err.text);
    assert_int_equal(n, 24);
    ir_clip_free(&clip);
    ir_reader_close(r);
}

static void check_optim(const struct ir_clip *c)
{
    const struct ir_meta *m = &c->rec[0].meta;
    const struct ir_rec *w0 = need(c, "", "w0"), *g = need(c, "", "g"), *wanted = need(c, "", "w");
    const struct ir_optim *optim;
    struct ir_optim_state state;
    struct ir_err err;
    float w[6], slots[3][6] = {{0}}, *slot[3] = {slots[0], slots[1], slots[2]};
    double lr = 0, decay = 0;
    if (ir_optim_parse(ir_meta_get(m, "spec"), &optim, &state, &err) < 0)
        fail_msg("%s", err.text);
    assert_int_equal(ir_meta_real(m, "lr", 0, 1, &lr, &err), 0);
    assert_int_equal(ir_meta_real(m, "decay", 0, 1, &decay, &err), 0);
    assert_int_equal(ir_rec_count(w0), 6);
    memcpy(w, w0->data, sizeof w);
    for (size_t t = 0; t < wanted->shape[0]; t++) {
        const float *after = (const float *)wanted->data + 6 * t;
        optim->step(&state, lr, decay, t + 1, 6, w, (const float *)g->data + 6 * t, slot);
        for (size_t i = 0; i < 6; i++) {
            if (fabs((double)w[i] - (double)after[i]) > 1e-5)
                fail_msg("%s, step %zu: w[%zu] is %g, PyTorch has %g", ir_rec_id(w0), t + 1, i,
                         (double)w[i], (double)after[i]);
        }
    }
}

static void test_optims(void **state)
{
    char *path = "tests/golden/optims.irt";
    struct ir_err err;
    struct ir_clip clip = {0};
    struct ir_reader *r = ir_reader_open(&path, 1, &err);
    int n = 0;
    (void)state;
    if (r == NULL)
        fail_msg("%s", err.text);
    for (; ir_clip_next(r, &clip, &err) > 0; n++)
        check_optim(&clip);
    assert_int_equal(n, 7);
    ir_clip_free(&clip);
    ir_reader_close(r);
}

/* The schedules by their formulas. */
static void test_schedules(void **state)
{
    static const struct {
        const char *text;
        uint64_t t;
        double wanted;
    } cases[] = {
        {"constant", 77, 1},
        {"step,every=2,factor=0.5", 39, 0.5}, /* 10 updates an epoch: epoch 3 */
        {"step,every=2,factor=0.5", 40, 0.25},
        {"exponential,factor=0.9", 25, 0.81},
        {"inverse,k=8e-5", 1000, 1 / 1.08},
        {"cosine", 50, 0.5},
        {"cosine,floor=0.2", 100, 0.2},
        {"constant,warmup=4", 0, 0.25},
        {"constant,warmup=4", 3, 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ir_schedule s;
        struct ir_err err;
        assert_int_equal(ir_schedule_parse(cases[i].text, &s, &err), 0);
        double v = ir_schedule_at(&s, cases[i].t, 10, 100);
        if (fabs(v - cases[i].wanted) > 1e-12)
            fail_msg("%s at %d is %g, wanted %g", cases[i].text, (int)cases[i].t, v,
                     cases[i].wanted);
    }
}

/* Scores by hand: three classes, four clips. */
static void test_measures(void **state)
{
    static const float p[12] = {.7f, .2f, .1f, .1f, .8f, .1f, .6f, .3f, .1f, .2f, .2f, .6f};
    static const float t[12] = {1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1};
    struct ir_measures m;
    (void)state;
    ir_measure(4, 3, true, p, t, &m);
    assert_true(fabs(m.v[IR_MEASURE_ACCURACY] - 0.75) < 1e-12);
    assert_true(fabs(m.v[IR_MEASURE_MACRO_F1] - (2.0 / 3 + 2.0 / 3 + 1) / 3) < 1e-12);
    assert_true(fabs(m.v[IR_MEASURE_MICRO_F1] - 0.75) < 1e-12);
    /* class 0: positives at rank 1; class 1: ranks 1 and 2; class 2: rank 1 */
    assert_true(fabs(m.v[IR_MEASURE_MAP] - 1) < 1e-12);
    ir_measure(4, 3, false, p, t, &m);
    /* at 0.5: hits 0,1,2 and one false alarm of class 0, one miss of class 1 */
    assert_true(fabs(m.v[IR_MEASURE_ACCURACY] - 10.0 / 12) < 1e-12);
    assert_true(fabs(m.v[IR_MEASURE_MICRO_F1] - 0.75) < 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_layers), cmocka_unit_test(test_optims),
                                       cmocka_unit_test(test_schedules),
                                       cmocka_unit_test(test_measures)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
