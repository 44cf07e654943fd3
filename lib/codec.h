/* codec.h - what zlib does for us: packing of payloads, and members of zip files. */
#ifndef IR_CODEC_H
#define IR_CODEC_H

#include "irt.h"

/* ir_crc32 (base.h) by zlib, on any processor. */
uint32_t ir_crc32_slow(uint32_t start, const void *bytes, size_t n);
/* Pack n bytes with zlib into out (replaced). False when that would not be smaller. */
bool ir_pack(const void *bytes, size_t n, struct ir_buf *out);
/* Unpack into exactly want bytes at out; anything else is damage. */
int ir_unpack(const void *bytes, size_t n, void *out, size_t want, struct ir_err *err);
/* Append the want bytes that n bytes of bare deflate (RFC 1951, as in zip) unpack to; memory grows
 * with what comes out, and anything but exactly want bytes is damage. */
int ir_inflate_raw(const void *bytes, size_t n, size_t want, struct ir_buf *out,
                   struct ir_err *err);

#endif
