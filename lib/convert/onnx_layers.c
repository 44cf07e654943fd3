/* onnx_layers.c - how each kind of layer is said in ONNX. Axis 0 there is the batch, so that axis k
 * of a clip is axis k + 1. */
#include "convert/onnx.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* "3x5", or "3" for both; def when absent. The network has checked the text. */
static void pair(const struct ir_onnx *o, const char *key, long long def, long long out[2])
{
    const char *text = ir_net_layer_arg(o->net, o->layer, key);
    const char *x = text ? strchr(text, 'x') : NULL;

    out[0] = text ? strtoll(text, NULL, 10) : def;
    out[1] = x ? strtoll(x + 1, NULL, 10) : out[0];
}

static double real(const struct ir_onnx *o, const char *key, double def)
{
    const char *text = ir_net_layer_arg(o->net, o->layer, key);

    return text ? strtod(text, NULL) : def;
}

/* ---- layers ---------------------------------------------------------------------------------- */

static int emit_conv(struct ir_onnx *o, struct ir_err *err)
{
    struct ir_onnx_node n;
    size_t dims = strcmp(o->l.kind, "conv2d") == 0 ? 2 : 1;
    long long v[2], pads[4];

    (void)err;
    const char *weight = ir_onnx_param(o, 0);
    const char *bias = o->l.n_params > 1 ? ir_onnx_param(o, 1) : NULL;
    ir_onnx_start(&n, "Conv");
    ir_onnx_input(&n, ir_onnx_in(o, 0));
    ir_onnx_input(&n, weight);
    if (bias)
        ir_onnx_input(&n, bias);
    pair(o, "kernel", 1, v);
    ir_onnx_ints(&n, "kernel_shape", v, dims);
    pair(o, "stride", 1, v);
    ir_onnx_ints(&n, "strides", v, dims);
    pair(o, "dilation", 1, v);
    ir_onnx_ints(&n, "dilations", v, dims);
    pair(o, "pad", 0, v);
    for (size_t i = 0; i < dims; i++)
        pads[i] = pads[dims + i] = v[i];
    ir_onnx_ints(&n, "pads", pads, 2 * dims);
    pair(o, "groups", 1, v);
    ir_onnx_int(&n, "group", v[0]);
    ir_onnx_end(o, &n, ir_onnx_out(o));
    return 0;
}

static int emit_pool(struct ir_onnx *o, struct ir_err *err)
{
    struct ir_onnx_node n;
    size_t dims = strstr(o->l.kind, "2d") ? 2 : 1;
    long long size[2], stride[2];

    (void)err;
    pair(o, "size", 1, size);
    pair(o, "stride", 0, stride);
    for (size_t i = 0; i < 2; i++)
        stride[i] = stride[i] > 0 ? stride[i] : size[i];
    ir_onnx_start(&n, strncmp(o->l.kind, "max", 3) == 0 ? "MaxPool" : "AveragePool");
    ir_onnx_input(&n, ir_onnx_in(o, 0));
    ir_onnx_ints(&n, "kernel_shape", size, dims);
    ir_onnx_ints(&n, "strides", stride, dims);
    ir_onnx_end(o, &n, ir_onnx_out(o));
    return 0;
}

static int emit_pad(struct ir_onnx *o, struct ir_err *err)
{
    long long before[2], after[2];
    char *pads = ir_onnx_between(o);

    (void)err;
    pair(o, "before", 0, before);
    pair(o, "after", 0, after);
    ir_onnx_numbers(o, pads, (long long[]){0, 0, before[0], before[1], 0, 0, after[0], after[1]},
                    8);
    ir_onnx_apply(o, "Pad", ir_onnx_in(o, 0), pads, ir_onnx_out(o));
    free(pads);
    return 0;
}

