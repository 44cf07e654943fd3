/* norm.h - the settings of batchnorm, for the layer and for the fused passes. */
#ifndef IR_NET_NORM_H
#define IR_NET_NORM_H

#include "net/node.h"

enum { IR_NORM_WEIGHT, IR_NORM_BIAS, IR_NORM_MEAN, IR_NORM_VAR };

struct ir_norm {
    size_t channels, plane;
    double eps, momentum;
    bool frozen;
    float *
        stats; /* [channels][mean, variance] of a part go here (parts.c); NULL: running ones move */
};

#endif
