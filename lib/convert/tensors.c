/* tensors.c - a file of named tensors: safetensors, npz, PyTorch or HDF5. */
#include "convert/tensors.h"

#include <stdlib.h>
#include <string.h>

#define FILE_MAX    ((size_t)1 << 34)
#define HEADER_ROOM 70000

void ir_tensors_add(struct ir_tensors *t, const struct ir_tensor *tensor)
{
    ir_grow(&t->at, &t->cap, t->n + 1, sizeof *t->at);
    t->at[t->n++] = *tensor;
}

static int list_npz(struct ir_tensors *t, struct ir_err *err)
{
    if (ir_zip_list_read(t->file.data, t->file.len, &t->zip, err) < 0)
        return -1;
    for (size_t i = 0; i < t->zip.n; i++) {
        const char *name = t->zip.at[i].name;
        size_t n = strlen(name);
        if (n < 5 || strcmp(name + n - 4, ".npy") != 0)
            return ir_fail(err, "npz: %s is no .npy", name);
        ir_tensors_add(t, &(struct ir_tensor){.name = ir_strndup(name, n - 4), .member = i});
    }
    return 0;
}

static int get_npz(const struct ir_tensors *t, const struct ir_tensor *tensor, struct ir_rec *rec,
                   struct ir_err *err)
{
    struct ir_buf npy = {0};
    int rc = ir_zip_extract(t->file.data, &t->zip.at[tensor->member], IR_DATA_MAX + HEADER_ROOM,
                            &npy, err);

    if (rc == 0 && ir_npy_read(npy.data, npy.len, rec, err) < 0)
        rc = ir_fail_in(err, "%s", tensor->name);
    ir_buf_free(&npy);
    return rc;
}

static const struct {
    const char *name;
    int (*list)(struct ir_tensors *, struct ir_err *);
    int (*get)(const struct ir_tensors *, const struct ir_tensor *, struct ir_rec *,
               struct ir_err *);
} formats[] = {{"safetensors", ir_safetensors_list, ir_safetensors_get},
               {"npz", list_npz, get_npz},
               {"pt", ir_pt_list, ir_pt_get},
               {"h5", ir_h5_list, ir_h5_get}};
#define N_FORMATS (sizeof formats / sizeof *formats)

struct ir_tensors *ir_tensors_open(const char *format, const char *path, struct ir_err *err)
{
    struct ir_tensors *t = ir_zalloc(1, sizeof *t);

    while (t->format < N_FORMATS && strcmp(formats[t->format].name, format) != 0)
        t->format++;
    if (t->format == N_FORMATS) {
        ir_fail(err, "%s is no format of named tensors", format);
        goto fail;
    }
    if (ir_read_file(path, FILE_MAX, &t->file, err) < 0)
        goto fail;
    if (formats[t->format].list(t, err) == 0)
        return t;
    ir_fail_in(err, "%s", path);
fail:
    ir_tensors_close(t);
    return NULL;
}

size_t ir_tensors_count(const struct ir_tensors *t)
{
    return t->n;
}

const char *ir_tensors_name(const struct ir_tensors *t, size_t i)
{
    return t->at[i].name;
}

const struct ir_meta *ir_tensors_meta(const struct ir_tensors *t)
{
    return &t->meta;
}

int ir_tensors_find(const struct ir_tensors *t, const char *name)
{
    for (size_t i = 0; i < t->n; i++)
        if (strcmp(t->at[i].name, name) == 0)
            return (int)i;
    return -1;
}

int ir_tensors_get(const struct ir_tensors *t, size_t i, struct ir_rec *rec, struct ir_err *err)
{
    memset(rec, 0, sizeof *rec);
    int rc = formats[t->format].get(t, &t->at[i], rec, err);

    if (rc == 0)
        ir_meta_set(&rec->meta, "name", t->at[i].name);
    return rc;
}

void ir_tensors_close(struct ir_tensors *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < t->n; i++) {
        free(t->at[i].name);
        free(t->at[i].type);
    }
    free(t->at);
    ir_zip_list_free(&t->zip);
    ir_meta_free(&t->meta);
    ir_buf_free(&t->file);
    free(t);
}
