/* onnx_rnn.c - recurrent layers and attention over time, said in ONNX. Time comes last here and
 * first there, and the gates stand in another order: GRU reset, update, new here; update, reset,
 * new there. LSTM in, forget, cell, out here; in, out, forget, cell there. */
#include "convert/onnx.h"

#include <stdlib.h>
#include <string.h>

enum { PER_DIRECTION = 4 };

static void transposed(struct ir_onnx *o, const char *in, const long long *perm, size_t count,
                       const char *out)
{
    struct ir_onnx_node n;

    ir_onnx_start(&n, "Transpose");
    ir_onnx_input(&n, in);
    ir_onnx_ints(&n, "perm", perm, count);
    ir_onnx_end(o, &n, out);
}

/* rows of gates × hidden, each `width` numbers, with the gates in ONNX's order. */
static void reorder(float *to, const float *from, size_t gates, size_t block)
{
    static const size_t gru[] = {1, 0, 2}, lstm[] = {0, 3, 1, 2};
    const size_t *order = gates == 3 ? gru : lstm;

    for (size_t g = 0; g < gates; g++)
        memcpy(to + g * block, from + order[g] * block, block * sizeof *to);
}

/* Parameter k of every direction as [dirs][gates × hidden][width]. */
static char *weights(struct ir_onnx *o, size_t k, size_t dirs, size_t gates, size_t hidden)
{
    size_t count = o->l.param[k]->count, width = count / (gates * hidden);
    size_t dim[3] = {dirs, gates * hidden, width};
    float *w = ir_alloc(dirs * count, sizeof *w);
    char *name = ir_onnx_between(o);

    for (size_t d = 0; d < dirs; d++)
        reorder(w + d * count, o->l.values[d * PER_DIRECTION + k], gates, hidden * width);
    ir_onnx_weight(o, name, w, 3, dim);
    free(w);
    return name;
}

/* Both biases of every direction as [dirs][2 × gates × hidden]. */
static char *biases(struct ir_onnx *o, size_t dirs, size_t gates, size_t hidden)
{
    size_t count = gates * hidden, dim[2] = {dirs, 2 * count};
    float *b = ir_alloc(dirs * 2 * count, sizeof *b);
    char *name = ir_onnx_between(o);

    for (size_t d = 0; d < dirs; d++)
        for (size_t k = 0; k < 2; k++)
            reorder(b + (2 * d + k) * count, o->l.values[d * PER_DIRECTION + 2 + k], gates, hidden);
    ir_onnx_weight(o, name, b, 2, dim);
    free(b);
    return name;
}

int ir_onnx_rnn(struct ir_onnx *o, struct ir_err *err)
{
    bool gru = strcmp(o->l.kind, "gru") == 0,
         last = strcmp(ir_onnx_arg(o, "return", ""), "last") == 0;
    size_t gates = gru ? 3 : 4, dirs = o->l.n_params / PER_DIRECTION;
    size_t hidden = o->l.param[0]->shape.dim[0] / gates;
    char *x = ir_onnx_between(o), *y = ir_onnx_between(o), *z = ir_onnx_between(o);
    char *w = weights(o, 0, dirs, gates, hidden), *r = weights(o, 1, dirs, gates, hidden);
    char *b = biases(o, dirs, gates, hidden), *shape = ir_onnx_between(o);
    struct ir_onnx_node n;

    (void)err;
    transposed(o, ir_onnx_in(o, 0), (long long[]){2, 0, 1}, 3, x);
    ir_onnx_start(&n, gru ? "GRU" : "LSTM");
    ir_onnx_input(&n, x);
    ir_onnx_input(&n, w);
    ir_onnx_input(&n, r);
    ir_onnx_input(&n, b);
    ir_onnx_int(&n, "hidden_size", (long long)hidden);
    ir_onnx_text(&n, "direction", dirs == 2 ? "bidirectional" : "forward");
    if (gru)
        ir_onnx_int(&n, "linear_before_reset", 1);
    if (last)
        ir_onnx_output(&n, "");
    ir_onnx_end(o, &n, y);
    if (last) /* [dirs][batch][hidden] */
        transposed(o, y, (long long[]){1, 0, 2}, 3, z);
    else /* [time][dirs][batch][hidden] */
        transposed(o, y, (long long[]){2, 1, 3, 0}, 4, z);
    ir_onnx_numbers(o, shape, (long long[]){0, (long long)(dirs * hidden), -1}, last ? 2 : 3);
    ir_onnx_apply(o, "Reshape", z, shape, ir_onnx_out(o));
    free(x), free(y), free(z), free(w), free(r), free(b), free(shape);
    return 0;
}

/* softmax over time of (weight x + bias), one row a head; sum over time of that times x. */
int ir_onnx_attention(struct ir_onnx *o, struct ir_err *err)
{
    size_t heads = o->l.param[0]->shape.dim[0];
    char *score = ir_onnx_between(o), *shifted = ir_onnx_between(o), *share = ir_onnx_between(o);
    char *product = ir_onnx_between(o), *axes = ir_onnx_between(o);
    struct ir_onnx_node n;

    (void)err;
    ir_onnx_broadcast(o, o->l.param[1]->name, o->l.values[1], heads, 0, 2);
    ir_onnx_apply(o, "MatMul", ir_onnx_param(o, 0), ir_onnx_in(o, 0), score);
    ir_onnx_apply(o, "Add", score, o->l.param[1]->name, shifted);
    ir_onnx_start(&n, "Softmax");
    ir_onnx_input(&n, shifted);
    ir_onnx_int(&n, "axis", 2);
    ir_onnx_end(o, &n, share);
    ir_onnx_apply(o, "Mul", share, ir_onnx_in(o, 0), product);
    ir_onnx_numbers(o, axes, (long long[]){2}, 1);
    ir_onnx_start(&n, "ReduceSum");
    ir_onnx_input(&n, product);
    ir_onnx_input(&n, axes);
    ir_onnx_int(&n, "keepdims", 0);
    ir_onnx_end(o, &n, ir_onnx_out(o));
    free(score), free(shifted), free(share), free(product), free(axes);
    return 0;
}
