/* irt_bytes.h - for the tests of damaged streams: read bytes as a file in memory or through a pipe.
 */
#ifndef IRT_BYTES_H
#define IRT_BYTES_H

#include "irt.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

struct seen {
    int result; /* of the last ir_reader_next, -1 also when opening failed */
    size_t records;
    struct ir_err err;
};

static struct seen read_path(const char *path)
{
    struct seen s = {.result = -1};
    char *paths[] = {(char *)(uintptr_t)path};
    struct ir_rec rec;

    struct ir_reader *r = ir_reader_open(paths, 1, &s.err);
    if (!r)
        return s;
    while ((s.result = ir_reader_next(r, &rec, &s.err)) == 1)
        s.records++;
    ir_reader_close(r);
    return s;
}

/* A file in memory: no disk is touched by thousands of variants. */
static struct seen read_bytes(const void *bytes, size_t n)
{
    char path[64];
    int fd = memfd_create("stream", 0);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, n), (ssize_t)n);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    struct seen s = read_path(path);
    close(fd);
    return s;
}

/* Through a pipe, `step` bytes a write. */
static struct seen read_piped(const char *bytes, size_t n, size_t step)
{
    int fd[2];
    char path[64];

    assert_int_equal(pipe(fd), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(fd[0]);
        for (size_t i = 0; i < n; i += step)
            if (write(fd[1], bytes + i, n - i < step ? n - i : step) < 0)
                _exit(0);
        _exit(0);
    }
    close(fd[1]);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd[0]);
    struct seen s = read_path(path);
    close(fd[0]);
    waitpid(child, NULL, 0);
    return s;
}

static void assert_refused(struct seen s, const char *what, size_t at)
{
    if (s.result != -1)
        fail_msg("%s %zu was accepted", what, at);
    if (s.err.text[0] == '\0')
        fail_msg("%s %zu was refused without a message", what, at);
}

#endif
