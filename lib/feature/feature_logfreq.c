/* feature_logfreq.c - bands at equal steps of pitch. */
#include "feature/banks.h"

#include <math.h>
#include <stdlib.h>

double ir_feature_pitch(const struct ir_front *f, size_t row)
{
    return f->fmin_hz * pow(2, (double)row / (double)f->per_octave);
}

/* Triangles in log frequency from the pitch below to the pitch above, weights adding to 1; where no
 * bin falls inside (low pitches), the two bins around the pitch are interpolated. */
static int logfreq_bank(const struct ir_front *f, size_t n_fft, double lo_hz, double hi_hz,
                        struct ir_bank *out, struct ir_err *err)
{
    (void)lo_hz;
    (void)hi_hz;
    (void)err;
    const size_t bins = n_fft / 2 + 1, rows = (size_t)f->bands;
    const double step = exp2(1 / (double)f->per_octave);
    double *dense = ir_alloc(bins + 2, sizeof *dense);
    ir_bank_init(out, rows, bins, false);
    for (size_t r = 0; r < rows; r++) {
        const double bin = ir_feature_pitch(f, r) * (double)n_fft / f->rate_hz;
        size_t lo = (size_t)ceil(bin / step), n = 0;
        double sum = 0;
        for (lo = lo ? lo : 1; lo + n < bins && (double)(lo + n) < bin * step; n++) {
            const double steps = fabs(log2((double)(lo + n) / bin)) * (double)f->per_octave;
            dense[n] = fmax(0, 1 - steps);
            sum += dense[n];
        }
        if (sum <= 0) {
            lo = (size_t)bin;
            n = lo + 1 < bins ? 2 : 1;
            dense[0] = 1 - (bin - (double)lo);
            dense[1] = bin - (double)lo;
            sum = 1;
        }
        for (size_t k = 0; k < n; k++)
            dense[k] /= sum;
        ir_bank_range(out, r, lo, n, dense);
    }
    free(dense);
    return 0;
}

const struct ir_feature ir_feature_logfreq = {
    .name = "logfreq",
    .usage = "bands at equal steps of pitch",
    .example = "feature=logfreq rate=8000 n-fft=1024 hop=80 bands=60 per-octave=12 fmin=55 log=db",
    .bank = logfreq_bank,
};
