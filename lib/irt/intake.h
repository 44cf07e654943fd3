/* intake.h - private to lib/irt: bytes of one input, mapped when it is a regular file. */
#ifndef IR_IRT_INTAKE_H
#define IR_IRT_INTAKE_H

#include "irt.h"

#include <sys/stat.h>

struct ir_intake {
    char *name;               /* for messages */
    int fd;                   /* -1: closed or mapped */
    const unsigned char *map; /* NULL: a pipe */
    size_t size, at;          /* size is 0 for a pipe */
    struct stat seen;         /* of the mapped file, when it was opened */
    size_t rested;            /* at, when memory was last given back */
};

int ir_intake_open(struct ir_intake *s, const char *path, struct ir_err *err);
/* The next n bytes: 1 with *out at them (in the map, or in *store, which is grown as bytes arrive
 * and is 64-byte aligned), 0 at the end of the input before the first byte, -1 on errors and early
 * ends. */
int ir_intake_take(struct ir_intake *s, size_t n, void **store, size_t *store_cap,
                   const unsigned char **out, struct ir_err *err);
/* Give back the memory of a mapped file; what it holds stays valid. */
void ir_intake_rest(const struct ir_intake *s);
/* Fails when the mapped file was written to since it was opened. */
int ir_intake_unchanged(const struct ir_intake *s, struct ir_err *err);
void ir_intake_close(struct ir_intake *s);

#endif
