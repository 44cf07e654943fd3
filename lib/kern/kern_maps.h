/* kern_maps.h - kernels of an inference plan: maps with the channels last, a pixel a whole number
 * of vectors. Part of kern_body.h. See maps.h. */

/* Blocks of pixels × vectors of channels that fill the registers. */
#if defined(__SANITIZE_ADDRESS__) /* the others take a sanitizer's compiler ten minutes */
#define EACH_MAP(X) EACH_MAP_WIDE(X) X(3, 2) X(1, 2) X(3, 1) X(1, 1)
#if REGISTERS == 32
#define EACH_MAP_WIDE(X) X(3, 4) X(1, 4) X(1, 3)
#else
#define EACH_MAP_WIDE(X)
#endif
#elif REGISTERS == 32
#define EACH_MAP(X)                                                                                \
    X(6, 4)                                                                                        \
    X(3, 4)                                                                                        \
    X(2, 4)                                                                                        \
    X(1, 4)                                                                                        \
    X(8, 3)                                                                                        \
    X(4, 3)                                                                                        \
    X(2, 3)                                                                                        \
    X(1, 3)                                                                                        \
    X(12, 2) X(6, 2) X(3, 2) X(2, 2) X(1, 2) X(12, 1) X(6, 1) X(3, 1) X(2, 1) X(1, 1)
#else
#define EACH_MAP(X) X(6, 2) X(3, 2) X(2, 2) X(1, 2) X(12, 1) X(6, 1) X(3, 1) X(2, 1) X(1, 1)
#endif

/* NaN stays NaN. */
VINLINE vf map_act(int act, float slope, vf v)
{
    if (act == IR_KERN_RELU)
        return slope == 0 ? vmax(vset(0), v) : vpick(v * vset(slope), v, v > 0);
    if (act == IR_KERN_HARDSWISH) {
        vf six = vset(6), gate = vmax(vset(0), v + vset(3));
        return v * vpick(gate, six, gate > six) / six;
    }
    return v;
}

typedef void map_fn(const struct ir_kern_row *o, const float *x, const float *w, const float *bias,
                    float *y);

/* R pixels × N vectors: the sum over runs of `len` floats of a pixel's surroundings. */
#define X(R, N)                                                                                    \
    VINLINE void map_body_##R##_##N(const struct ir_kern_row *o, const float *x, const float *w,   \
                                    const float *bias, float *y, size_t step)                      \
    {                                                                                              \
        vf acc[R][N];                                                                              \
        UNROLL for (size_t r = 0; r < R; r++) UNROLL for (size_t v = 0; v < N; v++) acc[r][v] =    \
            vload(bias + v * VL);                                                                  \
        for (size_t i = 0; i < o->runs; i++) {                                                     \
            const float *a[(R + 3) / 4];                                                           \
            UNROLL for (size_t q = 0; q < (R + 3) / 4; q++) a[q] = x + o->at[i] + 4 * q * step;    \
            for (size_t s = 0; s < o->len; s++, w += N * VL) {                                     \
                vf row[N];                                                                         \
                UNROLL for (size_t v = 0; v < N; v++) row[v] = vload(w + v * VL);                  \
                UNROLL for (size_t r = 0; r < R; r++)                                              \
                {                                                                                  \
                    vf one = vset(a[r / 4][(r % 4) * step]);                                       \
                    UNROLL for (size_t v = 0; v < N; v++) acc[r][v] =                              \
                        vfma(one, row[v], acc[r][v]);                                              \
                }                                                                                  \
                UNROLL for (size_t q = 0; q < (R + 3) / 4; q++) a[q]++;                            \
            }                                                                                      \
        }                                                                                          \
        UNROLL for (size_t r = 0; r < R; r++) UNROLL for (size_t v = 0; v < N; v++)                \
            vstore(y + r * o->y_step + v * VL, map_act(o->act, o->slope, acc[r][v]));              \
    }                                                                                              \
    static void map_##R##_##N(const struct ir_kern_row *o, const float *x, const float *w,         \
                              const float *bias, float *y)                                         \
    {                                                                                              \
        if (o->x_step == 1)                                                                        \
            map_body_##R##_##N(o, x, w, bias, y, 1);                                               \
        else                                                                                       \
            map_body_##R##_##N(o, x, w, bias, y, o->x_step);                                       \
    }
