/* steps.h - an inference plan: stretches of the network that run on maps with their channels last
 * (maps.h), a clip from the first step to the last while it is in the cache. Private to lib/net. */
#ifndef IR_NET_STEPS_H
#define IR_NET_STEPS_H

#include "maps.h"
#include "net/node.h"

#define IR_NO_VALUE SIZE_MAX

struct ir_step {
    struct ir_stage stage;
    size_t x, x2, y;      /* values; IR_NO_VALUE: that of `node` in the network's own memory */
    struct ir_node *node; /* whose plain numbers IN reads and OUT writes; else whose weights */
    struct ir_node *norm; /* folded into the weights, or NULL */
    size_t packed;        /* floats before its weights */
};

struct ir_step_value {
    struct ir_field field;
    size_t first, last; /* steps that write and last read it */
    size_t floats;      /* of a clip */
    bool all;           /* every clip of a group has its own */
    size_t offset;      /* in the arena */
};

/* A stretch of steps without layers of the other kind between them. */
struct ir_step_span {
    size_t node;            /* runs in the place of this one, its first */
    size_t from, split, to; /* steps; from `split` on all clips of a group go together */
    size_t group;           /* clips that pay off together there */
    size_t arena;           /* floats */
};

struct ir_steps {
    struct ir_step *step;
    size_t n, cap;
    struct ir_step_value *value;
    size_t n_values, cap_values;
    struct ir_step_span *stretch;
    size_t n_stretches, cap_stretches;
    size_t arena, scratch; /* floats of one; as many arenas as threads, or clips if fewer */
    size_t arenas, scratches, packed_floats;
    float *packed, *memory;
    size_t *of; /* [nodes]: value of a node in the stretch at hand */
};

/* Find what can run so, after every setup of a plan without training; the nodes are marked
 * `stepped`, those whose plain numbers others want `outlet`. Nothing where it does not pay. */
void ir_steps_find(struct ir_net *net);
/* Fields, plans of the stages and places of the values; after the steps were found. */
void ir_steps_lay_out(struct ir_steps *s, size_t batch, const struct ir_pool *pool);
size_t ir_steps_bytes(const struct ir_steps *s); /* that ir_steps_allocate takes */
void ir_steps_allocate(struct ir_steps *s);
void ir_steps_free(struct ir_steps *s);
/* The stretch that starts at node i, if one does, over the batch. */
void ir_steps_run(struct ir_net *net, size_t i, const struct ir_pass *p);

#endif
