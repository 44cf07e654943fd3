/* node.h - what a layer file sees: nodes, parameters, arguments, one pass. Private to lib/net. */
#ifndef IR_NET_NODE_H
#define IR_NET_NODE_H

#include "args.h"
#include "kern.h"
#include "net.h"

#define IR_NODE_IN     16
#define IR_NODE_PARAMS 16

/* ---- nodes -------------------------------------------------------------------------------------
 */

struct ir_pass {
    size_t batch; /* clips in this pass, ≤ the planned batch */
    bool training;
    bool same_w; /* the weights are those of the last pass, and what forward kept is still there */
    struct ir_pool *pool;
    const uint64_t *seeds; /* one a clip; NULL when not training */
    float *scratch;        /* as many floats as the node asked for, 64-byte aligned */
};

/* The pool for a job of so many operations: NULL when waking threads would cost more than it. */
static inline struct ir_pool *ir_pass_pool(const struct ir_pass *p, double operations)
{
    return operations < 30000 ? NULL : p->pool;
}

struct ir_layer;

struct ir_node {
    const struct ir_layer *layer;
    const char *name;
    int line;
    size_t index;
    size_t n_in;
    struct ir_node *in[IR_NODE_IN];
    size_t batch; /* as planned */
    unsigned threads;
    bool training;
    struct ir_shape shape; /* of one clip's output; set by setup */
    size_t size;           /* its floats */
    float *y, *dy;         /* [batch][size] */
    float *dx[IR_NODE_IN]; /* backward writes here (not +=); NULL: not wanted */
    size_t n_params;
    struct ir_param param[IR_NODE_PARAMS];
    float *w[IR_NODE_PARAMS], *g[IR_NODE_PARAMS];
    void *state;       /* layer->state bytes, zeroed before the first setup */
    size_t keep_bytes; /* for all clips, kept from forward to backward; asked for in setup */
    void *keep;
    size_t scratch_size;    /* floats, only during one call; asked for in setup */
    double macs;            /* multiply-adds of one clip */
    bool in_place;          /* y may be the input's y */
    bool needs_x, needs_y;  /* backward reads x / y (default both) */
    bool learns;            /* it or something before it has weights to train */
    bool skipped;           /* another node does its work (fuse.c) */
    bool dy_in_y;           /* the gradient of y overwrites y */
    bool stepped, outlet;   /* runs as a step (steps.h); and its y is wanted all the same */
    size_t live[2];         /* nodes between which y must last, besides those that read it */
    struct ir_fused *fused; /* this node does the work of a chain; NULL: only its own */
    struct ir_args *args;
    size_t consumers;
    struct ir_node *only_consumer;
};

/* forward and backward are pure: results depend on x, parameters and seeds alone, never on threads.
 */
struct ir_layer {
    const char *name, *usage,
        *example; /* example: lines of a small network, for the generic tests */
    size_t state;
    /* Check inputs, set shape, parameters, keep_bytes, scratch_size, macs. Called once per plan. */
    int (*setup)(struct ir_node *, struct ir_args *, struct ir_err *);
    void (*init)(struct ir_node *, struct ir_rng *); /* NULL: parameters start as zeros */
    void (*forward)(struct ir_node *, const struct ir_pass *);
    void (*backward)(struct ir_node *, const struct ir_pass *); /* parameter gradients += */
    void (*drop)(struct ir_node *);               /* free what setup put into state; may be NULL */
    const char *(*route)(const struct ir_node *); /* for --plan; may be NULL */
    void (*fit)(struct ir_node *,
                const struct ir_pass *); /* see clips before training; may be NULL */
    void (*fit_end)(struct ir_node *);
};

/* Declare parameter number n_params; on a second plan the shape must be the same. */
int ir_node_param(struct ir_node *n, const char *name, int rank, const size_t *dim, bool buffer,
                  struct ir_err *err);
/* n_in must be in [min, max], the rank of every input in [rank_min, rank_max]. */
int ir_node_inputs(const struct ir_node *n, size_t min, size_t max, int rank_min, int rank_max,
                   struct ir_err *err);
/* values[count] uniform in (-s, s). */
void ir_node_uniform(float *values, size_t count, double s, struct ir_rng *rng);
/* Output of input k: what a layer reads. */
static inline const float *ir_node_x(const struct ir_node *n, size_t k)
{
    return n->in[k]->y;
}

const struct ir_layer *ir_layer_find(const char *name);
const struct ir_layer *ir_layer_at(size_t i);               /* NULL past the end */
int ir_layer_unknown(const char *name, struct ir_err *err); /* says so, and what is known; -1 */

/* ---- chains of layers that run as one (fuse.c) ---- */

/* Input k of a node as it runs: the source of its chain when it is fused. */
struct ir_node *ir_node_from(const struct ir_node *n, size_t k);
size_t ir_node_inputs_run(const struct ir_node *n);
struct ir_net;
/* Find what runs as one, after every setup of a plan. off: undo only. */
int ir_net_fuse(struct ir_net *net, bool off, struct ir_err *err);
void ir_node_forward(struct ir_node *n, const struct ir_pass *p);
void ir_node_backward(struct ir_node *n, const struct ir_pass *p);

/* ---- losses ------------------------------------------------------------------------------------
 */

struct ir_loss_state {
    size_t classes;
    float *class_weight; /* [classes], or NULL */
    bool balanced;       /* class_weight follows the training clips */
    double smoothing, gamma, gamma_neg, clip, margin;
};

struct ir_loss {
    const char *name, *usage, *example;
    bool single; /* one class a clip: softmax; else sigmoid */
    int (*setup)(struct ir_loss_state *, struct ir_args *, struct ir_err *);
    /* z logits, t targets (NAN unknown), k classes: adds the loss of one clip to *sum and its
     * weight to *weight; dz (may be NULL) gets the gradient of the sum. */
    void (*clip)(const struct ir_loss_state *, size_t k, const float *z, const float *t, float *dz,
                 double *sum, double *weight);
};

const struct ir_loss *ir_loss_find(const char *name);
const struct ir_loss *ir_loss_at(size_t i);
int ir_loss_unknown(const char *name, struct ir_err *err);

/* ---- the network -------------------------------------------------------------------------------
 */

struct ir_steps;

struct ir_net {
    char *text, *name;
    struct ir_strs classes;
    struct ir_node *node; /* never moves after parsing */
    size_t n_nodes;
    struct ir_net_input *input;
    struct ir_node **input_node;
    size_t n_inputs;
    const struct ir_loss *loss;
    struct ir_args *loss_args;
    int loss_line;
    struct ir_loss_state loss_state;
    /* as planned */
    bool planned, training;
    bool same_w;             /* no weight changed since the last forward */
    bool no_fuse;            /* for tests: every layer on its own */
    struct ir_steps *steps;  /* of inference; or NULL */
    struct ir_node *watched; /* its output is kept for the caller; or NULL */
    size_t batch;
    struct ir_pool *pool;
    struct ir_param **param;
    size_t n_params, arena_floats, weights;
    float *values, *gradients; /* arenas */
    float *own_gradients;      /* set while backward leaves them elsewhere (parts.c) */
    double part_weight;        /* of the batch whose part is seen; 0: the batch is seen whole */
    char *act;                 /* activations, kept state, gradients of activations */
    size_t act_bytes, act_cap;
    float *scratch;
    size_t scratch_floats, scratch_cap;
    float *target, *probs, *dlogits;
    size_t last_batch;
    const uint64_t *last_seeds;
};

/* Lines of a net description; see parse.c. */
int ir_net_read_lines(struct ir_net *net, const char *text, struct ir_err *err);

#endif
