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

#endif
