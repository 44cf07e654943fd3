/* frames.c - frames of sound through transform and weights, IR_LANES frames at a time.
 *
 * Sample i of frame t is x[t hop + i - lead]. With the sound cut into rows y[r][m] = x[m hop + r],
 * the same sample of 16 neighbouring frames is 16 neighbouring numbers: filling the lanes costs one
 * load. */
#include "feature/frames.h"

#include "lanes.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 64 }; /* frames of one task; the values do not depend on it */

struct job {
    const struct ir_frames *e;
    const float *pcm;
    size_t samples, frames;
    float *out;
    atomic_bool wild_in, wild_out; /* a NaN or an infinity was seen */
};

struct ir_frames_room {
    float *segment, *phases, *in, *scratch, *spectrum, *rows;
    size_t columns;
};

/* Frames up to the first whose centre is at or past the end, if any of it is sound. */
static size_t count_centres(const struct ir_frames *e, size_t samples)
{
    const size_t last = (samples + e->hop - 1) / e->hop;
    return last * e->hop >= samples + e->n_fft / 2 ? last : last + 1;
}

size_t ir_frames_count(const struct ir_frames *e, size_t samples)
{
    switch (e->front->edges) {
    case IR_EDGES_SNIP:
        return samples < e->win ? 0 : 1 + (samples - e->win) / e->hop;
    case IR_EDGES_REFLECT_STRICT:
        return samples <= e->n_fft / 2 ? 0 : 1 + samples / e->hop;
    case IR_EDGES_CENTRES:
        return samples ? count_centres(e, samples) : 0;
    case IR_EDGES_MIRROR:
        return (samples + e->hop / 2) / e->hop;
    default:
        return samples ? 1 + samples / e->hop : 0;
    }
}

/* Sample number i of the padded sound. Reflection repeats for clips shorter than the padding. */
static float padded(const struct job *j, ptrdiff_t i)
{
    const ptrdiff_t n = (ptrdiff_t)j->samples;
    if (i >= 0 && i < n)
        return j->pcm[i];
    const int edges = j->e->front->edges;
    if (edges == IR_EDGES_MIRROR) { /* the outermost samples stand twice, as in Kaldi */
        i = (i % (2 * n) + 2 * n) % (2 * n);
        return j->pcm[i < n ? i : 2 * n - 1 - i];
    }
    if (edges != IR_EDGES_REFLECT && edges != IR_EDGES_REFLECT_STRICT)
        return 0;
    if (n == 1)
        return j->pcm[0];
    const ptrdiff_t period = 2 * (n - 1);
    i %= period;
    if (i < 0)
        i += period;
    return j->pcm[i < n ? i : period - i];
}

/* Where the window of frame 0 begins. */
static ptrdiff_t first_sample(const struct ir_frames *e)
{
    switch (e->front->edges) {
    case IR_EDGES_SNIP:
        return (ptrdiff_t)e->lead;
    case IR_EDGES_MIRROR: /* centred on half a hop */
        return (ptrdiff_t)(e->hop / 2) - (ptrdiff_t)(e->win / 2);
    default:
        return (ptrdiff_t)e->lead - (ptrdiff_t)(e->n_fft / 2);
    }
}

/* The samples that the windows of `count` frames from number t0 on cover: in place where they all
 * lie inside the clip, else put together in `segment`. */
static const float *cover(const struct job *j, size_t t0, size_t count, float *segment)
{
    const struct ir_frames *e = j->e;
    const size_t length = (count - 1) * e->hop + e->win;
    const ptrdiff_t from = (ptrdiff_t)(t0 * e->hop) + first_sample(e);
    const ptrdiff_t n = (ptrdiff_t)j->samples, end = from + (ptrdiff_t)length;
    const bool scaled = e->front->amplitude == IR_AMPLITUDE_INT16;
    if (from >= 0 && end <= n && !scaled)
        return j->pcm + from;
    const ptrdiff_t lo = from < 0 ? (end < 0 ? end : 0) : from,
                    hi = end > n ? (n > lo ? n : lo) : end;
    for (ptrdiff_t i = from; i < lo; i++)
        segment[i - from] = padded(j, i);
    memcpy(segment + (lo - from), j->pcm + (lo < n ? lo : 0), (size_t)(hi - lo) * sizeof *segment);
    for (ptrdiff_t i = hi; i < end; i++)
        segment[i - from] = padded(j, i);
    for (size_t i = 0; i < length && scaled; i++)
        segment[i] *= 32768;
    return segment;
}

