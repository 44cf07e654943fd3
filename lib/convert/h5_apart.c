/* h5_apart.c - HDF5 is read in a process of its own, which sends the arrays over a pipe: libhdf5
 * can crash on a changed byte, or never come back, and neither ends the program. */
#include "convert/h5.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define CPU_S    120
#define TEXT_MAX 2048

/* Before each name, and before the text that ends all: an error, or nothing. */
enum { NUMBERS = 1, REASON, END };

struct mark {
    uint32_t kind, name_bytes, rank, shape[IR_RANK_MAX];
    uint64_t bytes; /* of the numbers or the text that follow the name */
};

void ir_h5_put(FILE *out, const struct ir_h5_entry *e, const float *values, const char *why)
{
    struct mark m = {.kind = values ? NUMBERS : REASON,
                     .name_bytes = (uint32_t)strlen(e->name),
                     .rank = (uint32_t)e->rank,
                     .bytes = values ? e->count * sizeof *values : strlen(why)};
    memcpy(m.shape, e->shape, sizeof m.shape);
    fwrite(&m, sizeof m, 1, out);
    fwrite(e->name, 1, m.name_bytes, out);
    fwrite(values ? (const void *)values : why, 1, m.bytes, out);
}

/* Ends by SIGKILL: nothing of the parent's is flushed or cleaned up. */
static void child(const struct ir_buf *bytes, int fd)
{
    struct rlimit none = {0, 0}, cpu = {CPU_S, CPU_S};
    struct ir_err err = {""};
    FILE *out = fdopen(fd, "w");
    setrlimit(RLIMIT_CORE, &none);
    setrlimit(RLIMIT_CPU, &cpu);
    if (out != NULL) {
        int rc = ir_h5_send(bytes, out, &err);
        struct mark end = {.kind = END, .bytes = rc < 0 ? strlen(err.text) : 0};
        fwrite(&end, sizeof end, 1, out);
        fwrite(err.text, 1, end.bytes, out);
        fflush(out);
    }
    kill(getpid(), SIGKILL);
}

static int read_all(int fd, struct ir_buf *b, struct ir_err *err)
{
    char chunk[1 << 16];
    ssize_t n;
    while ((n = read(fd, chunk, sizeof chunk)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return ir_fail(err, "its pipe: %s", strerror(errno));
        if (b->len > IR_H5_BYTES_MAX + IR_H5_BYTES_MAX / 16)
            return ir_fail(err, "more than %zu bytes of arrays", IR_H5_BYTES_MAX);
        ir_buf_add(b, chunk, (size_t)n);
    }
    return 0;
}

/* What comes over the pipe takes the place of the file. */
static int receive(struct ir_tensors *t, struct ir_err *err)
{
    int p[2], status = 0;
    struct ir_buf got = {0};
    if (pipe(p) < 0)
        return ir_fail(err, "no pipe: %s", strerror(errno));
    pid_t pid = fork();
    if (pid < 0) {
        int why = errno;
        close(p[0]), close(p[1]);
        return ir_fail(err, "no process: %s", strerror(why));
    }
    if (pid == 0) {
        close(p[0]);
        child(&t->file, p[1]);
    }
    close(p[1]);
    int rc = read_all(p[0], &got, err);
    close(p[0]);
    if (rc < 0)
        kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (rc == 0 && WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
        rc = ir_fail(err, "damaged: libhdf5 crashed on it (signal %d, %s)", WTERMSIG(status),
                     strsignal(WTERMSIG(status)));
    ir_buf_free(&t->file);
    t->file = got;
    return rc;
}

/* Nothing that was sent is believed: a damaged file may have damaged the process. */
static int take(struct ir_tensors *t, size_t *at, struct ir_err *err)
{
    struct mark m;
    struct ir_tensor tensor = {0};
    size_t count = 1, left = t->file.len - *at;
    if (left < sizeof m)
        return ir_fail(err, "libhdf5 gave up on it");
    memcpy(&m, t->file.data + *at, sizeof m);
    left -= sizeof m;
    const char *text = t->file.data + *at + sizeof m;
    if (m.name_bytes > left || m.bytes > left - m.name_bytes || m.rank > IR_RANK_MAX + 1 ||
        (m.kind != NUMBERS && m.bytes >= TEXT_MAX))
        return ir_fail(err, "libhdf5 gave what cannot be right");
    if (m.kind == END)
        return m.bytes > 0 ? ir_fail(err, "%.*s", (int)m.bytes, text + m.name_bytes) : 1;
    for (uint32_t i = 0; i < m.rank && i < IR_RANK_MAX; i++)
        if (!ir_mul(count, m.shape[i], &count))
            return ir_fail(err, "libhdf5 gave what cannot be right");
    if (m.kind == NUMBERS && (m.rank > IR_RANK_MAX || count != m.bytes / sizeof(float)))
        return ir_fail(err, "libhdf5 gave what cannot be right");
    tensor.name = ir_strndup(text, m.name_bytes);
    tensor.type = ir_strdup(m.kind == NUMBERS ? "F32" : "");
    tensor.rank = (int)m.rank;
    memcpy(tensor.shape, m.shape, sizeof tensor.shape);
    tensor.at = (uint64_t)(text + m.name_bytes - t->file.data);
    tensor.bytes = m.bytes;
    ir_tensors_add(t, &tensor);
    *at = (size_t)(tensor.at + m.bytes);
    return 0;
}

int ir_h5_list(struct ir_tensors *t, struct ir_err *err)
{
    size_t at = 0;
    int rc = receive(t, err);
    while (rc == 0)
        rc = take(t, &at, err);
    if (rc == 1 && t->n == 0)
        return ir_fail(err, "no array of numbers in it");
    return rc == 1 ? 0 : -1;
}

int ir_h5_get(const struct ir_tensors *t, const struct ir_tensor *tensor, struct ir_rec *rec,
              struct ir_err *err)
{
    const char *from = t->file.data + tensor->at;
    if (*tensor->type == '\0')
        return ir_fail(err, "%.*s", (int)tensor->bytes, from);
    ir_rec_init(rec, 'f', tensor->rank, tensor->shape);
    memcpy(rec->data, from, tensor->bytes);
    return 0;
}
