/* sounds.c - starts the commands that make what a model reads from sound files, and hears from them
 * which files were bad. */
#include "convert.h"
#include "predict.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { DECODE, MEL, STAGES };

struct ir_sounds {
    pid_t pid;
    int stream;         /* what they make */
    int said;           /* what they said on standard error */
    int failed[STAGES]; /* their tables of what failed */
    off_t seen[STAGES];
    char path[32];
};

/* "PATH=folder of this program:the old one". */
static char *tool_path(void)
{
    struct ir_buf b = {0};
    const char *old = getenv("PATH");
    char *self = ir_own_path(), *slash = self != NULL ? strrchr(self, '/') : NULL;
    ir_buf_puts(&b, "PATH=");
    if (slash != NULL) {
        ir_buf_add(&b, self, (size_t)(slash - self));
        ir_buf_puts(&b, ":");
    }
    free(self);
    ir_buf_puts(&b, old != NULL ? old : "/usr/local/bin:/usr/bin:/bin");
    return b.data;
}

/* The environment with another PATH; the caller frees the array. */
static char **environment(char *path)
{
    size_t n = 0, k = 0;
    while (environ[n] != NULL)
        n++;
    char **env = ir_zalloc(n + 2, sizeof *env);
    for (size_t i = 0; i < n; i++) {
        if (strncmp(environ[i], "PATH=", 5) != 0)
            env[k++] = environ[i];
    }
    env[k] = path;
    return env;
}

