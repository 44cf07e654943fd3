/* out_file.c - the file that an output is written to before it gets its name: new, ours, and
 * gone when the program ends before its time. */
#include "out.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define TRIES 100

static char *folder_of(const char *path, size_t *n)
{
    const char *slash = strrchr(path, '/');
    *n = slash == NULL ? 0 : (size_t)(slash - path) + 1;
    return slash == NULL ? ir_strdup(".") : ir_strndup(path, *n);
}

/* One writer of a name in a folder. The lock is a socket name of the kernel's own (abstract), not a
 * file: it needs no file system that can lock, leaves nothing behind and goes with the process,
 * however it ends. It knows the programs of this machine (of this network namespace) only. */
static int lock_name(struct ir_out_file *t, struct ir_err *err)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    struct stat st;
    size_t n;
    char *dir = folder_of(t->path, &n);
    int found = stat(dir, &st);
    free(dir);
    if (found != 0)
        return ir_fail(err, "%s: %s", t->path, strerror(errno));
    const char *name = t->path + n;
    snprintf(a.sun_path + 1, sizeof a.sun_path - 1, "irtools-output-%llx-%llx-%016llx",
             (unsigned long long)st.st_dev, (unsigned long long)st.st_ino,
             (unsigned long long)ir_hash(name, strlen(name), 0));
    t->lock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (t->lock >= 0 && bind(t->lock, (struct sockaddr *)&a, sizeof a) != 0 && errno == EADDRINUSE)
        return ir_fail(err, "%s: another program is writing it", t->path);
    return 0; /* without sockets: without the lock */
}

/* ".NAME.RANDOM.part" in the folder of path, made new. */
static int open_named(struct ir_out_file *t, unsigned mode)
{
    size_t n, len;
    char *dir = folder_of(t->path, &n);
    int fd = -1;
    free(dir);
    len = strlen(t->path + n);
    for (int i = 0; i < TRIES && fd < 0; i++) {
        uint64_t r = (uint64_t)i + (uint64_t)getpid();
        struct ir_buf b = {0};
        if (getrandom(&r, sizeof r, GRND_NONBLOCK) < 0)
            r = ir_hash(&r, sizeof r, (uint64_t)(ir_clock_s() * 1e9));
        ir_buf_add(&b, t->path, n);
        ir_buf_puts(&b, ".");
        ir_buf_add(&b, t->path + n, len < 220 ? len : 220); /* a name has at most 255 bytes */
        ir_buf_printf(&b, ".%016llx.part", (unsigned long long)r);
        free(t->name);
        t->name = b.data;
        ir_ending_forget(t->slot);
        fd = open(t->name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
        if (fd >= 0)
            t->slot = ir_ending_add(t->name);
        else if (errno != EEXIST)
            break;
    }
    if (fd < 0) {
        free(t->name);
        t->name = NULL;
    }
    return fd;
}

static bool has_proc_name(int fd, char name[64])
{
    snprintf(name, 64, "/proc/self/fd/%d", fd);
    return access(name, F_OK) == 0;
}

/* Nameless: whatever ends the program, nothing is left behind. */
static int open_nameless(const struct ir_out_file *t, unsigned mode)
{
    size_t n;
    char proc[64], *dir = folder_of(t->path, &n);
    int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, mode);
    free(dir);
    if (fd >= 0 && !has_proc_name(fd, proc)) { /* it could not be given its name */
        close(fd);
        fd = -1;
    }
    return fd;
}

/* A file that is there keeps its owner, group and mode, or it is not replaced. */
static int look_at_old(struct ir_out_file *t, struct stat *old, struct ir_err *err)
{
    t->replaces = stat(t->path, old) == 0;
    if (!t->replaces)
        return errno == ENOENT ? 0 : ir_fail(err, "%s: %s", t->path, strerror(errno));
    t->mode = old->st_mode & 0777;
    bool writable = access(t->path, W_OK) == 0;
    if (!writable && errno != EACCES) /* a read-only file system, say */
        return ir_fail(err, "%s: %s", t->path, strerror(errno));
    if (!writable || (t->mode & 0222) == 0)
        return ir_fail(err, "%s: may not be written (mode %04o)", t->path, t->mode);
    return 0;
}

static int keep_owner(struct ir_out_file *t, const struct stat *old, struct ir_err *err)
{
    struct stat mine;
    if (fstat(t->fd, &mine) != 0)
        return ir_fail(err, "%s: %s", t->path, strerror(errno));
    if (mine.st_uid != old->st_uid && fchown(t->fd, old->st_uid, (gid_t)-1) != 0)
        return ir_fail(err, "%s: belongs to another user, and would not any more", t->path);
    if (mine.st_gid != old->st_gid && fchown(t->fd, (uid_t)-1, old->st_gid) != 0)
        t->mode &= ~070u; /* what was for that group is not for ours */
    return 0;
}

