/* proto.c - protocol buffers, see proto.h. */
#include "convert/proto.h"

#include <string.h>

static void varint(struct ir_buf *b, uint64_t v)
{
    unsigned char c[10];
    size_t n = 0;

    do {
        c[n] = (unsigned char)((v & 127) | (v > 127 ? 128 : 0));
        v >>= 7;
        n++;
    } while (v);
    ir_buf_add(b, c, n);
}

static void key(struct ir_buf *b, unsigned field, unsigned wire)
{
    varint(b, field << 3 | wire);
}

void ir_proto_int(struct ir_buf *b, unsigned field, uint64_t value)
{
    key(b, field, 0);
    varint(b, value);
}

void ir_proto_float(struct ir_buf *b, unsigned field, float value)
{
    uint32_t u;

    memcpy(&u, &value, 4);
    key(b, field, 5);
    ir_buf_le(b, u, 4);
}

void ir_proto_bytes(struct ir_buf *b, unsigned field, const void *bytes, size_t n)
{
    key(b, field, 2);
    varint(b, n);
    ir_buf_add(b, bytes, n);
}

void ir_proto_text(struct ir_buf *b, unsigned field, const char *text)
{
    struct ir_buf valid = {0};
    ir_buf_utf8(&valid, text); /* protobuf's strings are UTF-8 */
    ir_proto_bytes(b, field, valid.data, valid.len);
    ir_buf_free(&valid);
}

void ir_proto_message(struct ir_buf *b, unsigned field, struct ir_buf *message)
{
    ir_proto_bytes(b, field, message->data, message->len);
    message->len = 0;
}
