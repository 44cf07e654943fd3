/* conv_gemm.c - im2col and sgemm, for many channels where no faster route takes the shape: 1×1
 * kernels, strides, large kernels.
 *
 * A band of output rows becomes a matrix [in × kernel][cells] of the input cells that each output
 * cell reads; forward is W × matrix, the weight gradient dY × matrix^T, the data gradient W^T × dY,
 * added back. */
#include "conv_impl.h"
#include "table.h"

#include <stdlib.h>
#include <string.h>

#define BAND_BYTES ((size_t)1 << 20)

struct own {
    const struct ir_kern *kern;
    size_t depth;       /* in × kernel cells */
    size_t rows, bands; /* output rows of a band, bands of a clip */
    size_t matrix;      /* floats of a band's matrix */
};

struct job {
    const struct ir_conv *c;
    size_t n, parts;
    const float *x, *w, *bias, *dy;
    float *y, *dx, *dw, *db, *matrix, *sums;
    double *db_sums;
};

/* Range of output columns whose tap kx reads inside the input. */
static void inside(const struct ir_conv_shape *s, size_t out, size_t kx, size_t *from, size_t *to)
{
    size_t at = kx * s->dilation[1], st = s->stride[1], pad = s->pad[1];
    *from = at >= pad ? 0 : (pad - at + st - 1) / st;
    *to = s->size[1] + pad > at ? (s->size[1] + pad - at + st - 1) / st : 0;
    *to = *to < out ? *to : out;
    *from = *from < *to ? *from : *to;
}

/* Row `oy` of tap ky: the input row, or NULL when it is padding. */
static const float *input_row(const struct ir_conv_shape *s, const float *plane, size_t oy,
                              size_t ky)
{
    size_t y = oy * s->stride[0] + ky * s->dilation[0];
    return y < s->pad[0] || y - s->pad[0] >= s->size[0] ? NULL
                                                        : plane + (y - s->pad[0]) * s->size[1];
}

/* One line of the matrix: channel plane, tap (ky, kx), output rows y0 … y0 + rows. */
static void fill_line(const struct job *j, const float *plane, size_t ky, size_t kx, size_t y0,
                      size_t rows, float *to)
{
    const struct ir_conv_shape *s = &j->c->s;
    const struct own *o = j->c->own;
    size_t wide = j->c->out_size[1], from, end;
    inside(s, wide, kx, &from, &end);
    for (size_t r = 0; r < rows; r++, to += wide) {
        const float *row = input_row(s, plane, y0 + r, ky);
        if (!row) {
            memset(to, 0, wide * sizeof *to);
            continue;
        }
        memset(to, 0, from * sizeof *to);
        memset(to + end, 0, (wide - end) * sizeof *to);
        if (from == end)
            continue;
        const float *at = row + (from * s->stride[1] + kx * s->dilation[1] - s->pad[1]);
        if (s->stride[1] == 1)
            memcpy(to + from, at, (end - from) * sizeof *to);
        else
            o->kern->take(at, end - from, s->stride[1], to + from);
    }
}

static void fill(const struct job *j, size_t clip, size_t y0, size_t rows, float *to)
{
    const struct ir_conv_shape *s = &j->c->s;
    size_t plane = s->size[0] * s->size[1], cells = rows * j->c->out_size[1];
    for (size_t i = 0; i < s->in; i++)
        for (size_t ky = 0; ky < s->kernel[0]; ky++)
            for (size_t kx = 0; kx < s->kernel[1]; kx++, to += cells)
                fill_line(j, j->x + (clip * s->in + i) * plane, ky, kx, y0, rows, to);
}

