/* ir-infer - recognise: run a trained model over a stream of clips. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "convert.h"
#include "kern.h"
#include "predict.h"

struct options {
    const char *model, *pipeline, *layer;
    long long batch, threads, top, memory_mb;
    double least;
    int format, by_file;
    bool follow;
};

static struct options o;

enum { TEXT, TSV, JSONL, IRT };

static const struct ir_opt opts[] = {
    IR_STR('m', "model", &o.model, "FILE", "the trained model (from ir-train)",
           .file = IR_FILE_READ),
    IR_CHOICE('f', "format", &o.format, "FORMAT", "text|tsv|jsonl|irt",
              "text for people, tsv, jsonl, or irt (default: text on a terminal, else irt)"),
    IR_INT(0, "top", &o.top, "N", 1, 100000, "text: show so many instruments a clip", .def = "3"),
    IR_REAL(0, "least", &o.least, "P", 0, 1,
            "text: leave out instruments less certain than this (the first is always shown)",
            .def = "0.05"),
    IR_CHOICE(0, "by-file", &o.by_file, "HOW", "none|mean|max|sum|level",
              "one prediction a file from those of its segments (sum: divided by the largest; "
              "level: mean, louder segments count more); default none, for sound files level"),
    IR_STR(0, "layer", &o.layer, "NAME",
           "instead of predictions the values of this layer (ir-model --look names them), as a "
           "stream of features to learn from"),
    IR_INT('b', "batch", &o.batch, "N", 1, 65536, "clips computed at once", .def = "32"),
    IR_JOBS(&o.threads),
    IR_INT(0, "memory", &o.memory_mb, "MB", 0, 1e9,
           "refuse to take more memory for the network (0: that of the machine)", .unit = "MB",
           .def = "0", .no_bytes = true),
    IR_FLAG(
        0, "follow", &o.follow,
        "live input: each clip is computed as it comes and its result written at once (--batch 1)",
        .no_bytes = true),
    IR_STR(0, "pipeline", &o.pipeline, "MODEL",
           "print the line of shell that makes the right input for the model and runs it on "
           "\"$@\", and end",
           .no_bytes = true, .file = IR_FILE_READ),
};

/* True when no operand is a tensor stream: then they are sound files. */
static bool are_sounds(const struct ir_run *run)
{
    for (size_t i = 0; i < run->n_files; i++) {
        char first[4] = "";
        if (strcmp(run->files[i], "-") == 0 || ir_peek(run->files[i], first, 4) <= 0 ||
            memcmp(first, "IRT1", 4) == 0)
            return false;
    }
    return run->n_files > 0;
}

static const struct ir_renamed renamed[] = {{"n", "--top"}, {NULL, NULL}};

static const struct ir_tool tool = {
    .name = "ir-infer",
    .operands = "[FILE…]",
    .summary = "recognise the instruments of each clip with a trained model",
    .examples = "ir-decode song.wav | ir-mel --preset librosa | ir-infer -m cnn.model.irt\n"
                "ir-infer -m cnn.model.irt --format tsv test.mel.irt\n"
                "ir-infer -m cnn.model.irt song.wav\n"
                "set -- *.flac; eval \"$(ir-infer --pipeline cnn.model.irt)\"\n",
    .opts = opts,
    .n_opts = sizeof opts / sizeof *opts,
    .renamed = renamed,
};

/* ---- output for people and scripts ----------------------------------------------------------- */

struct sink {
    struct ir_out *out;
    struct ir_writer *writer;
    const struct ir_strs *classes;
    size_t *order;
    const char *path;
    bool pack;
};

static void sort_classes(struct sink *s, const float *p)
{
    for (size_t i = 0; i < s->classes->n; i++) {
        size_t j = i;
        for (; j > 0 && p[s->order[j - 1]] < p[i]; j--)
            s->order[j] = s->order[j - 1];
        s->order[j] = i;
    }
}

static const char *shown_name(const struct ir_meta *m)
{
    const char *path = ir_meta_get(m, "path"), *id = ir_meta_get(m, "id");
    return path != NULL && path[0] != '\0' ? path : id != NULL && id[0] != '\0' ? id : "-";
}