int ir_out_file_open(struct ir_out_file *t, const char *path, struct ir_err *err)
{
    struct stat old;
    *t = (struct ir_out_file){.fd = -1, .lock = -1, .slot = -1, .path = ir_strdup(path)};
    if (look_at_old(t, &old, err) != 0 || lock_name(t, err) != 0)
        goto fail;
    unsigned mode = t->replaces ? 0600 : 0666;
    t->fd = open_nameless(t, mode);
    if (t->fd < 0)
        t->fd = open_named(t, mode);
    if (t->fd < 0) {
        ir_fail(err, "%s: %s", path, strerror(errno));
        goto fail;
    }
    if (!t->replaces || keep_owner(t, &old, err) == 0)
        return 0;
fail:
    ir_out_file_drop(t);
    return -1;
}

static void close_all(struct ir_out_file *t)
{
    ir_ending_forget(t->slot);
    if (t->fd >= 0)
        close(t->fd);
    if (t->lock >= 0)
        close(t->lock);
    free(t->path);
    free(t->name);
    *t = (struct ir_out_file){.fd = -1, .lock = -1, .slot = -1};
}

void ir_out_file_drop(struct ir_out_file *t)
{
    if (t->name != NULL)
        unlink(t->name);
    close_all(t);
}

static int copy_bytes(int from, int to)
{
    char piece[16384];
    off_t at = 0;
    for (;;) {
        ssize_t n = pread(from, piece, sizeof piece, at);
        if (n <= 0)
            return n == 0 ? 0 : -1;
        for (ssize_t done = 0, did; done < n; done += did)
            if ((did = write(to, piece + done, (size_t)(n - done))) < 0)
                return -1;
        at += n;
    }
}

/* From nameless to a name that nobody had; a copy where the file system knows no second name. */
static int give_name(struct ir_out_file *t)
{
    char proc[64];
    struct stat st;
    int fd = open_named(t, 0600);
    if (fd < 0 || fstat(t->fd, &st) != 0 || !has_proc_name(t->fd, proc))
        return -1;
    unlink(t->name); /* it was to find a free name, watched by ending.c */
    if (linkat(AT_FDCWD, proc, AT_FDCWD, t->name, AT_SYMLINK_FOLLOW) == 0) {
        close(fd);
        return 0;
    }
    close(fd);
    fd = open(t->name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return -1;
    if (!t->replaces) {
        t->replaces = true;
        t->mode = st.st_mode & 0777;
    }
    if (copy_bytes(t->fd, fd) != 0) {
        int why = errno;
        close(fd);
        errno = why;
        return -1;
    }
    close(t->fd);
    t->fd = fd;
    return 0;
}

/* The folder of path, to be synced; opened before the file gets its name, so that nothing but the
 * sync itself can fail afterwards. -1: none to sync; -2: failure. */
static int open_folder(const char *path)
{
    size_t n;
    char *dir = folder_of(path, &n);
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int why = errno;
    free(dir);
    errno = why;
    return fd >= 0 ? fd : why == EACCES ? -1 : -2; /* one to write into but not to look into */
}

static int sync_folder(int fd)
{
    int rc = fsync(fd);
    if (rc != 0 && (errno == EINVAL || errno == EROFS || errno == ENOTSUP))
        rc = 0; /* file systems that cannot do it */
    int why = errno;
    close(fd);
    errno = why;
    return rc;
}

int ir_out_file_keep(struct ir_out_file *t, struct ir_err *err)
{
    int folder = t->no_sync ? -1 : open_folder(t->path);
    int rc =
        folder > -2 && (t->no_sync || fsync(t->fd) == 0) && (t->name != NULL || give_name(t) == 0)
            ? 0
            : -1;
    if (rc == 0 && t->replaces && fchmod(t->fd, t->mode) != 0)
        rc = -1;
    if (rc == 0 && rename(t->name, t->path) == 0) {
        free(t->name);
        t->name = NULL;
        rc = folder < 0 ? 0 : sync_folder(folder);
        folder = -1;
    } else {
        rc = -1;
    }
    if (rc != 0)
        ir_fail(err, "%s: %s", t->path, strerror(errno));
    if (folder >= 0)
        close(folder);
    ir_out_file_drop(t);
    return rc;
}
