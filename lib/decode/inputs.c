/* inputs.c - operands and standard input to one list of clips. */
#include "decode.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATHS_BYTES_MAX ((size_t)1 << 31)

/* A sound without a list of clips; a second time it is only counted. */
static void add_sound(struct ir_inputs *in, const char *id, const char *path, const char *opened)
{
    if (!ir_name_set_add(&in->seen, id)) {
        in->twice++;
        return;
    }
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

static int add_list(struct ir_inputs *in, const char *path, const char *shown, bool no_end,
                    struct ir_err *err)
{
    struct ir_list l = {0};
    if ((no_end ? ir_list_read_cut : ir_list_read)(path, &l, err) < 0)
        return -1;
    int rc = merge_head(in, &l.head, shown, err);
    for (size_t i = 0; rc == 0 && i < l.n; i++) {
        const char *name = l.item[i].path;
        ir_strs_add(&in->opened, strcmp(name, "-") == 0 ? "./-" : name); /* a file */
        struct ir_item *to = ir_list_add(&in->list, "", "");
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

/* Does a WAV that our own reader can take as it comes get here through the pipe that is standard
 * input? tee(2) looks without taking anything away. */
static bool wav_in_pipe(void)
{
    unsigned char h[22];
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
    if (got != (ssize_t)sizeof h || (memcmp(h, "RIFF", 4) != 0 && memcmp(h, "RIFX", 4) != 0) ||
        memcmp(h + 8, "WAVE", 4) != 0)
        return false;
    unsigned tag = (unsigned)(h[3] == 'X' ? ir_be(h + 20, 2) : ir_le(h + 20, 2));
    bool other = memcmp(h + 12, "fmt ", 4) == 0 && tag != 1 && tag != 3 && tag != 6 && tag != 7;
    return !other || tag == 0xfffe; /* ADPCM and the like: ffmpeg wants a file */
}

/* What came out of a pipe, in a file without a name: a list or a sound. */
static int add_spooled(struct ir_inputs *in, int from, const char *id, const char *name,
                       const struct ir_inputs_opts *o, struct ir_err *err)
{
    int rc = -1, fd = ir_decode_spool(from, err);
    char *path = fd >= 0 ? ir_fd_path(fd, err) : NULL; /* stays open to the end */
    if (path == NULL)
        return -1;
    if (begins_like_a_list(fd)) {
        rc = add_list(in, path, name, o->no_end, err);
    } else if (lseek(fd, 0, SEEK_END) == 0) {
        close(fd);
        ir_fail(err, "%s is empty: wanted a list or a sound",
                strcmp(name, "-") == 0 ? "standard input" : name);
    } else {
        add_sound(in, id, name, path);
        rc = 0;
    }
    free(path);
    return rc;
}

static int add_stdin(struct ir_inputs *in, const struct ir_inputs_opts *o, struct ir_err *err)
{
    if (isatty(0)) {
        ir_fail(err, "nothing to decode: name sound files or lists, or send one to standard input");
        return -2;
    }
    if (!o->raw && !wav_in_pipe())
        return add_spooled(in, 0, "stdin", "-", o, err);
    add_sound(in, "stdin", "-", "-");
    return 0;
}

static int add_folder(struct ir_inputs *in, const char *dir, struct ir_err *err)
{
    struct ir_strs found = {0};
    size_t others = 0;
    int rc = ir_sounds_below(dir, &found, &others, err);
    for (size_t i = 0; rc == 0 && i < found.n; i++)
        add_sound(in, found.at[i], found.at[i], found.at[i]);
    if (rc == 0 && found.n == 0)
        add_sound(in, dir, dir, dir); /* a bad one: it costs itself, not the others */
    in->left_out += others;
    ir_strs_free(&found);
    return rc;
}

static int add_operand(struct ir_inputs *in, const char *path, const struct ir_inputs_opts *o,
                       struct ir_err *err)
{
    struct stat st;
    if (strcmp(path, "-") == 0)
        return add_stdin(in, o, err);
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return add_folder(in, path, err);
    if (stat(path, &st) == 0 && S_ISFIFO(st.st_mode)) {
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        int rc = fd < 0 ? ir_fail(err, "%s: %s", path, strerror(errno))
                        : add_spooled(in, fd, path, path, o, err);
        if (fd >= 0)
            close(fd);
        return rc;
    }
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    bool list = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && begins_like_a_list(fd);
    if (fd >= 0)
        close(fd);
    if (list)
        return add_list(in, path, path, o->no_end, err);
    add_sound(in, path, path, path);
    return 0;
}

/* One path a line (or ended by a NUL byte): sounds, nothing else. */
static int add_paths(struct ir_inputs *in, const struct ir_inputs_opts *o, struct ir_err *err)
{
    struct ir_buf text = {0};
    if (ir_read_file(o->paths, PATHS_BYTES_MAX, &text, err) < 0)
        return -1;
    for (char *at = text.data, *end = text.data + text.len; at < end;) {
        char *stop = memchr(at, o->null ? '\0' : '\n', (size_t)(end - at));
        stop = stop ? stop : end;
        *stop = '\0';
        if (!o->null && stop > at && stop[-1] == '\r')
            stop[-1] = '\0';
        if (*at)
            add_sound(in, at, at, at);
        at = stop + 1;
    }
    ir_buf_free(&text);
    return 0;
}

/* Keep part K of N, the same that ir-cat --shard keeps. */
static int keep_shard(struct ir_inputs *in, const char *text, struct ir_err *err)
{
    long long k = 0, n = 0;
    size_t kept = 0;
    if (ir_parse_shard(text, &k, &n, err) < 0)
        return -2;
    for (size_t i = 0; i < in->list.n; i++) {
        struct ir_item *it = &in->list.item[i];
        if (ir_hash(it->id, strlen(it->id), 0) % (uint64_t)n != (uint64_t)k - 1) {
            ir_item_free(it);
            free(in->opened.at[i]);
            continue;
        }
        in->list.item[kept] = *it;
        in->opened.at[kept++] = in->opened.at[i];
    }
    in->list.n = in->opened.n = kept;
    return 0;
}

/* Keep the K-th of N contiguous stretches. */
static int keep_part(struct ir_inputs *in, const char *text, struct ir_err *err)
{
    struct ir_stretch part;
    size_t n = in->list.n, begin, end;
    if (ir_part_parse(text, &part, err) < 0)
        return -2;
    const char **group = ir_alloc(n + 1, sizeof *group);
    for (size_t i = 0; i < n; i++)
        group[i] = in->list.item[i].group;
    int rc = ir_part_range(&part, group, n, &begin, &end, err);
    free(group);
    for (size_t i = 0; rc == 0 && i < n; i++) {
        if (i >= begin && i < end) {
            in->list.item[i - begin] = in->list.item[i];
            in->opened.at[i - begin] = in->opened.at[i];
            continue;
        }
        ir_item_free(&in->list.item[i]);
        free(in->opened.at[i]);
    }
    if (rc == 0)
        in->list.n = in->opened.n = end - begin;
    return rc;
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

int ir_inputs_collect(struct ir_inputs *in, char *const *files, size_t n,
                      const struct ir_inputs_opts *o, struct ir_err *err)
{
    int rc = o->paths ? add_paths(in, o, err) : n == 0 ? add_stdin(in, o, err) : 0;
    for (size_t i = 0; i < n && rc == 0; i++)
        rc = add_operand(in, files[i], o, err);
    if (rc != 0)
        return rc;
    if (in->list.n == 0)
        return ir_fail(err, "nothing to decode: the list is empty");
    if (check_ids(&in->list, err) < 0)
        return -1;
    if (o->shard && (rc = keep_shard(in, o->shard, err)) != 0)
        return rc;
    if (o->part && (rc = keep_part(in, o->part, err)) != 0)
        return rc;
    in->job = ir_zalloc(in->list.n + 1, sizeof *in->job);
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
    ir_name_set_free(&in->seen);
    free(in->job);
    *in = (struct ir_inputs){0};
}
