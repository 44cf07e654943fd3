/* kern_wino.h - transforms of Winograd's F(4x4, 3x3), points 0, 1, -1, 2, -2 (Lavin & Gray 2016).
 * Part of kern_body.h. All work on one vector of channels: bands are [row][column][lane]. */

/* One row of `n` ≤ VL channels, columns `from` … `from + cols` of the plane (zeros outside), to
 * [col][VL]. */
static void wino_row(const float *src, size_t plane, size_t n, size_t width, ptrdiff_t from,
                     size_t cols, float *to)
{
    size_t lead = from < 0 ? (size_t)-from : 0, at = from > 0 ? (size_t)from : 0;
    size_t have = width > at ? width - at : 0;
    if (lead > cols)
        lead = cols;
    if (have > cols - lead)
        have = cols - lead;
    memset(to, 0, lead * VL * sizeof *to);
    to += lead * VL;
    for (size_t i = 0; i < have; i += VL) {
        size_t m = have - i < VL ? have - i : VL;
        vf v[VL];
        for (size_t c = 0; c < VL; c++)
            v[c] = c >= n    ? vset(0)
                   : m == VL ? vload(src + c * plane + at + i)
                             : vload_n(src + c * plane + at + i, m);
        transpose(v);
        for (size_t c = 0; c < m; c++)
            vstore(to + (i + c) * VL, v[c]);
    }
    memset(to + have * VL, 0, (cols - lead - have) * VL * sizeof *to);
}

static void wino_load(const float *src, size_t plane, size_t n, size_t height, size_t width,
                      ptrdiff_t y, ptrdiff_t x, size_t rows, size_t cols, float *to)
{
    for (size_t r = 0; r < rows; r++, to += cols * VL) {
        ptrdiff_t at = y + (ptrdiff_t)r;
        if (at < 0 || at >= (ptrdiff_t)height)
            memset(to, 0, cols * VL * sizeof *to);
        else
            wino_row(src + (size_t)at * width, plane, n, width, x, cols, to);
    }
}

/* rows × width of a band [row][cols][VL] to `n` channel planes, plus bias. */
static void wino_store(const float *band, size_t cols, size_t rows, size_t width, const float *bias,
                       size_t n, float *dst, size_t plane, size_t row)
{
    vf add = bias ? vload_n(bias, n) : vset(0);
    for (size_t r = 0; r < rows; r++, band += cols * VL, dst += row)
        for (size_t i = 0; i < width; i += VL) {
            size_t m = width - i < VL ? width - i : VL;
            vf v[VL];
            for (size_t c = 0; c < VL; c++)
                v[c] = c < m ? vload(band + (i + c) * VL) + add : vset(0);
            transpose(v);
            for (size_t c = 0; c < n; c++) {
                if (m == VL)
                    vstore(dst + c * plane + i, v[c]);
                else
                    vstore_n(dst + c * plane + i, v[c], m);
            }
        }
}

/* B^T d */
VINLINE void wino_b(const vf d[6], vf out[6])
{
    vf two = vset(2), four = vset(4), five = vset(-5);
    vf a = vfma(-four, d[2], d[4]), b = vfma(-four, d[1], d[3]), c = d[4] - d[2],
       e = two * (d[3] - d[1]);
    out[0] = vfma(four, d[0], vfma(five, d[2], d[4]));
    out[1] = a + b;
    out[2] = a - b;
    out[3] = c + e;
    out[4] = c - e;
    out[5] = vfma(four, d[1], vfma(five, d[3], d[5]));
}

/* A^T m */
VINLINE void wino_at(const vf m[6], vf out[4])
{
    vf p = m[1] + m[2], q = m[1] - m[2], s = m[3] + m[4], t = m[3] - m[4];
    out[0] = m[0] + p + s;
    out[1] = vfma(vset(2), t, q);
    out[2] = vfma(vset(4), s, p);
    out[3] = vfma(vset(8), t, q) + m[5];
}

/* A y */
VINLINE void wino_a(const vf y[4], vf out[6])
{
    vf p = y[0] + y[2], q = y[1] + y[3], r = vfma(vset(4), y[2], y[0]),
       s = vfma(vset(8), y[3], vset(2) * y[1]);
    out[0] = y[0];
    out[1] = p + q;
    out[2] = p - q;
    out[3] = r + s;
    out[4] = r - s;
    out[5] = y[3];
}

/* G g; and G^T u in the other direction. */
VINLINE void wino_g(const vf g[3], vf out[6])
{
    vf sixth = vset(1.0f / 6), a = (g[0] + g[2]) * sixth, b = g[1] * sixth,
       c = vfma(vset(1.0f / 24), g[0], g[2] * sixth), d = g[1] * vset(1.0f / 12);
    out[0] = vset(0.25f) * g[0];
    out[1] = -a - b;
    out[2] = b - a;
    out[3] = c + d;
    out[4] = c - d;
    out[5] = g[2];
}

VINLINE void wino_gt(const vf u[6], vf out[3])
{
    vf p = u[1] + u[2], q = u[1] - u[2], r = u[3] + u[4], s = u[3] - u[4];
    out[0] = vfma(vset(0.25f), u[0], vfma(vset(-1.0f / 6), p, vset(1.0f / 24) * r));
    out[1] = vfma(vset(-1.0f / 6), q, vset(1.0f / 12) * s);
    out[2] = vfma(vset(-1.0f / 6), p, vfma(vset(1.0f / 6), r, u[5]));
}

