/* conv_wino.h - the shape of one direction (forward, or the data gradient) of a Winograd
 * convolution. Private to conv_winograd*.c. */
#ifndef IR_KERN_CONV_WINO_H
#define IR_KERN_CONV_WINO_H

#include "conv_impl.h"
#include "table.h"

#define XI 36 /* cells of a transformed tile */

/* One direction: source planes → destination planes, 4 × 4 tiles of the destination. */
struct wino_dir {
    size_t src_c, dst_c, src_p, dst_p; /* channels, and rounded up to whole vectors */
    size_t src[2], dst[2], pad[2];
    size_t down, across, tiles; /* tiles of a clip: rows, columns, all */
};

/* The geometry of work: `group` clips are transformed together, `rows` rows of tiles a time. */
struct wino_own {
    const struct ir_kern *kern;
    struct wino_dir fwd, dx;
    bool shared;  /* big weights: all threads work on one group, a product a cell */
    size_t clips; /* clips of a group (shared), else 1 */
    size_t strip; /* floats of a strip of six rows, a thread */
    size_t v, m;  /* floats of transformed tiles: source, destination; a thread unless shared */
    size_t u;     /* floats of transformed weights */
};

/* Sets up the weight gradient's pieces of the scratch and runs it (conv_winograd_grad.c). */
void ir_wino_wgrad(const struct ir_conv *c, struct ir_pool *pool, size_t n, const float *x,
                   const float *dy, float *dw, float *db, float *scratch);
size_t ir_wino_wgrad_scratch(const struct ir_conv *c); /* floats */

/* Floats between two of the 36 cells of `tiles` tiles of p channels: an odd number of cache lines,
 * so that they do not fall on one cache set. */
static inline size_t ir_wino_xi(size_t tiles, size_t p)
{
    return (ir_round_up(tiles * p, 16) / 16 | 1) * 16;
}

#endif
