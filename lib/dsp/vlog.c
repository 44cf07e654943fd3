/* vlog.c - the natural logarithm and the square root of many numbers, and whether they are numbers.
 */
#include "dsp/simd.h"

#include <math.h>
#include <string.h>

/* ln(1 + t) for √½ ≤ 1 + t < √2: t - t²/2 + t³ P(t), coefficients of the Cephes library's logf
 * (public domain; Moshier 1988). ln 2 is split so that the exponent's share is exact. */
IR_INLINE ir_vec vec_log(ir_vec x)
{
    ir_ivec bits;
    memcpy(&bits, &x, sizeof bits);
    /* The exponent counts from √½, so that the mantissa lies around 1. */
    const ir_ivec from = bits - 0x3f3504f3;
    const ir_ivec e = from >> 23;
    const ir_ivec mant = bits - e * (1 << 23);
    ir_vec m;
    memcpy(&m, &mant, sizeof m);
    const ir_vec t = m - 1.0F, k = __builtin_convertvector(e, ir_vec), z = t * t;
    ir_vec p = 7.0376836292e-2F * t - 1.1514610310e-1F;
    p = p * t + 1.1676998740e-1F;
    p = p * t - 1.2420140846e-1F;
    p = p * t + 1.4249322787e-1F;
    p = p * t - 1.6668057665e-1F;
    p = p * t + 2.0000714765e-1F;
    p = p * t - 2.4999993993e-1F;
    p = p * t + 3.3333331174e-1F;
    p = p * t * z + k * -2.12194440e-4F - 0.5F * z;
    return t + p + k * 0.693359375F;
}

IR_CLONES static void log_blocks(float *x, size_t blocks, float floor, float factor)
{
    for (size_t i = 0; i < blocks; i++) {
        ir_vec_u *at = (ir_vec_u *)(void *)(x + i * IR_LANES);
        ir_vec v = *at;
        for (int j = 0; j < IR_LANES; j++)
            v[j] = v[j] > floor ? v[j] : floor;
        *at = factor * vec_log(v);
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
