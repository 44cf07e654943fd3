/* conv_fft.c - 1-d convolution through the frequency domain: real FFTs over lanes of channels, and
 * one complex product per frequency over the batch.
 *
 * Blocks of N samples that overlap by taps - 1 give N - taps + 1 outputs each (overlap-save); the
 * gradient of the output is cut into blocks of as many, padded with zeros. With X of the blocks of
 * the input, W of the filters, D of the gradient, per frequency: Y = X W^H, dX = D W (overlap-add),
 * dW = D^H X. Layouts: X [frequency][clip and block][in], W [frequency][in][out], Y and D
 * [frequency][clip and block] [out], complex, channels rounded up to whole vectors. W and X are
 * kept for backward; dW replaces W. */
#include "conv_impl.h"
#include "table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct own {
    const struct ir_kern *kern;
    struct ir_lane_fft fft; /* of n / 2 complex points */
    float *odd;             /* [n / 2][re, im] */
    size_t n, bins;         /* samples of a block; n / 2 + 1 */
    size_t step, blocks;    /* outputs of a block, blocks of a clip */
    size_t cols;            /* blocks of a batch */
    size_t in_p, out_p;     /* channels, rounded up */
    size_t band; /* floats: a clip's samples of a vector of channels, with the last block's tail */
    size_t w, x, y; /* floats of W, X, Y */
};

struct job {
    const struct ir_conv *c;
    const struct own *o;
    size_t n;
    const float *src, *filters, *bias, *dy;
    float *y, *dx, *dw, *db;
    float *w, *x, *big, *small, *room; /* spectra: W, X, Y or D, dX; and each thread's room */
    bool want_dx, want_dw;
};

static size_t room_floats(const struct own *o)
{
    size_t signal = 4 * o->n * o->kern->lanes + o->band;
    size_t product = 2 * o->kern->conj_rows * 2 * o->out_p;
    return signal > product ? signal : product;
}

static float *room_of(const struct job *j, unsigned thread)
{
    return j->room + thread * room_floats(j->o);
}

/* The buffer of samples at the start of room, to spectra at `to`, a frequency every `apart` floats.
 */
static void to_spectra(const struct own *o, float *room, float scale, float *to, size_t apart)
{
    size_t part = o->n * o->kern->lanes;
    o->kern->fft(&o->fft, room, 2 * o->kern->lanes, room + part, 2 * o->kern->lanes,
                 room + 2 * part, 0);
    o->kern->real_split(o->n / 2, o->odd, scale, room + part, to, apart);
}

/* The inverse, n times too large; returns where the samples are. */
static float *from_spectra(const struct own *o, float *room, const float *from, size_t apart)
{
    size_t part = o->n * o->kern->lanes;
    o->kern->real_join(o->n / 2, o->odd, from, apart, room);
    o->kern->fft(&o->fft, room, 2 * o->kern->lanes, room + part, 2 * o->kern->lanes,
                 room + 2 * part, 1);
    return room + part;
}

static size_t lanes_left(const struct own *o, size_t first, size_t channels)
{
    return channels - first < o->kern->lanes ? channels - first : o->kern->lanes;
}

/* ---- forward ------------------------------------------------------------------------------------
 */

/* One vector of filters at one input. */
static void filter_task(void *arg, size_t task, unsigned thread)
{
    const struct job *j = arg;
    const struct own *o = j->o;
    const struct ir_conv_shape *s = &j->c->s;
    size_t vectors = o->out_p / o->kern->lanes, i = task / vectors,
           k = task % vectors * o->kern->lanes;
    size_t taps = s->kernel[1];
    float *room = room_of(j, thread);
    o->kern->wino_load(j->filters + (k * s->in + i) * taps, s->in * taps, lanes_left(o, k, s->out),
                       1, taps, 0, 0, 1, o->n, room);
    to_spectra(o, room, 1 / (float)o->n, j->w + (i * o->out_p + k) * 2, s->in * o->out_p * 2);
}

/* One vector of inputs of one clip. */
static void input_task(void *arg, size_t task, unsigned thread)
{
    const struct job *j = arg;
    const struct own *o = j->o;
    const struct ir_conv_shape *s = &j->c->s;
    size_t vectors = o->in_p / o->kern->lanes, clip = task / vectors,
           i = task % vectors * o->kern->lanes;
    float *room = room_of(j, thread);
    for (size_t b = 0; b < o->blocks; b++) {
        o->kern->wino_load(j->src + (clip * s->in + i) * s->size[1], s->size[1],
                           lanes_left(o, i, s->in), 1, s->size[1], 0,
                           (ptrdiff_t)(b * o->step) - (ptrdiff_t)s->pad[1], 1, o->n, room);
        to_spectra(o, room, 1, j->x + ((clip * o->blocks + b) * o->in_p + i) * 2,
                   o->cols * o->in_p * 2);
    }
}

