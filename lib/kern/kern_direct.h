/* kern_direct.h - kernels of the direct sum. Part of kern_body.h. */

/* Blocks of channels × vectors that fill the registers of the level. */
#if REGISTERS == 32
#define EACH_BLOCK(X) X(1, 12) X(2, 9) X(4, 6) X(5, 5) X(6, 4) X(7, 3) X(8, 3)
#else
#define EACH_BLOCK(X) X(1, 8) X(2, 4) X(4, 3) X(5, 2) X(6, 2)
#endif

static size_t direct_group(size_t kb)
{
    switch (kb) {
#define X(K, V)                                                                                    \
    case K:                                                                                        \
        return V;
        EACH_BLOCK(X)
#undef X
    default:
        return 0;
    }
}

#define X(K, V)                                                                                    \
    static void direct_##K(const float *source, const size_t *at, const size_t *tap_at,            \
                           size_t taps, const float *w, const struct ir_kern_out *o)               \
    {                                                                                              \
        vf acc[K][V];                                                                              \
        const float *from[V];                                                                      \
        UNROLL for (size_t v = 0; v < V; v++) from[v] = source + at[v];                            \
        UNROLL for (size_t k = 0; k < K; k++)                                                      \
        {                                                                                          \
            vf start = vset(k < o->channels && o->bias ? o->bias[k] : 0);                          \
            UNROLL for (size_t v = 0; v < V; v++) acc[k][v] = start;                               \
        }                                                                                          \
        for (size_t t = 0; t < taps; t++, w += K) {                                                \
            vf x[V];                                                                               \
            UNROLL for (size_t v = 0; v < V; v++) x[v] = vload(from[v] + tap_at[t]);               \
            UNROLL for (size_t k = 0; k < K; k++)                                                  \
            {                                                                                      \
                vf wk = vset(w[k]);                                                                \
                UNROLL for (size_t v = 0; v < V; v++) acc[k][v] = vfma(x[v], wk, acc[k][v]);       \
            }                                                                                      \
        }                                                                                          \
        UNROLL for (size_t k = 0; k < K; k++)                                                      \
        {                                                                                          \
            if (k >= o->channels)                                                                  \
                break;                                                                             \
            UNROLL for (size_t v = 0; v < V; v++)                                                  \
            {                                                                                      \
                float *to = o->to + k * o->plane + o->at[v];                                       \
                if (o->n[v] == VL)                                                                 \
                    vstore(to, acc[k][v]);                                                         \
                else                                                                               \
                    vstore_n(to, acc[k][v], o->n[v]);                                              \
            }                                                                                      \
        }                                                                                          \
    }
EACH_BLOCK(X)
#undef X

static void direct(size_t kb, const float *source, const size_t *at, const size_t *tap_at,
                   size_t taps, const float *w, const struct ir_kern_out *o)
{
    switch (kb) {
#define X(K, V)                                                                                    \
    case K:                                                                                        \
        direct_##K(source, at, tap_at, taps, w, o);                                                \
        return;
        EACH_BLOCK(X)
#undef X
    default:
        return;
    }
}

static void take(const float *from, size_t n, size_t step, float *to)
{
    for (size_t i = 0; i < n; i += VL) {
        size_t m = n - i < VL ? n - i : VL;
        vstore_n(to + i, vtake(from + i * step, step, m), m);
    }
}

/* to[i % split][i / split] = from[i - lead], lines `line` floats apart, for n floats of `from`;
 * only the first `lines` lines. */
static void deal(const float *from, size_t n, size_t lead, size_t split, size_t lines, float *to,
                 size_t line)
{
    for (size_t phase = 0; phase < lines; phase++) {
        size_t first = (phase + split - lead % split) % split, at = (first + lead) / split;
        size_t count = n > first ? (n - first + split - 1) / split : 0;
        for (size_t i = 0; i < count; i += VL) {
            size_t m = count - i < VL ? count - i : VL;
            vstore_n(to + phase * line + at + i, vtake(from + first + i * split, split, m), m);
        }
    }
}

static float sum(const float *x, size_t n)
{
    vf s = vset(0), s2 = s;
    size_t i = 0;
    for (; i + 2 * VL <= n; i += 2 * VL) {
        s += vload(x + i);
        s2 += vload(x + i + VL);
    }
    for (; i < n; i += VL)
        s += vload_n(x + i, n - i < VL ? n - i : VL);
    return vsum(s + s2);
}

