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

/* A network, or a classic learner. */
int ir_predict_open(struct ir_predict_work *w, struct ir_err *err)
{
    char *path = ir_strdup(w->p->model);
    struct ir_reader *r = ir_reader_open(&path, 1, err);
    int rc = r != NULL ? 0 : -1;
    if (rc == 0 && ir_meta_get(ir_reader_header(r), "learner") != NULL) {
        ir_meta_copy(&w->learned_head, ir_reader_header(r));
        w->head = &w->learned_head;
        w->classes = &w->learned_classes;
        const char *names = ir_meta_get(w->head, "classes");
        rc = names != NULL ? ir_names_parse(names, &w->learned_classes, err)
                           : ir_fail(err, "its header names no classes");
        if (rc == 0)
            rc = ir_learner_read(&w->learned, r, err);
        if (rc == 0 && w->learned.k != w->classes->n)
            rc = ir_fail(err, "it was made for %zu classes, its header names %zu", w->learned.k,
                         w->classes->n);
        if (rc < 0)
            ir_fail_in(err, "%s", path);
        w->inputs = 1;
    } else if (rc == 0) {
        w->model = ir_model_open(path, err);
        rc = w->model != NULL ? 0 : -1;
    }
    if (rc == 0 && w->model != NULL) {
        w->head = ir_model_header(w->model);
        w->net = ir_model_net(w->model);
        w->classes = ir_net_classes(w->net);
        w->inputs = ir_net_inputs(w->net);
    }
    if (r != NULL)
        ir_reader_close(r);
    free(path);
    return rc;
}
