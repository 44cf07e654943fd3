/* ffmpeg.c - one file through the program ffmpeg: start it in its box, hear what it says, judge how
 * it ended. Nothing that it says is shown, or believed further than a number goes. */
#include "ffmpeg.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define FILE_MAX   ((uint64_t)64 << 30)
#define FILE_FLOOR ((uint64_t)256 << 20) /* and 4096 bytes more for each byte of the sound */
#define WORDS      48

/* ---- finding it ---------------------------------------------------------------------------- */

/* A program of this machine itself: a script could not be let run without a shell. */
static bool is_program(int fd)
{
    struct stat st;
    char h[4];
    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 0111) &&
           pread(fd, h, 4, 0) == 4 && memcmp(h, "\177ELF", 4) == 0;
}

bool ir_ffmpeg_find(struct ir_ffmpeg *f)
{
    const char *path = getenv("PATH");
    char *all = ir_strdup(path ? path : "/usr/local/bin:/usr/bin:/bin"), *save = NULL;
    if (!f->looked)
        f->fd = -1;
    for (char *d = f->looked ? NULL : strtok_r(all, ":", &save); d && f->fd < 0;
         d = strtok_r(NULL, ":", &save)) {
        struct ir_buf b = {0};
        char real[PATH_MAX];
        ir_buf_printf(&b, "%s/ffmpeg", d);
        int fd = open(b.data, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        if (fd >= 0 && is_program(fd) && realpath(b.data, real)) {
            f->fd = fd;
            f->path = ir_strdup(real);
            f->box = ir_sandbox_program();
            f->landlock = ir_landlock();
        } else if (fd >= 0) {
            close(fd);
        }
        ir_buf_free(&b);
    }
    free(all);
    f->looked = true;
    return f->fd >= 0;
}

void ir_ffmpeg_free(struct ir_ffmpeg *f)
{
    if (f->looked && f->fd >= 0)
        close(f->fd);
    free(f->path);
    ir_sandbox_free(f->box);
    *f = (struct ir_ffmpeg){0};
}

/* ---- starting it --------------------------------------------------------------------------- */

/* Its command line; `whole`: the input can be opened by name, to go to any place in it. */
static void command(char *argv[WORDS], const char *format, bool whole)
{
    const char *const words[] = {"ffmpeg",
                                 "-nostdin",
                                 "-nostats",
                                 "-loglevel",
                                 "level+info",
                                 "-threads",
                                 "1",
                                 "-protocol_whitelist",
                                 "file,pipe",
                                 "-f",
                                 format,
                                 "-i",
                                 whole ? "file:/dev/stdin" : "pipe:0",
                                 "-map",
                                 "0:a:0",
                                 "-filter_threads",
                                 "1",
                                 "-c:a",
                                 "pcm_f32le",
                                 "-bitexact",
                                 "-map_metadata",
                                 "-1",
                                 "-map_chapters",
                                 "-1",
                                 "-f",
                                 "wav",
                                 "-rf64",
                                 "never",
                                 "pipe:1"};
    size_t n = sizeof words / sizeof *words;
    for (size_t i = 0; i < n; i++)
        argv[i] = (char *)(uintptr_t)words[i];
    argv[n] = NULL;
}

static _Noreturn void become(const struct ir_ffmpeg *f, pid_t parent, int in, int out, int said,
                             const char *format)
{
    char *argv[WORDS], library[PATH_MAX + 20];
    char *env[] = {(char *)(uintptr_t) "LC_ALL=C", (char *)(uintptr_t) "AV_LOG_FORCE_NOCOLOR=1",
                   library, NULL};
    const char *where = getenv("LD_LIBRARY_PATH");
    struct stat st;
    sigset_t none;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(0);
    snprintf(library, sizeof library, "LD_LIBRARY_PATH=%s", where ? where : "");
    env[2] = where ? library : NULL;
    for (int i = 1; i < 32; i++)
        signal(i, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (dup3(f->fd, IR_PROGRAM_FD, O_CLOEXEC) < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 ||
        dup2(said, 2) < 0 || fstat(0, &st) < 0 || chdir("/") < 0)
        _exit(126);
    ir_close_fds(3, IR_PROGRAM_FD - 1);
    ir_close_fds(IR_PROGRAM_FD + 1, INT_MAX);
    command(argv, format, access("/dev/stdin", R_OK) == 0);
    uint64_t most = FILE_FLOOR + (uint64_t)st.st_size * 4096;
    if ((f->landlock > 0 && ir_landlock_enter(f->landlock, 0, f->path) < 0) ||
        ir_sandbox_enter_program(f->box, most < FILE_MAX ? most : FILE_MAX) < 0)
        _exit(126);
    syscall(SYS_execveat, IR_PROGRAM_FD, "", argv, env, AT_EMPTY_PATH);
    _exit(127);
}

/* The three fields of IR_MSG_FOREIGN: format, name, damage seen; only what is in our own table is
 * taken for a format. */
static bool parse_foreign(const char *text, const char **format, struct ir_foreign *is)
{
    const char *name = strchr(text, '\t'), *found = name ? strchr(name + 1, '\t') : NULL;
    const char *end = found ? strchr(found + 1, '\t') : NULL;
    if (!end || !(*format = ir_foreign_format(text, (size_t)(name - text))))
        return false;
    snprintf(is->name, sizeof is->name, "%.*s", (int)(found - name - 1), name + 1);
    snprintf(is->found, sizeof is->found, "%.*s", (int)(end - found - 1), found + 1);
    return true;
}

struct ir_spool *ir_spool_start(const struct ir_ffmpeg *f, const char *path, int fd,
                                const char *text, struct ir_err *why)
{
    struct ir_spool *s = ir_zalloc(1, sizeof *s);
    const char *format = NULL;
    pid_t parent = getpid();
    int p[2];
    s->path = ir_strdup(path);
    s->out = s->said = -1;
    if (!parse_foreign(text, &format, &s->is) || fstat(fd, &s->st) < 0) {
        ir_fail(why, "the decoder sent what cannot be right");
    } else if ((s->out = ir_temporary(why)) >= 0 && pipe2(p, O_CLOEXEC) == 0) {
        s->said = p[0];
        fcntl(s->said, F_SETFL, O_NONBLOCK);
        s->pid = fork();
        if (s->pid == 0)
            become(f, parent, fd, s->out, p[1], format);
        if (s->pid < 0)
            ir_fail(why, "no process for ffmpeg: %s", strerror(errno));
        close(p[1]);
    } else if (s->out >= 0) {
        ir_fail(why, "no pipe to ffmpeg: %s", strerror(errno));
    }
    close(fd);
    if (s->pid > 0)
        return s;
    s->pid = 0;
    ir_spool_free(s);
    return NULL;
}

/* ---- what it says -------------------------------------------------------------------------- */

static bool says(const char *line, const char *words)
{
    return strstr(line, words) != NULL;
}

static void take_version(struct ir_spool *s, const char *at)
{
    static const char fine[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                               ".+-~_";
    size_t n = strspn(at, fine);
    if (!*s->version && n > 0)
        snprintf(s->version, sizeof s->version, "%.*s", n < 50 ? (int)n : 50, at);
}

/* One line of its log, made with -loglevel level+info. */
static void take_line(struct ir_spool *s, const char *line)
{
    const char *at;
    unsigned h, m;
    double sec;
    if ((at = strstr(line, "ffmpeg version ")) != NULL)
        take_version(s, at + 15);
    if (!s->past_input && (at = strstr(line, "Duration: ")) != NULL &&
        sscanf(at + 10, "%u:%u:%lf", &h, &m, &sec) == 3 && h < 100000 && m < 60 && sec >= 0 &&
        sec < 61)
        s->is.promised_s = h * 3600.0 + m * 60.0 + sec;
    s->past_input |= says(line, "Stream mapping:");
    s->estimated |= says(line, "Estimating duration");
    s->silent |= says(line, "matches no streams");
    if (!s->past_input && says(line, "Stream #0:")) {
        s->is.tracks += says(line, ": Audio:");
        s->video |= says(line, ": Video:") && !says(line, "attached pic");
    }
    bool corrupt = says(line, "corrupt input packet");
    s->is.errors += corrupt || says(line, "[error]") || says(line, "[fatal]");
    s->is.places += says(line, "Error while decoding") || says(line, "Error submitting packet") ||
                    says(line, "CRC mismatch");
    s->stubs += says(line, "Packet is too small");
    s->is.cut |= corrupt || says(line, "partial file") || says(line, "ended prematurely") ||
                 says(line, "Input/output error");
}

bool ir_spool_hear(struct ir_spool *s)
{
    char block[4096];
    for (;;) {
        ssize_t n = read(s->said, block, sizeof block);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return false;
        if (n <= 0)
            return true;
        for (ssize_t i = 0; i < n; i++) {
            bool end = block[i] == '\n';
            if (!end && s->line_n + 1 < sizeof s->line)
                s->line[s->line_n++] = block[i] ? block[i] : ' ';
            if (!end)
                continue;
            s->line[s->line_n] = '\0';
            take_line(s, s->line);
            s->line_n = 0;
        }
    }
}

bool ir_spool_grew(struct ir_spool *s)
{
    struct stat st;
    bool grew = fstat(s->out, &st) == 0 && st.st_size > s->grown;
    if (grew)
        s->grown = st.st_size;
    return grew;
}

/* ---- how it ended -------------------------------------------------------------------------- */

static int killed(int sig, struct ir_err *why)
{
    if (sig == SIGSYS)
        return ir_fail(why, "ffmpeg tried a forbidden system call");
    if (sig == SIGXCPU)
        return ir_fail(why, "ffmpeg used too much processor time");
    if (sig == SIGXFSZ)
        return ir_fail(why, "ffmpeg gave more sound than such a file can hold");
    return ir_fail(why, "ffmpeg crashed (signal %d, %s)", sig, strsignal(sig));
}

int ir_spool_end(struct ir_spool *s, struct ir_err *why)
{
    struct stat st;
    int status = 0;
    kill(s->pid, SIGKILL); /* one that is ending keeps its own status */
    while (waitpid(s->pid, &status, 0) < 0 && errno == EINTR)
        ;
    s->pid = 0;
    close(s->said);
    s->said = -1;
    if (WIFSIGNALED(status))
        return killed(WTERMSIG(status), why);
    if (WEXITSTATUS(status) == 126 || WEXITSTATUS(status) == 127)
        return ir_fail(why, "is %s, and the program ffmpeg that reads it does not start here",
                       s->is.name);
    if (s->silent)
        return ir_fail(why, "%s holds no sound", s->is.name);
    if (fstat(s->out, &st) < 0 || st.st_size <= 80)
        return ir_fail(why,
                       "is %s that ffmpeg %s cannot decode: damaged, cut short, or of a kind that "
                       "it does not know",
                       s->is.name, s->version);
    if (s->stubs == 1 && s->is.places == 1 && s->is.errors == 2)
        s->is.errors = s->is.places = 0; /* its length tells whether any sound is missing */
    if (s->estimated || s->video)
        s->is.promised_s = 0;
    s->is.cut |= WEXITSTATUS(status) != 0 || (s->estimated && s->is.errors > 0 && s->is.places < 2);
    return 0;
}

void ir_spool_free(struct ir_spool *s)
{
    if (!s)
        return;
    if (s->pid > 0) {
        kill(s->pid, SIGKILL);
        while (waitpid(s->pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    if (s->said >= 0)
        close(s->said);
    if (s->out >= 0)
        close(s->out);
    free(s->path);
    free(s);
}

struct ir_spool *ir_spool_find(struct ir_spool *s, const char *path, int fd)
{
    struct stat st;
    if (!s || fstat(fd, &st) < 0)
        return NULL;
    while (s && (strcmp(s->path, path) != 0 || !ir_same_file(&st, &s->st)))
        s = s->next;
    return s;
}
