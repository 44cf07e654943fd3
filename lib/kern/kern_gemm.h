/* kern_gemm.h - small matrix products on data that is in the cache already. Part of kern_body.h. */

#if REGISTERS == 32
#define PANEL 4 /* vectors of a panel of columns */
#define EACH_GEMM(X)                                                                               \
    X(6, 4)                                                                                        \
    X(4, 4)                                                                                        \
    X(2, 4)                                                                                        \
    X(1, 4)                                                                                        \
    X(8, 3)                                                                                        \
    X(4, 3)                                                                                        \
    X(2, 3)                                                                                        \
    X(1, 3)                                                                                        \
    X(12, 2) X(6, 2) X(4, 2) X(2, 2) X(1, 2) X(24, 1) X(16, 1) X(8, 1) X(4, 1) X(2, 1) X(1, 1)
#else
#define PANEL        2
#define EACH_GEMM(X) X(5, 2) X(4, 2) X(2, 2) X(1, 2) X(10, 1) X(4, 1) X(2, 1) X(1, 1)
#endif

typedef void gemm_fn(size_t steps, const float *a, size_t a_row, size_t a_step, const float *b,
                     size_t b_step, float *c, size_t c_row, int add);

/* c[R][N vectors] = (c +) sum over steps of a[r, s] × b[s][…]. */
#define X(R, N)                                                                                    \
    static void gemm_##R##_##N(size_t steps, const float *a, size_t a_row, size_t a_step,          \
                               const float *b, size_t b_step, float *c, size_t c_row, int add)     \
    {                                                                                              \
        vf acc[R][N];                                                                              \
        UNROLL for (size_t r = 0; r < R; r++) UNROLL for (size_t v = 0; v < N; v++) acc[r][v] =    \
            vset(0);                                                                               \
        for (size_t s = 0; s < steps; s++, a += a_step, b += b_step) {                             \
            vf row[N];                                                                             \
            UNROLL for (size_t v = 0; v < N; v++) row[v] = vload(b + v * VL);                      \
            UNROLL for (size_t r = 0; r < R; r++)                                                  \
            {                                                                                      \
                vf one = vset(a[r * a_row]);                                                       \
                UNROLL for (size_t v = 0; v < N; v++) acc[r][v] = vfma(one, row[v], acc[r][v]);    \
            }                                                                                      \
        }                                                                                          \
        if (add)                                                                                   \
            UNROLL for (size_t r = 0; r < R; r++) UNROLL for (size_t v = 0; v < N; v++)            \
                acc[r][v] += vload(c + r * c_row + v * VL);                                        \
        UNROLL for (size_t r = 0; r < R; r++) UNROLL for (size_t v = 0; v < N; v++)                \
            vstore(c + r * c_row + v * VL, acc[r][v]);                                             \
    }
EACH_GEMM(X)
#undef X

static void gemm(size_t rows, size_t cols, size_t steps, const float *a, size_t a_row,
                 size_t a_step, const float *b, size_t b_step, size_t b_panel, float *c,
                 size_t c_row, int add)
{
    static const struct {
        size_t rows, vectors;
        gemm_fn *fn;
    } table[] = {
#define X(R, N) {R, N, gemm_##R##_##N},
        EACH_GEMM(X)
#undef X
    };
    for (size_t j = 0; j < cols; j += PANEL * VL, b += b_panel) {
        size_t wide = (cols - j) / VL < PANEL ? (cols - j) / VL : PANEL, i = 0;
        while (table[i].vectors != wide)
            i++;
        for (size_t r = 0; r < rows; r += table[i].rows) {
            while (table[i].rows > rows - r)
                i++;
            table[i].fn(steps, a + r * a_row, a_row, a_step, b, b_step ? b_step : wide * VL,
                        c + r * c_row + j, c_row, add);
        }
    }
}