/* Add the matrix's lines back to the planes they came from. */
static void add_back(const struct job *j, size_t clip, size_t y0, size_t rows, const float *from)
{
    const struct ir_conv_shape *s = &j->c->s;
    size_t plane = s->size[0] * s->size[1], wide = j->c->out_size[1], first, end;
    for (size_t i = 0; i < s->in; i++)
        for (size_t ky = 0; ky < s->kernel[0]; ky++)
            for (size_t kx = 0; kx < s->kernel[1]; kx++) {
                float *dx = j->dx + (clip * s->in + i) * plane;
                inside(s, wide, kx, &first, &end);
                for (size_t r = 0; r < rows; r++, from += wide) {
                    const float *row = input_row(s, dx, y0 + r, ky);
                    if (!row)
                        continue;
                    float *at = dx + (row - dx) + kx * s->dilation[1];
                    for (size_t q = first; q < end; q++)
                        (at + q * s->stride[1])[-(ptrdiff_t)s->pad[1]] += from[q];
                }
            }
}

static size_t band_rows(const struct job *j, size_t band, size_t *y0)
{
    const struct own *o = j->c->own;
    *y0 = band * o->rows;
    return j->c->out_size[0] - *y0 < o->rows ? j->c->out_size[0] - *y0 : o->rows;
}

static void forward_task(void *arg, size_t task, unsigned thread)
{
    const struct job *j = arg;
    const struct own *o = j->c->own;
    size_t clip = task / o->bands, y0, rows = band_rows(j, task % o->bands, &y0);
    size_t wide = j->c->out_size[1], plane = j->c->out_size[0] * wide, cells = rows * wide;
    float *matrix = j->matrix + thread * o->matrix;
    float *y = j->y + clip * j->c->s.out * plane + y0 * wide;
    fill(j, clip, y0, rows, matrix);
    for (size_t k = 0; j->bias && k < j->c->s.out; k++)
        for (size_t q = 0; q < cells; q++)
            y[k * plane + q] = j->bias[k];
    ir_gemm(false, false, j->c->s.out, cells, o->depth, 1, j->w, o->depth, matrix, cells,
            j->bias ? 1 : 0, y, plane);
}

static void forward(const struct ir_conv *c, struct ir_pool *pool, size_t n, const float *x,
                    const float *w, const float *bias, float *y, bool same_w, void *keep,
                    void *scratch)
{
    const struct own *o = c->own;
    struct job j = {.c = c, .n = n, .x = x, .w = w, .bias = bias, .y = y, .matrix = scratch};
    (void)same_w;
    (void)keep;
    ir_pool_run(pool, n * o->bands, forward_task, &j);
}

/* One clip: bands overlap in dx, so they are one task. */
static void dx_task(void *arg, size_t clip, unsigned thread)
{
    const struct job *j = arg;
    const struct own *o = j->c->own;
    size_t wide = j->c->out_size[1], plane = j->c->out_size[0] * wide;
    size_t in_cells = j->c->s.in * j->c->s.size[0] * j->c->s.size[1];
    float *matrix = j->matrix + thread * o->matrix;
    memset(j->dx + clip * in_cells, 0, in_cells * sizeof(float));
    for (size_t band = 0; band < o->bands; band++) {
        size_t y0, rows = band_rows(j, band, &y0), cells = rows * wide;
        ir_gemm(true, false, o->depth, cells, j->c->s.out, 1, j->w, o->depth,
                j->dy + clip * j->c->s.out * plane + y0 * wide, plane, 0, matrix, cells);
        add_back(j, clip, y0, rows, matrix);
    }
}

static void dw_task(void *arg, size_t part, unsigned thread)
{
    const struct job *j = arg;
    const struct own *o = j->c->own;
    size_t out = j->c->s.out, wide = j->c->out_size[1], plane = j->c->out_size[0] * wide;
    float *matrix = j->matrix + thread * o->matrix, *sum = j->sums + part * out * o->depth;
    double *db = j->db_sums + part * ir_round_up(out, 8);
    memset(sum, 0, out * o->depth * sizeof *sum);
    memset(db, 0, out * sizeof *db);
    for (size_t clip = ir_part_begin(j->n, j->parts, part);
         clip < ir_part_begin(j->n, j->parts, part + 1); clip++) {
        const float *dy = j->dy + clip * out * plane;
        for (size_t band = 0; j->dw && band < o->bands; band++) {
            size_t y0, rows = band_rows(j, band, &y0), cells = rows * wide;
            fill(j, clip, y0, rows, matrix);
            ir_gemm(false, true, out, o->depth, cells, 1, dy + y0 * wide, plane, matrix, cells, 1,
                    sum, o->depth);
        }
        for (size_t k = 0; j->db && k < out; k++)
            db[k] += (double)o->kern->sum(dy + k * plane, plane);
    }
}

