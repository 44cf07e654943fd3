/* rec.c - tensor records in memory. */
#include "irt.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

size_t ir_dtype_size(char dtype)
{
    switch (dtype) {
    case 'f':
    case 'i':
        return 4;
    case 'd':
        return 8;
    case 'h':
    case 'e':
        return 2;
    case 'B':
        return 1;
    default:
        return 0;
    }
}

size_t ir_rec_count(const struct ir_rec *r)
{
    size_t size = ir_dtype_size(r->dtype);
    return size == 0 ? 0 : r->bytes / size;
}

const char *ir_shape_text(char out[80], int rank, const uint32_t *shape)
{
    size_t at = 0;
    if (rank == 0)
        strcpy(out, "scalar");
    for (int i = 0; i < rank; i++)
        at += (size_t)snprintf(out + at, 80 - at, "%s%u", i == 0 ? "" : "x", shape[i]);
    return out;
}

void ir_rec_init(struct ir_rec *r, char dtype, int rank, const uint32_t *shape)
{
    size_t n = ir_dtype_size(dtype);
    *r = (struct ir_rec){.dtype = dtype, .rank = rank};
    for (int i = 0; i < rank; i++) {
        r->shape[i] = shape[i];
        if (!ir_mul(n, shape[i], &n))
            n = SIZE_MAX; /* ends in out of memory */
    }
    r->bytes = n;
    r->owned = r->data = ir_zalloc_aligned(n, 1);
}

void ir_rec_copy(struct ir_rec *to, const struct ir_rec *from)
{
    *to = *from;
    to->meta = (struct ir_meta){0};
    ir_meta_copy(&to->meta, &from->meta);
    to->owned = to->data = ir_alloc_aligned(from->bytes, 1);
    if (from->bytes != 0)
        memcpy(to->data, from->data, from->bytes);
}

void ir_rec_free(struct ir_rec *r)
{
    ir_meta_free(&r->meta);
    free(r->owned);
    *r = (struct ir_rec){0};
}

/* IEEE 754 half precision, exact. */
static float half_to_float(uint16_t h)
{
    uint32_t sign = (uint32_t)(h & 0x8000) << 16, exponent = h >> 10 & 31, mantissa = h & 1023,
             bits;
    if (exponent == 31) {
        bits = sign | 0x7f800000 | mantissa << 13;
    } else if (exponent != 0) {
        bits = sign | (exponent + 112) << 23 | mantissa << 13;
    } else { /* zero or subnormal: mantissa × 2^-24 */
        float f = (float)mantissa * 0x1p-24F;
        memcpy(&bits, &f, 4);
        bits |= sign;
    }
    float f;
    memcpy(&f, &bits, 4);
    return f;
}

uint16_t ir_half_from(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, 4);
    const uint32_t sign = bits >> 16 & 0x8000, magnitude = bits & 0x7fffffff;
    if (magnitude > 0x7f800000)
        return (uint16_t)(sign | 0x7e00); /* NaN */
    if (magnitude >= 0x477ff000)
        return (uint16_t)(sign | 0x7c00); /* 65520 and more round to infinity */
    if (magnitude < 0x38800000) {         /* below 2^-14: steps of 2^-24 */
        float positive;
        memcpy(&positive, &magnitude, 4);
        return (uint16_t)(sign | (uint32_t)lrintf(positive * 0x1p24F));
    }
    const uint32_t odd = magnitude >> 13 & 1; /* halves go to the even neighbour */
    return (uint16_t)(sign | (magnitude - 0x38000000 + 0xfff + odd) >> 13);
}

const float *ir_rec_f32(const struct ir_rec *r, bool audio, struct ir_buf *tmp)
{
    if (r->dtype == 'f')
        return r->data;
    size_t n = ir_rec_count(r);
    ir_grow(&tmp->data, &tmp->cap, n * sizeof(float) + 64, 1);
    float *out = (float *)(void *)tmp->data; /* malloc's alignment is enough for floats */
    const void *in = r->data;
    for (size_t i = 0; i < n; i++) {
        switch (r->dtype) {
        case 'd':
            out[i] = (float)((const double *)in)[i];
            break;
        case 'h':
            out[i] = (float)((const int16_t *)in)[i] * (audio ? 0x1p-15F : 1.0F);
            break;
        case 'i':
            out[i] = (float)((double)((const int32_t *)in)[i] * (audio ? 0x1p-31 : 1.0));
            break;
        case 'e':
            out[i] = half_to_float(((const uint16_t *)in)[i]);
            break;
        default:
            out[i] = (float)((const uint8_t *)in)[i];
            break;
        }
    }
    return out;
}

const char *ir_rec_id(const struct ir_rec *r)
{
    const char *id = ir_meta_get(&r->meta, "id");
    return id != NULL ? id : "";
}

const char *ir_rec_name(const struct ir_rec *r)
{
    const char *name = ir_meta_get(&r->meta, "name");
    return name != NULL ? name : "x";
}
