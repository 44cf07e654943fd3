/* maps_run.c - runs the stages that maps.c planned. */
#include "conv_wino.h"
#include "maps_impl.h"

#include <math.h>
#include <string.h>

static size_t place(const struct ir_field *f, size_t y, size_t x)
{
    return (f->before[0] + y) * ir_field_row(f) + (f->before[1] + x) * f->wide;
}

/* Zeros around rows from … to of y; those above go with the first row, those below with the last.
 */
static void clear_border(const struct ir_field *f, float *y, size_t from, size_t to)
{
    size_t row = ir_field_row(f), left = f->before[1] * f->wide, right = f->after[1] * f->wide;
    if (from == 0)
        memset(y, 0, f->before[0] * row * sizeof *y);
    if (to == f->size[0])
        memset(y + (f->before[0] + to) * row, 0, f->after[0] * row * sizeof *y);
    for (size_t r = from; r < to && left + right; r++) {
        float *at = y + (f->before[0] + r) * row;
        memset(at, 0, left * sizeof *y);
        memset(at + row - right, 0, right * sizeof *y);
    }
}

static struct ir_kern_row start_row(const struct ir_stage *s, const struct ir_stage_pass *p)
{
    const struct ir_kern *k = s->kern;
    return (struct ir_kern_row){.bias = p->packed,
                                .w = p->packed ? p->packed + s->y.wide : NULL,
                                .x_step = s->x.wide,
                                .y_step = s->y.wide,
                                .n = s->y.size[1],
                                .vectors = s->y.wide / k->lanes,
                                .runs = s->runs,
                                .len = s->len,
                                .at = s->at,
                                .act = (int)s->act,
                                .slope = s->slope};
}

/* ---- one row at a time --------------------------------------------------------------------------
 */

/* Row r of the output with the largest of 2 × 2: two rows of the convolution, a strip of them at a
 * time. */
static void pooled_row(const struct ir_stage *s, const struct ir_kern_row *o, const float *x,
                       float *y, float *strip)
{
    const struct ir_kern *k = s->kern;
    const size_t wide = s->y.wide, cells[4] = {0, wide, IR_STRIP * wide, (IR_STRIP + 1) * wide};
    for (size_t c = 0; c < s->y.size[1]; c += IR_STRIP / 2) {
        size_t n = s->y.size[1] - c < IR_STRIP / 2 ? s->y.size[1] - c : IR_STRIP / 2;
        struct ir_kern_row q = *o;
        q.act = IR_KERN_LINEAR;
        q.n = 2 * n;
        for (size_t i = 0; i < 2; i++) {
            q.x = x + i * s->stride[0] * ir_field_row(&s->x) + 2 * c * o->x_step;
            q.y = strip + i * IR_STRIP * wide;
            (s->depthwise ? k->map_depth : k->map_conv)(&q);
        }
        q = *o;
        q.x = strip;
        q.x_step = 2 * wide;
        q.y = y + c * wide;
        q.n = n;
        q.runs = 4;
        q.at = cells;
        k->map_pool(&q, 0);
    }
}

static void conv_row(const struct ir_stage *s, const struct ir_stage_pass *p, const float *x,
                     float *y, size_t r)
{
    const struct ir_kern *k = s->kern;
    struct ir_kern_row o = start_row(s, p);
    size_t row = ir_field_row(&s->x), from = r * (s->pool2 ? 2 : 1) * s->stride[0];
    o.x_step = s->stride[1] * s->x.wide;
    o.x = x + (s->x.before[0] - s->pad[0] + from) * row + (s->x.before[1] - s->pad[1]) * s->x.wide;
    o.y = y + place(&s->y, r, 0);
    if (s->pool2)
        pooled_row(s, &o, o.x, o.y, p->scratch);
    else if (s->depthwise)
        k->map_depth(&o);
    else
        k->map_conv(&o);
}

static void in_row(const struct ir_stage *s, const float *x, float *y, size_t r)
{
    const struct ir_kern *k = s->kern;
    size_t width = s->y.size[1], plane = s->y.size[0] * width, c = s->y.channels;
    float *to = y + place(&s->y, r, 0);
    x += r * width;
    if (s->y.wide == 1)
        memcpy(to, x, width * sizeof *x);
    else if (s->y.wide % k->lanes)
        for (size_t i = 0; i < c; i++)
            for (size_t q = 0; q < width; q++)
                to[q * s->y.wide + i] = x[i * plane + q];
    else
        for (size_t i = 0; i < c; i += k->lanes)
            k->map_in(x + i * plane, plane, c - i < k->lanes ? c - i : k->lanes, width, to + i,
                      s->y.wide);
}

