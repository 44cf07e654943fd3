/* codec.c - packing of payloads and checksums; the only file that knows zlib. */
#include "codec.h"

#include <stdlib.h>
#include <zlib.h>

uint32_t ir_crc32_slow(uint32_t start, const void *bytes, size_t n)
{
    return (uint32_t)crc32_z(start, bytes, n);
}

bool ir_pack(const void *bytes, size_t n, struct ir_buf *out)
{
    uLong bound = compressBound(n);
    ir_grow(&out->data, &out->cap, bound, 1);
    uLongf len = (uLongf)out->cap;
    /* level 1: tensors compress little more at higher levels, and much slower */
    if (compress2((Bytef *)out->data, &len, bytes, n, 1) != Z_OK || len >= n)
        return false;
    out->len = len;
    return true;
}

int ir_unpack(const void *bytes, size_t n, void *out, size_t want, struct ir_err *err)
{
    z_stream z = {0};
    if (inflateInit(&z) != Z_OK)
        return ir_fail(err, "no memory to unpack");
    z.next_in = (Bytef *)(uintptr_t)bytes;
    z.avail_in = (uInt)n; /* both are at most 1 GiB */
    z.next_out = out;
    z.avail_out = (uInt)want;
    int rc = inflate(&z, Z_FINISH);
    bool whole = rc == Z_STREAM_END && z.avail_in == 0 && z.avail_out == 0;
    inflateEnd(&z);
    return whole ? 0 : ir_fail(err, "packed payload is damaged or has not the declared size");
}

int ir_inflate_raw(const void *bytes, size_t n, size_t want, struct ir_buf *out, struct ir_err *err)
{
    unsigned char chunk[65536];
    z_stream z = {0};
    size_t start = out->len;
    int rc = Z_OK;
    if (n > UINT32_MAX)
        return ir_fail(err, "%zu packed bytes, wanted less than 4 GiB", n);
    if (inflateInit2(&z, -MAX_WBITS) != Z_OK)
        return ir_fail(err, "no memory to unpack");
    z.next_in = (Bytef *)(uintptr_t)bytes;
    z.avail_in = (uInt)n;
    while (rc == Z_OK && out->len - start <= want) {
        z.next_out = chunk;
        z.avail_out = sizeof chunk;
        rc = inflate(&z, Z_NO_FLUSH);
        ir_buf_add(out, chunk, sizeof chunk - z.avail_out);
    }
    bool whole = rc == Z_STREAM_END && z.avail_in == 0 && out->len - start == want;
    inflateEnd(&z);
    return whole ? 0 : ir_fail(err, "damaged, or has not the declared size of %zu bytes", want);
}
