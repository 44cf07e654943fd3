/* pt.c - the tensors of a file that torch.save wrote. Two containers: a zip file with stored
 * members (PREFIX/data.pkl, PREFIX/data/KEY), and before PyTorch 1.6 five pickles with the raw
 * storages behind them. What was saved may be a dict of tensors, or dicts of those: their keys are
 * joined with dots; where the tensors all lie below one key of the outermost dict, that key is left
 * out. */
#include "convert/payload.h"
#include "convert/pickle.h"
#include "convert/tensors.h"

#include <stdlib.h>
#include <string.h>

#define PICKLE_MAX  ((size_t)64 << 20)
#define DEPTH_MAX   8
#define ENTRIES_MAX 100000
#define NAME_MAX_   1024

/* The whole number 0x1950a86a20f9469cfc6c as a pickle. */
static const unsigned char magic[] = {0x80, 2,    0x8a, 10,   0x6c, 0xfc, 0x9c, 0x46,
                                      0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, '.'};

struct file {
    struct ir_tensors *t;
    struct ir_pickle p;
    uint64_t *at; /* of each storage, in the file */
    size_t entries;
};

/* ---- from values to names -------------------------------------------------------------------- */

static void describe(const struct file *f, const struct ir_pickle_tensor *from, const char *name,
                     struct ir_tensor *to)
{
    const struct ir_pickle_storage *s = &f->p.storage[from->storage];
    uint64_t count = 1;

    *to = (struct ir_tensor){.name = ir_strdup(name), .type = ir_strdup(s->type)};
    to->rank = from->rank > IR_RANK_MAX ? IR_RANK_MAX + 1 : from->rank;
    for (int i = 0; i < from->rank; i++)
        count *= from->shape[i]; /* at most the storage's elements */
    for (int i = 0; i < from->rank && i < IR_RANK_MAX; i++) {
        if (from->shape[i] > UINT32_MAX)
            to->rank = IR_RANK_MAX + 1;
        to->shape[i] = (uint32_t)from->shape[i];
        to->stride[i] = from->stride[i];
    }
    to->at = f->at[from->storage] + from->offset * s->size;
    to->bytes = count * s->size;
}

static int walk(struct file *f, uint32_t value, char *name, int depth, struct ir_err *err);

static int walk_entry(struct file *f, uint32_t key, uint32_t value, char *name, int depth,
                      struct ir_err *err)
{
    const struct ir_pickle_value *k = &f->p.at[key], *v = &f->p.at[value];
    size_t was = strlen(name);

    if (++f->entries > ENTRIES_MAX)
        return ir_fail(err, "more than %d entries", ENTRIES_MAX);
    if (v->type != IR_PICKLE_DICT && v->type != IR_PICKLE_TENSOR)
        return 0; /* numbers and words beside the tensors */
    if (k->type == IR_PICKLE_INT && v->type == IR_PICKLE_DICT)
        return 0; /* the state of an optimiser */
    if (k->type != IR_PICKLE_TEXT || memchr(k->text, '\0', k->text_n))
        return ir_fail(err, "a tensor whose key is no text");
    if (was + k->text_n + 2 > NAME_MAX_)
        return ir_fail(err, "a name of more than %d bytes", NAME_MAX_);
    snprintf(name + was, NAME_MAX_ - was, "%s%.*s", was ? "." : "", (int)k->text_n, k->text);
    if (ir_tensor_is_hostile(name))
        return ir_fail(err, "hostile name of a tensor: %s", name);
    int rc = walk(f, value, name, depth + 1, err);
    name[was] = '\0';
    return rc;
}

static int walk(struct file *f, uint32_t value, char *name, int depth, struct ir_err *err)
{
    const struct ir_pickle_value *v = &f->p.at[value];
    struct ir_tensor tensor;

    if (v->type == IR_PICKLE_TENSOR) {
        describe(f, &f->p.tensor[v->number], name, &tensor);
        ir_tensors_add(f->t, &tensor);
        return 0;
    }
    if (depth > DEPTH_MAX)
        return ir_fail(err, "dicts in dicts, more than %d deep", DEPTH_MAX);
    for (size_t i = 0; i + 1 < v->n; i += 2)
        if (walk_entry(f, v->child[i], v->child[i + 1], name, depth, err) < 0)
            return -1;
    return 0;
}

