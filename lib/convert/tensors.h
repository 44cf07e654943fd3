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
    uint64_t at, bytes;           /* in the file */
    size_t member;                /* npz */
    uint64_t stride[IR_RANK_MAX]; /* pt: elements from one index to the next */
};

struct ir_tensors {
    size_t format; /* in the table of tensors.c */
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

/* A file of PyTorch, in its zip form or the older one, read as plain values (pickle.h). */
int ir_pt_list(struct ir_tensors *t, struct ir_err *err);
int ir_pt_get(const struct ir_tensors *t, const struct ir_tensor *tensor, struct ir_rec *rec,
              struct ir_err *err);

/* HDF5; h5_none.c where it is not installed. */
int ir_h5_list(struct ir_tensors *t, struct ir_err *err);
int ir_h5_get(const struct ir_tensors *t, const struct ir_tensor *tensor, struct ir_rec *rec,
              struct ir_err *err);

/* The letter of a record for a type as safetensors calls it; 0: no counterpart. *size: bytes of an
 * element there. */
char ir_tensor_dtype(const char *type, size_t *size);
/* A name is only ever a key here; yet one that looks like a path out of a folder is nobody's
 * parameter. */
bool ir_tensor_is_hostile(const char *name);
/* One more; t owns its name and type then. */
void ir_tensors_add(struct ir_tensors *t, const struct ir_tensor *tensor);

#endif
