/* export_jams.c - JAMS 0.3.4, one annotation of namespace tag_open (each observation: time,
 * duration, value, confidence). One sound file. Schema: github.com/marl/jams,
 * jams/schemata/jams_schema.json. */
#include "convert.h"

#include <stdlib.h>
#include <string.h>

static void add_observations(struct ir_buf *b, const struct ir_event_file *f)
{
    char time[32], duration[32], confidence[32];

    for (size_t i = 0; i < f->n; i++) {
        const struct ir_event *e = &f->event[i];
        ir_buf_printf(b, "%s\n    {\"time\": %s, \"duration\": %s, \"value\": ", i ? "," : "",
                      ir_format_seconds(time, e->start_s),
                      ir_format_seconds(duration, e->end_s - e->start_s));
        ir_buf_json(b, f->classes->at[e->klass]);
        ir_buf_printf(b, ", \"confidence\": %s}",
                      ir_format_float(confidence, (float)e->confidence));
    }
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static int jams_file(struct ir_exporter *x, const struct ir_event_file *f, struct ir_err *err)
{
    struct ir_buf b = {0};
    char end[32];

    ir_format_seconds(end, f->end_s);
    ir_buf_puts(&b, "{\"file_metadata\": {\"title\": ");
    ir_buf_json(&b, base_name(f->path));
    ir_buf_printf(&b,
                  ", \"artist\": \"\", \"release\": \"\", \"duration\": %s,\n"
                  "  \"identifiers\": {\"id\": ",
                  end);
    ir_buf_json(&b, f->id);
    ir_buf_puts(
        &b, "}, \"jams_version\": \"0.3.4\"},\n \"annotations\": [{\"namespace\": \"tag_open\",\n"
            "  \"annotation_metadata\": {\"curator\": {\"name\": \"\", \"email\": \"\"}, "
            "\"annotator\": {}, \"version\": \"\",\n   \"corpus\": \"\", \"annotation_tools\": "
            "\"irtools " IR_VERSION "\", \"annotation_rules\": \"\", \"validation\": \"\",\n"
            "   \"data_source\": \"program\"},\n  \"data\": [");
    add_observations(&b, f);
    ir_buf_printf(
        &b,
        "],\n  \"sandbox\": {}, \"time\": 0, \"duration\": %s}],\n \"sandbox\": {\"path\": ", end);
    ir_buf_json(&b, f->path);
    ir_buf_puts(&b, "}}\n");
    int rc = ir_out_write(x->out, b.data, b.len, err);
    ir_buf_free(&b);
    return rc;
}

static int jams_close(struct ir_exporter *x, struct ir_err *err)
{
    return x->files ? 0 : ir_fail(err, "no prediction: a jams file needs one sound file");
}

const struct ir_export ir_export_jams = {
    .name = "jams",
    .about = "JAMS (tag_open) of one sound file",
    .extension = ".jams",
    .whole = true,
    .timed = true,
    .single = true,
    .file = jams_file,
    .close = jams_close,
};
