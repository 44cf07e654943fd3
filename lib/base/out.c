/* out.c - output that appears whole or not at all; reading whole files. */
#include "base.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFER_BYTES ((size_t)1 << 18)

struct ir_out {
    int fd;
    char *path, *temporary; /* NULL: stdout */
    char *name;             /* for messages */
    char *buffer;
    size_t used;
};

/* "dir/.name.part": in the same folder, so that rename is atomic; one name, so that its lock is
 * one. */
static char *temporary_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t dir = slash == NULL ? 0 : (size_t)(slash - path) + 1;
    struct ir_buf b = {0};
    ir_buf_add(&b, path, dir);
    ir_buf_puts(&b, ".");
    size_t n = strlen(path + dir);
    if (n > 240) { /* keep inside the 255 bytes of a file name */
        ir_buf_add(&b, path + dir, 220);
        ir_buf_printf(&b, "%016llx", (unsigned long long)ir_hash(path + dir, n, 0));
    } else {
        ir_buf_add(&b, path + dir, n);
    }
    ir_buf_puts(&b, ".part");
    return b.data;
}

static int open_temporary(struct ir_out *o, struct ir_err *err)
{
    for (;;) {
        o->fd = open(o->temporary, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
        if (o->fd < 0)
            return ir_fail(err, "%s: %s", o->path, strerror(errno));
        if (flock(o->fd, LOCK_EX | LOCK_NB) != 0)
            return ir_fail(err, "%s: another program is writing it", o->path);
        /* Between open and lock the other writer may have renamed or removed it: then try again. */
        struct stat mine, named;
        if (fstat(o->fd, &mine) == 0 && stat(o->temporary, &named) == 0 &&
            mine.st_ino == named.st_ino && mine.st_dev == named.st_dev)
            break;
        close(o->fd);
    }
    if (ftruncate(o->fd, 0) != 0)
        return ir_fail(err, "%s: %s", o->path, strerror(errno));
    return 0;
}

static void out_free(struct ir_out *o)
{
    if (o->fd > 1)
        close(o->fd);
    free(o->path);
    free(o->temporary);
    free(o->name);
    free(o->buffer);
    free(o);
}

/* Devices, pipes and files that are open already are written directly: there is nothing to rename.
 */
static bool is_special(const char *path)
{
    struct stat st;
    if (strncmp(path, "/proc/self/fd/", 14) == 0 || strncmp(path, "/dev/fd/", 8) == 0)
        return true;
    return stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

struct ir_out *ir_out_open(const char *path, bool binary, struct ir_err *err)
{
    struct ir_out *o = ir_zalloc(1, sizeof *o);
    o->buffer = ir_alloc(BUFFER_BYTES, 1);
    o->fd = 1;
    if (path == NULL || strcmp(path, "-") == 0) {
        o->name = ir_strdup("standard output");
        if (binary && isatty(1)) {
            ir_fail(err, "a tensor stream is not written to a terminal: use a pipe or -o FILE");
            goto fail;
        }
        if (fcntl(1, F_GETFD) < 0) {
            ir_fail(err, "standard output is closed");
            goto fail;
        }
        return o;
    }
    o->name = ir_strdup(path);
    struct stat st;
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
        ir_fail(err, "%s: is a directory, a file was wanted", path);
        goto fail;
    }
    if (is_special(path)) {
        o->fd = open(path, O_WRONLY | O_CLOEXEC);
        if (o->fd < 0) {
            ir_fail(err, "%s: %s", path, strerror(errno));
            goto fail;
        }
        return o;
    }
    o->path = ir_strdup(path);
    o->temporary = temporary_name(path);
    if (open_temporary(o, err) == 0)
        return o;
fail:
    out_free(o);
    return NULL;
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

static int sync_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *dir = slash == NULL ? ir_strdup(".") : ir_strndup(path, (size_t)(slash - path) + 1);
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(dir);
    if (fd < 0)
        return -1;
    int rc = fsync(fd);
    if (rc != 0 && (errno == EINVAL || errno == EROFS || errno == ENOTSUP))
        rc = 0; /* file systems that cannot do it */
    close(fd);
    return rc;
}

int ir_out_commit(struct ir_out *o, struct ir_err *err)
{
    int rc = ir_out_flush(o, err);
    if (rc == 0 && o->path != NULL) {
        if (fsync(o->fd) != 0 || rename(o->temporary, o->path) != 0 || sync_folder(o->path) != 0)
            rc = ir_fail(err, "%s: %s", o->path, strerror(errno));
    }
    if (rc != 0 && o->path != NULL)
        unlink(o->temporary);
    if (o->fd != 1 && o->path == NULL && rc == 0 && close(o->fd) != 0)
        rc = ir_fail(err, "%s: %s", o->name, strerror(errno));
    if (o->path == NULL)
        o->fd = 1; /* closed above, or stdout, which stays open */
    out_free(o);
    return rc;
}

void ir_out_abort(struct ir_out *o)
{
    if (o == NULL)
        return;
    if (o->path != NULL)
        unlink(o->temporary);
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
