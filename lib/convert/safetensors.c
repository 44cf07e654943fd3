/* safetensors.c - u64 length, a JSON object {name: {dtype, shape, data_offsets}} with
 * `__metadata__` of strings, then the data (huggingface.co/docs/safetensors). What the format
 * demands and what others forgot is checked: offsets in order, without overlap and holes, sizes by
 * type and shape, names only once. */
#include "convert/payload.h"
#include "convert/tensors.h"
#include "json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_MAX ((uint64_t)100 << 20)

static const struct {
    const char *name;
    char dtype; /* of the record; 0: no counterpart */
    size_t size;
} types[] = {
    {"F32", 'f', 4}, {"F64", 'd', 8}, {"F16", 'e', 2},  {"BF16", 'f', 2},  {"I16", 'h', 2},
    {"I32", 'i', 4}, {"U8", 'B', 1},  {"BOOL", 'B', 1}, {"I64", 0, 8},     {"U64", 0, 8},
    {"U32", 0, 4},   {"U16", 0, 2},   {"I8", 0, 1},     {"F8_E4M3", 0, 1}, {"F8_E5M2", 0, 1},
};
#define N_TYPES (sizeof types / sizeof *types)

static size_t find_type(const char *name)
{
    size_t i = 0;

    while (i < N_TYPES && strcmp(types[i].name, name) != 0)
        i++;
    return i;
}

char ir_tensor_dtype(const char *type, size_t *size)
{
    size_t k = find_type(type);

    *size = k < N_TYPES ? types[k].size : 0;
    return k < N_TYPES ? types[k].dtype : 0;
}

/* ---- reading --------------------------------------------------------------------------------- */

/* A whole number from 0 to max. */
static int whole(const struct ir_json *j, double max, const char *what, uint64_t *out,
                 struct ir_err *err)
{
    double v;

    if (ir_json_type(j) != IR_JSON_NUMBER || ir_json_number(j, &v) < 0 || !(v >= 0 && v <= max) ||
        v != floor(v))
        return ir_fail(err, "%s is no whole number from 0 to %.0f", what, max);
    *out = (uint64_t)v;
    return 0;
}

static int read_shape(const struct ir_json *shape, struct ir_tensor *t, uint64_t size,
                      uint64_t *bytes, struct ir_err *err)
{
    size_t n = ir_json_count(shape), product = (size_t)size;

    if (ir_json_type(shape) != IR_JSON_ARRAY)
        return ir_fail(err, "shape is no list");
    t->rank = n > IR_RANK_MAX ? IR_RANK_MAX + 1 : (int)n;
    for (size_t i = 0; i < n; i++) {
        uint64_t v;
        if (whole(ir_json_at(shape, i), UINT32_MAX, "shape", &v, err) < 0)
            return -1;
        if (!ir_mul(product, (size_t)v, &product))
            return ir_fail(err, "the product of its shape is too large");
        if (i < IR_RANK_MAX)
            t->shape[i] = (uint32_t)v;
    }
    *bytes = product;
    return 0;
}

static int read_tensor(const struct ir_json *j, uint64_t data_bytes, struct ir_tensor *t,
                       struct ir_err *err)
{
    const char *type = ir_json_string(ir_json_get(j, "dtype"), NULL);
    const struct ir_json *offsets = ir_json_get(j, "data_offsets");
    uint64_t from = 0, to = 0, want = 0;

    if (ir_json_type(j) != IR_JSON_OBJECT || !type)
        return ir_fail(err, "no dtype");
    size_t k = find_type(type);
    if (k == N_TYPES)
        return ir_fail(err, "unknown dtype %s", type);
    t->type = ir_strdup(type);
    if (ir_json_count(j) != 3)
        return ir_fail(err, "more than dtype, shape and data_offsets");
    if (read_shape(ir_json_get(j, "shape"), t, types[k].size, &want, err) < 0)
        return -1;
    if (ir_json_type(offsets) != IR_JSON_ARRAY || ir_json_count(offsets) != 2)
        return ir_fail(err, "data_offsets are no pair");
    if (whole(ir_json_at(offsets, 0), 9e15, "an offset", &from, err) < 0 ||
        whole(ir_json_at(offsets, 1), 9e15, "an offset", &to, err) < 0)
        return -1;
    if (from > to || to > data_bytes)
        return ir_fail(err, "bytes %llu to %llu lie outside the data of %llu bytes",
                       (unsigned long long)from, (unsigned long long)to,
                       (unsigned long long)data_bytes);
    if (to - from != want)
        return ir_fail(err, "%llu bytes, wanted %llu by its type and shape",
                       (unsigned long long)(to - from), (unsigned long long)want);
    t->at = from;
    t->bytes = want;
    return 0;
}