EACH_MAP(X)
#undef X

/* A row of pixels, all channels: panels of channels one after the other. */
static void map_conv(const struct ir_kern_row *o)
{
    static const struct {
        size_t pixels, vectors;
        map_fn *fn;
    } table[] = {
#define X(R, N) {R, N, map_##R##_##N},
        EACH_MAP(X)
#undef X
    };
    const float *w = o->w, *bias = o->bias;
    for (size_t at = 0; at < o->vectors; at += PANEL) {
        size_t wide = o->vectors - at < PANEL ? o->vectors - at : PANEL, i = 0;
        while (table[i].vectors != wide)
            i++;
        for (size_t r = 0; r < o->n; r += table[i].pixels) {
            while (table[i].pixels > o->n - r)
                i++;
            table[i].fn(o, o->x + r * o->x_step, w, bias, o->y + r * o->y_step + at * VL);
        }
        w += o->runs * o->len * wide * VL;
        bias += wide * VL;
    }
}

/* Each channel for itself; `at` has an entry a tap, w is [vector][tap][VL]. */
#define X(R)                                                                                       \
    static void map_depth_##R(const struct ir_kern_row *o, const float *x, const float *w,         \
                              const float *bias, float *y)                                         \
    {                                                                                              \
        vf acc[R];                                                                                 \
        UNROLL for (size_t r = 0; r < R; r++) acc[r] = vload(bias);                                \
        for (size_t i = 0; i < o->runs; i++, w += VL) {                                            \
            vf tap = vload(w);                                                                     \
            UNROLL for (size_t r = 0; r < R; r++) acc[r] =                                         \
                vfma(vload(x + o->at[i] + r * o->x_step), tap, acc[r]);                            \
        }                                                                                          \
        UNROLL for (size_t r = 0; r < R; r++)                                                      \
            vstore(y + r * o->y_step, map_act(o->act, o->slope, acc[r]));                          \
    }
X(8)
X(4)
X(1)
#undef X

static void map_depth(const struct ir_kern_row *o)
{
    for (size_t v = 0; v < o->vectors; v++) {
        const float *w = o->w + v * o->runs * VL, *bias = o->bias + v * VL, *x = o->x + v * VL;
        float *y = o->y + v * VL;
        size_t r = 0;
        for (; r + 8 <= o->n; r += 8)
            map_depth_8(o, x + r * o->x_step, w, bias, y + r * o->y_step);
        for (; r + 4 <= o->n; r += 4)
            map_depth_4(o, x + r * o->x_step, w, bias, y + r * o->y_step);
        for (; r < o->n; r++)
            map_depth_1(o, x + r * o->x_step, w, bias, y + r * o->y_step);
    }
}

/* Windows of `at` (an entry a cell): their largest or their mean. */
static void map_pool(const struct ir_kern_row *o, int mean)
{
    vf share = vset(1 / (float)o->runs);
    for (size_t r = 0; r < o->n; r++)
        for (size_t v = 0; v < o->vectors; v++) {
            const float *x = o->x + r * o->x_step + v * VL;
            vf t = vload(x + o->at[0]);
            for (size_t i = 1; i < o->runs; i++)
                t = mean ? t + vload(x + o->at[i]) : vmax(t, vload(x + o->at[i]));
            vstore(o->y + r * o->y_step + v * VL, map_act(o->act, o->slope, mean ? t * share : t));
        }
}

/* y = act(x w + bias), w a number a channel. */
static void map_point(const struct ir_kern_row *o)
{
    for (size_t r = 0; r < o->n; r++)
        for (size_t v = 0; v < o->vectors; v++) {
            vf x = vload(o->x + r * o->x_step + v * VL);
            x = o->w ? vfma(x, vload(o->w + v * VL), vload(o->bias + v * VL)) : x;
            vstore(o->y + r * o->y_step + v * VL, map_act(o->act, o->slope, x));
        }
}

