/* learner.h (private) - what the learners share: settings, tensors, standardisation, linear models.
 */
#ifndef IR_LEARN_LEARNER_H
#define IR_LEARN_LEARNER_H

#include "learn.h"

/* A setting as a number in [min, max]; fails with the learner's name. */
int ir_learned_real(const struct ir_learned *m, const char *key, double min, double max,
                    double *out, struct ir_err *err);
int ir_learned_int(const struct ir_learned *m, const char *key, long long min, long long max,
                   long long *out, struct ir_err *err);
const char *ir_learned_text(const struct ir_learned *m, const char *key);

/* A new zeroed tensor [rows × columns] (columns 0: rank 1); data is owned by m. */
void *ir_learned_add(struct ir_learned *m, const char *name, char dtype, size_t rows,
                     size_t columns);
/* The data of a tensor of that name, type and shape (rows or columns SIZE_MAX: any), else NULL and
 * *err. */
const void *ir_learned_find(const struct ir_learned *m, const char *name, char dtype, size_t rows,
                            size_t columns, struct ir_err *err);
size_t ir_learned_rows(const struct ir_learned *m, const char *name); /* 0 when absent */
/* All values of an f32 tensor finite? */
int ir_learned_finite(const struct ir_learned *m, const char *name, struct ir_err *err);

/* Mean and 1/deviation of each feature over the rows (deviation 0: scale 1); both [d]. */
void ir_standard_fit(const struct ir_learn_data *a, float *mean, float *scale);
/* The rows standardised into out [n × d]. */
void ir_standard_apply(const float *x, size_t n, size_t d, const float *mean, const float *scale,
                       float *out);

/* How many known labels and positives class c has. */
void ir_learn_count(const struct ir_learn_data *a, size_t c, size_t *known, size_t *positive);

/* Linear one-vs-rest models of all classes at once by L-BFGS: minimise for each class
 *   1/2 |w|² + C sum_i loss(t_i (w·x_i + b)),  t = ±1, b not penalised,
 * loss log(1+e^-z) or, hinge, max(0, 1-z)². w [k × d] and b [k] are for raw features: the
 * standardisation is folded in. Classes without both kinds of labels get w = 0 and b from their
 * labels. */
struct ir_linear {
    double c, tolerance; /* stop at max |gradient| <= tolerance × C × n */
    long long steps;
    bool hinge;
};
void ir_linear_fit(const struct ir_learn_data *a, const struct ir_linear *how, float *w, float *b,
                   struct ir_pool *pool);
/* z [n × k] = x w^T + b. */
void ir_linear_apply(const float *x, size_t n, size_t d, const float *w, const float *b, size_t k,
                     float *z, struct ir_pool *pool);
/* In place: logistic function of each z, and rows divided by their sum when `single`. */
void ir_logistic_rows(float *z, size_t n, size_t k, bool single);

#endif
