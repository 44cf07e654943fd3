/* vlog.c - the natural logarithm and the square root of many numbers, and whether they are numbers.
 */
#include "dsp/vmath.h"

#include <math.h>
#include <string.h>

IR_CLONES static void log_blocks(float *x, size_t blocks, float floor, float factor)
{
    for (size_t i = 0; i < blocks; i++) {
        ir_vec_u *at = (ir_vec_u *)(void *)(x + i * IR_LANES);
        ir_vec v = *at;
        for (int j = 0; j < IR_LANES; j++)
            v[j] = v[j] > floor ? v[j] : floor;
        *at = factor * ir_vec_log(v);
    }
}

void ir_dsp_log(float *x, size_t n, float floor, float factor)
{
    const size_t blocks = n / IR_LANES, rest = n % IR_LANES;
    log_blocks(x, blocks, floor, factor);
    if (rest) {
        float tail[IR_LANES];
        for (size_t j = 0; j < IR_LANES; j++)
            tail[j] = j < rest ? x[blocks * IR_LANES + j] : 1;
        log_blocks(tail, 1, floor, factor);
        memcpy(x + blocks * IR_LANES, tail, rest * sizeof *x);
    }
}

IR_CLONES void ir_dsp_sqrt(float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = sqrtf(x[i]);
}

IR_CLONES bool ir_dsp_finite(const float *x, size_t n)
{
    uint32_t worst = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, x + i, sizeof bits);
        bits &= 0x7f800000U;
        worst = bits > worst ? bits : worst;
    }
    return worst < 0x7f800000U;
}
