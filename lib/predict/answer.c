/* answer.c - operands in, answers out: each file's predictions are held back until it is known that
 * the file was whole, so that a bad file costs itself and nothing else. */
#include "predict.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SILENCE_DB (-55.0)

struct answer {
    struct ir_run *run;
    const struct ir_answer_opts *o;
    struct ir_pool *pool;
    struct ir_meta model; /* its header */
    struct ir_opened *opened;
    struct ir_meta head; /* of the predictions, as they are written */
    struct ir_sink *sink;
    struct ir_sounds *sounds; /* of this group of operands; NULL: tensor streams */
    bool started;
    size_t k;           /* classes */
    struct ir_rec *rec; /* of the file that is read now; only of sounds */
    size_t n, cap;
    struct ir_name_set bad;     /* clips that failed, as ir_buf_shown has them */
    struct ir_name_set damaged; /* what was said of damage */
    struct ir_failed failed;
    size_t files, streams, skipped;
    long long stream_bad;
    struct ir_err table; /* why the table of failures could not be written */
};

/* ---- what failed ----------------------------------------------------------------------------- */

static void on_failed(void *self, const char *file, const char *id, const char *reason)
{
    struct answer *a = self;
    if (!ir_name_set_add(&a->bad, id))
        return;
    ir_run_warn(a->run, "%s: %s", file, reason);
    (void)ir_failed_add(&a->failed, file, id, reason, &a->table);
}

static const char *clip_of(const struct ir_meta *m)
{
    const char *clip = ir_meta_get(m, "clip"), *id = ir_meta_get(m, "id");
    return clip != NULL ? clip : id != NULL ? id : "";
}

static bool is_bad(const struct answer *a, const struct ir_meta *m)
{
    struct ir_buf shown = {0};
    ir_buf_shown(&shown, clip_of(m));
    bool bad = ir_name_set_has(&a->bad, shown.data != NULL ? shown.data : "");
    ir_buf_free(&shown);
    return bad;
}

static int on_bad(void *self, const struct ir_meta *m, const struct ir_err *why, struct ir_err *err)
{
    struct answer *a = self;
    const char *path = ir_meta_get(m, "path");
    struct ir_buf file = {0}, id = {0};
    if (a->sounds == NULL) {
        int rc = ir_run_bad_clip(a->run, &a->failed, path != NULL ? path : clip_of(m), clip_of(m),
                                 why->text, why);
        if (rc < 0)
            *err = a->run->err;
        return rc;
    }
    ir_buf_shown(&file, path != NULL ? path : "");
    ir_buf_shown(&id, clip_of(m));
    on_failed(a, file.data != NULL ? file.data : "", id.data != NULL ? id.data : "", why->text);
    ir_buf_free(&file);
    ir_buf_free(&id);
    return 0;
}

static void on_note(void *self, const char *text)
{
    struct answer *a = self;
    ir_run_note(a->run, "%s", text);
}

/* What the decoder could not hear of a file that it heard otherwise. */
static void say_damage(struct answer *a, const struct ir_meta *m)
{
    const char *damage = ir_meta_get(m, "damage"), *path = ir_meta_get(m, "path");
    struct ir_buf b = {0};
    ir_buf_shown(&b, path != NULL ? path : clip_of(m));
    ir_buf_printf(&b, ": damaged, heard all the same: %s", damage != NULL ? damage : "");
    if (damage != NULL && ir_name_set_add(&a->damaged, b.data))
        ir_run_warn(a->run, "%s", b.data);
    ir_buf_free(&b);
}

/* ---- predictions ----------------------------------------------------------------------------- */

static int put_out(struct answer *a, const struct ir_rec *r, struct ir_err *err)
{
    say_damage(a, &r->meta);
    if (a->o->live != NULL)
        return a->o->live(a->o->live_self, &a->head, &r->meta, r->data, err);
    if (ir_sink_put(a->sink, r, err) < 0)
        return -1;
    return a->o->follow ? ir_sink_flush(a->sink, err) : 0;
}

