/* onnx_shape.c - layers that move, join or normalise numbers, said in ONNX. */
#include "convert/onnx.h"

#include <stdlib.h>
#include <string.h>

int ir_onnx_flatten(struct ir_onnx *o, struct ir_err *err)
{
    struct ir_onnx_node n;

    (void)err;
    if (o->l.shape.rank == 2) { /* keep=channel: channel × the rest; keep=time: the rest × time */
        bool time = strcmp(ir_onnx_arg(o, "keep", ""), "time") == 0;
        char *shape = ir_onnx_between(o);
        ir_onnx_numbers(o, shape, (long long[]){0, time ? (long long)o->l.shape.dim[0] : 0, -1}, 3);
        ir_onnx_apply(o, "Reshape", ir_onnx_in(o, 0), shape, ir_onnx_out(o));
        free(shape);
        return 0;
    }
    ir_onnx_start(&n, "Flatten");
    ir_onnx_input(&n, ir_onnx_in(o, 0));
    ir_onnx_int(&n, "axis", 1);
    ir_onnx_end(o, &n, ir_onnx_out(o));
    return 0;
}

/* "2x-x3": the free axis is -1 there; 0 keeps the batch. */
int ir_onnx_reshape(struct ir_onnx *o, struct ir_err *err)
{
    long long to[IR_NET_RANK + 1] = {0};
    size_t count = 1;
    char *shape = ir_onnx_between(o);

    (void)err;
    for (const char *p = ir_onnx_arg(o, "to", ""); p && count <= IR_NET_RANK; count++) {
        to[count] = *p == '-' ? -1 : strtoll(p, NULL, 10);
        p = strchr(p, 'x');
        p = p ? p + 1 : NULL;
    }
    ir_onnx_numbers(o, shape, to, count);
    ir_onnx_apply(o, "Reshape", ir_onnx_in(o, 0), shape, ir_onnx_out(o));
    free(shape);
    return 0;
}

int ir_onnx_transpose(struct ir_onnx *o, struct ir_err *err)
{
    struct ir_onnx_node n;
    const char *order = ir_onnx_arg(o, "order", "1,0");
    long long perm[IR_NET_RANK + 1] = {0};

    (void)err;
    for (int i = 0; i < o->l.shape.rank; i++)
        perm[i + 1] = order[2 * i] - '0' + 1;
    ir_onnx_start(&n, "Transpose");
    ir_onnx_input(&n, ir_onnx_in(o, 0));
    ir_onnx_ints(&n, "perm", perm, (size_t)o->l.shape.rank + 1);
    ir_onnx_end(o, &n, ir_onnx_out(o));
    return 0;
}

int ir_onnx_softmax(struct ir_onnx *o, struct ir_err *err)
{
    struct ir_onnx_node n;

    (void)err;
    ir_onnx_start(&n, "Softmax");
    ir_onnx_input(&n, ir_onnx_in(o, 0));
    ir_onnx_int(&n, "axis", ir_onnx_axis(o, "time", o->l.shape.rank) + 1);
    ir_onnx_end(o, &n, ir_onnx_out(o));
    return 0;
}

int ir_onnx_add(struct ir_onnx *o, struct ir_err *err)
{
    struct ir_onnx_node n;

    (void)err;
    ir_onnx_start(&n, "Sum");
    for (size_t k = 0; k < o->l.n_in; k++)
        ir_onnx_input(&n, ir_onnx_in(o, k));
    ir_onnx_end(o, &n, ir_onnx_out(o));
    return 0;
}

/* A gate, one number a channel, gets axes of length 1 behind it, so that it broadcasts. */
int ir_onnx_mul(struct ir_onnx *o, struct ir_err *err)
{
    struct ir_shape x = ir_onnx_in_shape(o, 0), g = ir_onnx_in_shape(o, 1);
    long long to[IR_NET_RANK + 1] = {0, 0, 1, 1, 1};

    (void)err;
    if (g.rank == x.rank) {
        ir_onnx_apply(o, "Mul", ir_onnx_in(o, 0), ir_onnx_in(o, 1), ir_onnx_out(o));
        return 0;
    }
    char *shape = ir_onnx_between(o), *gate = ir_onnx_between(o);
    ir_onnx_numbers(o, shape, to, (size_t)x.rank + 1);
    ir_onnx_apply(o, "Reshape", ir_onnx_in(o, 1), shape, gate);
    ir_onnx_apply(o, "Mul", ir_onnx_in(o, 0), gate, ir_onnx_out(o));
    free(shape), free(gate);
    return 0;
}

int ir_onnx_concat(struct ir_onnx *o, struct ir_err *err)
{
    struct ir_onnx_node n;

    (void)err;
    ir_onnx_start(&n, "Concat");
    for (size_t k = 0; k < o->l.n_in; k++)
        ir_onnx_input(&n, ir_onnx_in(o, k));
    ir_onnx_int(&n, "axis", ir_onnx_axis(o, "0", o->l.shape.rank) + 1);
    ir_onnx_end(o, &n, ir_onnx_out(o));
    return 0;
}

static void mean(struct ir_onnx *o, const char *in, const long long *axes, size_t count,
                 const char *out)
{
    struct ir_onnx_node n;

    ir_onnx_start(&n, "ReduceMean");
    ir_onnx_input(&n, in);
    ir_onnx_ints(&n, "axes", axes, count);
    ir_onnx_int(&n, "keepdims", 1);
    ir_onnx_end(o, &n, out);
}

/* Opset 13 has no LayerNormalization: (x - mean) / sqrt(mean of squares + eps) × weight + bias. */
int ir_onnx_layernorm(struct ir_onnx *o, struct ir_err *err)
{
    int rank = o->l.shape.rank, axis = ir_onnx_axis(o, "all", rank);
    float eps = (float)strtod(ir_onnx_arg(o, "eps", "1e-5"), NULL);
    long long axes[IR_NET_RANK];
    size_t count = 0;
    char *t[8];

    (void)err;
    for (int i = axis < 0 ? 0 : axis; i < (axis < 0 ? rank : axis + 1); i++)
        axes[count++] = i + 1;
    for (size_t i = 0; i < sizeof t / sizeof *t; i++)
        t[i] = ir_onnx_between(o);
    for (size_t k = 0; k < 2; k++) {
        const struct ir_param *p = o->l.param[k];
        if (axis < 0) /* a number for every place of a clip */
            ir_onnx_weight(o, p->name, o->l.values[k], rank, o->l.shape.dim);
        else
            ir_onnx_broadcast(o, p->name, o->l.values[k], p->count, axis, rank);
    }
    mean(o, ir_onnx_in(o, 0), axes, count, t[0]);
    ir_onnx_apply(o, "Sub", ir_onnx_in(o, 0), t[0], t[1]);
    ir_onnx_apply(o, "Mul", t[1], t[1], t[2]);
    mean(o, t[2], axes, count, t[3]);
    ir_onnx_weight(o, t[4], &eps, 0, NULL);
    ir_onnx_apply(o, "Add", t[3], t[4], t[5]);
    ir_onnx_apply(o, "Sqrt", t[5], NULL, t[6]);
    ir_onnx_apply(o, "Div", t[1], t[6], t[7]);
    char *scaled = ir_onnx_between(o);
    ir_onnx_apply(o, "Mul", t[7], o->l.param[0]->name, scaled);
    ir_onnx_apply(o, "Add", scaled, o->l.param[1]->name, ir_onnx_out(o));
    for (size_t i = 0; i < sizeof t / sizeof *t; i++)
        free(t[i]);
    free(scaled);
    return 0;
}
