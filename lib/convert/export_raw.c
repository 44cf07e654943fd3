/* export_raw.c - the bare numbers, little-endian, record after record. */
#include "convert.h"
#include "convert/payload.h"

static int raw_put(struct ir_exporter *x, const struct ir_rec *rec, struct ir_err *err)
{
    struct ir_buf tmp = {0};
    int rc = ir_out_write(x->out, ir_payload_le(rec, &tmp), rec->bytes, err);

    ir_buf_free(&tmp);
    return rc;
}

const struct ir_export ir_export_raw = {
    .name = "raw",
    .about = "bare little-endian numbers",
    .binary = true,
    .put = raw_put,
};
