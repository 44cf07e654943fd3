/* export.c - the list of formats and what all of them share. */
#include "convert.h"
#include "convert/events.h"

#include <stdlib.h>
#include <string.h>

#define X(n) extern const struct ir_export ir_export_##n;
#include "export.inc"
#undef X

static const struct ir_export *const formats[] = {
#define X(n) &ir_export_##n,
#include "export.inc"
#undef X
};
#define N_FORMATS (sizeof formats / sizeof *formats)

void ir_export_names(struct ir_strs *names)
{
    for (size_t i = 0; i < N_FORMATS; i++)
        ir_strs_add(names, formats[i]->name);
}

const struct ir_export *ir_export_find(const char *name)
{
    for (size_t i = 0; i < N_FORMATS; i++)
        if (strcmp(formats[i]->name, name) == 0)
            return formats[i];
    return NULL;
}

static int check_domain(const struct ir_exporter *x, struct ir_err *err)
{
    const char *domain = ir_meta_get(x->head, "domain");

    if (!x->format->file || (domain && strcmp(domain, "pred") == 0))
        return 0;
    return ir_fail(err, "%s holds predictions: found domain=%s, wanted pred", x->format->name,
                   domain ? domain : "(none)");
}

static void free_exporter(struct ir_exporter *x)
{
    if (x->format->drop)
        x->format->drop(x);
    ir_events_free(x->events);
    ir_name_set_free(&x->written);
    ir_name_set_free(&x->names);
    ir_strs_free(&x->classes);
    free(x);
}

static int open_output(struct ir_exporter *x, const char *path, struct ir_err *err)
{
    x->out = ir_out_open(path, x->format->binary, err);
    if (!x->out)
        return -1;
    if (x->opts.tree)
        ir_out_no_sync(x->out);
    return x->format->open ? x->format->open(x, err) : 0;
}

static int close_output(struct ir_exporter *x, struct ir_err *err)
{
    if (x->format->close && x->format->close(x, err) < 0)
        return -1;
    int rc = ir_out_commit(x->out, err);
    x->out = NULL;
    return rc;
}

/* "FOLDER/song.jams" for "dir/song.wav"; as a tree FOLDER/dir/song.wav.jams, without a leading "/",
 * each ".." as "__". */
char *ir_export_path(const struct ir_export *format, const char *folder, bool tree,
                     const char *sound)
{
    const char *slash = strrchr(sound, '/'), *base = slash ? slash + 1 : sound;
    const char *dot = strrchr(base, '.');
    struct ir_buf b = {0};

    ir_buf_printf(&b, "%s/", folder);
    for (const char *at = sound; tree && *at && at < base;) {
        size_t n = strcspn(at, "/");
        if (n == 2 && strncmp(at, "..", 2) == 0)
            ir_buf_puts(&b, "__/");
        else if (n > 0 && !(n == 1 && *at == '.'))
            ir_buf_add(&b, at, n + 1);
        at += n + (at[n] == '/');
    }
    ir_buf_add(&b, base, dot && dot != base && !tree ? (size_t)(dot - base) : strlen(base));
    ir_buf_puts(&b, format->extension ? format->extension : ".txt");
    return b.data;
}

int ir_export_name(struct ir_exporter *x, char kind, const char *name, const char *of,
                   struct ir_err *err)
{
    struct ir_buf pair = {0};
    ir_buf_printf(&pair, "%c%s%c%s", kind, name, '\n', of); /* formats' names hold no line end */
    const bool known = ir_name_set_has(&x->names, pair.data);
    if (!known)
        ir_name_set_add(&x->names, pair.data);
    pair.len = 0;
    ir_buf_printf(&pair, "%c%s", kind, name);
    const bool fresh = ir_name_set_add(&x->names, pair.data);
    ir_buf_free(&pair);
    return known || fresh ? 0
                          : ir_fail(err, "%s: in %s it would be called %s, as another one is", of,
                                    x->format->name, name);
}

