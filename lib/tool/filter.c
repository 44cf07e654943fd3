/* filter.c - the loop that most tools are: clips in, clips out. */
#include "tool.h"

#include <string.h>

static int check_domain(const char *wanted, const struct ir_meta *header, struct ir_err *err)
{
    const char *found = ir_meta_get(header, "domain");
    if (wanted == NULL || (found != NULL && strcmp(found, wanted) == 0))
        return 0;
    return ir_fail(err, "found a stream of domain %s, wanted %s", found != NULL ? found : "(none)",
                   wanted);
}

/* The clip's file and id, for the table of what failed. */
static int bad_clip(struct ir_run *run, struct ir_failed *failed, const struct ir_clip *clip,
                    const struct ir_err *why)
{
    const char *id = ir_rec_id(&clip->rec[0]), *path = ir_meta_get(&clip->rec[0].meta, "path");
    return ir_run_bad_clip(run, failed, path != NULL ? path : id, id, why->text, why);
}

static int loop(struct ir_run *run, const struct ir_filter *f, struct ir_reader *r,
                struct ir_writer *w, struct ir_failed *failed)
{
    struct ir_clip clip = {0};
    struct ir_progress progress;
    double total, at = ir_reader_position(r, &total);
    int rc;
    ir_progress_start(&progress, run, run->tool->name, "MB", total / 1e6);
    while ((rc = ir_clip_next(r, &clip, &run->err)) == 1) {
        struct ir_err why = {""};
        rc = f->one(f->self, &clip, w, &why);
        if (rc > 0)
            rc = bad_clip(run, failed, &clip, &why);
        else if (rc < 0)
            run->err = why;
        if (rc != 0)
            break;
        at = ir_reader_position(r, &total);
        ir_progress_step(&progress, at / 1e6, NULL);
    }
    ir_progress_end(&progress);
    ir_clip_free(&clip);
    return rc;
}

int ir_filter_run(struct ir_run *run, const struct ir_filter *f)
{
    struct ir_meta header = {0};
    struct ir_writer *w = NULL;
    struct ir_failed failed;
    if (ir_failed_open(&failed, f->failed, &run->err) < 0)
        return -1;
    struct ir_reader *r = ir_reader_open(run->files, run->n_files, &run->err);
    int rc = r == NULL ? -1 : check_domain(f->domain, ir_reader_header(r), &run->err);
    if (rc == 0) {
        ir_meta_copy(&header, ir_reader_header(r));
        if (!run->no_prog)
            ir_meta_add_prog(&header, run->prog);
        if (f->per_tensor > 0 && ir_reader_tensors(r) > 0)
            ir_meta_setf(&header, "tensors", "%lld",
                         (long long)f->per_tensor * ir_reader_tensors(r));
        if (f->head != NULL)
            rc = f->head(f->self, ir_reader_header(r), &header, &run->err);
    }
    if (rc == 0) {
        w = ir_writer_open(run->output, &header, run->compress, &run->err);
        rc = w == NULL ? -1 : loop(run, f, r, w, &failed);
    }
    if (rc == 0)
        rc = ir_writer_close(w, run->bad + ir_reader_bad(r), &run->err);
    else
        ir_writer_abort(w);
    if (ir_failed_close(&failed, &run->err) < 0)
        rc = -1;
    ir_reader_close(r);
    ir_meta_free(&header);
    return rc;
}
