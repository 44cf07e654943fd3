/* export_npy.c - .npy: one record as it is, several of one type and shape stacked on a new first
 * axis. The shape stands first in the file, so the numbers wait in an unlinked temporary file. */
#include "convert.h"
#include "convert/payload.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct state {
    FILE *spill;
    uint64_t n;
    char dtype;
    int rank;
    uint32_t shape[IR_RANK_MAX];
};

static int npy_open(struct ir_exporter *x, struct ir_err *err)
{
    struct state *s = ir_zalloc(1, sizeof *s);

    x->state = s;
    int fd = ir_temporary(err);
    if (fd < 0)
        return -1;
    s->spill = fdopen(fd, "w+b");
    return s->spill ? 0 : ir_fail(err, "temporary file: %s", strerror(errno));
}

static int npy_put(struct ir_exporter *x, const struct ir_rec *rec, struct ir_err *err)
{
    struct state *s = x->state;
    struct ir_buf tmp = {0};
    char a[80], b[80];

    if (s->n == 0) {
        s->dtype = rec->dtype;
        s->rank = rec->rank;
        memcpy(s->shape, rec->shape, sizeof s->shape);
    } else if (s->dtype != rec->dtype || s->rank != rec->rank ||
               memcmp(s->shape, rec->shape, sizeof *s->shape * (size_t)s->rank) != 0) {
        return ir_fail(err,
                       "record %u (%s) is %s %s, the first was %s %s: one .npy holds one shape "
                       "(npz holds any)",
                       rec->seq, ir_rec_id(rec), ir_dtype_name(rec->dtype),
                       ir_shape_text(a, rec->rank, rec->shape), ir_dtype_name(s->dtype),
                       ir_shape_text(b, s->rank, s->shape));
    }
    s->n++;
    const void *data = ir_payload_le(rec, &tmp);
    bool ok = fwrite(data, 1, rec->bytes, s->spill) == rec->bytes;
    ir_buf_free(&tmp);
    return ok ? 0 : ir_fail(err, "temporary file: %s", strerror(errno));
}

static int npy_close(struct ir_exporter *x, struct ir_err *err)
{
    struct state *s = x->state;
    uint64_t shape[IR_RANK_MAX + 1] = {s->n};
    struct ir_buf head = {0};
    char chunk[65536];
    size_t n;

    if (s->n == 0)
        return ir_fail(err, "no record to write as .npy");
    for (int i = 0; i < s->rank; i++)
        shape[i + 1] = s->shape[i];
    bool stacked = s->n > 1;
    ir_npy_header(s->dtype, s->rank + (stacked ? 1 : 0), shape + (stacked ? 0 : 1), &head);
    int rc = ir_out_write(x->out, head.data, head.len, err);
    ir_buf_free(&head);
    rewind(s->spill);
    while (rc == 0 && (n = fread(chunk, 1, sizeof chunk, s->spill)) > 0)
        rc = ir_out_write(x->out, chunk, n, err);
    if (rc == 0 && ferror(s->spill))
        rc = ir_fail(err, "temporary file: %s", strerror(errno));
    return rc;
}

static void npy_drop(struct ir_exporter *x)
{
    struct state *s = x->state;

    if (s && s->spill)
        fclose(s->spill);
    free(s);
}

const struct ir_export ir_export_npy = {
    .name = "npy",
    .about = "NumPy array; several records of one shape are stacked",
    .binary = true,
    .open = npy_open,
    .put = npy_put,
    .close = npy_close,
    .drop = npy_drop,
};
