/* export_ark.c - Kaldi archive, binary: "KEY \0BFM " then \4 rows \4 columns (int32) and floats,
 * row after row; vectors "FV ", \4 length. Rows are frames. */
#include "convert.h"
#include "convert/ark.h"
#include "convert/payload.h"

#include <string.h>

int ir_ark_key(struct ir_exporter *x, const struct ir_rec *rec, struct ir_buf *key,
               struct ir_err *err)
{
    ir_buf_puts(key, ir_rec_id(rec));
    if (key->len == 0)
        return ir_fail(err, "record %u has no id, wanted one as its Kaldi key", rec->seq);
    if (strcmp(ir_rec_name(rec), "x") != 0)
        ir_buf_printf(key, "_%s", ir_rec_name(rec));
    for (size_t i = 0; i < key->len; i++)
        if ((unsigned char)key->data[i] <= ' ' || key->data[i] == 0x7f)
            key->data[i] = '_';
    struct ir_buf of = {0};
    ir_buf_printf(&of, "%s", ir_rec_id(rec));
    if (strcmp(ir_rec_name(rec), "x") != 0)
        ir_buf_printf(&of, " (%s)", ir_rec_name(rec));
    int rc = ir_export_name(x, 'k', key->data, of.data, err);
    ir_buf_free(&of);
    return rc;
}

static void add_size(struct ir_buf *b, size_t n)
{
    ir_buf_le(b, 4, 1);
    ir_buf_le(b, n, 4);
}

static void add_float(struct ir_buf *b, float v)
{
    uint32_t u;

    memcpy(&u, &v, sizeof u);
    ir_buf_le(b, u, 4);
}

static int ark_put(struct ir_exporter *x, const struct ir_rec *rec, struct ir_err *err)
{
    struct ir_payload_grid f = ir_payload_frames(rec);
    struct ir_buf b = {0}, tmp = {0};
    int rc = ir_ark_key(x, rec, &b, err);

    if (rc == 0) {
        const float *v = ir_rec_f32(rec, false, &tmp);
        ir_buf_add(&b, " \0B", 3);
        ir_buf_puts(&b, rec->rank < 2 ? "FV " : "FM ");
        if (rec->rank >= 2)
            add_size(&b, f.rows);
        add_size(&b, f.cols);
        for (size_t r = 0; r < f.rows; r++)
            for (size_t c = 0; c < f.cols; c++)
                add_float(&b, v[ir_payload_at(&f, r, c)]);
        rc = ir_out_write(x->out, b.data, b.len, err);
    }
    ir_buf_free(&b);
    ir_buf_free(&tmp);
    return rc;
}

const struct ir_export ir_export_ark = {
    .name = "ark",
    .about = "Kaldi archive, binary; rows are frames",
    .binary = true,
    .put = ark_put,
};