static void reduce_task(void *arg, size_t k, unsigned thread)
{
    const struct job *j = arg;
    const struct own *o = j->c->own;
    double db = 0;
    (void)thread;
    for (size_t part = 0; part < j->parts; part++) {
        const float *sum = j->sums + (part * j->c->s.out + k) * o->depth;
        for (size_t q = 0; j->dw && q < o->depth; q++)
            j->dw[k * o->depth + q] += sum[q];
        db += j->db_sums[part * ir_round_up(j->c->s.out, 8) + k];
    }
    if (j->db)
        j->db[k] += (float)db;
}

static void backward(const struct ir_conv *c, struct ir_pool *pool, size_t n, const float *x,
                     const float *w, const float *dy, float *dx, float *dw, float *db, void *keep,
                     void *scratch)
{
    const struct own *o = c->own;
    struct job j = {.c = c, .n = n, .x = x, .w = w, .dy = dy, .dx = dx, .dw = dw, .db = db};
    (void)keep;
    j.parts = n < c->parts ? n : c->parts;
    j.matrix = scratch;
    j.db_sums = (double *)(void *)(j.matrix + c->threads * o->matrix);
    j.sums = (float *)(void *)(j.db_sums + j.parts * ir_round_up(c->s.out, 8));
    if (dx)
        ir_pool_run(pool, n, dx_task, &j);
    if (!dw && !db)
        return;
    ir_pool_run(pool, j.parts, dw_task, &j);
    ir_pool_run(pool, c->s.out, reduce_task, &j);
}

static int setup(struct ir_conv *c, struct ir_err *err)
{
    struct own *o = c->own = ir_zalloc(1, sizeof *o);
    o->kern = ir_kern_get(c->s.simd);
    if (!o->kern)
        return ir_fail(err, "convolution: this processor has no SIMD level %d", c->s.simd);
    o->depth = c->s.in * c->s.kernel[0] * c->s.kernel[1];
    o->rows = BAND_BYTES / (o->depth * c->out_size[1] * sizeof(float));
    o->rows = o->rows < 1 ? 1 : o->rows > c->out_size[0] ? c->out_size[0] : o->rows;
    o->bands = (c->out_size[0] + o->rows - 1) / o->rows;
    o->matrix = ir_round_up(o->depth * o->rows * c->out_size[1], 16);
    while (c->parts > 2 && c->parts * c->s.out * o->depth > (size_t)16 << 20)
        c->parts /= 2;
    size_t sums = c->s.infer ? 0 : c->parts * (c->s.out * o->depth + 2 * ir_round_up(c->s.out, 8));
    c->scratch = (c->threads * o->matrix + sums) * sizeof(float);
    snprintf(c->text, sizeof c->text, "im2col and sgemm, bands of %zu rows", o->rows);
    return 0;
}

static void free_own(struct ir_conv *c)
{
    free(c->own);
}

static bool takes(const struct ir_conv_shape *s, const size_t out[2])
{
    (void)out;
    return s->groups == 1 && !s->pool[1];
}

static bool pays(const struct ir_conv_shape *s, const size_t out[2])
{
    return s->in >= 64 && s->out >= 32 && out[0] * out[1] >= 16;
}

const struct ir_conv_ops ir_conv_gemm = {.name = "im2col and sgemm",
                                         .takes = takes,
                                         .pays = pays,
                                         .setup = setup,
                                         .forward = forward,
                                         .backward = backward,
                                         .free = free_own};
