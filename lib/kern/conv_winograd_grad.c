/* conv_winograd_grad.c - the weight gradient of Winograd's F(4x4, 3x3):
 *     dW = G^T [ sum over tiles of (A dY A^T) × (B^T X B) ] G
 * Small weights: parts of the batch, each with its own sum, added in order at the end. Big ones:
 * one sum, group of clips after group, the 36 cells shared out to the threads. */
#include "conv_wino.h"

#include <string.h>

struct job {
    const struct ir_conv *c;
    const float *x, *dy;
    float *dw, *db;
    float *sum, *v, *d, *strip;
    double *db_sum;
    size_t n, parts, first, clips;
    size_t v_xi, d_xi, sum_xi, sum_part;
};

static size_t strip_floats(const struct wino_own *o)
{
    return ir_round_up(6 * (4 * o->fwd.across + 2) * o->kern->lanes, 16);
}

/* Tiles worked on at once: a clip's tile rows, or the group. */
static size_t tile_rows(const struct wino_own *o)
{
    size_t row = XI * o->fwd.across * (o->fwd.src_p + o->fwd.dst_p) * sizeof(float);
    size_t rows = ((size_t)1 << 20) / row;
    rows = rows ? rows : 1;
    return rows < o->fwd.down ? rows : o->fwd.down;
}

static size_t tiles_at_once(const struct wino_own *o)
{
    return o->shared ? o->clips * o->fwd.tiles : tile_rows(o) * o->fwd.across;
}

/* Sizes and strides; returns the floats of the parts before the transformed tiles: sums of the
 * bias, sums of the weights, strips. */
static size_t lay_out(struct job *j, const struct ir_conv *c, size_t *sum_at, size_t *strip_at)
{
    const struct wino_own *o = c->own;
    size_t tiles = tiles_at_once(o);
    j->parts = o->shared ? 1 : c->parts;
    j->v_xi = ir_wino_xi(tiles, o->fwd.src_p);
    j->d_xi = ir_wino_xi(tiles, o->fwd.dst_p);
    j->sum_xi = o->fwd.dst_c * o->fwd.src_p;
    j->sum_part = XI * j->sum_xi;
    *sum_at = c->s.batch * ir_round_up(2 * o->fwd.dst_c, 16);
    *strip_at = *sum_at + ir_round_up(j->parts * j->sum_part, 16);
    return *strip_at + c->threads * strip_floats(o);
}

static size_t copies_of(const struct ir_conv *c)
{
    const struct wino_own *o = c->own;
    return o->shared ? 1 : c->threads;
}

size_t ir_wino_wgrad_scratch(const struct ir_conv *c)
{
    struct job j = {0};
    size_t sum_at, strip_at, tiles_at = lay_out(&j, c, &sum_at, &strip_at);
    return tiles_at + copies_of(c) * XI * (j.v_xi + j.d_xi);
}

static void tiles_of(const struct job *j, size_t clip, size_t ty, float *strip, float *v, float *d)
{
    const struct wino_own *o = j->c->own;
    const struct wino_dir *f = &o->fwd;
    const struct ir_kern *k = o->kern;
    size_t src_plane = f->src[0] * f->src[1], dst_plane = f->dst[0] * f->dst[1];
    size_t cols = 4 * f->across;
    for (size_t s = 0; s < f->src_p; s += k->lanes) {
        size_t n = f->src_c - s < k->lanes ? f->src_c - s : k->lanes;
        k->wino_load(j->x + (clip * f->src_c + s) * src_plane, src_plane, n, f->src[0], f->src[1],
                     (ptrdiff_t)(4 * ty) - (ptrdiff_t)f->pad[0], -(ptrdiff_t)f->pad[1], 6, cols + 2,
                     strip);
        k->wino_in(strip, cols + 2, f->across, v + s, f->src_p, j->v_xi);
    }
    for (size_t s = 0; s < f->dst_p; s += k->lanes) {
        size_t n = f->dst_c - s < k->lanes ? f->dst_c - s : k->lanes;
        k->wino_load(j->dy + (clip * f->dst_c + s) * dst_plane, dst_plane, n, f->dst[0], f->dst[1],
                     (ptrdiff_t)(4 * ty), 0, 4, cols, strip);
        k->wino_grad(strip, cols, f->across, d + s, f->dst_p, j->d_xi);
    }
}

static void product(const struct job *j, size_t xi, size_t tiles, const float *v, const float *d,
                    float *sum)
{
    const struct wino_own *o = j->c->own;
    const struct wino_dir *f = &o->fwd;
    o->kern->gemm(f->dst_c, f->src_p, tiles, d + xi * j->d_xi, 1, f->dst_p, v + xi * j->v_xi,
                  f->src_p, o->kern->panel, sum + xi * j->sum_xi, f->src_p, 1);
}

