/* part.c - parts of a stream: which clips are in one, and whether files are parts of one whole. */
#include "convert.h"
#include "label.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_file(const char *path)
{
    struct stat st;
    return strcmp(path, "-") != 0 && stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

static const char *group_of(const struct ir_meta *m)
{
    const char *group = ir_meta_get(m, "group");
    return group && *group ? group : ir_meta_get(m, "clip");
}

int ir_select_part(struct ir_select *s, char *const *files, size_t n, const char *text,
                   struct ir_err *err)
{
    struct ir_stretch part;
    size_t begin = 0, end = 0;
    struct ir_strs groups = {0};
    struct ir_clip clip = {0};
    if (ir_part_parse(text, &part, err) < 0)
        return -2;
    int rc = n == 0 ? ir_fail(err, "--part wants files: a pipe can be read once") : 0;
    for (size_t i = 0; rc == 0 && i < n; i++)
        if (!is_file(files[i]))
            rc = ir_fail(err, "%s: --part wants ordinary files: a pipe can be read once", files[i]);
    if (rc < 0)
        return -1;
    struct ir_reader *r = ir_reader_open(files, n, err);
    rc = r ? 1 : -1;
    while (rc == 1 && (rc = ir_clip_next(r, &clip, err)) == 1) {
        const struct ir_meta *m = &clip.rec[0].meta;
        const char *group = group_of(m);
        if (ir_select_clip(s, m, NULL) > 0)
            ir_strs_add(&groups, group ? group : "");
    }
    ir_clip_free(&clip);
    ir_reader_close(r);
    if (rc == 0)
        rc = ir_part_range(&part, (const char *const *)groups.at, groups.n, &begin, &end, err);
    ir_strs_free(&groups);
    if (rc < 0)
        return -1;
    long long left = (long long)(end - begin) - s->skip; /* --skip and --count are of the part */
    left = left < 0 ? 0 : left;
    s->count = s->count < 0 || s->count > left ? left : s->count;
    s->skip += (long long)begin;
    return 0;
}

static bool read_whole(int fd, void *to, size_t n)
{
    ssize_t did = 1;
    for (size_t got = 0; got < n && did > 0; got += did > 0 ? (size_t)did : 0)
        did = read(fd, (char *)to + got, n - got);
    return did > 0 || n == 0;
}

/* The header of an ordinary file as it stands there; false when it is none. */
static bool read_header(const char *path, struct ir_buf *b)
{
    unsigned char head[64];
    int f = is_file(path) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    bool good = f >= 0 && read_whole(f, head, sizeof head) && memcmp(head, "IRT1H", 5) == 0;
    size_t n = 0;
    for (int i = 3; good && i >= 0; i--) /* formats/irt.md: meta_bytes, little-endian, at 32 */
        n = n << 8 | head[32 + i];
    char *text = good && n <= IR_META_MAX ? ir_alloc(n + 1, 1) : NULL;
    good = text && read_whole(f, text, n);
    b->len = 0;
    if (good)
        ir_buf_add(b, text, n);
    free(text);
    if (f >= 0)
        close(f);
    return good;
}

bool ir_select_alike(const struct ir_select *s, char *const *files, size_t n, struct ir_meta *head)
{
    struct ir_buf first = {0}, other = {0};
    bool same = n > 0 && !s->splits.n && !s->classes.n && !s->ids.n && !s->names.n && !s->shards &&
                s->skip == 0 && s->count < 0;
    for (size_t i = 0; same && i < n; i++) {
        struct ir_buf *b = i == 0 ? &first : &other;
        same = read_header(files[i], b) &&
               (i == 0 || (first.len == other.len &&
                           (first.len == 0 || memcmp(first.data, other.data, first.len) == 0)));
    }
    same = same && ir_meta_parse(head, first.data ? first.data : "", first.len, NULL) == 0;
    ir_buf_free(&first);
    ir_buf_free(&other);
    return same;
}
