/* memory.c - checked allocation; the one place where running out of memory ends the program. */
#include "base.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ALIGNMENT 64

static _Noreturn void out_of_memory(void)
{
    static const char text[] = "irtools: out of memory\n";
    ssize_t ignored = write(2, text, sizeof text - 1);
    (void)ignored;
    ir_ending_clean();
    _exit(1);
}

bool ir_mul(size_t a, size_t b, size_t *out)
{
    return !__builtin_mul_overflow(a, b, out);
}

static size_t product(size_t n, size_t size)
{
    size_t bytes;
    if (!ir_mul(n, size, &bytes) || bytes > SIZE_MAX / 2)
        out_of_memory();
    return bytes != 0 ? bytes : 1;
}

void *ir_alloc(size_t n, size_t size)
{
    void *p = malloc(product(n, size));
    if (p == NULL)
        out_of_memory();
    return p;
}

void *ir_zalloc(size_t n, size_t size)
{
    void *p = calloc(product(n, size), 1);
    if (p == NULL)
        out_of_memory();
    return p;
}

void *ir_realloc(void *old, size_t n, size_t size)
{
    void *p = realloc(old, product(n, size));
    if (p == NULL)
        out_of_memory();
    return p;
}

void *ir_alloc_aligned(size_t n, size_t size)
{
    size_t bytes = product(n, size);
    void *p = aligned_alloc(ALIGNMENT, (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
    if (p == NULL)
        out_of_memory();
    return p;
}

void *ir_zalloc_aligned(size_t n, size_t size)
{
    void *p = ir_alloc_aligned(n, size);
    memset(p, 0, n * size);
    return p;
}

void *ir_try_alloc(size_t n, size_t size, struct ir_err *err)
{
    size_t bytes;
    if (!ir_mul(n, size, &bytes) || bytes > SIZE_MAX / 2) {
        ir_fail(err, "%zu elements of %zu bytes are more than memory can hold", n, size);
        return NULL;
    }
    size_t rounded = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    void *p = aligned_alloc(ALIGNMENT, rounded != 0 ? rounded : ALIGNMENT);
    if (p == NULL)
        ir_fail(err, "no memory for %zu bytes", bytes);
    return p;
}

char *ir_strndup(const char *s, size_t n)
{
    char *p = ir_alloc(n + 1, 1);
    memcpy(p, s, n);
    p[n] = '\0';
    return p;
}

char *ir_strdup(const char *s)
{
    return ir_strndup(s, strlen(s));
}

void ir_grow(void *p, size_t *cap, size_t want, size_t size)
{
    void *old;
    if (want <= *cap)
        return;
    size_t next = *cap < 8 ? 8 : *cap + *cap / 2;
    if (next < want)
        next = want;
    memcpy(&old, p, sizeof old);
    old = ir_realloc(old, next, size);
    memcpy(p, &old, sizeof old);
    *cap = next;
}

void ir_memory_keep(void)
{
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, 1 << 26);
    mallopt(M_TRIM_THRESHOLD, 1 << 28);
#endif
}
