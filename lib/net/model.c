/* model.c - a trained network as a tensor stream, formats/model.md. */
#include "net/node.h"

#include <stdlib.h>
#include <string.h>

struct ir_model {
    struct ir_meta head;
    struct ir_net *net;
    struct ir_rec *rec;
    size_t n, cap;
};

/* r holds f32; its numbers are rounded to half precision. Owned by r afterwards. */
static int round_to_half(struct ir_rec *r, struct ir_err *err)
{
    const float *v = r->data;
    const size_t n = r->bytes / sizeof *v;
    uint16_t *half = ir_alloc(n + 1, sizeof *half);
    for (size_t i = 0; i < n; i++) {
        half[i] = ir_half_from(v[i]);
        if ((half[i] & 0x7c00) == 0x7c00) {
            free(half);
            return ir_fail(err, "%g is too large for half precision (weights=f16)", (double)v[i]);
        }
    }
    r->dtype = 'e';
    r->data = r->owned = half;
    r->bytes = n * sizeof *half;
    return 0;
}

/* Statistics and biases, one number a channel, are few and keep all their digits. */
static int put_param(struct ir_writer *w, struct ir_net *net, size_t i, bool half,
                     struct ir_err *err)
{
    const struct ir_param *p = ir_net_param(net, i);
    struct ir_rec r = {.dtype = 'f', .rank = p->shape.rank};
    for (int k = 0; k < r.rank; k++)
        r.shape[k] = (uint32_t)p->shape.dim[k];
    r.data = ir_net_values(net, i);
    r.bytes = p->count * sizeof(float);
    ir_meta_set(&r.meta, "name", p->name);
    int rc = half && r.rank > 1 ? round_to_half(&r, err) : 0;
    rc = rc < 0 ? rc : ir_writer_put(w, &r, err);
    ir_rec_free(&r);
    return rc < 0 ? ir_fail_in(err, "parameter %s", p->name) : 0;
}

int ir_model_write(const char *path, struct ir_net *net, const struct ir_meta *head, bool pack,
                   struct ir_err *err)
{
    struct ir_meta m = {0};
    const char *weights = ir_meta_get(head, "weights");
    const bool half = weights != NULL && strcmp(weights, "f16") == 0;
    if (weights != NULL && !half && strcmp(weights, "f32") != 0)
        return ir_fail(err, "weights=%.40s found, wanted f32 or f16", weights);
    ir_meta_copy(&m, head);
    ir_meta_set(&m, "domain", "param");
    struct ir_writer *w = ir_writer_open(path, &m, pack, err);
    ir_meta_free(&m);
    if (w == NULL)
        return -1;
    struct ir_rec text = {.dtype = 'B', .rank = 1, .shape = {(uint32_t)strlen(net->text)}};
    text.data = net->text;
    text.bytes = strlen(net->text);
    ir_meta_set(&text.meta, "name", "net");
    int rc = ir_writer_put(w, &text, err);
    ir_meta_free(&text.meta);
    for (size_t i = 0; i < net->n_params && rc == 0; i++)
        rc = put_param(w, net, i, half, err);
    if (rc < 0) {
        ir_writer_abort(w);
        return -1;
    }
    return ir_writer_close(w, 0, err);
}

static int read_net(struct ir_model *m, const struct ir_rec *r, const char *path,
                    struct ir_err *err)
{
    struct ir_strs classes = {0};
    const char *names = ir_meta_get(&m->head, "classes");
    if (strcmp(ir_rec_name(r), "net") != 0 || r->dtype != 'B' || r->rank != 1)
        return ir_fail(err, "its first record is not a network description");
    if (names == NULL)
        return ir_fail(err, "its header names no classes");
    int rc = ir_names_parse(names, &classes, err);
    if (rc == 0)
        m->net = ir_net_parse(r->data, r->bytes, path, &classes, err);
    ir_strs_free(&classes);
    return m->net != NULL ? 0 : -1;
}

/* The parameter as f32, whatever precision it is stored in. */
static void copy_f32(struct ir_rec *to, const struct ir_rec *from)
{
    struct ir_buf tmp = {0};
    ir_rec_init(to, 'f', from->rank, from->shape);
    ir_meta_copy(&to->meta, &from->meta);
    memcpy(to->data, ir_rec_f32(from, false, &tmp), to->bytes);
    ir_buf_free(&tmp);
}

