/* shim.c - stands before libsox's sox_read (LD_PRELOAD) and misbehaves when a sound has a rate that says so, as a
 * decoder with a hole in it would. Built by decode_faults.bats. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <sox.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void eat_memory(void)
{
    size_t n = (size_t)16 << 20;
    for (char *p; (p = malloc(n)) != NULL;)
        *p = 1;
    exit(2); /* as libsox does */
}

size_t sox_read(sox_format_t *f, sox_sample_t *buf, size_t len)
{
    size_t (*real)(sox_format_t *, sox_sample_t *, size_t) =
        (size_t(*)(sox_format_t *, sox_sample_t *, size_t))dlsym(RTLD_NEXT, "sox_read");
    int fd;
    switch ((int)f->signal.rate) {
    case 4001:
        *(volatile int *)8 = 1;
        break;
    case 4002:
        for (volatile int i = 0;; i++)
            ;
    case 4003:
        eat_memory();
        break;
    case 4004:
        execl("/bin/sh", "sh", "-c", "echo > pwned", (char *)NULL);
        break;
    case 4005: /* nonsense to the parent */
        memset(buf, 0x55, 4096);
        for (fd = 3; fd < 20; fd++)
            if (write(fd, buf, 4096) < 0)
                continue;
        break;
    case 4006: /* a file that must not come into being */
        fd = open("pwned", O_WRONLY | O_CREAT, 0666);
        if (fd >= 0)
            close(fd);
        return 0;
    case 4007:
        fd = socket(AF_INET, SOCK_STREAM, 0);
        return 0;
    case 4008:
        abort();
    case 4009: /* more than was asked for ever ends */
        memset(buf, 0, len * sizeof *buf);
        return len;
    default:
        break;
    }
    return real(f, buf, len);
}
