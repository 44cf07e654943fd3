/* conv_direct.c - the direct sum with SIMD kernels: any stride, padding, dilation and groups.
 *
 * A task copies a band of rows with its zero padding to a small buffer (columns dealt out by the
 * stride, so that every read is contiguous) and sums over a list of offsets, one a tap. The data
 * gradient is the same pass with the channels exchanged; a stride s splits it into s × s phases
 * with fewer taps each. */
#include "conv_direct.h"

#include <stdlib.h>
#include <string.h>

struct own {
    const struct ir_kern *kern;
    struct pass fwd, dx;
    size_t taps, acc; /* taps of a group, floats of one part's sums */
};

struct job {
    const struct ir_conv *c;
    const struct pass *p;
    size_t n;
    const float *src, *w, *bias;
    float *dst, *packed, *band, *acc;
    double *db_acc;
    float *dw, *db;
    const float *dy;
    size_t parts;
};

static int setup(struct ir_conv *c, struct ir_err *err)
{
    struct own *o = c->own = ir_zalloc(1, sizeof *o);
    o->kern = ir_kern_get(c->s.simd);
    if (!o->kern)
        return ir_fail(err, "convolution: this processor has no SIMD level %d", c->s.simd);
    size_t taps = c->s.in / c->s.groups * c->s.kernel[0], limit = (size_t)1 << 26;
    if (taps > limit || c->s.kernel[1] > limit / taps || c->s.out > (size_t)1 << 32)
        return ir_fail(err, "convolution: %zu channels with a kernel of %zux%zu are too many taps",
                       c->s.in / c->s.groups, c->s.kernel[0], c->s.kernel[1]);
    ir_direct_plan_forward(&o->fwd, c, o->kern);
    size_t band = o->fwd.plane * o->fwd.src_c, packed = o->fwd.packed, sums = 0;
    if (!c->s.infer) {
        o->taps = o->fwd.phase->taps;
        o->acc = c->s.out * o->taps * o->kern->lanes;
        while (c->parts > 2 && c->parts * o->acc > (size_t)16 << 20)
            c->parts /= 2;
        sums = c->parts * (o->acc * sizeof(float) + ir_round_up(c->s.out * sizeof(double), 64));
    }
    if (c->s.need_dx && !c->s.infer) {
        ir_direct_plan_dx(&o->dx, c, o->kern);
        if (band < o->dx.plane * o->dx.src_c)
            band = o->dx.plane * o->dx.src_c;
        if (packed < o->dx.packed)
            packed = o->dx.packed;
    }
    c->scratch = ir_round_up(packed * sizeof(float), 64) + sums +
                 c->threads * ir_round_up(band * sizeof(float), 64);
    snprintf(c->text, sizeof c->text, "direct sum, %s, %zu channels at once, bands of %zu rows",
             o->kern->name, o->fwd.kb, o->fwd.band_rows);
    return 0;
}

static void free_own(struct ir_conv *c)
{
    struct own *o = c->own;
    if (!o)
        return;
    ir_direct_free(&o->fwd);
    ir_direct_free(&o->dx);
    free(o);
}

/* ---- running ------------------------------------------------------------------------------------
 */

void ir_conv_fill_band(const struct pass *p, const float *src, size_t band, float *to)
{
    size_t rows = p->plane / p->row;
    ptrdiff_t first = (ptrdiff_t)(band * p->band_rows * p->row_step) + p->origin[0];
    for (size_t c = 0; c < p->src_c; c++, src += p->src[0] * p->src[1])
        for (size_t r = 0; r < rows; r++, to += p->row) {
            ptrdiff_t y = first + (ptrdiff_t)r;
            if (p->row_step > p->span && r % p->row_step >= p->span)
                continue; /* no tap reads it */
            memset(to, 0, p->row * sizeof *to);
            if (y < 0 || y >= (ptrdiff_t)p->src[0])
                continue;
            const float *from = src + (size_t)y * p->src[1];
            size_t skip = p->origin[1] > 0 ? (size_t)p->origin[1] : 0;
            size_t lead = p->origin[1] < 0 ? (size_t)-p->origin[1] : 0;
            size_t room = p->row > lead ? p->row - lead : 0;
            size_t n = p->src[1] > skip ? p->src[1] - skip : 0;
            if (n > room)
                n = room;
            if (p->split == 1)
                memcpy(to + lead, from + skip, n * sizeof *to);
            else
                p->deal(from + skip, n, lead, p->split, p->lines, to, p->line);
        }
}

/* Weights in the order the kernel reads them: [phase][group][block][tap][kb]. transposed: data
 * gradient. */