static int read_metadata(const struct ir_json *j, struct ir_meta *meta, struct ir_err *err)
{
    const struct ir_json *v;
    const char *key;

    if (ir_json_type(j) != IR_JSON_OBJECT)
        return ir_fail(err, "__metadata__ is no object");
    for (void *at = NULL; (v = ir_json_next(j, &at, &key));) {
        const char *text = ir_json_string(v, NULL);
        if (!text)
            return ir_fail(err, "__metadata__: %s is no string", key);
        ir_meta_set(meta, key, text);
    }
    return 0;
}

static int by_place(const void *a, const void *b)
{
    const struct ir_tensor *x = a, *y = b;

    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    return x->bytes < y->bytes ? -1 : x->bytes > y->bytes;
}

static int check_places(struct ir_tensors *t, uint64_t data_bytes, struct ir_err *err)
{
    uint64_t end = 0;

    if (t->n > 1)
        qsort(t->at, t->n, sizeof *t->at, by_place);
    for (size_t i = 0; i < t->n; i++) {
        if (t->at[i].at < end)
            return ir_fail(err, "safetensors: %s overlaps %s", t->at[i].name, t->at[i - 1].name);
        if (t->at[i].at > end)
            return ir_fail(err, "safetensors: a hole of %llu bytes before %s",
                           (unsigned long long)(t->at[i].at - end), t->at[i].name);
        end += t->at[i].bytes;
    }
    if (end != data_bytes)
        return ir_fail(err, "safetensors: %llu bytes of data behind the last tensor",
                       (unsigned long long)(data_bytes - end));
    return 0;
}

bool ir_tensor_is_hostile(const char *name)
{
    return *name == '\0' || *name == '/' || strstr(name, "..") || strpbrk(name, "\n\r\t\033\\");
}

static int read_header(struct ir_tensors *t, const struct ir_json *root, uint64_t data_bytes,
                       struct ir_err *err)
{
    const struct ir_json *v;
    const char *name;

    if (ir_json_type(root) != IR_JSON_OBJECT)
        return ir_fail(err, "safetensors: the header is no object");
    for (void *at = NULL; (v = ir_json_next(root, &at, &name));) {
        struct ir_tensor tensor = {0};
        if (strcmp(name, "__metadata__") == 0) {
            if (read_metadata(v, &t->meta, err) < 0)
                return ir_fail_in(err, "safetensors");
            continue;
        }
        tensor.name = ir_strdup(name);
        int rc = ir_tensor_is_hostile(name) ? ir_fail(err, "hostile name")
                                            : read_tensor(v, data_bytes, &tensor, err);
        ir_tensors_add(t, &tensor);
        if (rc < 0)
            return ir_fail_in(err, "safetensors: %s", name);
    }
    return check_places(t, data_bytes, err);
}

int ir_safetensors_list(struct ir_tensors *t, struct ir_err *err)
{
    const unsigned char *p = (const unsigned char *)t->file.data;
    uint64_t length = 0;

    if (t->file.len < 10)
        return ir_fail(err, "no safetensors file: only %zu bytes", t->file.len);
    for (int i = 7; i >= 0; i--)
        length = length << 8 | p[i];
    if (length > HEADER_MAX || length > t->file.len - 8)
        return ir_fail(err, "no safetensors file: a header of %llu bytes in a file of %zu",
                       (unsigned long long)length, t->file.len);
    if (p[8] != '{')
        return ir_fail(err, "no safetensors file: its header does not start with {");
    struct ir_json *root = ir_json_parse(t->file.data + 8, (size_t)length, "header", err);
    if (!root)
        return ir_fail_in(err, "safetensors");
    uint64_t data_bytes = t->file.len - 8 - length;
    int rc = read_header(t, root, data_bytes, err);
    for (size_t i = 0; i < t->n; i++)
        t->at[i].at += 8 + length;
    ir_json_free(root);
    return rc;
}

