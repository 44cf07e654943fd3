/* source.h - private to lib/irt: bytes of one input, mapped when it is a regular file. */
#ifndef IR_IRT_SOURCE_H
#define IR_IRT_SOURCE_H

#include "irt.h"

struct ir_source {
    char *name;               /* for messages */
    int fd;                   /* -1: closed or mapped */
    const unsigned char *map; /* NULL: a pipe */
    size_t size, at;          /* size is 0 for a pipe */
};

int ir_source_open(struct ir_source *s, const char *path, struct ir_err *err);
/* The next n bytes: 1 with *out at them (in the map, or in *store, which is grown as bytes arrive
 * and is 64-byte aligned), 0 at the end of the input before the first byte, -1 on errors and early
 * ends. */
int ir_source_take(struct ir_source *s, size_t n, void **store, size_t *store_cap,
                   const unsigned char **out, struct ir_err *err);
void ir_source_close(struct ir_source *s);

#endif
