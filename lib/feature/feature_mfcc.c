/* feature_mfcc.c - cepstra: the cosine transform of logarithmic mel bands. */
#include "feature/banks.h"

#include <math.h>
#include <stdlib.h>

/* Cepstral lifter 1 + L/2 sin(π i/L) of HTK and Kaldi; i counts from 0. */
static double lift(const struct ir_front *f, size_t i)
{
    return f->lifter > 0 ? 1 + f->lifter / 2 * sin(M_PI * (double)i / f->lifter) : 1;
}

static int cepstra(const struct ir_front *f, struct ir_map *m, struct ir_err *err)
{
    (void)err;
    const size_t rows = (size_t)f->coeffs, first = (size_t)f->first, n = m->rows, t_n = m->frames;
    double *dct = ir_alloc((first + rows) * n, sizeof *dct), *sum = ir_alloc(t_n, sizeof *sum);
    struct ir_map out = {.hop_s = m->hop_s};
    ir_dsp_dct(first + rows, n, dct);
    ir_map_reshape(&out, m->channels, rows, t_n);
    for (size_t c = 0; c < m->channels; c++) {
        for (size_t r = 0; r < rows; r++) {
            const double *w = dct + (first + r) * n, scale = lift(f, first + r);
            for (size_t t = 0; t < t_n; t++)
                sum[t] = 0;
            for (size_t j = 0; j < n; j++) {
                const float *v = m->v + (c * n + j) * t_n;
                for (size_t t = 0; t < t_n; t++)
                    sum[t] += w[j] * (double)v[t];
            }
            for (size_t t = 0; t < t_n; t++)
                out.v[(c * rows + r) * t_n + t] = (float)(scale * sum[t]);
        }
    }
    ir_map_move(m, &out);
    free(dct);
    free(sum);
    return 0;
}

const struct ir_feature ir_feature_mfcc = {
    .name = "mfcc",
    .usage = "cepstra of logarithmic mel bands",
    .example = "feature=mfcc rate=8000 n-fft=256 hop=80 bands=20 coeffs=13",
    .bank = ir_feature_mel_bank,
    .apply = cepstra,
};
