/* shim.c - stands before pread (LD_PRELOAD) and misbehaves when the samples of a WAV are read whose rate says so, as
 * a decoder with a hole in it would. Built by decode_help.bash. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static void eat_memory(void)
{
    size_t n = (size_t)16 << 20;
    for (char *p; (p = malloc(n)) != NULL;)
        *p = 1;
    exit(2); /* as some libraries do */
}

/* Ways to a file, a process, a socket, other people's memory, more rights: how many of them were not refused. */
static int ways_out(void)
{
    static const struct {
        long call, a, b, c;
    } way[] = {{SYS_openat, AT_FDCWD, (long)"/etc/passwd", O_RDONLY},
               {SYS_memfd_create, (long)"x", 0, 0},
               {SYS_mkdirat, AT_FDCWD, (long)"pwned", 0777},
               {SYS_linkat, AT_FDCWD, (long)"a.wav", AT_FDCWD},
               {SYS_symlinkat, (long)"a.wav", AT_FDCWD, (long)"pwned"},
               {SYS_renameat2, AT_FDCWD, (long)"a.wav", AT_FDCWD},
               {SYS_unlinkat, AT_FDCWD, (long)"a.wav", 0},
               {SYS_truncate, (long)"a.wav", 0, 0},
               {SYS_fchmodat, AT_FDCWD, (long)"a.wav", 0777},
               {SYS_chdir, (long)"/", 0, 0},
               {SYS_chroot, (long)"/", 0, 0},
               {SYS_mount, (long)"x", (long)"/", (long)"tmpfs"},
               {SYS_unshare, 0, 0, 0},
               {SYS_setns, 0, 0, 0},
               {SYS_clone, 17, 0, 0},
               {SYS_socketpair, AF_UNIX, SOCK_STREAM, 0},
               {SYS_sendto, 1, (long)"x", 1},
               {SYS_bind, 0, 0, 0},
               {SYS_setuid, 0, 0, 0},
               {SYS_setrlimit, 0, 0, 0},
               {SYS_process_vm_readv, 1, 0, 0},
               {SYS_pidfd_open, 1, 0, 0},
               {SYS_shmget, 0, 4096, 0666},
               {SYS_ioctl, 0, 0x5412, 0},
               {SYS_getdents64, 3, 0, 0},
               {SYS_readlinkat, AT_FDCWD, (long)"/proc/self/exe", 0},
               {SYS_perf_event_open, 0, 0, 0},
               {SYS_bpf, 0, 0, 0},
               {SYS_keyctl, 0, 0, 0},
               {SYS_inotify_init1, 0, 0, 0},
               {425, 1, 0, 0} /* io_uring_setup */};
    int open_ways = 0;
    for (size_t i = 0; i < sizeof way / sizeof *way; i++) {
        errno = 0;
        if (syscall(way[i].call, way[i].a, way[i].b, way[i].c, 0, 0) >= 0 || (errno != EPERM && errno != ENOSYS))
            open_ways++;
    }
    return open_ways;
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
    case 4011: /* told to the parent by the samples */
        memset(buf, ways_out(), len);
        return (ssize_t)len;
    default:
        break;
    }
    return real(from, buf, len, at);
}