static int read_all(struct ir_model *m, struct ir_reader *r, const char *path, struct ir_err *err)
{
    struct ir_rec rec;
    const char *domain = ir_meta_get(ir_reader_header(r), "domain");
    if (domain == NULL || strcmp(domain, "param") != 0)
        return ir_fail(err, "it holds '%s', wanted a model (domain param)",
                       domain != NULL ? domain : "");
    if (ir_meta_get(ir_reader_header(r), "checkpoint") != NULL)
        return ir_fail(err, "it is a checkpoint, wanted a model");
    ir_meta_copy(&m->head, ir_reader_header(r));
    int rc = ir_reader_next(r, &rec, err);
    if (rc <= 0)
        return rc < 0 ? -1 : ir_fail(err, "it is empty");
    if (read_net(m, &rec, path, err) < 0)
        return -1;
    while ((rc = ir_reader_next(r, &rec, err)) > 0) {
        if (rec.dtype != 'f' && rec.dtype != 'e')
            return ir_fail(err, "parameter %s has type '%c', wanted f or e", ir_rec_name(&rec),
                           rec.dtype);
        ir_grow(&m->rec, &m->cap, m->n + 1, sizeof *m->rec);
        copy_f32(&m->rec[m->n++], &rec);
    }
    return rc;
}

struct ir_model *ir_model_read(struct ir_reader *r, const char *path, struct ir_err *err)
{
    struct ir_model *m = ir_zalloc(1, sizeof *m);
    if (read_all(m, r, path, err) == 0)
        return m;
    ir_fail_in(err, "%s", path);
    ir_model_close(m);
    return NULL;
}

struct ir_model *ir_model_open(const char *path, struct ir_err *err)
{
    char *name = ir_strdup(path);
    struct ir_reader *r = ir_reader_open(&name, 1, err);
    struct ir_model *m = r != NULL ? ir_model_read(r, path, err) : NULL;
    if (r != NULL)
        ir_reader_close(r);
    free(name);
    return m;
}

const struct ir_meta *ir_model_header(const struct ir_model *m)
{
    return &m->head;
}

struct ir_net *ir_model_net(struct ir_model *m)
{
    return m->net;
}

static const struct ir_rec *find(const struct ir_model *m, const char *name)
{
    for (size_t i = 0; i < m->n; i++) {
        if (strcmp(ir_rec_name(&m->rec[i]), name) == 0)
            return &m->rec[i];
    }
    return NULL;
}

static bool fits(const struct ir_param *p, const struct ir_rec *r)
{
    bool same = r->rank == p->shape.rank;
    for (int k = 0; same && k < r->rank; k++)
        same = r->shape[k] == p->shape.dim[k];
    return same;
}

int ir_model_apply(const struct ir_model *m, struct ir_net *net, struct ir_buf *report,
                   size_t *loaded, struct ir_err *err)
{
    *loaded = 0;
    net->same_w = false;
    for (size_t i = 0; i < net->n_params; i++) {
        const struct ir_param *p = net->param[i];
        const struct ir_rec *r = find(m, p->name);
        char found[80], wanted[96];
        struct ir_err why;
        if (r == NULL)
            ir_fail(&why, "%s: not in the model", p->name);
        else if (!fits(p, r))
            ir_fail(&why, "%s: the model has %s, the network wants %s", p->name,
                    ir_shape_text(found, r->rank, r->shape), ir_shape_show(wanted, &p->shape));
        else {
            memcpy(net->values + p->offset, r->data, p->count * sizeof(float));
            ++*loaded;
            continue;
        }
        if (report == NULL)
            return ir_fail(err, "%s", why.text);
        ir_buf_printf(report, "%s\n", why.text);
    }
    for (size_t i = 0; i < m->n && report == NULL; i++) {
        size_t k = 0;
        while (k < net->n_params && strcmp(net->param[k]->name, ir_rec_name(&m->rec[i])) != 0)
            k++;
        if (k == net->n_params)
            return ir_fail(err, "the model has a parameter %s that no layer reads",
                           ir_rec_name(&m->rec[i]));
    }
    return 0;
}

uint32_t ir_model_sum(const struct ir_model *m)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < m->n; i++)
        sum = ir_crc32(sum, m->rec[i].data, m->rec[i].bytes);
    return sum;
}

void ir_model_close(struct ir_model *m)
{
    if (m == NULL)
        return;
    for (size_t i = 0; i < m->n; i++)
        ir_rec_free(&m->rec[i]);
    free(m->rec);
    ir_meta_free(&m->head);
    ir_net_free(m->net);
    free(m);
}
