/* simd.h - vectors of floats at three levels, chosen by the including file through IR_SIMD: 0 plain
 * C with GCC vector extensions (NEON with fused products on arm64), 1 AVX2 + FMA, 2 AVX-512. Each
 * kern_*.c compiles the same kernels once per level; the level is selected at run time (table.c).
 * Include it first, and only once, in a kern_*.c. */
#ifndef IR_KERN_SIMD_H
#define IR_KERN_SIMD_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if IR_SIMD > 0
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#if IR_SIMD == 2
#define VL     16
#define IR_VEC 64
#elif IR_SIMD == 1
#define VL     8
#define IR_VEC 32
#else
#define VL     4
#define IR_VEC 16
#endif

#if defined(__aarch64__)
#define IR_PLAIN_NAME "neon"
#else
#define IR_PLAIN_NAME "plain"
#endif

#if IR_SIMD == 2 || defined(__aarch64__)
#define REGISTERS 32
#else
#define REGISTERS 16
#endif

typedef float vf __attribute__((vector_size(IR_VEC)));
typedef float vf_any __attribute__((vector_size(IR_VEC), aligned(4), may_alias));
typedef int32_t vi __attribute__((vector_size(IR_VEC)));

/* Lane i of the result is lane index i of a, or index i - VL of b. GCC has clang's word for it
 * since 12. */
#if !defined(__clang__) && __GNUC__ < 12
#define VSHUFFLE(a, b, ...) __builtin_shuffle(a, b, (vi){__VA_ARGS__})
#else
#define VSHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#endif

/* Loops over register blocks must be unrolled whole, or the block lives in memory. */
#define UNROLL  _Pragma("GCC unroll 64")
#define VINLINE static inline __attribute__((always_inline))

VINLINE vf vload(const float *p)
{
    return *(const vf_any *)p;
}

VINLINE void vstore(float *p, vf v)
{
    *(vf_any *)p = v;
}

#if IR_SIMD == 2
VINLINE vf vset(float a)
{
    return (vf)_mm512_set1_ps(a);
}
VINLINE vf vfma(vf a, vf b, vf c) /* a b + c */
{
    return (vf)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
}
VINLINE vf vmax(vf a, vf b)
{
    return (vf)_mm512_max_ps((__m512)a, (__m512)b);
}
VINLINE vf vload_n(const float *p, size_t n) /* the first n ≤ VL, zeros behind */
{
    return (vf)_mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), p);
}
VINLINE void vstore_n(float *p, vf v, size_t n)
{
    _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), (__m512)v);
}
#define VEVEN(a, b) VSHUFFLE(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30)
#define VODD(a, b)  VSHUFFLE(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31)
#define VLOW(a, b)  VSHUFFLE(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define VHIGH(a, b) VSHUFFLE(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
#elif IR_SIMD == 1
VINLINE vf vset(float a)
{
    return (vf)_mm256_set1_ps(a);
}
VINLINE vf vfma(vf a, vf b, vf c)
{
    return (vf)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
}
VINLINE vf vmax(vf a, vf b)
{
    return (vf)_mm256_max_ps((__m256)a, (__m256)b);
}
VINLINE __m256i vmask_n(size_t n)
{
    static const int32_t on[16] = {-1, -1, -1, -1, -1, -1, -1, -1};
    return _mm256_loadu_si256((const __m256i *)(const void *)(on + 8 - n));
}
VINLINE vf vload_n(const float *p, size_t n)
{
    return (vf)_mm256_maskload_ps(p, vmask_n(n));
}
VINLINE void vstore_n(float *p, vf v, size_t n)
{
    _mm256_maskstore_ps(p, vmask_n(n), (__m256)v);
}
#define VEVEN(a, b) VSHUFFLE(a, b, 0, 2, 4, 6, 8, 10, 12, 14)
#define VODD(a, b)  VSHUFFLE(a, b, 1, 3, 5, 7, 9, 11, 13, 15)
#define VLOW(a, b)  VSHUFFLE(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define VHIGH(a, b) VSHUFFLE(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#else
VINLINE vf vset(float a)
{
    return (vf){a, a, a, a};
}
VINLINE vf vfma(vf a, vf b, vf c)
{
/* arm64's vectors of 4 are NEON's registers as they are. IR_UNFUSED is for emulators, which may
 * take a hundred times as long for a fused product. */
#if defined(__aarch64__) && !defined(IR_UNFUSED)
    return (vf)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
#else
    return a * b + c;
#endif
}
VINLINE vf vmax(vf a, vf b)
{
    vi m = a > b;
    return (vf)(((vi)a & m) | ((vi)b & ~m));
}
VINLINE vf vload_n(const float *p, size_t n)
{
    vf v = {0};
    memcpy(&v, p, n * sizeof *p);
    return v;
}
VINLINE void vstore_n(float *p, vf v, size_t n)
{
    memcpy(p, &v, n * sizeof *p);
}
#define VEVEN(a, b) VSHUFFLE(a, b, 0, 2, 4, 6)
#define VODD(a, b)  VSHUFFLE(a, b, 1, 3, 5, 7)
#define VLOW(a, b)  VSHUFFLE(a, b, 0, 4, 1, 5)
#define VHIGH(a, b) VSHUFFLE(a, b, 2, 6, 3, 7)
#endif

