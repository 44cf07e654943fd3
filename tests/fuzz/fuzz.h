/* fuzz.h - what the fuzz targets share: bytes as a file in memory. */
#ifndef IR_FUZZ_H
#define IR_FUZZ_H

#include "base.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* A descriptor of a file in memory that holds the bytes, and its path. */
static inline int fuzz_file(const uint8_t *bytes, size_t n, char path[64])
{
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    if (fd < 0 || write(fd, bytes, n) != (ssize_t)n)
        abort();
    snprintf(path, 64, "/proc/self/fd/%d", fd);
    return fd;
}

#endif