/* y[r × columns + m] = x[m hop + r], zero behind the end; columns is a multiple of IR_LANES. */
IR_CLONES static void to_phases(const float *restrict x, size_t length, size_t hop, size_t columns,
                                float *restrict y)
{
    const size_t whole = length / hop / IR_LANES * IR_LANES, tiles = hop / IR_LANES * IR_LANES;
    for (size_t m = 0; m < whole; m += IR_LANES) {
        for (size_t r = 0; r < tiles; r += IR_LANES) {
            ir_vec v[IR_LANES];
            for (size_t k = 0; k < IR_LANES; k++)
                v[k] = *(const ir_vec_u *)(const void *)(x + (m + k) * hop + r);
            ir_vec_transpose(v);
            for (size_t k = 0; k < IR_LANES; k++)
                *(ir_vec_u *)(void *)(y + (r + k) * columns + m) = v[k];
        }
        for (size_t r = tiles; r < hop; r++)
            for (size_t k = 0; k < IR_LANES; k++)
                y[r * columns + m + k] = x[(m + k) * hop + r];
    }
    for (size_t m = whole; m < columns; m++)
        for (size_t r = 0; r < hop; r++)
            y[r * columns + m] = m * hop + r < length ? x[m * hop + r] : 0;
}

IR_CLONES static void fill_lanes(const struct ir_frames *e, const float *phases, size_t columns,
                                 ir_vec *in)
{
    const float *w = e->window;
    memset(in, 0, e->lead * sizeof *in);
    in += e->lead;
    size_t r = 0, m = 0;
    for (size_t i = 0; i < e->win; i++) {
        in[i] = *(const ir_vec_u *)(const void *)(phases + r * columns + m) * w[i];
        if (++r == e->hop) {
            r = 0;
            m++;
        }
    }
    memset(in + e->win, 0, (e->n_fft - e->lead - e->win) * sizeof *in);
}

/* The same for front ends that treat the frame before the window. */
IR_CLONES static void fill_lanes_treated(const struct ir_frames *e, const float *phases,
                                         size_t columns, ir_vec *in)
{
    const struct ir_front *f = e->front;
    const float emph = (float)f->preemph;
    ir_vec mean = {0};
    memset(in, 0, e->n_fft * sizeof *in);
    in += e->lead;
    for (size_t i = 0; i < e->win; i++) {
        in[i] = *(const ir_vec_u *)(const void *)(phases + i % e->hop * columns + i / e->hop);
        mean += in[i];
    }
    mean = f->dc == IR_DC_REMOVE ? mean / (float)e->win : mean - mean;
    for (size_t i = e->win; i-- > 0;) {
        const ir_vec before = in[i ? i - 1 : 0] - mean;
        in[i] = (in[i] - mean - emph * before) * e->window[i];
    }
}

IR_CLONES static void weigh(const struct ir_bank *b, const ir_vec *spectrum, float *rows)
{
    for (size_t r = 0; r < b->rows; r++) {
        const float *w = b->w + b->at[r];
        const ir_vec *s = spectrum + b->lo[r];
        ir_vec sum = {0};
        for (size_t k = 0; k < b->n[r]; k++)
            sum += w[k] * s[k];
        *(ir_vec_u *)(void *)(rows + r * BLOCK) = sum;
    }
}

/* Complex weights on the complex spectrum; the rows hold the power of the result. */
IR_CLONES static void weigh_complex(const struct ir_bank *b, const ir_vec *spectrum, float *rows)
{
    for (size_t r = 0; r < b->rows; r++) {
        const float *w = b->w + b->at[r];
        const ir_vec *s = spectrum + 2 * b->lo[r];
        ir_vec re = {0}, im = {0};
        for (size_t k = 0; k < b->n[r]; k++) {
            re += w[2 * k] * s[2 * k] - w[2 * k + 1] * s[2 * k + 1];
            im += w[2 * k] * s[2 * k + 1] + w[2 * k + 1] * s[2 * k];
        }
        *(ir_vec_u *)(void *)(rows + r * BLOCK) = re * re + im * im;
    }
}

static void run_group(const struct ir_frames *e, const struct ir_frames_room *m, size_t first)
{
    const struct ir_front *f = e->front;
    const float *phases = m->phases + first;
    ir_vec *in = (ir_vec *)(void *)m->in;
    if (f->preemph > 0 || f->dc == IR_DC_REMOVE)
        fill_lanes_treated(e, phases, m->columns, in);
    else
        fill_lanes(e, phases, m->columns, in);
    if (e->bank.is_complex) {
        ir_lanes_complex(e->lanes, m->in, m->scratch, m->spectrum);
        weigh_complex(&e->bank, (const ir_vec *)(const void *)m->spectrum, m->rows + first);
        return;
    }
    ir_lanes_power(e->lanes, m->in, m->scratch, m->spectrum);
    if (f->spectrum == IR_SPECTRUM_MAGNITUDE)
        ir_dsp_sqrt(m->spectrum, e->bank.bins * IR_LANES);
    weigh(&e->bank, (const ir_vec *)(const void *)m->spectrum, m->rows + first);
}

