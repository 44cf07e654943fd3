/* export_rttm.c - Rich Transcription Time Marked (NIST RT-09, appendix A): one line an event,
 * SPEAKER file channel start duration <NA> <NA> label confidence <NA>. Fields hold no white space.
 */
#include "convert.h"

#include <stdlib.h>
#include <string.h>

static void add_word(struct ir_buf *b, const char *s)
{
    size_t from = b->len;

    ir_buf_shown(b, s);
    for (size_t i = from; i < b->len; i++)
        if (b->data[i] == ' ')
            b->data[i] = '_';
    if (b->len == from)
        ir_buf_puts(b, "<NA>");
}

/* A recording goes by the name of its file without folder and extension. */
static void add_recording(struct ir_buf *b, const char *path)
{
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    const char *dot = strrchr(base, '.');
    char *stem = ir_strndup(base, dot && dot != base ? (size_t)(dot - base) : strlen(base));

    add_word(b, stem);
    free(stem);
}

static int rttm_file(struct ir_exporter *x, const struct ir_event_file *f, struct ir_err *err)
{
    struct ir_buf b = {0};

    for (size_t i = 0; i < f->n; i++) {
        const struct ir_event *e = &f->event[i];
        ir_buf_puts(&b, "SPEAKER ");
        add_recording(&b, f->path);
        ir_buf_printf(&b, " 1 %.3f %.3f <NA> <NA> ", e->start_s, e->end_s - e->start_s);
        add_word(&b, f->classes->at[e->klass]);
        ir_buf_printf(&b, " %.4f <NA>\n", e->confidence);
    }
    int rc = b.len ? ir_out_write(x->out, b.data, b.len, err) : 0;
    ir_buf_free(&b);
    return rc;
}

const struct ir_export ir_export_rttm = {
    .name = "rttm",
    .about = "RTTM, one line an event",
    .extension = ".rttm",
    .timed = true,
    .file = rttm_file,
};
