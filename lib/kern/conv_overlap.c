/* conv_overlap.c - long 1-d filters on few inputs with ReLU and max pooling fused: overlap-save by
 * FFT (Stockham 1966), the map between convolution and pool is never stored.
 *
 * Two output channels are the real and imaginary part of one complex signal, as the input is real:
 * with z = w1 + i w2 reversed in time, y1 + i y2 is the inverse transform of Z X, and the gradient
 * of z that of D X with the gradient of the output reversed. A vector holds lanes / 2 such pairs,
 * in two halves (see kern_long.h). The filters' spectra and those of the input are kept for
 * backward. */
#include "conv_impl.h"
#include "table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define OFF 255 /* position of a window that the ReLU closed */

struct own {
    const struct ir_kern *kern;
    struct ir_long_fft fft;
    size_t groups;             /* of `lanes` output channels */
    size_t windows;            /* pooled outputs */
    size_t per, blocks;        /* windows of a block, blocks of a clip */
    size_t seg;                /* divides pool size and stride */
    size_t point, row, buffer; /* floats of a point, of a row and its padding, of a buffer */
    unsigned shift;            /* columns are 1 << shift */
    size_t room;               /* floats: working room of the transforms and the pool */
    size_t z, x, at;           /* bytes of spectra and positions in `keep` */
};

struct job {
    const struct ir_conv *c;
    const struct own *o;
    size_t n;
    const float *x, *w, *bias, *dy;
    float *y, *dw, *db, *z, *spectra, *work;
    unsigned char *at;
};

static size_t work_floats(const struct own *o, const struct ir_conv *c)
{
    return (o->blocks + c->s.in) * o->buffer + o->room;
}

static float *work_of(const struct job *j, unsigned thread)
{
    return j->work + thread * work_floats(j->o, j->c);
}

/* Place of time t in a buffer. */
static size_t place(const struct own *o, size_t t)
{
    size_t half = o->fft.n / 2, m = t < half ? t : t - half;
    return (m >> o->shift) * o->row + (m & (o->fft.cols - 1)) * o->point +
           (t < half ? 0 : o->kern->lanes);
}

/* ---- forward ------------------------------------------------------------------------------------
 */

/* Spectra of one group of filters and one input: z[group][input]. */
static void filter_task(void *arg, size_t task, unsigned thread)
{
    const struct job *j = arg;
    const struct own *o = j->o;
    const struct ir_conv_shape *s = &j->c->s;
    size_t g = task / s->in, i = task % s->in, lanes = o->kern->lanes, taps = s->kernel[1];
    float *buf = j->z + task * o->buffer, scale = 1 / (float)o->fft.n;
    memset(buf, 0, o->buffer * sizeof *buf);
    for (size_t l = 0; l < lanes && g * lanes + l < s->out; l++) {
        const float *w = j->w + ((g * lanes + l) * s->in + i) * taps;
        for (size_t t = 0; t < taps; t++)
            buf[place(o, (o->fft.n - t) % o->fft.n) + l] = w[t] * scale;
    }
    o->kern->long_cols_in(&o->fft, buf, work_of(j, thread));
    o->kern->long_rows(&o->fft, buf, work_of(j, thread), 0);
}

/* Spectra of lanes / 2 of the clip's blocks × inputs: [signal][frequency][even re, odd re, even im,
 * odd im]. */
static void input_task(void *arg, size_t task, unsigned thread)
{
    const struct job *j = arg;
    const struct own *o = j->o;
    const struct ir_conv_shape *s = &j->c->s;
    size_t signals = o->blocks * s->in, at_once = o->kern->lanes / 2, half = o->fft.n / 2;
    size_t sets = (signals + at_once - 1) / at_once, clip = task / sets,
           first = task % sets * at_once;
    size_t count = signals - first < at_once ? signals - first : at_once;
    float *room = work_of(j, thread), *buf = room + o->room;
    memset(buf, 0, o->buffer * sizeof *buf);
    for (size_t q = 0; q < count; q++) {
        size_t start = (first + q) / s->in * o->per * s->pool_stride[1], i = (first + q) % s->in;
        const float *x = j->x + (clip * s->in + i) * s->size[1] + start;
        size_t have = s->size[1] - start < o->fft.n ? s->size[1] - start : o->fft.n;
        for (size_t t = 0; t < have; t++)
            buf[place(o, t) + q] = x[t];
    }
    o->kern->long_cols_in(&o->fft, buf, room);
    o->kern->long_rows(&o->fft, buf, room, 0);
    for (size_t q = 0; q < count; q++) {
        float *to = j->spectra + (clip * signals + first + q) * half * 4;
        for (size_t f = 0; f < half; f++) {
            const float *from = buf + place(o, f) + 2 * q;
            memcpy(to + 4 * f, from, 2 * sizeof *to);
            memcpy(to + 4 * f + 2, from + o->kern->lanes, 2 * sizeof *to);
        }
    }
}

