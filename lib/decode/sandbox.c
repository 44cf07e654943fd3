/* sandbox.c - what a worker may still do: use what it has open, and memory. The
 * only file that includes <seccomp.h>. */
#include "ffmpeg.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#define MEMORY_MAX     ((size_t)768 << 20) /* above what the process has when it starts */
#define PROGRAM_MEMORY ((rlim_t)2 << 30)
#define PROGRAM_CPU_S  3600

struct ir_sandbox {
    scmp_filter_ctx filter;
};

static int allow_plain(scmp_filter_ctx f)
{
    static const int calls[] = {
        SCMP_SYS(read),
        SCMP_SYS(readv),
        SCMP_SYS(pread64),
        SCMP_SYS(write),
        SCMP_SYS(writev),
        SCMP_SYS(close),
        SCMP_SYS(fstat),
        SCMP_SYS(newfstatat),
        SCMP_SYS(statx),
        SCMP_SYS(lseek),
        SCMP_SYS(recvmsg),
        SCMP_SYS(poll),
        SCMP_SYS(ppoll),
        SCMP_SYS(brk),
        SCMP_SYS(munmap),
        SCMP_SYS(mremap),
        SCMP_SYS(madvise),
        SCMP_SYS(futex),
        SCMP_SYS(pipe2),
        SCMP_SYS(fcntl),
        SCMP_SYS(dup),
        SCMP_SYS(exit),
        SCMP_SYS(exit_group),
        SCMP_SYS(getrandom),
        SCMP_SYS(rt_sigreturn),
        SCMP_SYS(rt_sigaction),
        SCMP_SYS(rt_sigprocmask),
        SCMP_SYS(clock_gettime),
        SCMP_SYS(gettimeofday),
        SCMP_SYS(sysinfo),
        SCMP_SYS(sched_yield),
        SCMP_SYS(set_robust_list),
        SCMP_SYS(rseq),
        SCMP_SYS(getpid),
        SCMP_SYS(gettid),
        SCMP_SYS(tgkill),
        SCMP_SYS(restart_syscall),
        SCMP_SYS(sched_getaffinity),
        SCMP_SYS(sigaltstack),
    };
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (seccomp_rule_add(f, SCMP_ACT_ALLOW, calls[i], 0) < 0)
            return -1;
    return 0;
}

/* Calls that are fine with some arguments only. */
static int allow_limited(scmp_filter_ctx f)
{
    int rc = 0;
    rc |= seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
                           SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    rc |= seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
                           SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    rc |= seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    return rc;
}

/* Nothing that decodes sound does these: end the process at once. */
static int forbid(scmp_filter_ctx f, bool program)
{
    static const int calls[] = {SCMP_SYS(execve), SCMP_SYS(socket), SCMP_SYS(connect),
                                SCMP_SYS(ptrace), SCMP_SYS(fork),   SCMP_SYS(vfork),
                                SCMP_SYS(kill),   SCMP_SYS(unlink), SCMP_SYS(execveat)};
    for (size_t i = 0; i < sizeof calls / sizeof *calls - program; i++)
        if (seccomp_rule_add(f, SCMP_ACT_KILL_PROCESS, calls[i], 0) < 0)
            return -1;
    return 0;
}

struct ir_sandbox *ir_sandbox_new(void)
{
    struct ir_sandbox *b = ir_zalloc(1, sizeof *b);
    b->filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (b->filter && allow_plain(b->filter) == 0 && allow_limited(b->filter) == 0 &&
        forbid(b->filter, false) == 0)
        return b;
    ir_sandbox_free(b);
    return NULL;
}

void ir_sandbox_free(struct ir_sandbox *b)
{
    if (b && b->filter)
        seccomp_release(b->filter);
    free(b);
}

/* Pages of address space in use, from /proc; 0 when that cannot be read. */
static size_t pages_now(void)
{
    char text[64] = "";
    int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    return n > 0 ? (size_t)strtoul(text, NULL, 10) : 0;
}

/* A program that the filter lets be started: its libraries are mapped, files are opened for
 * reading, threads made; no other program, no process, no socket. */
static int allow_program(scmp_filter_ctx f)
{
    static const int calls[] = {SCMP_SYS(mmap),
                                SCMP_SYS(mprotect),
                                SCMP_SYS(arch_prctl),
                                SCMP_SYS(set_tid_address),
                                SCMP_SYS(readlink),
                                SCMP_SYS(readlinkat),
                                SCMP_SYS(getrusage),
                                SCMP_SYS(nanosleep),
                                SCMP_SYS(clock_nanosleep),
                                SCMP_SYS(clock_getres),
                                SCMP_SYS(getuid),
                                SCMP_SYS(geteuid),
                                SCMP_SYS(getgid),
                                SCMP_SYS(getegid),
                                SCMP_SYS(uname),
                                SCMP_SYS(getcwd),
                                SCMP_SYS(mincore),
                                SCMP_SYS(times),
                                SCMP_SYS(fadvise64)};
    const scmp_datum_t write = O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND;
    int rc = 0;
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        seccomp_rule_add(f, SCMP_ACT_ALLOW, calls[i], 0); /* not every processor has them all */
    rc |= seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1,
                           SCMP_A2(SCMP_CMP_MASKED_EQ, write, O_RDONLY));
    seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(open), 1,
                     SCMP_A1(SCMP_CMP_MASKED_EQ, write, O_RDONLY));
    rc |= seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
                           SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
    rc |= seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 1, SCMP_A2(SCMP_CMP_EQ, 0, 0));
    rc |= seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(execveat), 2,
                           SCMP_A0(SCMP_CMP_EQ, IR_PROGRAM_FD, 0),
                           SCMP_A4(SCMP_CMP_EQ, AT_EMPTY_PATH, 0));
    return rc;
}

struct ir_sandbox *ir_sandbox_program(void)
{
    struct ir_sandbox *b = ir_zalloc(1, sizeof *b);
    b->filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
    if (b->filter && allow_plain(b->filter) == 0 && allow_program(b->filter) == 0 &&
        forbid(b->filter, true) == 0)
        return b;
    ir_sandbox_free(b);
    return NULL;
}

int ir_sandbox_enter_program(const struct ir_sandbox *b, uint64_t file_max)
{
    struct rlimit none = {0, 0}, size = {file_max, file_max},
                  memory = {PROGRAM_MEMORY, PROGRAM_MEMORY};
    struct rlimit cpu = {PROGRAM_CPU_S, PROGRAM_CPU_S + 5};
    struct rlimit files = {IR_PROGRAM_FD - 10,
                           IR_PROGRAM_FD - 10}; /* none gets that number again */
    setrlimit(RLIMIT_CORE, &none);
    setrlimit(RLIMIT_FSIZE, &size);
    setrlimit(RLIMIT_CPU, &cpu);
    setrlimit(RLIMIT_NOFILE, &files);
    if (!IR_SANITIZED)
        setrlimit(RLIMIT_AS, &memory);
    return b && seccomp_load(b->filter) < 0 ? -1 : 0;
}

int ir_sandbox_enter(const struct ir_sandbox *b)
{
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    if (!IR_SANITIZED) { /* the sanitizers reserve terabytes, and write files */
        setrlimit(RLIMIT_FSIZE, &none);
        rlim_t top = (rlim_t)(pages_now() * (size_t)sysconf(_SC_PAGESIZE) + MEMORY_MAX);
        struct rlimit memory = {top, top};
        setrlimit(RLIMIT_AS, &memory);
    }
    return b && seccomp_load(b->filter) < 0 ? -1 : 0;
}