static void bar(struct ir_buf *b, float p)
{
    int full = (int)(p * 30 + 0.5f);
    for (int i = 0; i < full; i++)
        ir_buf_puts(b, "█");
}

static void write_text(struct sink *s, const struct ir_meta *m, const float *p, struct ir_buf *b)
{
    const char *offset = ir_meta_get(m, "offset");
    for (size_t i = 0; i < s->classes->n && i < (size_t)o.top; i++) {
        size_t c = s->order[i];
        if (i > 0 && (double)p[c] < o.least)
            break;
        ir_buf_shown(b, shown_name(m));
        if (offset != NULL && strcmp(offset, "0") != 0)
            ir_buf_printf(b, " @%ss", offset);
        ir_buf_puts(b, ", ");
        ir_buf_shown(b, s->classes->at[c]);
        ir_buf_printf(b, ", %.4f ", (double)p[c]);
        bar(b, p[c]);
        ir_buf_puts(b, "\n");
    }
}

static void write_tsv(struct sink *s, const struct ir_meta *m, const float *p, struct ir_buf *b)
{
    const char *offset = ir_meta_get(m, "offset"), *id = ir_meta_get(m, "id");
    for (size_t i = 0; i < s->classes->n; i++) {
        size_t c = s->order[i];
        char number[32];
        ir_buf_shown(b, shown_name(m));
        ir_buf_puts(b, "\t");
        ir_buf_shown(b, id != NULL ? id : "");
        ir_buf_printf(b, "\t%s\t", offset != NULL ? offset : "0");
        ir_buf_shown(b, s->classes->at[c]);
        ir_buf_printf(b, "\t%s\n", ir_format_float(number, p[c]));
    }
}

static void write_json(struct sink *s, const struct ir_meta *m, const float *p, struct ir_buf *b)
{
    static const char *const keys[] = {"id", "path", "labels", "group", "split"};
    const char *offset = ir_meta_get(m, "offset");
    ir_buf_puts(b, "{");
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const char *v = ir_meta_get(m, keys[i]);
        if (v == NULL)
            continue;
        ir_buf_json(b, keys[i]);
        ir_buf_puts(b, ": ");
        ir_buf_json(b, v);
        ir_buf_puts(b, ", ");
    }
    ir_buf_printf(b, "\"offset\": %s, \"instruments\": {", offset != NULL ? offset : "0");
    for (size_t i = 0; i < s->classes->n; i++) {
        size_t c = s->order[i];
        char number[32];
        ir_buf_puts(b, i > 0 ? ", " : "");
        ir_buf_json(b, s->classes->at[c]);
        ir_buf_printf(b, ": %s", ir_format_float(number, p[c]));
    }
    ir_buf_puts(b, "}}\n");
}

static int put(void *self, const struct ir_meta *m, const float *p, struct ir_err *err)
{
    struct sink *s = self;
    if (s->writer != NULL) {
        struct ir_rec r = {.dtype = 'f', .rank = 1, .shape = {(uint32_t)s->classes->n}};
        r.data = (void *)(uintptr_t)p;
        r.bytes = s->classes->n * sizeof(float);
        r.meta = *m;
        if (ir_writer_put(s->writer, &r, err) < 0)
            return -1;
        return o.follow ? ir_writer_flush(s->writer, err) : 0;
    }
    struct ir_buf b = {0};
    sort_classes(s, p);
    if (o.format == TEXT)
        write_text(s, m, p, &b);
    else if (o.format == TSV)
        write_tsv(s, m, p, &b);
    else
        write_json(s, m, p, &b);
    int rc = ir_out_write(s->out, b.data, b.len, err);
    if (rc == 0)
        rc = ir_out_flush(s->out, err);
    ir_buf_free(&b);
    return rc;
}

static int put_layer(void *self, const struct ir_meta *m, const struct ir_shape *shape,
                     const float *values, struct ir_err *err)
{
    struct sink *s = self;
    struct ir_rec r = {.dtype = 'f', .rank = shape->rank, .data = (void *)(uintptr_t)values};
    for (int i = 0; i < shape->rank; i++)
        r.shape[i] = (uint32_t)shape->dim[i];
    r.bytes = ir_shape_count(shape) * sizeof(float);
    r.meta = *m;
    if (ir_writer_put(s->writer, &r, err) < 0)
        return -1;
    return o.follow ? ir_writer_flush(s->writer, err) : 0;
}

