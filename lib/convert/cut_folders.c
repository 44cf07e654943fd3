/* cut_folders.c - sounds into one folder an instrument: whole files as copies or hard links, events
 * as WAV files; and the table of it: file, start, end, instrument, where it is now. */
#include "convert.h"
#include "decode.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_MAX_BYTES                                                                             \
    ((size_t)180) /* of 255 that file systems take: room for times and numbers                     \
                   */

struct cut {
    struct ir_strs folder;     /* one a class, then silence and unknown */
    struct ir_name_set placed; /* sounds that were copied, by their path */
    size_t done, there, bad;
};

/* Append a name that is one component of a path, whatever bytes it has. */
static void add_component(struct ir_buf *b, const char *s, size_t n)
{
    size_t from = b->len;
    n = n < NAME_MAX_BYTES ? n : NAME_MAX_BYTES;
    while (n > 0 && n == NAME_MAX_BYTES && ((unsigned char)s[n] & 0xc0) == 0x80)
        n--; /* no half letter of UTF-8 */
    ir_buf_add(b, s, n);
    for (size_t i = from; i < b->len; i++)
        if ((unsigned char)b->data[i] < 0x20 || b->data[i] == 0x7f || b->data[i] == '/')
            b->data[i] = '_';
    if (n == 0)
        ir_buf_puts(b, "_");
    if (b->data[from] == '.' || b->data[from] == '-')
        b->data[from] = '_';
}

/* Make it a name that nobody has taken: b and its end, or with " (2)" … between them. */
static void keep_apart(struct ir_name_set *taken, struct ir_buf *b, const char *end)
{
    size_t stem = b->len;
    ir_buf_puts(b, end);
    for (int i = 2; !ir_name_set_add(taken, b->data); i++) {
        b->len = stem;
        ir_buf_printf(b, " (%d)%s", i, end);
    }
}

static int cut_open(struct ir_exporter *x, struct ir_err *err)
{
    struct cut *c = ir_zalloc(1, sizeof *c);
    struct ir_name_set names = {0};
    x->state = c;
    for (size_t i = 0; i < x->classes.n + 2; i++) {
        struct ir_buf b = {0};
        const char *class = i < x->classes.n
                                ? x->classes.at[i]
                                : ir_nothing_name(i == x->classes.n ? IR_SILENCE : IR_UNKNOWN);
        add_component(&b, class, strlen(class));
        keep_apart(&names, &b, "");
        ir_strs_add(&c->folder, b.data);
        ir_buf_free(&b);
    }
    ir_name_set_free(&names);
    return ir_out_printf(x->out, err, "file\tstart\tend\tinstrument\tcopy\n");
}

static void cut_drop(struct ir_exporter *x)
{
    struct cut *c = x->state;
    if (!c)
        return;
    ir_strs_free(&c->folder);
    ir_name_set_free(&c->placed);
    free(c);
}

/* ---- whole files --------------------------------------------------------------------------- */

static bool same_bytes(int a, int b)
{
    char x[32768], y[sizeof x];
    for (off_t at = 0;; at += (off_t)sizeof x) {
        ssize_t n = pread(a, x, sizeof x, at), m = pread(b, y, sizeof y, at);
        if (n != m || n < 0 || memcmp(x, y, (size_t)n) != 0)
            return false;
        if (n < (ssize_t)sizeof x)
            return true;
    }
}

/* 0: nothing is there yet; 1: it is this file already; -1: something else. */
static int look_at(const char *to, int from, const struct stat *st, struct ir_err *err)
{
    struct stat now;
    if (lstat(to, &now) != 0)
        return errno == ENOENT ? 0 : ir_fail(err, "%s: %s", to, strerror(errno));
    if (now.st_dev == st->st_dev && now.st_ino == st->st_ino)
        return 1;
    int fd = S_ISREG(now.st_mode) && now.st_size == st->st_size
                 ? open(to, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
                 : -1;
    bool same = fd >= 0 && same_bytes(fd, from);
    if (fd >= 0)
        close(fd);
    return same ? 1 : ir_fail(err, "%s is there already and holds something else", to);
}

static int copy_bytes(int from, const struct stat *st, const char *to, struct ir_err *err)
{
    char block[65536];
    struct ir_out *o = ir_out_open(to, true, err);
    if (!o)
        return -1;
    ir_out_no_sync(o); /* the original is there */
    ssize_t n = 1;
    int rc = 0;
    for (off_t at = 0; rc == 0 && n > 0; at += n > 0 ? n : 0) {
        n = pread(from, block, sizeof block, at);
        rc = n < 0 ? ir_fail(err, "cannot be read: %s", strerror(errno))
                   : ir_out_write(o, block, (size_t)n, err);
    }
    if (rc < 0) {
        ir_out_abort(o);
        return -1;
    }
    if (ir_out_commit(o, err) < 0)
        return -1;
    struct timespec t[2] = {st->st_atim, st->st_mtim};
    utimensat(AT_FDCWD, to, t, 0); /* as cp -p; a file system without times is no reason to stop */
    return 0;
}

/* 0: copied; 1: it was there. */
static int place(const struct ir_cut_to *how, const char *path, const char *to, struct ir_err *err)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return ir_fail(err, "%s (paths count from the folder where ir-infer ran)", strerror(errno));
    int rc = fstat(fd, &st) == 0 && S_ISREG(st.st_mode)
                 ? look_at(to, fd, &st, err)
                 : ir_fail(err, "is no regular file: nothing to copy");
    if (rc == 0 && (!how->link || linkat(AT_FDCWD, path, AT_FDCWD, to, AT_SYMLINK_FOLLOW) != 0))
        rc = copy_bytes(fd, &st, to, err);
    close(fd);
    return rc;
}

