/* intake.c - bytes of one input: a mapped regular file, or a pipe read as its bytes arrive. */
#include "intake.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define FIRST_BYTES                                                                                \
    ((size_t)1 << 20) /* memory for a record is not taken before its bytes are there */

/* A map read from end to end must not fill the memory that others need. */
#define REST_BYTES ((size_t)64 << 20)

int ir_intake_open(struct ir_intake *s, const char *path, struct ir_err *err)
{
    struct stat st;
    bool in = path == NULL || strcmp(path, "-") == 0;
    *s = (struct ir_intake){.fd = 0};
    s->name = ir_strdup(in ? "standard input" : path);
    if (!in)
        s->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (s->fd < 0 || fstat(s->fd, &st) != 0)
        return ir_fail(err, "%s: %s", s->name, strerror(errno));
    if (S_ISDIR(st.st_mode))
        return ir_fail(err, "%s: is a directory, a tensor stream was wanted", s->name);
    if (in && isatty(0))
        return ir_fail(err, "standard input is a terminal, a tensor stream was wanted");
    if (S_ISFIFO(st.st_mode))
        ir_pipe_widen(s->fd);
    off_t start = S_ISREG(st.st_mode) ? lseek(s->fd, 0, SEEK_CUR) : -1;
    /* Payloads in the map are aligned only when the stream starts at a multiple of 64. */
    if (start >= 0 && start % 64 == 0 && st.st_size > start) {
        void *map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, s->fd, 0);
        if (map != MAP_FAILED) {
            (void)madvise(map, (size_t)st.st_size, MADV_SEQUENTIAL);
            s->map = map;
            s->seen = st;
            s->size = (size_t)st.st_size;
            s->at = (size_t)start;
            if (!in)
                close(s->fd);
            s->fd = -1;
        }
    }
    return 0;
}

static void *grown(void *old, size_t used, size_t *cap, size_t want)
{
    void *p = ir_alloc_aligned(want, 1);
    if (used != 0)
        memcpy(p, old, used);
    free(old);
    *cap = want;
    return p;
}

static int take_from_pipe(struct ir_intake *s, size_t n, void **store, size_t *cap,
                          struct ir_err *err)
{
    size_t got = 0;
    while (got < n) {
        if (got == *cap || *store == NULL) {
            size_t want = *cap < FIRST_BYTES ? FIRST_BYTES : *cap * 2;
            *store = grown(*store, got, cap, want < n ? want : n);
        }
        size_t room = (*cap < n ? *cap : n) - got;
        ssize_t did = read(s->fd, (char *)*store + got, room);
        if (did < 0 && errno == EINTR)
            continue;
        if (did < 0)
            return ir_fail(err, "%s: %s", s->name, strerror(errno));
        if (did == 0)
            break;
        got += (size_t)did;
    }
    s->at += got;
    if (got == n)
        return 1;
    if (got == 0)
        return 0;
    return ir_fail(err, "the input ends %zu bytes early", n - got);
}

int ir_intake_take(struct ir_intake *s, size_t n, void **store, size_t *store_cap,
                   const unsigned char **out, struct ir_err *err)
{
    *out = (const unsigned char *)"";
    if (n == 0)
        return 1;
    if (s->map != NULL) {
        size_t left = s->size - s->at;
        if (left == 0)
            return 0;
        if (left < n)
            return ir_fail(err, "the input ends %zu bytes early", n - left);
        if (s->at - s->rested > REST_BYTES) {
            ir_intake_rest(s);
            s->rested = s->at;
        }
        *out = s->map + s->at;
        s->at += n;
        return 1;
    }
    int rc = take_from_pipe(s, n, store, store_cap, err);
    *out = *store;
    return rc;
}

void ir_intake_rest(const struct ir_intake *s)
{
    if (s->map != NULL)
        (void)madvise((void *)(uintptr_t)s->map, s->size, MADV_DONTNEED);
}

int ir_intake_unchanged(const struct ir_intake *s, struct ir_err *err)
{
    struct stat now;
    /* Replaced by another file of that name, or removed: ours is as it was. */
    if (s->map == NULL || stat(s->name, &now) != 0 || now.st_ino != s->seen.st_ino ||
        now.st_dev != s->seen.st_dev)
        return 0;
    if (now.st_size == s->seen.st_size && now.st_mtim.tv_sec == s->seen.st_mtim.tv_sec &&
        now.st_mtim.tv_nsec == s->seen.st_mtim.tv_nsec)
        return 0;
    return ir_fail(err, "%s: was changed while it was read", s->name);
}

void ir_intake_close(struct ir_intake *s)
{
    if (s->map != NULL)
        munmap((void *)(uintptr_t)s->map, s->size);
    if (s->fd > 0)
        close(s->fd);
    free(s->name);
    *s = (struct ir_intake){.fd = -1};
}
