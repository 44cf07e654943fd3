/* export_jsonl.c - one JSON object a line: file, start, end, instrument, probability; seconds. */
#include "convert.h"

static int jsonl_file(struct ir_exporter *x, const struct ir_event_file *f, struct ir_err *err)
{
    struct ir_buf b = {0};
    char start[32], end[32], confidence[32];

    for (size_t i = 0; i < f->n; i++) {
        const struct ir_event *e = &f->event[i];
        ir_buf_puts(&b, "{\"file\": ");
        ir_buf_json(&b, f->path);
        ir_buf_printf(&b, ", \"start\": %s, \"end\": %s, \"instrument\": ",
                      ir_format_seconds(start, e->start_s), ir_format_seconds(end, e->end_s));
        ir_buf_json(&b, f->classes->at[e->klass]);
        ir_buf_printf(&b, ", \"probability\": %s}\n",
                      ir_format_float(confidence, (float)e->confidence));
    }
    if (f->nothing != IR_SOMETHING) {
        ir_buf_puts(&b, "{\"file\": ");
        ir_buf_json(&b, f->path);
        ir_buf_printf(
            &b, ", \"start\": %s, \"end\": %s, \"instrument\": \"%s\", \"probability\": %s}\n",
            ir_format_seconds(start, f->begin_s), ir_format_seconds(end, f->end_s),
            ir_nothing_name(f->nothing), ir_format_float(confidence, (float)f->nothing_p));
    }
    int rc = b.len ? ir_out_write(x->out, b.data, b.len, err) : 0;
    ir_buf_free(&b);
    return rc;
}

const struct ir_export ir_export_jsonl = {
    .name = "jsonl",
    .about = "events as JSON lines",
    .extension = ".jsonl",
    .file = jsonl_file,
};