/* in: what becomes their standard input, -1: ours. */
static int start(struct ir_sounds *s, char **argv, int in, struct ir_err *err)
{
    int fd[2];
    posix_spawn_file_actions_t act;
    if (pipe2(fd, O_CLOEXEC) < 0)
        return ir_fail(err, "pipe: %s", strerror(errno));
    char *path = tool_path(), **env = environment(path);
    posix_spawn_file_actions_init(&act);
    posix_spawn_file_actions_adddup2(&act, fd[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&act, s->said, STDERR_FILENO);
    if (in >= 0)
        posix_spawn_file_actions_adddup2(&act, in, STDIN_FILENO);
    int rc = posix_spawn(&s->pid, "/bin/sh", &act, NULL, argv, env);
    posix_spawn_file_actions_destroy(&act);
    close(fd[1]);
    s->stream = fd[0];
    snprintf(s->path, sizeof s->path, "/proc/self/fd/%d", fd[0]);
    free(env);
    free(path);
    if (rc == 0)
        return 0;
    s->pid = 0;
    return ir_fail(err, "/bin/sh: %s", strerror(rc));
}

/* The line of shell, with options that send what failed to us. */
static int make_line(struct ir_sounds *s, const struct ir_meta *model, double hop_s,
                     double newest_s, struct ir_buf *line, struct ir_err *err)
{
    static const char form[] =
        " --quiet --no-prog --max-bad 1000000000 --failed /proc/self/fd/%d%s";
    struct ir_buf decode = {0}, mel = {0};
    char text[32];
    if (newest_s > 0)
        ir_buf_printf(&decode, " --newest %s", ir_format_real(text, newest_s));
    ir_buf_printf(&decode, form, s->failed[DECODE], " --");
    ir_buf_printf(&mel, form, s->failed[MEL], "");
    struct ir_pipeline o = {.hop_s = hop_s, .decode_more = decode.data, .mel_more = mel.data};
    int rc = ir_pipeline_line(model, &o, line, err);
    ir_buf_free(&decode);
    ir_buf_free(&mel);
    return rc;
}

static int spawn(struct ir_sounds *s, const struct ir_meta *model, double hop_s, double newest_s,
                 const char *operand, int in, struct ir_err *err)
{
    struct ir_buf line = {0};
    int rc = make_line(s, model, hop_s, newest_s, &line, err);
    if (rc == 0) {
        char *argv[] = {(char *)(uintptr_t) "sh", (char *)(uintptr_t) "-c",   line.data,
                        (char *)(uintptr_t) "sh", (char *)(uintptr_t)operand, NULL};
        rc = start(s, argv, in, err);
    }
    ir_buf_free(&line);
    return rc;
}

/* A file without a name that holds the list. */
static int list_file(const struct ir_list *list, struct ir_err *err)
{
    struct ir_buf b = {0};
    int fd = ir_list_format(list, &b, err) == 0 ? memfd_create("list", MFD_CLOEXEC) : -1;
    for (size_t done = 0; fd >= 0 && done < b.len;) {
        ssize_t n = write(fd, b.data + done, b.len - done);
        if (n < 0 && errno != EINTR) {
            ir_fail(err, "list of sounds: %s", strerror(errno));
            close(fd);
            fd = -1;
        }
        done += n > 0 ? (size_t)n : 0;
    }
    if (fd >= 0)
        lseek(fd, 0, SEEK_SET);
    ir_buf_free(&b);
    return fd;
}

struct ir_sounds *ir_sounds_start(const struct ir_meta *model, double hop_s, double newest_s,
                                  const struct ir_list *list, const char *operand,
                                  struct ir_err *err)
{
    struct ir_sounds *s = ir_zalloc(1, sizeof *s);
    int in = list != NULL ? list_file(list, err) : -1;
    s->stream = -1;
    s->said = memfd_create("said", MFD_CLOEXEC);
    for (int i = 0; i < STAGES; i++) /* these two are for the commands: not closed in them */
        s->failed[i] = memfd_create("failed", 0);
    int rc = list != NULL && in < 0 ? -1 : 0;
    if (rc == 0 && (s->said < 0 || s->failed[DECODE] < 0 || s->failed[MEL] < 0))
        rc = ir_fail(err, "memory file: %s", strerror(errno));
    char *named = rc == 0 ? ir_fd_path(s->said, err) : NULL; /* the stages reach theirs by name */
    rc = named != NULL ? 0 : -1;
    free(named);
    if (rc == 0)
        rc = spawn(s, model, hop_s, newest_s, list != NULL ? "-" : operand, in, err);
    if (in >= 0)
        close(in);
    if (rc == 0)
        return s;
    ir_sounds_end(s, false, NULL);
    return NULL;
}

char *ir_sounds_path(struct ir_sounds *s)
{
    return s->path;
}

/* New whole lines of one table. */
static void read_failed(struct ir_sounds *s, int stage,
                        void (*each)(void *, const char *, const char *, const char *), void *self)
{
    off_t size = lseek(s->failed[stage], 0, SEEK_END);
    if (size <= s->seen[stage])
        return;
    struct ir_buf b = {0};
    ir_grow(&b.data, &b.cap, (size_t)(size - s->seen[stage]) + 1, 1);
    ssize_t n = pread(s->failed[stage], b.data, (size_t)(size - s->seen[stage]), s->seen[stage]);
    bool heading = s->seen[stage] == 0;
    for (char *at = b.data, *nl; n > 0 && (nl = memchr(at, '\n', (size_t)n)) != NULL; at = nl + 1) {
        char *save = NULL;
        s->seen[stage] += nl - at + 1;
        n -= nl - at + 1;
        *nl = '\0';
        char *file = strtok_r(at, "\t", &save), *id = strtok_r(NULL, "\t", &save);
        char *reason = strtok_r(NULL, "", &save);
        if (!heading && reason != NULL)
            each(self, file, id, reason);
        heading = false;
    }
    ir_buf_free(&b);
}

void ir_sounds_failed(struct ir_sounds *s,
                      void (*each)(void *self, const char *file, const char *id,
                                   const char *reason),
                      void *self)
{
    for (int i = 0; i < STAGES; i++)
        read_failed(s, i, each, self);
}

/* The first line that they said: what comes after it is its echo. Where nobody read what they made,
 * their end without a word is no fault of theirs. */
static int fail_as_said(int fd, bool read, struct ir_err *err)
{
    char text[800];
    ssize_t n = pread(fd, text, sizeof text - 1, 0);
    if (n <= 0)
        return read ? ir_fail(err, "decoding the sound files failed") : 0;
    text[n] = '\0';
    text[strcspn(text, "\n")] = '\0';
    return ir_fail(err, "%s", text);
}

int ir_sounds_end(struct ir_sounds *s, bool read, struct ir_err *err)
{
    int status = 0, rc = 0;
    if (s == NULL)
        return 0;
    if (s->stream >= 0)
        close(s->stream);
    while (s->pid > 0 && waitpid(s->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    if (err != NULL && (!WIFEXITED(status) || WEXITSTATUS(status) != 0))
        rc = fail_as_said(s->said, read, err);
    if (s->said >= 0)
        close(s->said);
    for (int i = 0; i < STAGES; i++)
        if (s->failed[i] >= 0)
            close(s->failed[i]);
    free(s);
    return rc;
}
