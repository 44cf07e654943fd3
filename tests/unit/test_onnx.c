/* test_onnx.c - every layer's example network as ONNX: valid by python3-onnx, and equal to our own
 * forward pass in onnxruntime-web. Without those programs the comparison is skipped by name. */
#include "convert.h"
#include "convert/onnx.h"
#include "net/node.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define BATCH 3

static char dir[] = "/tmp/test_onnx.XXXXXX";

static struct ir_net *make_net(const char *text, const char *name)
{
    struct ir_err err = {""};
    struct ir_strs classes = {0};
    struct ir_rng rng;

    ir_strs_add(&classes, "flute");
    ir_strs_add(&classes, "violin");
    ir_strs_add(&classes, "oboe");
    struct ir_net *net = ir_net_parse(text, strlen(text), name, &classes, &err);
    if (!net || ir_net_plan(net, BATCH, NULL, false, NULL, 0, &err) < 0)
        fail_msg("%s: %s", name, err.text);
    ir_net_init(net, 7);
    /* Statistics and scales that are not trivially 0 and 1. */
    ir_rng_seed(&rng, 3);
    for (size_t i = 0; i < ir_net_params(net); i++)
        for (size_t k = 0; k < ir_net_param(net, i)->count; k++)
            if (ir_net_param(net, i)->shape.rank == 1)
                ir_net_values(net, i)[k] = (float)(0.5 + ir_rng_uniform(&rng));
    ir_strs_free(&classes);
    return net;
}

static void write_floats(const char *name, const float *v, size_t n)
{
    char path[256];

    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(v, sizeof *v, n, f), n);
    assert_int_equal(fclose(f), 0);
}

/* Inputs, our output and the line of the list for one network. */
static void write_case(struct ir_net *net, const char *name, FILE *list)
{
    struct ir_meta head = {0};
    struct ir_err err = {""};
    struct ir_rng rng;
    char path[300], file[300];

    snprintf(path, sizeof path, "%s/%s.onnx", dir, name);
    ir_meta_set(&head, "classes", "flute violin oboe");
    int rc = ir_onnx_write(path, net, &head, &err);
    ir_meta_free(&head);
    if (rc < 0 && strstr(err.text, "has no form in onnx")) {
        print_message("# %s\n", err.text);
        return;
    }
    if (rc < 0)
        fail_msg("%s: %s", name, err.text);
    ir_rng_seed(&rng, 5);
    fprintf(list, "%s.onnx %s.theirs", name, name);
    for (size_t i = 0; i < ir_net_inputs(net); i++) {
        struct ir_shape s;
        char shape[96];
        ir_net_planned(net, i, &s);
        float *x = ir_net_x(net, i);
        size_t n = BATCH * ir_shape_count(&s);
        for (size_t k = 0; k < n; k++)
            x[k] = (float)ir_rng_normal(&rng);
        snprintf(file, sizeof file, "%s.%s", name, ir_net_input(net, i)->name);
        write_floats(file, x, n);
        fprintf(list, " %s=%dx%s=%s", ir_net_input(net, i)->name, BATCH, ir_shape_show(shape, &s),
                file);
    }
    fprintf(list, "\n");
    ir_net_forward(net, BATCH, false, NULL);
    snprintf(file, sizeof file, "%s.ours", name);
    write_floats(file, ir_net_probs(net), BATCH * 3);
}

/* Arguments that the examples of the layers leave out. */
static const char more_net[] = "input shape=2x3x8\n"
                               "a = flatten keep=time\n"
                               "lstm out=4\n"
                               "gru out=5 bidirectional=yes return=last\n"
                               "b = dense out=6\n"
                               "c = flatten a keep=channel\n"
                               "softmax axis=channel\n"
                               "global kind=sum axis=channel\n"
                               "d = dense out=6 bias=no\n"
                               "e = standardize a axis=time\n"
                               "layernorm axis=channel\n"
                               "attention\n"
                               "f = dense out=6\n"
                               "concat b d f\n"
                               "dense out=classes\n"
                               "loss ce\n";

static const char shapes_net[] = "input shape=1x8xany\n"
                                 "a = transpose order=1,0,2\n"
                                 "batchnorm\n"
                                 "transpose order=1,0,2\n"
                                 "conv2d out=4 kernel=3x5 stride=2x1 pad=1x2 dilation=1x2\n"
                                 "relu\n"
                                 "global kind=mean axis=1\n"
                                 "global kind=maxmean axis=time\n"
                                 "dense out=classes bias=no\n"
                                 "loss bce\n";

