/* inputs.c - operands and standard input to one list of clips. */
#include "decode.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void add_sound(struct ir_inputs *in, const char *id, const char *path, const char *opened)
{
    ir_list_add(&in->list, id, path);
    ir_strs_add(&in->opened, opened);
}

static int merge_head(struct ir_inputs *in, const struct ir_meta *head, const char *name,
                      struct ir_err *err)
{
    static const char *const keys[] = {"classes", "labels"};
    if (in->list.head.n == 0) {
        ir_meta_copy(&in->list.head, head);
        return 0;
    }
    for (size_t i = 0; i < 2; i++) {
        const char *a = ir_meta_get(&in->list.head, keys[i]), *b = ir_meta_get(head, keys[i]);
        if (strcmp(a ? a : "", b ? b : "") != 0)
            return ir_fail(err,
                           "%s: its %s are not those of the lists before it: found %s, wanted %s",
                           name, keys[i], b ? b : "none", a ? a : "none");
    }
    return 0;
}

static int add_list(struct ir_inputs *in, const char *path, struct ir_err *err)
{
    struct ir_list l = {0};
    if (ir_list_read(path, &l, err) < 0)
        return -1;
    int rc = merge_head(in, &l.head, path, err);
    for (size_t i = 0; rc == 0 && i < l.n; i++) {
        const char *name = l.item[i].path;
        add_sound(in, l.item[i].id, name, strcmp(name, "-") == 0 ? "./-" : name); /* a file */
        struct ir_item *to = &in->list.item[in->list.n - 1];
        free(to->id);
        free(to->path);
        *to = l.item[i];
        l.item[i] = (struct ir_item){0};
    }
    ir_list_free(&l);
    return rc;
}

static bool begins_like_a_list(int fd)
{
    static const char magic[] = "#irt-list";
    char h[sizeof magic - 1];
    return pread(fd, h, sizeof h, 0) == (ssize_t)sizeof h && memcmp(h, magic, sizeof h) == 0;
}

/* Does a WAV come through the pipe that is standard input? tee(2) looks without taking anything
 * away. */
static bool wav_in_pipe(void)
{
    unsigned char h[12];
    struct stat st;
    int p[2];
    ssize_t got = 0;
    if (fstat(0, &st) != 0 || !S_ISFIFO(st.st_mode) || pipe2(p, O_CLOEXEC) < 0)
        return false;
    for (ssize_t before = -1; got < (ssize_t)sizeof h && got != before;) {
        before = got;
        got =
            tee(0, p[1], sizeof h, 0); /* from the start each time; waits while the pipe is empty */
        if (got <= 0 || read(p[0], h, (size_t)got) != got)
            break;
        if (got < (ssize_t)sizeof h)
            usleep(10000);
    }
    close(p[0]);
    close(p[1]);
    return got == (ssize_t)sizeof h && (!memcmp(h, "RIFF", 4) || !memcmp(h, "RIFX", 4)) &&
           !memcmp(h + 8, "WAVE", 4);
}

static int add_stdin(struct ir_inputs *in, bool raw, struct ir_err *err)
{
    char path[32];
    if (isatty(0)) {
        ir_fail(err, "nothing to decode: name sound files or lists, or send one to standard input");
        return -2;
    }
    if (raw || wav_in_pipe()) {
        add_sound(in, "stdin", "-", "-");
        return 0;
    }
    int fd = ir_decode_spool(0, err);
    if (fd < 0)
        return -1;
    if (begins_like_a_list(fd)) {
        dup2(fd, 0);
        close(fd);
        return add_list(in, "-", err);
    }
    if (lseek(fd, 0, SEEK_END) == 0) {
        close(fd);
        return ir_fail(err, "standard input is empty: wanted a list or a sound");
    }
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd); /* stays open to the end */
    add_sound(in, "stdin", "-", path);
    return 0;
}

static int add_operand(struct ir_inputs *in, const char *path, bool raw, struct ir_err *err)
{
    struct stat st;
    if (strcmp(path, "-") == 0)
        return add_stdin(in, raw, err);
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    bool list = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && begins_like_a_list(fd);
    if (fd >= 0)
        close(fd);
    if (list)
        return add_list(in, path, err);
    add_sound(in, path, path, path);
    return 0;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int check_ids(const struct ir_list *l, struct ir_err *err)
{
    const char **ids = ir_alloc(l->n + 1, sizeof *ids);
    int rc = 0;
    for (size_t i = 0; i < l->n; i++)
        ids[i] = l->item[i].id;
    qsort(ids, l->n, sizeof *ids, by_text);
    for (size_t i = 1; i < l->n && rc == 0; i++)
        if (strcmp(ids[i - 1], ids[i]) == 0)
            rc = ir_fail(err, "the clip %s is there twice; ids must differ", ids[i]);
    free(ids);
    return rc;
}

int ir_inputs_collect(struct ir_inputs *in, char *const *files, size_t n, bool raw,
                      struct ir_err *err)
{
    int rc = n == 0 ? add_stdin(in, raw, err) : 0;
    for (size_t i = 0; i < n && rc == 0; i++)
        rc = add_operand(in, files[i], raw, err);
    if (rc != 0)
        return rc;
    if (in->list.n == 0)
        return ir_fail(err, "nothing to decode: the list is empty");
    if (check_ids(&in->list, err) < 0)
        return -1;
    in->job = ir_zalloc(in->list.n, sizeof *in->job);
    for (size_t i = 0; i < in->list.n; i++) {
        in->job[i] = in->list.item[i];
        in->job[i].path = in->opened.at[i];
    }
    return 0;
}

void ir_inputs_free(struct ir_inputs *in)
{
    ir_list_free(&in->list);
    ir_strs_free(&in->opened);
    free(in->job);
    *in = (struct ir_inputs){0};
}
