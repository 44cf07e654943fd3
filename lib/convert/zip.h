/* zip.h - the zip container as far as .npz needs it: members stored on writing, stored or deflated
 * on reading; zip64 where counts or offsets ask for it. */
#ifndef IR_CONVERT_ZIP_H
#define IR_CONVERT_ZIP_H

#include "irt.h"

/* ---- writing: one member after another, then the directory ----------------------------------- */

struct ir_zip {
    struct ir_out *out;
    struct ir_buf directory;
    struct ir_strs names;
    uint64_t at, members;
};
/* One member made of two parts. The sum of both must be below 4 GiB. */
int ir_zip_put(struct ir_zip *z, const char *name, const void *a, size_t a_n, const void *b,
               size_t b_n, struct ir_err *err);
/* The directory; does not close out. Two members of one name are an error here. */
int ir_zip_finish(struct ir_zip *z, struct ir_err *err);
void ir_zip_free(struct ir_zip *z);

/* ---- reading --------------------------------------------------------------------------------- */

struct ir_zip_member {
    char *name;
    unsigned method; /* 0 stored, 8 deflated */
    uint32_t crc;
    uint64_t packed, size; /* bytes */
    uint64_t head, data;   /* offsets of the local head and of the data */
};
struct ir_zip_list {
    struct ir_zip_member *at;
    size_t n, cap;
};
/* The directory of a zip file in memory; every offset is checked, members may not overlap. */
int ir_zip_list_read(const void *bytes, size_t n, struct ir_zip_list *list, struct ir_err *err);
/* The contents of a member: owned by the caller, at most max bytes; its CRC is checked. */
int ir_zip_extract(const void *bytes, const struct ir_zip_member *m, size_t max, struct ir_buf *out,
                   struct ir_err *err);
void ir_zip_list_free(struct ir_zip_list *list);

#endif
