/* test_net_steps.c - networks in inference: the plan that folds batch normalisation and keeps
 * channels last gives what the layers one by one give, to 1e-5; and the same bytes for any batch
 * and any number of threads. */
#include "kern.h"
#include "net/steps.h"
#include "noise.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define CLIPS 32
#define END   "dense out=classes\nloss bce\n"
#define BLOCK(n)                                                                                   \
    "conv2d out=" n " kernel=3x3 pad=1 bias=no\nbatchnorm eps=1e-3\nrelu\nmaxpool2d size=2\n"

struct example {
    const char *text;
    size_t steps; /* at least so many layers must run as steps */
};

static const struct example examples[] = {
    /* the recogniser */
    {"input feature bands=24 frames=any\nstandardize axis=channel\n" BLOCK("16") BLOCK("32")
         BLOCK("48") "global kind=maxmean\ndropout p=0.3\n" END,
     13},
    /* few and large windows, leaky, no normalisation */
    {"input feature bands=33 frames=31\nconv2d out=25 kernel=5x5 pad=2\nleakyrelu slope=0.1\n"
     "maxpool2d size=2\nconv2d out=25 kernel=5x5 pad=2\nrelu\nmaxpool2d size=3 stride=2\n"
     "flatten\n" END,
     6},
    /* strided, several channels, hardswish, a mean, batchnorm on its own and behind the ReLU */
    {"input shape=3x30x41\nconv2d out=16 kernel=3x3 stride=2\nhardswish\navgpool2d size=2\n"
     "batchnorm\nconv2d out=32 kernel=3x2 dilation=2x1\nrelu\nbatchnorm\nglobal kind=max\n"
     "dense out=20\nrelu\n" END,
     8},
    /* squeeze and excitation with a residual: b is read twice, its gate is a vector */
    {"input shape=1x20x24\na = conv2d out=16 kernel=1\nconv2d out=40 kernel=1 bias=no\n"
     "batchnorm\nrelu\nconv2d out=40 kernel=5x5 pad=2 groups=40 bias=no\nbatchnorm\n"
     "b = hardswish\nglobal\ndense out=8\nrelu\ndense out=40\ng = sigmoid\nc = mul b g\n"
     "conv2d out=16 kernel=1\nd = batchnorm\ne = add d a\nconv2d out=24 kernel=3x3 stride=2\n"
     "global kind=sum\n" END,
     17},
    /* two branches; one goes on through layers that are no steps */
    {"p = input p channels=1 bands=16 frames=20\nconv2d out=16 kernel=3x3 pad=1\nbatchnorm\nrelu\n"
     "a = global\nq = input q channels=2 bands=12 frames=18\nconv2d out=16 kernel=3x3\nswish\n"
     "conv2d out=16 kernel=3x3 pad=1\nb = relu\nglobal kind=max\nc = dense out=5\n"
     "d = concat a c\ndense out=12\nbatchnorm\nrelu\n" END,
     6},
    /* many channels on small maps: clips go in groups */
    {"input shape=1x9x11\nconv2d out=96 kernel=3x3 pad=1\nrelu\nconv2d out=160 kernel=3x3 pad=1\n"
     "batchnorm\nrelu\nmaxpool2d size=2\nconv2d out=160 kernel=3x3 pad=1\nrelu\nglobal\n" END,
     9},
    /* no steps but products of rows */
    {"input shape=6x30\ngru out=9 bidirectional=yes\nglobal axis=time\ndense out=7\nrelu\n" END, 0},
};

static struct ir_net *make(const struct example *e, size_t batch, bool plain, struct ir_pool *pool)
{
    struct ir_strs classes = {0};
    struct ir_err err;
    struct ir_rng rng;
    struct ir_shape shape[2];
    ir_strs_add(&classes, "a");
    ir_strs_add(&classes, "b");
    ir_strs_add(&classes, "c");
    struct ir_net *net = ir_net_parse(e->text, strlen(e->text), "net", &classes, &err);
    if (net == NULL)
        fail_msg("%s", err.text);
    net->no_fuse = plain;
    ir_net_shapes(net, 37, shape);
    if (ir_net_plan(net, batch, shape, false, pool, 0, &err) < 0)
        fail_msg("%s", err.text);
    ir_net_init(net, 5);
    ir_rng_seed(&rng, 6);
    for (size_t i = 0; i < ir_net_params(net); i++) {
        const struct ir_param *p = ir_net_param(net, i);
        bool spread = strstr(p->name, "var") != NULL || strstr(p->name, "std") != NULL;
        float *v = ir_net_values(net, i);
        for (size_t k = 0; k < p->count && p->shape.rank == 1; k++)
            v[k] = spread ? 0.3f + (float)ir_rng_uniform(&rng)
                          : v[k] + 0.3f * (float)ir_rng_normal(&rng);
    }
    ir_strs_free(&classes);
    return net;
}