static void room_make(struct ir_frames_room *m, const struct ir_frames *e)
{
    if (m->segment)
        return;
    const size_t reach = (e->win - 1) / e->hop + 1;
    m->columns = (BLOCK + reach + IR_LANES - 1) / IR_LANES * IR_LANES;
    m->segment = ir_alloc_aligned((BLOCK - 1) * e->hop + e->win, sizeof(float));
    m->phases = ir_alloc_aligned(e->hop * m->columns, sizeof(float));
    m->in = ir_alloc_aligned((e->n_fft + 2) * IR_LANES, sizeof(float));
    m->scratch = ir_alloc_aligned(ir_lanes_scratch(e->lanes) + 2 * IR_LANES, sizeof(float));
    m->spectrum = ir_alloc_aligned((e->n_fft / 2 + 1) * 2 * IR_LANES, sizeof(float));
    m->rows = ir_zalloc_aligned(e->bank.rows * BLOCK, sizeof(float));
}

static void room_free(struct ir_frames_room *m)
{
    free(m->segment);
    free(m->phases);
    free(m->in);
    free(m->scratch);
    free(m->spectrum);
    free(m->rows);
}

static void run_block(void *arg, size_t task, unsigned thread)
{
    struct job *j = arg;
    const struct ir_frames *e = j->e;
    const size_t t0 = task * BLOCK, count = j->frames - t0 < BLOCK ? j->frames - t0 : BLOCK;
    struct ir_frames_room *m = &e->room[thread];
    room_make(m, e);
    const size_t length = (count - 1) * e->hop + e->win;
    const float *x = cover(j, t0, count, m->segment);
    if (!ir_dsp_finite(x, length))
        atomic_store(&j->wild_in, true);
    to_phases(x, length, e->hop, m->columns, m->phases);
    if (count < BLOCK) /* nothing of another clip is left behind the end */
        memset(m->rows, 0, e->bank.rows * BLOCK * sizeof *m->rows);
    for (size_t first = 0; first < count; first += IR_LANES)
        run_group(e, m, first);
    if (e->bank.is_complex && e->front->spectrum == IR_SPECTRUM_MAGNITUDE)
        ir_dsp_sqrt(m->rows, e->bank.rows * BLOCK);
    if (!ir_dsp_finite(m->rows, e->bank.rows * BLOCK))
        atomic_store(&j->wild_out, true);
    ir_frames_log(e->front, m->rows, e->bank.rows * BLOCK);
    for (size_t r = 0; r < e->bank.rows; r++)
        memcpy(j->out + r * j->frames + t0, m->rows + r * BLOCK, count * sizeof(float));
}

int ir_frames_run(struct ir_frames *e, struct ir_pool *pool, const float *pcm, size_t samples,
                  size_t frames, float *out, struct ir_err *err)
{
    struct job j = {.e = e, .pcm = pcm, .samples = samples, .frames = frames, .out = out};
    if (!e->room) {
        e->rooms = pool ? ir_pool_threads(pool) : 1;
        e->room = ir_zalloc(e->rooms, sizeof *e->room);
    }
    /* Waking threads for a fraction of a millisecond costs more than it gains. */
    ir_pool_run(frames > 4 * BLOCK ? pool : NULL, (frames + BLOCK - 1) / BLOCK, run_block, &j);
    if (atomic_load(&j.wild_in))
        return ir_fail(err, "the sound holds NaN or infinity");
    if (atomic_load(&j.wild_out))
        return ir_fail(err, "the result is not finite: samples are too large for single precision");
    return 0;
}

int ir_frames_init(struct ir_frames *e, const struct ir_front *f, size_t n_fft, double lo_hz,
                   double hi_hz, struct ir_err *err)
{
    memset(e, 0, sizeof *e);
    e->front = f;
    e->n_fft = n_fft;
    e->win = f->win && strcmp(f->feature, "cqt") ? f->win : n_fft;
    e->hop = f->hop ? f->hop : e->win / f->hop_part;
    e->lead = f->align == IR_ALIGN_CENTRE ? (n_fft - e->win) / 2 : 0;
    const struct ir_feature *x = ir_feature_find(f->feature);
    double *w = ir_alloc(e->win, sizeof *w);
    e->window = ir_alloc_aligned(e->win, sizeof *e->window);
    /* A complex bank (constant Q) brings its own windows. */
    int rc = x->bank(f, n_fft, lo_hz, hi_hz, &e->bank, err);
    if (!rc)
        rc = ir_dsp_window(e->bank.is_complex ? "rect" : f->window, e->win, w, err);
    for (size_t i = 0; i < e->win && !rc; i++)
        e->window[i] = (float)w[i];
    free(w);
    e->lanes = rc ? NULL : ir_lanes_new(n_fft, err);
    if (!e->lanes)
        ir_frames_free(e);
    return e->lanes ? 0 : -1;
}

void ir_frames_free(struct ir_frames *e)
{
    for (size_t i = 0; i < e->rooms; i++)
        room_free(&e->room[i]);
    free(e->room);
    free(e->window);
    ir_lanes_free(e->lanes);
    ir_bank_free(&e->bank);
    memset(e, 0, sizeof *e);
}
