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
void ir_onnx_real(struct ir_onnx_node *n, const char *name, double v);
void ir_onnx_end(struct ir_onnx *o, struct ir_onnx_node *n, const char *output);

/* A constant: f32 of the given shape, or a list of int64. */
void ir_onnx_weight(struct ir_onnx *o, const char *name, const float *v, int rank,
                    const size_t *dim);
void ir_onnx_numbers(struct ir_onnx *o, const char *name, const long long *v, size_t count);

/* Append the nodes of layer o->l and name its output o->value. An unknown kind is an error that
 * names it and its line. */
int ir_onnx_layer(struct ir_onnx *o, struct ir_err *err);

#endif
