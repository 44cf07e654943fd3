/* peek.c - the first bytes of a file or pipe, without taking them away from whoever reads it. */
#include "base.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* tee(2) copies from the start of a pipe each time; it waits while the pipe is empty and somebody
 * may still write. */
static ssize_t peek_pipe(int fd, unsigned char *out, size_t n)
{
    int p[2];
    ssize_t got = 0;
    if (pipe2(p, O_CLOEXEC) < 0)
        return -1;
    for (ssize_t before = -1; got < (ssize_t)n && got != before;) {
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        before = got;
        if (poll(&ready, 1, -1) < 0 && errno != EINTR)
            break;
        ssize_t now = tee(fd, p[1], n, 0);
        if (now < 0 && (errno == EAGAIN || errno == EINTR)) {
            before = -1;
            continue;
        }
        if (now <= 0)
            break;
        got = read(p[0], out, (size_t)now);
        if (got < (ssize_t)n)
            (void)poll(NULL, 0, 10); /* bytes that come one by one get some time */
    }
    close(p[0]);
    close(p[1]);
    return got;
}

static ssize_t peek_fd(int fd, void *out, size_t n)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return -1;
    if (S_ISREG(st.st_mode)) {
        off_t at = lseek(fd, 0, SEEK_CUR);
        return pread(fd, out, n, at > 0 ? at : 0);
    }
    if (S_ISFIFO(st.st_mode))
        return peek_pipe(fd, out, n);
    if (S_ISSOCK(st.st_mode))
        return recv(fd, out, n, MSG_PEEK | MSG_WAITALL);
    return 0;
}

long ir_peek(const char *path, void *out, size_t n)
{
    if (strcmp(path, "-") == 0)
        return (long)peek_fd(0, out, n);
    struct stat st;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return -1;
    long got = (long)peek_fd(fd, out, n);
    /* A named pipe stays open: its writer would otherwise find that nobody reads. */
    if (fstat(fd, &st) != 0 || !S_ISFIFO(st.st_mode))
        close(fd);
    return got;
}