/* Tiles of a band of 6 rows to v[36][tile]: tiles are v_tile apart, the 36 are v_xi apart. */
static void wino_in(const float *band, size_t cols, size_t tiles, float *v, size_t v_tile,
                    size_t v_xi)
{
    for (size_t t = 0; t < tiles; t++, band += 4 * VL, v += v_tile) {
        vf half[6][6];
        UNROLL for (size_t x = 0; x < 6; x++)
        {
            vf d[6], o[6];
            UNROLL for (size_t y = 0; y < 6; y++) d[y] = vload(band + (y * cols + x) * VL);
            wino_b(d, o);
            UNROLL for (size_t y = 0; y < 6; y++) half[y][x] = o[y];
        }
        UNROLL for (size_t y = 0; y < 6; y++)
        {
            vf o[6];
            wino_b(half[y], o);
            UNROLL for (size_t x = 0; x < 6; x++) vstore(v + (y * 6 + x) * v_xi, o[x]);
        }
    }
}

/* The same of a band of 4 rows of the output's gradient: A dy A^T. */
static void wino_grad(const float *band, size_t cols, size_t tiles, float *v, size_t v_tile,
                      size_t v_xi)
{
    for (size_t t = 0; t < tiles; t++, band += 4 * VL, v += v_tile) {
        vf half[6][4];
        UNROLL for (size_t x = 0; x < 4; x++)
        {
            vf d[4], o[6];
            UNROLL for (size_t y = 0; y < 4; y++) d[y] = vload(band + (y * cols + x) * VL);
            wino_a(d, o);
            UNROLL for (size_t y = 0; y < 6; y++) half[y][x] = o[y];
        }
        UNROLL for (size_t y = 0; y < 6; y++)
        {
            vf o[6];
            wino_a(half[y], o);
            UNROLL for (size_t x = 0; x < 6; x++) vstore(v + (y * 6 + x) * v_xi, o[x]);
        }
    }
}

/* And back: m[36][tile] to a band of 4 rows. */
static void wino_out(const float *m, size_t m_tile, size_t m_xi, size_t tiles, float *band,
                     size_t cols)
{
    for (size_t t = 0; t < tiles; t++, band += 4 * VL, m += m_tile) {
        vf half[4][6];
        UNROLL for (size_t x = 0; x < 6; x++)
        {
            vf d[6], o[4];
            UNROLL for (size_t y = 0; y < 6; y++) d[y] = vload(m + (y * 6 + x) * m_xi);
            wino_at(d, o);
            UNROLL for (size_t y = 0; y < 4; y++) half[y][x] = o[y];
        }
        UNROLL for (size_t y = 0; y < 4; y++)
        {
            vf o[4];
            wino_at(half[y], o);
            UNROLL for (size_t x = 0; x < 4; x++) vstore(band + (y * cols + x) * VL, o[x]);
        }
    }
}

/* G g G^T of n ≤ VL kernels of 9 that lie `apart` from each other (turned by 180° when flip) to 36
 * vectors. */
static void wino_weights(const float *w, size_t apart, size_t n, int flip, float *u, size_t u_xi)
{
    float g[9][VL] = {{0}};
    vf half[6][3];
    for (size_t l = 0; l < n; l++)
        for (size_t i = 0; i < 9; i++)
            g[i][l] = w[l * apart + (flip ? 8 - i : i)];
    UNROLL for (size_t x = 0; x < 3; x++)
    {
        vf d[3] = {vload(g[x]), vload(g[3 + x]), vload(g[6 + x])}, o[6];
        wino_g(d, o);
        UNROLL for (size_t y = 0; y < 6; y++) half[y][x] = o[y];
    }
    UNROLL for (size_t y = 0; y < 6; y++)
    {
        vf o[6];
        wino_g(half[y], o);
        UNROLL for (size_t x = 0; x < 6; x++) vstore(u + (y * 6 + x) * u_xi, o[x]);
    }
}

/* dw[n kernels, 9 apart] += G^T u G, u summed over parts that lie u_part apart. */
static void wino_weights_grad(const float *u, size_t u_xi, size_t u_part, size_t parts, size_t n,
                              float *dw)
{
    vf half[3][6];
    for (size_t x = 0; x < 6; x++) {
        vf d[6], o[3];
        for (size_t y = 0; y < 6; y++) {
            d[y] = vload(u + (y * 6 + x) * u_xi);
            for (size_t p = 1; p < parts; p++)
                d[y] += vload(u + p * u_part + (y * 6 + x) * u_xi);
        }
        wino_gt(d, o);
        for (size_t y = 0; y < 3; y++)
            half[y][x] = o[y];
    }
    for (size_t y = 0; y < 3; y++) {
        vf o[3];
        float out[VL];
        wino_gt(half[y], o);
        for (size_t x = 0; x < 3; x++) {
            vstore(out, o[x]);
            for (size_t l = 0; l < n; l++)
                dw[l * 9 + y * 3 + x] += out[l];
        }
    }
}
