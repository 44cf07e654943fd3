/* pickle.h - the pickles inside PyTorch's files, read as data.
 *
 * A pickle is a program for a small machine that can call any function. This machine knows only the
 * opcodes that plain values are made with, and six names that stand for tensors; nothing is ever
 * called. Everything else is refused by its name, so that no file can run code here. */
#ifndef IR_CONVERT_PICKLE_H
#define IR_CONVERT_PICKLE_H

#include "irt.h"

enum ir_pickle_type {
    IR_PICKLE_NONE,
    IR_PICKLE_BOOL,
    IR_PICKLE_INT,
    IR_PICKLE_REAL,
    IR_PICKLE_TEXT,
    IR_PICKLE_TUPLE,
    IR_PICKLE_LIST,
    IR_PICKLE_DICT, /* child: key, value, key, value … */
    IR_PICKLE_GLOBAL,
    IR_PICKLE_STORAGE, /* number: its index in storage */
    IR_PICKLE_TENSOR   /* number: its index in tensor */
};

struct ir_pickle_value {
    enum ir_pickle_type type;
    int64_t number;
    const char *text; /* in the bytes that were read; text_n long */
    size_t text_n;
    uint32_t *child;
    size_t n, cap;
};

struct ir_pickle_storage {
    const char *key;
    size_t key_n;
    const char *type; /* "F32", "F64", "F16", "BF16", "I64", as safetensors says it */
    size_t size;      /* bytes of an element */
    uint64_t count;   /* elements */
};

#define IR_PICKLE_AXES 8

struct ir_pickle_tensor {
    size_t storage; /* index */
    uint64_t offset;
    int rank;
    uint64_t shape[IR_PICKLE_AXES], stride[IR_PICKLE_AXES]; /* elements */
};

struct ir_pickle {
    struct ir_pickle_value *at;
    size_t n, cap;
    struct ir_pickle_storage *storage;
    size_t n_storages, cap_storages;
    struct ir_pickle_tensor *tensor;
    size_t n_tensors, cap_tensors;
};

/* Read one pickle of at most n bytes into *p (zeroed before): the index of its value, and in *used
 * its length. Tensors lie inside their storages, and have no more elements than these. The texts
 * point into bytes. -1 on anything that is not a value, by name; free *p in either case. */
int ir_pickle_read(struct ir_pickle *p, const void *bytes, size_t n, size_t *used, uint32_t *value,
                   struct ir_err *err);
void ir_pickle_free(struct ir_pickle *p);

/* True when value v is that text. */
bool ir_pickle_is(const struct ir_pickle_value *v, const char *text);

/* pickle_torch.c: what REDUCE and BINPERSID make of their arguments. Each turns value `to` into the
 * result. */
int ir_pickle_call(struct ir_pickle *p, uint32_t function, uint32_t args, uint32_t to,
                   struct ir_err *err);
int ir_pickle_persistent(struct ir_pickle *p, uint32_t id, uint32_t to, struct ir_err *err);
/* The number of a global that may be named, or -1. */
int ir_pickle_global(const char *module, size_t module_n, const char *name, size_t name_n);
void ir_pickle_push(struct ir_pickle_value *v, uint32_t child);

#endif