/* A name that another sound file has taken is an error. */
static char *output_path(struct ir_exporter *x, const struct ir_event_file *f, struct ir_err *err)
{
    const char *slash = strrchr(f->path, '/'), *base = slash ? slash + 1 : f->path;
    char *path = ir_export_path(x->format, x->opts.folder, x->opts.tree, f->path);

    if (*base && strcmp(base, ".") != 0 && strcmp(base, "..") != 0 &&
        ir_name_set_add(&x->written, path)) {
        if (!x->opts.tree || ir_make_folders(path, err) == 0)
            return path;
    } else {
        ir_fail(err, "%s: its predictions would go to %s, as those of another sound file", f->path,
                path);
    }
    free(path);
    return NULL;
}

static int check_timed(const struct ir_exporter *x, const struct ir_event_file *f,
                       struct ir_err *err)
{
    for (size_t i = 0; x->format->timed && i < f->n; i++)
        if (!(f->event[i].end_s > f->event[i].start_s))
            return ir_fail(err,
                           "%s: the stream does not say how long its clips are (no `length`), "
                           "wanted by %s",
                           f->path, x->format->name);
    return 0;
}

int ir_export_file(struct ir_exporter *x, const struct ir_event_file *f, struct ir_err *err)
{
    if (check_timed(x, f, err) < 0)
        return -1;
    if (!x->opts.folder && x->format->single && x->files > 0)
        return ir_fail(err,
                       "a second sound file (%s): %s holds one (--folder writes one file each)",
                       f->path, x->format->name);
    if (!x->opts.folder)
        return x->format->file(x, f, err);
    char *path = output_path(x, f, err);
    x->files = 0; /* each output sees its only file */
    int rc = path ? open_output(x, path, err) : -1;
    if (rc == 0)
        rc = x->format->file(x, f, err);
    x->files = 1;
    if (rc == 0)
        rc = close_output(x, err);
    free(path);
    return rc;
}

struct ir_exporter *ir_export_open(const struct ir_export *format, const char *path,
                                   const struct ir_meta *head, const struct ir_export_opts *opts,
                                   struct ir_err *err)
{
    struct ir_exporter *x = ir_zalloc(1, sizeof *x);
    const char *classes = ir_meta_get(head, "classes");

    x->format = format;
    x->head = head;
    x->opts = *opts;
    if (check_domain(x, err) < 0 || (classes && ir_names_parse(classes, &x->classes, err) < 0))
        goto fail;
    if (format->file && !(x->events = ir_events_new(x, err)))
        goto fail;
    if (opts->folder && !format->file) {
        ir_fail(err, "%s is no format of predictions: it cannot be written file by file",
                format->name);
        goto fail;
    }
    if (opts->live && (!format->file || format->whole || opts->folder)) {
        ir_fail(err, "%s cannot be written event by event",
                opts->folder ? "a folder" : format->name);
        goto fail;
    }
    if (!opts->folder && open_output(x, path, err) < 0)
        goto fail;
    return x;
fail:
    ir_export_abort(x);
    return NULL;
}

int ir_export_put(struct ir_exporter *x, const struct ir_rec *rec, struct ir_err *err)
{
    int rc = x->format->file ? ir_events_put(x, rec, err) : x->format->put(x, rec, err);

    x->records++;
    return rc;
}

int ir_export_flush(struct ir_exporter *x, struct ir_err *err)
{
    return x->out ? ir_out_flush(x->out, err) : 0;
}

int ir_export_close(struct ir_exporter *x, struct ir_err *err)
{
    if ((x->format->file && ir_events_flush(x, err) < 0) ||
        (!x->opts.folder && close_output(x, err) < 0)) {
        ir_export_abort(x);
        return -1;
    }
    free_exporter(x);
    return 0;
}

void ir_export_abort(struct ir_exporter *x)
{
    if (!x)
        return;
    ir_out_abort(x->out);
    free_exporter(x);
}
