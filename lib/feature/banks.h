/* banks.h - what feature plug-ins share. */
#ifndef IR_FEATURE_BANKS_H
#define IR_FEATURE_BANKS_H

#include "feature.h"

/* The triangles of the front end's mel settings. */
int ir_feature_mel_bank(const struct ir_front *f, size_t n_fft, double lo_hz, double hi_hz,
                        struct ir_bank *out, struct ir_err *err);
/* Frequency of a row of logfreq and cqt: fmin × 2^(row / per_octave). */
double ir_feature_pitch(const struct ir_front *f, size_t row);
/* Samples of the longest window of the constant-Q transform. */
size_t ir_feature_cqt_length(const struct ir_front *f);

#endif