/* Logits of all clips, `batch` at a time. */
static float *logits(const struct example *e, size_t batch, bool plain, unsigned threads)
{
    struct ir_pool *pool = ir_pool_new(threads);
    struct ir_net *net = make(e, batch, plain, pool);
    float *out = ir_alloc(CLIPS * 3, sizeof *out);
    float *x[2];
    size_t size[2], steps = 0;
    for (size_t i = 0; i < ir_net_inputs(net); i++) {
        struct ir_shape s;
        ir_net_planned(net, i, &s);
        size[i] = ir_shape_count(&s);
        x[i] = noise(CLIPS * size[i], i + 1);
    }
    for (size_t at = 0, n; at < CLIPS; at += n) {
        n = CLIPS - at < batch ? CLIPS - at : batch;
        for (size_t i = 0; i < ir_net_inputs(net); i++)
            memcpy(ir_net_x(net, i), x[i] + at * size[i], n * size[i] * sizeof(float));
        ir_net_forward(net, n, false, NULL);
        memcpy(out + at * 3, ir_net_logits(net), n * 3 * sizeof(float));
    }
    for (size_t i = 0; i < net->n_nodes; i++)
        steps += net->node[i].stepped;
    assert_true(plain ? steps == 0 : steps >= e->steps);
    for (size_t i = 0; i < ir_net_inputs(net); i++)
        free(x[i]);
    ir_net_free(net);
    ir_pool_free(pool);
    return out;
}

static void as_layers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        float *want = logits(&examples[i], 8, true, 1), *found = logits(&examples[i], 8, false, 1);
        float top = 0;
        for (size_t k = 0; k < CLIPS * 3; k++)
            top = fmaxf(top, fabsf(want[k]));
        assert_true(top > 0.01f);
        for (size_t k = 0; k < CLIPS * 3; k++)
            if (!(fabsf(want[k] - found[k]) <= 1e-5f * top))
                fail_msg("network %zu: logit %zu is %g, layer by layer %g", i, k, (double)found[k],
                         (double)want[k]);
        free(want);
        free(found);
    }
}

static void same_bytes(void **state)
{
    (void)state;
    static const size_t batch[] = {1, 2, 7, 32};
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        float *want = logits(&examples[i], 5, false, 1);
        for (size_t b = 0; b < 4; b++)
            for (unsigned threads = 1; threads <= 3; threads += b == 1 ? 1 : 2) {
                float *found = logits(&examples[i], batch[b], false, threads);
                if (memcmp(want, found, CLIPS * 3 * sizeof *want) != 0)
                    fail_msg("network %zu: other bytes in batches of %zu on %u threads", i,
                             batch[b], threads);
                free(found);
            }
        free(want);
    }
}

/* A watched layer is computed as such, and weights that change are packed anew. */
static void watched_and_changed(void **state)
{
    (void)state;
    struct ir_err err;
    struct ir_shape shape[2];
    struct ir_net *net = make(&examples[0], 2, false, NULL),
                  *plain = make(&examples[0], 2, true, NULL);
    for (int round = 0; round < 2; round++) {
        float *x = noise(2 * 24 * 37, 9);
        memcpy(ir_net_x(net, 0), x, 2 * 24 * 37 * sizeof *x);
        memcpy(ir_net_x(plain, 0), x, 2 * 24 * 37 * sizeof *x);
        ir_net_forward(net, 2, false, NULL);
        ir_net_forward(plain, 2, false, NULL);
        for (size_t k = 0; k < 6; k++)
            assert_true(fabsf(ir_net_logits(net)[k] - ir_net_logits(plain)[k]) < 1e-4f);
        for (size_t i = 0; i < ir_net_params(net); i++) {
            ir_net_values(net, i)[0] *= 1.5f;
            ir_net_values(plain, i)[0] *= 1.5f;
        }
        free(x);
    }
    ir_net_shapes(net, 37, shape);
    assert_int_equal(ir_net_watch(net, "batchnorm2", &err), 0);
    assert_int_equal(ir_net_plan(net, 2, shape, false, NULL, 0, &err), 0);
    for (size_t i = 0; i < net->n_nodes; i++)
        assert_false(net->node[i].stepped);
    ir_net_free(net);
    ir_net_free(plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(as_layers), cmocka_unit_test(same_bytes),
                                       cmocka_unit_test(watched_and_changed)};
    ir_kern_settle();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