static void out_row(const struct ir_stage *s, const float *x, float *y, size_t r)
{
    const struct ir_kern *k = s->kern;
    size_t width = s->x.size[1], plane = s->x.size[0] * width, c = s->x.channels;
    const float *from = x + place(&s->x, r, 0);
    if (plane == 1)
        memcpy(y, from, c * sizeof *y);
    for (size_t i = 0; i < c && plane > 1; i += k->lanes)
        k->map_out(from + i, s->x.wide, c - i < k->lanes ? c - i : k->lanes, width,
                   y + i * plane + r * width, plane);
}

static void other_row(const struct ir_stage *s, const struct ir_stage_pass *p, const float *x,
                      const float *x2, float *y, size_t r)
{
    const struct ir_kern *k = s->kern;
    struct ir_kern_row o = start_row(s, p);
    o.x = x + place(&s->x, r, 0);
    o.y = y + place(&s->y, r, 0);
    if (s->kind == IR_STAGE_POOL) {
        o.x = x + place(&s->x, r * s->stride[0], 0);
        o.x_step = s->stride[1] * s->x.wide;
        k->map_pool(&o, s->how == IR_HOW_MEAN);
    } else if (s->kind == IR_STAGE_POINT) {
        k->map_point(&o);
    } else if (s->kind == IR_STAGE_ADD) {
        k->map_both(&o, x2 + r * p->x2_row, p->x2_wide);
    } else if (s->kind == IR_STAGE_GATE) {
        k->map_both(&o, x2, 0);
    }
}

static void rows(const struct ir_stage *s, const struct ir_stage_pass *p)
{
    size_t height = s->kind == IR_STAGE_OUT ? s->x.size[0] : s->y.size[0];
    size_t from = ir_part_begin(height, p->parts, p->part),
           to = ir_part_begin(height, p->parts, p->part + 1);
    for (size_t clip = 0; clip < p->clips; clip++) {
        const float *x = p->x + clip * p->x_apart;
        const float *x2 = p->x2 ? p->x2 + clip * p->x2_apart : NULL;
        float *y = p->y + clip * p->y_apart;
        if (s->kind != IR_STAGE_OUT && from < to)
            clear_border(&s->y, y, from, to);
        for (size_t r = from; r < to; r++) {
            if (s->kind == IR_STAGE_CONV)
                conv_row(s, p, x, y, r);
            else if (s->kind == IR_STAGE_IN)
                in_row(s, x, y, r);
            else if (s->kind == IR_STAGE_OUT)
                out_row(s, x, y, r);
            else
                other_row(s, p, x, x2, y, r);
        }
    }
}

/* ---- all of a map -------------------------------------------------------------------------------
 */

static void global(const struct ir_stage *s, const struct ir_stage_pass *p)
{
    const struct ir_kern *k = s->kern;
    float most[IR_KERN_MAX_LANES], sum[IR_KERN_MAX_LANES];
    size_t vectors = s->y.wide / k->lanes;
    float share = 1 / (float)(s->x.size[0] * s->x.size[1]);
    for (size_t clip = 0; clip < p->clips; clip++)
        for (size_t v = ir_part_begin(vectors, p->parts, p->part);
             v < ir_part_begin(vectors, p->parts, p->part + 1); v++) {
            float *y = p->y + clip * p->y_apart + v * k->lanes;
            k->map_global(p->x + clip * p->x_apart + place(&s->x, 0, 0) + v * k->lanes,
                          s->x.size[0], ir_field_row(&s->x), s->x.size[1], s->x.wide, most, sum);
            for (size_t i = 0; i < k->lanes; i++)
                y[i] = s->how == IR_HOW_MAX    ? most[i]
                       : s->how == IR_HOW_MEAN ? sum[i] * share
                       : s->how == IR_HOW_SUM  ? sum[i]
                                               : most[i] + sum[i] * share;
        }
}

static void sigmoid(const struct ir_stage *s, const struct ir_stage_pass *p)
{
    if (p->part > 0)
        return;
    for (size_t clip = 0; clip < p->clips; clip++)
        for (size_t i = 0; i < s->y.wide; i++)
            p->y[clip * p->y_apart + i] = 1 / (1 + expf(-p->x[clip * p->x_apart + i]));
}

/* ---- Winograd -----------------------------------------------------------------------------------
 */

struct tile {
    size_t clip, y, x;
};

