/* export_audacity.c - Audacity label track: start, end, label; tabs between; seconds. One sound
 * file. */
#include "convert.h"

static int audacity_file(struct ir_exporter *x, const struct ir_event_file *f, struct ir_err *err)
{
    struct ir_buf b = {0};

    for (size_t i = 0; i < f->n; i++) {
        const struct ir_event *e = &f->event[i];
        ir_buf_printf(&b, "%.6f\t%.6f\t", e->start_s, e->end_s);
        ir_buf_shown(&b, f->classes->at[e->klass]);
        ir_buf_puts(&b, "\n");
    }
    int rc = b.len ? ir_out_write(x->out, b.data, b.len, err) : 0;
    ir_buf_free(&b);
    return rc;
}

const struct ir_export ir_export_audacity = {
    .name = "audacity",
    .about = "Audacity label track of one sound file",
    .extension = ".txt",
    .timed = true,
    .single = true,
    .file = audacity_file,
};
