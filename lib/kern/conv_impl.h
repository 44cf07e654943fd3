/* conv_impl.h - what the routes of convolution share. Private to conv_*.c. */
#ifndef IR_KERN_CONV_IMPL_H
#define IR_KERN_CONV_IMPL_H

#include "kern.h"

struct ir_conv {
    struct ir_conv_shape s;
    size_t out_size[2]; /* of the convolution */
    size_t y_size[2];   /* of y: after the fused pool, if any */
    unsigned threads;
    enum ir_conv_route route;
    const struct ir_conv_ops *ops;
    size_t keep, scratch; /* bytes */
    size_t parts;         /* partial sums of the weight gradient; fixed by the shape */
    char text[160];
    void *own; /* route's private plan (tables); released by ops->free */
};

/* One route. All members but `free` must be set; sizes and partitions are computed in setup. */
struct ir_conv_ops {
    const char *name;
    bool (*takes)(const struct ir_conv_shape *s, const size_t out[2]);
    bool (*pays)(const struct ir_conv_shape *s, const size_t out[2]); /* NULL: always */
    int (*setup)(struct ir_conv *c, struct ir_err *err);
    void (*forward)(const struct ir_conv *c, struct ir_pool *pool, size_t n, const float *x,
                    const float *w, const float *bias, float *y, bool same_w, void *keep,
                    void *scratch);
    void (*backward)(const struct ir_conv *c, struct ir_pool *pool, size_t n, const float *x,
                     const float *w, const float *dy, float *dx, float *dw, float *db, void *keep,
                     void *scratch);
    void (*free)(struct ir_conv *c);
};

extern const struct ir_conv_ops ir_conv_plain, ir_conv_direct, ir_conv_winograd, ir_conv_overlap,
    ir_conv_fft, ir_conv_gemm;

/* n rounded up to a multiple of `to`. */
static inline size_t ir_round_up(size_t n, size_t to)
{
    return (n + to - 1) / to * to;
}

/* Part p of `parts` of n things: begins at, ends before. */
static inline size_t ir_part_begin(size_t n, size_t parts, size_t p)
{
    return n * p / parts;
}

#endif
