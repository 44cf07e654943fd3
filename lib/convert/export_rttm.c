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
    struct ir_buf b = {0}, recording = {0}, label = {0};
    add_recording(&recording, f->path);
    int rc = f->n ? ir_export_name(x, 'r', recording.data, f->path, err) : 0;
    for (size_t i = 0; i < f->n && rc == 0; i++) {
        const struct ir_event *e = &f->event[i];
        const char *class_name = f->classes->at[e->klass];
        label.len = 0;
        add_word(&label, class_name);
        ir_buf_printf(&b, "SPEAKER %s 1 %.3f %.3f <NA> <NA> %s %.4f <NA>\n", recording.data,
                      e->start_s, e->end_s - e->start_s, label.data, e->confidence);
        rc = ir_export_name(x, 'l', label.data, class_name, err);
    }
    if (rc == 0 && b.len)
        rc = ir_out_write(x->out, b.data, b.len, err);
    ir_buf_free(&b), ir_buf_free(&recording), ir_buf_free(&label);
    return rc;
}

const struct ir_export ir_export_rttm = {
    .name = "rttm",
    .about = "RTTM, one line an event",
    .extension = ".rttm",
    .timed = true,
    .file = rttm_file,
};
