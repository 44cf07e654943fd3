/* out.c - output that appears whole or not at all; reading whole files. */
#include "out.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFER_BYTES ((size_t)1 << 18)
#define PIPE_BYTES   (1 << 20)
#define TERMINAL     "a tensor stream is not written to a terminal: use a pipe or -o FILE"

struct ir_out {
    int fd;
    bool file; /* temporary is open; else fd is written directly */
    struct ir_out_file temporary;
    char *name; /* for messages */
    char *buffer;
    size_t used;
};

static void out_free(struct ir_out *o)
{
    if (!o->file && o->fd > 1)
        close(o->fd);
    free(o->name);
    free(o->buffer);
    free(o);
}

void ir_pipe_widen(int fd)
{
    if (fcntl(fd, F_GETPIPE_SZ) >= 0)
        (void)fcntl(fd, F_SETPIPE_SZ, PIPE_BYTES); /* smaller works too */
}

/* Standard output, or another descriptor that we were given, under a number of our own. */
static int use_descriptor(struct ir_out *o, int fd, bool binary, struct ir_err *err)
{
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY)
        return fd == 1 ? ir_fail(err, "standard output is closed")
                       : ir_fail(err, "%s: %s", o->name,
                                 flags < 0 ? strerror(errno) : "is not open for writing");
    if (binary && isatty(fd))
        return ir_fail(err, TERMINAL);
    o->fd = fd == 1 ? 1 : fcntl(fd, F_DUPFD_CLOEXEC, 3);
    ir_pipe_widen(o->fd);
    return o->fd >= 0 ? 0 : ir_fail(err, "%s: %s", o->name, strerror(errno));
}

struct ir_out *ir_out_open(const char *path, bool binary, struct ir_err *err)
{
    struct ir_place place = {.fd = 1};
    struct ir_out *o = ir_zalloc(1, sizeof *o);
    bool standard = path == NULL || strcmp(path, "-") == 0;
    int rc = 0;
    o->fd = -1;
    o->buffer = ir_alloc(BUFFER_BYTES, 1);
    o->name = ir_strdup(standard ? "standard output" : path);
    if (!standard)
        rc = ir_place_find(&place, path, err);
    if (rc == 0 && place.fd >= 0) {
        rc = use_descriptor(o, place.fd, binary, err);
    } else if (rc == 0 && place.exact) {
        o->fd = open(place.path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
        if (o->fd < 0)
            rc = ir_fail(err, "%s: %s", path, strerror(errno));
    } else if (rc == 0) {
        rc = ir_out_file_open(&o->temporary, place.path, err);
        o->file = rc == 0;
        o->fd = o->temporary.fd;
    }
    free(place.path);
    if (rc == 0)
        return o;
    out_free(o);
    return NULL;
}

int ir_out_try(const char *path, bool binary, struct ir_err *err)
{
    struct ir_place place;
    struct ir_out_file t;
    if (path == NULL || strcmp(path, "-") == 0)
        return binary && isatty(1) ? ir_fail(err, TERMINAL) : 0;
    if (ir_place_find(&place, path, err) != 0)
        return -1;
    int rc = 0;
    if (place.fd < 0 && !place.exact && (rc = ir_out_file_open(&t, place.path, err)) == 0)
        ir_out_file_drop(&t);
    free(place.path);
    return rc;
}

void ir_out_no_sync(struct ir_out *o)
{
    o->temporary.no_sync = true;
}

static int write_all(struct ir_out *o, const char *p, size_t n, struct ir_err *err)
{
    while (n > 0) {
        ssize_t did = write(o->fd, p, n);
        if (did < 0 && errno == EINTR)
            continue;
        if (did < 0)
            return ir_fail(err, "%s: %s", o->name, strerror(errno));
        p += did;
        n -= (size_t)did;
    }
    return 0;
}

int ir_out_flush(struct ir_out *o, struct ir_err *err)
{
    size_t n = o->used;
    o->used = 0;
    return write_all(o, o->buffer, n, err);
}

int ir_out_write(struct ir_out *o, const void *bytes, size_t n, struct ir_err *err)
{
    if (o->used + n > BUFFER_BYTES && ir_out_flush(o, err) != 0)
        return -1;
    if (n >= BUFFER_BYTES)
        return write_all(o, bytes, n, err);
    if (n > 0)
        memcpy(o->buffer + o->used, bytes, n);
    o->used += n;
    return 0;
}

int ir_out_printf(struct ir_out *o, struct ir_err *err, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    int rc = -1;
    if (n >= 0) {
        char *text = ir_alloc((size_t)n + 1, 1);
        vsnprintf(text, (size_t)n + 1, fmt, again);
        rc = ir_out_write(o, text, (size_t)n, err);
        free(text);
    }
    va_end(again);
    return rc;
}

int ir_out_commit(struct ir_out *o, struct ir_err *err)
{
    int rc = ir_out_flush(o, err);
    if (o->file && rc == 0)
        rc = ir_out_file_keep(&o->temporary, err);
    else if (o->file)
        ir_out_file_drop(&o->temporary);
    else if (o->fd > 1 && close(o->fd) != 0 && rc == 0)
        rc = ir_fail(err, "%s: %s", o->name, strerror(errno));
    o->fd = -1;
    out_free(o);
    return rc;
}

void ir_out_abort(struct ir_out *o)
{
    if (o == NULL)
        return;
    if (o->file)
        ir_out_file_drop(&o->temporary);
    else
        (void)ir_out_flush(o, NULL);
    out_free(o);
}

int ir_make_folders(const char *path, struct ir_err *err)
{
    char *copy = ir_strdup(path);
    int rc = 0;
    for (char *at = strchr(copy + 1, '/'); at != NULL && rc == 0; at = strchr(at + 1, '/')) {
        *at = '\0';
        if (mkdir(copy, 0777) != 0 && errno != EEXIST)
            rc = ir_fail(err, "%s: %s", copy, strerror(errno));
        *at = '/';
    }
    free(copy);
    return rc;
}

int ir_read_file(const char *path, size_t max, struct ir_buf *b, struct ir_err *err)
{
    bool in = strcmp(path, "-") == 0;
    int fd = in ? 0 : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return ir_fail(err, "%s: %s", path, strerror(errno));
    int rc = 0;
    ir_buf_add(b, "", 0);
    for (;;) {
        ir_grow(&b->data, &b->cap, b->len + 65537, 1);
        ssize_t n = read(fd, b->data + b->len, b->cap - b->len - 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            rc = ir_fail(err, "%s: %s", path, strerror(errno));
        if (n <= 0)
            break;
        b->len += (size_t)n;
        if (b->len > max) {
            rc = ir_fail(err, "%s: more than %zu bytes", path, max);
            break;
        }
    }
    b->data[b->len] = '\0';
    if (rc != 0)
        ir_buf_free(b);
    if (!in)
        close(fd);
    return rc;
}