static void test_all_layers_are_written(void **state)
{
    char path[300];
    struct ir_err err = {""};
    const struct ir_layer *layer;

    (void)state;
    snprintf(path, sizeof path, "%s/list", dir);
    FILE *list = fopen(path, "w");
    assert_non_null(list);
    for (size_t i = 0; (layer = ir_layer_at(i)); i++) {
        struct ir_buf text = {0};
        ir_buf_printf(&text, "%sloss ce\n", layer->example);
        struct ir_net *net = make_net(text.data, layer->name);
        write_case(net, layer->name, list);
        ir_net_free(net);
        ir_buf_free(&text);
    }
    struct ir_net *more = make_net(more_net, "more");
    write_case(more, "more", list);
    ir_net_free(more);
    /* A free axis, and a sigmoid at the end. */
    struct ir_strs classes = {0};
    const char *names[] = {"flute", "violin", "oboe"};
    for (size_t i = 0; i < 3; i++)
        ir_strs_add(&classes, names[i]);
    struct ir_net *net = ir_net_parse(shapes_net, strlen(shapes_net), "shapes", &classes, &err);
    assert_non_null(net);
    struct ir_shape s = {3, {1, 8, 21}};
    if (ir_net_plan(net, BATCH, &s, false, NULL, 0, &err) < 0)
        fail_msg("%s", err.text);
    ir_net_init(net, 1);
    write_case(net, "shapes", list);
    ir_net_free(net);
    ir_strs_free(&classes);
    assert_int_equal(fclose(list), 0);
}

static void test_a_layer_without_a_form_is_named(void **state)
{
    struct ir_onnx o = {.l = {.kind = "mystery", .name = "m1", .line = 7}};
    struct ir_err err = {""};

    (void)state;
    assert_int_equal(ir_onnx_layer(&o, &err), -1);
    assert_string_equal(err.text, "line 7: the layer mystery (m1) has no form in onnx here");
    ir_strs_free(&o.value);
}

static bool can(const char *command)
{
    char line[600];

    snprintf(line, sizeof line, "%s > /dev/null 2>&1", command);
    return system(line) == 0; /* a fixed command of this file */
}

static void test_python_onnx_accepts_them(void **state)
{
    char line[600];

    (void)state;
    if (!can("/usr/bin/python3 -c 'import onnx'")) {
        print_message("# skip: python3-onnx is not installed\n");
        skip();
    }
    snprintf(line, sizeof line,
             "/usr/bin/python3 -c 'import glob, onnx\n"
             "for f in sorted(glob.glob(\"%s/*.onnx\")):\n"
             "    m = onnx.load(f)\n"
             "    onnx.checker.check_model(m, full_check=True)\n"
             "    assert m.opset_import[0].version == 13, f\n"
             "    assert {p.key: p.value for p in m.metadata_props}[\"classes\"] == \"flute violin "
             "oboe\"'",
             dir);
    assert_int_equal(system(line), 0);
}

static void test_onnxruntime_agrees(void **state)
{
    const struct ir_layer *layer;
    char line[600];

    (void)state;
    if (!can("node -e 'require(\"onnxruntime-web\")'")) {
        print_message(
            "# skip: onnxruntime-web is not installed (npm install onnxruntime-web, NODE_PATH)\n");
        skip();
    }
    snprintf(line, sizeof line, "node tests/golden/onnx_run.cjs %s", dir);
    assert_int_equal(system(line), 0);
    static const char *const others[] = {"shapes", "more"};
    for (size_t i = 0, other = 0; other < 2; i++) {
        layer = ir_layer_at(i);
        const char *name = layer ? layer->name : others[other++];
        struct ir_buf ours = {0}, theirs = {0};
        struct ir_err err;
        char path[300];
        snprintf(path, sizeof path, "%s/%s.ours", dir, name);
        if (layer && access(path, R_OK) != 0)
            continue; /* has no form there; said above */
        assert_int_equal(ir_read_file(path, 4096, &ours, &err), 0);
        snprintf(path, sizeof path, "%s/%s.theirs", dir, name);
        assert_int_equal(ir_read_file(path, 4096, &theirs, &err), 0);
        assert_int_equal(ours.len, theirs.len);
        const float *a = (const float *)(void *)ours.data, *b = (const float *)(void *)theirs.data;
        for (size_t k = 0; k < ours.len / sizeof *a; k++)
            if (!(fabsf(a[k] - b[k]) <= 1e-5F))
                fail_msg("%s: number %zu is %.7g here, %.7g in onnxruntime", name, k, (double)a[k],
                         (double)b[k]);
        ir_buf_free(&ours);
        ir_buf_free(&theirs);
    }
}

static int make_dir(void **state)
{
    (void)state;
    return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
    char line[100];

    (void)state;
    snprintf(line, sizeof line, "rm -rf %s", dir);
    return system(line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_layers_are_written),
        cmocka_unit_test(test_a_layer_without_a_form_is_named),
        cmocka_unit_test(test_python_onnx_accepts_them),
        cmocka_unit_test(test_onnxruntime_agrees),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