/* The file that was gathered is complete: out with it, or away. */
static int settle(struct answer *a, struct ir_err *err)
{
    int rc = 0;
    if (a->sounds != NULL)
        ir_sounds_failed(a->sounds, on_failed, a);
    const bool bad = a->n > 0 && is_bad(a, &a->rec[0].meta);
    for (size_t i = 0; i < a->n; i++) {
        if (rc == 0 && !bad)
            rc = put_out(a, &a->rec[i], err);
        ir_rec_free(&a->rec[i]);
    }
    a->n = 0;
    return rc;
}

static bool same_file(const struct ir_meta *x, const struct ir_meta *y)
{
    const char *a = ir_meta_get(x, "path"), *b = ir_meta_get(y, "path");
    return strcmp(a != NULL ? a : "", b != NULL ? b : "") == 0 &&
           strcmp(clip_of(x), clip_of(y)) == 0;
}

/* One record: out at once, or held back until its file is known to be whole. */
static int take(struct answer *a, const struct ir_rec *r, struct ir_err *err)
{
    if (a->sounds == NULL || a->o->follow)
        return put_out(a, r, err);
    if (a->n > 0 && !same_file(&a->rec[0].meta, &r->meta) && settle(a, err) < 0)
        return -1;
    ir_grow(&a->rec, &a->cap, a->n + 1, sizeof *a->rec);
    ir_rec_copy(&a->rec[a->n++], r);
    return 0;
}

static int on_put(void *self, const struct ir_meta *m, const float *p, struct ir_err *err)
{
    struct answer *a = self;
    struct ir_rec r = {.dtype = 'f', .rank = 1, .shape = {(uint32_t)a->k}, .meta = *m};
    r.data = (void *)(uintptr_t)p;
    r.bytes = a->k * sizeof(float);
    return take(a, &r, err);
}

static int on_put_layer(void *self, const struct ir_meta *m, const struct ir_shape *shape,
                        const float *values, struct ir_err *err)
{
    struct ir_rec r = {.dtype = 'f', .rank = shape->rank, .meta = *m};
    for (int i = 0; i < shape->rank; i++)
        r.shape[i] = (uint32_t)shape->dim[i];
    r.data = (void *)(uintptr_t)values;
    r.bytes = ir_shape_count(shape) * sizeof(float);
    return take(self, &r, err);
}

static void set_number(struct ir_meta *m, const char *key, double asked, double fallback)
{
    double v = isnan(asked) ? fallback : asked;
    if (!isnan(asked) || (ir_meta_get(m, key) == NULL && !isnan(v)))
        ir_meta_set_real(m, key, v);
}

/* The commands that made the model's input, as part of the history. */
static void add_history(struct answer *a)
{
    struct ir_buf line = {0};
    struct ir_pipeline o = {.hop_s = a->o->hop_s};
    if (ir_pipeline_line(&a->model, &o, &line, NULL) < 0)
        return;
    char *bar = strstr(line.data, " \"$@\"");
    if (bar != NULL) {
        char *mel = bar + 5 + strspn(bar + 5, " |");
        mel[strcspn(mel, "\n")] = '\0';
        *bar = '\0';
        ir_meta_add_prog(&a->head, line.data);
        if (*mel != '\0')
            ir_meta_add_prog(&a->head, mel);
    }
    ir_buf_free(&line);
}

/* What the user wants to count as heard. */
static void set_asked(struct answer *a)
{
    set_number(&a->head, "silence", a->o->silence_db, a->sounds != NULL ? SILENCE_DB : (double)NAN);
    set_number(&a->head, "unknown", a->o->unknown, (double)NAN);
    set_number(&a->head, "least", a->o->least, (double)NAN);
    if (a->o->top > 0)
        ir_meta_setf(&a->head, "top", "%lld", a->o->top);
}

