/* model.c - opening a model, and what it wants of a stream. */
#include "predict/work.h"
#include "feature.h"

#include <stdlib.h>
#include <string.h>

/* ---- the stream must be what the model was trained on ------------------------------------------
 */

int ir_predict_key(const struct ir_meta *model, const struct ir_meta *found, const char *key,
                   const char *what, struct ir_err *err)
{
    const char *wanted = ir_meta_get(model, key), *is = ir_meta_get(found, key);
    if (wanted == NULL || (is != NULL && strcmp(is, wanted) == 0))
        return 0;
    return ir_fail(err, "%s found is '%s', the model wants '%s'", what, is != NULL ? is : "(none)",
                   wanted);
}

/* Compared setting by setting; a model made elsewhere may name a preset only. */
static int check_front(const struct ir_meta *model, const struct ir_meta *found, struct ir_err *err)
{
    const char *wanted = ir_meta_get(model, "frontend"), *is = ir_meta_get(found, "frontend");
    if (wanted == NULL)
        return 0;
    if (is == NULL)
        return ir_fail(err, "the front end found is '(none)', the model wants '%s'", wanted);
    return ir_front_compare(is, wanted, err);
}

int ir_predict_check(struct ir_predict_work *w, struct ir_err *err)
{
    const struct ir_meta *model = w->head, *head = ir_reader_header(w->reader);
    const char *wanted = ir_meta_get(model, "input"), *is = ir_meta_get(head, "domain");
    const char *classes = ir_meta_get(head, "classes"), *known = ir_meta_get(model, "classes");
    w->audio = is != NULL && strcmp(is, "audio") == 0;
    if (wanted != NULL && (is == NULL || strcmp(wanted, is) != 0))
        return ir_fail(err, "the stream holds '%s', the model wants '%s'",
                       is != NULL ? is : "(none)", wanted);
    if (w->p->layer == NULL && classes != NULL && strcmp(classes, known) != 0)
        return ir_fail(err, "the classes found are '%s', those of the model '%s'", classes, known);
    return check_front(model, head, err);
}

void ir_predict_header(const struct ir_predict_work *w, struct ir_meta *out)
{
    static const char *const keys[] = {"classes",     "task",    "thresholds", "thresholds.off",
                                       "calibration", "unknown", "silence",    "licence"};
    const struct ir_meta *model = w->head;
    const char *labels = ir_meta_get(model, "labels");
    ir_meta_copy(out, ir_reader_header(w->reader));
    ir_meta_set(out, "domain", "pred");
    ir_meta_set(out, "tensors", "1");
    if (ir_meta_get(out, "labels") == NULL)
        ir_meta_set(out, "labels", labels);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        ir_meta_set(out, keys[i], ir_meta_get(model, keys[i]));
    ir_meta_set(out, "model", w->p->model);
    if (w->p->prog != NULL)
        ir_meta_add_prog(out, w->p->prog);
}

/* ---- a network, or a classic learner ------------------------------------------------------------
 */

static int read_learner(struct ir_opened *m, struct ir_reader *r, const char *path,
                        struct ir_err *err)
{
    ir_meta_copy(&m->learned_head, ir_reader_header(r));
    m->head = &m->learned_head;
    m->classes = &m->learned_classes;
    m->inputs = 1;
    const char *names = ir_meta_get(m->head, "classes");
    int rc = names != NULL ? ir_names_parse(names, &m->learned_classes, err)
                           : ir_fail(err, "its header names no classes");
    if (rc == 0)
        rc = ir_learner_read(&m->learned, r, err);
    if (rc == 0 && m->learned.k != m->classes->n)
        rc = ir_fail(err, "it was made for %zu classes, its header names %zu", m->learned.k,
                     m->classes->n);
    return rc < 0 ? ir_fail_in(err, "%s", path) : 0;
}

static int read_network(struct ir_opened *m, struct ir_reader *r, const char *path,
                        struct ir_err *err)
{
    m->model = ir_model_read(r, path, err);
    if (m->model == NULL)
        return -1;
    m->head = ir_model_header(m->model);
    m->net = ir_model_net(m->model);
    m->classes = ir_net_classes(m->net);
    m->inputs = ir_net_inputs(m->net);
    return 0;
}

struct ir_opened *ir_opened_new(const char *path, struct ir_err *err)
{
    struct ir_opened *m = ir_zalloc(1, sizeof *m);
    char *name = ir_strdup(path);
    struct ir_reader *r = ir_reader_open(&name, 1, err);
    int rc = r == NULL                                             ? -1
             : ir_meta_get(ir_reader_header(r), "learner") != NULL ? read_learner(m, r, path, err)
                                                                   : read_network(m, r, path, err);
    if (r != NULL)
        ir_reader_close(r);
    free(name);
    if (rc == 0)
        return m;
    ir_opened_free(m);
    return NULL;
}

const struct ir_meta *ir_opened_header(const struct ir_opened *m)
{
    return m->head;
}

void ir_opened_free(struct ir_opened *m)
{
    if (m == NULL)
        return;
    ir_model_close(m->model);
    ir_learner_free(&m->learned);
    ir_meta_free(&m->learned_head);
    ir_strs_free(&m->learned_classes);
    free(m);
}