static int start_sink(void *self, const struct ir_meta *head, const struct ir_strs *classes,
                      struct ir_err *err)
{
    struct sink *s = self;
    s->classes = classes;
    if (o.format == IRT)
        return (s->writer = ir_writer_open(s->path, head, s->pack, err)) != NULL ? 0 : -1;
    s->order = ir_alloc(classes->n + 1, sizeof *s->order);
    if (o.format == TSV)
        return ir_out_printf(s->out, err, "file\tid\toffset\tinstrument\tconfidence\n");
    return 0;
}

/* ---- the run -----------------------------------------------------------------------------------
 */

static int bad(void *self, const struct ir_err *why)
{
    return ir_run_bad(self, why);
}

static int run_all(struct ir_run *run, struct ir_pool *pool, bool sounds)
{
    struct sink s = {.path = run->output, .pack = run->compress};
    struct ir_predict p = {.model = o.model,
                           .files = run->files,
                           .n_files = sounds ? 0 : run->n_files,
                           .batch = (size_t)o.batch,
                           .pool = pool,
                           .by_file = o.by_file >= 0       ? o.by_file
                                      : sounds && !o.layer ? IR_BY_LEVEL
                                                           : IR_BY_CLIP,
                           .memory_max = (size_t)o.memory_mb * 1000000,
                           .prog = run->no_prog ? NULL : run->prog,
                           .start = start_sink,
                           .put = put,
                           .layer = o.layer,
                           .put_layer = put_layer,
                           .self = &s,
                           .bad = bad,
                           .bad_self = run};
    if (o.layer != NULL && o.format >= 0 && o.format != IRT)
        return ir_fail(&run->err, "--layer writes a tensor stream, no other --format");
    if (o.layer != NULL)
        o.format = IRT;
    if (o.format < 0)
        o.format = run->output == NULL && isatty(STDOUT_FILENO) ? TEXT : IRT;
    if (o.format != IRT && (s.out = ir_out_open(run->output, false, &run->err)) == NULL)
        return -1;
    int rc = ir_predict_run(&p, &run->err);
    if (s.writer != NULL) {
        if (rc == 0)
            rc = ir_writer_close(s.writer, run->bad + p.upstream_bad, &run->err);
        else
            ir_writer_abort(s.writer);
    }
    if (s.out != NULL) {
        if (rc == 0)
            rc = ir_out_commit(s.out, &run->err);
        else
            ir_out_abort(s.out);
    }
    free(s.order);
    return rc;
}

static int print_pipeline(struct ir_run *run)
{
    struct ir_buf b = {0};
    char *path = ir_strdup(o.pipeline);
    struct ir_reader *r = ir_reader_open(&path, 1, &run->err);
    int rc = r != NULL ? ir_pipeline_text(ir_reader_header(r), path, &b, &run->err) : -1;
    if (rc == 0)
        rc = ir_run_print(run, b.data);
    ir_reader_close(r);
    ir_buf_free(&b);
    free(path);
    return rc;
}

int main(int argc, char **argv)
{
    struct ir_run run;
    ir_kern_settle();
    int status = ir_run_start(&run, &tool, argc, argv);
    if (status >= 0)
        return status;
    if (o.pipeline != NULL)
        return ir_run_finish(&run, print_pipeline(&run));
    if (o.model == NULL) {
        ir_fail(&run.err, "the model is missing (-m FILE)");
        return ir_run_finish(&run, -2);
    }
    struct ir_err child;
    pid_t pid = 0;
    bool sounds = are_sounds(&run);
    if (sounds && ir_predict_sounds(o.model, run.files, run.n_files, &pid, &run.err) < 0)
        return ir_run_finish(&run, -1);
    if (o.follow)
        o.batch = 1;
    struct ir_pool *pool = ir_pool_new((unsigned)o.threads);
    int rc = run_all(&run, pool, sounds);
    if (sounds)
        close(STDIN_FILENO);
    if (sounds && ir_predict_wait(pid, &child) < 0 && rc == 0) {
        run.err = child;
        rc = -1;
    }
    ir_pool_free(pool);
    return ir_run_finish(&run, rc);
}