/* n pixels of x and of `other` (step 0: one for all, which multiplies). */
static void map_both(const struct ir_kern_row *o, const float *other, size_t step)
{
    for (size_t r = 0; r < o->n; r++)
        for (size_t v = 0; v < o->vectors; v++) {
            vf x = vload(o->x + r * o->x_step + v * VL), b = vload(other + r * step + v * VL);
            vstore(o->y + r * o->y_step + v * VL, step ? x + b : x * b);
        }
}

/* Largest and sum of rows × n pixels of one vector of channels. NaN wins. */
static void map_global(const float *x, size_t rows, size_t row, size_t n, size_t step, float *most,
                       float *sum)
{
    vf top = vload(x), all = vset(0);
    for (size_t r = 0; r < rows; r++) {
        vf s[4] = {vset(0), vset(0), vset(0), vset(0)};
        for (size_t i = 0; i < n; i++) {
            vf v = vload(x + r * row + i * step);
            top = vmax(top, v);
            s[i % 4] += v;
        }
        all += (s[0] + s[1]) + (s[2] + s[3]);
    }
    vstore(sum, all);
    vstore(most, vpick(top, all, all != all));
}

/* A row of n ≤ VL channel planes to pixels, and back. */
static void map_in(const float *src, size_t plane, size_t n, size_t width, float *to, size_t wide)
{
    for (size_t i = 0; i < width; i += VL) {
        size_t m = width - i < VL ? width - i : VL;
        vf v[VL];
        for (size_t c = 0; c < VL; c++)
            v[c] = c >= n    ? vset(0)
                   : m == VL ? vload(src + c * plane + i)
                             : vload_n(src + c * plane + i, m);
        transpose(v);
        for (size_t c = 0; c < m; c++)
            vstore(to + (i + c) * wide, v[c]);
    }
}

static void map_out(const float *from, size_t wide, size_t n, size_t width, float *dst,
                    size_t plane)
{
    for (size_t i = 0; i < width; i += VL) {
        size_t m = width - i < VL ? width - i : VL;
        vf v[VL];
        for (size_t c = 0; c < VL; c++)
            v[c] = c < m ? vload(from + (i + c) * wide) : vset(0);
        transpose(v);
        for (size_t c = 0; c < n; c++)
            vstore_n(dst + c * plane + i, v[c], m);
    }
}

/* ---- Winograd, F(4x4, 3x3) and F(2x2, 5x5): the same six points, so the same input transform ---
 */

static void map_wino_in(const float *x, size_t row, size_t wide, size_t vectors, float *v,
                        size_t v_xi)
{
    for (size_t c = 0; c < vectors; c++, x += VL, v += VL) {
        vf half[6][6];
        UNROLL for (size_t i = 0; i < 6; i++)
        {
            vf d[6], o[6];
            UNROLL for (size_t j = 0; j < 6; j++) d[j] = vload(x + j * row + i * wide);
            wino_b(d, o);
            UNROLL for (size_t j = 0; j < 6; j++) half[j][i] = o[j];
        }
        UNROLL for (size_t j = 0; j < 6; j++)
        {
            vf o[6];
            wino_b(half[j], o);
            UNROLL for (size_t i = 0; i < 6; i++) vstore(v + (j * 6 + i) * v_xi, o[i]);
        }
    }
}

VINLINE void wino_at2(const vf m[6], vf out[2])
{
    out[0] = m[0] + (m[1] + m[2]) + (m[3] + m[4]);
    out[1] = vfma(vset(2), m[3] - m[4], (m[1] - m[2]) + m[5]);
}

/* SIDE × SIDE cells of a tile: bias, activation, and the largest of each 2 × 2 when it pools; only
 * rows × cols of them are stored. */
