/* test_net_gradient.c - every layer and loss of the registries: gradients against finite
 * differences, the same bits for any number of threads, and names that agree. */
#include "net/node.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BATCH 3

static void fill(float *x, size_t n, struct ir_rng *rng, double scale)
{
    for (size_t i = 0; i < n; i++)
        x[i] = (float)(ir_rng_normal(rng) * scale);
}

static struct ir_net *make(const char *body, const char *loss, struct ir_pool *pool)
{
    struct ir_strs classes = {0};
    struct ir_buf text = {0};
    struct ir_err err;
    ir_strs_add(&classes, "a");
    ir_strs_add(&classes, "b");
    ir_strs_add(&classes, "c");
    ir_buf_puts(&text, body);
    ir_buf_puts(&text, loss);
    struct ir_net *net = ir_net_parse(text.data, text.len, "example", &classes, &err);
    if (net == NULL)
        fail_msg("%s\n%s", err.text, text.data);
    if (ir_net_plan(net, BATCH, NULL, true, pool, 0, &err) < 0)
        fail_msg("%s\n%s", err.text, text.data);
    ir_buf_free(&text);
    ir_strs_free(&classes);
    return net;
}

static void randomise(struct ir_net *net)
{
    struct ir_rng rng;
    ir_rng_seed(&rng, 5);
    ir_net_init(net, 1);
    for (size_t i = 0; i < ir_net_params(net); i++) {
        const struct ir_param *p = ir_net_param(net, i);
        float *w = ir_net_values(net, i);
        for (size_t k = 0; k < p->count && !p->buffer; k++)
            w[k] += (float)(0.3 * ir_rng_normal(&rng));
    }
}

static void load(struct ir_net *net)
{
    struct ir_rng rng;
    ir_rng_seed(&rng, 7);
    for (size_t i = 0; i < ir_net_inputs(net); i++) {
        struct ir_shape s;
        ir_net_planned(net, i, &s);
        fill(ir_net_x(net, i), BATCH * ir_shape_count(&s), &rng, 1);
    }
    for (size_t b = 0; b < BATCH; b++) {
        for (size_t c = 0; c < 3; c++)
            ir_net_target(net)[b * 3 + c] = c == b % 3 ? 1 : 0;
    }
    if (!ir_net_single(net))
        ir_net_target(net)[1] = NAN;
}

static const uint64_t seeds[BATCH] = {11, 22, 33};

static double loss_of(struct ir_net *net, bool gradient)
{
    double sum, weight;
    ir_net_forward(net, BATCH, true, seeds);
    ir_net_loss(net, gradient, &sum, &weight);
    return sum / weight;
}

/* The tolerance takes the curvature in, so that a kink (ReLU, max) within the step does not count.
 */
static void check_weight(struct ir_net *net, const char *what, size_t param, size_t k, double zero)
{
    const double step = 4e-3;
    float *w = ir_net_values(net, param), was = w[k];
    double slope = (double)ir_net_gradients(net, param)[k];
    w[k] = (float)((double)was + step);
    double up = (double)w[k] - (double)was, above = loss_of(net, false);
    w[k] = (float)((double)was - step);
    double down = (double)was - (double)w[k], below = loss_of(net, false);
    w[k] = was;
    double found = (above - below) / (up + down), bend = fabs(above - 2 * zero + below) / step;
    if (!(fabs(found - slope) <= 6e-4 + 2e-3 * fabs(slope) + 0.6 * bend))
        fail_msg("%s: %s[%zu]: backward gives %g, differences give %g (bend %g)", what,
                 ir_net_param(net, param)->name, k, slope, found, bend);
}

