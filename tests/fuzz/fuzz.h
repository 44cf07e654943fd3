/* fuzz.h - what the fuzz targets share: bytes as a file in memory, streams whose sums are mended.
 */
#ifndef IR_FUZZ_H
#define IR_FUZZ_H

#include "irt.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* A descriptor of a file in memory that holds the bytes, and its path. */
static inline int fuzz_file(const void *bytes, size_t n, char path[64])
{
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    if (fd < 0 || write(fd, bytes, n) != (ssize_t)n)
        abort();
    snprintf(path, 64, "/proc/self/fd/%d", fd);
    return fd;
}

static inline uint32_t fuzz_get(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline void fuzz_put(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

/* Make the CRCs of a stream right, so that what they guard is reached. */
static inline void fuzz_mend(uint8_t *b, size_t n)
{
    for (size_t at = 0; n - at >= 64;) {
        size_t meta = fuzz_get(b + at + 32), data = fuzz_get(b + at + 40), left = n - at - 64;
        size_t meta_room = (meta + 63) / 64 * 64;
        if (meta_room <= left)
            fuzz_put(b + at + 48, ir_crc32(0, b + at + 64, meta));
        if (meta_room <= left && data <= left - meta_room)
            fuzz_put(b + at + 52, ir_crc32(0, b + at + 64 + meta_room, data));
        fuzz_put(b + at + 60, ir_crc32(0, b + at, 60));
        size_t step = 64 + meta_room + (data + 63) / 64 * 64;
        if (step > n - at)
            return;
        at += step;
    }
}

#endif
