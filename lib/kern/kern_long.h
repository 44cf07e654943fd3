/* kern_long.h - overlap-save convolution with long filters: see conv_overlap.c. Part of
 * kern_body.h.
 *
 * A buffer has rows × cols points. In time, point m holds VL signals at time m, then at time m +
 * N/2. In frequency, lanes 2p and 2p + 1 hold an even and the following odd frequency of the
 * complex signal p + i (p + VL/2); the order of frequencies is that of the transform, which
 * products do not mind. */

/* even lanes: even + odd; odd lanes: even - odd */
VINLINE vf both(vf v)
{
    static const float sign[2] = {1, -1};
    return vfma(v, vpair(sign), swap_pairs(v));
}

/* even lanes: v; odd lanes: v × w */
VINLINE struct cv turn(struct cv v, vf re, vf im)
{
#define MIX(a, b) VSHUFFLE(a, b, MIX_LANES)
#if IR_SIMD == 2
#define MIX_LANES 0, 17, 2, 19, 4, 21, 6, 23, 8, 25, 10, 27, 12, 29, 14, 31
#elif IR_SIMD == 1
#define MIX_LANES 0, 9, 2, 11, 4, 13, 6, 15
#else
#define MIX_LANES 0, 5, 2, 7
#endif
    struct cv t = cmul(v, re, im);
    return (struct cv){MIX(v.re, t.re), MIX(v.im, t.im)};
}

#define LONG_ROW(f) (((f)->cols + 1) * POINT)

/* Time to half-way: all columns. room: 4 × rows points. */
static void long_cols_in(const struct ir_long_fft *f, float *buf, float *room)
{
    size_t row = LONG_ROW(f);
    float *col = room + 2 * f->rows * POINT, *done = col + f->rows * POINT;
    for (size_t c = 0; c < f->cols; c++) {
        const float *twist = f->twist + 2 * c * f->rows, *odd = f->odd + 2 * c * f->rows;
        for (size_t r = 0; r < f->rows; r++) {
            const float *p = buf + r * row + c * POINT;
            vf t0 = vload(p), t1 = vload(p + VL);
            struct cv v = {both(VLOW(t0, t1)), both(VHIGH(t0, t1))};
            v = turn(v, vset(odd[2 * r]), vset(odd[2 * r + 1]));
            vstore(col + r * POINT, v.re);
            vstore(col + r * POINT + VL, v.im);
        }
        fft(&f->down, col, POINT, done, POINT, room, 0);
        for (size_t k = 0; k < f->rows; k++) {
            struct cv v = {vload(done + k * POINT), vload(done + k * POINT + VL)};
            v = cmul(v, vset(twist[2 * k]), vset(twist[2 * k + 1]));
            vstore(buf + k * row + c * POINT, v.re);
            vstore(buf + k * row + c * POINT + VL, v.im);
        }
    }
}

/* Half-way to time. */
static void long_cols_out(const struct ir_long_fft *f, float *buf, float *room)
{
    size_t row = LONG_ROW(f);
    float *col = room + 2 * f->rows * POINT, *done = col + f->rows * POINT;
    for (size_t c = 0; c < f->cols; c++) {
        const float *twist = f->twist + 2 * c * f->rows, *odd = f->odd + 2 * c * f->rows;
        for (size_t k = 0; k < f->rows; k++) {
            const float *p = buf + k * row + c * POINT;
            struct cv v = {vload(p), vload(p + VL)};
            v = cmul(v, vset(twist[2 * k]), vset(-twist[2 * k + 1]));
            vstore(col + k * POINT, v.re);
            vstore(col + k * POINT + VL, v.im);
        }
        fft(&f->down, col, POINT, done, POINT, room, 1);
        for (size_t r = 0; r < f->rows; r++) {
            struct cv v = {vload(done + r * POINT), vload(done + r * POINT + VL)};
            v = turn(v, vset(odd[2 * r]), vset(-odd[2 * r + 1]));
            v = (struct cv){both(v.re), both(v.im)};
            vstore(buf + r * row + c * POINT, VEVEN(v.re, v.im));
            vstore(buf + r * row + c * POINT + VL, VODD(v.re, v.im));
        }
    }
}

