/* tensors.h - named tensors of a file in memory, whatever its format. */
#ifndef IR_CONVERT_TENSORS_H
#define IR_CONVERT_TENSORS_H

#include "convert.h"
#include "convert/zip.h"

struct ir_tensor {
    char *name;
    char *type; /* as the format calls it, "BF16" */
    int rank;   /* IR_RANK_MAX + 1: more axes than a record holds */
    uint32_t shape[IR_RANK_MAX];
    uint64_t at, bytes; /* in the file */
    size_t member;      /* npz */
};

struct ir_tensors {
    const char *format;
    struct ir_buf file;
    struct ir_meta meta; /* __metadata__ of safetensors */
    struct ir_tensor *at;
    size_t n, cap;
    struct ir_zip_list zip;
};

/* Fill t from t->file: every name, length and offset is checked. */
int ir_safetensors_list(struct ir_tensors *t, struct ir_err *err);
int ir_safetensors_get(const struct ir_tensors *t, const struct ir_tensor *tensor,
                       struct ir_rec *rec, struct ir_err *err);

#endif
