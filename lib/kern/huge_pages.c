/* huge_pages.c - large zeroed memory on large pages: spectra and pictures are walked with long
 * strides. */
#include "kern.h"

#include <stdlib.h>
#include <sys/mman.h>

#define PAGE  ((size_t)2 << 20)
#define LARGE ((size_t)4 << 20)

void *ir_huge_new(size_t bytes)
{
    if (bytes < LARGE || bytes > SIZE_MAX - 2 * PAGE)
        return ir_zalloc_aligned(bytes > 0 ? bytes : 1, 1);
    size_t want = (bytes + PAGE - 1) / PAGE * PAGE, all = want + PAGE;
    char *p = mmap(NULL, all, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) {
        free(ir_alloc(SIZE_MAX, 2)); /* out of memory: ends the program where that is done */
        return NULL;
    }
    size_t skip = (PAGE - (uintptr_t)p % PAGE) % PAGE;
    if (skip > 0)
        munmap(p, skip);
    if (all - skip > want)
        munmap(p + skip + want, all - skip - want);
    madvise(p + skip, want, MADV_HUGEPAGE); /* only a wish */
    return p + skip;
}

void ir_huge_free(void *p, size_t bytes)
{
    if (p == NULL)
        return;
    if (bytes < LARGE)
        free(p);
    else
        munmap(p, (bytes + PAGE - 1) / PAGE * PAGE);
}