/* Every step-th float: p[0], p[step] … of n ≤ VL lanes; the others are not read and hold anything.
 */
VINLINE vf vtake(const float *p, size_t step, size_t n)
{
    if (step == 1)
        return n == VL ? vload(p) : vload_n(p, n);
    if (step == 2) {
        size_t m = 2 * n - 1;
        vf lo = m >= VL ? vload(p) : vload_n(p, m);
        vf hi = m > VL ? vload_n(p + VL, m - VL) : vset(0);
        return VEVEN(lo, hi);
    }
    if (step == 4) {
        vf v[4];
        size_t m = 4 * n - 3;
        UNROLL for (size_t i = 0; i < 4; i++)
        {
            size_t left = m > i * VL ? m - i * VL : 0;
            v[i] = left >= VL ? vload(p + i * VL) : left ? vload_n(p + i * VL, left) : vset(0);
        }
        vf lo = VEVEN(v[0], v[1]), hi = VEVEN(v[2], v[3]);
        return VEVEN(lo, hi);
    }
    float part[VL] = {0};
    for (size_t i = 0; i < n; i++)
        part[i] = p[i * step];
    return vload(part);
}

/* Lanes of b where mask is set, else of a; masks come from comparisons of vf. */
VINLINE vf vpick(vf a, vf b, vi mask)
{
    return (vf)(((vi)b & mask) | ((vi)a & ~mask));
}

VINLINE float vsum(vf v)
{
    float part[VL];
    vstore(part, v);
    for (size_t half = VL / 2; half; half /= 2)
        for (size_t i = 0; i < half; i++)
            part[i] += part[i + half];
    return part[0];
}

/* Lanes 2p and 2p + 1 exchanged. */
VINLINE vf swap_pairs(vf v)
{
#if IR_SIMD == 2
    return (vf)_mm512_permute_ps((__m512)v, 0xb1);
#elif IR_SIMD == 1
    return (vf)_mm256_permute_ps((__m256)v, 0xb1);
#else
    return VSHUFFLE(v, v, 1, 0, 3, 2);
#endif
}

/* a in even lanes, b in odd ones */
VINLINE vf vpair(const float *ab)
{
#if IR_SIMD == 2
    double d;
    memcpy(&d, ab, sizeof d);
    return (vf)_mm512_castpd_ps(_mm512_set1_pd(d));
#elif IR_SIMD == 1
    double d;
    memcpy(&d, ab, sizeof d);
    return (vf)_mm256_castpd_ps(_mm256_set1_pd(d));
#else
    return (vf){ab[0], ab[1], ab[0], ab[1]};
#endif
}

#endif
