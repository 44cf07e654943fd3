/* conv_winograd.c - Winograd's F(4x4, 3x3) (Lavin & Gray 2016): 36 small matrix products instead of
 * 144 multiplications a tile and pair of channels. Forward and data gradient; the data gradient is
 * the forward of the turned weights.
 *
 * A tile row of 16 channels is transposed to channels-last, so that all transforms are plain vector
 * code. Small weights: a task does all steps for one clip's tile rows, in its cache. Big weights
 * (above the cache): all threads share the transformed tiles of a group of clips and take the 36
 * products in turn. */
#include "conv_wino.h"

#include <stdlib.h>

#define OWN_BYTES    ((size_t)2 << 20)  /* transformed weights up to here: each task alone */
#define TASK_BYTES   ((size_t)1 << 20)  /* transformed tiles of a task */
#define SHARED_BYTES ((size_t)16 << 20) /* and of a group */

struct job {
    const struct ir_conv *c;
    const struct wino_dir *d;
    const float *src, *w, *bias;
    float *dst, *u, *v, *m, *strip;
    size_t first, clips; /* of this group */
    size_t rows, chunks; /* tile rows of a task, tasks of a clip */
    size_t v_xi, m_xi;
    bool flip;
};

/* ---- weights ------------------------------------------------------------------------------------
 */

/* One vector of destination channels, all sources: u[xi][panel][src][column]. */
static void weights_task(void *arg, size_t task, unsigned thread)
{
    const struct job *j = arg;
    const struct wino_dir *d = j->d;
    const struct ir_kern *k = ((struct wino_own *)j->c->own)->kern;
    size_t o = task * k->lanes, n = d->dst_c - o < k->lanes ? d->dst_c - o : k->lanes;
    size_t panel = o / k->panel, wide = d->dst_p - panel * k->panel;
    (void)thread;
    if (wide > k->panel)
        wide = k->panel;
    for (size_t s = 0; s < d->src_c; s++) {
        float *u = j->u + panel * k->panel * d->src_c + s * wide + o % k->panel;
        if (j->flip)
            k->wino_weights(j->w + (s * d->dst_c + o) * 9, 9, n, 1, u, d->src_c * d->dst_p);
        else
            k->wino_weights(j->w + (o * d->src_c + s) * 9, d->src_c * 9, n, 0, u,
                            d->src_c * d->dst_p);
    }
}

/* ---- tiles --------------------------------------------------------------------------------------
 */

static size_t strip_cols(const struct wino_dir *d)
{
    return 4 * d->across + 2;
}

/* Tile row ty of one clip: transformed tiles to v. */
static void tiles_in(const struct job *j, size_t clip, size_t ty, float *strip, float *v)
{
    const struct wino_dir *d = j->d;
    const struct ir_kern *k = ((struct wino_own *)j->c->own)->kern;
    size_t plane = d->src[0] * d->src[1];
    for (size_t s = 0; s < d->src_p; s += k->lanes) {
        size_t n = d->src_c - s < k->lanes ? d->src_c - s : k->lanes;
        k->wino_load(j->src + (clip * d->src_c + s) * plane, plane, n, d->src[0], d->src[1],
                     (ptrdiff_t)(4 * ty) - (ptrdiff_t)d->pad[0], -(ptrdiff_t)d->pad[1], 6,
                     strip_cols(d), strip);
        k->wino_in(strip, strip_cols(d), d->across, v + s, d->src_p, j->v_xi);
    }
}

static void tiles_out(const struct job *j, size_t clip, size_t ty, float *strip, const float *m)
{
    const struct wino_dir *d = j->d;
    const struct ir_kern *k = ((struct wino_own *)j->c->own)->kern;
    size_t plane = d->dst[0] * d->dst[1], rows = d->dst[0] - 4 * ty < 4 ? d->dst[0] - 4 * ty : 4;
    for (size_t o = 0; o < d->dst_c; o += k->lanes) {
        size_t n = d->dst_c - o < k->lanes ? d->dst_c - o : k->lanes;
        k->wino_out(m + o, d->dst_p, j->m_xi, d->across, strip, 4 * d->across);
        k->wino_store(strip, 4 * d->across, rows, d->dst[1], j->bias ? j->bias + o : NULL, n,
                      j->dst + (clip * d->dst_c + o) * plane + 4 * ty * d->dst[1], plane,
                      d->dst[1]);
    }
}