static int by_name(const void *a, const void *b)
{
    const struct ir_tensor *const *x = a, *const *y = b;

    return strcmp((*x)->name, (*y)->name);
}

static int check_names(const struct ir_tensors *t, struct ir_err *err)
{
    const struct ir_tensor **sorted = ir_alloc(t->n + 1, sizeof *sorted);
    int rc = 0;

    for (size_t i = 0; i < t->n; i++)
        sorted[i] = &t->at[i];
    qsort(sorted, t->n, sizeof *sorted, by_name);
    for (size_t i = 1; i < t->n && rc == 0; i++)
        if (strcmp(sorted[i - 1]->name, sorted[i]->name) == 0)
            rc = ir_fail(err, "two tensors are named %s", sorted[i]->name);
    free(sorted);
    return rc;
}

/* "model.": the key that all names begin with. */
static void strip_key(struct ir_tensors *t)
{
    const char *dot = t->n ? strchr(t->at[0].name, '.') : NULL;
    size_t n = dot ? (size_t)(dot - t->at[0].name) + 1 : 0;

    for (size_t i = 0; i < t->n; i++)
        if (strncmp(t->at[i].name, t->at[0].name, n) != 0)
            return;
    for (size_t i = 0; i < t->n; i++)
        memmove(t->at[i].name, t->at[i].name + n, strlen(t->at[i].name + n) + 1);
}

static int list(struct file *f, uint32_t root, struct ir_err *err)
{
    char name[NAME_MAX_ + 1] = "";
    const struct ir_pickle_value *v = &f->p.at[root];

    if (v->type != IR_PICKLE_DICT)
        return ir_fail(err, "what was saved is no dict of tensors");
    if (walk(f, root, name, 0, err) < 0)
        return -1;
    if (f->t->n == 0)
        return ir_fail(err, "no tensor in it");
    bool below = true;
    for (size_t i = 0; i + 1 < v->n; i += 2)
        below = below && f->p.at[v->child[i + 1]].type != IR_PICKLE_TENSOR;
    if (below)
        strip_key(f->t);
    return check_names(f->t, err);
}

/* ---- the zip form ---------------------------------------------------------------------------- */

static const struct ir_zip_member *member(const struct ir_tensors *t, const char *prefix,
                                          const char *name, size_t name_n)
{
    size_t n = strlen(prefix);

    for (size_t i = 0; i < t->zip.n; i++) {
        const char *m = t->zip.at[i].name;
        if (strncmp(m, prefix, n) == 0 && strlen(m + n) == name_n &&
            memcmp(m + n, name, name_n) == 0)
            return &t->zip.at[i];
    }
    return NULL;
}

/* A stored member of the right length and CRC. */
static int check_member(const struct ir_tensors *t, const struct ir_zip_member *m,
                        struct ir_err *err)
{
    if (m->method != 0)
        return ir_fail(err, "%s is packed, wanted stored as PyTorch does", m->name);
    if (ir_crc32(0, t->file.data + m->data, (size_t)m->size) != m->crc)
        return ir_fail(err, "%s is damaged (wrong CRC)", m->name);
    return 0;
}

static int find_prefix(const struct ir_tensors *t, char **prefix, struct ir_err *err)
{
    static const char tail[] = "data.pkl";

    *prefix = NULL;
    for (size_t i = 0; i < t->zip.n; i++) {
        const char *m = t->zip.at[i].name;
        size_t n = strlen(m), k = sizeof tail - 1;
        if (n < k || strcmp(m + n - k, tail) != 0 || (n > k && m[n - k - 1] != '/'))
            continue;
        if (*prefix)
            return ir_fail(err, "two members named data.pkl");
        *prefix = ir_strndup(m, n - k);
    }
    return *prefix ? 0 : ir_fail(err, "no member data.pkl: no file of PyTorch");
}

