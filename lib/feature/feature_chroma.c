/* feature_chroma.c - the twelve pitch classes: librosa.filters.chroma (A440, tuning 0) on the
 * spectrum. */
#include "feature.h"

#include <math.h>
#include <stdlib.h>

static const double centre_octave = 5, octave_width = 2, a0_hz = 27.5;

/* Bins of the pitch circle that bin k of the spectrum lies at; bin 0 is put 1½ octaves below bin 1.
 */
static double circle(const struct ir_front *f, size_t n_fft, size_t k)
{
    const double b = (double)f->bands;
    const double hz = (double)(k ? k : 1) * f->rate_hz / (double)n_fft;
    return b * log2(hz / a0_hz) - (k ? 0 : 1.5 * b);
}

static void weights(const struct ir_front *f, size_t n_fft, size_t k, double *column)
{
    const size_t rows = (size_t)f->bands;
    const double b = (double)rows, at = circle(f, n_fft, k), half = rint(b / 2);
    const double width = fmax(circle(f, n_fft, k + 1) - at, 1);
    const double far = (at / b - centre_octave) / octave_width;
    double sum = 0;
    for (size_t r = 0; r < rows; r++) {
        const double x = at - (double)r + half + 10 * b;
        const double d = x - b * floor(x / b) - half;
        column[r] = exp(-0.5 * (2 * d / width) * (2 * d / width));
        sum += column[r] * column[r];
    }
    for (size_t r = 0; r < rows; r++)
        column[r] *= exp(-0.5 * far * far) / sqrt(sum);
}

/* Row 0 is C: the circle starts at A. */
static int chroma_bank(const struct ir_front *f, size_t n_fft, double lo_hz, double hi_hz,
                       struct ir_bank *out, struct ir_err *err)
{
    (void)lo_hz;
    (void)hi_hz;
    (void)err;
    const size_t bins = n_fft / 2 + 1, rows = (size_t)f->bands, roll = 3 * (rows / 12);
    double *all = ir_alloc(bins * rows, sizeof *all), *dense = ir_alloc(bins, sizeof *dense);
    for (size_t k = 0; k < bins; k++)
        weights(f, n_fft, k, all + k * rows);
    ir_bank_init(out, rows, bins, false);
    for (size_t r = 0; r < rows; r++) {
        for (size_t k = 0; k < bins; k++)
            dense[k] = all[k * rows + (r + roll) % rows];
        ir_bank_row(out, r, dense);
    }
    free(all);
    free(dense);
    return 0;
}

/* Each frame's largest class is 1, as chroma_stft's default; silent frames stay 0. */
static int normalise(const struct ir_front *f, struct ir_map *m, struct ir_err *err)
{
    (void)err;
    for (size_t c = 0; c < m->channels && f->log == IR_LOG_NONE; c++) {
        float *v = m->v + c * m->rows * m->frames;
        for (size_t t = 0; t < m->frames; t++) {
            float top = 0;
            for (size_t r = 0; r < m->rows; r++)
                top = v[r * m->frames + t] > top ? v[r * m->frames + t] : top;
            for (size_t r = 0; r < m->rows && top > 1.2e-38F; r++)
                v[r * m->frames + t] /= top;
        }
    }
    return 0;
}

const struct ir_feature ir_feature_chroma = {
    .name = "chroma",
    .usage = "pitch classes, the loudest of each frame 1",
    .example = "feature=chroma rate=8000 n-fft=1024 hop=160",
    .bank = chroma_bank,
    .apply = normalise,
};
