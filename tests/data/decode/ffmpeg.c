/* ffmpeg.c - stands in PATH for ffmpeg and misbehaves as the sound file on its standard input says: 4 bytes, "ftyp", a
 * letter, a path, a line feed. What was possible that must not be comes out as samples of 1, the rest as 0. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void put(const void *p, size_t n)
{
    if (write(1, p, n) != (ssize_t)n)
        _exit(9);
}

static void wav(float value, int n, unsigned channels)
{
    unsigned char h[44] = "RIFF\377\377\377\377WAVEfmt \20\0\0\0\3\0\1\0\100\37\0\0\0\175\0\0\4\0\40\0data\377\377\377\377";
    h[22] = (unsigned char)channels;
    put(h, 44);
    for (int i = 0; i < n; i++)
        put(&value, 4);
}

static int opens(const char *path, int flags)
{
    return open(path, flags, 0666) >= 0;
}

static int act(char what, const char *path)
{
    switch (what) {
    case 'r':
        return opens(path, O_RDONLY);
    case 'w':
        return opens(path, O_WRONLY | O_CREAT) || opens(path, O_RDWR) || opens(path, O_RDONLY | O_CREAT);
    case 'd':
        return opens(path, O_RDONLY | O_DIRECTORY);
    case 'l': /* by the name of what is open */
        return opens("/proc/self/fd/0", O_RDONLY) == 0;
    case 'u':
        unlink(path);
        return 0;
    case 's':
        return socket(AF_UNIX, SOCK_STREAM, 0) >= 0 || socket(AF_INET, SOCK_DGRAM, 0) >= 0;
    case 'f': {
        pid_t p = fork();
        if (p == 0)
            _exit(0);
        return p > 0;
    }
    case 'x':
        execl("/bin/sh", "sh", "-c", "exit 0", (char *)NULL);
        return 0;
    case 'y': { /* the call by which it was started itself */
        char *argv[] = {(char *)"sh", NULL};
        int fd = open("/lib64/ld-linux-x86-64.so.2", O_RDONLY), high = fd < 0 ? -1 : dup2(fd, 60);
        syscall(SYS_execveat, high >= 0 ? high : 60, "", argv, NULL, AT_EMPTY_PATH);
        return high >= 0;
    }
    case 'k':
        kill(getppid(), SIGTERM);
        return 1;
    case 'm':
        for (char *p; (p = malloc((size_t)16 << 20)) != NULL;)
            memset(p, 1, (size_t)16 << 20);
        exit(1);
    case 'h':
        for (volatile int i = 0;; i++)
            ;
    case 'e': /* nobody hears it any more, and it goes on */
        wav(0, 800, 1);
        close(2);
        for (;;)
            pause();
    case 'c':
        abort();
    case 'n':
        fprintf(stderr, "[error] \033[31msecret\n");
        exit(1);
    case 'z':
        wav(0, 800, 0);
        exit(0);
    default:
        return 0;
    }
}

int main(void)
{
    char h[4096] = "";
    ssize_t n = pread(0, h, sizeof h - 1, 0);
    h[n > 0 ? n : 0] = '\0';
    h[strcspn(h + 9, "\n") + 9] = '\0';
    fprintf(stderr, "ffmpeg version 9.9-fake\n");
    wav(act(h[8], h + 9) ? 1 : 0, 800, 1);
    return 0;
}
