/* learned.c - settings and tensors of a fitted learner, to and from the records of a model.
 */
#include "learner.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TENSORS_MAX 64

const char *ir_learned_text(const struct ir_learned *m, const char *key)
{
    const char *v = ir_meta_get(&m->option, key);
    return v ? v : "";
}

int ir_learned_real(const struct ir_learned *m, const char *key, double min, double max,
                    double *out, struct ir_err *err)
{
    if (ir_parse_real(ir_learned_text(m, key), min, max, key, out, err))
        return ir_fail_in(err, "%s", m->learner->name);
    return 0;
}

int ir_learned_int(const struct ir_learned *m, const char *key, long long min, long long max,
                   long long *out, struct ir_err *err)
{
    if (ir_parse_int(ir_learned_text(m, key), min, max, key, out, err))
        return ir_fail_in(err, "%s", m->learner->name);
    return 0;
}

void *ir_learned_add(struct ir_learned *m, const char *name, char dtype, size_t rows,
                     size_t columns)
{
    ir_grow(&m->tensor, &m->cap, m->n_tensors + 1, sizeof *m->tensor);
    struct ir_learn_tensor *t = &m->tensor[m->n_tensors++];
    *t = (struct ir_learn_tensor){.name = ir_strdup(name),
                                  .dtype = dtype,
                                  .rank = columns > 0 ? 2 : 1,
                                  .shape = {(uint32_t)rows, (uint32_t)columns}};
    t->data = ir_zalloc_aligned(rows * (columns > 0 ? columns : 1), 4);
    return t->data;
}

static const struct ir_learn_tensor *find(const struct ir_learned *m, const char *name)
{
    for (size_t i = 0; i < m->n_tensors; i++)
        if (strcmp(m->tensor[i].name, name) == 0)
            return &m->tensor[i];
    return NULL;
}

const void *ir_learned_find(const struct ir_learned *m, const char *name, char dtype, size_t rows,
                            size_t columns, struct ir_err *err)
{
    const struct ir_learn_tensor *t = find(m, name);
    char shape[80];
    if (!t) {
        ir_fail(err, "%s model has no record '%s'", m->learner->name, name);
        return NULL;
    }
    if (t->dtype != dtype || t->rank != (columns > 0 ? 2 : 1) ||
        (rows != SIZE_MAX && t->shape[0] != rows) ||
        (columns > 0 && columns != SIZE_MAX && t->shape[1] != columns)) {
        ir_fail(err,
                "%s model: record '%s' is '%c' %s, which does not fit %zu features and %zu classes",
                m->learner->name, name, t->dtype, ir_shape_text(shape, t->rank, t->shape), m->d,
                m->k);
        return NULL;
    }
    return t->data;
}

size_t ir_learned_rows(const struct ir_learned *m, const char *name)
{
    const struct ir_learn_tensor *t = find(m, name);
    return t ? t->shape[0] : 0;
}

int ir_learned_finite(const struct ir_learned *m, const char *name, struct ir_err *err)
{
    const struct ir_learn_tensor *t = find(m, name);
    size_t n = t ? (size_t)t->shape[0] * (t->rank == 2 ? t->shape[1] : 1) : 0;
    for (size_t i = 0; i < n; i++)
        if (!isfinite(((const float *)t->data)[i]))
            return ir_fail(err, "%s model: record '%s' holds a number that is not finite",
                           m->learner->name, name);
    return 0;
}

static void options_text(const struct ir_learned *m, struct ir_buf *b)
{
    ir_buf_puts(b, "");
    for (size_t i = 0; i < m->option.n; i++)
        ir_buf_printf(b, "%s%s=%s", i ? " " : "", m->option.key[i], m->option.value[i]);
}

void ir_learner_header(const struct ir_learned *m, struct ir_meta *head)
{
    struct ir_buf b = {0};
    options_text(m, &b);
    ir_meta_set(head, "domain", "param");
    ir_meta_set(head, "learner", m->learner->name);
    ir_meta_set(head, "learner.options", b.data ? b.data : "");
    ir_meta_setf(head, "features", "%zu", m->d);
    ir_meta_set(head, "task", m->single ? "single" : "multi");
    ir_buf_free(&b);
}

