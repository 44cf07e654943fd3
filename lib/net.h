/* net.h - networks: a text description becomes layers with shapes, memory, forward and backward
 * passes.
 *
 * The description language is formats/net.md; a trained network is a tensor stream,
 * formats/model.md. Data is row major, [clip][channel][…][time]; shapes below are those of one
 * clip. */
#ifndef IR_NET_H
#define IR_NET_H

#include "irt.h"

#define IR_NET_RANK 4

struct ir_shape {
    int rank; /* 0 … IR_NET_RANK */
    size_t dim[IR_NET_RANK];
};
size_t ir_shape_count(const struct ir_shape *s);
/* "3x150x150"; any axis of size 0 is shown as "any". */
const char *ir_shape_show(char out[96], const struct ir_shape *s);

/* One block of numbers that the network owns: weights (trained) or running statistics (buffer). */
struct ir_param {
    char *name; /* "conv2d1.weight" */
    struct ir_shape shape;
    size_t count, offset; /* floats; place in the arena */
    bool buffer;          /* not trained by gradients */
    bool frozen;          /* left alone by the optimiser */
    bool decays;          /* weight decay applies */
    double lr_scale;
};

struct ir_net;

/* Parse a description. `name` stands in messages ("name:LINE: …"). classes are copied; they give
 * the value of the word `classes`. NULL on any unknown word, key or name, with its line. */
struct ir_net *ir_net_parse(const char *text, size_t len, const char *name,
                            const struct ir_strs *classes, struct ir_err *err);
/* The same of the file at path. */
struct ir_net *ir_net_read(const char *path, const struct ir_strs *classes, struct ir_err *err);
void ir_net_free(struct ir_net *net);
const char *ir_net_text(const struct ir_net *net);
const struct ir_strs *ir_net_classes(const struct ir_net *net);

/* The inputs, in order of their lines. name: of the record ("x" when the line names none); domain:
 * "audio", "feature" or NULL; axes of size 0 in shape are free (`any`). */
struct ir_net_input {
    const char *name, *domain;
    struct ir_shape shape;
    int line;
};
size_t ir_net_inputs(const struct ir_net *net);
const struct ir_net_input *ir_net_input(const struct ir_net *net, size_t i);
/* The shape of a record that this input can read; fails, naming the record, both shapes and the
 * line of the description, when its rank or one of the axes that are not `any` differs, or an axis
 * is empty. */
int ir_net_input_bind(const struct ir_net_input *in, const struct ir_rec *r, struct ir_shape *s,
                      struct ir_err *err);

/* Shapes of all inputs as described, with axes that are `any` set to length. */
void ir_net_shapes(const struct ir_net *net, size_t length, struct ir_shape *shapes);

/* Fix batch and input shapes (shapes[i] of input i; NULL: those of the description, which must then
 * be whole), work out every shape, allocate. May be called again with other shapes: parameters keep
 * their values. training: also keep what backward needs. pool may be NULL; it is borrowed.
 * memory_max in bytes, 0: that of the machine; more is refused before anything is allocated. */
int ir_net_plan(struct ir_net *net, size_t batch, const struct ir_shape *shapes, bool training,
                struct ir_pool *pool, size_t memory_max, struct ir_err *err);
/* Bytes that the network holds (parameters, gradients, activations, scratch) as planned. */
size_t ir_net_memory(const struct ir_net *net);
/* Fresh weights; the same seed gives the same bits. After ir_net_plan. */
void ir_net_init(struct ir_net *net, uint64_t seed);

/* Parameters. values: count floats at the returned address; NULL gradients when not planned for
 * training. */
size_t ir_net_params(const struct ir_net *net);
const struct ir_param *ir_net_param(const struct ir_net *net, size_t i);
float *ir_net_values(struct ir_net *net, size_t i);
float *ir_net_gradients(struct ir_net *net, size_t i);
/* All of them as one block of *n floats (for copies and checkpoints). */
float *ir_net_arena(struct ir_net *net, size_t *n);
size_t ir_net_weights(const struct ir_net *net); /* trained numbers, as papers count them */
/* Set lr_scale (0 freezes) of every parameter whose name matches the shell pattern; the number of
 * matches. */
size_t ir_net_scale(struct ir_net *net, const char *pattern, double lr_scale);

/* Buffers of the planned batch: input i [batch][shape], targets [batch][classes] (NAN: unknown),
 * logits and probabilities [batch][classes]. */
float *ir_net_x(struct ir_net *net, size_t i);
void ir_net_planned(const struct ir_net *net, size_t i, struct ir_shape *shape); /* of input i */
size_t ir_net_batch(const struct ir_net *net);
float *ir_net_target(struct ir_net *net);
const float *ir_net_logits(const struct ir_net *net);
const float *ir_net_probs(const struct ir_net *net);

/* Keep the output of the layer of that name through each pass; call before ir_net_plan. -1: no such
 * layer. */
int ir_net_watch(struct ir_net *net, const char *layer, struct ir_err *err);
/* The watched layer's output after ir_net_forward, [batch][shape]; NULL: none is watched. */
const float *ir_net_watched(const struct ir_net *net, struct ir_shape *shape);

