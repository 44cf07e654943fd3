/* feature_mel.c - mel bands. */
#include "feature/banks.h"

int ir_feature_mel_bank(const struct ir_front *f, size_t n_fft, double lo_hz, double hi_hz,
                        struct ir_bank *out, struct ir_err *err)
{
    const struct ir_mel m = {.rate_hz = f->rate_hz,
                             .fmin_hz = lo_hz,
                             .fmax_hz = hi_hz,
                             .n_fft = n_fft,
                             .bands = (size_t)f->bands,
                             .scale = f->scale == IR_MEL_HTK ? IR_MEL_HTK : IR_MEL_SLANEY,
                             .slopes_in_mel = f->slopes == IR_SLOPES_MEL,
                             .area_norm = f->norm == IR_NORM_SLANEY};
    return ir_mel_bank(&m, out, err);
}

const struct ir_feature ir_feature_mel = {
    .name = "mel",
    .usage = "mel bands of the short-time spectrum",
    .example = "feature=mel rate=8000 n-fft=256 hop=80 bands=20 log=db",
    .bank = ir_feature_mel_bank,
};
