/* feature_logfreq.c - bands at equal steps of pitch. */
#include "feature/banks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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
    double *dense = ir_alloc(bins, sizeof *dense);
    ir_bank_init(out, rows, bins, false);
    for (size_t r = 0; r < rows; r++) {
        const double pitch = ir_feature_pitch(f, r), bin = pitch * (double)n_fft / f->rate_hz;
        double sum = 0;
        memset(dense, 0, bins * sizeof *dense);
        for (size_t k = 1; k < bins; k++) {
            const double steps = fabs(log2((double)k / bin)) * (double)f->per_octave;
            dense[k] = fmax(0, 1 - steps);
            sum += dense[k];
        }
        if (sum <= 0) {
            const size_t k = (size_t)bin;
            sum = 1;
            dense[k] = 1 - (bin - (double)k);
            if (k + 1 < bins)
                dense[k + 1] = bin - (double)k;
        }
        for (size_t k = 0; k < bins; k++)
            dense[k] /= sum;
        ir_bank_row(out, r, dense);
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