/* One pass over the first n ≤ batch clips. seeds[n] decide dropout (only when training; may be NULL
 * otherwise). forward fills logits and probabilities. */
void ir_net_forward(struct ir_net *net, size_t n, bool training, const uint64_t *seeds);
/* Loss of the clips that the last forward saw (sum and weight: mean = sum / weight); with
 * `gradient` also prepares backward for the mean. */
void ir_net_loss(struct ir_net *net, bool gradient, double *sum, double *weight);
/* Gradients of the mean loss; they are zeroed first. */
void ir_net_backward(struct ir_net *net);
/* The same; calls whole, layer after layer, with the number from which on gradients are whole. */
void ir_net_backward_told(struct ir_net *net, void (*whole)(void *self, size_t from), void *self);
/* Loss of clip i alone, to name the one that went wrong. */
double ir_net_clip_loss(struct ir_net *net, size_t i);

/* A batch seen in parts: each pass leaves what it adds to the update to its caller, who adds the
 * parts up and then moves the running statistics.
 * Numbers that the batchnorms measure in a training pass: mean and variance of each channel, in
 * pairs. After ir_net_plan. */
size_t ir_net_stats(const struct ir_net *net);
/* The passes that follow see a part of a batch whose loss has that weight: backward leaves its
 * gradients at gradients (floats of the arena; NULL: where they always are), forward its statistics
 * at stats [ir_net_stats] and running ones alone (NULL, weight 0: a whole batch again). Both are
 * borrowed, until the next call or plan. */
void ir_net_part(struct ir_net *net, float *gradients, float *stats, double weight);
/* Move the running statistics by those of a batch of n clips. */
void ir_net_settle(struct ir_net *net, const float *stats, size_t n);
/* Weight in the loss of a clip with the targets y [classes]. */
double ir_net_weight(const struct ir_net *net, const float *y);

/* Layers fitted on data before training (standardize): for each stage s in 0 … stages-1 show all
 * training clips through ir_net_fit, then call ir_net_fit_end. */
size_t ir_net_fit_stages(const struct ir_net *net);
void ir_net_fit(struct ir_net *net, size_t stage, size_t n);
void ir_net_fit_end(struct ir_net *net, size_t stage);

/* Layer i of a planned network, for exporters: its kind ("conv2d"), name, line, inputs (numbers of
 * other layers), output shape of one clip, parameters and their values. Valid until the next plan.
 */
#define IR_NET_LAYER_MAX 16
struct ir_net_layer {
    const char *kind, *name;
    int line;
    size_t n_in, in[IR_NET_LAYER_MAX];
    struct ir_shape shape;
    size_t n_params;
    const struct ir_param *param[IR_NET_LAYER_MAX];
    const float *values[IR_NET_LAYER_MAX];
};
size_t ir_net_layers(const struct ir_net *net);
void ir_net_layer(const struct ir_net *net, size_t i, struct ir_net_layer *out);
/* The text that the description gives for key of layer i; NULL: not there, the default applies. */
const char *ir_net_layer_arg(const struct ir_net *net, size_t i, const char *key);
/* The k-th key that the description gives for layer i; NULL after the last. */
const char *ir_net_layer_key(const struct ir_net *net, size_t i, size_t k);

/* The loss: single (one class a clip, softmax) or not (sigmoid). */
bool ir_net_single(const struct ir_net *net);
const char *ir_net_loss_name(const struct ir_net *net);

/* For a loss with weights=balanced: clips[i] of class i give it the weight sum / (classes ×
 * clips[i]), 1 when it has none. Else nothing happens. */
void ir_net_balance(struct ir_net *net, const size_t *clips);

/* A table of layers, output shapes, parameters and multiply-adds of one clip; plan: also the route.
 */
void ir_net_summary(const struct ir_net *net, bool plan, struct ir_buf *out);

/* ---- models (formats/model.md) -----------------------------------------------------------------
 */

/* Write net as a model stream; head is the whole header (domain is set here). */
int ir_model_write(const char *path, struct ir_net *net, const struct ir_meta *head, bool pack,
                   struct ir_err *err);
/* A model: its header, the network (not yet planned) and its parameters, kept until ir_model_apply.
 */
struct ir_model;
struct ir_model *ir_model_open(const char *path, struct ir_err *err);
/* The same from a reader whose header was read; path stands in messages. */
struct ir_model *ir_model_read(struct ir_reader *r, const char *path, struct ir_err *err);
const struct ir_meta *ir_model_header(const struct ir_model *m);
struct ir_net *ir_model_net(struct ir_model *m); /* owned by m */
/* Copy the parameters into net after ir_net_plan. Without `report` every name and shape must agree;
 * with it what fits is loaded and what was not is written there, one line each. Returns the number
 * loaded. */
int ir_model_apply(const struct ir_model *m, struct ir_net *net, struct ir_buf *report,
                   size_t *loaded, struct ir_err *err);
/* A sum over its parameters, to tell models apart. */
uint32_t ir_model_sum(const struct ir_model *m);
void ir_model_close(struct ir_model *m);

/* ---- registries --------------------------------------------------------------------------------
 */

/* Names and usage lines of all layers and losses, for --list and documents. */
void ir_net_list(struct ir_buf *out);

#endif
