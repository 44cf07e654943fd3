/* export_text.c - everything in the stream as text: the header, then each record's metadata and
 * numbers. */
#include "convert.h"
#include "convert/payload.h"

#include <string.h>

/* Metadata as in the stream, but for lists of names: their own escape is enough (bass%20drum). */
static void put_meta(const struct ir_meta *m, struct ir_buf *b)
{
    struct ir_buf text = {0};
    ir_meta_format(m, &text);
    for (const char *line = text.data, *end; line && *line; line = end + 1) {
        bool names = strncmp(line, "classes=", 8) == 0 || strncmp(line, "labels=", 7) == 0;
        end = strchr(line, '\n');
        for (; line <= end; line++) {
            ir_buf_add(b, line, 1);
            line += names && strncmp(line, "%25", 3) == 0 ? 2 : 0;
        }
    }
    ir_buf_free(&text);
}

static int text_open(struct ir_exporter *x, struct ir_err *err)
{
    struct ir_buf b = {0};

    ir_buf_puts(&b, "header\n");
    put_meta(x->head, &b);
    int rc = ir_out_write(x->out, b.data, b.len, err);
    ir_buf_free(&b);
    return rc;
}

/* Lines are the last axis; a blank line goes between the planes of the axis before it. */
static int text_put(struct ir_exporter *x, const struct ir_rec *rec, struct ir_err *err)
{
    struct ir_buf b = {0};
    char shape[80];
    size_t n = ir_rec_count(rec), width = rec->rank ? rec->shape[rec->rank - 1] : 1;
    size_t plane = rec->rank > 1 ? width * rec->shape[rec->rank - 2] : 0;
    int rc = 0;

    ir_buf_printf(&b, "\nrecord %zu %s %s\n", x->records, ir_dtype_name(rec->dtype),
                  ir_shape_text(shape, rec->rank, rec->shape));
    put_meta(&rec->meta, &b);
    ir_buf_puts(&b, "\n");
    for (size_t i = 0; i < n && rc == 0; i++) {
        if (i && plane && i % plane == 0)
            ir_buf_puts(&b, "\n");
        ir_payload_text(rec, i, &b);
        ir_buf_puts(&b, (i + 1) % width == 0 ? "\n" : " ");
        if (b.len > 1 << 16) {
            rc = ir_out_write(x->out, b.data, b.len, err);
            b.len = 0;
        }
    }
    if (rc == 0)
        rc = ir_out_write(x->out, b.data, b.len, err);
    ir_buf_free(&b);
    return rc;
}

static int text_close(struct ir_exporter *x, struct ir_err *err)
{
    return ir_out_printf(x->out, err, "\nend %zu\n", x->records);
}

const struct ir_export ir_export_text = {
    .name = "text",
    .about = "everything, readable",
    .open = text_open,
    .put = text_put,
    .close = text_close,
};