static int zip_storages(struct file *f, const char *prefix, struct ir_err *err)
{
    for (size_t i = 0; i < f->p.n_storages; i++) {
        const struct ir_pickle_storage *s = &f->p.storage[i];
        char name[80];
        if (s->key_n > sizeof name - sizeof "data/")
            return ir_fail(err, "a storage whose key has %zu bytes", s->key_n);
        int n = snprintf(name, sizeof name, "data/%.*s", (int)s->key_n, s->key);
        const struct ir_zip_member *m = member(f->t, prefix, name, (size_t)n);
        if (!m)
            return ir_fail(err, "no member %s for a storage", name);
        if (check_member(f->t, m, err) < 0)
            return -1;
        if (m->size % s->size != 0 || m->size / s->size != s->count)
            return ir_fail(err, "%s has %llu bytes, wanted %llu elements of %zu", m->name,
                           (unsigned long long)m->size, (unsigned long long)s->count, s->size);
        f->at[i] = m->data;
    }
    return 0;
}

static int list_zip(struct file *f, const char *prefix, struct ir_err *err)
{
    struct ir_tensors *t = f->t;
    const struct ir_zip_member *m = member(t, prefix, "data.pkl", 8),
                               *order = member(t, prefix, "byteorder", 9);
    size_t used;
    uint32_t root;

    if (order && (order->size != 6 || order->method != 0 ||
                  memcmp(t->file.data + order->data, "little", 6) != 0))
        return ir_fail(err, "its byte order is not little");
    if (!m)
        return ir_fail(err, "no member %sdata.pkl", prefix);
    if (check_member(t, m, err) < 0)
        return -1;
    if (m->size > PICKLE_MAX)
        return ir_fail(err, "%s has %llu bytes, wanted at most %zu", m->name,
                       (unsigned long long)m->size, PICKLE_MAX);
    if (ir_pickle_read(&f->p, t->file.data + m->data, (size_t)m->size, &used, &root, err) < 0)
        return ir_fail_in(err, "%s", m->name);
    if (used != m->size)
        return ir_fail(err, "%s: bytes behind its end", m->name);
    f->at = ir_zalloc(f->p.n_storages + 1, sizeof *f->at);
    return zip_storages(f, prefix, err) < 0 ? -1 : list(f, root, err);
}

/* ---- the older form -------------------------------------------------------------------------- */

/* One of the small pickles in front; its value must be what `wanted` says. */
static int read_old(struct file *f, size_t *at, struct ir_pickle *p, uint32_t *value,
                    struct ir_err *err)
{
    size_t used, n = f->t->file.len - *at;

    if (ir_pickle_read(p, f->t->file.data + *at, n < PICKLE_MAX ? n : PICKLE_MAX, &used, value,
                       err) < 0)
        return ir_fail_in(err, "the pickle at byte %zu", *at);
    *at += used;
    return 0;
}

static int read_old_head(struct file *f, size_t *at, struct ir_err *err)
{
    struct ir_pickle p = {0};
    uint32_t value;
    int rc = read_old(f, at, &p, &value, err);

    if (rc == 0 && (p.at[value].type != IR_PICKLE_INT || p.at[value].number != 1001))
        rc = ir_fail(err, "its protocol version is not 1001");
    if (rc == 0)
        rc = read_old(f, at, &p, &value, err);
    const struct ir_pickle_value *info = rc == 0 ? &p.at[value] : NULL;
    for (size_t i = 0; info && info->type == IR_PICKLE_DICT && i + 1 < info->n && rc == 0; i += 2)
        if (ir_pickle_is(&p.at[info->child[i]], "little_endian") &&
            p.at[info->child[i + 1]].number != 1)
            rc = ir_fail(err, "its byte order is not little");
    ir_pickle_free(&p);
    return rc;
}

/* In the order of the keys: a count, then the numbers. */
static int old_storages(struct file *f, size_t at, const struct ir_pickle *keys, uint32_t value,
                        struct ir_err *err)
{
    const struct ir_pickle_value *l = &keys->at[value];
    const struct ir_buf *file = &f->t->file;

