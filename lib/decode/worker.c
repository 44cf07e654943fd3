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

#define CUT_SLACK_S 0.1 /* a cut that ends so little after the sound is taken as far as it goes */
#define BLOCK       ((size_t)8192)
#define REST_MAX    ((uint64_t)1 << 30)

/* ---- messages ------------------------------------------------------------------------------ */

static void send_message(int pipe, enum ir_msg msg, const void *body, size_t n)
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

static void send_text(int pipe, enum ir_msg msg, const char *text)
{
    size_t n = strlen(text);
    send_message(pipe, msg, text, n < IR_TEXT_MAX ? n : IR_TEXT_MAX);
}

/* ---- one clip ------------------------------------------------------------------------------ */

struct work {
    const struct ir_decode_opts *opts;
    const struct ir_job *job;
    int pipe;
    struct ir_source s;
    struct ir_sox *x;
    unsigned out_channels, lanes; /* lanes: channels that are resampled */
    struct ir_rate *rate[IR_DECODE_CHANNELS_MAX];
    float *block, *lane[IR_DECODE_CHANNELS_MAX]; /* BLOCK frames */
    uint64_t skip, keep, at, kept;               /* frames of the source */
    float *out;                                  /* interleaved, IR_MSG_MAX bytes */
    size_t out_n;
};

static void flush_out(struct work *w)
{
    if (w->out_n > 0)
        send_message(w->pipe, IR_MSG_DATA, w->out, w->out_n * sizeof(float));
    w->out_n = 0;
}

/* n samples of each lane to the pipe; one lane may feed several channels. */
static void put_lanes(struct work *w, const float *const *lane, size_t n)
{
    unsigned ch = w->out_channels;
    size_t room = IR_MSG_MAX / sizeof(float) / ch;
    for (size_t done = 0; done < n;) {
        size_t filled = w->out_n / ch, now = n - done < room - filled ? n - done : room - filled;
        float *to = w->out + w->out_n;
        if (ch == 1)
            memcpy(to, lane[0] + done, now * sizeof(float));
        else
            for (unsigned k = 0; k < ch; k++)
                for (size_t i = 0; i < now; i++)
                    to[i * ch + k] = lane[w->lanes == 1 ? 0 : k][done + i];
        w->out_n += now * ch;
        done += now;
        if (filled + now == room)
            flush_out(w);
    }
    if (w->s.stream)
        flush_out(w);
}

static void average(float *to, const float *in, size_t n, unsigned ch)
{
    if (ch == 2) {
        for (size_t i = 0; i < n; i++)
            to[i] = 0.5f * (in[2 * i] + in[2 * i + 1]);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (unsigned k = 0; k < ch; k++)
            sum += (double)in[i * ch + k];
        to[i] = (float)(sum / ch);
    }
}

static void process(struct work *w, const float *in, size_t n)
{
    unsigned ch = w->s.channels;
    const float *lane[IR_DECODE_CHANNELS_MAX];
    for (unsigned k = 0; k < w->lanes; k++) {
        lane[k] = w->lane[k];
        if (ch == 1)
            lane[k] = in;
        else if (w->lanes == 1)
            average(w->lane[0], in, n, ch);
        else
            for (size_t i = 0; i < n; i++)
                w->lane[k][i] = in[i * ch + k];
    }
    if (w->rate[0]) {
        size_t out = 0;
        for (unsigned k = 0; k < w->lanes; k++)
            out = ir_rate_push(w->rate[k], lane[k], n, &lane[k]);
        n = out;
    }
    put_lanes(w, lane, n);
}

static void drain(struct work *w)
{
    const float *lane[IR_DECODE_CHANNELS_MAX];
    size_t n = w->rate[0] && w->kept > 0 ? 1 : 0;
    while (n > 0) {
        for (unsigned k = 0; k < w->lanes; k++)
            n = ir_rate_drain(w->rate[k], &lane[k]);
        put_lanes(w, lane, n);
    }
    flush_out(w);
}