static int on_start(void *self, const struct ir_meta *head, const struct ir_strs *classes,
                    struct ir_err *err)
{
    struct answer *a = self;
    const char *labels = ir_meta_get(head, "labels"), *before = ir_meta_get(&a->head, "labels");
    if (a->started)
        return strcmp(labels != NULL ? labels : "", before != NULL ? before : "") == 0
                   ? 0
                   : ir_fail(err, "labels found are '%s', those of the operands before are '%s'",
                             labels != NULL ? labels : "none", before != NULL ? before : "none");
    a->started = true;
    a->k = classes->n;
    ir_meta_copy(&a->head, head);
    if (a->sounds != NULL && !a->run->no_prog)
        add_history(a);
    if (a->o->predict.layer == NULL)
        set_asked(a);
    if (a->o->live != NULL)
        return 0;
    a->sink = ir_sink_open(&a->o->sink, a->run, &a->head, err);
    return a->sink != NULL ? 0 : -1;
}

/* ---- one group of operands ------------------------------------------------------------------- */

static int predict(struct answer *a, char *const *files, size_t n)
{
    struct ir_predict p = a->o->predict;
    double gate = (double)NAN;
    p.model = a->o->model;
    p.opened = a->opened;
    p.files = files;
    p.n_files = n;
    p.start = on_start;
    p.put = on_put;
    p.put_layer = on_put_layer;
    p.bad = on_bad;
    p.note = on_note;
    p.self = a;
    (void)ir_meta_real(&a->model, "silence", -200, 0, &gate, NULL);
    if (isnan(gate) && a->sounds != NULL)
        gate = SILENCE_DB;
    p.silence_db = isnan(a->o->silence_db) ? gate : a->o->silence_db;
    if (a->pool == NULL)
        a->pool = ir_pool_new(a->o->threads);
    p.pool = a->pool;
    int rc = ir_predict_run(&p, &a->run->err);
    if (a->sounds == NULL)
        a->stream_bad += p.upstream_bad;
    return rc;
}

static int predict_sounds(struct answer *a, const struct ir_list *list, const char *operand)
{
    struct ir_err said;
    a->sounds =
        ir_sounds_start(&a->model, a->o->hop_s, a->o->newest_s, list, operand, &a->run->err);
    if (a->sounds == NULL)
        return -1;
    char *path = ir_sounds_path(a->sounds);
    int rc = predict(a, &path, 1);
    if (rc == 0)
        rc = settle(a, &a->run->err);
    else
        ir_sounds_failed(a->sounds, on_failed, a);
    if (ir_sounds_end(a->sounds, rc == 0, &said) < 0) {
        a->run->err = said; /* what went wrong first */
        rc = -1;
    }
    a->sounds = NULL;
    return rc;
}

/* Leave out what is done already: an empty file is not. */
static void skip_done(struct answer *a, struct ir_list *list)
{
    const struct ir_sink_opts *s = &a->o->sink;
    struct stat st;
    bool *keep = ir_alloc(list->n + 1, sizeof *keep);
    for (size_t i = 0; i < list->n; i++) {
        char *path =
            ir_export_path(s->format, s->export.folder, s->export.tree, list->item[i].path);
        keep[i] = a->o->force || stat(path, &st) != 0 || st.st_size == 0;
        a->skipped += !keep[i];
        free(path);
    }
    ir_list_keep(list, keep);
    free(keep);
}

