/* export_srt.c - SubRip captions of one sound file: number, time, instruments, empty line. */
#include "convert/captions.h"

static int srt_file(struct ir_exporter *x, const struct ir_event_file *f, struct ir_err *err)
{
    struct ir_buf b = {0};
    ir_captions(f, ',', true, &b);
    int rc = b.len ? ir_out_write(x->out, b.data, b.len, err) : 0;
    ir_buf_free(&b);
    return rc;
}

const struct ir_export ir_export_srt = {
    .name = "srt",
    .about = "SubRip captions of one sound file",
    .extension = ".srt",
    .timed = true,
    .single = true,
    .whole = true,
    .file = srt_file,
};