/* --max-seconds for this clip; 0: no limit. */
static double seconds_allowed(const struct work *w)
{
    return w->s.stream ? w->opts->stream_seconds : w->opts->max_seconds;
}

/* Which frames of the source are wanted. */
static int plan_cut(struct work *w, struct ir_err *err)
{
    double rate = w->s.rate_hz;
    uint64_t start = (uint64_t)llround(w->job->start_s * rate);
    w->skip = w->s.skip + start;
    w->keep = w->s.keep;
    if (w->keep == IR_FRAMES_UNKNOWN && w->s.frames != IR_FRAMES_UNKNOWN)
        w->keep = w->s.frames;
    if (w->keep != IR_FRAMES_UNKNOWN) {
        if (start >= w->keep)
            return ir_fail(err, "the cut starts at %g s, the sound is %g s long", w->job->start_s,
                           (double)w->keep / rate);
        w->keep -= start;
    }
    double seconds = (double)w->keep / rate, most = seconds_allowed(w);
    if (w->job->length_s > 0) {
        uint64_t n = (uint64_t)llround(w->job->length_s * rate);
        if (w->keep == IR_FRAMES_UNKNOWN || n < w->keep)
            w->keep = n > 0 ? n : 1;
        seconds = w->job->length_s;
    }
    if (most > 0 && w->keep != IR_FRAMES_UNKNOWN && seconds > most)
        return ir_fail(err, "is %.10g s long, more than --max-seconds %g", seconds, most);
    return 0;
}

static int plan_channels(struct work *w, struct ir_err *err)
{
    unsigned have = w->s.channels, want = w->opts->channels;
    w->out_channels = want ? want : have;
    w->lanes = w->out_channels == 1 || have == 1 ? 1 : have;
    if (want > 1 && have > 1 && want != have)
        return ir_fail(err, "has %u channels, --channels %u wanted (1 averages them)", have, want);
    double out_hz = w->opts->rate_hz > 0 ? w->opts->rate_hz : w->s.rate_hz;
    w->block = ir_alloc(BLOCK * have, sizeof *w->block);
    for (unsigned k = 0; k < w->lanes; k++) {
        w->lane[k] = ir_alloc(BLOCK, sizeof(float));
        if (out_hz != w->s.rate_hz && !(w->rate[k] = ir_rate_new(w->s.rate_hz, out_hz, err)))
            return -1;
    }
    struct ir_info info = {out_hz, w->job->start_s, w->out_channels};
    send_message(w->pipe, IR_MSG_INFO, &info, sizeof info);
    return 0;
}

static int read_all(struct work *w, struct ir_err *err)
{
    bool cut = w->job->length_s > 0;
    double seconds = seconds_allowed(w);
    uint64_t most = seconds > 0 ? (uint64_t)(seconds * w->s.rate_hz) : IR_FRAMES_UNKNOWN;
    if (ir_sox_seek(w->x, w->skip))
        w->at = w->skip;
    for (;;) {
        long got = ir_sox_read(w->x, w->block, BLOCK, err);
        if (got < 0)
            return -1;
        uint64_t n = (uint64_t)got, from = w->skip > w->at ? w->skip - w->at : 0;
        if (from < n) {
            uint64_t take = n - from < w->keep - w->kept ? n - from : w->keep - w->kept;
            w->kept += take;
            if (w->kept > most)
                return ir_fail(err, "is longer than --max-seconds %g", seconds);
            if (take > 0)
                process(w, w->block + from * w->s.channels, (size_t)take);
        }
        w->at += n;
        if (got == 0 || (cut && w->kept == w->keep))
            break;
    }
    return 0;
}

