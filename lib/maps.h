/* maps.h - the stages of an inference plan: convolutions and what stands between them, on maps that
 * keep their channels last.
 *
 * A map is a field of pixels, a pixel a whole number of vectors of channels (the last ones zero),
 * with a border of zeros where the next stage reads beyond the edge. So a convolution is sums of
 * broadcast numbers times vectors of weights, pooling is the largest of vectors, and nothing is
 * transposed between stages. Weights are packed once, before the first pass. Every pixel is
 * computed in one order, whatever the batch, the group of clips or the number of threads. */
#ifndef IR_MAPS_H
#define IR_MAPS_H

#include "base.h"

struct ir_field {
    size_t channels, size[2];   /* height, width; a vector of numbers is 1 × 1 */
    size_t wide;                /* floats of a pixel */
    size_t before[2], after[2]; /* rows and columns of zeros around */
};
size_t ir_field_row(const struct ir_field *f);    /* floats of a row */
size_t ir_field_floats(const struct ir_field *f); /* of a clip */
/* Its channels as they lie, without vectors of zeros: only for what IR_STAGE_IN gives to plain
 * convolutions of few channels. Else ir_field_widen. */
void ir_field_narrow(struct ir_field *f);
void ir_field_widen(struct ir_field *f, int simd);

enum ir_stage_kind {
    IR_STAGE_IN,      /* [channels][height][width] to a map */
    IR_STAGE_OUT,     /* and back */
    IR_STAGE_CONV,    /* weights [out][in][kernel], or [channels][kernel] when depthwise; a dense
                         layer is one of 1 × 1 */
    IR_STAGE_POOL,    /* largest or mean of windows */
    IR_STAGE_GLOBAL,  /* of the whole map, to a vector of numbers */
    IR_STAGE_POINT,   /* weights [channels] × x + bias, both or none */
    IR_STAGE_ADD,     /* two maps */
    IR_STAGE_GATE,    /* a map times a number a channel */
    IR_STAGE_SIGMOID, /* of a vector of numbers */
};
enum ir_stage_act { IR_ACT_LINEAR, IR_ACT_RELU, IR_ACT_HARDSWISH };
enum ir_stage_how { IR_HOW_MAX, IR_HOW_MEAN, IR_HOW_SUM, IR_HOW_MAXMEAN };

struct ir_stage {
    /* What is wanted. */
    enum ir_stage_kind kind;
    struct ir_field x, y;                             /* y after the pooling */
    size_t kernel[2], stride[2], pad[2], dilation[2]; /* of convolution and pooling */
    bool depthwise;
    bool pool2;            /* a convolution ends with the largest of each 2 × 2, floor mode */
    enum ir_stage_how how; /* pooling: MAX, MEAN; global: all */
    enum ir_stage_act act; /* follows the sum */
    float slope;           /* of the ReLU below 0 */
    int simd;              /* 0: the best of this processor; else as in kern.h */
    /* What ir_stage_choose and ir_stage_plan make of it. */
    int route;
    size_t out[2];                  /* of the convolution, before pooling */
    size_t runs, len, *at;          /* where a pixel's sum reads */
    size_t tiles[2], chunk, panels; /* Winograd */
    size_t packed, scratch;         /* floats of packed weights; of room for a thread */
    const void *kern;
};

/* How the convolution is done, and with it the zeros it reads around x, to s->x.before and after
 * where those are less. */
void ir_stage_choose(struct ir_stage *s);
/* Once both fields are final: what is read where. Released by ir_stage_free. */
void ir_stage_plan(struct ir_stage *s);
void ir_stage_free(struct ir_stage *s);
/* Weights as the stage reads them; bias NULL: zeros. scale[out] multiplies the weights of each
 * output (NULL: 1). */
void ir_stage_pack(const struct ir_stage *s, const float *w, const float *scale, const float *bias,
                   float *packed);
/* Weights so large beside the map that several clips should share a pass over them: so many. */
size_t ir_stage_group(const struct ir_stage *s);

/* One stage over `clips` clips; x2 is the second input of ADD and GATE. apart: floats from clip to
 * clip. Task `part` of `parts`; results do not depend on the cut. */
struct ir_stage_pass {
    const float *x, *x2, *packed;
    float *y, *scratch;
    size_t x_apart, x2_apart, y_apart, clips, part, parts;
    size_t x2_wide; /* ADD: floats of its rows and pixels may differ */
    size_t x2_row;
};
void ir_stage_run(const struct ir_stage *s, const struct ir_stage_pass *p);

#endif