static void bias_sums(const struct job *j, size_t clip)
{
    const struct wino_own *o = j->c->own;
    size_t plane = o->fwd.dst[0] * o->fwd.dst[1];
    double *sum = j->db_sum + clip * ir_round_up(o->fwd.dst_c, 8);
    for (size_t i = 0; i < o->fwd.dst_c; i++)
        sum[i] = (double)o->kern->sum(j->dy + (clip * o->fwd.dst_c + i) * plane, plane);
}

static void part_task(void *arg, size_t part, unsigned thread)
{
    const struct job *j = arg;
    const struct wino_own *o = j->c->own;
    const struct wino_dir *f = &o->fwd;
    float *v = j->v + thread * XI * j->v_xi, *d = j->d + thread * XI * j->d_xi;
    float *sum = j->sum + part * j->sum_part, *strip = j->strip + thread * strip_floats(o);
    size_t step = tile_rows(o);
    memset(sum, 0, j->sum_part * sizeof *sum);
    for (size_t clip = ir_part_begin(j->n, j->parts, part);
         clip < ir_part_begin(j->n, j->parts, part + 1); clip++) {
        for (size_t y = 0; j->dw && y < f->down; y += step) {
            size_t rows = f->down - y < step ? f->down - y : step;
            for (size_t r = 0; r < rows; r++)
                tiles_of(j, clip, y + r, strip, v + r * f->across * f->src_p,
                         d + r * f->across * f->dst_p);
            for (size_t xi = 0; xi < XI; xi++)
                product(j, xi, rows * f->across, v, d, sum);
        }
        if (j->db)
            bias_sums(j, clip);
    }
}

static void shared_in(void *arg, size_t task, unsigned thread)
{
    const struct job *j = arg;
    const struct wino_own *o = j->c->own;
    size_t clip = j->first + task / o->fwd.down, ty = task % o->fwd.down;
    tiles_of(j, clip, ty, j->strip + thread * strip_floats(o),
             j->v + task * o->fwd.across * o->fwd.src_p,
             j->d + task * o->fwd.across * o->fwd.dst_p);
    if (ty == 0 && j->db)
        bias_sums(j, clip);
}

static void shared_product(void *arg, size_t xi, unsigned thread)
{
    const struct job *j = arg;
    const struct wino_own *o = j->c->own;
    (void)thread;
    if (j->first == 0)
        memset(j->sum + xi * j->sum_xi, 0, j->sum_xi * sizeof(float));
    product(j, xi, j->clips * o->fwd.tiles, j->v, j->d, j->sum);
}

/* All sources of one destination channel. */
static void finish_task(void *arg, size_t out, unsigned thread)
{
    const struct job *j = arg;
    const struct wino_own *o = j->c->own;
    const struct wino_dir *f = &o->fwd;
    const struct ir_kern *k = o->kern;
    double db = 0;
    (void)thread;
    for (size_t s = 0; j->dw && s < f->src_c; s += k->lanes)
        k->wino_weights_grad(j->sum + out * f->src_p + s, j->sum_xi, j->sum_part, j->parts,
                             f->src_c - s < k->lanes ? f->src_c - s : k->lanes,
                             j->dw + (out * f->src_c + s) * 9);
    for (size_t clip = 0; j->db && clip < j->n; clip++)
        db += j->db_sum[clip * ir_round_up(f->dst_c, 8) + out];
    if (j->db)
        j->db[out] += (float)db;
}

void ir_wino_wgrad(const struct ir_conv *c, struct ir_pool *pool, size_t n, const float *x,
                   const float *dy, float *dw, float *db, float *scratch)
{
    const struct wino_own *o = c->own;
    struct job j = {.c = c, .x = x, .dy = dy, .dw = dw, .db = db, .n = n};
    size_t sum_at, strip_at, tiles_at = lay_out(&j, c, &sum_at, &strip_at);
    j.db_sum = (double *)(void *)scratch;
    j.sum = scratch + sum_at;
    j.strip = scratch + strip_at;
    j.v = scratch + tiles_at;
    j.d = j.v + copies_of(c) * XI * j.v_xi;
    if (j.parts > n)
        j.parts = n;
    if (!o->shared) {
        ir_pool_run(pool, j.parts, part_task, &j);
    } else {
        for (; j.first < n; j.first += j.clips) {
            j.clips = n - j.first < o->clips ? n - j.first : o->clips;
            ir_pool_run(pool, j.clips * o->fwd.down, shared_in, &j);
            ir_pool_run(pool, XI, shared_product, &j);
        }
    }
    ir_pool_run(pool, o->fwd.dst_c, finish_task, &j);
}