static int check_cut(const struct work *w, struct ir_err *err)
{
    double rate = w->s.rate_hz, want = w->job->length_s, got = (double)w->kept / rate;
    if (w->kept == 0 && w->job->start_s > 0)
        return ir_fail(err, "the cut starts at %g s, after the end of the sound", w->job->start_s);
    if (w->kept == 0)
        return ir_fail(err, "%s holds no samples", w->s.name);
    if (want > 0 && got < want - CUT_SLACK_S)
        return ir_fail(err, "the cut of %g s from %g s on has only %.6g s of sound", want,
                       w->job->start_s, got);
    return 0;
}

/* What stands behind the sound in a pipe is read too, within reason: its program would die of a
 * broken pipe. */
static void read_to_the_end(int fd)
{
    char waste[16 << 10];
    uint64_t done = 0;
    for (ssize_t n = 1; n > 0 && done<REST_MAX; done += n> 0 ? (uint64_t)n : 0)
        n = read(fd, waste, sizeof waste);
}

static int decode_clip(struct work *w, int fd, struct ir_err *err)
{
    const struct ir_decode_opts *o = w->opts;
    uint64_t size = 0;
    w->s = IR_SOURCE_NEW;
    w->s.stream = w->job->stream;
    if (o->raw) {
        w->s.kind = IR_KIND_RAW;
        w->s.name = "raw sound";
        w->s.rate_hz = o->raw_rate_hz;
        w->s.channels = o->raw_channels;
        w->s.coding = o->coding;
        w->s.big_endian = o->big_endian;
    } else if (w->s.stream) {
        if (ir_probe_wav_pipe(fd, &w->s, err) < 0)
            return -1;
    } else {
        struct stat st;
        if (fstat(fd, &st) < 0 || st.st_size < 0)
            return ir_fail(err, "cannot be read");
        size = (uint64_t)st.st_size;
        if (ir_probe(fd, size, &w->s, err) < 0)
            return -1;
    }
    if (plan_cut(w, err) < 0 || plan_channels(w, err) < 0)
        return -1;
    if (w->s.kind == IR_KIND_MP3 && w->job->start_s > 0)
        w->skip -= ir_mpeg_seek(fd, size, &w->s, w->skip);
    if (!(w->x = ir_sox_open(fd, &w->s, err)) || read_all(w, err) < 0)
        return -1;
    struct ir_sox *x = w->x;
    w->x = NULL;
    if (ir_sox_close(x, err) < 0 || check_cut(w, err) < 0)
        return -1;
    drain(w);
    if (w->s.stream)
        read_to_the_end(fd);
    return 0;
}

static void do_job(int fd, const struct ir_job *job, int pipe, const struct ir_decode_opts *opts,
                   float *out)
{
    struct work w = {.opts = opts, .job = job, .pipe = pipe, .out = out};
    struct ir_err err = {""};
    int rc = decode_clip(&w, fd, &err);
    if (w.x)
        ir_sox_close(w.x, NULL);
    for (unsigned k = 0; k < IR_DECODE_CHANNELS_MAX; k++) {
        ir_rate_free(w.rate[k]);
        free(w.lane[k]);
    }
    free(w.block);
    close(fd);
    if (rc < 0)
        send_text(pipe, IR_MSG_BAD, err.text);
    else
        send_message(pipe, IR_MSG_DONE, NULL, 0);
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

/* libsox calls exit() when memory runs out: nothing of the parent's may be flushed. */
static void leave(void)
{
    _exit(2);
}

/* By its number: libc has the name since glibc 2.34 alone. */
static void close_from_to(int from, int to)
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
    close_from_to(3, a - 1);
    close_from_to(a + 1, b - 1);
    close_from_to(b + 1, INT_MAX);
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
    if (ir_sandbox_enter(box) < 0)
        send_text(pipe, IR_MSG_NOTE,
                  "the workers run without a system call filter: this machine "
                  "does not accept one");
    while (next_job(jobs, &job, &fd)) {
        if (fd >= 0)
            do_job(fd, &job, pipe, opts, out);
        else
            send_text(pipe, IR_MSG_BAD, "cannot be opened: too many open files");
    }
    _exit(0);
}
