/* table.h - the table of SIMD kernels, one per level, selected at run time. Private to lib/kern. */
#ifndef IR_KERN_TABLE_H
#define IR_KERN_TABLE_H

#include "lane_fft.h"

#include <stddef.h>

#define IR_KERN_MAX_LANES 16
#define IR_KERN_GROUP     12 /* vectors of a block at most */

/* One plane of a fused pass (norm_pool.c): act(v) = v > 0 ? v : slope v of v = a x + b, then the
 * pool.
 */
struct ir_post_plane {
    const float *x, *dy;
    float *y, *dx;
    size_t h, w, yh, yw, pool[2], stride[2]; /* pool[1] 0: none */
    int two;                                 /* the pool is 2×2, stride 2 */
    float a, b, slope, sign, mean, k0, k1;   /* dx = a g + k0 + k1 x; sign of a */
};

/* Where a block of channels × vectors goes: the first n[v] lanes of channel k and vector v to
 * to[k * plane + at[v]]; bias is added unless NULL. */
struct ir_kern_out {
    float *to;
    size_t channels, plane, at[IR_KERN_GROUP], n[IR_KERN_GROUP];
    const float *bias;
};

/* What comes after the sum. */
enum { IR_KERN_LINEAR, IR_KERN_RELU, IR_KERN_HARDSWISH };

/* A row of `n` pixels of a map with the channels last (kern_maps.h): pixel r of the output,
 * `vectors` wide, at y + r y_step, is made of what lies around x + r x_step: `runs` times `len`
 * floats, at x + at[run]. */
struct ir_kern_row {
    const float *x, *w, *bias;
    float *y;
    size_t x_step, y_step, n, vectors, runs, len;
    const size_t *at;
    int act;
    float slope; /* of the ReLU below 0 */
};

