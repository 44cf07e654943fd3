/* payload.c - numbers of a record: byte order, text, frames. */
#include "convert/payload.h"

#include <string.h>

const void *ir_payload_le(const struct ir_rec *rec, struct ir_buf *tmp)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    (void)tmp;
    return rec->data;
#else
    size_t size = ir_dtype_size(rec->dtype);
    tmp->len = 0;
    for (size_t i = 0; i < rec->bytes; i += size)
        for (size_t k = size; k > 0; k--)
            ir_buf_add(tmp, (const char *)rec->data + i + k - 1, 1);
    return tmp->data;
#endif
}

void ir_payload_swap_le(struct ir_rec *rec)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    size_t size = ir_dtype_size(rec->dtype);
    unsigned char *p = rec->data;
    for (size_t i = 0; i < rec->bytes; i += size)
        for (size_t a = 0, b = size - 1; a < b; a++, b--) {
            unsigned char t = p[i + a];
            p[i + a] = p[i + b];
            p[i + b] = t;
        }
#else
    (void)rec;
#endif
}

void ir_payload_text(const struct ir_rec *rec, size_t i, struct ir_buf *out)
{
    char text[32];

    switch (rec->dtype) {
    case 'd':
        ir_buf_puts(out, ir_format_real(text, ((const double *)rec->data)[i]));
        break;
    case 'h':
        ir_buf_printf(out, "%d", ((const int16_t *)rec->data)[i]);
        break;
    case 'i':
        ir_buf_printf(out, "%d", ((const int32_t *)rec->data)[i]);
        break;
    case 'B':
        ir_buf_printf(out, "%u", ((const uint8_t *)rec->data)[i]);
        break;
    case 'e': {
        struct ir_rec one = {.dtype = 'e', .bytes = 2, .data = (uint16_t *)rec->data + i};
        struct ir_buf tmp = {0};
        ir_buf_puts(out, ir_format_float(text, *ir_rec_f32(&one, false, &tmp)));
        ir_buf_free(&tmp);
        break;
    }
    default:
        ir_buf_puts(out, ir_format_float(text, ((const float *)rec->data)[i]));
        break;
    }
}

/* The number of the axis "time", or the last one. */
static int time_axis(const struct ir_rec *rec)
{
    const char *axes = ir_meta_get(&rec->meta, "axes");
    int axis = 0;

    for (const char *p = axes; p && *p; axis++) {
        size_t n = strcspn(p, ",");
        if (n == 4 && memcmp(p, "time", 4) == 0 && axis < rec->rank)
            return axis;
        p += n + (p[n] == ',');
    }
    return rec->rank - 1;
}

struct ir_payload_grid ir_payload_frames(const struct ir_rec *rec)
{
    struct ir_payload_grid f = {1, ir_rec_count(rec), 1};
    int axis = time_axis(rec);

    if (rec->rank < 2)
        return f;
    for (int i = axis + 1; i < rec->rank; i++)
        f.inner *= rec->shape[i];
    f.rows = rec->shape[axis];
    f.cols = f.rows ? ir_rec_count(rec) / f.rows : 0;
    return f;
}

size_t ir_payload_at(const struct ir_payload_grid *f, size_t r, size_t c)
{
    return (c / f->inner * f->rows + r) * f->inner + c % f->inner;
}
