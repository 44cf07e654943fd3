/* conv_layer.h - what conv1d and conv2d share: a plan of kern.h behind the layer interface. */
#ifndef IR_NET_CONV_LAYER_H
#define IR_NET_CONV_LAYER_H

#include "kern.h"
#include "net/node.h"

struct ir_conv_layer {
    struct ir_conv *plan;
    struct ir_conv_shape s;
    bool bias;
    int init; /* 0 torch, 1 glorot, 2 he */
};

#define IR_CONV_INITS "torch|glorot|he"

/* s.out, kernel, stride, pad, dilation, groups, bias, init of the state are set: check them against
 * the input, set shape and parameters, make the plan. */
int ir_conv_layer_setup(struct ir_node *n, struct ir_err *err);
/* Make the plan again from s, after the fused tail was set. */
int ir_conv_layer_plan(struct ir_node *n, struct ir_err *err);
void ir_conv_layer_init(struct ir_node *n, struct ir_rng *rng);
void ir_conv_layer_forward(struct ir_node *n, const struct ir_pass *p);
void ir_conv_layer_backward(struct ir_node *n, const struct ir_pass *p);
void ir_conv_layer_drop(struct ir_node *n);
const char *ir_conv_layer_route(const struct ir_node *n);
/* Weights of `fan_in` inputs and `fan_out` outputs each, after one of IR_CONV_INITS. */
void ir_node_init_weights(float *w, size_t count, size_t fan_in, size_t fan_out, int init,
                          struct ir_rng *rng);

#endif