#define X(SIDE, AT)                                                                                \
    VINLINE void map_wino_out_##SIDE(const struct ir_kern_row *o, const float *m, size_t m_xi,     \
                                     const float *bias, float *y, size_t row, size_t rows,         \
                                     size_t cols, int pool)                                        \
    {                                                                                              \
        vf half[SIDE][6], cell[SIDE][SIDE], add = vload(bias);                                     \
        UNROLL for (size_t x = 0; x < 6; x++)                                                      \
        {                                                                                          \
            vf d[6], q[SIDE];                                                                      \
            UNROLL for (size_t i = 0; i < 6; i++) d[i] = vload(m + (i * 6 + x) * m_xi);            \
            AT(d, q);                                                                              \
            UNROLL for (size_t i = 0; i < SIDE; i++) half[i][x] = q[i];                            \
        }                                                                                          \
        UNROLL for (size_t i = 0; i < SIDE; i++) AT(half[i], cell[i]);                             \
        if (pool) {                                                                                \
            UNROLL for (size_t i = 0; i < SIDE / 2; i++)                                           \
                UNROLL for (size_t x = 0; x < SIDE / 2; x++) if (i < rows && x < cols) vstore(     \
                    y + i * row + x * o->y_step,                                                   \
                    map_act(o->act, o->slope,                                                      \
                            vmax(vmax(cell[2 * i][2 * x], cell[2 * i][2 * x + 1]),                 \
                                 vmax(cell[2 * i + 1][2 * x], cell[2 * i + 1][2 * x + 1])) +       \
                                add));                                                             \
            return;                                                                                \
        }                                                                                          \
        UNROLL for (size_t i = 0; i < SIDE; i++)                                                   \
            UNROLL for (size_t x = 0; x < SIDE; x++) if (i < rows && x < cols)                     \
                vstore(y + i * row + x * o->y_step, map_act(o->act, o->slope, cell[i][x] + add));  \
    }
X(4, wino_at)
X(2, wino_at2)
#undef X

static void map_wino_out(const struct ir_kern_row *o, const float *m, size_t m_xi, float *y,
                         size_t row, size_t rows, size_t cols, int side, int pool)
{
    for (size_t v = 0; v < o->vectors; v++, m += VL, y += VL) {
        if (side == 4 && pool)
            map_wino_out_4(o, m, m_xi, o->bias + v * VL, y, row, rows, cols, 1);
        else if (side == 4)
            map_wino_out_4(o, m, m_xi, o->bias + v * VL, y, row, rows, cols, 0);
        else
            map_wino_out_2(o, m, m_xi, o->bias + v * VL, y, row, rows, cols, pool);
    }
}

/* The weights of F(2x2, 5x5): G g G^T of n ≤ VL kernels of 25. */
VINLINE void wino_g5(const vf g[5], vf out[6])
{
    vf sixth = vset(-1.0f / 6), even = (g[0] + g[2] + g[4]) * sixth, odd = (g[1] + g[3]) * sixth;
    vf by = vset(1.0f / 24), far = vfma(vset(16), g[4], vfma(vset(4), g[2], g[0])) * by,
       turn = vfma(vset(8), g[3], vset(2) * g[1]) * by;
    out[0] = vset(0.25f) * g[0];
    out[1] = even + odd;
    out[2] = even - odd;
    out[3] = far + turn;
    out[4] = far - turn;
    out[5] = g[4];
}

static void map_wino_weights5(const float *w, size_t apart, size_t n, float *u, size_t u_xi)
{
    float g[25][VL] = {{0}};
    vf half[6][5];
    for (size_t l = 0; l < n; l++)
        for (size_t i = 0; i < 25; i++)
            g[i][l] = w[l * apart + i];
    for (size_t x = 0; x < 5; x++) {
        vf d[5], o[6];
        for (size_t y = 0; y < 5; y++)
            d[y] = vload(g[y * 5 + x]);
        wino_g5(d, o);
        for (size_t y = 0; y < 6; y++)
            half[y][x] = o[y];
    }
    for (size_t y = 0; y < 6; y++) {
        vf o[6];
        wino_g5(half[y], o);
        for (size_t x = 0; x < 6; x++)
            vstore(u + (y * 6 + x) * u_xi, o[x]);
    }
}