/* K channels × T taps of the weight gradient over rows × width. */
#define WGRAD(K, T)                                                                                \
    static void wgrad_##K##_##T(const float *dy, size_t dy_plane, const float *source,             \
                                size_t source_row, const size_t *tap_at, size_t rows,              \
                                size_t width, float *to, size_t to_channel)                        \
    {                                                                                              \
        vf acc[K][T]; /* by memset it would stay in memory */                                      \
        UNROLL for (size_t k = 0; k < K; k++) UNROLL for (size_t t = 0; t < T; t++) acc[k][t] =    \
            vset(0);                                                                               \
        for (size_t r = 0; r < rows; r++, dy += width, source += source_row)                       \
            for (size_t i = 0; i < width; i += VL) {                                               \
                vf d[K];                                                                           \
                if (width - i >= VL)                                                               \
                    UNROLL for (size_t k = 0; k < K; k++) d[k] = vload(dy + k * dy_plane + i);     \
                else                                                                               \
                    UNROLL for (size_t k = 0; k < K; k++) d[k] =                                   \
                        vload_n(dy + k * dy_plane + i, width - i);                                 \
                UNROLL for (size_t t = 0; t < T; t++)                                              \
                {                                                                                  \
                    vf x = vload(source + tap_at[t] + i);                                          \
                    UNROLL for (size_t k = 0; k < K; k++) acc[k][t] = vfma(x, d[k], acc[k][t]);    \
                }                                                                                  \
            }                                                                                      \
        UNROLL for (size_t k = 0; k < K; k++) UNROLL for (size_t t = 0; t < T; t++)                \
        {                                                                                          \
            float *p = to + k * to_channel + t * VL;                                               \
            vstore(p, vload(p) + acc[k][t]);                                                       \
        }                                                                                          \
    }

#if REGISTERS == 32
#define WK 4
#define WT 6
WGRAD(4, 6)
WGRAD(4, 5)
WGRAD(4, 4)
WGRAD(4, 3)
WGRAD(4, 2)
WGRAD(4, 1)
WGRAD(1, 6)
WGRAD(1, 5)
WGRAD(1, 4)
WGRAD(1, 3)
WGRAD(1, 2)
WGRAD(1, 1)
#define WGRAD_FOR(K)                                                                               \
    {                                                                                              \
        wgrad_##K##_1, wgrad_##K##_2, wgrad_##K##_3, wgrad_##K##_4, wgrad_##K##_5, wgrad_##K##_6   \
    }
#else
#define WK 4
#define WT 2
WGRAD(4, 2)
WGRAD(4, 1)
WGRAD(1, 2)
WGRAD(1, 1)
#define WGRAD_FOR(K)                                                                               \
    {                                                                                              \
        wgrad_##K##_1, wgrad_##K##_2                                                               \
    }
#endif

#ifndef WGRAD_CELLS
#define WGRAD_CELLS 2048 /* of dy that stay in the first cache for all taps */
#endif

static void direct_wgrad(const float *dy, size_t dy_plane, size_t channels, const float *source,
                         size_t source_row, const size_t *tap_at, size_t taps, size_t rows,
                         size_t width, float *acc)
{
    typedef void wgrad_fn(const float *, size_t, const float *, size_t, const size_t *, size_t,
                          size_t, float *, size_t);
    static wgrad_fn *const table[2][WT] = {WGRAD_FOR(1), WGRAD_FOR(4)};
    size_t blocks = (taps + WT - 1) / WT, step = (WGRAD_CELLS + width - 1) / width, now;
    for (size_t k = 0; k < channels;) {
        size_t kb = channels - k >= WK ? WK : 1;
        for (size_t r = 0; r < rows; r += step) {
            now = rows - r < step ? rows - r : step;
            for (size_t b = 0; b < blocks; b++) {
                size_t t = taps * b / blocks, nt = taps * (b + 1) / blocks - t;
                table[kb == WK][nt - 1](dy + k * dy_plane + r * width, dy_plane,
                                        source + r * source_row, source_row, tap_at + t, now, width,
                                        acc + (k * taps + t) * VL, taps * VL);
            }
        }
        k += kb;
    }
}
