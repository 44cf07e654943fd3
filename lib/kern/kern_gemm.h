/* kern_gemm.h - small matrix products on data that is in the cache already. Part of kern_body.h. */

#if IR_SIMD == 2
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
