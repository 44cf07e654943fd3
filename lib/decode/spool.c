/* spool.c - input that cannot be read twice, into a file without a name. */
#include "decode.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
    int to = ir_temporary(err);
    if (to < 0)
        return ir_fail_in(err, "standard input");
    char *block = ir_alloc(size, 1);
    int rc = copy(fd, to, block, size, err);
    free(block);
    if (rc == 0 && lseek(to, 0, SEEK_SET) == 0)
        return to;
    close(to);
    return -1;
}
