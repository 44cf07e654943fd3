/* pickle_torch.c - the names of a PyTorch pickle that mean something here: dicts, storages,
 * tensors.
 */
#include "convert/pickle.h"

#include <stdlib.h>
#include <string.h>

#define STORAGES_MAX 16384

enum { ORDERED_DICT, TENSOR, PARAMETER, STORAGES };

static const struct {
    const char *module, *name, *type;
    size_t size;
} globals[] = {
    [ORDERED_DICT] = {"collections", "OrderedDict", NULL, 0},
    [TENSOR] = {"torch._utils", "_rebuild_tensor_v2", NULL, 0},
    [PARAMETER] = {"torch._utils", "_rebuild_parameter", NULL, 0},
    [STORAGES] = {"torch", "FloatStorage", "F32", 4},
    {"torch", "DoubleStorage", "F64", 8},
    {"torch", "HalfStorage", "F16", 2},
    {"torch", "BFloat16Storage", "BF16", 2},
    {"torch", "LongStorage", "I64", 8},
};

static bool same(const char *a, size_t n, const char *b)
{
    return strlen(b) == n && memcmp(a, b, n) == 0;
}

int ir_pickle_global(const char *module, size_t module_n, const char *name, size_t name_n)
{
    for (size_t i = 0; i < sizeof globals / sizeof *globals; i++)
        if (same(module, module_n, globals[i].module) && same(name, name_n, globals[i].name))
            return (int)i;
    return -1;
}

static const struct ir_pickle_value *child(const struct ir_pickle *p,
                                           const struct ir_pickle_value *v, size_t i)
{
    return &p->at[v->child[i]];
}

/* ("storage", TYPE, KEY, PLACE, COUNT); the older form adds a view, which must be None. */
int ir_pickle_persistent(struct ir_pickle *p, uint32_t id, uint32_t to, struct ir_err *err)
{
    const struct ir_pickle_value *v = &p->at[id];
    if (v->type != IR_PICKLE_TUPLE || v->n < 5 || v->n > 6 ||
        !ir_pickle_is(child(p, v, 0), "storage"))
        return ir_fail(err, "a persistent id that is no storage");
    const struct ir_pickle_value *type = child(p, v, 1), *key = child(p, v, 2),
                                 *count = child(p, v, 4);
    if (type->type != IR_PICKLE_GLOBAL || type->number < STORAGES)
        return ir_fail(err, "a storage of no known type");
    if (key->type != IR_PICKLE_TEXT || key->text_n == 0 || key->text_n > 64)
        return ir_fail(err, "a storage without a key");
    if (count->type != IR_PICKLE_INT || count->number < 0)
        return ir_fail(err, "a storage without a length");
    if (v->n == 6 && child(p, v, 5)->type != IR_PICKLE_NONE)
        return ir_fail(err, "a storage that is a view of another");
    struct ir_pickle_storage s = {key->text, key->text_n, globals[type->number].type,
                                  globals[type->number].size, (uint64_t)count->number};
    size_t i = 0;
    while (i < p->n_storages &&
           (p->storage[i].key_n != s.key_n || memcmp(p->storage[i].key, s.key, s.key_n) != 0))
        i++;
    if (i == STORAGES_MAX)
        return ir_fail(err, "more than %d storages", STORAGES_MAX);
    if (i == p->n_storages) {
        ir_grow(&p->storage, &p->cap_storages, p->n_storages + 1, sizeof *p->storage);
        p->storage[p->n_storages++] = s;
    } else if (p->storage[i].type != s.type || p->storage[i].count != s.count) {
        return ir_fail(err, "storage %.*s stands there as %s and as %s, or with two lengths",
                       (int)s.key_n, s.key, p->storage[i].type, s.type);
    }
    p->at[to].type = IR_PICKLE_STORAGE;
    p->at[to].number = (int64_t)i;
    return 0;
}

/* The element that lies farthest must be inside; more elements than the storage has would only come
 * from overlap. */
static int check_reach(const struct ir_pickle_tensor *t, const struct ir_pickle_storage *s,
                       struct ir_err *err)
{
    uint64_t count = 1, last = t->offset;
    for (int i = 0; i < t->rank; i++)
        if (t->shape[i] == 0)
            count = 0;
    for (int i = 0; i < t->rank && count > 0; i++) {
        if (t->shape[i] > s->count / count)
            return ir_fail(err, "a tensor with more elements than its storage of %llu",
                           (unsigned long long)s->count);
        count *= t->shape[i];
        if (t->stride[i] > 0 && t->shape[i] - 1 > (s->count - 1) / t->stride[i])
            return ir_fail(err, "a stride leads out of a storage of %llu elements",
                           (unsigned long long)s->count);
        last += (t->shape[i] - 1) * t->stride[i];
        if (last >= s->count)
            break;
    }
    if (count > 0 ? last >= s->count : t->offset > s->count)
        return ir_fail(err, "a tensor reaches element %llu of a storage of %llu",
                       (unsigned long long)last, (unsigned long long)s->count);
    return 0;
}

