/* stamp.c - what the results in a folder were made with, so that what is there already is gone on
 * with by the same model and the same options only. */
#include "predict.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MODEL_BYTES_MAX ((size_t)4 << 30)

/* Everything that decides the bytes of a file's result, a line each. */
static int describe(const struct ir_answer_opts *o, struct ir_buf *out, struct ir_err *err)
{
    struct ir_buf model = {0};
    struct stat st;
    /* what came through a pipe is gone */
    if (stat(o->model, &st) == 0 && S_ISREG(st.st_mode) &&
        ir_read_file(o->model, MODEL_BYTES_MAX, &model, err) < 0)
        return -1;
    ir_buf_printf(out, "irtools results 1\nmodel %016llx\n",
                  (unsigned long long)ir_hash(model.data, model.len, 0));
    ir_buf_free(&model);
    ir_buf_printf(out, "format %s\ntimeline %d\nper %d\nby-file %d\ntop %lld\nhop %.17g\n",
                  o->sink.format->name, o->sink.export.timeline, (int)o->sink.export.per,
                  o->predict.by_file, o->top, o->hop_s);
    ir_buf_printf(out, "silence %.17g\nunknown %.17g\nleast %.17g\n", o->silence_db, o->unknown,
                  o->least);
    return 0;
}

/* The first line that differs, of text. */
static void first_other(const char *was, const char *is, struct ir_buf *out)
{
    while (*was == *is && *was != '\0') {
        const size_t n = strcspn(is, "\n"), m = strcspn(was, "\n");
        if (n != m || strncmp(was, is, n) != 0)
            break;
        was += n + (was[n] == '\n');
        is += n + (is[n] == '\n');
    }
    ir_buf_add(out, is, strcspn(is, " \n"));
}

int ir_answer_stamp(const struct ir_answer_opts *o, struct ir_err *err)
{
    struct ir_buf path = {0}, now = {0}, was = {0}, other = {0};
    struct ir_err none;
    int rc = describe(o, &now, err);
    ir_buf_printf(&path, "%s/.ir-infer", o->sink.export.folder);
    const bool there = rc == 0 && ir_read_file(path.data, 1 << 20, &was, &none) == 0;
    const bool same = there && strcmp(was.data != NULL ? was.data : "", now.data) == 0;
    if (there && !same && !o->force) {
        first_other(was.data != NULL ? was.data : "", now.data, &other);
        rc = ir_fail(err,
                     "%s: what is there was made otherwise (%s): --force does it again, or another "
                     "--folder",
                     o->sink.export.folder, other.data);
    }
    if (rc == 0 && !same) {
        rc = ir_make_folders(path.data, err);
        struct ir_out *out = rc == 0 ? ir_out_open(path.data, false, err) : NULL;
        rc = out == NULL                                      ? -1
             : ir_out_write(out, now.data, now.len, err) == 0 ? ir_out_commit(out, err)
                                                              : (ir_out_abort(out), -1);
    }
    ir_buf_free(&path);
    ir_buf_free(&now);
    ir_buf_free(&was);
    ir_buf_free(&other);
    return rc;
}
