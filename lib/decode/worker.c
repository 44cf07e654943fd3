/* worker.c - the inside of a worker process: one file after another from the parent, samples back
 * over a pipe with writev(2). Whatever happens here costs one clip. */
#include "sound.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* ---- messages ------------------------------------------------------------------------------ */

void ir_send_message(int pipe, enum ir_msg msg, const void *body, size_t n)
{
    struct ir_msg_head h = {(uint32_t)msg, (uint32_t)n};
    struct iovec v[2] = {{&h, sizeof h}, {(void *)(uintptr_t)body, n}};
    size_t left = sizeof h + n;
    while (left > 0) {
        ssize_t put = writev(pipe, v, 2);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            _exit(0); /* nobody listens any more */
        left -= (size_t)put;
        for (int i = 0; i < 2; i++) {
            size_t part = (size_t)put < v[i].iov_len ? (size_t)put : v[i].iov_len;
            v[i].iov_base = (char *)v[i].iov_base + part;
            v[i].iov_len -= part;
            put -= (ssize_t)part;
        }
    }
}

void ir_send_text(int pipe, enum ir_msg msg, const char *text)
{
    size_t n = strlen(text);
    ir_send_message(pipe, msg, text, n < IR_TEXT_MAX ? n : IR_TEXT_MAX);
}

static void do_job(struct ir_sound_file *f, int fd, const struct ir_job *job, int pipe,
                   const struct ir_decode_opts *opts, float *out)
{
    struct ir_err err = {""};
    int rc = ir_clip_decode(f, fd, job, pipe, opts, out, &err);
    if (rc < 0)
        ir_send_text(pipe, IR_MSG_BAD, err.text);
    else if (rc == 0)
        ir_send_message(pipe, IR_MSG_DONE, NULL, 0);
}

/* ---- the process --------------------------------------------------------------------------- */

/* One job and its file (*fd -1: no room for it); false when the parent is done with us. */
static bool next_job(int jobs, struct ir_job *job, int *fd)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec v = {job, sizeof *job};
    struct msghdr m = {.msg_iov = &v,
                       .msg_iovlen = 1,
                       .msg_control = control.bytes,
                       .msg_controllen = sizeof control.bytes};
    ssize_t n;
    do
        n = recvmsg(jobs, &m, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    *fd = -1;
    if (n == (ssize_t)sizeof *job && c && c->cmsg_type == SCM_RIGHTS)
        memcpy(fd, CMSG_DATA(c), sizeof *fd);
    return n == (ssize_t)sizeof *job;
}

/* A library that calls exit() when memory runs out: nothing of the parent's may be flushed. */
static void leave(void)
{
    _exit(2);
}

/* By its number: libc has the name since glibc 2.34 alone. */
void ir_close_fds(int from, int to)
{
    if (from > to)
        return;
#ifdef SYS_close_range
    if (syscall(SYS_close_range, (unsigned)from, (unsigned)to, 0) == 0)
        return;
#endif
    for (int i = from; i <= to && i < 4096; i++) /* an old kernel */
        close(i);
}

/* Keep the two channels to the parent, nothing else of its open files. */
static void close_the_rest(int jobs, int pipe)
{
    int a = jobs < pipe ? jobs : pipe, b = jobs < pipe ? pipe : jobs;
    ir_close_fds(3, a - 1);
    ir_close_fds(a + 1, b - 1);
    ir_close_fds(b + 1, INT_MAX);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int i = 0; i < (IR_SANITIZED ? 2 : 3); i++)
        dup2(null, i);
    close(null);
}

_Noreturn void ir_worker_main(pid_t parent, int jobs, int pipe, const struct ir_sandbox *box,
                              const struct ir_decode_opts *opts)
{
    struct ir_job job;
    int fd;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(0);
    signal(SIGBUS, SIG_DFL);
    signal(SIGSEGV, SIG_DFL);
    signal(SIGPIPE, SIG_IGN);
    close_the_rest(jobs, pipe);
    atexit(leave);
    float *out = ir_alloc(IR_MSG_MAX, 1);
    struct ir_sound_file *f = ir_file_new();
    if (ir_sandbox_enter(box) < 0)
        ir_send_text(pipe, IR_MSG_NOTE,
                     "the workers run without a system call filter: this machine "
                     "does not accept one");
    while (next_job(jobs, &job, &fd)) {
        if (fd >= 0)
            do_job(f, fd, &job, pipe, opts, out);
        else
            ir_send_text(pipe, IR_MSG_BAD, "cannot be opened: too many open files");
    }
    _exit(0);
}
