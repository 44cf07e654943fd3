/* temporary.c - files without a name, for what is too large for memory and nobody keeps. /var/tmp
 * before /tmp, which is often memory itself; and the names by which this process reaches files and
 * itself. */
#include "base.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

static int in_folder(const char *dir)
{
    struct ir_buf path = {0};
    int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0)
        return fd;
    ir_buf_printf(&path, "%s/irtools-XXXXXX", dir);
    fd = mkostemp(path.data, O_CLOEXEC);
    if (fd >= 0)
        unlink(path.data);
    ir_buf_free(&path);
    return fd;
}

int ir_temporary(struct ir_err *err)
{
    const char *own = getenv("TMPDIR");
    const char *dirs[] = {own != NULL && *own != '\0' ? own : "/var/tmp", "/var/tmp", "/tmp"};
    for (size_t i = 0; i < 3; i++) {
        int fd = in_folder(dirs[i]);
        if (fd >= 0)
            return fd;
    }
    int why = errno, fd = memfd_create("irtools", MFD_CLOEXEC); /* a read-only system */
    if (fd >= 0)
        return fd;
    return ir_fail(err, "no temporary file in $TMPDIR, /var/tmp or /tmp: %s", strerror(why));
}

char *ir_fd_path(int fd, struct ir_err *err)
{
    struct ir_buf path = {0};
    if (access("/proc/self/fd", X_OK) != 0) {
        ir_fail(err, "/proc is not mounted: wanted, to open a temporary file or a pipe by name");
        return NULL;
    }
    ir_buf_printf(&path, "/proc/self/fd/%d", fd);
    return path.data;
}

char *ir_own_path(void)
{
    char self[4096];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n > 0) {
        self[n] = '\0';
        return ir_strdup(self);
    }
    const char *named = (const char *)(uintptr_t)getauxval(AT_EXECFN); /* as it was called */
    return named != NULL ? realpath(named, NULL) : NULL;
}
