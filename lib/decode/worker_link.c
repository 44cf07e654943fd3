/* worker_link.c - one worker process seen from the parent. Nothing it says is just believed. */
#include "workers.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int ir_link_start(struct ir_link *h, const struct ir_sandbox *box,
                  const struct ir_decode_opts *opts, struct ir_err *err)
{
    int s[2], p[2];
    pid_t parent = getpid();
    *h = (struct ir_link){.jobs = -1, .pipe = -1};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, s) < 0)
        return ir_fail(err, "no socket to a worker: %s", strerror(errno));
    if (pipe2(p, O_CLOEXEC) < 0) {
        int why = errno;
        close(s[0]);
        close(s[1]);
        return ir_fail(err, "no pipe to a worker: %s", strerror(why));
    }
    ir_pipe_widen(p[0]);
    fcntl(p[0], F_SETFL, O_NONBLOCK);
    h->pid = fork();
    if (h->pid == 0)
        ir_worker_main(parent, s[1], p[1], box, opts);
    int why = errno;
    close(s[1]);
    close(p[1]);
    h->jobs = s[0];
    h->pipe = p[0];
    if (h->pid > 0)
        return 0;
    h->pid = 0;
    close(h->jobs);
    close(h->pipe);
    return ir_fail(err, "no worker process: %s", strerror(why));
}

/* ---- giving -------------------------------------------------------------------------------- */

static const char *kind_of(mode_t mode)
{
    return S_ISDIR(mode)    ? "a directory"
           : S_ISFIFO(mode) ? "a named pipe"
           : S_ISSOCK(mode) ? "a socket"
                            : "a device";
}

/* Only regular files: the open itself must not block or act. "-" is stdin as it comes. */
static int open_item(const char *path, uint8_t *stream, struct ir_err *why)
{
    struct stat st;
    *stream = strcmp(path, "-") == 0;
    int fd = *stream ? fcntl(0, F_DUPFD_CLOEXEC, 3)
                     : open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return ir_fail(why, "cannot be opened: %s", strerror(errno));
    if (*stream)
        return fd;
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
        ir_fail(why, "is %s, wanted a regular file", kind_of(st.st_mode));
        close(fd);
        return -1;
    }
    return fd;
}

static bool send_job(int to, const struct ir_job *job, int fd)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    memset(&control, 0, sizeof control);
    struct iovec v = {(void *)(uintptr_t)job, sizeof *job};
    struct msghdr m = {.msg_iov = &v,
                       .msg_iovlen = 1,
                       .msg_control = control.bytes,
                       .msg_controllen = sizeof control.bytes};
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(c), &fd, sizeof fd);
    ssize_t n;
    do
        n = sendmsg(to, &m, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)sizeof *job;
}

int ir_link_give(struct ir_link *h, const struct ir_item *item, struct ir_task *task,
                 struct ir_spool *spools, const struct ir_decode_opts *opts, struct ir_err *why)
{
    struct ir_job job;
    memset(&job, 0, sizeof job);
    job.start_s = item->start_s;
    job.length_s = item->length_s;
    job.piece = task->piece;
    int fd = open_item(item->path, &job.stream, why);
    if (fd < 0)
        return 1;
    const struct ir_spool *s = job.stream ? NULL : ir_spool_find(spools, item->path, fd);
    task->cut.decoder[0] = '\0';
    if (s) {
        job.spooled = 1;
        job.foreign = s->is;
        snprintf(task->cut.decoder, sizeof task->cut.decoder, "ffmpeg %s", s->version);
    }
    bool sent = send_job(h->jobs, &job, s ? s->out : fd);
    close(fd);
    h->busy = true;
    h->task = task;
    h->served++;
    ir_link_renew(h, opts);
    return sent ? 0 : -1;
}

int ir_link_spool(struct ir_link *h, const struct ir_item *item, struct ir_ffmpeg *ffmpeg,
                  struct ir_err *why)
{
    uint8_t stream;
    if (!ir_ffmpeg_find(ffmpeg)) {
        const char *text = strrchr(h->text, '\t'); /* what the worker says to this */
        ir_fail(why, "%s", text ? text + 1 : "the decoder sent what cannot be right");
        return 1;
    }
    int fd = open_item(item->path, &stream, why);
    if (fd >= 0)
        h->spool = ir_spool_start(ffmpeg, item->path, fd, h->text, why);
    h->silent_s = 0;
    return h->spool ? 0 : 1;
}

