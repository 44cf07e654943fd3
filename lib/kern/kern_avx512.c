/* kern_avx512.c - the kernels compiled for AVX-512. */
#if defined(__x86_64__) || defined(__i386__)
#define IR_SIMD 2
#define IR_KERN ir_kern_avx512
#if defined(__clang__)
#pragma clang attribute push(                                                                      \
    __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,avx2,fma"))), apply_to = function)
#else
#pragma GCC target("avx512f,avx512dq,avx512vl,avx512bw,avx2,fma")
#endif
#include "kern_body.h"
#if defined(__clang__)
#pragma clang attribute pop
#endif
#else
typedef int ir_kern_avx512; /* not this processor */
#endif
