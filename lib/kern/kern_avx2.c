/* kern_avx2.c - the kernels compiled for AVX2 and FMA. */
#if defined(__x86_64__) || defined(__i386__)
#define IR_SIMD 1
#define IR_KERN ir_kern_avx2
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC target("avx2,fma")
#endif
#include "kern_body.h"
#if defined(__clang__)
#pragma clang attribute pop
#endif
#else
typedef int ir_kern_avx2; /* not this processor */
#endif