    if (l->type != IR_PICKLE_LIST || l->n != f->p.n_storages)
        return ir_fail(err, "its list of storages names %zu, its tensors lie in %zu",
                       l->type == IR_PICKLE_LIST ? l->n : 0, f->p.n_storages);
    for (size_t k = 0; k < l->n; k++) {
        const struct ir_pickle_value *key = &keys->at[l->child[k]];
        size_t i = 0;
        while (i < f->p.n_storages &&
               (key->type != IR_PICKLE_TEXT || key->text_n != f->p.storage[i].key_n ||
                memcmp(key->text, f->p.storage[i].key, key->text_n) != 0))
            i++;
        if (i == f->p.n_storages || f->at[i] != 0)
            return ir_fail(err, "its list of storages does not agree with its tensors");
        const struct ir_pickle_storage *s = &f->p.storage[i];
        uint64_t count = 0;
        for (size_t b = 8; b-- > 0 && file->len - at >= 8;)
            count = count << 8 | (unsigned char)file->data[at + b];
        if (file->len - at < 8 || (file->len - at - 8) / s->size < count || count != s->count)
            return ir_fail(err,
                           "storage %.*s: %llu elements, wanted %llu, in %zu bytes that are left",
                           (int)s->key_n, s->key, (unsigned long long)count,
                           (unsigned long long)s->count, file->len - at);
        f->at[i] = at + 8;
        at += 8 + (size_t)count * s->size;
    }
    return at == file->len ? 0 : ir_fail(err, "%zu bytes behind its last storage", file->len - at);
}

static int list_old(struct file *f, struct ir_err *err)
{
    struct ir_pickle keys = {0};
    uint32_t root, value;
    size_t at = sizeof magic;
    int rc = read_old_head(f, &at, err);

    if (rc == 0)
        rc = read_old(f, &at, &f->p, &root, err);
    if (rc == 0)
        rc = read_old(f, &at, &keys, &value, err);
    f->at = ir_zalloc(f->p.n_storages + 1, sizeof *f->at);
    if (rc == 0)
        rc = old_storages(f, at, &keys, value, err);
    if (rc == 0)
        rc = list(f, root, err);
    ir_pickle_free(&keys);
    return rc;
}

int ir_pt_list(struct ir_tensors *t, struct ir_err *err)
{
    struct file f = {.t = t};
    char *prefix = NULL;
    int rc;

    if (t->file.len >= sizeof magic && memcmp(t->file.data, magic, sizeof magic) == 0) {
        rc = list_old(&f, err);
    } else {
        rc = ir_zip_list_read(t->file.data, t->file.len, &t->zip, err);
        if (rc == 0)
            rc = find_prefix(t, &prefix, err);
        if (rc == 0)
            rc = list_zip(&f, prefix, err);
    }
    free(prefix);
    free(f.at);
    ir_pickle_free(&f.p);
    return rc < 0 ? ir_fail_in(err, "no tensors of PyTorch can be read") : 0;
}

/* ---- numbers --------------------------------------------------------------------------------- */

int ir_pt_get(const struct ir_tensors *t, const struct ir_tensor *tensor, struct ir_rec *rec,
              struct ir_err *err)
{
    size_t size, index[IR_RANK_MAX] = {0};
    char dtype = ir_tensor_dtype(tensor->type, &size);
    const unsigned char *from = (const unsigned char *)t->file.data + tensor->at;

    if (dtype == 0)
        return ir_fail(err, "%s has type %s, wanted F32 F64 F16 or BF16", tensor->name,
                       tensor->type);
    if (tensor->rank > IR_RANK_MAX)
        return ir_fail(err, "%s has more than %d axes, or one that is too long", tensor->name,
                       IR_RANK_MAX);
    if (tensor->bytes > IR_DATA_MAX / 2)
        return ir_fail(err, "%s has %llu bytes, wanted at most %zu", tensor->name,
                       (unsigned long long)tensor->bytes, IR_DATA_MAX / 2);
    ir_rec_init(rec, dtype, tensor->rank, tensor->shape);
    bool wide = strcmp(tensor->type, "BF16") == 0; /* the upper half of an f32 */
    unsigned char *to = rec->data;
    uint64_t at = 0;
    for (size_t n = tensor->bytes / size; n > 0; n--) {
        if (wide) {
            uint32_t u = (uint32_t)(from[at * 2] | from[at * 2 + 1] << 8) << 16;
            memcpy(to, &u, 4);
            to += 4;
        } else {
            memcpy(to, from + at * size, size);
            to += size;
        }
        for (int k = tensor->rank - 1; k >= 0; k--) {
            at += tensor->stride[k];
            if (++index[k] < tensor->shape[k])
                break;
            at -= tensor->stride[k] * tensor->shape[k];
            index[k] = 0;
        }
    }
    if (!wide)
        ir_payload_swap_le(rec);
    return 0;
}
