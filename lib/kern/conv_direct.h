/* conv_direct.h - the pass that conv_direct.c plans: forward, or the data gradient, as the same sum
 * over taps of a zero-padded copy of a band of rows. Private to conv_direct*.c. */
#ifndef IR_KERN_CONV_DIRECT_H
#define IR_KERN_CONV_DIRECT_H

#include "conv_impl.h"
#include "table.h"

/* Destination cells first[a] + i × step[a]; a stride makes the data gradient step[0] × step[1]
 * phases, each with its own taps. */
struct phase {
    size_t first[2], count[2];
    size_t taps;   /* of all source channels of a group */
    size_t per;    /* taps of one source channel */
    size_t *at;    /* [taps] offset in the band */
    size_t *cell;  /* [per] index in the kernel plane */
    size_t packed; /* where its weights begin in the packed weights */
};

struct pass {
    size_t groups, src_c, dst_c; /* channels of a group */
    size_t src[2], dst[2];
    size_t step[2];      /* of the destination; 1 forward */
    size_t row_step;     /* source rows a destination row; 1 in the data gradient */
    size_t split;        /* columns are dealt to this many lines, column j to line j % split */
    size_t lines;        /* of these the first are read */
    ptrdiff_t origin[2]; /* source row and column of the band's first cell when the band starts at
                            row 0 */
    size_t span;         /* source rows that one destination row touches */
    size_t line, row, plane; /* floats of a line, of a row (all lines), of a channel in the band */
    size_t band_rows, bands; /* destination rows (of one phase) in a band */
    size_t kb, blocks;       /* destination channels are done kb at once */
    size_t packed;           /* floats of packed weights */
    size_t phases;
    void (*deal)(const float *, size_t, size_t, size_t, size_t, float *, size_t);
    struct phase *phase;
};

void ir_direct_plan_forward(struct pass *p, const struct ir_conv *c, const struct ir_kern *k);
void ir_direct_plan_dx(struct pass *p, const struct ir_conv *c, const struct ir_kern *k);
void ir_direct_free(struct pass *p);
/* Zero-padded copy of the source rows that the band touches, for all channels of one group. */
void ir_conv_fill_band(const struct pass *p, const float *src, size_t band, float *to);

#endif
