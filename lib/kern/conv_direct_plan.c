/* conv_direct_plan.c - plans the passes of the direct sum: bands, lines, lists of taps. */
#include "conv_direct.h"

#include <stdlib.h>

#define BAND_BYTES ((size_t)192 << 10)

/* The largest block that wastes the fewest channels. */
static size_t pick_block(const struct ir_kern *k, size_t channels)
{
    size_t best = 1, best_cost = SIZE_MAX;
    for (size_t kb = 1; kb <= 8; kb++) {
        size_t group = k->direct_group(kb), blocks = (channels + kb - 1) / kb, cost;
        if (!group)
            continue;
        /* Per vector and tap: kb multiply-adds; kb + group loads shared by `group` vectors. */
        cost = blocks * (kb * 16 + (kb + 2 * group) * 8 / group);
        if (cost <= best_cost) {
            best_cost = cost;
            best = kb;
        }
    }
    return best;
}

static void plan_bands(struct pass *p, const struct ir_kern *k, size_t widest, size_t most_rows,
                       size_t reach, size_t batch)
{
    p->line = ir_round_up(widest, k->lanes) + reach + k->lanes;
    p->row = p->line * p->split;
    size_t row_bytes = p->src_c * p->row * sizeof(float);
    size_t fit = BAND_BYTES / row_bytes;
    size_t rows = fit > p->span ? (fit - p->span) / p->row_step + 1 : 1;
    if (batch < 4 && rows > (most_rows + 3) / 4)
        rows = (most_rows + 3) / 4;
    if (rows < 4)
        rows = 4;
    if (rows > most_rows)
        rows = most_rows;
    p->bands = (most_rows + rows - 1) / rows;
    p->band_rows = (most_rows + p->bands - 1) / p->bands;
    p->plane = ((p->band_rows - 1) * p->row_step + p->span) * p->row;
    p->kb = pick_block(k, p->dst_c);
    p->blocks = (p->dst_c + p->kb - 1) / p->kb;
}

static void add_tap(struct phase *f, size_t cell, size_t at)
{
    f->cell[f->per] = cell;
    f->at[f->per++] = at;
}

/* The list of one channel was made; repeat it for the others. */
static void finish_phase(struct pass *p, struct phase *f)
{
    f->taps = f->per * p->src_c;
    for (size_t c = 1; c < p->src_c; c++)
        for (size_t t = 0; t < f->per; t++)
            f->at[c * f->per + t] = f->at[t] + c * p->plane;
    f->packed = p->packed;
    p->packed += p->groups * p->blocks * p->kb * f->taps;
}

static void new_phases(struct pass *p, const struct ir_conv_shape *s, size_t n)
{
    size_t cells = s->kernel[0] * s->kernel[1];
    p->phases = n;
    p->phase = ir_zalloc(n, sizeof *p->phase);
    for (size_t i = 0; i < n; i++) {
        p->phase[i].at = ir_alloc(cells * p->src_c, sizeof(size_t));
        p->phase[i].cell = ir_alloc(cells, sizeof(size_t));
    }
}

void ir_direct_plan_forward(struct pass *p, const struct ir_conv *c, const struct ir_kern *k)
{
    const struct ir_conv_shape *s = &c->s;
    p->groups = s->groups;
    p->deal = k->deal;
    p->src_c = s->in / s->groups;
    p->dst_c = s->out / s->groups;
    for (int a = 0; a < 2; a++) {
        p->src[a] = s->size[a];
        p->dst[a] = c->out_size[a];
        p->step[a] = 1;
        p->origin[a] = -(ptrdiff_t)s->pad[a];
    }
    p->row_step = s->stride[0];
    p->split = s->stride[1];
    p->span = (s->kernel[0] - 1) * s->dilation[0] + 1;
    size_t width = (s->kernel[1] - 1) * s->dilation[1] + 1;
    p->lines = width < p->split ? width : p->split;
    plan_bands(p, k, p->dst[1], p->dst[0], (s->kernel[1] - 1) * s->dilation[1] / s->stride[1],
               s->batch);
    new_phases(p, s, 1);
    struct phase *f = p->phase;
    for (int a = 0; a < 2; a++)
        f->count[a] = p->dst[a];
    for (size_t ky = 0; ky < s->kernel[0]; ky++)
        for (size_t kx = 0; kx < s->kernel[1]; kx++) {
            size_t j = kx * s->dilation[1];
            add_tap(f, ky * s->kernel[1] + kx,
                    ky * s->dilation[0] * p->row + j % p->split * p->line + j / p->split);
        }
    finish_phase(p, f);
}

/* Input cell i gets from output cell o = (i + pad - k × dilation) / stride where that is whole.
 * With i + pad = q × stride + ph and k × dilation = m × stride + ph: o = q - m. */
static void plan_phase(struct pass *p, struct phase *f, const struct ir_conv_shape *s,
                       const size_t ph[2], const size_t q_min[2], const size_t m_max[2])
{
    size_t shift[2];
    for (int a = 0; a < 2; a++) {
        size_t st = s->stride[a];
        f->first[a] = (ph[a] + st - s->pad[a] % st) % st;
        f->count[a] = f->first[a] < s->size[a] ? (s->size[a] - f->first[a] + st - 1) / st : 0;
        shift[a] = (f->first[a] + s->pad[a]) / st - q_min[a];
    }
    for (size_t ky = 0; ky < s->kernel[0]; ky++)
        for (size_t kx = 0; kx < s->kernel[1]; kx++) {
            size_t jy = ky * s->dilation[0], jx = kx * s->dilation[1];
            if (jy % s->stride[0] != ph[0] || jx % s->stride[1] != ph[1])
                continue;
            add_tap(f, ky * s->kernel[1] + kx,
                    (m_max[0] - jy / s->stride[0] + shift[0]) * p->row + m_max[1] -
                        jx / s->stride[1] + shift[1]);
        }
    finish_phase(p, f);
}

void ir_direct_plan_dx(struct pass *p, const struct ir_conv *c, const struct ir_kern *k)
{
    const struct ir_conv_shape *s = &c->s;
    size_t q_min[2], m_max[2], most[2];
    p->groups = s->groups;
    p->deal = k->deal;
    p->src_c = s->out / s->groups;
    p->dst_c = s->in / s->groups;
    for (int a = 0; a < 2; a++) {
        p->src[a] = c->out_size[a];
        p->dst[a] = s->size[a];
        p->step[a] = s->stride[a];
        q_min[a] = s->pad[a] / s->stride[a];
        m_max[a] = (s->kernel[a] - 1) * s->dilation[a] / s->stride[a];
        most[a] = (s->size[a] + s->stride[a] - 1) / s->stride[a];
        p->origin[a] = (ptrdiff_t)q_min[a] - (ptrdiff_t)m_max[a];
    }
    p->row_step = p->split = p->lines = 1;
    p->span = m_max[0] + 2; /* one more: phases may begin a row later */
    plan_bands(p, k, most[1], most[0], m_max[1] + 1, s->batch);
    new_phases(p, s, s->stride[0] * s->stride[1]);
    for (size_t i = 0; i < p->phases; i++) {
        size_t ph[2] = {i / s->stride[1], i % s->stride[1]};
        plan_phase(p, &p->phase[i], s, ph, q_min, m_max);
    }
}

void ir_direct_free(struct pass *p)
{
    for (size_t i = 0; i < p->phases; i++) {
        free(p->phase[i].at);
        free(p->phase[i].cell);
    }
    free(p->phase);
}
