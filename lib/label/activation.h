/* activation.h - when each stem of a track sounds: reading annotations, and making them from the
 * stems. */
#ifndef IR_LABEL_ACTIVATION_H
#define IR_LABEL_ACTIVATION_H

#include "../base.h"

#define IR_ACTIVATION_HOP  2048 /* samples between rows */
#define IR_ACTIVATION_RATE 44100

/* Confidence 0 … 1 of every column (a stem or an instrument) over time. {0} is empty. */
struct ir_activation {
    struct ir_strs column;
    size_t rows;
    double *time_s; /* rows, rising */
    double *value;  /* rows × columns */
};
/* A table `time,NAME,…` as MedleyDB has it (…_ACTIVATION_CONF.lab). Refused with file and line:
 * another first column, values outside 0 … 1, times that do not rise, no rows. */
int ir_activation_read(struct ir_activation *a, const char *path, struct ir_err *err);
void ir_activation_free(struct ir_activation *a);

/* Largest moving average (`average` rows) of a column over the first `rows_max` rows of the clip
 * [start_s, end_s); 0 when the clip has fewer rows than that. Columns of one class: the caller
 * takes the larger. */
double ir_activation_peak(const struct ir_activation *a, size_t column, double start_s,
                          double end_s, size_t average, size_t rows_max);

/* ---- from stems ----------------------------------------------------------------------------- */

/* The stems of one track while they come in. Release with ir_stems_free. {0} is empty. */
struct ir_stems {
    struct ir_strs name; /* instrument of each stem; a name may stand again */
    double **energy;     /* of each stem, one number a row */
    size_t *rows, cap;
};
/* Add a stem: n samples, mono, 44.1 kHz, full scale 1. Energy of row t = mean over 4096 samples
 * (those around 2048 t) of Hann window × square root of the positive half wave. */
void ir_stems_add(struct ir_stems *s, const char *name, const float *x, size_t n);
/* The confidence of MedleyDB (Bittner et al. 2014; marl/medleydb activation_conf.py): H = stems ×
 * energy / largest summed energy, 0 where the sum is below 0.01; Butterworth low-pass of order 2 at
 * 0.075, forwards and backwards; C = 1 - 1 / (1 + exp(20 (H - 0.15))). Stems of unlike lengths are
 * filled with silence. Columns are instruments, stems of one instrument give the larger value.
 * Differs from the original in that and in nothing else known. */
void ir_stems_activation(const struct ir_stems *s, struct ir_activation *a);
void ir_stems_free(struct ir_stems *s);
/* Write as MedleyDB does: `time,NAME,…`, four decimals; names with a comma or quote are quoted. */
int ir_activation_write(const struct ir_activation *a, const char *path, struct ir_err *err);

#endif