static size_t windows_of(const struct own *o, size_t block)
{
    size_t left = o->windows - block * o->per;
    return left < o->per ? left : o->per;
}

/* Pool one block's time buffer into y and the positions. */
static void pool_block(const struct job *j, size_t g, size_t clip, size_t block, const float *buf,
                       float *room)
{
    const struct own *o = j->o;
    const struct ir_conv_shape *s = &j->c->s;
    size_t lanes = o->kern->lanes, windows = windows_of(o, block);
    size_t first = g * lanes, n = s->out - first < lanes ? s->out - first : lanes;
    size_t to = (clip * s->out + first) * o->windows + block * o->per;
    float bias[IR_KERN_MAX_LANES] = {0}, *y = room, *at = y + o->per * lanes;
    if (j->bias)
        memcpy(bias, j->bias + first, n * sizeof *bias);
    o->kern->long_pool(&o->fft, buf, bias, windows, s->pool[1], s->pool_stride[1], o->seg, y, at,
                       at + o->per * lanes);
    o->kern->wino_store(y, windows, 1, windows, NULL, n, j->y + to, o->windows, 0);
    for (size_t l = 0; l < n; l++)
        for (size_t w = 0; w < windows; w++) {
            float p = at[w * lanes + l];
            j->at[to + l * o->windows + w] = p < 0 ? OFF : (unsigned char)p;
        }
}

/* One group of channels of one clip. Row by row over all blocks, so that the filters are read once.
 */
static void forward_task(void *arg, size_t task, unsigned thread)
{
    const struct job *j = arg;
    const struct own *o = j->o;
    size_t g = task / j->n, clip = task % j->n, in = j->c->s.in, half = o->fft.n / 2;
    const float *x = j->spectra + clip * o->blocks * in * half * 4, *z = j->z + g * in * o->buffer;
    float *room = work_of(j, thread), *work = room + o->room;
    for (size_t r = 0; r < o->fft.rows; r++)
        for (size_t b = 0; b < o->blocks; b++)
            o->kern->long_row_product(&o->fft, in, z + r * o->row, o->buffer,
                                      x + b * in * half * 4 + r * o->fft.cols * 4, half * 4,
                                      work + b * o->buffer + r * o->row, room);
    for (size_t b = 0; b < o->blocks; b++) {
        o->kern->long_cols_out(&o->fft, work + b * o->buffer, room);
        pool_block(j, g, clip, b, work + b * o->buffer, room);
    }
}

static struct job start(const struct ir_conv *c, size_t n, const float *x, void *keep,
                        void *scratch)
{
    const struct own *o = c->own;
    char *k = keep;
    struct job j = {.c = c, .o = o, .n = n, .x = x, .work = scratch};
    j.z = (float *)(void *)k;
    j.spectra = (float *)(void *)(k + o->z);
    j.at = (unsigned char *)(k + o->z + o->x);
    return j;
}

static void forward(const struct ir_conv *c, struct ir_pool *pool, size_t n, const float *x,
                    const float *w, const float *bias, float *y, bool same_w, void *keep,
                    void *scratch)
{
    const struct own *o = c->own;
    struct job j = start(c, n, x, keep, scratch);
    size_t at_once = o->kern->lanes / 2, sets = (o->blocks * c->s.in + at_once - 1) / at_once;
    j.w = w;
    j.bias = bias;
    j.y = y;
    if (!same_w)
        ir_pool_run(pool, o->groups * c->s.in, filter_task, &j);
    ir_pool_run(pool, n * sets, input_task, &j);
    ir_pool_run(pool, o->groups * n, forward_task, &j);
}