/* All rows, in place; forward or inverse. room: 2 × cols points. */
static void long_rows(const struct ir_long_fft *f, float *buf, float *room, int inverse)
{
    for (size_t r = 0; r < f->rows; r++)
        fft(&f->along, buf + r * LONG_ROW(f), POINT, buf + r * LONG_ROW(f), POINT, room, inverse);
}

/* One row: out = inverse of the sum over n of z[n] × x[n]. z: spectra of filters, z_step floats
 * apart; x: [frequency][even re, odd re, even im, odd im], x_step apart. room: 3 × cols points. */
static void long_row_product(const struct ir_long_fft *f, size_t n, const float *z, size_t z_step,
                             const float *x, size_t x_step, float *out, float *room)
{
    float *y = room + 2 * f->cols * POINT;
    for (size_t c = 0; c < f->cols; c++) {
        struct cv s = {vset(0), vset(0)};
        for (size_t i = 0; i < n; i++) {
            const float *p = z + i * z_step + c * POINT, *q = x + i * x_step + 4 * c;
            vf zr = vload(p), zi = vload(p + VL), xr = vpair(q), xi = vpair(q + 2);
            s.re = vfma(zr, xr, vfma(-zi, xi, s.re));
            s.im = vfma(zr, xi, vfma(zi, xr, s.im));
        }
        vstore(y + c * POINT, s.re);
        vstore(y + c * POINT + VL, s.im);
    }
    fft(&f->along, y, POINT, out, POINT, room, 1);
}

/* One row: acc[n] += (transform of the row d) × x[n]. */
static void long_row_add(const struct ir_long_fft *f, size_t n, const float *d, const float *x,
                         size_t x_step, float *acc, size_t acc_step, float *room)
{
    float *y = room + 2 * f->cols * POINT;
    fft(&f->along, d, POINT, y, POINT, room, 0);
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < f->cols; c++) {
            float *a = acc + i * acc_step + c * POINT;
            const float *p = y + c * POINT, *q = x + i * x_step + 4 * c;
            vf dr = vload(p), di = vload(p + VL), xr = vpair(q), xi = vpair(q + 2);
            vstore(a, vfma(dr, xr, vfma(-di, xi, vload(a))));
            vstore(a + VL, vfma(dr, xi, vfma(di, xr, vload(a + VL))));
        }
}

/* Place of time t in a buffer. */
VINLINE const float *long_at(const struct ir_long_fft *f, const float *buf, size_t t)
{
    size_t half = f->n / 2, m = t < half ? t : t - half;
    return buf + m / f->cols * LONG_ROW(f) + m % f->cols * POINT + (t < half ? 0 : VL);
}

/* relu(max + bias) over windows of a time buffer: y[window][lane], at[window][lane] = where in the
 * window, -1 when the ReLU is off. seg divides size and stride; room: two vectors a segment. */
static void long_pool(const struct ir_long_fft *f, const float *buf, const float *bias,
                      size_t windows, size_t size, size_t stride, size_t seg, float *y, float *at,
                      float *room)
{
    size_t segs = ((windows - 1) * stride + size) / seg;
    vf b = vload(bias);
    for (size_t g = 0; g < segs; g++) {
        vf top = vset(0), where = vset(0);
        for (size_t i = 0; i < seg; i++) {
            size_t t = g * seg + i;
            vf v = vload(long_at(f, buf, t));
            vi more = v > top;
            top = i ? vpick(top, v, more) : v;
            where = i ? vpick(where, vset((float)i), more) : where;
        }
        vstore(room + g * POINT, top);
        vstore(room + g * POINT + VL, where);
    }
    for (size_t w = 0; w < windows; w++) {
        const float *p = room + w * (stride / seg) * POINT;
        vf top = vload(p), where = vload(p + VL);
        for (size_t g = 1; g < size / seg; g++) {
            vf v = vload(p + g * POINT);
            vi more = v > top;
            top = vpick(top, v, more);
            where = vpick(where, vload(p + g * POINT + VL) + vset((float)(g * seg)), more);
        }
        top += b;
        vstore(y + w * VL, vpick(vset(0), top, top > 0));
        vstore(at + w * VL, vpick(vset(-1), where, top > 0));
    }
}