static void product_task(void *arg, size_t f, unsigned thread)
{
    const struct job *j = arg;
    const struct own *o = j->o;
    o->kern->gemm_conj(j->n * o->blocks, 2 * o->out_p, j->c->s.in, j->x + f * o->cols * o->in_p * 2,
                       2 * o->in_p, 2, j->w + f * j->c->s.in * o->out_p * 2, 2 * o->out_p,
                       j->big + f * o->cols * o->out_p * 2, 2 * o->out_p, room_of(j, thread));
}

static void output_task(void *arg, size_t task, unsigned thread)
{
    const struct job *j = arg;
    const struct own *o = j->o;
    size_t vectors = o->out_p / o->kern->lanes, clip = task / vectors,
           k = task % vectors * o->kern->lanes;
    size_t out = j->c->s.out, length = j->c->out_size[1];
    for (size_t b = 0; b < o->blocks; b++) {
        size_t at = b * o->step, width = length - at < o->step ? length - at : o->step;
        float *band = from_spectra(o, room_of(j, thread),
                                   j->big + ((clip * o->blocks + b) * o->out_p + k) * 2,
                                   o->cols * o->out_p * 2);
        o->kern->wino_store(band, o->n, 1, width, j->bias ? j->bias + k : NULL,
                            lanes_left(o, k, out), j->y + (clip * out + k) * length + at, length,
                            0);
    }
}

static struct job start(const struct ir_conv *c, size_t n, const float *x, const float *w,
                        void *keep, void *scratch)
{
    const struct own *o = c->own;
    struct job j = {.c = c, .o = o, .n = n, .src = x, .filters = w, .w = keep, .room = scratch};
    j.x = j.w + o->w;
    j.big = j.room + c->threads * room_floats(o);
    j.small = j.big + o->y;
    return j;
}

static void forward(const struct ir_conv *c, struct ir_pool *pool, size_t n, const float *x,
                    const float *w, const float *bias, float *y, bool same_w, void *keep,
                    void *scratch)
{
    const struct own *o = c->own;
    struct job j = start(c, n, x, w, keep, scratch);
    size_t in_v = o->in_p / o->kern->lanes, out_v = o->out_p / o->kern->lanes;
    j.bias = bias;
    j.y = y;
    if (!same_w)
        ir_pool_run(pool, c->s.in * out_v, filter_task, &j);
    ir_pool_run(pool, n * in_v, input_task, &j);
    ir_pool_run(pool, o->bins, product_task, &j);
    ir_pool_run(pool, n * out_v, output_task, &j);
}

/* ---- backward -----------------------------------------------------------------------------------
 */

/* One vector of outputs of one clip. */
static void gradient_task(void *arg, size_t task, unsigned thread)
{
    const struct job *j = arg;
    const struct own *o = j->o;
    size_t lanes = o->kern->lanes, vectors = o->out_p / lanes, clip = task / vectors;
    size_t k = task % vectors * lanes, out = j->c->s.out, length = j->c->out_size[1];
    float *room = room_of(j, thread);
    for (size_t b = 0; b < o->blocks; b++) {
        size_t at = b * o->step, width = length - at < o->step ? length - at : o->step;
        o->kern->wino_load(j->dy + (clip * out + k) * length, length, lanes_left(o, k, out), 1,
                           length, 0, (ptrdiff_t)at, 1, width, room);
        memset(room + width * lanes, 0, (o->n - width) * lanes * sizeof *room);
        to_spectra(o, room, 1, j->big + ((clip * o->blocks + b) * o->out_p + k) * 2,
                   o->cols * o->out_p * 2);
    }
}