/* ---- backward -----------------------------------------------------------------------------------
 */

/* The gradient of one block before the pool, reversed in time, and its sum per channel. */
static void unpool_block(const struct job *j, size_t g, size_t clip, size_t block, float *buf,
                         double *sum)
{
    const struct own *o = j->o;
    const struct ir_conv_shape *s = &j->c->s;
    size_t lanes = o->kern->lanes, first = g * lanes, windows = windows_of(o, block);
    memset(buf, 0, o->buffer * sizeof *buf);
    for (size_t l = 0; l < lanes && first + l < s->out; l++) {
        size_t from = (clip * s->out + first + l) * o->windows + block * o->per;
        for (size_t w = 0; w < windows; w++) {
            size_t at = j->at[from + w];
            if (at == OFF)
                continue;
            at += w * s->pool_stride[1];
            buf[place(o, (o->fft.n - at) % o->fft.n) + l] += j->dy[from + w];
            sum[l] += (double)j->dy[from + w];
        }
    }
}

/* The gradient of one group of filters, over all clips. */
static void backward_task(void *arg, size_t g, unsigned thread)
{
    const struct job *j = arg;
    const struct own *o = j->o;
    const struct ir_conv_shape *s = &j->c->s;
    size_t lanes = o->kern->lanes, half = o->fft.n / 2;
    float *room = work_of(j, thread), *work = room + o->room, *acc = work + o->blocks * o->buffer;
    double sum[IR_KERN_MAX_LANES] = {0};
    memset(acc, 0, s->in * o->buffer * sizeof *acc);
    for (size_t clip = 0; clip < j->n; clip++) {
        for (size_t b = 0; b < o->blocks; b++) {
            unpool_block(j, g, clip, b, work + b * o->buffer, sum);
            o->kern->long_cols_in(&o->fft, work + b * o->buffer, room);
        }
        const float *x = j->spectra + clip * o->blocks * s->in * half * 4;
        for (size_t r = 0; r < o->fft.rows; r++)
            for (size_t b = 0; b < o->blocks; b++)
                o->kern->long_row_add(&o->fft, s->in, work + b * o->buffer + r * o->row,
                                      x + b * s->in * half * 4 + r * o->fft.cols * 4, half * 4,
                                      acc + r * o->row, o->buffer, room);
    }
    float scale = 1 / (float)o->fft.n;
    for (size_t i = 0; j->dw && i < s->in; i++) {
        float *buf = acc + i * o->buffer;
        o->kern->long_rows(&o->fft, buf, room, 1);
        o->kern->long_cols_out(&o->fft, buf, room);
        for (size_t l = 0; l < lanes && g * lanes + l < s->out; l++)
            for (size_t t = 0; t < s->kernel[1]; t++)
                j->dw[((g * lanes + l) * s->in + i) * s->kernel[1] + t] +=
                    buf[place(o, t) + l] * scale;
    }
    for (size_t l = 0; j->db && l < lanes && g * lanes + l < s->out; l++)
        j->db[g * lanes + l] += (float)sum[l];
}

static void backward(const struct ir_conv *c, struct ir_pool *pool, size_t n, const float *x,
                     const float *w, const float *dy, float *dx, float *dw, float *db, void *keep,
                     void *scratch)
{
    struct job j = start(c, n, x, keep, scratch);
    (void)dx; /* the route does not take shapes that need it */
    j.w = w;
    j.dy = dy;
    j.dw = dw;
    j.db = db;
    if (dw || db)
        ir_pool_run(pool, j.o->groups, backward_task, &j);
}

/* ---- planning -----------------------------------------------------------------------------------
 */

static size_t common_divisor(size_t a, size_t b)
{
    while (b) {
        size_t t = a % b;
        a = b;
        b = t;
    }
    return a;
}

/* Windows that a block of n points yields; 0 when none. */
static size_t windows_in(const struct ir_conv_shape *s, size_t n)
{
    if (n + 1 < s->kernel[1] + s->pool[1])
        return 0;
    return (n + 1 - s->kernel[1] - s->pool[1]) / s->pool_stride[1] + 1;
}

