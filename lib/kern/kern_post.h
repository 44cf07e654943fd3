/* kern_post.h - batch normalisation, (leaky) ReLU and max pooling of one plane in one sweep. Part
 * of kern_body.h. See kern.h; no ReLU is a slope of 1. */

VINLINE vf post_act(const struct ir_post_plane *p, vf x)
{
    vf v = vfma(vset(p->a), x, vset(p->b));
    return vpick(v * vset(p->slope), v, v > 0);
}

/* The gradient d after the ReLU, before it, where x came in. */
VINLINE vf post_gate(const struct ir_post_plane *p, vf x, vf d)
{
    return vpick(d * vset(p->slope), d, vfma(vset(p->a), x, vset(p->b)) > 0);
}

/* Two vectors' worth of a row, `n` ≤ 2 VL of them, as its even and its odd columns. */
VINLINE void load_pairs(const float *p, size_t n, vf *even, vf *odd)
{
    vf lo = n >= VL ? vload(p) : vload_n(p, n);
    vf hi = n == 2 * VL ? vload(p + VL) : n > VL ? vload_n(p + VL, n - VL) : vset(0);
    *even = VEVEN(lo, hi);
    *odd = VODD(lo, hi);
}

VINLINE void store_pairs(float *p, size_t n, vf even, vf odd)
{
    vf lo = VLOW(even, odd), hi = VHIGH(even, odd);
    if (n >= VL)
        vstore(p, lo);
    else
        vstore_n(p, lo, n);
    if (n == 2 * VL)
        vstore(p + VL, hi);
    else if (n > VL)
        vstore_n(p + VL, hi, n - VL);
}

/* Mean and sum of squared differences from it. */
static void post_stats(const float *x, size_t n, double out[2])
{
    double mean = (double)sum(x, n) / (double)n;
    vf m = vset((float)mean), s = vset(0), s2 = s;
    size_t i = 0;
    for (; i + 2 * VL <= n; i += 2 * VL) {
        vf d = vload(x + i) - m, e = vload(x + i + VL) - m;
        s = vfma(d, d, s);
        s2 = vfma(e, e, s2);
    }
    double squares = (double)vsum(s + s2), rest = mean - (double)(float)mean;
    for (; i < n; i++)
        squares += ((double)x[i] - (double)(float)mean) * ((double)x[i] - (double)(float)mean);
    out[0] = mean;
    out[1] = squares - rest * rest * (double)n;
    if (out[1] < 0)
        out[1] = 0;
}

static void post_flat(const struct ir_post_plane *p)
{
    size_t n = p->h * p->w, i = 0;
    for (; i + VL <= n; i += VL)
        vstore(p->y + i, post_act(p, vload(p->x + i)));
    if (i < n)
        vstore_n(p->y + i, post_act(p, vload_n(p->x + i, n - i)), n - i);
}

/* The affine map and the ReLU keep or turn the order of cells, so the top of a window is found
 * before them: it is that of sign × x. */
static void post_pool2(const struct ir_post_plane *p)
{
    vf sign = vset(p->sign);
    for (size_t r = 0; r < p->yh; r++) {
        const float *x = p->x + 2 * r * p->w;
        for (size_t i = 0; i < p->yw; i += VL) {
            size_t n = p->yw - i < VL ? p->yw - i : VL;
            vf e0, o0, e1, o1;
            load_pairs(x + 2 * i, 2 * n, &e0, &o0);
            load_pairs(x + p->w + 2 * i, 2 * n, &e1, &o1);
            vf top = vmax(vmax(e0 * sign, o0 * sign), vmax(e1 * sign, o1 * sign));
            vf m = post_act(p, top * sign);
            if (n == VL)
                vstore(p->y + r * p->yw + i, m);
            else
                vstore_n(p->y + r * p->yw + i, m, n);
        }
    }
}

/* n ≤ VL windows of row r from column c: their tops, where those are (floats from the window's
 * first cell), and x there. */
struct top {
    vf v, at, x;
};