void ir_link_renew(struct ir_link *h, const struct ir_decode_opts *opts)
{
    clockid_t clock;
    struct timespec t;
    struct rlimit limit;
    h->silent_s = h->renewed_s = 0;
    if (opts->timeout_s <= 0 || clock_getcpuclockid(h->pid, &clock) != 0 ||
        clock_gettime(clock, &t) != 0 || prlimit(h->pid, RLIMIT_CPU, NULL, &limit) != 0)
        return;
    rlim_t top = (rlim_t)t.tv_sec + (rlim_t)ceil(2 * opts->timeout_s) + 2;
    limit.rlim_cur = limit.rlim_max == RLIM_INFINITY || top < limit.rlim_max ? top : limit.rlim_max;
    prlimit(h->pid, RLIMIT_CPU, &limit, NULL);
}

/* ---- reading ------------------------------------------------------------------------------- */

static bool head_is_sane(const struct ir_link *h, const struct ir_cut *cut)
{
    uint32_t n = h->head.bytes;
    switch (h->head.msg) {
    case IR_MSG_INFO:
        return n == sizeof(struct ir_info) && !cut->known;
    case IR_MSG_DATA:
        return cut->known && n > 0 && n <= IR_MSG_MAX &&
               n % (cut->info.channels * sizeof(float)) == 0;
    case IR_MSG_BAD:
    case IR_MSG_REMARK:
    case IR_MSG_DAMAGE:
    case IR_MSG_FOREIGN:
    case IR_MSG_NOTE:
        return n <= IR_TEXT_MAX;
    default:
        return h->head.msg == IR_MSG_DONE && n == 0;
    }
}

static bool take_info(const struct ir_link *h, struct ir_cut *cut)
{
    memcpy(&cut->info, h->text, sizeof cut->info);
    cut->known = cut->info.rate_hz >= IR_DECODE_RATE_MIN &&
                 cut->info.rate_hz <= IR_DECODE_RATE_MAX && cut->info.channels >= 1 &&
                 cut->info.channels <= IR_DECODE_CHANNELS_MAX && isfinite(cut->info.start_s) &&
                 cut->info.pieces >= 1 && cut->info.pieces <= IR_PIECES_MAX;
    return cut->known;
}

int ir_link_read(struct ir_link *h, struct ir_cut *cut, enum ir_msg *msg)
{
    char *to;
    size_t want;
    bool in_head = h->head_got < sizeof h->head;
    *msg = 0;
    if (in_head) {
        to = (char *)&h->head + h->head_got;
        want = sizeof h->head - h->head_got;
    } else {
        want = h->head.bytes - h->body_got;
        if (h->head.msg == IR_MSG_DATA) {
            ir_grow(&cut->pend.data, &cut->pend.cap, cut->pend.len + want, 1);
            to = cut->pend.data + cut->pend.len;
        } else {
            to = h->text + h->body_got;
        }
    }
    ssize_t n;
    do
        n = read(h->pipe, to, want);
    while (n < 0 && errno == EINTR);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return 0;
    if (n <= 0)
        return -1;
    if (in_head) {
        h->head_got += (size_t)n;
        if (h->head_got < sizeof h->head)
            return 1;
        if (!head_is_sane(h, cut))
            return -2;
    } else {
        h->body_got += (size_t)n;
        if (h->head.msg == IR_MSG_DATA)
            cut->pend.len += (size_t)n;
    }
    if (h->body_got < h->head.bytes)
        return 1;
    if (h->head.msg != IR_MSG_DATA)
        h->text[h->body_got] = '\0';
    if (h->head.msg == IR_MSG_INFO && !take_info(h, cut))
        return -2;
    *msg = (enum ir_msg)h->head.msg;
    h->head_got = h->body_got = 0;
    return 1;
}

/* ---- the end ------------------------------------------------------------------------------- */

static void say_end(int status, struct ir_err *why)
{
    if (WIFEXITED(status) && (WEXITSTATUS(status) == 1 || WEXITSTATUS(status) == 2))
        ir_fail(why, "the decoder ran out of the memory that it may use");
    else if (WIFEXITED(status))
        ir_fail(why, "the decoder ended without a result (status %d)", WEXITSTATUS(status));
    else if (WTERMSIG(status) == SIGXCPU)
        ir_fail(why, "the decoder used too much processor time");
    else if (WTERMSIG(status) == SIGSYS)
        ir_fail(why, "the decoder tried a forbidden system call");
    else
        ir_fail(why, "the decoder crashed (signal %d, %s)", WTERMSIG(status),
                strsignal(WTERMSIG(status)));
}

void ir_link_stop(struct ir_link *h, struct ir_err *why)
{
    int status = 0;
    ir_spool_free(h->spool);
    h->spool = NULL;
    if (h->pid == 0)
        return;
    kill(h->pid, SIGKILL); /* one that is ending keeps its own status */
    close(h->jobs);
    close(h->pipe);
    while (waitpid(h->pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (why)
        say_end(status, why);
    *h = (struct ir_link){.jobs = -1, .pipe = -1};
}