/* The block that costs least: points × log of points × blocks. */
static void choose_size(const struct ir_conv_shape *s, size_t windows, size_t *rows, size_t *cols)
{
    static const size_t sizes[][2] = {{8, 8},   {16, 8},  {16, 16}, {16, 32}, {32, 32}, {32, 64},
                                      {40, 64}, {64, 64}, {80, 64}, {96, 64}, {128, 64}};
    double best = 1e300;
    *rows = 0;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        size_t n = 2 * sizes[i][0] * sizes[i][1], per = windows_in(s, n);
        if (!per)
            continue;
        size_t blocks = (windows + per - 1) / per;
        double cost = (double)(blocks * n) * (log2((double)n) + 4);
        if (n > 10240)
            cost *= 1.3; /* a buffer no longer fits the second cache */
        if (cost < best) {
            best = cost;
            *rows = sizes[i][0];
            *cols = sizes[i][1];
        }
    }
}

static int setup(struct ir_conv *c, struct ir_err *err)
{
    const struct ir_conv_shape *s = &c->s;
    struct own *o = c->own = ir_zalloc(1, sizeof *o);
    size_t rows, cols;
    o->kern = ir_kern_get(s->simd);
    if (!o->kern)
        return ir_fail(err, "convolution: this processor has no SIMD level %d", s->simd);
    o->windows = c->y_size[1];
    choose_size(s, o->windows, &rows, &cols);
    if (!rows)
        return ir_fail(err, "convolution: no transform is long enough for %zu taps", s->kernel[1]);
    ir_long_fft_init(&o->fft, rows, cols);
    o->blocks = (o->windows + windows_in(s, o->fft.n) - 1) / windows_in(s, o->fft.n);
    o->per = (o->windows + o->blocks - 1) / o->blocks;
    o->blocks = (o->windows + o->per - 1) / o->per;
    o->seg = common_divisor(s->pool[1], s->pool_stride[1]);
    o->groups = (s->out + o->kern->lanes - 1) / o->kern->lanes;
    o->point = 2 * o->kern->lanes;
    o->row = (cols + 1) * o->point;
    o->buffer = rows * o->row;
    while ((size_t)1 << o->shift < cols)
        o->shift++;
    size_t segs = ((o->per - 1) * s->pool_stride[1] + s->pool[1]) / o->seg;
    size_t pool_room = (o->per + segs) * o->point,
           fft_room = 4 * (rows > cols ? rows : cols) * o->point;
    o->room = ir_round_up(pool_room > fft_room ? pool_room : fft_room, 16);
    o->z = o->groups * s->in * o->buffer * sizeof(float);
    o->x = ir_round_up(s->batch * o->blocks * s->in * o->fft.n / 2 * 4 * sizeof(float), 64);
    o->at = ir_round_up(s->batch * s->out * o->windows, 64);
    c->keep = o->z + o->x + o->at;
    c->scratch = c->threads * work_floats(o, c) * sizeof(float);
    snprintf(c->text, sizeof c->text,
             "overlap-save FFT of %zu, %zu blocks, %s, relu and pool fused", o->fft.n, o->blocks,
             o->kern->name);
    return 0;
}

static void free_own(struct ir_conv *c)
{
    struct own *o = c->own;
    if (o)
        ir_long_fft_free(&o->fft);
    free(o);
}

static bool takes(const struct ir_conv_shape *s, const size_t out[2])
{
    size_t rows, cols = 0;
    if (s->size[0] != 1 || s->kernel[0] != 1 || s->stride[1] != 1 || s->pad[0] || s->pad[1] ||
        s->dilation[1] != 1 || s->groups != 1 || s->need_dx)
        return false;
    if (s->pool[0] != 1 || !s->pool[1] || s->pool[1] > 254 || s->pool[1] > out[1] ||
        !s->pool_stride[1])
        return false;
    choose_size(s, (out[1] - s->pool[1]) / s->pool_stride[1] + 1, &rows, &cols);
    return rows;
}

static bool pays(const struct ir_conv_shape *s, const size_t out[2])
{
    (void)out;
    return s->in <= 4 && s->out >= 8 && s->kernel[1] >= 256;
}

const struct ir_conv_ops ir_conv_overlap = {.name = "overlap-save",
                                            .takes = takes,
                                            .pays = pays,
                                            .setup = setup,
                                            .forward = forward,
                                            .backward = backward,
                                            .free = free_own};
