/* model_load.c - a model of ours or of others, loaded, and its classes chosen and shifted. */
#include "convert.h"
#include "net.h"

#include <stdlib.h>
#include <string.h>

#define DOUBLINGS 10

void ir_loaded_free(struct ir_loaded *m)
{
    if (m->model)
        ir_model_close(m->model);
    else
        ir_net_free(m->all);
    ir_net_free(m->fewer);
    ir_meta_free(&m->head);
}

/* Shapes of the inputs, to be freed. */
static struct ir_shape *shapes(const struct ir_net *net, long long length)
{
    struct ir_shape *shape = ir_alloc(ir_net_inputs(net) + 1, sizeof *shape);

    ir_net_shapes(net, (size_t)length, shape);
    return shape;
}

static bool any_free(const struct ir_net *net)
{
    for (size_t i = 0; i < ir_net_inputs(net); i++) {
        const struct ir_shape *s = &ir_net_input(net, i)->shape;
        for (int k = 0; k < s->rank; k++)
            if (s->dim[k] == 0)
                return true;
    }
    return false;
}

static int plan_at(struct ir_net *net, long long length, struct ir_err *err)
{
    struct ir_shape *shape = shapes(net, length);
    int rc = ir_net_plan(net, 1, shape, false, NULL, 0, err);
    free(shape);
    return rc;
}

/* With free axes of this length, or, where they are too short for the network's kernels and pools,
 * of the first double, fourfold … length that is not. */
static int plan(struct ir_net *net, long long length, struct ir_err *err)
{
    struct ir_err longer;
    if (plan_at(net, length, err) == 0)
        return 0;
    for (int doublings = 1; any_free(net) && doublings <= DOUBLINGS; doublings++)
        if (plan_at(net, length << doublings, &longer) == 0)
            return 0;
    if (!any_free(net))
        return -1;
    longer = *err;
    return ir_fail(err, "%s (with free axes of %lld steps, and longer ones to %lld: --length N)",
                   longer.text, length, length << DOUBLINGS);
}

/* The lines of a file, without empty ones. */
static int read_names(const char *path, struct ir_strs *names, struct ir_err *err)
{
    struct ir_buf text = {0};

    if (ir_read_file(path, 1 << 20, &text, err) < 0)
        return -1;
    for (char *save = NULL, *w = strtok_r(text.data, "\r\n", &save); w;
         w = strtok_r(NULL, "\r\n", &save))
        ir_strs_add(names, w);
    ir_buf_free(&text);
    return names->n ? 0 : ir_fail(err, "%s: no names, wanted one a line", path);
}

/* What the command line says of the header. */
static int set_header(const struct ir_load_options *o, struct ir_meta *head, struct ir_err *err)
{
    struct ir_strs names = {0};
    struct ir_buf b = {0};
    int rc = o->classes ? read_names(o->classes, &names, err) : 0;

    if (rc == 0 && o->classes) {
        ir_names_format(&names, &b);
        ir_meta_set(head, "classes", b.data);
    }
    ir_strs_free(&names);
    ir_buf_free(&b);
    return rc < 0 ? -1 : ir_settings_apply(&o->set_header, head, err);
}

/* The network from its text and the classes of the header. */
static int parse_net(const struct ir_load_options *o, struct ir_loaded *m, const char *text,
                     size_t len, const char *name, struct ir_err *err)
{
    const char *classes = ir_meta_get(&m->head, "classes");
    struct ir_strs names = {0};

    if (!classes)
        return ir_fail(err, "%s: no classes are known, wanted --classes FILE", name);
    if (ir_names_parse(classes, &names, err) == 0)
        m->net = ir_net_parse(text, len, name, &names, err);
    ir_strs_free(&names);
    return m->net ? plan(m->net, o->length, err) : -1;
}

static int load_irt(const struct ir_load_options *o, struct ir_loaded *m, const char *path,
                    struct ir_err *err)
{
    size_t n;

    m->model = ir_model_open(path, err);
    if (!m->model)
        return -1;
    m->net = ir_model_net(m->model);
    ir_meta_copy(&m->head, ir_model_header(m->model));
    if (set_header(o, &m->head, err) < 0 || plan(m->net, o->length, err) < 0)
        return -1;
    return ir_model_apply(m->model, m->net, NULL, &n, err) < 0 ? ir_fail_in(err, "%s", path) : 0;
}

static int load_net(const struct ir_load_options *o, struct ir_loaded *m, const char *path,
                    struct ir_run *run)
{
    struct ir_buf text = {0};
    int rc = ir_read_file(path, 1 << 20, &text, &run->err);

    if (rc == 0)
        rc = set_header(o, &m->head, &run->err);
    if (rc == 0)
        rc = parse_net(o, m, text.data, text.len, path, &run->err);
    if (rc == 0)
        ir_net_init(m->net, (uint64_t)run->seed);
    ir_buf_free(&text);
    return rc;
}

static int say_unused(const struct ir_load_options *o, const struct ir_strs *unused,
                      struct ir_run *run)
{
    struct ir_buf b = {0};

    for (size_t i = 0; i < unused->n && i < 5; i++)
        ir_buf_printf(&b, "%s%s", i ? ", " : "", unused->at[i]);
    if (unused->n > 5)
        ir_buf_puts(&b, ", …");
    int rc = 0;
    if (unused->n && !o->loose)
        rc = ir_fail(&run->err,
                     "%zu tensors that no parameter asks for: %s (--loose leaves them out)",
                     unused->n, b.data);
    else if (unused->n)
        ir_run_note(run, "%zu tensors left out: %s", unused->n, b.data);
    ir_buf_free(&b);
    return rc;
}

