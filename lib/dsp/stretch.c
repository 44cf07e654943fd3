/* stretch.c - longer or shorter at the same pitch: a phase vocoder with phase locking.
 *
 * A frame's phases go on by what each turned within one hop of the sound. Both frames of that
 * difference are at hand as spectra, so the turn of a peak is one complex factor of size 1, and no
 * angle is ever computed. Sixteen frames are transformed at once, one a SIMD lane. */
#include "lanes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE = 2048, BINS = SIZE / 2 + 1, HOP = SIZE / 4, GROUP = IR_LANES, HALF = GROUP / 2 };
/* Rows of a spectrum are padded to whole vectors, those of magnitudes by two guards at each end. */
enum { ROW = 2 * BINS + 2 * IR_LANES - 2 * BINS % IR_LANES, GUARD = 2 };

struct vocoder {
    struct ir_lanes *plan;
    float *row;   /* GROUP × ROW: frames in time or spectra, one after another */
    float *lanes; /* ROW × GROUP: the same, one a lane */
    float *scratch, *spectra;
    float *synthesis; /* GROUP × ROW: spectra that wait for their way back */
    float *mag;       /* BINS squared magnitudes between guards */
    uint16_t *peak;   /* bins of the peaks of one frame */
    float window[SIZE], square[SIZE];
    float before[2 * BINS]; /* the last spectrum that was written */
};

static int prepare(struct vocoder *v, struct ir_err *err)
{
    double w[SIZE];
    v->plan = ir_lanes_new(SIZE, err);
    if (!v->plan || ir_dsp_window("hann", SIZE, w, err))
        return -1;
    for (size_t i = 0; i < SIZE; i++) {
        v->window[i] = (float)w[i];
        v->square[i] = (float)(w[i] * w[i]);
    }
    v->row = ir_zalloc_aligned((size_t)GROUP * ROW, sizeof(float));
    v->lanes = ir_zalloc_aligned((size_t)GROUP * ROW, sizeof(float));
    v->spectra = ir_zalloc_aligned((size_t)GROUP * ROW, sizeof(float));
    v->synthesis = ir_zalloc_aligned((size_t)GROUP * ROW, sizeof(float));
    v->scratch = ir_alloc_aligned(ir_lanes_scratch(v->plan), sizeof(float));
    v->mag = ir_zalloc_aligned(ROW, sizeof(float));
    v->peak = ir_alloc(BINS + 1, sizeof *v->peak);
    return 0;
}

static void release(struct vocoder *v)
{
    ir_lanes_free(v->plan);
    free(v->row);
    free(v->lanes);
    free(v->spectra);
    free(v->synthesis);
    free(v->scratch);
    free(v->mag);
    free(v->peak);
}

/* n numbers of each of 16 rows to one row a lane; n is a multiple of IR_LANES. */
IR_CLONES static void to_lanes(const float *rows, size_t n, float *lanes)
{
    for (size_t j = 0; j < n; j += IR_LANES) {
        ir_vec t[IR_LANES];
        for (size_t r = 0; r < IR_LANES; r++)
            t[r] = *(const ir_vec_u *)(const void *)(rows + r * ROW + j);
        ir_vec_transpose(t);
        memcpy(lanes + j * IR_LANES, t, sizeof t);
    }
}

IR_CLONES static void from_lanes(const float *lanes, size_t n, float *rows)
{
    for (size_t j = 0; j < n; j += IR_LANES) {
        ir_vec t[IR_LANES];
        memcpy(t, lanes + j * IR_LANES, sizeof t);
        ir_vec_transpose(t);
        for (size_t r = 0; r < IR_LANES; r++)
            *(ir_vec_u *)(void *)(rows + r * ROW + j) = t[r];
    }
}

/* SIZE samples of each row → BINS complex numbers of each row, in place. */
static void transform(struct vocoder *v, float *rows)
{
    to_lanes(rows, SIZE, v->lanes);
    ir_lanes_complex(v->plan, v->lanes, v->scratch, v->spectra);
    from_lanes(v->spectra, ROW - IR_LANES, rows);
}

/* Bins larger than the two below them and no smaller than the two above. */
IR_CLONES static void mark_peaks(const float *s, float *mag, int32_t *flag)
{
    float *m = mag + GUARD;
    for (size_t k = 0; k < BINS; k++)
        m[k] = s[2 * k] * s[2 * k] + s[2 * k + 1] * s[2 * k + 1];
    m[-1] = m[-2] = m[BINS] = m[BINS + 1] = -1;
    for (ptrdiff_t k = 0; k < BINS; k++)
        flag[k] = (m[k] > m[k - 1]) & (m[k] > m[k - 2]) & (m[k] >= m[k + 1]) & (m[k] >= m[k + 2]);
}

static size_t peaks(const float *s, float *mag, uint16_t *out)
{
    int32_t flag[BINS];
    size_t n = 0;
    mark_peaks(s, mag, flag);
    for (size_t k = 0; k < BINS; k++) {
        out[n] = (uint16_t)k; /* kept when the bin is a peak: no branch to foresee */
        n += (size_t)flag[k];
    }
    return n;
}

IR_CLONES static void rotate(const float *x, size_t lo, size_t hi, float c, float s, float *y)
{
    for (size_t j = lo; j < hi; j++) {
        y[2 * j] = x[2 * j] * c - x[2 * j + 1] * s;
        y[2 * j + 1] = x[2 * j] * s + x[2 * j + 1] * c;
    }
}

