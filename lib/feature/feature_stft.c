/* feature_stft.c - the bins of the short-time spectrum themselves, or those of a range. */
#include "feature.h"

/* Bins with lo ≤ f < hi; without hi all up to half the rate. */
static int stft_bank(const struct ir_front *f, size_t n_fft, double lo_hz, double hi_hz,
                     struct ir_bank *out, struct ir_err *err)
{
    (void)err;
    const size_t bins = n_fft / 2 + 1;
    size_t lo = bins, rows = 0;
    for (size_t k = 0; k < bins; k++) {
        const double hz = (double)k * f->rate_hz / (double)n_fft;
        if (hz >= lo_hz && (hi_hz <= 0 || hz < hi_hz)) {
            lo = rows ? lo : k;
            rows++;
        }
    }
    const double one = 1;
    ir_bank_init(out, rows, bins, false);
    for (size_t r = 0; r < rows; r++)
        ir_bank_range(out, r, lo + r, 1, &one);
    return 0;
}

const struct ir_feature ir_feature_stft = {
    .name = "stft",
    .usage = "bins of the short-time spectrum",
    .example = "feature=stft rate=8000 n-fft=128,256 hop=1/4 cuts=low=0..1000,high=1000..4000",
    .bank = stft_bank,
};