static int emit_dense(struct ir_onnx *o, struct ir_err *err)
{
    struct ir_onnx_node n;

    (void)err;
    const char *weight = ir_onnx_param(o, 0);
    const char *bias = o->l.n_params > 1 ? ir_onnx_param(o, 1) : NULL;
    ir_onnx_start(&n, "Gemm");
    ir_onnx_input(&n, ir_onnx_in(o, 0));
    ir_onnx_input(&n, weight);
    if (bias)
        ir_onnx_input(&n, bias);
    ir_onnx_int(&n, "transB", 1);
    ir_onnx_end(o, &n, ir_onnx_out(o));
    return 0;
}

/* Channels on axis 0 are what BatchNormalization knows; any other axis is said as x × scale +
 * shift. */
static int emit_batchnorm(struct ir_onnx *o, struct ir_err *err)
{
    int rank = o->l.shape.rank, axis = ir_onnx_axis(o, "0", rank);
    double eps = real(o, "eps", 1e-5);
    size_t count = o->l.param[0]->count;

    (void)err;
    if (axis == 0) {
        struct ir_onnx_node n;
        const char *names[4];
        for (size_t k = 0; k < 4; k++)
            names[k] = ir_onnx_param(o, k);
        ir_onnx_start(&n, "BatchNormalization");
        ir_onnx_input(&n, ir_onnx_in(o, 0));
        for (size_t k = 0; k < 4; k++)
            ir_onnx_input(&n, names[k]);
        ir_onnx_real(&n, "epsilon", eps);
        ir_onnx_end(o, &n, ir_onnx_out(o));
        return 0;
    }
    float *scale = ir_alloc(count, sizeof *scale), *shift = ir_alloc(count, sizeof *shift);
    for (size_t c = 0; c < count; c++) {
        double s = (double)o->l.values[0][c] / sqrt((double)o->l.values[3][c] + eps);
        scale[c] = (float)s;
        shift[c] = (float)((double)o->l.values[1][c] - (double)o->l.values[2][c] * s);
    }
    char *a = ir_onnx_between(o), *b = ir_onnx_between(o), *c = ir_onnx_between(o);
    ir_onnx_broadcast(o, a, scale, count, axis, rank);
    ir_onnx_broadcast(o, b, shift, count, axis, rank);
    ir_onnx_apply(o, "Mul", ir_onnx_in(o, 0), a, c);
    ir_onnx_apply(o, "Add", c, b, ir_onnx_out(o));
    free(scale), free(shift), free(a), free(b), free(c);
    return 0;
}

static int emit_standardize(struct ir_onnx *o, struct ir_err *err)
{
    int rank = o->l.shape.rank, axis = ir_onnx_axis(o, "0", rank);
    size_t count = o->l.param[0]->count;
    char *centred = ir_onnx_between(o);

    (void)err;
    ir_onnx_broadcast(o, o->l.param[0]->name, o->l.values[0], count, axis, rank);
    ir_onnx_broadcast(o, o->l.param[1]->name, o->l.values[1], count, axis, rank);
    ir_onnx_apply(o, "Sub", ir_onnx_in(o, 0), o->l.param[0]->name, centred);
    ir_onnx_apply(o, "Div", centred, o->l.param[1]->name, ir_onnx_out(o));
    free(centred);
    return 0;
}

static int emit_simple(struct ir_onnx *o, struct ir_err *err)
{
    static const char *const ops[][2] = {
        {"relu", "Relu"}, {"sigmoid", "Sigmoid"}, {"tanh", "Tanh"}, {"dropout", "Identity"}};

    (void)err;
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
        if (strcmp(ops[i][0], o->l.kind) == 0)
            ir_onnx_apply(o, ops[i][1], ir_onnx_in(o, 0), NULL, ir_onnx_out(o));
    return 0;
}

static int emit_leakyrelu(struct ir_onnx *o, struct ir_err *err)
{
    struct ir_onnx_node n;

    (void)err;
    ir_onnx_start(&n, "LeakyRelu");
    ir_onnx_input(&n, ir_onnx_in(o, 0));
    ir_onnx_real(&n, "alpha", real(o, "slope", 0.01));
    ir_onnx_end(o, &n, ir_onnx_out(o));
    return 0;
}

