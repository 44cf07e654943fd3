/* table.c - selects the SIMD level at run time. */
#include "table.h"

#if defined(__x86_64__) || defined(__i386__)
#define HAVE_X86 1
#else
#define HAVE_X86 0
#endif

static int supported(int level)
{
#if HAVE_X86
    if (level == 3)
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw");
    if (level == 2)
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
    return level == 1;
}

const struct ir_kern *ir_kern_get(int level)
{
    static const struct ir_kern *const table[] = {
        0,
        &ir_kern_plain,
#if HAVE_X86
        &ir_kern_avx2,
        &ir_kern_avx512,
#endif
    };
    int last = (int)(sizeof table / sizeof *table) - 1;
    if (level < 0 || level > last)
        return 0;
    if (level)
        return supported(level) ? table[level] : 0;
    while (!supported(last))
        last--;
    return table[last];
}
