/* lanes.h - vectors of one value a lane, and kernels in several versions for several processors. */
#ifndef IR_LANES_H
#define IR_LANES_H

#include "dsp.h"

/* GCC splits the vector into what the processor has. No version uses fused multiply-add (-std=c11
 * keeps GCC from contracting), so every version gives the same bits. */
typedef float ir_vec __attribute__((vector_size(IR_LANES * sizeof(float))));
typedef int32_t ir_ivec __attribute__((vector_size(IR_LANES * sizeof(int32_t))));
typedef float ir_vec_u __attribute__((vector_size(IR_LANES * sizeof(float)), aligned(4)));

/* The widest level of vector instructions that this build may use, 1 plain, 2 AVX2 with FMA, 3
 * AVX-512: make SIMD=plain, SIMD=avx2, for tests and benchmarks. */
#ifndef IR_SIMD_MAX
#define IR_SIMD_MAX 3
#endif

/* Has this processor the instructions of the level (1 to 3), and may this build use them? */
static inline bool ir_simd_has(int level)
{
#if defined(__x86_64__)
    if (level == 3)
        return IR_SIMD_MAX >= 3 && __builtin_cpu_supports("avx512f") &&
               __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
               __builtin_cpu_supports("avx512bw");
    if (level == 2)
        return IR_SIMD_MAX >= 2 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
    return level == 1;
}

/* The version is chosen by an indirect function, which glibc has and musl has not. */
#if defined(__x86_64__) && defined(__GLIBC__) && !defined(__clang__) &&                            \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && IR_SIMD_MAX > 1
#if IR_SIMD_MAX > 2
#define IR_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define IR_CLONES __attribute__((target_clones("avx2", "default")))
#endif
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

/* Eklundh's transposition: blocks of 8, 4, 2 and 1 numbers change places between rows that far
 * apart. */
IR_INLINE void ir_vec_transpose(ir_vec v[IR_LANES])
{
#define SWAP(step, ...)                                                                            \
    for (int i = 0; i < IR_LANES; i++) {                                                           \
        if (i & (step))                                                                            \
            continue;                                                                              \
        const ir_vec a = v[i], b = v[i + (step)];                                                  \
        static const ir_ivec low = {__VA_ARGS__};                                                  \
        v[i] = ir_shuffle(a, b, low);                                                              \
        v[i + (step)] = ir_shuffle(a, b, low + (step));                                            \
    }
    SWAP(8, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23)
    SWAP(4, 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27)
    SWAP(2, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29)
    SWAP(1, 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30)
#undef SWAP
}

#endif
