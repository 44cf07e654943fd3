/* export_npz.c - .npz: a zip of one .npy a record, named ID.npy, or ID/NAME.npy for tensors other
 * than x. */
#include "convert.h"
#include "convert/payload.h"
#include "convert/zip.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static int npz_open(struct ir_exporter *x, struct ir_err *err)
{
    struct ir_zip *z = ir_zalloc(1, sizeof *z);

    (void)err;
    z->out = x->out;
    x->state = z;
    return 0;
}

/* Nobody who unpacks the file may be led elsewhere: no "..", no leading slash, no backslash, no
 * control bytes; such bytes, and those that are not UTF-8 as zip promises of names, become %XX. */
static void add_safe(struct ir_buf *b, const char *s)
{
    bool starts = true;

    for (; *s; s++) {
        bool dots = starts && *s == '.' && s[1] == '.';
        bool slash = starts && *s == '/';
        const size_t wide = ir_utf8_length(s);
        if (wide > 1) {
            ir_buf_add(b, s, wide);
            s += wide - 1;
        } else if (wide == 0 || dots || slash || *s == '\\' || *s == '%' ||
                   iscntrl((unsigned char)*s))
            ir_buf_printf(b, "%%%02X", (unsigned char)*s);
        else
            ir_buf_add(b, s, 1);
        starts = *s == '/';
    }
}

static int npz_put(struct ir_exporter *x, const struct ir_rec *rec, struct ir_err *err)
{
    struct ir_zip *z = x->state;
    struct ir_buf name = {0}, head = {0}, tmp = {0};
    uint64_t shape[IR_RANK_MAX];

    add_safe(&name, ir_rec_id(rec));
    if (name.len == 0 && strcmp(ir_rec_name(rec), "x") == 0)
        ir_buf_printf(&name, "arr_%zu", x->records);
    if (strcmp(ir_rec_name(rec), "x") != 0) {
        if (name.len)
            ir_buf_puts(&name, "/");
        add_safe(&name, ir_rec_name(rec));
    }
    ir_buf_puts(&name, ".npy");
    for (int i = 0; i < rec->rank; i++)
        shape[i] = rec->shape[i];
    ir_npy_header(rec->dtype, rec->rank, shape, &head);
    int rc =
        ir_zip_put(z, name.data, head.data, head.len, ir_payload_le(rec, &tmp), rec->bytes, err);
    ir_buf_free(&name), ir_buf_free(&head), ir_buf_free(&tmp);
    return rc;
}

static int npz_close(struct ir_exporter *x, struct ir_err *err)
{
    return ir_zip_finish(x->state, err);
}

static void npz_drop(struct ir_exporter *x)
{
    if (x->state)
        ir_zip_free(x->state);
    free(x->state);
}

const struct ir_export ir_export_npz = {
    .name = "npz",
    .about = "NumPy archive, one array a record",
    .binary = true,
    .open = npz_open,
    .put = npz_put,
    .close = npz_close,
    .drop = npz_drop,
};
