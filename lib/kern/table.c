/* table.c - selects the SIMD level at run time. */
#include "table.h"
#include "kern.h"

#include "lanes.h"

const char *ir_kern_name(void)
{
    return ir_kern_get(0)->name;
}

const struct ir_kern *ir_kern_get(int level)
{
    static const struct ir_kern *const table[] = {
        0,
        &ir_kern_plain,
#if defined(__x86_64__)
        &ir_kern_avx2,
        &ir_kern_avx512,
#endif
    };
    int last = (int)(sizeof table / sizeof *table) - 1;
    if (level < 0 || level > last)
        return 0;
    if (level)
        return ir_simd_has(level) ? table[level] : 0;
    while (!ir_simd_has(last))
        last--;
    return table[last];
}