VINLINE struct top post_top(const struct ir_post_plane *p, size_t r, size_t c, size_t n)
{
    const float *x = p->x + r * p->stride[0] * p->w + c * p->stride[1];
    vf sign = vset(p->sign);
    struct top t = {.x = vtake(x, p->stride[1], n), .at = vset(0)};
    vf most = t.x * sign;
    for (size_t i = 0; i < p->pool[0]; i++)
        for (size_t q = i ? 0 : 1; q < p->pool[1]; q++) {
            vf cell = vtake(x + i * p->w + q, p->stride[1], n), v = cell * sign;
            vi more = v > most;
            most = vpick(most, v, more);
            t.x = vpick(t.x, cell, more);
            t.at = vpick(t.at, vset((float)(i * p->w + q)), more);
        }
    t.v = post_act(p, t.x);
    return t;
}

#define POST_WIDE 512 /* columns whose tops over the rows of a window are kept at once */

/* Tops over the rows of a window first, column by column, then along the row. */
static void post_pool_row(const struct ir_post_plane *p, size_t r)
{
    float tops[POST_WIDE + VL];
    const float *x = p->x + r * p->stride[0] * p->w;
    vf sign = vset(p->sign);
    for (size_t c = 0; c < p->w; c += VL) {
        size_t n = p->w - c < VL ? p->w - c : VL;
        vf top = vload_n(x + c, n) * sign;
        for (size_t i = 1; i < p->pool[0]; i++)
            top = vmax(top, vload_n(x + i * p->w + c, n) * sign);
        vstore(tops + c, top);
    }
    for (size_t c = 0; c < p->yw; c += VL) {
        size_t n = p->yw - c < VL ? p->yw - c : VL;
        const float *from = tops + c * p->stride[1];
        vf top = vtake(from, p->stride[1], n);
        for (size_t q = 1; q < p->pool[1]; q++)
            top = vmax(top, vtake(from + q, p->stride[1], n));
        vstore_n(p->y + r * p->yw + c, post_act(p, top * sign), n);
    }
}

static void post_pool(const struct ir_post_plane *p)
{
    for (size_t r = 0; r < p->yh; r++) {
        if (p->w <= POST_WIDE) {
            post_pool_row(p, r);
            continue;
        }
        for (size_t c = 0; c < p->yw; c += VL) {
            size_t n = p->yw - c < VL ? p->yw - c : VL;
            vstore_n(p->y + r * p->yw + c, post_top(p, r, c, n).v, n);
        }
    }
}

static void post_forward(const struct ir_post_plane *p)
{
    if (!p->pool[1])
        post_flat(p);
    else if (p->two)
        post_pool2(p);
    else
        post_pool(p);
}

/* The gradient that reaches each of the four cells of VL windows, before the slope of the affine
 * map. */
struct quad {
    vf x[4], g[4];
};

VINLINE void post_quad(const struct ir_post_plane *p, size_t r, size_t i, size_t n, struct quad *q)
{
    const float *x = p->x + 2 * r * p->w + 2 * i, *dy = p->dy + r * p->yw + i;
    vf sign = vset(p->sign), v[4], zero = vset(0), d = n == VL ? vload(dy) : vload_n(dy, n);
    load_pairs(x, 2 * n, &q->x[0], &q->x[1]);
    load_pairs(x + p->w, 2 * n, &q->x[2], &q->x[3]);
    UNROLL for (int k = 0; k < 4; k++) v[k] = q->x[k] * sign;
    vf m = vmax(vmax(v[0], v[1]), vmax(v[2], v[3]));
    vf g = post_gate(p, m * sign, d);
    UNROLL for (int k = 0; k < 4; k++)
    {
        vi here = v[k] >= m;
        q->g[k] = vpick(zero, g, here);
        g = vpick(g, zero, here); /* only the first */
    }
}