/* ---- spans --------------------------------------------------------------------------------- */

struct span {
    const char *to;
    struct ir_err *err;
};

static int on_sound(void *self, size_t item, const struct ir_sound *s, struct ir_err *err)
{
    struct span *w = self;
    (void)item;
    return ir_wav_write(w->to, s->data, s->channels, s->samples, s->rate_hz, true, err);
}

static int on_bad(void *self, size_t item, const struct ir_err *why, struct ir_err *err)
{
    (void)self;
    (void)item;
    return ir_fail(err, "%s", why->text);
}

/* 0: cut out; 1: it was there. */
static int cut_span(const char *path, const struct ir_event *e, const char *to, struct ir_err *err)
{
    struct stat st;
    if (lstat(to, &st) == 0)
        return 1;
    struct span w = {to, err};
    const struct ir_decode_sink sink = {&w, on_sound, on_bad, NULL, NULL};
    const struct ir_decode_opts o = {.jobs = 1, .timeout_s = 30, .max_damage = 1};
    struct ir_item item = {
        .path = (char *)(uintptr_t)path, .start_s = e->start_s, .length_s = e->end_s - e->start_s};
    return ir_decode_run(&o, &item, 1, &sink, err);
}

/* ---- a file -------------------------------------------------------------------------------- */

/* DIR/violin/name.wav, or DIR/violin/name 1.5-3.25.wav. */
static char *target(struct ir_exporter *x, size_t folder, const char *path,
                    const struct ir_event *span)
{
    const struct cut *c = x->state;
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    const char *dot = strrchr(base, '.'), *end = dot && dot > base && strlen(dot) < 8 ? dot : "";
    struct ir_buf b = {0};
    char from[32], to[32];
    ir_buf_printf(&b, "%s/%s/", x->opts.cut->folder, c->folder.at[folder]);
    add_component(&b, base, strlen(base) - strlen(end));
    if (span)
        ir_buf_printf(&b, " %s-%s", ir_format_seconds(from, span->start_s),
                      ir_format_seconds(to, span->end_s));
    keep_apart(&x->written, &b, span ? ".wav" : end);
    return b.data;
}

static int place_one(struct ir_exporter *x, const struct ir_event_file *f, size_t folder,
                     const struct ir_event *span, struct ir_err *err)
{
    const struct ir_cut_to *how = x->opts.cut;
    struct cut *c = x->state;
    struct ir_err why = {""};
    struct ir_buf line = {0};
    char start[32], end[32], *to = target(x, folder, f->path, span);
    int rc = ir_make_folders(to, &why);
    if (rc == 0)
        rc = span ? cut_span(f->path, span, to, &why) : place(how, f->path, to, &why);
    if (rc < 0) {
        c->bad++;
        ir_run_warn(how->run, "%s: %s", f->path, why.text);
    } else {
        c->done += rc == 0;
        c->there += rc > 0;
        ir_buf_shown(&line, f->path);
        ir_buf_printf(&line, "\t%s\t%s\t",
                      ir_format_seconds(start, span ? span->start_s : f->begin_s),
                      ir_format_seconds(end, span ? span->end_s : f->end_s));
        ir_buf_shown(&line, folder < f->classes->n ? f->classes->at[folder] : c->folder.at[folder]);
        ir_buf_puts(&line, "\t");
        ir_buf_shown(&line, to);
        ir_buf_puts(&line, "\n");
        rc = ir_out_write(x->out, line.data, line.len, err);
        ir_buf_free(&line);
    }
    free(to);
    return rc < 0 && !*why.text ? -1 : 0;
}

static int cut_file(struct ir_exporter *x, const struct ir_event_file *f, struct ir_err *err)
{
    struct cut *c = x->state;
    size_t n = 0, folder = f->nothing == IR_SILENCE ? x->classes.n : x->classes.n + 1;
    for (size_t i = 0; i < f->n && x->opts.cut->spans; i++) {
        if (!(f->event[i].end_s > f->event[i].start_s))
            return ir_fail(err,
                           "%s: the stream does not say how long its clips are (no `length`), "
                           "wanted to cut spans",
                           f->path);
        if (place_one(x, f, f->event[i].klass, &f->event[i], err) < 0)
            return -1;
    }
    if (x->opts.cut->spans)
        return 0;
    if (!ir_name_set_add(&c->placed, f->path))
        return ir_fail(err,
                       "%s holds several clips, which may be of several instruments: cut out spans "
                       "(--per event)",
                       f->path);
    struct ir_heard *heard = ir_events_heard(f, &n);
    if (n > 0)
        folder = heard[0].klass;
    free(heard);
    return place_one(x, f, folder, NULL, err);
}

static int cut_close(struct ir_exporter *x, struct ir_err *err)
{
    const struct cut *c = x->state;
    struct ir_run *run = x->opts.cut->run;
    if (c->there > 0)
        ir_run_note(run, "%zu of %zu are there already: left as they are", c->there,
                    c->done + c->there + c->bad);
    if ((long long)c->bad <= run->max_bad)
        return 0;
    return ir_fail(err, "%zu of %zu could not be put in place; the others are", c->bad,
                   c->done + c->there + c->bad);
}

const struct ir_export ir_cut_folders = {
    .name = "cut",
    .about = "sounds into a folder an instrument",
    .whole = true,
    .open = cut_open,
    .file = cut_file,
    .close = cut_close,
    .drop = cut_drop,
};
