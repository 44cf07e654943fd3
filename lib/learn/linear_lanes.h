/* linear_lanes.h (private) - sixteen classes at once: dense rows times sixteen weight columns and
 * back, and the two losses. Three builds of the same code (AVX-512, AVX2, plain), chosen once by
 * the processor. */
#ifndef IR_LEARN_LINEAR_LANES_H
#define IR_LEARN_LINEAR_LANES_H

#include <stddef.h>

#define IR_LANES 16

struct ir_lanes_job {
    const float *x; /* [n × d] */
    size_t n, d;
    const float
        *w; /* [(d + 1) × 16] column of each class, the last row is the intercept; aligned 64 */
    const float *t;  /* [n × 16] +1, -1, or 0 for unknown; aligned 64 */
    float *z;        /* [n × 16] margins out (NULL: not wanted); aligned 64 */
    float *gradient; /* [(d + 1) × 16] += x^T r (NULL: margins only); aligned 64 */
    double *loss;    /* [16] += loss */
    int hinge;       /* squared hinge instead of logistic */
};
void ir_lanes_run(const struct ir_lanes_job *job);

#endif
