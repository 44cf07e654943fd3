/* layer.c - the values of a layer as features: every model is a front end for another. */
#include "predict/work.h"

#include <string.h>

int ir_predict_layer_open(struct ir_predict_work *w, struct ir_err *err)
{
    if (w->net == NULL)
        return ir_fail(err, "%s is no network, so it has no layers", w->p->model);
    if (ir_net_watch(w->net, w->p->layer, err) < 0)
        return ir_fail_in(err, "%s", w->p->model);
    return w->p->by_file == IR_BY_CLIP
               ? 0
               : ir_fail(err, "the values of a layer are those of clips: no --by-file");
}

/* What the stream's front end is called: whoever learns from it refuses another model's values. */
void ir_predict_layer_header(const struct ir_predict_work *w, struct ir_meta *out)
{
    const char *front = ir_meta_get(w->head, "frontend");
    ir_meta_copy(out, ir_reader_header(w->reader));
    ir_meta_set(out, "domain", "feature");
    ir_meta_set(out, "tensors", "1");
    ir_meta_set(out, "rate", NULL);
    ir_meta_setf(out, "frontend", "layer %s weights %08x of %s", w->p->layer,
                 (unsigned)ir_model_sum(w->m->model), front != NULL ? front : "sound");
    if (w->p->prog != NULL)
        ir_meta_add_prog(out, w->p->prog);
}

static int put_one(struct ir_predict_work *w, const struct ir_meta *meta,
                   const struct ir_shape *shape, const float *values, struct ir_err *err)
{
    struct ir_meta m = {0};
    ir_meta_copy(&m, meta);
    ir_meta_set(&m, "name", NULL);
    int rc = w->p->put_layer(w->p->self, &m, shape, values, err);
    ir_meta_free(&m);
    return rc;
}

int ir_predict_layer_put(struct ir_predict_work *w, struct ir_err *err)
{
    struct ir_shape shape;
    const float *v = ir_net_watched(w->net, &shape);
    int rc = 0;
    for (size_t i = 0; i < w->n && rc == 0; i++)
        rc = put_one(w, &w->meta[i], &shape, v + i * ir_shape_count(&shape), err);
    return rc;
}
