/* fuse.h - one chain of layers that runs as one pass. */
#ifndef IR_NET_FUSE_H
#define IR_NET_FUSE_H

#include "net/node.h"
#include "net/norm.h"
#include "kern.h"

/* [batchnorm] [relu or leakyrelu] [max pool] after `source`. */
struct ir_fused {
    struct ir_node *source, *norm; /* norm NULL: no batchnorm */
    struct ir_post post;
};

#endif