static int axes(const struct ir_pickle *p, const struct ir_pickle_value *v, uint64_t *out,
                struct ir_err *err)
{
    if (v->type != IR_PICKLE_TUPLE || v->n > IR_PICKLE_AXES)
        return ir_fail(err, "a tensor whose shape or stride is no tuple of at most %d numbers",
                       IR_PICKLE_AXES);
    for (size_t i = 0; i < v->n; i++) {
        const struct ir_pickle_value *one = child(p, v, i);
        if (one->type != IR_PICKLE_INT || one->number < 0 || one->number > (int64_t)1 << 40)
            return ir_fail(err, "a tensor with a shape or stride that is no number from 0 to 2^40");
        out[i] = (uint64_t)one->number;
    }
    return (int)v->n;
}

/* (storage, offset, shape, stride, requires_grad, hooks[, metadata]) */
static int tensor(struct ir_pickle *p, const struct ir_pickle_value *a, uint32_t to,
                  struct ir_err *err)
{
    struct ir_pickle_tensor t = {0};
    if (a->n < 4 || a->n > 7 || child(p, a, 0)->type != IR_PICKLE_STORAGE)
        return ir_fail(err, "a tensor without a storage");
    if (child(p, a, 1)->type != IR_PICKLE_INT || child(p, a, 1)->number < 0)
        return ir_fail(err, "a tensor whose offset is no number");
    t.storage = (size_t)child(p, a, 0)->number;
    t.offset = (uint64_t)child(p, a, 1)->number;
    t.rank = axes(p, child(p, a, 2), t.shape, err);
    if (t.rank < 0)
        return -1;
    int strides = axes(p, child(p, a, 3), t.stride, err);
    if (strides != t.rank)
        return strides < 0 ? -1 : ir_fail(err, "a tensor with a stride for some axes only");
    if (check_reach(&t, &p->storage[t.storage], err) < 0)
        return -1;
    ir_grow(&p->tensor, &p->cap_tensors, p->n_tensors + 1, sizeof *p->tensor);
    p->tensor[p->n_tensors] = t;
    p->at[to].type = IR_PICKLE_TENSOR;
    p->at[to].number = (int64_t)p->n_tensors++;
    return 0;
}

/* Empty, or a list of pairs, as Python 2 wrote it. */
static int ordered_dict(struct ir_pickle *p, const struct ir_pickle_value *a, uint32_t to,
                        struct ir_err *err)
{
    p->at[to].type = IR_PICKLE_DICT;
    if (a->n == 0)
        return 0;
    const struct ir_pickle_value *list = child(p, a, 0);
    if (a->n != 1 || list->type != IR_PICKLE_LIST)
        return ir_fail(err, "an OrderedDict of something that is no list of pairs");
    for (size_t i = 0; i < list->n; i++) {
        const struct ir_pickle_value *pair = child(p, list, i);
        if ((pair->type != IR_PICKLE_LIST && pair->type != IR_PICKLE_TUPLE) || pair->n != 2)
            return ir_fail(err, "an OrderedDict of something that is no list of pairs");
        ir_pickle_push(&p->at[to], pair->child[0]);
        ir_pickle_push(&p->at[to], pair->child[1]);
    }
    return 0;
}

int ir_pickle_call(struct ir_pickle *p, uint32_t function, uint32_t args, uint32_t to,
                   struct ir_err *err)
{
    const struct ir_pickle_value *f = &p->at[function], *a = &p->at[args];
    if (f->type != IR_PICKLE_GLOBAL || a->type != IR_PICKLE_TUPLE)
        return ir_fail(err, "REDUCE of something that is no function with a tuple");
    switch (f->number) {
    case ORDERED_DICT:
        return ordered_dict(p, a, to, err);
    case TENSOR:
        return tensor(p, a, to, err);
    case PARAMETER:
        if (a->n < 1 || child(p, a, 0)->type != IR_PICKLE_TENSOR)
            return ir_fail(err, "a parameter that is no tensor");
        p->at[to].type = IR_PICKLE_TENSOR;
        p->at[to].number = child(p, a, 0)->number;
        return 0;
    default:
        return ir_fail(err, "REDUCE of torch.%s, which is no function", globals[f->number].name);
    }
}