static int load_tensors(const struct ir_load_options *o, struct ir_loaded *m, const char *path,
                        struct ir_run *run)
{
    struct ir_buf text = {0}, map = {0};
    struct ir_strs unused = {0};
    struct ir_err *err = &run->err;
    struct ir_tensors *t = ir_tensors_open(o->from, path, err);
    int rc = t ? 0 : -1;

    if (rc == 0) {
        ir_meta_copy(&m->head, ir_tensors_meta(t));
        rc = set_header(o, &m->head, err);
    }
    const char *inside = rc == 0 ? ir_meta_get(&m->head, "net") : NULL;
    if (rc == 0 && o->net)
        rc = ir_read_file(o->net, 1 << 20, &text, err);
    else if (rc == 0 && inside)
        ir_buf_puts(&text, inside);
    else if (rc == 0)
        rc = ir_fail(err, "%s holds no network description, wanted --net FILE", path);
    ir_meta_set(&m->head, "net", NULL);
    if (rc == 0 && o->map)
        rc = ir_read_file(o->map, 1 << 20, &map, err);
    if (rc == 0)
        rc = parse_net(o, m, text.data, text.len, o->net ? o->net : path, err);
    if (rc == 0 && ir_tensors_load(t, m->net, map.data, &unused, err) < 0)
        rc = ir_fail_in(err, "%s", path);
    if (rc == 0)
        rc = say_unused(o, &unused, run);
    ir_tensors_close(t);
    ir_strs_free(&unused);
    ir_buf_free(&text);
    ir_buf_free(&map);
    return rc;
}

int ir_loaded_read(const struct ir_load_options *o, const char *path, struct ir_loaded *m,
                   struct ir_run *run)
{
    const int rc = strcmp(o->from, "irt") == 0   ? load_irt(o, m, path, &run->err)
                   : strcmp(o->from, "net") == 0 ? load_net(o, m, path, run)
                                                 : load_tensors(o, m, path, run);
    m->all = m->net;
    return rc;
}

int ir_loaded_keep(struct ir_loaded *m, const char *path, struct ir_err *err)
{
    struct ir_strs names = {0};
    struct ir_shape *shape = ir_alloc(ir_net_inputs(m->net) + 1, sizeof *shape);
    int rc = read_names(path, &names, err);

    for (size_t i = 0; i < ir_net_inputs(m->net); i++)
        ir_net_planned(m->net, i, &shape[i]);
    if (rc == 0) {
        m->fewer = ir_net_keep_classes(m->net, &names, shape, &m->head, err);
        rc = m->fewer ? 0 : ir_fail_in(err, "%s", path);
    }
    if (rc == 0)
        m->net = m->fewer;
    free(shape);
    ir_strs_free(&names);
    return rc;
}

int ir_net_mean(struct ir_net *net, const char *path, double share, struct ir_err *err)
{
    struct ir_model *other = ir_model_open(path, err);
    struct ir_net *b = other ? ir_model_net(other) : NULL;
    size_t loaded, n = ir_net_params(net);
    int rc = b ? plan(b, 1000, err) : -1;

    if (rc == 0)
        rc = ir_model_apply(other, b, NULL, &loaded, err) < 0 ? -1 : 0;
    if (rc == 0 && ir_net_params(b) != n)
        rc = ir_fail(err, "it has %zu parameters, %zu are wanted", ir_net_params(b), n);
    for (size_t i = 0; i < n && rc == 0; i++) {
        const struct ir_param *p = ir_net_param(net, i), *q = ir_net_param(b, i);
        if (strcmp(p->name, q->name) != 0 || p->shape.rank != q->shape.rank ||
            memcmp(p->shape.dim, q->shape.dim, (size_t)p->shape.rank * sizeof p->shape.dim[0]) != 0)
            rc = ir_fail(err, "its parameter %zu is %s, %s of the same shape is wanted", i + 1,
                         q->name, p->name);
        for (size_t k = 0; k < p->count && rc == 0; k++)
            ir_net_values(net, i)[k] = (float)((1 - share) * (double)ir_net_values(net, i)[k] +
                                               share * (double)ir_net_values(b, i)[k]);
    }
    if (rc < 0 && other)
        ir_fail_in(err, "%s", path);
    if (other)
        ir_model_close(other);
    return rc;
}

/* One number at the start of each line, for the biases of the last layer that has one a class. */
int ir_net_shift(struct ir_net *net, const char *path, struct ir_err *err)
{
    struct ir_strs line = {0};
    size_t i = ir_net_params(net), k = ir_net_classes(net)->n;
    int rc = read_names(path, &line, err);
    while (i > 0 && !(ir_net_param(net, i - 1)->shape.rank == 1 &&
                      ir_net_param(net, i - 1)->count == k && !ir_net_param(net, i - 1)->buffer))
        i--;
    if (rc == 0 && (line.n != k || i == 0))
        rc = ir_fail(err, "%s: %zu numbers for %zu classes", path, line.n, k);
    for (size_t c = 0; c < k && rc == 0; c++) {
        double v = 0;
        line.at[c][strcspn(line.at[c], "\t ")] = '\0';
        rc = ir_parse_real(line.at[c], -100, 100, path, &v, err) < 0 ? -1 : 0;
        ir_net_values(net, i - 1)[c] += (float)v;
    }
    ir_strs_free(&line);
    return rc;
}
