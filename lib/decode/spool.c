/* spool.c - input that cannot be read twice, into a file without a name. */
#include "decode.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int nameless_file(void)
{
    const char *dirs[] = {getenv("TMPDIR"), "/var/tmp", "/tmp"};
    char path[4096];
    for (size_t i = 0; i < 3; i++) {
        if (!dirs[i] || !*dirs[i] || strlen(dirs[i]) > sizeof path - 32)
            continue;
        int fd = open(dirs[i], O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
        if (fd >= 0)
            return fd;
        snprintf(path, sizeof path, "%s/irtools-XXXXXX", dirs[i]);
        fd = mkostemp(path, O_CLOEXEC);
        if (fd >= 0) {
            unlink(path);
            return fd;
        }
    }
    return -1;
}

static int copy(int from, int to, char *block, size_t size, struct ir_err *err)
{
    for (;;) {
        ssize_t n = read(from, block, size);
        if (n == 0)
            return 0;
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return ir_fail(err, "standard input cannot be read: %s", strerror(errno));
        for (ssize_t done = 0; done < n;) {
            ssize_t put = write(to, block + done, (size_t)(n - done));
            if (put < 0 && errno != EINTR)
                return ir_fail(err, "the temporary copy of the input cannot be written: %s",
                               strerror(errno));
            done += put > 0 ? put : 0;
        }
    }
}

int ir_decode_spool(int fd, struct ir_err *err)
{
    size_t size = (size_t)256 << 10;
    int to = nameless_file();
    if (to < 0)
        return ir_fail(err, "no temporary file for the input in $TMPDIR, /var/tmp or /tmp: %s",
                       strerror(errno));
    char *block = ir_alloc(size, 1);
    int rc = copy(fd, to, block, size, err);
    free(block);
    if (rc == 0 && lseek(to, 0, SEEK_SET) == 0)
        return to;
    close(to);
    return -1;
}
