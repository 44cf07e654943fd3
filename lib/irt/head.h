/* head.h - private to lib/irt: the 64 bytes at the start of a record. */
#ifndef IR_IRT_HEAD_H
#define IR_IRT_HEAD_H

#include "irt.h"

#define IR_HEAD_BYTES 64

struct ir_head {
    char kind, dtype, codec;
    int rank;
    uint32_t shape[IR_RANK_MAX];
    uint32_t meta_bytes, seq, meta_crc, data_crc;
    uint64_t data_bytes; /* as stored */
    size_t unpacked;     /* bytes of the payload in memory; set by ir_head_read */
};

void ir_head_write(const struct ir_head *h, unsigned char out[IR_HEAD_BYTES]);
/* Checks everything that a head says of itself: magic, CRC, kinds, types, sizes. */
int ir_head_read(struct ir_head *h, const unsigned char in[IR_HEAD_BYTES], struct ir_err *err);
/* n rounded up to a multiple of 64. */
size_t ir_padded(size_t n);

#endif
