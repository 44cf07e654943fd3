/* feature_cqt.c - constant-Q transform (Brown & Puckette 1992): windows of a constant number of
 * periods, correlated with the sound as sparse rows over the spectrum of one long frame.
 *
 * Row k: f_k = fmin 2^(k/b), N_k = Q rate/f_k samples, Q = 1/(2^(1/b) - 1); the window's sum is
 * scaled to √N_k, as librosa.cqt's default (norm 1, scale). Unlike librosa no octave is computed at
 * a lower rate, and the rows are exact but for weights below 1e-5 of their row's largest. */
#include "feature/banks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double quality(const struct ir_front *f)
{
    return 1 / (pow(2, 1 / (double)f->per_octave) - 1);
}

size_t ir_feature_cqt_length(const struct ir_front *f)
{
    return (size_t)ceil(quality(f) * f->rate_hz / f->fmin_hz);
}

/* The window times e^(2πi f t), t counted from the frame's centre, in a frame of n samples (float
 * pairs). */
static int kernel(const struct ir_front *f, size_t row, size_t n, float *out, struct ir_err *err)
{
    const double pitch = ir_feature_pitch(f, row), exact = quality(f) * f->rate_hz / pitch;
    const ptrdiff_t half = (ptrdiff_t)floor(exact / 2);
    const size_t length = 2 * (size_t)half + 1;
    double *w = ir_alloc(length, sizeof *w), sum = 0;
    /* An odd length with the window's peak at the centre, which is sample n/2. */
    if (ir_dsp_window(f->window, length, w, err)) {
        free(w);
        return -1;
    }
    for (size_t i = 0; i < length; i++)
        sum += w[i];
    memset(out, 0, 2 * n * sizeof *out);
    for (ptrdiff_t t = -half; t <= half; t++) {
        const size_t at = (size_t)((ptrdiff_t)(n / 2) + t);
        const double a = w[t + half] * sqrt(exact) / sum,
                     phase = 2 * M_PI * pitch * (double)t / f->rate_hz;
        if (at >= n)
            continue;
        out[2 * at] = (float)(a * cos(phase));
        out[2 * at + 1] = (float)(a * sin(phase));
    }
    free(w);
    return 0;
}

/* Correlation is Σ x conj(g) = 1/n Σ X conj(G); a real x has conj(X) at negative frequencies, where
 * G is negligible. */
static void to_row(const float *g, size_t n, size_t bins, double *dense)
{
    double top = 0;
    for (size_t k = 0; k < bins; k++) {
        dense[2 * k] = (double)g[2 * k] / (double)n;
        dense[2 * k + 1] = -(double)g[2 * k + 1] / (double)n;
        top = fmax(top, hypot(dense[2 * k], dense[2 * k + 1]));
    }
    for (size_t k = 0; k < bins; k++)
        if (hypot(dense[2 * k], dense[2 * k + 1]) < 1e-5 * top)
            dense[2 * k] = dense[2 * k + 1] = 0;
}

static int cqt_bank(const struct ir_front *f, size_t n_fft, double lo_hz, double hi_hz,
                    struct ir_bank *out, struct ir_err *err)
{
    (void)lo_hz;
    (void)hi_hz;
    const size_t bins = n_fft / 2 + 1, rows = (size_t)f->bands;
    struct ir_fft *fft = ir_fft_new(IR_FFT_C2C, n_fft, 1, err);
    if (!fft)
        return -1;
    float *in = ir_alloc_aligned(2 * n_fft, sizeof *in),
          *g = ir_alloc_aligned(2 * n_fft, sizeof *g);
    double *dense = ir_alloc(2 * bins, sizeof *dense);
    int rc = 0;
    ir_bank_init(out, rows, bins, true);
    for (size_t r = 0; r < rows && !rc; r++) {
        rc = kernel(f, r, n_fft, in, err);
        if (rc)
            break;
        ir_fft_run(fft, in, g);
        to_row(g, n_fft, bins, dense);
        ir_bank_row(out, r, dense);
    }
    free(dense);
    free(in);
    free(g);
    ir_fft_free(fft);
    return rc;
}

const struct ir_feature ir_feature_cqt = {
    .name = "cqt",
    .usage = "constant-Q transform",
    .example = "feature=cqt rate=8000 hop=80 bands=36 per-octave=12 fmin=110 spectrum=magnitude",
    .bank = cqt_bank,
};
