/* failed.c - the table of clips that failed, for the tools that have --failed. */
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static int put_line(int fd, const char *name, const struct ir_buf *b, struct ir_err *err)
{
    for (size_t done = 0; done < b->len;) {
        ssize_t n = write(fd, b->data + done, b->len - done);
        if (n < 0 && errno != EINTR)
            return ir_fail(err, "%s: %s", name, strerror(errno));
        done += n > 0 ? (size_t)n : 0;
    }
    return 0;
}

int ir_failed_open(struct ir_failed *f, const char *path, struct ir_err *err)
{
    struct ir_buf b = {0};
    *f = (struct ir_failed){.fd = -1, .path = path};
    if (path == NULL)
        return 0;
    f->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);
    if (f->fd < 0)
        return ir_fail(err, "%s: %s", path, strerror(errno));
    ir_buf_puts(&b, "file\tid\treason\n");
    int rc = put_line(f->fd, path, &b, err);
    ir_buf_free(&b);
    return rc;
}

int ir_failed_add(struct ir_failed *f, const char *file, const char *id, const char *reason,
                  struct ir_err *err)
{
    struct ir_buf b = {0};
    if (f->fd < 0)
        return 0;
    ir_buf_shown(&b, file);
    ir_buf_puts(&b, "\t");
    ir_buf_shown(&b, id);
    ir_buf_puts(&b, "\t");
    ir_buf_shown(&b, reason);
    ir_buf_puts(&b, "\n");
    int rc = put_line(f->fd, f->path, &b, err);
    ir_buf_free(&b);
    return rc;
}

int ir_failed_close(struct ir_failed *f, struct ir_err *err)
{
    int fd = f->fd;
    f->fd = -1;
    return fd >= 0 && close(fd) != 0 ? ir_fail(err, "%s: %s", f->path, strerror(errno)) : 0;
}

int ir_run_bad_clip(struct ir_run *run, struct ir_failed *f, const char *file, const char *id,
                    const char *reason, const struct ir_err *why)
{
    if (f == NULL || f->path == NULL)
        return ir_run_bad(run, why);
    if (ir_failed_add(f, file, id, reason, &run->err) < 0)
        return -1;
    if (!run->quiet || run->bad >= run->max_bad)
        return ir_run_bad(run, why);
    run->bad++;
    return 0;
}