/* The spectrum `now` with the phases that follow from what was written before, `hop` being the
 * sound's spectrum one hop earlier. The bins around each peak, to the middle between two, keep
 * their phase relative to it. */
static void lock(struct vocoder *v, const float *now, const float *hop, float *out)
{
    const size_t n = peaks(now, v->mag, v->peak);
    size_t start = 0;
    for (size_t i = 0; i < n; i++) {
        const size_t k = v->peak[i], end = i + 1 < n ? (k + v->peak[i + 1]) / 2 + 1 : (size_t)BINS;
        const double a = (double)v->before[2 * k], b = (double)v->before[2 * k + 1],
                     c = (double)hop[2 * k], d = (double)hop[2 * k + 1];
        const double re = a * c + b * d, im = b * c - a * d, size = sqrt(re * re + im * im);
        rotate(now, start, end, size > 0 ? (float)(re / size) : 1,
               size > 0 ? (float)(im / size) : 0, out);
        start = end;
    }
    rotate(now, start, BINS, 1, 0, out);
    memcpy(v->before, out, sizeof v->before);
}

/* The back transform by a forward one: a real signal's Hartley transform, cas = cos + sin, is its
 * own inverse, and is the real minus the imaginary part of its Fourier transform (Bracewell). */
IR_CLONES static void to_hartley(float *row)
{
    float h[SIZE];
    h[0] = row[0];
    h[SIZE / 2] = row[2 * (BINS - 1)];
    for (size_t k = 1; k < SIZE / 2; k++) {
        h[k] = row[2 * k] - row[2 * k + 1];
        h[SIZE - k] = row[2 * k] + row[2 * k + 1];
    }
    memcpy(row, h, sizeof h);
}

IR_CLONES static void add_frame(const struct vocoder *v, const float *spectrum, float *sum,
                                float *weight)
{
    float x[SIZE];
    x[0] = spectrum[0];
    x[SIZE / 2] = spectrum[2 * (BINS - 1)];
    for (size_t k = 1; k < SIZE / 2; k++) {
        x[k] = spectrum[2 * k] - spectrum[2 * k + 1];
        x[SIZE - k] = spectrum[2 * k] + spectrum[2 * k + 1];
    }
    for (size_t i = 0; i < SIZE; i++) {
        sum[i] += x[i] * (1.0F / (float)SIZE) * v->window[i];
        weight[i] += v->square[i];
    }
}

/* The windowed frame whose centre is at sample `centre` of x. */
IR_CLONES static void cut(const struct vocoder *v, const float *x, ptrdiff_t centre, float *row)
{
    const float *from = x + centre - SIZE / 2;
    for (size_t i = 0; i < SIZE; i++)
        row[i] = from[i] * v->window[i];
}

/* Frames t … t + HALF - 1 and, in the rows behind, the frames one hop before each. */
static void analyse(struct vocoder *v, const float *x, double factor, size_t t)
{
    for (size_t i = 0; i < HALF; i++) {
        const ptrdiff_t centre = (ptrdiff_t)floor((double)((t + i) * HOP) / factor);
        cut(v, x, centre, v->row + i * ROW);
        cut(v, x, centre - HOP, v->row + (HALF + i) * ROW);
    }
    transform(v, v->row);
}

/* sum and weight: frames × HOP + SIZE each, frames a multiple of GROUP. */
static void run(struct vocoder *v, const float *x, double factor, float *sum, float *weight,
                size_t frames)
{
    for (size_t t = 0; t < frames; t++) {
        const size_t i = t % HALF;
        if (i == 0)
            analyse(v, x, factor, t);
        const float *now = v->row + i * ROW, *hop = v->row + (HALF + i) * ROW;
        float *out = v->synthesis + t % GROUP * ROW;
        if (t)
            lock(v, now, hop, out);
        else
            memcpy(out, memcpy(v->before, now, sizeof v->before), sizeof v->before);
        to_hartley(out);
        if (t % GROUP < GROUP - 1)
            continue;
        transform(v, v->synthesis);
        for (size_t k = 0; k < GROUP; k++) {
            const size_t at = (t + 1 - GROUP + k) * HOP;
            add_frame(v, v->synthesis + k * ROW, sum + at, weight + at);
        }
    }
}

int ir_dsp_stretch(const float *x, size_t n, double factor, float **out, size_t *out_n,
                   struct ir_err *err)
{
    struct vocoder v = {0};
    if (!(factor >= 0.25 && factor <= 4))
        return ir_fail(err, "stretching by %g is out of range (0.25 to 4)", factor);
    if (prepare(&v, err)) {
        release(&v);
        return -1;
    }
    const size_t length = (size_t)rint((double)n * factor),
                 frames = (length / HOP + 2 + GROUP - 1) / GROUP * GROUP,
                 room = frames * HOP + SIZE;
    /* In front the first frame's half and a hop; behind as far as the last frame may reach. */
    const size_t front = SIZE / 2 + HOP, back = (size_t)(GROUP * HOP / factor) + 2 * SIZE;
    float *padded = ir_zalloc(front + n + back, sizeof *padded);
    float *sum = ir_zalloc(2 * room, sizeof *sum), *weight = sum + room;
    memcpy(padded + front, x, n * sizeof *x);
    run(&v, padded + front, factor, sum, weight, frames);
    *out = ir_alloc(length + 1, sizeof **out);
    *out_n = length;
    for (size_t i = 0; i < length; i++) {
        const size_t at = i + SIZE / 2;
        (*out)[i] = sum[at] / (weight[at] > 0.1F ? weight[at] : 0.1F);
    }
    free(sum);
    free(padded);
    release(&v);
    return 0;
}