int ir_learner_write(const struct ir_learned *m, struct ir_writer *w, struct ir_err *err)
{
    struct ir_buf text = {0};
    struct ir_rec rec;
    ir_buf_printf(&text, "%s ", m->learner->name);
    options_text(m, &text);
    ir_rec_init(&rec, 'B', 1, (uint32_t[]){(uint32_t)text.len});
    memcpy(rec.data, text.data, text.len);
    ir_meta_set(&rec.meta, "name", "learner");
    int rc = ir_writer_put(w, &rec, err);
    ir_rec_free(&rec);
    ir_buf_free(&text);
    for (size_t i = 0; i < m->n_tensors && rc == 0; i++) {
        const struct ir_learn_tensor *t = &m->tensor[i];
        ir_rec_init(&rec, t->dtype, t->rank, t->shape);
        memcpy(rec.data, t->data, rec.bytes);
        ir_meta_set(&rec.meta, "name", t->name);
        rc = ir_writer_put(w, &rec, err);
        ir_rec_free(&rec);
    }
    return rc;
}

static int read_tensor(struct ir_learned *m, const struct ir_rec *rec, struct ir_err *err)
{
    const char *name = ir_rec_name(rec);
    char shape[80];
    if ((rec->dtype != 'f' && rec->dtype != 'i') || rec->rank < 1 || rec->rank > 2)
        return ir_fail(
            err, "%s model: record '%.100s' is '%c' %s, wanted f32 or i32 of rank 1 or 2",
            m->learner->name, name, rec->dtype, ir_shape_text(shape, rec->rank, rec->shape));
    if (find(m, name))
        return ir_fail(err, "%s model: two records are called '%.100s'", m->learner->name, name);
    if (m->n_tensors == TENSORS_MAX)
        return ir_fail(err, "%s model: more than %d records", m->learner->name, TENSORS_MAX);
    void *data =
        ir_learned_add(m, name, rec->dtype, rec->shape[0], rec->rank == 2 ? rec->shape[1] : 0);
    memcpy(data, rec->data, rec->bytes);
    return 0;
}

static int read_header(struct ir_learned *m, const struct ir_meta *head, struct ir_err *err)
{
    const char *name = ir_meta_get(head, "learner"),
               *options = ir_meta_get(head, "learner.options");
    const char *task = ir_meta_get(head, "task"), *classes = ir_meta_get(head, "classes");
    struct ir_buf text = {0};
    struct ir_strs names = {0};
    double d = -1;
    if (!name)
        return ir_fail(err, "the model is not a learner's: its header has no learner=");
    ir_buf_printf(&text, "%s %s", name, options ? options : "");
    int rc = ir_learner_parse(m, text.data, err);
    ir_buf_free(&text);
    if (rc == 0)
        rc = ir_meta_real(head, "features", 0, 1e9, &d, err) < 0 ? -1 : 0;
    if (rc == 0 && d != floor(d))
        rc = ir_fail(err, "%s model: header has no whole number features=", name);
    if (rc == 0 && (!task || (strcmp(task, "single") != 0 && strcmp(task, "multi") != 0)))
        rc = ir_fail(err, "%s model: header has no task=single|multi", name);
    if (rc == 0 && !classes)
        rc = ir_fail(err, "%s model: header has no classes", name);
    if (rc == 0)
        rc = ir_names_parse(classes, &names, err);
    if (rc == 0 && (d < 0 || (d == 0 && m->learner->needs_features)))
        rc = ir_fail(err, "%s model: header has no features=", name);
    if (rc == 0) {
        m->d = m->learner->needs_features ? (size_t)d : 0;
        m->k = names.n;
        m->single = strcmp(task, "single") == 0;
    }
    ir_strs_free(&names);
    return rc;
}

int ir_learner_read(struct ir_learned *m, struct ir_reader *r, struct ir_err *err)
{
    struct ir_rec rec;
    int got;
    memset(m, 0, sizeof *m);
    if (read_header(m, ir_reader_header(r), err))
        goto fail;
    while ((got = ir_reader_next(r, &rec, err)) == 1)
        if (strcmp(ir_rec_name(&rec), "learner") != 0 && read_tensor(m, &rec, err))
            goto fail;
    if (got < 0 || m->learner->check(m, err))
        goto fail;
    return 0;
fail:
    ir_learner_free(m);
    return -1;
}
