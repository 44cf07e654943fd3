/* vmath.h - functions of one number a lane. Relative error below 2e-7, the same bits on every
 * processor. Polynomials of the Cephes library (public domain; Moshier 1988). */
#ifndef IR_DSP_VMATH_H
#define IR_DSP_VMATH_H

#include "lanes.h"

#include <string.h>

/* ln(1 + t) for √½ ≤ 1 + t < √2: t - t²/2 + t³ P(t). ln 2 is split so that the exponent's share is
 * exact. */
IR_INLINE ir_vec ir_vec_log(ir_vec x)
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

/* sin and cos of x quarters of a turn, |x| ≤ ½. */
IR_INLINE void ir_vec_sincos(ir_vec x, ir_vec *s, ir_vec *c)
{
    const ir_vec a = x * 1.5707963267948966F, z = a * a;
    *s = ((-1.9515295891e-4F * z + 8.3321608736e-3F) * z - 1.6666654611e-1F) * z * a + a;
    *c = ((2.443315711809948e-5F * z - 1.388731625493765e-3F) * z + 4.166664568298827e-2F) * z * z -
         0.5F * z + 1.0F;
}

#endif
