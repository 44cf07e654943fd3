/* pipeline.c - starts the commands that make what a model reads from sound files. */
#include "convert.h"
#include "predict.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* "PATH=folder of this program:the old one". */
static char *tool_path(void)
{
    char self[4096];
    struct ir_buf b = {0};
    const char *old = getenv("PATH");
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    ir_buf_puts(&b, "PATH=");
    if (n > 0) {
        self[n] = '\0';
        char *slash = strrchr(self, '/');
        if (slash != NULL)
            ir_buf_add(&b, self, (size_t)(slash - self));
        ir_buf_puts(&b, ":");
    }
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

static int start(char **argv, pid_t *pid, struct ir_err *err)
{
    int fd[2];
    posix_spawn_file_actions_t act;
    if (pipe2(fd, O_CLOEXEC) < 0)
        return ir_fail(err, "pipe: %s", strerror(errno));
    char *path = tool_path(), **env = environment(path);
    posix_spawn_file_actions_init(&act);
    posix_spawn_file_actions_adddup2(&act, fd[1], STDOUT_FILENO);
    int rc = posix_spawn(pid, "/bin/sh", &act, NULL, argv, env);
    posix_spawn_file_actions_destroy(&act);
    close(fd[1]);
    if (rc != 0)
        rc = ir_fail(err, "/bin/sh: %s", strerror(rc));
    else if (dup2(fd[0], STDIN_FILENO) < 0)
        rc = ir_fail(err, "dup2: %s", strerror(errno));
    close(fd[0]);
    free(env);
    free(path);
    return rc;
}

int ir_predict_sounds(const char *model, char *const *sounds, size_t n, pid_t *pid,
                      struct ir_err *err)
{
    struct ir_buf line = {0};
    struct ir_strs words = {0};
    char *name = ir_strdup(model);
    struct ir_reader *r = ir_reader_open(&name, 1, err);
    int rc = r != NULL ? ir_pipeline_text(ir_reader_header(r), NULL, &line, err) : -1;
    ir_reader_close(r);
    free(name);
    if (rc == 0) {
        ir_strs_add(&words, "sh");
        ir_strs_add(&words, "-c");
        ir_strs_add(&words, line.data);
        ir_strs_add(&words, "sh");
        for (size_t i = 0; i < n; i++) {
            struct ir_buf one = {0}; /* a name with a leading dash is no option */
            ir_buf_printf(&one, "%s%s", sounds[i][0] == '-' ? "./" : "", sounds[i]);
            ir_strs_add(&words, one.data);
            ir_buf_free(&one);
        }
        char **argv = ir_zalloc(words.n + 1, sizeof *argv);
        memcpy(argv, words.at, words.n * sizeof *argv);
        rc = start(argv, pid, err);
        free(argv);
    }
    ir_strs_free(&words);
    ir_buf_free(&line);
    return rc;
}

int ir_predict_wait(pid_t pid, struct ir_err *err)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return 0;
    return ir_fail(err, "decoding the sound files failed");
}
