/* kern.h - the table of SIMD kernels, one per level, selected at run time. Private to lib/net. */
#ifndef IR_NET_KERN_H
#define IR_NET_KERN_H

#include <stddef.h>

#define IR_KERN_MAX_LANES 16

/* Direct sum: for each of `vectors` output vectors, starting at source + at[v], and each of `kb`
 * channels: out[k][v] = sum over taps of w[tap * kb + k] * source[at[v] + tap_at[tap] …] */
struct ir_kern {
    const char *name;
    size_t lanes;
    /* Output vectors computed together for a block of kb channels; 0: no such block. */
    size_t (*direct_group)(size_t kb);
    /* tile holds [kb][group][lanes]. at has `group` offsets. */
    void (*direct)(size_t kb, const float *source, const size_t *at, const size_t *tap_at,
                   size_t taps, const float *w, float *tile);
    /* Copy the first n lanes of a tile's vector, plus bias. */
    void (*put)(float *to, const float *from, float bias, size_t n);
    /* acc[k][tap][lanes] += dy[k][row][x] * source[row * source_row + tap_at[tap] + x], over rows ×
     * width; channels of dy are dy_plane apart. */
    void (*direct_wgrad)(const float *dy, size_t dy_plane, size_t channels, const float *source,
                         size_t source_row, const size_t *tap_at, size_t taps, size_t rows,
                         size_t width, float *acc);
    float (*sum)(const float *x, size_t n); /* lane by lane, then the lanes */
};

/* level 0: the best of this processor; 1 plain C, 2 AVX2, 3 AVX-512. NULL when the processor lacks
 * it. */
const struct ir_kern *ir_kern_get(int level);

extern const struct ir_kern ir_kern_plain, ir_kern_avx2, ir_kern_avx512;

#endif
