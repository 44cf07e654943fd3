/* export_vtt.c - WebVTT captions of one sound file (W3C WebVTT, 4 April 2019). In a caption's text
 * & and < are written &amp; and &lt;. */
#include "convert/captions.h"

static int vtt_file(struct ir_exporter *x, const struct ir_event_file *f, struct ir_err *err)
{
    struct ir_buf b = {0}, out = {0};
    ir_captions(f, '.', false, &b);
    ir_buf_puts(&out, "WEBVTT\n\n");
    for (size_t i = 0; i < b.len; i++) {
        if (b.data[i] == '&')
            ir_buf_puts(&out, "&amp;");
        else if (b.data[i] == '<')
            ir_buf_puts(&out, "&lt;");
        else
            ir_buf_add(&out, b.data + i, 1);
    }
    int rc = ir_out_write(x->out, out.data, out.len, err);
    ir_buf_free(&b);
    ir_buf_free(&out);
    return rc;
}

const struct ir_export ir_export_vtt = {
    .name = "vtt",
    .about = "WebVTT captions of one sound file",
    .extension = ".vtt",
    .timed = true,
    .single = true,
    .whole = true,
    .file = vtt_file,
};
