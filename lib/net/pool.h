/* pool.h - max and average pooling over the last one or two axes; floor mode, no padding. */
#ifndef IR_NET_POOL_H
#define IR_NET_POOL_H

#include "net/node.h"

struct ir_pool_layer {
    size_t channels, size[2], out[2], kernel[2], stride[2];
};

int ir_pool_layer_setup(struct ir_node *n, struct ir_args *a, int dims, struct ir_err *err);
void ir_pool_max_forward(struct ir_node *n, const struct ir_pass *p);
void ir_pool_max_backward(struct ir_node *n, const struct ir_pass *p);
void ir_pool_mean_forward(struct ir_node *n, const struct ir_pass *p);
void ir_pool_mean_backward(struct ir_node *n, const struct ir_pass *p);

#endif
