/* fail.c - a library to load before a program (LD_PRELOAD) that lets its n-th call of one kind
 * fail, or kills it there.
 *
 * FAIL=CALL[:N[:ACTION]]   CALL: malloc write fsync rename close open tmpfile linkat read flock
 * socket N: which call from 1; 0: each; without N: count only ACTION: an error number, or "kill"
 * before, "killed" after the call is done; else ENOMEM or EIO FAIL_COUNT=FILE          the number
 * of such calls, written when the program ends Standard streams are not counted: messages must get
 * out. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char kind[32];
static long at = -1;
static int number;
static enum { FAIL, KILL, KILLED } action;
static atomic_long calls;
static atomic_int ready;
static pid_t first;

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);
int fail_here(const char *call);

__attribute__((constructor)) static void start(void)
{
    const char *s = getenv("FAIL");
    first = getpid();
    if (s == NULL)
        return;
    size_t n = strcspn(s, ":");
    if (n >= sizeof kind)
        return;
    memcpy(kind, s, n);
    number = strcmp(kind, "malloc") == 0 ? ENOMEM : EIO;
    if (s[n] == ':') {
        char *end;
        at = strtol(s + n + 1, &end, 10);
        if (strcmp(end, ":kill") == 0)
            action = KILL;
        else if (strcmp(end, ":killed") == 0)
            action = KILLED;
        else if (*end == ':')
            number = atoi(end + 1);
    }
    atomic_store(&ready, 1);
}

__attribute__((destructor)) static void stop(void)
{
    const char *path = getenv("FAIL_COUNT");
    char text[32];
    if (path == NULL || getpid() != first)
        return;
    atomic_store(&ready, 0);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    int n = snprintf(text, sizeof text, "%ld\n", atomic_load(&calls));
    if (fd >= 0 && write(fd, text, (size_t)n) == n)
        close(fd);
}

/* 1: fail, 2: kill once it is done, 0: go on */
int fail_here(const char *call)
{
    if (!atomic_load(&ready) || strcmp(call, kind) != 0)
        return 0;
    long now = atomic_fetch_add(&calls, 1) + 1;
    if (at < 0 || (at != 0 && now != at))
        return 0;
    if (action == KILL)
        kill(getpid(), SIGKILL);
    errno = number;
    return action == KILLED ? 2 : 1;
}

static void *next(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}

/* a call that was done, and perhaps the end */
static long done(long rc, int how)
{
    if (how == 2)
        kill(getpid(), SIGKILL);
    return rc;
}

void *malloc(size_t n)
{
    return fail_here("malloc") ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
    return fail_here("malloc") ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
    return n != 0 && fail_here("malloc") ? NULL : __libc_realloc(p, n);
}

void *aligned_alloc(size_t align, size_t n)
{
    return fail_here("malloc") ? NULL : __libc_memalign(align, n);
}

void *memalign(size_t align, size_t n)
{
    return fail_here("malloc") ? NULL : __libc_memalign(align, n);
}

int posix_memalign(void **p, size_t align, size_t n)
{
    void *got = fail_here("malloc") ? NULL : __libc_memalign(align, n);
    if (got == NULL)
        return ENOMEM;
    *p = got;
    return 0;
}

ssize_t write(int fd, const void *p, size_t n)
{
    ssize_t (*real)(int, const void *, size_t) =
        (ssize_t(*)(int, const void *, size_t))next("write");
    int how = fd > 2 ? fail_here("write") : 0;
    if (how == 1)
        return -1;
    return done(real(fd, p, how == 2 ? n / 2 : n), how); /* killed in the middle of it */
}

ssize_t read(int fd, void *p, size_t n)
{
    ssize_t (*real)(int, void *, size_t) = (ssize_t(*)(int, void *, size_t))next("read");
    int how = fail_here("read");
    return how == 1 ? -1 : done(real(fd, p, n), how);
}

int fsync(int fd)
{
    int (*real)(int) = (int (*)(int))next("fsync");
    int how = fail_here("fsync");
    return how == 1 ? -1 : (int)done(real(fd), how);
}

int close(int fd)
{
    int (*real)(int) = (int (*)(int))next("close");
    int how = fd > 2 ? fail_here("close") : 0;
    if (how == 1) { /* the descriptor is gone all the same */
        int why = errno;
        real(fd);
        errno = why;
        return -1;
    }
    return (int)done(real(fd), how);
}

int rename(const char *from, const char *to)
{
    int (*real)(const char *, const char *) = (int (*)(const char *, const char *))next("rename");
    int how = fail_here("rename");
    return how == 1 ? -1 : (int)done(real(from, to), how);
}

int linkat(int a, const char *from, int b, const char *to, int flags)
{
    int (*real)(int, const char *, int, const char *, int) =
        (int (*)(int, const char *, int, const char *, int))next("linkat");
    int how = fail_here("linkat");
    return how == 1 ? -1 : (int)done(real(a, from, b, to, flags), how);
}

int flock(int fd, int what)
{
    int (*real)(int, int) = (int (*)(int, int))next("flock");
    return fail_here("flock") ? -1 : real(fd, what);
}

int socket(int domain, int type, int protocol)
{
    int (*real)(int, int, int) = (int (*)(int, int, int))next("socket");
    return fail_here("socket") ? -1 : real(domain, type, protocol);
}

static int open_as(const char *name, const char *path, int flags, mode_t mode)
{
    int (*real)(const char *, int, ...) = (int (*)(const char *, int, ...))next(name);
    int how = fail_here("open");
    if (how == 0 && (flags & O_TMPFILE) == O_TMPFILE)
        how = fail_here("tmpfile");
    return how == 1 ? -1 : (int)done(real(path, flags, mode), how);
}

#define OPEN(name)                                                                                 \
    int name(const char *path, int flags, ...)                                                     \
    {                                                                                              \
        va_list ap;                                                                                \
        va_start(ap, flags);                                                                       \
        mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(ap, mode_t) : 0;               \
        va_end(ap);                                                                                \
        return open_as(#name, path, flags, mode);                                                  \
    }
OPEN(open)
OPEN(open64)
