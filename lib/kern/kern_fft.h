/* kern_lane_fft.h - the complex FFT over all lanes (Stockham, decimation in frequency, natural
 * order), and the long one in two steps. Part of kern_body.h; the plans are in lane_fft.h. */

#define POINT (2 * VL) /* floats of a point: real parts, imaginary parts */

struct cv {
    vf re, im;
};

VINLINE struct cv cadd(struct cv a, struct cv b)
{
    return (struct cv){a.re + b.re, a.im + b.im};
}
VINLINE struct cv csub(struct cv a, struct cv b)
{
    return (struct cv){a.re - b.re, a.im - b.im};
}
VINLINE struct cv cmul(struct cv a, vf re, vf im)
{
    return (struct cv){vfma(a.re, re, -(a.im * im)), vfma(a.re, im, a.im * re)};
}
VINLINE struct cv cdown(struct cv a) /* × -i */
{
    return (struct cv){a.im, -a.re};
}

VINLINE void butterfly2(struct cv a[2])
{
    struct cv t = csub(a[0], a[1]);
    a[0] = cadd(a[0], a[1]);
    a[1] = t;
}

VINLINE void butterfly3(struct cv a[3])
{
    struct cv s = cadd(a[1], a[2]), d = csub(a[1], a[2]);
    vf half = vset(-0.5f), sine = vset(0.86602540378443864676f);
    struct cv m = {vfma(half, s.re, a[0].re), vfma(half, s.im, a[0].im)};
    a[0] = cadd(a[0], s);
    a[1] = (struct cv){vfma(sine, d.im, m.re), vfma(-sine, d.re, m.im)};
    a[2] = (struct cv){vfma(-sine, d.im, m.re), vfma(sine, d.re, m.im)};
}

VINLINE void butterfly4(struct cv a[4])
{
    struct cv p = cadd(a[0], a[2]), q = csub(a[0], a[2]), r = cadd(a[1], a[3]),
              s = cdown(csub(a[1], a[3]));
    a[0] = cadd(p, r);
    a[1] = cadd(q, s);
    a[2] = csub(p, r);
    a[3] = csub(q, s);
}

VINLINE void butterfly5(struct cv a[5])
{
    vf c1 = vset(0.30901699437494742410f), c2 = vset(-0.80901699437494742410f),
       s1 = vset(0.95105651629515357212f), s2 = vset(0.58778525229247312917f);
    struct cv p = cadd(a[1], a[4]), q = cadd(a[2], a[3]), d = csub(a[1], a[4]),
              e = csub(a[2], a[3]);
    struct cv m = {vfma(c1, p.re, vfma(c2, q.re, a[0].re)),
                   vfma(c1, p.im, vfma(c2, q.im, a[0].im))};
    struct cv n = {vfma(c2, p.re, vfma(c1, q.re, a[0].re)),
                   vfma(c2, p.im, vfma(c1, q.im, a[0].im))};
    struct cv u = {vfma(s1, d.re, s2 * e.re), vfma(s1, d.im, s2 * e.im)};
    struct cv w = {vfma(s2, d.re, -(s1 * e.re)), vfma(s2, d.im, -(s1 * e.im))};
    a[0] = cadd(a[0], cadd(p, q));
    a[1] = cadd(m, cdown(u));
    a[4] = csub(m, cdown(u));
    a[2] = cadd(n, cdown(w));
    a[3] = csub(n, cdown(w));
}

VINLINE void butterfly8(struct cv a[8])
{
    vf h = vset(0.70710678118654752440f);
    struct cv e[4] = {a[0], a[2], a[4], a[6]}, o[4] = {a[1], a[3], a[5], a[7]};
    butterfly4(e);
    butterfly4(o);
    o[1] = (struct cv){h * (o[1].re + o[1].im), h * (o[1].im - o[1].re)};
    o[2] = cdown(o[2]);
    o[3] = (struct cv){h * (o[3].im - o[3].re), -h * (o[3].re + o[3].im)};
    UNROLL for (int i = 0; i < 4; i++)
    {
        a[i] = cadd(e[i], o[i]);
        a[i + 4] = csub(e[i], o[i]);
    }
}

/* One pass of a Stockham transform of n points (here) with s sequences side by side. re and im say
 * where the parts of a point are: swapped, the transform is the inverse. */
