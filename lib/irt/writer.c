/* writer.c - writing tensor streams. */
#include "codec.h"
#include "head.h"

#include <stdlib.h>
#include <string.h>

struct ir_writer {
    struct ir_out *out;
    uint32_t seq;
    bool pack, allow_nan;
    struct ir_buf meta, packed;
};

static int write_padded(struct ir_writer *w, const void *bytes, size_t n, struct ir_err *err)
{
    static const char zeros[64];
    if (ir_out_write(w->out, bytes, n, err) != 0)
        return -1;
    return ir_out_write(w->out, zeros, ir_padded(n) - n, err);
}

/* Head and metadata; h->meta_* and CRCs are filled here. */
static int write_front(struct ir_writer *w, struct ir_head *h, const struct ir_meta *meta,
                       struct ir_err *err)
{
    unsigned char bytes[IR_HEAD_BYTES];
    w->meta.len = 0;
    ir_buf_add(&w->meta, "", 0);
    for (size_t i = 0; i < meta->n; i++)
        if (!ir_meta_key_ok(meta->key[i]))
            return ir_fail(err, "metadata: \"%s\" cannot be a key", meta->key[i]);
    ir_meta_format(meta, &w->meta);
    if (w->meta.len > IR_META_MAX)
        return ir_fail(err, "metadata of %zu bytes is larger than %zu", w->meta.len, IR_META_MAX);
    h->meta_bytes = (uint32_t)w->meta.len;
    h->meta_crc = ir_crc32(0, w->meta.data, w->meta.len);
    ir_head_write(h, bytes);
    if (ir_out_write(w->out, bytes, sizeof bytes, err) != 0)
        return -1;
    return write_padded(w, w->meta.data, w->meta.len, err);
}

struct ir_writer *ir_writer_open(const char *path, const struct ir_meta *header, bool pack,
                                 struct ir_err *err)
{
    struct ir_head h = {.kind = 'H', .dtype = '-', .codec = '-'};
    struct ir_out *out = ir_out_open(path, true, err);
    if (out == NULL)
        return NULL;
    struct ir_writer *w = ir_zalloc(1, sizeof *w);
    w->out = out;
    w->pack = pack;
    if (write_front(w, &h, header, err) == 0)
        return w;
    ir_writer_abort(w);
    return NULL;
}

void ir_writer_allow_nan(struct ir_writer *w)
{
    w->allow_nan = true;
}

#define BLOCK 64 /* numbers */

/* Index of the first NaN or Inf, or n. An exponent of all ones means either. */
static size_t find_not_finite(const struct ir_rec *r, size_t n)
{
    size_t i = 0;
    if (r->dtype == 'f') {
        const uint32_t *p = r->data;
        uint32_t any = 0;
        size_t k = 0;
        for (; k + BLOCK <= n; k += BLOCK) /* of a length that the compiler makes vectors of */
            for (size_t j = 0; j < BLOCK; j++)
                any |= (uint32_t)((p[k + j] & 0x7f800000u) == 0x7f800000u);
        for (; k < n; k++)
            any |= (p[k] & 0x7f800000u) == 0x7f800000u;
        if (any == 0)
            return n;
        while ((p[i] & 0x7f800000u) != 0x7f800000u)
            i++;
        return i;
    }
    if (r->dtype == 'd')
        for (const uint64_t *p = r->data; i < n && (p[i] >> 52 & 2047) != 2047;)
            i++;
    else if (r->dtype == 'e')
        for (const uint16_t *p = r->data; i < n && (p[i] >> 10 & 31) != 31;)
            i++;
    else
        return n;
    return i;
}

int ir_writer_put(struct ir_writer *w, const struct ir_rec *rec, struct ir_err *err)
{
    struct ir_head h = {.kind = 'T', .dtype = rec->dtype, .codec = '-', .rank = rec->rank};
    const void *bytes = rec->data;
    size_t n = ir_rec_count(rec);
    memcpy(h.shape, rec->shape, sizeof h.shape);
    h.seq = w->seq;
    h.data_bytes = rec->bytes;
    if (rec->bytes > IR_DATA_MAX)
        return ir_fail(err,
                       "clip %s: %zu bytes in one tensor, %zu is the most: cut it into segments",
                       ir_rec_id(rec), rec->bytes, IR_DATA_MAX);
    const char *labels = ir_meta_get(&rec->meta, "labels");
    if (labels != NULL && ir_labels_check(labels, err) != 0)
        return ir_fail_in(err, "clip %s", ir_rec_id(rec));
    size_t bad = w->allow_nan ? n : find_not_finite(rec, n);
    if (bad < n)
        return ir_fail(err, "clip %s: number %zu of %zu is not finite", ir_rec_id(rec), bad, n);
    if (w->pack && ir_pack(rec->data, rec->bytes, &w->packed)) {
        h.codec = 'z';
        h.data_bytes = w->packed.len;
        bytes = w->packed.data;
    }
    h.data_crc = ir_crc32(0, bytes, (size_t)h.data_bytes);
    if (write_front(w, &h, &rec->meta, err) != 0)
        return -1;
    w->seq++;
    return write_padded(w, bytes, (size_t)h.data_bytes, err);
}

int ir_writer_flush(struct ir_writer *w, struct ir_err *err)
{
    return ir_out_flush(w->out, err);
}

static void writer_free(struct ir_writer *w)
{
    ir_buf_free(&w->meta);
    ir_buf_free(&w->packed);
    free(w);
}

int ir_writer_close(struct ir_writer *w, long long bad, struct ir_err *err)
{
    struct ir_head h = {.kind = 'E', .dtype = '-', .codec = '-', .seq = w->seq};
    struct ir_meta meta = {0};
    if (bad > 0)
        ir_meta_setf(&meta, "bad", "%lld", bad);
    int rc = write_front(w, &h, &meta, err);
    ir_meta_free(&meta);
    if (rc != 0) {
        ir_writer_abort(w);
        return -1;
    }
    rc = ir_out_commit(w->out, err);
    writer_free(w);
    return rc;
}

void ir_writer_abort(struct ir_writer *w)
{
    if (w == NULL)
        return;
    ir_out_abort(w->out);
    writer_free(w);
}
