/* noise.h - test material that is the same on every run. */
#ifndef IR_TEST_NOISE_H
#define IR_TEST_NOISE_H

#include "base.h"

/* n values drawn evenly from -1 to 1; to be freed. */
static inline float *noise(size_t n, uint64_t seed)
{
    struct ir_rng rng;
    float *a = ir_alloc_aligned(n + 1, sizeof *a);
    ir_rng_seed(&rng, seed);
    for (size_t i = 0; i < n; i++)
        a[i] = (float)ir_rng_uniform(&rng) * 2 - 1;
    return a;
}

#endif