static struct tile tile_at(const struct ir_stage *s, size_t i)
{
    size_t all = s->tiles[0] * s->tiles[1], in = i % all;
    return (struct tile){i / all, in / s->tiles[1], in % s->tiles[1]};
}

static void tiles_in(const struct ir_stage *s, const struct ir_stage_pass *p, size_t first,
                     size_t n, float *v, size_t v_xi)
{
    const struct ir_kern *k = s->kern;
    size_t side = ir_stage_side(s), row = ir_field_row(&s->x);
    for (size_t i = 0; i < n; i++) {
        struct tile t = tile_at(s, first + i);
        const float *x = p->x + t.clip * p->x_apart +
                         (s->x.before[0] - s->pad[0] + t.y * side) * row +
                         (s->x.before[1] - s->pad[1] + t.x * side) * s->x.wide;
        k->map_wino_in(x, row, s->x.wide, s->x.wide / k->lanes, v + i * s->x.wide, v_xi);
    }
}

static void tiles_out(const struct ir_stage *s, const struct ir_stage_pass *p, size_t panel,
                      size_t wide, size_t first, size_t n, const float *m, size_t m_xi)
{
    const struct ir_kern *k = s->kern;
    struct ir_kern_row o = start_row(s, p);
    size_t side = ir_stage_side(s) / (s->pool2 ? 2 : 1), row = ir_field_row(&s->y);
    o.bias += panel * k->panel;
    o.vectors = wide / k->lanes;
    for (size_t i = 0; i < n; i++) {
        struct tile t = tile_at(s, first + i);
        size_t y = t.y * side, x = t.x * side;
        if (y >= s->y.size[0] || x >= s->y.size[1])
            continue;
        k->map_wino_out(&o, m + i * wide, m_xi,
                        p->y + t.clip * p->y_apart + place(&s->y, y, x) + panel * k->panel, row,
                        s->y.size[0] - y, s->y.size[1] - x, (int)ir_stage_side(s), s->pool2);
    }
}

static void chunk(const struct ir_stage *s, const struct ir_stage_pass *p, size_t first, size_t n,
                  size_t panel, size_t panel_end)
{
    const struct ir_kern *k = s->kern;
    size_t in = s->x.channels, v_xi = ir_wino_xi(n, s->x.wide);
    float *v = p->scratch, *m = v + XI * v_xi;
    tiles_in(s, p, first, n, v, v_xi);
    for (; panel < panel_end; panel++) {
        size_t wide = s->y.wide - panel * k->panel;
        wide = wide < k->panel ? wide : k->panel;
        const float *u = p->packed + s->y.wide + panel * k->panel * XI * in;
        size_t m_xi = ir_wino_xi(n, wide);
        for (size_t xi = 0; xi < XI; xi++)
            k->gemm(n, wide, in, v + xi * v_xi, s->x.wide, 1, u + xi * in * wide, 0, 0,
                    m + xi * m_xi, wide, 0);
        tiles_out(s, p, panel, wide, first, n, m, m_xi);
    }
}

/* Cut by tiles, or where there are few of them by panels of channels. */
static void wino(const struct ir_stage *s, const struct ir_stage_pass *p)
{
    size_t tiles = p->clips * s->tiles[0] * s->tiles[1], from = 0, to = tiles;
    size_t panel = 0, panel_end = s->panels;
    if (p->parts > 1 && tiles < p->parts * 24 && s->panels >= p->parts) {
        panel = ir_part_begin(s->panels, p->parts, p->part);
        panel_end = ir_part_begin(s->panels, p->parts, p->part + 1);
    } else {
        from = ir_part_begin(tiles, p->parts, p->part);
        to = ir_part_begin(tiles, p->parts, p->part + 1);
    }
    for (size_t clip = 0; clip < p->clips && p->part == 0; clip++)
        clear_border(&s->y, p->y + clip * p->y_apart, 0, s->y.size[0]);
    size_t chunks = (to - from + s->chunk - 1) / s->chunk;
    for (size_t i = 0; i < chunks && panel < panel_end; i++) {
        size_t first = from + ir_part_begin(to - from, chunks, i),
               end = from + ir_part_begin(to - from, chunks, i + 1);
        chunk(s, p, first, end - first, panel, panel_end);
    }
}

void ir_stage_run(const struct ir_stage *s, const struct ir_stage_pass *p)
{
    if (s->kind == IR_STAGE_GLOBAL)
        global(s, p);
    else if (s->kind == IR_STAGE_SIGMOID)
        sigmoid(s, p);
    else if (ir_stage_side(s))
        wino(s, p);
    else
        rows(s, p);
}
