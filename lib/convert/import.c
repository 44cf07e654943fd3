/* import.c - arrays of other programs as records. */
#include "convert.h"
#include "convert/payload.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX ((size_t)1 << 34)

struct import {
    const struct ir_import_opts *opts;
    int (*put)(void *arg, const struct ir_rec *rec, struct ir_err *err);
    void *arg;
};

/* "dir/name.ext" to "name"; owned by the caller. */
static char *stem(const char *path)
{
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    const char *dot = strrchr(base, '.');

    if (strcmp(path, "-") == 0)
        return ir_strdup("stdin");
    return ir_strndup(base, dot && dot != base ? (size_t)(dot - base) : strlen(base));
}

static int set_meta(struct ir_rec *rec, const struct ir_import_opts *o, const char *id,
                    struct ir_err *err)
{
    ir_meta_set(&rec->meta, "id", id);
    return ir_settings_apply(o->set, &rec->meta, err);
}

/* One array as one record, or as one a row. */
static int put_array(const struct import *m, struct ir_rec *rec, const char *id, struct ir_err *err)
{
    struct ir_buf name = {0};
    int rc = 0;

    if (!m->opts->rows)
        return set_meta(rec, m->opts, id, err) < 0 ? -1 : m->put(m->arg, rec, err);
    if (rec->rank == 0)
        return ir_fail(err, "%s is one number: it has no rows", id);
    for (uint32_t i = 0; i < rec->shape[0] && rc == 0; i++) {
        struct ir_rec row;
        ir_rec_init(&row, rec->dtype, rec->rank - 1, rec->shape + 1);
        memcpy(row.data, (const char *)rec->data + i * row.bytes, row.bytes);
        name.len = 0;
        ir_buf_printf(&name, "%s-%u", id, i);
        rc = set_meta(&row, m->opts, name.data, err);
        if (rc == 0)
            rc = m->put(m->arg, &row, err);
        ir_rec_free(&row);
    }
    ir_buf_free(&name);
    return rc;
}

static int import_npy(const struct import *m, const char *path, struct ir_err *err)
{
    struct ir_buf file = {0};
    struct ir_rec rec = {0};
    int rc = ir_read_file(path, FILE_MAX, &file, err);

    if (rc == 0 && ir_npy_read(file.data, file.len, &rec, err) < 0)
        rc = ir_fail_in(err, "%s", path);
    if (rc == 0) {
        char *id = stem(path);
        rc = put_array(m, &rec, id, err);
        free(id);
    }
    ir_rec_free(&rec);
    ir_buf_free(&file);
    return rc;
}

static int put_member(void *arg, const struct ir_npz_member *member, struct ir_err *err)
{
    struct ir_rec rec = member->rec; /* only its metadata changes; the array stays the member's */
    int rc = put_array(arg, &rec, member->name, err);

    ir_meta_free(&rec.meta);
    return rc;
}

static int import_npz(struct import *m, const char *path, struct ir_err *err)
{
    struct ir_buf file = {0};
    int rc = ir_read_file(path, FILE_MAX, &file, err);

    if (rc == 0 && ir_npz_read(file.data, file.len, m->opts->array, put_member, m, err) < 0)
        rc = ir_fail_in(err, "%s", path);
    ir_buf_free(&file);
    return rc;
}

/* Up to `want` bytes into rec; memory is taken as they arrive. */
static size_t read_bytes(FILE *f, struct ir_rec *rec, size_t want)
{
    struct ir_buf b = {0};
    while (b.len < want && !ferror(f) && !feof(f)) {
        size_t room = want - b.len < ((size_t)1 << 20) ? want - b.len : (size_t)1 << 20;
        ir_grow(&b.data, &b.cap, b.len + room, 1);
        b.len += fread(b.data + b.len, 1, room, f);
    }
    rec->data = rec->owned = b.data;
    rec->bytes = want;
    return b.len;
}

static int import_raw(const struct import *m, const char *path, struct ir_err *err)
{
    bool is_stdin = strcmp(path, "-") == 0;
    size_t want = ir_dtype_size(m->opts->dtype);
    for (int i = 0; i < m->opts->rank; i++)
        if (!ir_mul(want, m->opts->shape[i], &want) || want > IR_DATA_MAX)
            return ir_fail(err, "--shape: more than %zu bytes a record", IR_DATA_MAX);
    FILE *f = is_stdin ? stdin : fopen(path, "rb");
    struct ir_buf id = {0};
    char *name = stem(path);
    int rc = f ? 0 : ir_fail(err, "%s: %s", path, strerror(errno));

    for (size_t i = 0; rc == 0; i++) {
        struct ir_rec rec = {.dtype = m->opts->dtype, .rank = m->opts->rank};
        memcpy(rec.shape, m->opts->shape, sizeof rec.shape);
        size_t n = read_bytes(f, &rec, want);
        id.len = 0;
        ir_buf_printf(&id, "%s-%zu", name, i);
        if (ferror(f))
            rc = ir_fail(err, "%s: %s", path, strerror(errno));
        else if (n == 0 && i > 0)
            rc = 1;
        else if (n < rec.bytes)
            rc = ir_fail(err, "%s: ends with %zu bytes, wanted %zu for record %zu", path, n,
                         rec.bytes, i);
        if (rc == 0) {
            ir_payload_swap_le(&rec);
            rc = set_meta(&rec, m->opts, id.data, err);
            if (rc == 0)
                rc = m->put(m->arg, &rec, err);
        }
        ir_rec_free(&rec);
    }
    if (f && !is_stdin)
        fclose(f);
    ir_buf_free(&id);
    free(name);
    return rc < 0 ? -1 : 0;
}

int ir_import_file(const char *format, const char *path, const struct ir_import_opts *opts,
                   int (*put)(void *arg, const struct ir_rec *rec, struct ir_err *err), void *arg,
                   struct ir_err *err)
{
    struct import m = {opts, put, arg};

    if (strcmp(format, "npy") == 0)
        return import_npy(&m, path, err);
    if (strcmp(format, "npz") == 0)
        return import_npz(&m, path, err);
    if (strcmp(format, "raw") == 0)
        return import_raw(&m, path, err);
    return ir_fail(err, "no such format: %s, wanted npy, npz or raw", format);
}

/* The sink, and whether it was the one that failed: a bad file may be passed over, a full disk not.
 */
struct target {
    struct ir_sink *sink;
    struct ir_select *select;
    bool failed;
};

static int put_target(void *self, const struct ir_rec *rec, struct ir_err *err)
{
    struct target *t = self;
    int keep = ir_select_next(t->select, &rec->meta, err);

    if (keep <= 0 || !ir_select_name(t->select, rec))
        return keep < 0 ? -1 : 0;
    t->failed = ir_sink_put(t->sink, rec, err) < 0;
    return t->failed ? -1 : 0;
}

int ir_import_run(const char *format, struct ir_run *run, const struct ir_import_opts *opts,
                  struct ir_sink *sink)
{
    struct target t = {sink, opts->select, false};
    int rc = 0;

    for (size_t i = 0; i < (run->n_files ? run->n_files : 1) && rc == 0; i++) {
        struct ir_err why = {""};
        const char *path = run->n_files ? run->files[i] : "-";
        rc = ir_import_file(format, path, opts, put_target, &t, &why);
        if (rc < 0 && !t.failed)
            rc = ir_run_bad(run, &why);
        else if (rc < 0)
            run->err = why;
    }
    return rc;
}