static int answer_files(struct answer *a, char *const *files, size_t n)
{
    struct ir_inputs in = {0};
    int rc = ir_inputs_collect(&in, files, n, &a->o->inputs, &a->run->err);
    if (rc == 0 && in.left_out > 0)
        ir_run_note(a->run, "%zu files of the folders are no sounds by their names: left out",
                    in.left_out);
    if (rc == 0 && in.twice > 0)
        ir_run_note(a->run, "%zu sounds are named more than once: taken once", in.twice);
    if (rc == 0 && a->o->sink.export.folder != NULL &&
        (rc = ir_answer_stamp(a->o, &a->run->err)) == 0)
        skip_done(a, &in.list);
    a->files += in.list.n;
    if (rc == 0 && in.list.n > 1 && a->o->sink.format != NULL && a->o->sink.format->single &&
        a->o->sink.export.folder == NULL)
        rc = ir_fail(&a->run->err,
                     "%zu sound files, but %s holds one (--folder writes one file each)", in.list.n,
                     a->o->sink.format->name) -
             1;
    if (rc == 0 && in.list.n > 0)
        rc = predict_sounds(a, &in.list, NULL);
    ir_inputs_free(&in);
    return rc;
}

/* Neighbours of one kind go together; a pipe goes alone. */
static int answer_operands(struct answer *a, char *const *files, size_t n)
{
    int rc = 0;
    for (size_t i = 0, k; i < n && rc == 0; i = k) {
        enum ir_operand kind = ir_operand_look(files[i]);
        for (k = i + 1; k < n && kind != IR_OPERAND_PIPE && ir_operand_look(files[k]) == kind; k++)
            continue;
        if (kind == IR_OPERAND_FILES) {
            rc = answer_files(a, files + i, k - i);
        } else if (kind == IR_OPERAND_PIPE) {
            a->files++;
            rc = predict_sounds(a, NULL, files[i]);
        } else {
            a->streams++;
            rc = predict(a, files + i, k - i);
        }
    }
    return rc;
}

/* ---- all of it ------------------------------------------------------------------------------- */

static int finish(struct answer *a, int rc)
{
    struct ir_run *run = a->run;
    bool none = a->bad.n > 0 && a->bad.n >= a->files && a->streams == 0;
    if (rc == 0 && a->table.text[0] != '\0') {
        run->err = a->table;
        rc = -1;
    }
    if (a->sink != NULL) {
        struct ir_err kept = run->err;
        rc = ir_sink_close(a->sink, rc == 0 && none ? -1 : rc,
                           run->bad + a->stream_bad + (long long)a->bad.n, &run->err);
        if (rc < 0 && kept.text[0] != '\0')
            run->err = kept;
    }
    if (ir_failed_close(&a->failed, &run->err) < 0)
        rc = -1;
    if (a->skipped > 0)
        ir_run_note(run, "%zu files are done already: left out (--force does them again)",
                    a->skipped);
    if (a->bad.n == 0 || (rc < 0 && !none))
        return rc;
    ir_fail(&run->err, "%zu of %zu failed", a->bad.n, a->files);
    if (none || (long long)a->bad.n > run->max_bad)
        return -1;
    ir_run_warn(run, "%s", run->err.text);
    return 0;
}

static int read_model(struct answer *a)
{
    a->opened = ir_opened_new(a->o->model, &a->run->err);
    if (a->opened != NULL)
        ir_meta_copy(&a->model, ir_opened_header(a->opened));
    return a->opened != NULL ? 0 : -1;
}

int ir_answer_run(struct ir_run *run, const struct ir_answer_opts *o)
{
    char *in[] = {(char *)(uintptr_t) "-"};
    struct answer a = {.run = run, .o = o};
    int rc = ir_failed_open(&a.failed, o->failed, &run->err);
    if (rc == 0)
        rc = read_model(&a);
    if (rc == 0 && o->inputs.paths != NULL)
        rc = answer_files(&a, run->files, run->n_files);
    else if (rc == 0)
        rc = answer_operands(&a, run->n_files > 0 ? run->files : in,
                             run->n_files > 0 ? run->n_files : 1);
    rc = finish(&a, rc);
    for (size_t i = 0; i < a.n; i++)
        ir_rec_free(&a.rec[i]);
    free(a.rec);
    ir_name_set_free(&a.bad);
    ir_name_set_free(&a.damaged);
    ir_opened_free(a.opened);
    ir_meta_free(&a.model);
    ir_meta_free(&a.head);
    ir_pool_free(a.pool);
    return rc;
}
