/* head.c - heads of records, packed and unpacked byte by byte. */
#include "head.h"

#include <string.h>

size_t ir_padded(size_t n)
{
    return (n + 63) / 64 * 64;
}

void ir_head_write(const struct ir_head *h, unsigned char out[IR_HEAD_BYTES])
{
    memset(out, 0, IR_HEAD_BYTES);
    memcpy(out, "IRT1", 4);
    out[4] = (unsigned char)h->kind;
    out[5] = (unsigned char)h->dtype;
    out[6] = (unsigned char)h->rank;
    out[7] = (unsigned char)h->codec;
    for (int i = 0; i < IR_RANK_MAX; i++)
        ir_put_le(out + 8 + 4 * i, i < h->rank ? h->shape[i] : 0, 4);
    ir_put_le(out + 32, h->meta_bytes, 4);
    ir_put_le(out + 36, h->seq, 4);
    ir_put_le(out + 40, (uint32_t)h->data_bytes, 4);
    ir_put_le(out + 44, (uint32_t)(h->data_bytes >> 32), 4);
    ir_put_le(out + 48, h->meta_crc, 4);
    ir_put_le(out + 52, h->data_crc, 4);
    ir_put_le(out + 60, ir_crc32(0, out, 60), 4);
}

/* The payload's size in memory from type and shape; every product is checked. */
static int check_tensor(struct ir_head *h, struct ir_err *err)
{
    size_t n = ir_dtype_size(h->dtype);
    if (n == 0)
        return ir_fail(err, "unknown type of numbers 0x%02x", (unsigned char)h->dtype);
    if (h->rank < 0 || h->rank > IR_RANK_MAX)
        return ir_fail(err, "rank %d is outside 0 to %d", h->rank, IR_RANK_MAX);
    for (int i = 0; i < IR_RANK_MAX; i++) {
        if (i >= h->rank && h->shape[i] != 0)
            return ir_fail(err, "shape has numbers beyond its rank %d", h->rank);
        if (i < h->rank && !ir_mul(n, h->shape[i], &n))
            return ir_fail(err, "shape is larger than any memory");
    }
    if (n > IR_DATA_MAX)
        return ir_fail(err, "payload of %zu bytes is larger than %zu", n, IR_DATA_MAX);
    h->unpacked = n;
    if (h->codec == '-' && h->data_bytes != n)
        return ir_fail(err, "payload has %llu bytes, the shape wants %zu",
                       (unsigned long long)h->data_bytes, n);
    /* No zlib stream grows to more than 1032 times its size. */
    if (h->codec == 'z' && n / 1032 > h->data_bytes)
        return ir_fail(err, "packed payload of %llu bytes cannot hold the %zu that it announces",
                       (unsigned long long)h->data_bytes, n);
    if (h->codec != '-' && h->codec != 'z')
        return ir_fail(err, "unknown codec 0x%02x", (unsigned char)h->codec);
    return 0;
}

int ir_head_read(struct ir_head *h, const unsigned char in[IR_HEAD_BYTES], struct ir_err *err)
{
    if (memcmp(in, "IRT", 3) == 0 && in[3] > '1' && in[3] <= '9')
        return ir_fail(err, "a tensor stream of version %c (IRT%c), these tools read version 1",
                       in[3], in[3]);
    if (memcmp(in, "IRT1", 4) != 0)
        return ir_fail(err, "not a tensor stream: found bytes %02x %02x %02x %02x, wanted \"IRT1\"",
                       in[0], in[1], in[2], in[3]);
    if ((uint32_t)ir_le(in + 60, 4) != ir_crc32(0, in, 60))
        return ir_fail(err, "damaged head: its CRC does not match");
    *h = (struct ir_head){
        .kind = (char)in[4], .dtype = (char)in[5], .codec = (char)in[7], .rank = in[6]};
    for (int i = 0; i < IR_RANK_MAX; i++)
        h->shape[i] = (uint32_t)ir_le(in + 8 + 4 * i, 4);
    h->meta_bytes = (uint32_t)ir_le(in + 32, 4);
    h->seq = (uint32_t)ir_le(in + 36, 4);
    h->data_bytes = (uint32_t)ir_le(in + 40, 4) | (uint64_t)(uint32_t)ir_le(in + 44, 4) << 32;
    h->meta_crc = (uint32_t)ir_le(in + 48, 4);
    h->data_crc = (uint32_t)ir_le(in + 52, 4);
    if ((uint32_t)ir_le(in + 56, 4) != 0)
        return ir_fail(err, "bytes 56 to 59 of a head are not zero");
    if (h->meta_bytes > IR_META_MAX)
        return ir_fail(err, "metadata of %u bytes is larger than %zu", h->meta_bytes, IR_META_MAX);
    if (h->data_bytes > IR_DATA_MAX)
        return ir_fail(err, "payload of %llu bytes is larger than %zu",
                       (unsigned long long)h->data_bytes, IR_DATA_MAX);
    if (h->kind == 'T')
        return check_tensor(h, err);
    if (h->kind != 'H' && h->kind != 'E')
        return ir_fail(err, "unknown kind of record 0x%02x", (unsigned char)h->kind);
    if (h->dtype != '-' || h->codec != '-' || h->rank != 0 || h->data_bytes != 0 ||
        (h->kind == 'H' && h->seq != 0))
        return ir_fail(err, "a record of kind %c carries a payload or a number", h->kind);
    for (int i = 0; i < IR_RANK_MAX; i++)
        if (h->shape[i] != 0)
            return ir_fail(err, "a record of kind %c carries a shape", h->kind);
    return 0;
}
