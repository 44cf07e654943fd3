/* export_ark_text.c - Kaldi archive, text: "KEY  [" and one line a frame, "]" after the last. */
#include "convert.h"
#include "convert/ark.h"
#include "convert/payload.h"

static int ark_text_put(struct ir_exporter *x, const struct ir_rec *rec, struct ir_err *err)
{
    struct ir_payload_grid f = ir_payload_frames(rec);
    struct ir_buf b = {0};
    int rc = ir_ark_key(x, rec, &b, err);

    if (rc == 0) {
        ir_buf_puts(&b, "  [");
        for (size_t r = 0; r < f.rows; r++) {
            ir_buf_puts(&b, rec->rank < 2 ? "" : "\n ");
            for (size_t c = 0; c < f.cols; c++) {
                ir_buf_puts(&b, " ");
                ir_payload_text(rec, ir_payload_at(&f, r, c), &b);
            }
        }
        ir_buf_puts(&b, " ]\n");
        rc = ir_out_write(x->out, b.data, b.len, err);
    }
    ir_buf_free(&b);
    return rc;
}

const struct ir_export ir_export_ark_text = {
    .name = "ark-text",
    .about = "Kaldi archive, text",
    .put = ark_text_put,
};