static int emit_swish(struct ir_onnx *o, struct ir_err *err)
{
    char *s = ir_onnx_between(o);

    (void)err;
    ir_onnx_apply(o, "Sigmoid", ir_onnx_in(o, 0), NULL, s);
    ir_onnx_apply(o, "Mul", ir_onnx_in(o, 0), s, ir_onnx_out(o));
    free(s);
    return 0;
}

/* Opset 13 has no HardSwish: x × max(0, min(1, x / 6 + 1/2)). */
static int emit_hardswish(struct ir_onnx *o, struct ir_err *err)
{
    struct ir_onnx_node n;
    char *gate = ir_onnx_between(o);

    (void)err;
    ir_onnx_start(&n, "HardSigmoid");
    ir_onnx_input(&n, ir_onnx_in(o, 0));
    ir_onnx_real(&n, "alpha", 1.0 / 6);
    ir_onnx_real(&n, "beta", 0.5);
    ir_onnx_end(o, &n, gate);
    ir_onnx_apply(o, "Mul", ir_onnx_in(o, 0), gate, ir_onnx_out(o));
    free(gate);
    return 0;
}

static int emit_elu(struct ir_onnx *o, struct ir_err *err)
{
    struct ir_onnx_node n;

    (void)err;
    ir_onnx_start(&n, "Elu");
    ir_onnx_input(&n, ir_onnx_in(o, 0));
    ir_onnx_real(&n, "alpha", real(o, "alpha", 1));
    ir_onnx_end(o, &n, ir_onnx_out(o));
    return 0;
}

static void reduce(struct ir_onnx *o, const char *op, const long long *axes, size_t count,
                   bool keep, const char *output)
{
    struct ir_onnx_node n;
    bool sum = strcmp(op, "ReduceSum") == 0;
    char *list = sum ? ir_onnx_between(o) : NULL;

    if (sum) /* takes its axes as an input since opset 13, the others not yet */
        ir_onnx_numbers(o, list, axes, count);
    ir_onnx_start(&n, op);
    ir_onnx_input(&n, ir_onnx_in(o, 0));
    if (sum)
        ir_onnx_input(&n, list);
    else
        ir_onnx_ints(&n, "axes", axes, count);
    ir_onnx_int(&n, "keepdims", keep);
    ir_onnx_end(o, &n, output);
    free(list);
}

static int emit_global(struct ir_onnx *o, struct ir_err *err)
{
    static const char *const ops[][2] = {
        {"max", "ReduceMax"}, {"mean", "ReduceMean"}, {"sum", "ReduceSum"}};
    const char *kind = ir_onnx_arg(o, "kind", "mean");
    struct ir_shape x = ir_onnx_in_shape(o, 0);
    long long axes[IR_NET_RANK];
    size_t count = 0;

    int axis = ir_onnx_axis(o, "all", x.rank);
    for (int i = axis >= 0 ? axis : x.rank > 1; i < (axis >= 0 ? axis + 1 : x.rank); i++)
        axes[count++] = i + 1;
    bool keep = x.rank == 1; /* a clip never loses its last axis */
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
        if (strcmp(kind, ops[i][0]) == 0) {
            reduce(o, ops[i][1], axes, count, keep, ir_onnx_out(o));
            return 0;
        }
    if (strcmp(kind, "maxmean") != 0)
        return ir_fail(err, "global kind=%s has no form in onnx here", kind);
    char *max = ir_onnx_between(o), *mean = ir_onnx_between(o);
    reduce(o, "ReduceMax", axes, count, keep, max);
    reduce(o, "ReduceMean", axes, count, keep, mean);
    ir_onnx_apply(o, "Add", max, mean, ir_onnx_out(o));
    free(max), free(mean);
    return 0;
}