static void product(const struct job *j, size_t xi, size_t tiles, const float *v, float *m)
{
    const struct wino_dir *d = j->d;
    const struct ir_kern *k = ((struct wino_own *)j->c->own)->kern;
    k->gemm(tiles, d->dst_p, d->src_c, v + xi * j->v_xi, d->src_p, 1,
            j->u + xi * d->src_c * d->dst_p, 0, k->panel * d->src_c, m + xi * j->m_xi, d->dst_p, 0);
}

/* All steps for some tile rows of one clip. */
static void alone_task(void *arg, size_t task, unsigned thread)
{
    const struct job *j = arg;
    const struct wino_own *o = j->c->own;
    const struct wino_dir *d = j->d;
    size_t clip = task / j->chunks, y0 = task % j->chunks * j->rows;
    size_t rows = d->down - y0 < j->rows ? d->down - y0 : j->rows;
    float *strip = j->strip + thread * o->strip, *v = j->v + thread * o->v,
          *m = j->m + thread * o->m;
    for (size_t r = 0; r < rows; r++)
        tiles_in(j, clip, y0 + r, strip, v + r * d->across * d->src_p);
    for (size_t xi = 0; xi < XI; xi++)
        product(j, xi, rows * d->across, v, m);
    for (size_t r = 0; r < rows; r++)
        tiles_out(j, clip, y0 + r, strip, m + r * d->across * d->dst_p);
}

static void shared_in(void *arg, size_t task, unsigned thread)
{
    const struct job *j = arg;
    const struct wino_own *o = j->c->own;
    tiles_in(j, j->first + task / j->d->down, task % j->d->down, j->strip + thread * o->strip,
             j->v + task * j->d->across * j->d->src_p);
}

static void shared_product(void *arg, size_t xi, unsigned thread)
{
    const struct job *j = arg;
    (void)thread;
    product(j, xi, j->clips * j->d->tiles, j->v, j->m);
}

static void shared_out(void *arg, size_t task, unsigned thread)
{
    const struct job *j = arg;
    const struct wino_own *o = j->c->own;
    tiles_out(j, j->first + task / j->d->down, task % j->d->down, j->strip + thread * o->strip,
              j->m + task * j->d->across * j->d->dst_p);
}

static void run(const struct ir_conv *c, const struct wino_dir *d, bool flip, struct ir_pool *pool,
                size_t n, const float *src, const float *w, const float *bias, float *dst,
                float *scratch)
{
    const struct wino_own *o = c->own;
    struct job j = {
        .c = c, .d = d, .src = src, .w = w, .bias = bias, .dst = dst, .u = scratch, .flip = flip};
    size_t copies = o->shared ? 1 : c->threads;
    j.strip = j.u + o->u;
    j.v = j.strip + c->threads * o->strip;
    j.m = j.v + copies * o->v;
    ir_pool_run(pool, d->dst_p / o->kern->lanes, weights_task, &j);
    if (!o->shared) {
        size_t bytes = XI * d->across * (d->src_p + d->dst_p) * sizeof(float);
        j.rows = TASK_BYTES / bytes > 1 ? TASK_BYTES / bytes : 1;
        j.rows = j.rows < d->down ? j.rows : d->down;
        j.chunks = (d->down + j.rows - 1) / j.rows;
        j.rows = (d->down + j.chunks - 1) / j.chunks;
        j.v_xi = ir_wino_xi(j.rows * d->across, d->src_p);
        j.m_xi = ir_wino_xi(j.rows * d->across, d->dst_p);
        ir_pool_run(pool, n * j.chunks, alone_task, &j);
        return;
    }
    j.v_xi = ir_wino_xi(o->clips * d->tiles, d->src_p);
    j.m_xi = ir_wino_xi(o->clips * d->tiles, d->dst_p);
    for (; j.first < n; j.first += j.clips) {
        j.clips = n - j.first < o->clips ? n - j.first : o->clips;
        ir_pool_run(pool, j.clips * d->down, shared_in, &j);
        ir_pool_run(pool, XI, shared_product, &j);
        ir_pool_run(pool, j.clips * d->down, shared_out, &j);
    }
}

static void forward(const struct ir_conv *c, struct ir_pool *pool, size_t n, const float *x,
                    const float *w, const float *bias, float *y, bool same_w, void *keep,
                    void *scratch)
{
    const struct wino_own *o = c->own;
    (void)same_w;
    (void)keep;
    run(c, &o->fwd, false, pool, n, x, w, bias, y, scratch);
}