/* Both products of one frequency; the second overwrites W. */
static void back_product_task(void *arg, size_t f, unsigned thread)
{
    const struct job *j = arg;
    const struct own *o = j->o;
    const struct ir_conv_shape *s = &j->c->s;
    const float *d = j->big + f * o->cols * o->out_p * 2, *x = j->x + f * o->cols * o->in_p * 2;
    float *w = j->w + f * s->in * o->out_p * 2;
    size_t cols = j->n * o->blocks;
    if (j->want_dx)
        ir_cgemm(IR_GEMM_N, IR_GEMM_T, cols, s->in, s->out, d, o->out_p, w, o->out_p, false,
                 j->small + f * o->cols * o->in_p * 2, o->in_p);
    if (j->want_dw)
        o->kern->gemm_conj(s->in, 2 * o->out_p, cols, x, 2, 2 * o->in_p, d, 2 * o->out_p, w,
                           2 * o->out_p, room_of(j, thread));
}

/* One vector of inputs of one clip: blocks overlap and are added. */
static void dx_task(void *arg, size_t task, unsigned thread)
{
    const struct job *j = arg;
    const struct own *o = j->o;
    const struct ir_conv_shape *s = &j->c->s;
    size_t lanes = o->kern->lanes, vectors = o->in_p / lanes, clip = task / vectors;
    size_t i = task % vectors * lanes;
    float *room = room_of(j, thread), *band = room + 4 * o->n * lanes;
    memset(band, 0, o->band * sizeof *band);
    for (size_t b = 0; b < o->blocks; b++) {
        const float *part = from_spectra(
            o, room, j->small + ((clip * o->blocks + b) * o->in_p + i) * 2, o->cols * o->in_p * 2);
        float *to = band + b * o->step * lanes;
        for (size_t q = 0; q < o->n * lanes; q++)
            to[q] += part[q];
    }
    o->kern->wino_store(band + s->pad[1] * lanes, 0, 1, s->size[1], NULL, lanes_left(o, i, s->in),
                        j->dx + (clip * s->in + i) * s->size[1], s->size[1], 0);
}

/* One vector of filters at one input. */
static void dw_task(void *arg, size_t task, unsigned thread)
{
    const struct job *j = arg;
    const struct own *o = j->o;
    const struct ir_conv_shape *s = &j->c->s;
    size_t lanes = o->kern->lanes, vectors = o->out_p / lanes, i = task / vectors;
    size_t k = task % vectors * lanes, n = lanes_left(o, k, s->out), taps = s->kernel[1];
    float *room = room_of(j, thread), *planes = room + 2 * o->n * lanes, scale = 1 / (float)o->n;
    const float *time = from_spectra(o, room, j->w + (i * o->out_p + k) * 2, s->in * o->out_p * 2);
    o->kern->wino_store(time, 0, 1, taps, NULL, n, planes, taps, 0);
    for (size_t l = 0; l < n; l++) {
        float *dw = j->dw + ((k + l) * s->in + i) * taps;
        for (size_t q = 0; q < taps; q++)
            dw[q] += planes[l * taps + q] * scale;
    }
}

static void backward(const struct ir_conv *c, struct ir_pool *pool, size_t n, const float *x,
                     const float *w, const float *dy, float *dx, float *dw, float *db, void *keep,
                     void *scratch)
{
    const struct own *o = c->own;
    struct job j = start(c, n, x, w, keep, scratch);
    size_t in_v = o->in_p / o->kern->lanes, out_v = o->out_p / o->kern->lanes;
    j.dy = dy;
    j.dx = dx;
    j.dw = dw;
    j.want_dx = dx;
    j.want_dw = dw;
    ir_pool_run(pool, n * out_v, gradient_task, &j);
    ir_pool_run(pool, o->bins, back_product_task, &j);
    if (dx)
        ir_pool_run(pool, n * in_v, dx_task, &j);
    if (dw)
        ir_pool_run(pool, c->s.in * out_v, dw_task, &j);
    for (size_t k = 0; db && k < c->s.out; k++) { /* frequency 0 is the sum */
        double sum = 0;
        for (size_t q = 0; q < n * o->blocks; q++)
            sum += (double)j.big[(q * o->out_p + k) * 2];
        db[k] += (float)sum;
    }
}

/* ---- planning -----------------------------------------------------------------------------------
 */

/* The clips that a plan is made for: in inference always as many, so that the results do not depend
 * on the batch. */
static double nominal(const struct ir_conv_shape *s)
{
    return s->infer ? 16 : (double)s->batch;
}

/* Seconds or so of a training step with blocks of n samples: products, transforms of filters,
 * memory. */
