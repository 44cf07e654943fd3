/* shim.c - stands before pread (LD_PRELOAD) and misbehaves when the samples of a WAV are read whose rate says so, as
 * a decoder with a hole in it would. Built by decode_help.bash. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

static void eat_memory(void)
{
    size_t n = (size_t)16 << 20;
    for (char *p; (p = malloc(n)) != NULL;)
        *p = 1;
    exit(2); /* as some libraries do */
}

ssize_t pread(int from, void *buf, size_t len, off_t at)
{
    ssize_t (*real)(int, void *, size_t, off_t) = (ssize_t(*)(int, void *, size_t, off_t))dlsym(RTLD_NEXT, "pread");
    unsigned char h[28] = {0};
    int fd;
    if (at < 44 || real(from, h, 28, 0) != 28 || memcmp(h, "RIFF", 4) != 0)
        return real(from, buf, len, at);
    switch (h[24] | h[25] << 8) {
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
    case 4009: /* a process of its own, which would write */
        if (fork() == 0) {
            fd = creat("pwned", 0666);
            _exit(fd < 0);
        }
        return 0;
    case 4010: /* somebody else's file, told to the parent by the samples */
        fd = open("/etc/passwd", O_RDONLY);
        memset(buf, fd >= 0 ? 0x7f : 0, len);
        return (ssize_t)len;
    default:
        break;
    }
    return real(from, buf, len, at);
}