#define PASS(R)                                                                                    \
    static void fft_pass##R(size_t n, size_t s, const float *tw, const float *x, size_t xs,        \
                            float *y, size_t ys, size_t re, size_t im)                             \
    {                                                                                              \
        size_t m = n / R;                                                                          \
        for (size_t p = 0; p < m; p++, tw += 2 * (R - 1)) {                                        \
            vf wr[R], wi[R];                                                                       \
            UNROLL for (size_t i = 1; i < R; i++)                                                  \
            {                                                                                      \
                wr[i] = vset(tw[2 * i - 2]);                                                       \
                wi[i] = vset(tw[2 * i - 1]);                                                       \
            }                                                                                      \
            for (size_t q = 0; q < s; q++) {                                                       \
                struct cv a[R];                                                                    \
                const float *from = x + (q + s * p) * xs;                                          \
                float *to = y + (q + s * R * p) * ys;                                              \
                UNROLL for (size_t i = 0; i < R; i++) a[i] = (struct cv){                          \
                    vload(from + i * s * m * xs + re), vload(from + i * s * m * xs + im)};         \
                butterfly##R(a);                                                                   \
                if (p)                                                                             \
                    UNROLL for (size_t i = 1; i < R; i++) a[i] = cmul(a[i], wr[i], wi[i]);         \
                UNROLL for (size_t i = 0; i < R; i++)                                              \
                {                                                                                  \
                    vstore(to + i * s * ys + re, a[i].re);                                         \
                    vstore(to + i * s * ys + im, a[i].im);                                         \
                }                                                                                  \
            }                                                                                      \
        }                                                                                          \
    }
PASS(2)
PASS(3)
PASS(4)
PASS(5)
PASS(8)

/* Points of `in` are xs floats apart, of `out` ys; room: 2 n points. in may be out only when xs
 * = ys and there is more than one pass. */
static void fft(const struct ir_lane_fft *f, const float *in, size_t xs, float *out, size_t ys,
                float *room, int inverse)
{
    size_t n = f->n, s = 1, re = inverse ? VL : 0, im = inverse ? 0 : VL;
    float *next = room, *other = room + f->n * POINT;
    for (int i = 0; i < f->passes; i++) {
        int last = i == f->passes - 1;
        float *y = last ? out : next;
        size_t step = last ? ys : POINT;
        switch (f->radix[i]) {
        case 2:
            fft_pass2(n, s, f->twiddle[i], in, xs, y, step, re, im);
            break;
        case 3:
            fft_pass3(n, s, f->twiddle[i], in, xs, y, step, re, im);
            break;
        case 4:
            fft_pass4(n, s, f->twiddle[i], in, xs, y, step, re, im);
            break;
        case 5:
            fft_pass5(n, s, f->twiddle[i], in, xs, y, step, re, im);
            break;
        default:
            fft_pass8(n, s, f->twiddle[i], in, xs, y, step, re, im);
        }
        in = y;
        xs = POINT;
        n /= f->radix[i];
        s *= f->radix[i];
        float *t = next;
        next = other;
        other = t;
    }
}

/* Spectra of VL real signals of 2 n points, from the n-point transform z of even samples + i odd
 * samples: X(k) = E(k) + exp(-2 pi i k / 2n) O(k), k = 0 … n, stored interleaved [lane][re, im], k
 * `apart` floats apart. odd: the factors of a long_fft of 2 n points. */
static void real_split(size_t n, const float *odd, float scale, const float *z, float *x,
                       size_t apart)
{
    vf half = vset(0.5f * scale);
    for (size_t k = 0; k <= n; k++) {
        const float *a = z + k % n * POINT, *b = z + (n - k) % n * POINT;
        vf er = half * (vload(a) + vload(b)), ei = half * (vload(a + VL) - vload(b + VL));
        vf dr = half * (vload(a) - vload(b)), di = half * (vload(a + VL) + vload(b + VL));
        /* O = -i d; the factor of k = n is -1. */
        vf wr = vset(k < n ? odd[2 * k] : -1), wi = vset(k < n ? odd[2 * k + 1] : 0);
        struct cv o = cmul((struct cv){di, -dr}, wr, wi);
        vf re = er + o.re, im = ei + o.im;
        vstore(x + k * apart, VLOW(re, im));
        vstore(x + k * apart + VL, VHIGH(re, im));
    }
}

/* The other way: z(k) = E(k) + i O(k), to be followed by the inverse transform; result is 2 n times
 * too large, as E and O are not halved. */
static void real_join(size_t n, const float *odd, const float *x, size_t apart, float *z)
{
    for (size_t k = 0; k < n; k++) {
        vf a0 = vload(x + k * apart), a1 = vload(x + k * apart + VL);
        vf b0 = vload(x + (n - k) * apart), b1 = vload(x + (n - k) * apart + VL);
        vf ar = VEVEN(a0, a1), ai = VODD(a0, a1), br = VEVEN(b0, b1), bi = VODD(b0, b1);
        struct cv e = {ar + br, ai - bi}, d = {ar - br, ai + bi};
        struct cv o = cmul(d, vset(odd[2 * k]), vset(-odd[2 * k + 1]));
        vstore(z + k * POINT, e.re - o.im);
        vstore(z + k * POINT + VL, e.im + o.re);
    }
}
