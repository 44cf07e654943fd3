/* filters.c - the magnitude spectra of a first layer's filters, sorted by where they peak. */
#include "dsp.h"
#include "plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct peak {
    double hz;
    size_t i;
};

static int by_peak(const void *pa, const void *pb)
{
    const struct peak *a = pa, *b = pb;
    if (a->hz != b->hz)
        return a->hz < b->hz ? -1 : 1;
    return a->i < b->i ? -1 : a->i > b->i;
}

/* Magnitudes of one filter, rescaled to 0 … 1; returns the bin of the peak. */
static size_t one(const struct ir_fft *f, const float *filter, size_t taps, size_t n_fft, float *in,
                  float *out, float *spectrum)
{
    size_t bins = n_fft / 2 + 1, best = 0;
    memset(in, 0, n_fft * sizeof *in);
    memcpy(in, filter, taps * sizeof *in);
    ir_fft_run(f, in, out);
    float lo = INFINITY, hi = -INFINITY;
    for (size_t k = 0; k < bins; k++) {
        spectrum[k] = hypotf(out[2 * k], out[2 * k + 1]);
        if (spectrum[k] > hi) {
            hi = spectrum[k];
            best = k;
        }
        lo = fminf(lo, spectrum[k]);
    }
    for (size_t k = 0; k < bins; k++)
        spectrum[k] = hi > lo ? (spectrum[k] - lo) / (hi - lo) : 0;
    return best;
}

size_t ir_filter_fft(size_t taps)
{
    size_t n = 64;
    while (n < 2 * taps)
        n *= 2;
    return n;
}

int ir_filter_spectra(const float *filters, size_t n, size_t taps, double rate_hz, float *spectrum,
                      double *peak_hz, size_t *order, struct ir_err *err)
{
    size_t n_fft = ir_filter_fft(taps), bins = n_fft / 2 + 1;
    struct ir_fft *f = ir_fft_new(IR_FFT_R2C, n_fft, 1, err);
    if (!f)
        return -1;
    float *in = ir_alloc_aligned(n_fft, sizeof *in), *out = ir_alloc_aligned(2 * bins, sizeof *out);
    struct peak *peak = ir_alloc(n ? n : 1, sizeof *peak);
    for (size_t i = 0; i < n; i++) {
        size_t best = one(f, filters + i * taps, taps, n_fft, in, out, spectrum + i * bins);
        peak_hz[i] = (double)best * rate_hz / (double)n_fft;
        peak[i] = (struct peak){peak_hz[i], i};
    }
    qsort(peak, n, sizeof *peak, by_peak);
    for (size_t i = 0; i < n; i++)
        order[i] = peak[i].i;
    free(peak);
    free(in);
    free(out);
    ir_fft_free(f);
    return 0;
}