/* In place: VL vectors become their transpose. */
VINLINE void transpose(vf v[VL])
{
    for (size_t round = 1; round < VL; round *= 2) {
        vf t[VL];
        UNROLL for (size_t i = 0; i < VL / 2; i++)
        {
            t[2 * i] = VLOW(v[i], v[i + VL / 2]);
            t[2 * i + 1] = VHIGH(v[i], v[i + VL / 2]);
        }
        UNROLL for (size_t i = 0; i < VL; i++) v[i] = t[i];
    }
}

#define DOT_ROWS (VL / 4) /* × 4 sums fill a vector */

/* y[r][o] = bias[o] + the sum of x[r][i] w[o][i]. Every sum is made in the same order, lane by lane
 * and then over the lanes, whatever lies beside it. Rows that are not there are done twice. */
static void dots(size_t rows, size_t outs, size_t n, const float *x, size_t x_row, const float *w,
                 size_t w_row, const float *bias, float *y, size_t y_row)
{
    for (size_t r = 0; r < rows; r += DOT_ROWS)
        for (size_t o = 0; o < outs; o += 4) {
            const float *a[DOT_ROWS], *b[4];
            vf acc[DOT_ROWS * 4], all = vset(0);
            float sums[VL];
            UNROLL for (size_t i = 0; i < DOT_ROWS; i++) a[i] =
                x + (r + i < rows ? r + i : rows - 1) * x_row;
            UNROLL for (size_t i = 0; i < 4; i++) b[i] =
                w + (o + i < outs ? o + i : outs - 1) * w_row;
            UNROLL for (size_t i = 0; i < DOT_ROWS * 4; i++) acc[i] = vset(0);
            for (size_t s = 0; s < n; s += VL) {
                size_t m = n - s < VL ? n - s : VL;
                vf q[4];
                UNROLL for (size_t i = 0; i < 4; i++) q[i] =
                    m == VL ? vload(b[i] + s) : vload_n(b[i] + s, m);
                UNROLL for (size_t i = 0; i < DOT_ROWS; i++)
                {
                    vf p = m == VL ? vload(a[i] + s) : vload_n(a[i] + s, m);
                    UNROLL for (size_t j = 0; j < 4; j++) acc[4 * i + j] =
                        vfma(p, q[j], acc[4 * i + j]);
                }
            }
            transpose(acc);
            UNROLL for (size_t i = 0; i < VL; i++) all += acc[i];
            vstore(sums, all);
            for (size_t i = 0; i < DOT_ROWS && r + i < rows; i++)
                for (size_t j = 0; j < 4 && o + j < outs; j++)
                    y[(r + i) * y_row + o + j] = sums[4 * i + j] + (bias ? bias[o + j] : 0);
        }
}

#define CONJ_ROWS 12

/* Complex and interleaved: c[r][j] = sum over steps of a[r, s] conj(b[s][j]), a[r, s] at r a_row +
 * s a_step; cols and strides count floats, cols is a multiple of lanes. The real and the imaginary
 * parts of a make two real products, of which c is made. room: 2 × CONJ_ROWS × cols floats. */
static void gemm_conj(size_t rows, size_t cols, size_t steps, const float *a, size_t a_row,
                      size_t a_step, const float *b, size_t b_step, float *c, size_t c_row,
                      float *room)
{
    static const float sign[2] = {1, -1};
    float *re = room, *im = room + CONJ_ROWS * cols;
    for (size_t r = 0; r < rows; r += CONJ_ROWS, a += CONJ_ROWS * a_row) {
        size_t n = rows - r < CONJ_ROWS ? rows - r : CONJ_ROWS;
        for (size_t j = 0; j < cols; j += PANEL * VL) { /* both while the panel is in the cache */
            size_t wide = cols - j < PANEL * VL ? cols - j : PANEL * VL;
            gemm(n, wide, steps, a, a_row, a_step, b + j, b_step, 0, re + j, cols, 0);
            gemm(n, wide, steps, a + 1, a_row, a_step, b + j, b_step, 0, im + j, cols, 0);
        }
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < cols; j += VL)
                vstore(c + (r + i) * c_row + j, vfma(vpair(sign), vload(re + i * cols + j),
                                                     swap_pairs(vload(im + i * cols + j))));
    }
}
