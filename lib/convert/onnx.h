/* onnx.h - an ONNX graph while it is being built (opset 13; github.com/onnx/onnx, onnx/onnx.proto).
 */
#ifndef IR_CONVERT_ONNX_H
#define IR_CONVERT_ONNX_H

#include "convert.h"
#include "net.h"

struct ir_onnx {
    const struct ir_net *net;
    struct ir_buf nodes, weights; /* fields 1 and 5 of GraphProto */
    struct ir_strs value;         /* name of each layer's output in the graph */
    size_t layer;                 /* number of the layer being written */
    struct ir_net_layer l;        /* the layer itself */
    size_t extra;                 /* numbers intermediate values of a layer */
};

/* One node being built: start, attributes, then end, which appends it to the graph. */
struct ir_onnx_node {
    struct ir_buf b;
};
void ir_onnx_start(struct ir_onnx_node *n, const char *op);
void ir_onnx_input(struct ir_onnx_node *n, const char *value);
void ir_onnx_int(struct ir_onnx_node *n, const char *name, long long v);
void ir_onnx_ints(struct ir_onnx_node *n, const char *name, const long long *v, size_t count);
void ir_onnx_text(struct ir_onnx_node *n, const char *name, const char *v);
void ir_onnx_real(struct ir_onnx_node *n, const char *name, double v);
/* An output before the last one ("": not wanted), for operators that have several. */
void ir_onnx_output(struct ir_onnx_node *n, const char *value);
void ir_onnx_end(struct ir_onnx *o, struct ir_onnx_node *n, const char *output);
/* output = op(a, b); b may be NULL. */
void ir_onnx_apply(struct ir_onnx *o, const char *op, const char *a, const char *b,
                   const char *output);

/* A constant: f32 of the given shape, or a list of int64. */
void ir_onnx_weight(struct ir_onnx *o, const char *name, const float *v, int rank,
                    const size_t *dim);
void ir_onnx_numbers(struct ir_onnx *o, const char *name, const long long *v, size_t count);

/* Values of one axis of a clip of that rank as a constant that broadcasts: 1 × … × count × … × 1.
 */
void ir_onnx_broadcast(struct ir_onnx *o, const char *name, const float *v, size_t count, int axis,
                       int rank);
/* Parameter k of the layer as a constant; returns its name. */
const char *ir_onnx_param(struct ir_onnx *o, size_t k);

/* Names of the layer's k-th input and of its output; a new name for something between (owned by the
 * caller). */
const char *ir_onnx_in(const struct ir_onnx *o, size_t k);
const char *ir_onnx_out(const struct ir_onnx *o);
char *ir_onnx_between(struct ir_onnx *o);
/* Shape of one clip of input k. */
struct ir_shape ir_onnx_in_shape(const struct ir_onnx *o, size_t k);
/* The text of an argument of the layer, or def; the axis it names (0 … 3, channel, time; -1: all).
 * The network has checked them. */
const char *ir_onnx_arg(const struct ir_onnx *o, const char *key, const char *def);
int ir_onnx_axis(const struct ir_onnx *o, const char *def, int rank);

/* Layers that have a file of their own. */
int ir_onnx_rnn(struct ir_onnx *o, struct ir_err *err);       /* gru, lstm: onnx_rnn.c */
int ir_onnx_attention(struct ir_onnx *o, struct ir_err *err); /* onnx_rnn.c */
int ir_onnx_layernorm(struct ir_onnx *o, struct ir_err *err); /* onnx_shape.c, as all that follow */
int ir_onnx_flatten(struct ir_onnx *o, struct ir_err *err);
int ir_onnx_reshape(struct ir_onnx *o, struct ir_err *err);
int ir_onnx_transpose(struct ir_onnx *o, struct ir_err *err);
int ir_onnx_softmax(struct ir_onnx *o, struct ir_err *err);
int ir_onnx_add(struct ir_onnx *o, struct ir_err *err);
int ir_onnx_mul(struct ir_onnx *o, struct ir_err *err);
int ir_onnx_concat(struct ir_onnx *o, struct ir_err *err);

/* Append the nodes of layer o->l and name its output o->value. An unknown kind is an error that
 * names it and its line. */
int ir_onnx_layer(struct ir_onnx *o, struct ir_err *err);

#endif