static void pack(const struct ir_conv *c, const struct pass *p, const float *w, bool transposed,
                 float *to)
{
    size_t cells = c->s.kernel[0] * c->s.kernel[1], in_g = c->s.in / c->s.groups;
    for (size_t f = 0; f < p->phases; f++)
        for (size_t g = 0; g < p->groups; g++)
            for (size_t d0 = 0; d0 < p->blocks * p->kb; d0 += p->kb)
                for (size_t s = 0; s < p->src_c; s++)
                    for (size_t t = 0; t < p->phase[f].per; t++)
                        for (size_t d = d0; d < d0 + p->kb; d++) {
                            size_t o =
                                g * (transposed ? p->src_c : p->dst_c) + (transposed ? s : d);
                            size_t i = transposed ? d : s;
                            *to++ =
                                d < p->dst_c ? w[(o * in_g + i) * cells + p->phase[f].cell[t]] : 0;
                        }
}

/* The next `group` vectors of a band: where they are read and, from dst, written. */
static void next_group(const struct pass *p, const struct phase *f, size_t lanes, size_t group,
                       size_t first, size_t row0, size_t *at, struct ir_kern_out *o)
{
    size_t wide = (f->count[1] + lanes - 1) / lanes, row = first / wide, col = first % wide;
    size_t rows = f->count[0] - row0 < p->band_rows ? f->count[0] - row0 : p->band_rows;
    for (size_t i = 0; i < group; i++) {
        bool spare = row >= rows; /* behind the last: computed from something, written nowhere */
        size_t r = spare ? 0 : row, x = spare ? 0 : col * lanes;
        at[i] = r * p->row_step * p->row + x;
        o->at[i] =
            (f->first[0] + (row0 + r) * p->step[0]) * p->dst[1] + f->first[1] + x * p->step[1];
        o->n[i] = spare ? 0 : f->count[1] - x < lanes ? f->count[1] - x : lanes;
        if (++col == wide) {
            col = 0;
            row++;
        }
    }
}

/* A phase of a stride: the lanes go to cells that are apart. */
static void scatter(const struct pass *p, size_t group, size_t lanes, const float *tile,
                    const struct ir_kern_out *o, float *dst)
{
    for (size_t d = 0; d < o->channels; d++)
        for (size_t i = 0; i < group; i++)
            for (size_t q = 0; q < o->n[i]; q++)
                dst[d * o->plane + o->at[i] + q * p->step[1]] = tile[(d * group + i) * lanes + q];
}

/* One block of channels of a band, vector group by vector group. */
static void run_block(const struct job *j, const struct phase *f, size_t row0, size_t rows,
                      const float *w, size_t channels, const float *bias, const float *band,
                      float *dst)
{
    const struct pass *p = j->p;
    const struct ir_kern *k = ((struct own *)j->c->own)->kern;
    size_t group = k->direct_group(p->kb), wide = (f->count[1] + k->lanes - 1) / k->lanes;
    size_t at[IR_KERN_GROUP], plane = p->dst[0] * p->dst[1];
    struct ir_kern_out o = {.to = dst, .channels = channels, .plane = plane, .bias = bias};
    for (size_t v = 0; v < rows * wide; v += group) {
        next_group(p, f, k->lanes, group, v, row0, at, &o);
        if (p->step[1] == 1) {
            k->direct(p->kb, band, at, f->at, f->taps, w, &o);
        } else {
            float tile[32 * IR_KERN_MAX_LANES];
            struct ir_kern_out t = {.to = tile, .channels = channels, .plane = group * k->lanes};
            for (size_t i = 0; i < group; i++) {
                t.at[i] = i * k->lanes;
                t.n[i] = k->lanes;
            }
            k->direct(p->kb, band, at, f->at, f->taps, w, &t);
            scatter(p, group, k->lanes, tile, &o, dst);
        }
    }
}

/* One band of one clip. */
static void band_task(void *arg, size_t task, unsigned thread)
{
    const struct job *j = arg;
    const struct pass *p = j->p;
    size_t clip = task / p->bands, band = task % p->bands, row0 = band * p->band_rows;
    size_t src_plane = p->src[0] * p->src[1], dst_plane = p->dst[0] * p->dst[1];
    float *buf = j->band + thread * ir_round_up(p->plane * p->src_c, 16);
    for (size_t g = 0; g < p->groups; g++) {
        ir_conv_fill_band(p, j->src + (clip * p->groups + g) * p->src_c * src_plane, band, buf);
        for (size_t i = 0; i < p->phases; i++) {
            const struct phase *f = &p->phase[i];
            size_t rows = f->count[0] > row0 ? f->count[0] - row0 : 0;
            rows = rows < p->band_rows ? rows : p->band_rows;
            for (size_t b = 0; rows && f->count[1] && b < p->blocks; b++) {
                size_t d = b * p->kb, left = p->dst_c - d;
                const float *w = j->packed + f->packed + (g * p->blocks + b) * p->kb * f->taps;
                run_block(j, f, row0, rows, w, left < p->kb ? left : p->kb,
                          j->bias ? j->bias + g * p->dst_c + d : NULL, buf,
                          j->dst + ((clip * p->groups + g) * p->dst_c + d) * dst_plane);
            }
        }
    }
}

