/* test_net_published.c - the networks of the five experiments have the published numbers of
 * parameters. */
#include "net.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct count {
    const char *name;
    size_t classes, weights;
    size_t frames; /* where the description leaves them open */
};

static const struct count published[] = {
    {"audioset4", 4, 6651876, 0},       {"audioset4-several", 4, 6651876, 0},
    {"medley-solos-0a", 2, 33234, 0},   {"medley-solos-0a", 3, 48611, 0},
    {"medley-solos-0a", 4, 63988, 0},   {"medley-solos-1", 2, 33234 + 4 * 16, 0},
    {"medley-solos-2", 2, 12002, 0},    {"medley-solos-2", 3, 15603, 0},
    {"medley-solos-2", 4, 19204, 0},    {"medley-solos-2b", 2, 12002 + 6 * 16, 0},
    {"medley-solos-3a", 2, 53952, 0},   {"medley-solos-3b", 2, 18658, 0},
    {"irmas-9", 11, 850763, 130},       {"irmas-3", 11, 283595, 517},
    {"irmas-panns", 11, 8598603, 64},   {"medleydb-raw", 11, 36491467, 0},
    {"medleydb-mfcc", 11, 2500299, 0},  {"philharmonia-a", 10, 37610, 0},
    {"philharmonia-b", 10, 1213098, 0},
};

static struct ir_net *open_net(const char *name, size_t classes)
{
    char path[128];
    struct ir_buf text = {0};
    struct ir_strs names = {0};
    struct ir_err err;
    snprintf(path, sizeof path, "pipelines/nets/%s.net", name);
    if (ir_read_file(path, 1 << 20, &text, &err) < 0)
        fail_msg("%s", err.text);
    for (size_t i = 0; i < classes; i++) {
        char one[32];
        snprintf(one, sizeof one, "c%zu", i);
        ir_strs_add(&names, one);
    }
    struct ir_net *net = ir_net_parse(text.data, text.len, path, &names, &err);
    if (net == NULL)
        fail_msg("%s", err.text);
    ir_buf_free(&text);
    ir_strs_free(&names);
    return net;
}

static void test_counts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof published / sizeof *published; i++) {
        const struct count *c = &published[i];
        struct ir_net *net = open_net(c->name, c->classes);
        struct ir_shape shapes[16];
        struct ir_err err;
        for (size_t k = 0; k < ir_net_inputs(net); k++) {
            shapes[k] = ir_net_input(net, k)->shape;
            if (shapes[k].dim[shapes[k].rank - 1] == 0)
                shapes[k].dim[shapes[k].rank - 1] = c->frames;
        }
        if (ir_net_plan(net, 1, shapes, false, NULL, 0, &err) < 0)
            fail_msg("%s", err.text);
        if (ir_net_weights(net) != c->weights)
            fail_msg("%s with %zu classes has %zu parameters, published are %zu", c->name,
                     c->classes, ir_net_weights(net), c->weights);
        ir_net_free(net);
    }
}

/* Clips of another length: same parameters, another plan. */
static void test_lengths(void **state)
{
    struct ir_net *net = open_net("irmas-3", 11);
    struct ir_shape s[3];
    struct ir_err err;
    (void)state;
    for (int round = 0; round < 3; round++) {
        static const size_t frames[3] = {40, 90, 17};
        for (size_t k = 0; k < 3; k++) {
            s[k] = ir_net_input(net, k)->shape;
            s[k].dim[2] = frames[round] * (k + 1);
        }
        assert_int_equal(ir_net_plan(net, 1, s, false, NULL, 0, &err), 0);
        if (round == 0)
            ir_net_init(net, 3);
        for (size_t k = 0; k < 3; k++)
            memset(ir_net_x(net, k), 0, ir_shape_count(&s[k]) * sizeof(float));
        ir_net_forward(net, 1, false, NULL);
        assert_true(ir_net_probs(net)[0] > 0 && ir_net_probs(net)[0] < 1);
    }
    assert_int_equal(ir_net_weights(net), 283595);
    ir_net_free(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_counts),
                                       cmocka_unit_test(test_lengths)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