static double cost_of(const struct ir_conv_shape *s, size_t out, size_t n)
{
    double step = (double)(n - s->kernel[1] + 1), blocks = ceil((double)out / step);
    double pairs = (double)s->in * (double)s->out, bins = (double)n / 2 + 1;
    double products = 24 * pairs * bins * blocks * nominal(s);
    double filters = 2 * pairs * (2.5 * (double)n * log2((double)n) + 20 * (double)n);
    double signals = (double)(s->in + s->out) * 2 * blocks * nominal(s) * (double)n *
                     (2.5 * log2((double)n) + 20);
    return products / 2e11 + (filters + signals) / 4e10 + pairs * bins * 40 / 3e10;
}

static size_t choose_size(const struct ir_conv_shape *s, size_t out)
{
    size_t best = 0, longest = 2 * ir_lane_fft_next((s->size[1] + 2 * s->pad[1] + 3) / 2, 2);
    double least = 1e300;
    for (size_t n = 2 * ir_lane_fft_next((s->kernel[1] + 7) / 2, 2); n <= longest;
         n = 2 * ir_lane_fft_next(n / 2 + 1, 2)) {
        double cost = cost_of(s, out, n);
        if (cost < least) {
            least = cost;
            best = n;
        }
    }
    return best ? best : longest;
}

static int setup(struct ir_conv *c, struct ir_err *err)
{
    const struct ir_conv_shape *s = &c->s;
    struct own *o = c->own = ir_zalloc(1, sizeof *o);
    o->kern = ir_kern_get(s->simd);
    if (!o->kern)
        return ir_fail(err, "convolution: this processor has no SIMD level %d", s->simd);
    size_t lanes = o->kern->lanes, bytes;
    o->n = choose_size(s, c->out_size[1]);
    ir_lane_fft_init(&o->fft, o->n / 2);
    o->odd = ir_alloc(o->n, sizeof *o->odd);
    for (size_t k = 0; k < o->n / 2; k++)
        ir_unit_root(o->odd + 2 * k, k, o->n);
    o->bins = o->n / 2 + 1;
    o->step = o->n - s->kernel[1] + 1;
    o->blocks = (c->out_size[1] + o->step - 1) / o->step;
    o->cols = s->batch * o->blocks;
    o->in_p = ir_round_up(s->in, lanes);
    o->out_p = ir_round_up(s->out, lanes);
    o->band = ir_round_up((o->blocks * o->step + o->n + s->pad[1] + lanes) * lanes, 16);
    if (!ir_mul(o->bins * 2, s->in, &bytes) || !ir_mul(bytes, o->out_p, &o->w) ||
        !ir_mul(o->w, sizeof(float), &bytes))
        return ir_fail(err, "convolution: the spectra of %zu filters do not fit", s->out);
    o->w = ir_round_up(o->w, 16);
    o->x = o->bins * o->cols * o->in_p * 2;
    o->y = o->bins * o->cols * o->out_p * 2;
    size_t small = s->need_dx && !s->infer ? o->x : 0;
    c->keep = (o->w + o->x) * sizeof(float);
    c->scratch = (c->threads * room_floats(o) + o->y + small) * sizeof(float);
    snprintf(c->text, sizeof c->text, "FFT of %zu, %zu block%s, a product per frequency, %s", o->n,
             o->blocks, o->blocks == 1 ? "" : "s", o->kern->name);
    return 0;
}

static void free_own(struct ir_conv *c)
{
    struct own *o = c->own;
    if (!o)
        return;
    ir_lane_fft_free(&o->fft);
    free(o->odd);
    free(o);
}

static bool takes(const struct ir_conv_shape *s, const size_t out[2])
{
    (void)out;
    return s->size[0] == 1 && s->kernel[0] == 1 && s->stride[0] == 1 && s->stride[1] == 1 &&
           !s->pad[0] && s->dilation[1] == 1 && s->groups == 1 && !s->pool[1] &&
           s->size[1] < ((size_t)1 << 22);
}

static bool pays(const struct ir_conv_shape *s, const size_t out[2])
{
    if (s->kernel[1] < 12 || s->in < 8 || s->out < 8)
        return false;
    double direct = 6.0 * (double)(s->in * s->out) * nominal(s) * (double)(out[1] * s->kernel[1]);
    return cost_of(s, out[1], choose_size(s, out[1])) < direct / 2e11;
}

const struct ir_conv_ops ir_conv_fft = {.name = "FFT",
                                        .takes = takes,
                                        .pays = pays,
                                        .setup = setup,
                                        .forward = forward,
                                        .backward = backward,
                                        .free = free_own};