int ir_safetensors_get(const struct ir_tensors *t, const struct ir_tensor *tensor,
                       struct ir_rec *rec, struct ir_err *err)
{
    size_t k = find_type(tensor->type);
    const unsigned char *from = (const unsigned char *)t->file.data + tensor->at;

    if (types[k].dtype == 0)
        return ir_fail(err, "safetensors: %s has type %s, wanted F32 F64 F16 BF16 I16 I32 or U8",
                       tensor->name, tensor->type);
    if (tensor->rank > IR_RANK_MAX)
        return ir_fail(err, "safetensors: %s has more than %d axes", tensor->name, IR_RANK_MAX);
    if (tensor->bytes > IR_DATA_MAX / 2)
        return ir_fail(err, "safetensors: %s has %llu bytes, wanted at most %zu", tensor->name,
                       (unsigned long long)tensor->bytes, IR_DATA_MAX / 2);
    ir_rec_init(rec, types[k].dtype, tensor->rank, tensor->shape);
    if (strcmp(tensor->type, "BF16") != 0) {
        memcpy(rec->data, from, rec->bytes);
        ir_payload_swap_le(rec);
        return 0;
    }
    for (size_t i = 0; i < rec->bytes / 4; i++) {
        uint32_t u = (uint32_t)(from[2 * i] | from[2 * i + 1] << 8) << 16;
        memcpy((char *)rec->data + 4 * i, &u, 4);
    }
    return 0;
}

/* ---- writing --------------------------------------------------------------------------------- */

static const char *type_name(char dtype)
{
    size_t i = 0;

    while (types[i].dtype != dtype)
        i++;
    return types[i].name;
}

static void write_header(const struct ir_meta *meta, const struct ir_rec *rec, size_t n,
                         struct ir_buf *b)
{
    uint64_t at = 0;

    ir_buf_puts(b, "{\"__metadata__\":{");
    for (size_t i = 0; i < meta->n; i++) {
        ir_buf_puts(b, i ? "," : "");
        ir_buf_json(b, meta->key[i]);
        ir_buf_puts(b, ":");
        ir_buf_json(b, meta->value[i]);
    }
    ir_buf_puts(b, "}");
    for (size_t i = 0; i < n; i++) {
        ir_buf_puts(b, ",");
        ir_buf_json(b, ir_rec_name(&rec[i]));
        ir_buf_printf(b, ":{\"dtype\":\"%s\",\"shape\":[", type_name(rec[i].dtype));
        for (int k = 0; k < rec[i].rank; k++)
            ir_buf_printf(b, "%s%u", k ? "," : "", rec[i].shape[k]);
        ir_buf_printf(b, "],\"data_offsets\":[%llu,%llu]}", (unsigned long long)at,
                      (unsigned long long)(at + rec[i].bytes));
        at += rec[i].bytes;
    }
    ir_buf_puts(b, "}");
    while (b->len % 8 != 0)
        ir_buf_puts(b, " ");
}

int ir_safetensors_write(const char *path, const struct ir_meta *meta, const struct ir_rec *rec,
                         size_t n, struct ir_err *err)
{
    struct ir_buf header = {0}, tmp = {0};
    unsigned char length[8];

    write_header(meta, rec, n, &header);
    ir_put_le(length, header.len, 8);
    struct ir_out *out = ir_out_open(path, true, err);
    int rc = out ? ir_out_write(out, length, 8, err) : -1;
    if (rc == 0)
        rc = ir_out_write(out, header.data, header.len, err);
    for (size_t i = 0; i < n && rc == 0; i++)
        rc = ir_out_write(out, ir_payload_le(&rec[i], &tmp), rec[i].bytes, err);
    if (rc == 0)
        rc = ir_out_commit(out, err);
    else
        ir_out_abort(out);
    ir_buf_free(&header);
    ir_buf_free(&tmp);
    return rc;
}
