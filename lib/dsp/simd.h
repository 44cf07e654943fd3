/* simd.h - the vector of one value a lane, and several versions of a kernel for several processors.
 */
#ifndef IR_DSP_SIMD_H
#define IR_DSP_SIMD_H

#include "dsp.h"

/* GCC splits the vector into what the processor has. No version uses fused multiply-add (-std=c11
 * keeps GCC from contracting), so every version gives the same bits. */
typedef float ir_vec __attribute__((vector_size(IR_LANES * sizeof(float))));
typedef int32_t ir_ivec __attribute__((vector_size(IR_LANES * sizeof(int32_t))));
typedef float ir_vec_u __attribute__((vector_size(IR_LANES * sizeof(float)), aligned(4)));

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) &&                             \
    !defined(__SANITIZE_ADDRESS__)
#define IR_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define IR_CLONES
#endif
/* Lane i of the result is lane index[i] of a, or lane index[i] - IR_LANES of b. */
#if defined(__clang__)
static inline ir_vec ir_shuffle(ir_vec a, ir_vec b, ir_ivec index)
{
    ir_vec out;
    for (int i = 0; i < IR_LANES; i++)
        out[i] = index[i] < IR_LANES ? a[index[i]] : b[index[i] - IR_LANES];
    return out;
}
#else
#define ir_shuffle(a, b, index) __builtin_shuffle(a, b, index)
#endif
#define IR_INLINE static inline __attribute__((always_inline))

#endif
