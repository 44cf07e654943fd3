/* proto.h - writing protocol buffers: only the three wire types that ONNX needs
 * (protobuf.dev/programming-guides/encoding). */
#ifndef IR_CONVERT_PROTO_H
#define IR_CONVERT_PROTO_H

#include "base.h"

void ir_proto_int(struct ir_buf *b, unsigned field, uint64_t value); /* varint */
void ir_proto_float(struct ir_buf *b, unsigned field, float value);  /* 32 bits */
void ir_proto_bytes(struct ir_buf *b, unsigned field, const void *bytes, size_t n);
void ir_proto_text(struct ir_buf *b, unsigned field, const char *text);
/* A message: appended as bytes, and emptied. */
void ir_proto_message(struct ir_buf *b, unsigned field, struct ir_buf *message);

#endif
