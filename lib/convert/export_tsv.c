/* export_tsv.c - file, start, end, instrument, probability; tabs between, one heading line;
 * seconds. Tabs and other control bytes within names appear as \xNN. */
#include "convert.h"

static int tsv_open(struct ir_exporter *x, struct ir_err *err)
{
    return ir_out_printf(x->out, err, "file\tstart\tend\tinstrument\tprobability\n");
}

static int tsv_file(struct ir_exporter *x, const struct ir_event_file *f, struct ir_err *err)
{
    struct ir_buf b = {0};
    char start[32], end[32];

    for (size_t i = 0; i < f->n; i++) {
        const struct ir_event *e = &f->event[i];
        ir_buf_shown(&b, f->path);
        ir_buf_printf(&b, "\t%s\t%s\t", ir_format_seconds(start, e->start_s),
                      ir_format_seconds(end, e->end_s));
        ir_buf_shown(&b, f->classes->at[e->klass]);
        ir_buf_printf(&b, "\t%.6g\n", e->confidence);
    }
    if (f->nothing != IR_SOMETHING) {
        ir_buf_shown(&b, f->path);
        ir_buf_printf(&b, "\t%s\t%s\t%s\t%.6g\n", ir_format_seconds(start, f->begin_s),
                      ir_format_seconds(end, f->end_s), ir_nothing_name(f->nothing), f->nothing_p);
    }
    int rc = b.len ? ir_out_write(x->out, b.data, b.len, err) : 0;
    ir_buf_free(&b);
    return rc;
}

const struct ir_export ir_export_tsv = {
    .name = "tsv",
    .about = "events as a table with tabs",
    .extension = ".tsv",
    .open = tsv_open,
    .file = tsv_file,
};