static void run_pass(const struct ir_conv *c, const struct pass *p, bool transposed,
                     struct ir_pool *pool, size_t n, const float *src, const float *w,
                     const float *bias, float *dst, float *scratch)
{
    struct job j = {
        .c = c, .p = p, .n = n, .src = src, .bias = bias, .dst = dst, .packed = scratch};
    j.band = scratch + ir_round_up(p->packed, 16);
    pack(c, p, w, transposed, j.packed);
    ir_pool_run(pool, n * p->bands, band_task, &j);
}

static void forward(const struct ir_conv *c, struct ir_pool *pool, size_t n, const float *x,
                    const float *w, const float *bias, float *y, bool same_w, void *keep,
                    void *scratch)
{
    const struct own *o = c->own;
    (void)same_w;
    (void)keep;
    run_pass(c, &o->fwd, false, pool, n, x, w, bias, y, scratch);
}

/* The weight gradient of one part of the clips. */
static void wgrad_task(void *arg, size_t part, unsigned thread)
{
    const struct job *j = arg;
    const struct own *o = j->c->own;
    const struct pass *p = &o->fwd;
    const struct ir_kern *k = o->kern;
    size_t src_plane = p->src[0] * p->src[1], dst_plane = p->dst[0] * p->dst[1];
    float *buf = j->band + thread * ir_round_up(p->plane * p->src_c, 16);
    float *acc = j->acc + part * o->acc;
    double *db = j->db_acc + part * ir_round_up(j->c->s.out, 8);
    memset(acc, 0, o->acc * sizeof *acc);
    memset(db, 0, j->c->s.out * sizeof *db);
    for (size_t clip = ir_part_begin(j->n, j->parts, part);
         clip < ir_part_begin(j->n, j->parts, part + 1); clip++)
        for (size_t t = 0; t < p->bands * p->groups; t++) {
            size_t band = t / p->groups, g = t % p->groups, row0 = band * p->band_rows;
            size_t rows = p->dst[0] > row0 ? p->dst[0] - row0 : 0;
            rows = rows < p->band_rows ? rows : p->band_rows;
            const float *dy =
                j->dy + ((clip * p->groups + g) * p->dst_c) * dst_plane + row0 * p->dst[1];
            if (j->dw) {
                ir_conv_fill_band(p, j->src + (clip * p->groups + g) * p->src_c * src_plane, band,
                                  buf);
                k->direct_wgrad(dy, dst_plane, p->dst_c, buf, p->row_step * p->row, p->phase->at,
                                o->taps, rows, p->dst[1], acc + g * p->dst_c * o->taps * k->lanes);
            }
            for (size_t d = 0; j->db && d < p->dst_c; d++)
                db[g * p->dst_c + d] += (double)k->sum(dy + d * dst_plane, rows * p->dst[1]);
        }
}

/* Add the parts in their order, for one output channel. */
static void reduce_task(void *arg, size_t d, unsigned thread)
{
    const struct job *j = arg;
    const struct own *o = j->c->own;
    double db = 0;
    (void)thread;
    for (size_t part = 0; part < j->parts; part++)
        db += j->db_acc[part * ir_round_up(j->c->s.out, 8) + d];
    if (j->db)
        j->db[d] += (float)db;
    for (size_t t = 0; j->dw && t < o->taps; t++) {
        float sum = 0;
        for (size_t part = 0; part < j->parts; part++)
            sum += o->kern->sum(j->acc + part * o->acc + (d * o->taps + t) * o->kern->lanes,
                                o->kern->lanes);
        j->dw[d * o->taps + t] += sum;
    }
}

static void backward(const struct ir_conv *c, struct ir_pool *pool, size_t n, const float *x,
                     const float *w, const float *dy, float *dx, float *dw, float *db, void *keep,
                     void *scratch)
{
    const struct own *o = c->own;
    size_t parts = n < c->parts ? n : c->parts;
    struct job j = {.c = c, .n = n, .src = x, .dy = dy, .dw = dw, .db = db, .parts = parts};
    (void)keep;
    if (dx)
        run_pass(c, &o->dx, true, pool, n, dy, w, NULL, dx, scratch);
    if (!dw && !db)
        return;
    j.acc = scratch;
    j.db_acc = (double *)(void *)(j.acc + parts * o->acc);
    j.band = (float *)(void *)(j.db_acc + parts * ir_round_up(c->s.out, 8));
    ir_pool_run(pool, parts, wgrad_task, &j);
    ir_pool_run(pool, c->s.out, reduce_task, &j);
}

static bool takes(const struct ir_conv_shape *s, const size_t out[2])
{
    (void)out;
    return !s->pool[1];
}

const struct ir_conv_ops ir_conv_direct = {.name = "direct sum",
                                           .takes = takes,
                                           .setup = setup,
                                           .forward = forward,
                                           .backward = backward,
                                           .free = free_own};
