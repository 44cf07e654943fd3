/* crc.c - CRC-32 as in zlib, folded 64 bytes at a time by carry-less multiplication where the
 * processor has it (Gopal et al., "Fast CRC computation for generic polynomials using PCLMULQDQ",
 * Intel 2009): every payload is summed when it is written and again when it is read. */
#include "codec.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define FOLD_MIN 64 /* bytes */
#define TARGET   __attribute__((target("pclmul,sse4.1")))

/* x^(4×128±32), x^(128±32), x^64, and the polynomial with its reciprocal, bit-reflected. */
static const uint64_t by_four[2] = {0x0154442bd4, 0x01c6e41596},
                      by_one[2] = {0x01751997d0, 0x00ccaa009e}, by_half[2] = {0x0163cd6124, 0},
                      last[2] = {0x01db710641, 0x01f7011641};

TARGET static inline __m128i load(const void *p)
{
    return _mm_loadu_si128(p);
}

/* x moved on by the powers in k, and the next 16 bytes. */
TARGET static inline __m128i fold(__m128i x, __m128i k, __m128i next)
{
    __m128i low = _mm_clmulepi64_si128(x, k, 0x00), high = _mm_clmulepi64_si128(x, k, 0x11);
    return _mm_xor_si128(_mm_xor_si128(low, high), next);
}

/* 128 bits to 32, by Barrett's reduction. */
TARGET static uint32_t reduce(__m128i x)
{
    const __m128i mask = _mm_setr_epi32(~0, 0, ~0, 0), k = load(by_one), p = load(last);
    x = _mm_xor_si128(_mm_srli_si128(x, 8), _mm_clmulepi64_si128(x, k, 0x10));
    __m128i rest = _mm_srli_si128(x, 4);
    x = _mm_clmulepi64_si128(_mm_and_si128(x, mask), load(by_half), 0x00);
    x = _mm_xor_si128(x, rest);
    rest = _mm_clmulepi64_si128(_mm_and_si128(x, mask), p, 0x10);
    rest = _mm_clmulepi64_si128(_mm_and_si128(rest, mask), p, 0x00);
    return (uint32_t)_mm_extract_epi32(_mm_xor_si128(x, rest), 1);
}

/* n ≥ 64, a multiple of 16; crc inverted, as it is inside. */
TARGET static uint32_t folded(uint32_t crc, const unsigned char *p, size_t n)
{
    __m128i x[4], k = load(by_four);
    for (int i = 0; i < 4; i++)
        x[i] = load(p + 16 * i);
    x[0] = _mm_xor_si128(x[0], _mm_cvtsi32_si128((int)crc));
    for (p += 64, n -= 64; n >= 64; p += 64, n -= 64)
        for (int i = 0; i < 4; i++)
            x[i] = fold(x[i], k, load(p + 16 * i));
    k = load(by_one);
    for (int i = 1; i < 4; i++)
        x[0] = fold(x[0], k, x[i]);
    for (; n >= 16; p += 16, n -= 16)
        x[0] = fold(x[0], k, load(p));
    return reduce(x[0]);
}
#endif

uint32_t ir_crc32(uint32_t start, const void *bytes, size_t n)
{
#if defined(__x86_64__)
    if (n >= FOLD_MIN && __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1")) {
        size_t whole = n / 16 * 16;
        start = ~folded(~start, bytes, whole);
        bytes = (const char *)bytes + whole;
        n -= whole;
    }
#endif
    return ir_crc32_slow(start, bytes, n);
}
