/* mel.c - sparse rows of weights over a spectrum, and the triangles of the mel scales. */
#include "dsp.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double slaney_knee_hz = 1000, slaney_knee_mel = 15, slaney_hz_per_mel = 200.0 / 3;

void ir_bank_init(struct ir_bank *b, size_t rows, size_t bins, bool is_complex)
{
    memset(b, 0, sizeof *b);
    b->rows = rows;
    b->bins = bins;
    b->is_complex = is_complex;
    b->lo = ir_zalloc(rows, sizeof *b->lo);
    b->n = ir_zalloc(rows, sizeof *b->n);
    b->at = ir_zalloc(rows, sizeof *b->at);
}

void ir_bank_range(struct ir_bank *b, size_t r, size_t lo, size_t n, const double *w)
{
    const size_t parts = b->is_complex ? 2 : 1;
    size_t from = 0;
    while (from < n && w[from * parts] == 0 && w[from * parts + parts - 1] == 0)
        from++;
    while (n > from && w[(n - 1) * parts] == 0 && w[n * parts - 1] == 0)
        n--;
    const size_t count = (n - from) * parts;
    b->lo[r] = lo + from;
    b->n[r] = n - from;
    b->at[r] = b->w_n;
    ir_grow(&b->w, &b->w_cap, b->w_n + count, sizeof *b->w);
    for (size_t i = 0; i < count; i++)
        b->w[b->w_n + i] = (float)w[from * parts + i];
    b->w_n += count;
}

void ir_bank_row(struct ir_bank *b, size_t r, const double *dense)
{
    ir_bank_range(b, r, 0, b->bins, dense);
}

void ir_bank_free(struct ir_bank *b)
{
    free(b->lo);
    free(b->n);
    free(b->at);
    free(b->w);
    memset(b, 0, sizeof *b);
}

double ir_mel_from_hz(enum ir_mel_scale scale, double hz)
{
    if (scale == IR_MEL_HTK)
        return 2595 * log10(1 + hz / 700);
    if (hz < slaney_knee_hz)
        return hz / slaney_hz_per_mel;
    return slaney_knee_mel + 27 * log(hz / slaney_knee_hz) / log(6.4);
}

double ir_mel_to_hz(enum ir_mel_scale scale, double mel)
{
    if (scale == IR_MEL_HTK)
        return 700 * (pow(10, mel / 2595) - 1);
    if (mel < slaney_knee_mel)
        return mel * slaney_hz_per_mel;
    return slaney_knee_hz * exp((mel - slaney_knee_mel) * log(6.4) / 27);
}

int ir_mel_bank(const struct ir_mel *m, struct ir_bank *out, struct ir_err *err)
{
    if (!(m->fmin_hz >= 0 && m->fmin_hz < m->fmax_hz && m->fmax_hz <= m->rate_hz / 2) ||
        m->bands < 1 || m->n_fft < 2)
        return ir_fail(err, "%zu mel bands from %g to %g Hz do not fit a rate of %g Hz", m->bands,
                       m->fmin_hz, m->fmax_hz, m->rate_hz);
    const size_t bins = m->n_fft / 2 + 1;
    const double lo = ir_mel_from_hz(m->scale, m->fmin_hz),
                 step = (ir_mel_from_hz(m->scale, m->fmax_hz) - lo) / (double)(m->bands + 1);
    double *x = ir_alloc(2 * bins, sizeof *x), *row = x + bins;
    for (size_t k = 0; k < bins; k++) {
        const double hz = (double)k * m->rate_hz / (double)m->n_fft;
        x[k] = m->slopes_in_mel ? ir_mel_from_hz(m->scale, hz) : hz;
    }
    ir_bank_init(out, m->bands, bins, false);
    for (size_t b = 0, first = 0; b < m->bands; b++) {
        double p[3], hz[3];
        for (int i = 0; i < 3; i++) {
            p[i] = lo + step * (double)(b + (size_t)i);
            hz[i] = ir_mel_to_hz(m->scale, p[i]);
        }
        if (!m->slopes_in_mel)
            memcpy(p, hz, sizeof p);
        const double norm = m->area_norm ? 2 / (hz[2] - hz[0]) : 1;
        while (first < bins && x[first] <= p[0])
            first++;
        size_t n = 0;
        for (size_t k = first; k < bins && x[k] < p[2]; k++)
            row[n++] =
                norm * fmax(0, fmin((x[k] - p[0]) / (p[1] - p[0]), (p[2] - x[k]) / (p[2] - p[1])));
        ir_bank_range(out, b, first, n, row);
    }
    free(x);
    return 0;
}