static void backward(const struct ir_conv *c, struct ir_pool *pool, size_t n, const float *x,
                     const float *w, const float *dy, float *dx, float *dw, float *db, void *keep,
                     void *scratch)
{
    const struct wino_own *o = c->own;
    (void)keep;
    if (dx)
        run(c, &o->dx, true, pool, n, dy, w, NULL, dx, scratch);
    if (dw || db)
        ir_wino_wgrad(c, pool, n, x, dy, dw, db, scratch);
}

/* ---- planning -----------------------------------------------------------------------------------
 */

static void plan_dir(struct wino_dir *d, const struct ir_kern *k, size_t src_c, size_t dst_c,
                     const size_t src[2], const size_t dst[2], const size_t pad[2])
{
    d->src_c = src_c;
    d->dst_c = dst_c;
    d->src_p = ir_round_up(src_c, k->lanes);
    d->dst_p = ir_round_up(dst_c, k->lanes);
    for (int a = 0; a < 2; a++) {
        d->src[a] = src[a];
        d->dst[a] = dst[a];
        d->pad[a] = pad[a];
    }
    d->down = (dst[0] + 3) / 4;
    d->across = (dst[1] + 3) / 4;
    d->tiles = d->down * d->across;
}

static size_t most(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* Room for the tiles of one direction. */
static void plan_room(struct wino_own *o, const struct wino_dir *d)
{
    size_t tiles = o->clips * d->tiles;
    if (!o->shared) {
        size_t bytes = XI * d->across * (d->src_p + d->dst_p) * sizeof(float);
        size_t rows = TASK_BYTES / bytes > 1 ? TASK_BYTES / bytes : 1;
        tiles = (rows < d->down ? rows : d->down) * d->across;
    }
    o->v = most(o->v, XI * ir_wino_xi(tiles, d->src_p));
    o->m = most(o->m, XI * ir_wino_xi(tiles, d->dst_p));
    o->strip = most(o->strip, 6 * strip_cols(d) * o->kern->lanes);
    o->u = most(o->u, ir_round_up(XI * d->src_c * d->dst_p, 16));
}

static int setup(struct ir_conv *c, struct ir_err *err)
{
    const struct ir_conv_shape *s = &c->s;
    struct wino_own *o = c->own = ir_zalloc(1, sizeof *o);
    o->kern = ir_kern_get(s->simd);
    if (!o->kern)
        return ir_fail(err, "convolution: this processor has no SIMD level %d", s->simd);
    size_t turned[2] = {2 - s->pad[0], 2 - s->pad[1]};
    plan_dir(&o->fwd, o->kern, s->in, s->out, s->size, c->out_size, s->pad);
    plan_dir(&o->dx, o->kern, s->out, s->in, c->out_size, s->size, turned);
    o->shared = XI * o->fwd.src_p * o->fwd.dst_p * sizeof(float) > OWN_BYTES;
    o->clips = SHARED_BYTES / (XI * o->fwd.tiles * (o->fwd.src_p + o->fwd.dst_p) * sizeof(float));
    o->clips = !o->shared || o->clips < 1 ? 1 : o->clips < s->batch ? o->clips : s->batch;
    plan_room(o, &o->fwd);
    if (s->need_dx && !s->infer)
        plan_room(o, &o->dx);
    o->strip = ir_round_up(o->strip, 16);
    size_t floats = o->u + c->threads * o->strip + (o->shared ? 1 : c->threads) * (o->v + o->m);
    if (!s->infer)
        floats = most(floats, ir_wino_wgrad_scratch(c));
    c->scratch = floats * sizeof(float);
    snprintf(c->text, sizeof c->text, "winograd F(4x4,3x3), %s, %s", o->kern->name,
             o->shared ? "shared products" : "a clip a task");
    return 0;
}

static void free_own(struct ir_conv *c)
{
    free(c->own);
}

static bool takes(const struct ir_conv_shape *s, const size_t out[2])
{
    (void)out;
    if (s->groups != 1 || s->pool[1])
        return false;
    for (int a = 0; a < 2; a++)
        if (s->kernel[a] != 3 || s->stride[a] != 1 || s->dilation[a] != 1 || s->pad[a] > 2)
            return false;
    return true;
}

static bool pays(const struct ir_conv_shape *s, const size_t out[2])
{
    return s->in >= 12 && s->out >= 12 && out[0] >= 4 && out[1] >= 4;
}

const struct ir_conv_ops ir_conv_winograd = {.name = "winograd",
                                             .takes = takes,
                                             .pays = pays,
                                             .setup = setup,
                                             .forward = forward,
                                             .backward = backward,
                                             .free = free_own};