struct ir_kern {
    const char *name;
    size_t lanes;
    /* Output vectors computed together for a block of kb channels; 0: no such block. */
    size_t (*direct_group)(size_t kb);
    /* Direct sum: for each vector, starting at source + at[v], and each of `kb` channels: the sum
     * over taps of w[tap * kb + k] * source[at[v] + tap_at[tap] …]. All `group` vectors are read
     * and computed. */
    void (*direct)(size_t kb, const float *source, const size_t *at, const size_t *tap_at,
                   size_t taps, const float *w, const struct ir_kern_out *o);
    /* acc[k][tap][lanes] += dy[k][row][x] * source[row * source_row + tap_at[tap] + x], over rows ×
     * width; channels of dy are dy_plane apart. */
    void (*direct_wgrad)(const float *dy, size_t dy_plane, size_t channels, const float *source,
                         size_t source_row, const size_t *tap_at, size_t taps, size_t rows,
                         size_t width, float *acc);
    /* c[rows][cols] = (c +) a × b with a[r, s] at a[r a_row + s a_step] and b in panels of `panel`
     * columns: panel j at b + j b_panel, its rows b_step apart (0: packed, as wide as the panel).
     * cols is a multiple of lanes. */
    size_t panel;
    void (*gemm)(size_t rows, size_t cols, size_t steps, const float *a, size_t a_row,
                 size_t a_step, const float *b, size_t b_step, size_t b_panel, float *c,
                 size_t c_row, int add);
    /* Rows of x times rows of w: see kern_gemm.h. */
    void (*dots)(size_t rows, size_t outs, size_t n, const float *x, size_t x_row, const float *w,
                 size_t w_row, const float *bias, float *y, size_t y_row);
    /* Complex, a × conj(b): see kern_gemm.h. room: 2 × conj_rows × cols floats. */
    size_t conj_rows;
    void (*gemm_conj)(size_t rows, size_t cols, size_t steps, const float *a, size_t a_row,
                      size_t a_step, const float *b, size_t b_step, float *c, size_t c_row,
                      float *room);
    /* Winograd: see kern_wino.h. */
    void (*wino_load)(const float *src, size_t plane, size_t n, size_t height, size_t width,
                      ptrdiff_t y, ptrdiff_t x, size_t rows, size_t cols, float *to);
    void (*wino_store)(const float *band, size_t cols, size_t rows, size_t width, const float *bias,
                       size_t n, float *dst, size_t plane, size_t row);
    void (*wino_in)(const float *band, size_t cols, size_t tiles, float *v, size_t v_tile,
                    size_t v_xi);
    void (*wino_grad)(const float *band, size_t cols, size_t tiles, float *v, size_t v_tile,
                      size_t v_xi);
    void (*wino_out)(const float *m, size_t m_tile, size_t m_xi, size_t tiles, float *band,
                     size_t cols);
    void (*wino_weights)(const float *w, size_t apart, size_t n, int flip, float *u, size_t u_xi);
    void (*wino_weights_grad)(const float *u, size_t u_xi, size_t u_part, size_t parts, size_t n,
                              float *dw);
    /* Fused passes: see kern_post.h. */
    void (*post_stats)(const float *x, size_t n, double out[2]);
    void (*post_forward)(const struct ir_post_plane *p);
    void (*post_sums)(const struct ir_post_plane *p, double out[2]);
    void (*post_backward)(const struct ir_post_plane *p, float *g);
    /* FFT over all lanes, and long filters: see kern_fft.h and kern_long.h. */
    void (*fft)(const struct ir_lane_fft *f, const float *in, size_t xs, float *out, size_t ys,
                float *room, int inverse);
    void (*real_split)(size_t n, const float *odd, float scale, const float *z, float *x,
                       size_t apart);
    void (*real_join)(size_t n, const float *odd, const float *x, size_t apart, float *z);
    void (*long_cols_in)(const struct ir_long_fft *f, float *buf, float *room);
    void (*long_cols_out)(const struct ir_long_fft *f, float *buf, float *room);
    void (*long_rows)(const struct ir_long_fft *f, float *buf, float *room, int inverse);
    void (*long_row_product)(const struct ir_long_fft *f, size_t n, const float *z, size_t z_step,
                             const float *x, size_t x_step, float *out, float *room);
    void (*long_row_add)(const struct ir_long_fft *f, size_t n, const float *d, const float *x,
                         size_t x_step, float *acc, size_t acc_step, float *room);
    void (*long_pool)(const struct ir_long_fft *f, const float *buf, const float *bias,
                      size_t windows, size_t size, size_t stride, size_t seg, float *y, float *at,
                      float *room);
    /* Maps with the channels last: see kern_maps.h. */
    void (*map_conv)(const struct ir_kern_row *o);
    void (*map_depth)(const struct ir_kern_row *o);
    void (*map_pool)(const struct ir_kern_row *o, int mean);
    void (*map_point)(const struct ir_kern_row *o);
    void (*map_both)(const struct ir_kern_row *o, const float *other, size_t step);
    void (*map_global)(const float *x, size_t rows, size_t row, size_t n, size_t step, float *most,
                       float *sum);
    void (*map_in)(const float *src, size_t plane, size_t n, size_t width, float *to, size_t wide);
    void (*map_out)(const float *from, size_t wide, size_t n, size_t width, float *dst,
                    size_t plane);
    void (*map_wino_in)(const float *x, size_t row, size_t wide, size_t vectors, float *v,
                        size_t v_xi);
    void (*map_wino_out)(const struct ir_kern_row *o, const float *m, size_t m_xi, float *y,
                         size_t row, size_t rows, size_t cols, int side, int pool);
    void (*map_wino_weights5)(const float *w, size_t apart, size_t n, float *u, size_t u_xi);
    /* Columns dealt to `split` lines: see kern_direct.h. */
    void (*deal)(const float *from, size_t n, size_t lead, size_t split, size_t lines, float *to,
                 size_t line);
    /* to[i] = from[i × step], n of them. */
    void (*take)(const float *from, size_t n, size_t step, float *to);
    float (*sum)(const float *x, size_t n); /* lane by lane, then the lanes */
};

/* level 0: the best of this processor; 1 plain C, 2 AVX2, 3 AVX-512. NULL when the processor lacks
 * it. */
const struct ir_kern *ir_kern_get(int level);

extern const struct ir_kern ir_kern_plain, ir_kern_avx2, ir_kern_avx512;

#endif
