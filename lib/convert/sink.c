/* sink.c - where records go: a tensor stream, another format, or one line each. */
#include "convert.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct ir_sink {
    const struct ir_sink_opts *opts;
    struct ir_writer *writer;
    struct ir_exporter *exporter;
    struct ir_out *lines;
    struct ir_meta head;
};

int ir_settings_apply(const struct ir_strs *settings, struct ir_meta *m, struct ir_err *err)
{
    for (size_t i = 0; i < settings->n; i++) {
        const char *text = settings->at[i], *equals = strchr(text, '=');
        if (!equals || equals == text)
            return ir_fail(err, "'%s', wanted KEY=VALUE", text);
        char *key = ir_strndup(text, (size_t)(equals - text));
        ir_meta_set(m, key, equals[1] ? equals + 1 : NULL);
        free(key);
    }
    return 0;
}

int ir_rec_check_finite(const struct ir_rec *rec, struct ir_err *err)
{
    struct ir_buf tmp = {0};
    size_t n = ir_rec_count(rec), i = 0;

    if (rec->dtype == 'd') {
        const double *d = rec->data;
        while (i < n && isfinite(d[i]))
            i++;
    } else if (rec->dtype == 'f' || rec->dtype == 'e') {
        const float *f = ir_rec_f32(rec, false, &tmp);
        while (i < n && isfinite(f[i]))
            i++;
    } else {
        i = n;
    }
    ir_buf_free(&tmp);
    if (i == n)
        return 0;
    const char *who = *ir_rec_id(rec) ? ir_rec_id(rec) : ir_rec_name(rec);
    return ir_fail(err, "record %u (%s): number %zu is NaN or infinite", rec->seq, who, i);
}

static int open_lines(struct ir_sink *s, const char *path, struct ir_err *err)
{
    struct ir_buf b = {0};

    s->lines = ir_out_open(path, false, err);
    ir_show_head(&s->head, &b);
    int rc = s->lines && b.len ? ir_out_write(s->lines, b.data, b.len, err) : 0;
    ir_buf_free(&b);
    return s->lines ? rc : -1;
}

static int open_target(struct ir_sink *s, const struct ir_run *run, struct ir_err *err)
{
    const struct ir_sink_opts *o = s->opts;

    if (o->look)
        return open_lines(s, run->output, err);
    if (o->format) {
        s->exporter = ir_export_open(o->format, run->output, &s->head, &o->export, err);
        return s->exporter ? 0 : -1;
    }
    if (!run->no_prog)
        ir_meta_add_prog(&s->head, run->prog);
    s->writer = ir_writer_open(run->output, &s->head, run->compress, err);
    if (s->writer && o->allow_nan)
        ir_writer_allow_nan(s->writer);
    return s->writer ? 0 : -1;
}

struct ir_sink *ir_sink_open(const struct ir_sink_opts *opts, const struct ir_run *run,
                             const struct ir_meta *head, struct ir_err *err)
{
    struct ir_sink *s = ir_zalloc(1, sizeof *s);

    s->opts = opts;
    ir_meta_copy(&s->head, head);
    if (ir_settings_apply(&opts->set_header, &s->head, err) == 0 && open_target(s, run, err) == 0)
        return s;
    ir_sink_close(s, -1, 0, err);
    return NULL;
}

int ir_sink_put(void *self, const struct ir_rec *rec, struct ir_err *err)
{
    struct ir_sink *s = self;

    if (s->lines) {
        struct ir_buf b = {0};
        ir_show_look(rec, &b);
        int rc = ir_out_write(s->lines, b.data, b.len, err);
        ir_buf_free(&b);
        return rc;
    }
    if (!s->exporter)
        return ir_writer_put(s->writer, rec, err);
    if (!s->opts->allow_nan && ir_rec_check_finite(rec, err) < 0)
        return -1;
    return ir_export_put(s->exporter, rec, err);
}

int ir_sink_flush(struct ir_sink *s, struct ir_err *err)
{
    return s->lines      ? ir_out_flush(s->lines, err)
           : s->exporter ? ir_export_flush(s->exporter, err)
                         : ir_writer_flush(s->writer, err);
}

int ir_sink_close(struct ir_sink *s, int rc, long long bad, struct ir_err *err)
{
    if (!s)
        return -1;
    if (rc < 0) {
        ir_writer_abort(s->writer);
        ir_export_abort(s->exporter);
        ir_out_abort(s->lines);
    } else if (s->lines) {
        rc = ir_out_commit(s->lines, err);
    } else if (s->exporter) {
        rc = ir_export_close(s->exporter, err);
    } else {
        rc = ir_writer_close(s->writer, bad, err);
    }
    ir_meta_free(&s->head);
    free(s);
    return rc;
}