/* Sum of the gradient before the affine map, and of it times (x - mean). */
static void post_sums(const struct ir_post_plane *p, double out[2])
{
    vf s = vset(0), t = s, mean = vset(p->mean);
    if (!p->pool[1]) {
        for (size_t i = 0, n = p->h * p->w; i < n; i += VL) {
            size_t m = n - i < VL ? n - i : VL;
            vf x = m == VL ? vload(p->x + i) : vload_n(p->x + i, m);
            vf g = post_gate(p, x, m == VL ? vload(p->dy + i) : vload_n(p->dy + i, m));
            s += g;
            t = vfma(g, x - mean, t);
        }
    } else if (p->two) {
        for (size_t r = 0; r < p->yh; r++)
            for (size_t i = 0; i < p->yw; i += VL) {
                struct quad q;
                post_quad(p, r, i, p->yw - i < VL ? p->yw - i : VL, &q);
                s += (q.g[0] + q.g[1]) + (q.g[2] + q.g[3]);
                UNROLL for (int k = 0; k < 4; k++) t = vfma(q.g[k], q.x[k] - mean, t);
            }
    } else {
        for (size_t i = 0; i < p->yh; i++)
            for (size_t c = 0; c < p->yw; c += VL) {
                size_t n = p->yw - c < VL ? p->yw - c : VL;
                vf d = vload_n(p->dy + i * p->yw + c, n);
                struct top w = post_top(p, i, c, n);
                vf g = vpick(d * vset(p->slope), d, w.v > 0);
                s += g;
                t = vfma(g, w.x - mean, t);
            }
    }
    out[0] = (double)vsum(s);
    out[1] = (double)vsum(t);
}

/* dx = k0 + k1 x over cells that get nothing from above. */
static void post_rest(const struct ir_post_plane *p, size_t from, size_t n)
{
    for (size_t i = 0; i < n; i++)
        p->dx[from + i] = p->k0 + p->k1 * p->x[from + i];
}

static void post_back_flat(const struct ir_post_plane *p)
{
    vf k0 = vset(p->k0), k1 = vset(p->k1), a = vset(p->a);
    for (size_t i = 0, n = p->h * p->w; i < n; i += VL) {
        size_t m = n - i < VL ? n - i : VL;
        vf x = m == VL ? vload(p->x + i) : vload_n(p->x + i, m);
        vf d = m == VL ? vload(p->dy + i) : vload_n(p->dy + i, m);
        vf g = vfma(a, post_gate(p, x, d), vfma(k1, x, k0));
        if (m == VL)
            vstore(p->dx + i, g);
        else
            vstore_n(p->dx + i, g, m);
    }
}

static void post_back2(const struct ir_post_plane *p)
{
    vf k0 = vset(p->k0), k1 = vset(p->k1), a = vset(p->a);
    for (size_t r = 0; r < p->yh; r++) {
        size_t at = 2 * r * p->w;
        for (size_t i = 0; i < p->yw; i += VL) {
            size_t n = p->yw - i < VL ? p->yw - i : VL;
            struct quad q;
            post_quad(p, r, i, n, &q);
            UNROLL for (int k = 0; k < 4; k++) q.g[k] = vfma(a, q.g[k], vfma(k1, q.x[k], k0));
            store_pairs(p->dx + at + 2 * i, 2 * n, q.g[0], q.g[1]);
            store_pairs(p->dx + at + p->w + 2 * i, 2 * n, q.g[2], q.g[3]);
        }
        if (2 * p->yw < p->w) {
            post_rest(p, at + 2 * p->yw, p->w - 2 * p->yw);
            post_rest(p, at + p->w + 2 * p->yw, p->w - 2 * p->yw);
        }
    }
    post_rest(p, 2 * p->yh * p->w, (p->h - 2 * p->yh) * p->w);
}

/* g: room for a plane, only used by pools other than 2×2. */
static void post_backward(const struct ir_post_plane *p, float *g)
{
    if (!p->pool[1]) {
        post_back_flat(p);
        return;
    }
    if (p->two) {
        post_back2(p);
        return;
    }
    memset(g, 0, p->h * p->w * sizeof *g);
    for (size_t r = 0; r < p->yh; r++)
        for (size_t c = 0; c < p->yw; c += VL) {
            size_t n = p->yw - c < VL ? p->yw - c : VL;
            struct top t = post_top(p, r, c, n);
            vf d = vload_n(p->dy + r * p->yw + c, n);
            float at[VL], gate[VL], *to = g + r * p->stride[0] * p->w + c * p->stride[1];
            vstore(at, t.at);
            vstore(gate, vpick(d * vset(p->slope), d, t.v > 0));
            for (size_t i = 0; i < n; i++)
                to[i * p->stride[1] + (size_t)at[i]] += gate[i];
        }
    for (size_t i = 0; i < p->h * p->w; i++)
        p->dx[i] = p->a * g[i] + (p->k0 + p->k1 * p->x[i]);
}