static const struct {
    const char *kind;
    int (*emit)(struct ir_onnx *, struct ir_err *);
    const char *keys; /* arguments that emit knows, or that change nothing once trained */
} kinds[] = {
    {"conv1d", emit_conv, "out kernel stride pad dilation groups bias init"},
    {"conv2d", emit_conv, "out kernel stride pad dilation groups bias init"},
    {"maxpool1d", emit_pool, "size stride"},
    {"maxpool2d", emit_pool, "size stride"},
    {"avgpool1d", emit_pool, "size stride"},
    {"avgpool2d", emit_pool, "size stride"},
    {"pad2d", emit_pad, "before after"},
    {"dense", emit_dense, "out bias init"},
    {"batchnorm", emit_batchnorm, "eps momentum frozen axis"},
    {"standardize", emit_standardize, "axis"},
    {"relu", emit_simple, ""},
    {"leakyrelu", emit_leakyrelu, "slope"},
    {"sigmoid", emit_simple, ""},
    {"tanh", emit_simple, ""},
    {"swish", emit_swish, ""},
    {"hardswish", emit_hardswish, ""},
    {"elu", emit_elu, "alpha"},
    {"dropout", emit_simple, "p"},
    {"flatten", ir_onnx_flatten, "keep"},
    {"global", emit_global, "kind axis"},
    {"add", ir_onnx_add, ""},
    {"mul", ir_onnx_mul, ""},
    {"concat", ir_onnx_concat, "axis"},
    {"reshape", ir_onnx_reshape, "to"},
    {"transpose", ir_onnx_transpose, "order"},
    {"softmax", ir_onnx_softmax, "axis"},
    {"layernorm", ir_onnx_layernorm, "axis eps"},
    {"attention", ir_onnx_attention, "heads"},
    {"gru", ir_onnx_rnn, "out bidirectional return"},
    {"lstm", ir_onnx_rnn, "out bidirectional return"},
};
#define N_KINDS (sizeof kinds / sizeof *kinds)

static bool is_known(const char *keys, const char *key)
{
    size_t n = strlen(key);

    for (const char *p = keys; *p; p += strcspn(p, " "), p += *p == ' ')
        if (strncmp(p, key, n) == 0 && (p[n] == ' ' || p[n] == '\0'))
            return true;
    return false;
}

/* A layer that has learnt a new argument must not be written as if it had not. */
static int check_keys(const struct ir_onnx *o, const char *keys, struct ir_err *err)
{
    const char *key;

    for (size_t k = 0; (key = ir_net_layer_key(o->net, o->layer, k)); k++)
        if (!is_known(keys, key))
            return ir_fail(err, "line %d: %s with %s= has no form in onnx here", o->l.line,
                           o->l.kind, key);
    return 0;
}

/* The record's name of an input layer. */
static const char *input_name(const struct ir_onnx *o)
{
    for (size_t i = 0; i < ir_net_inputs(o->net); i++)
        if (ir_net_input(o->net, i)->line == o->l.line)
            return ir_net_input(o->net, i)->name;
    return o->l.name;
}

int ir_onnx_layer(struct ir_onnx *o, struct ir_err *err)
{
    bool is_input = strcmp(o->l.kind, "input") == 0;
    struct ir_buf name = {0};

    /* "/out" keeps layers apart from records and parameters of the same name. */
    ir_buf_printf(&name, "%s%s", is_input ? input_name(o) : o->l.name, is_input ? "" : "/out");
    ir_strs_add(&o->value, name.data);
    ir_buf_free(&name);
    for (size_t i = 0; i < N_KINDS; i++)
        if (strcmp(kinds[i].kind, o->l.kind) == 0)
            return check_keys(o, kinds[i].keys, err) < 0 ? -1 : kinds[i].emit(o, err);
    if (is_input)
        return 0; /* its name stands for it */
    return ir_fail(err, "line %d: the layer %s (%s) has no form in onnx here", o->l.line, o->l.kind,
                   o->l.name);
}