static void check_gradients(const char *what, const char *body, const char *loss)
{
    struct ir_net *net = make(body, loss, NULL);
    randomise(net);
    load(net);
    double zero = loss_of(net, true);
    assert_true(isfinite(zero));
    ir_net_backward(net);
    size_t floats;
    (void)ir_net_arena(net, &floats);
    for (size_t i = 0; i < ir_net_params(net); i++) {
        const struct ir_param *p = ir_net_param(net, i);
        size_t stride = p->count / 25 + 1;
        for (size_t k = 0; k < p->count && !p->buffer; k += stride)
            check_weight(net, what, i, k, zero);
    }
    ir_net_free(net);
}

static void test_layers(void **state)
{
    (void)state;
    for (size_t i = 0; ir_layer_at(i) != NULL; i++) {
        const struct ir_layer *l = ir_layer_at(i);
        check_gradients(l->name, l->example, "loss ce\n");
        check_gradients(l->name, l->example, "loss bce\n");
    }
}

static void test_losses(void **state)
{
    (void)state;
    for (size_t i = 0; ir_loss_at(i) != NULL; i++)
        check_gradients(ir_loss_at(i)->name, "input size=5\ndense out=7\nrelu\ndense out=classes\n",
                        ir_loss_at(i)->example);
}

/* Several users of one tensor, and layers that work in place, must not disturb each other. */
static void test_graphs(void **state)
{
    static const char *const body[] = {
        "input size=6\na = dense out=6\nb = relu a\nc = dense b out=6\nd = add a c\nrelu\ndense "
        "out=classes\n",
        "input size=6\na = dense out=6\nb = relu a\nc = tanh a\nd = concat b c a\ndense "
        "out=classes\n",
        "input shape=2x8x9\nconv2d out=3 kernel=3\nbatchnorm\nrelu\nmaxpool2d size=2\nconv2d out=4 "
        "kernel=2\n"
        "batchnorm\nrelu\nflatten\ndropout p=0.3\ndense out=5\nrelu\ndropout p=0.5\ndense "
        "out=classes\n",
    };
    (void)state;
    for (size_t i = 0; i < 3; i++)
        check_gradients("graph", body[i], "loss ce\n");
}

static void test_names(void **state)
{
    (void)state;
    for (size_t i = 0; ir_layer_at(i) != NULL; i++) {
        const struct ir_layer *l = ir_layer_at(i);
        assert_ptr_equal(ir_layer_find(l->name), l);
        assert_int_equal(strncmp(l->usage, l->name, strlen(l->name)), 0);
        assert_non_null(strstr(l->example, l->name));
    }
    for (size_t i = 0; ir_loss_at(i) != NULL; i++)
        assert_ptr_equal(ir_loss_find(ir_loss_at(i)->name), ir_loss_at(i));
}

/* One step's gradients with one thread and with three. */
static void test_threads(void **state)
{
    struct ir_pool *pool = ir_pool_new(3);
    (void)state;
    for (size_t i = 0; ir_layer_at(i) != NULL; i++) {
        struct ir_net *one = make(ir_layer_at(i)->example, "loss ce\n", NULL);
        struct ir_net *three = make(ir_layer_at(i)->example, "loss ce\n", pool);
        struct ir_net *nets[2] = {one, three};
        for (int k = 0; k < 2; k++) {
            randomise(nets[k]);
            load(nets[k]);
            loss_of(nets[k], true);
            ir_net_backward(nets[k]);
        }
        for (size_t k = 0; k < ir_net_params(one); k++) {
            size_t bytes = ir_net_param(one, k)->count * sizeof(float);
            if (memcmp(ir_net_gradients(one, k), ir_net_gradients(three, k), bytes) != 0 ||
                memcmp(ir_net_values(one, k), ir_net_values(three, k), bytes) != 0)
                fail_msg("%s: %s depends on the number of threads", ir_layer_at(i)->name,
                         ir_net_param(one, k)->name);
        }
        ir_net_free(one);
        ir_net_free(three);
    }
    ir_pool_free(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layers),  cmocka_unit_test(test_losses),
        cmocka_unit_test(test_graphs),  cmocka_unit_test(test_names),
        cmocka_unit_test(test_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
