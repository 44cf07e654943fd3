/* predict.c - batches of clips through a model, and predictions of whole files. */
#include "kern.h"
#include "predict/work.h"
#include "score.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PAD_DOUBLINGS 16

/* ---- predictions out ---------------------------------------------------------------------------
 */

static void pred_meta(const struct ir_rec *r, bool audio, struct ir_meta *out)
{
    static const char *const keys[] = {"id",        "path",   "labels", "group",
                                       "split",     "offset", "length", "level",
                                       "level.end", "clip",   "damage", "decoder"};
    double rate;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        ir_meta_set(out, keys[i], ir_meta_get(&r->meta, keys[i]));
    ir_meta_set(out, "name", "pred");
    if (audio && r->rank > 0 && ir_meta_get(out, "length") == NULL &&
        ir_meta_real(&r->meta, "rate", 1, 1e9, &rate, NULL) == 0)
        ir_meta_set_real(out, "length", (double)r->shape[r->rank - 1] / rate);
}

/* ---- clips in ----------------------------------------------------------------------------------
 */

static bool same_shapes(const struct ir_shape *a, const struct ir_shape *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (a[i].rank != b[i].rank ||
            memcmp(a[i].dim, b[i].dim, (size_t)a[i].rank * sizeof a[i].dim[0]) != 0)
            return false;
    }
    return true;
}

static bool any_length(const struct ir_predict_work *w)
{
    for (size_t i = 0; i < w->inputs; i++) {
        const struct ir_shape *s = &ir_net_input(w->net, i)->shape;
        if (s->rank > 0 && s->dim[s->rank - 1] == 0)
            return true;
    }
    return false;
}

static int plan(struct ir_predict_work *w, struct ir_err *err)
{
    size_t loaded;
    /* clips of any length come in small batches: no more memory than they need */
    size_t batch = any_length(w) ? w->n : w->p->batch;
    if (w->planned && same_shapes(w->shape, w->planned_shape, w->inputs) &&
        batch <= ir_net_batch(w->net))
        return 0;
    if (ir_net_plan(w->net, batch, w->shape, false, w->p->pool, w->p->memory_max, err) < 0)
        return -1;
    memcpy(w->planned_shape, w->shape, w->inputs * sizeof *w->shape);
    if (!w->planned && ir_model_apply(w->m->model, w->net, NULL, &loaded, err) < 0)
        return ir_fail_in(err, "%s", w->p->model);
    ir_kern_warm(w->p->pool);
    w->planned = true;
    return 0;
}

/* Zeros behind the last axis of every clip that waits, as training pads, to `length`. */
static void pad(struct ir_predict_work *w, size_t i, size_t length)
{
    struct ir_shape *s = &w->shape[i];
    size_t old = s->dim[s->rank - 1], rows = w->n * ir_shape_count(s) / old;
    float *x = ir_zalloc(rows * length + 1, sizeof *x);
    for (size_t r = 0; r < rows; r++)
        memcpy(x + r * length, w->x[i] + r * old, old * sizeof *x);
    free(w->x[i]);
    w->x[i] = x;
    w->x_cap[i] = rows * length + 1;
    s->dim[s->rank - 1] = length;
}

/* Clips that are too short for the network get zeros, until it takes them. -1: it does not. */
static int plan_padded(struct ir_predict_work *w, struct ir_err *err)
{
    struct ir_err first;
    if (plan(w, &first) == 0)
        return 0;
    size_t found = w->shape[0].dim[w->shape[0].rank - 1];
    for (int doublings = 0; any_length(w) && w->net != NULL && doublings < PAD_DOUBLINGS;
         doublings++) {
        for (size_t i = 0; i < w->inputs; i++) {
            const struct ir_shape *s = &ir_net_input(w->net, i)->shape;
            if (s->rank > 0 && s->dim[s->rank - 1] == 0)
                pad(w, i, 2 * w->shape[i].dim[s->rank - 1]);
        }
        if (plan(w, err) < 0)
            continue;
        for (size_t k = 0; w->p->note != NULL && k < w->n; k++) {
            struct ir_err text;
            const char *id = ir_meta_get(&w->meta[k], "id");
            ir_fail(&text,
                    "clip %s is shorter than the network can hear (%zu steps): zeros behind it",
                    id != NULL ? id : "", found);
            w->p->note(w->p->self, text.text);
        }
        return 0;
    }
    *err = first;
    return -1;
}

static const float *run_net(struct ir_predict_work *w, struct ir_err *err)
{
    if (plan_padded(w, err) < 0)
        return NULL;
    for (size_t i = 0; i < w->inputs; i++)
        memcpy(ir_net_x(w->net, i), w->x[i], w->n * ir_shape_count(&w->shape[i]) * sizeof(float));
    ir_net_forward(w->net, w->n, false, NULL);
    return ir_net_probs(w->net);
}

static const float *run_learned(struct ir_predict_work *w, struct ir_err *err)
{
    size_t d = ir_shape_count(&w->shape[0]);
    if (w->p_learned == NULL)
        w->p_learned = ir_zalloc(w->p->batch * w->classes->n + 1, sizeof *w->p_learned);
    return ir_learner_predict(&w->m->learned, w->x[0], w->n, d, w->p_learned, w->p->pool, err) == 0
               ? w->p_learned
               : NULL;
}

/* A clip whose result cannot be used. */
static int one_bad(struct ir_predict_work *w, size_t i, const struct ir_err *why,
                   struct ir_err *err)
{
    const char *id = ir_meta_get(&w->meta[i], "id");
    struct ir_err named = *why;
    ir_fail_in(&named, "clip %s", id != NULL ? id : "");
    return w->p->bad(w->p->self, &w->meta[i], &named, err) != 0 ? -1 : 0;
}

static int put_one(struct ir_predict_work *w, size_t i, float *p, struct ir_err *err)
{
    struct ir_err why;
    for (size_t c = 0; c < w->classes->n; c++) {
        if (isfinite(p[c]))
            continue;
        ir_fail(&why, "the model gives a number that is not finite");
        return one_bad(w, i, &why, err);
    }
    ir_calibrate(p, w->classes->n, w->single, w->temperature);
    return w->p->by_file == IR_BY_CLIP ? w->p->put(w->p->self, &w->meta[i], p, err)
                                       : ir_predict_put_by_file(w, &w->meta[i], p, err);
}

static int flush(struct ir_predict_work *w, struct ir_err *err)
{
    struct ir_err why = {""};
    int rc = 0;
    if (w->n == 0)
        return 0;
    const float *p = w->net != NULL ? run_net(w, &why) : run_learned(w, &why);
    if (p == NULL && !(w->net != NULL && any_length(w)))
        return ir_fail(err, "%s", why.text); /* true of every clip */
    if (p != NULL && w->p->layer != NULL)
        rc = ir_predict_layer_put(w, err);
    for (size_t i = 0; i < w->n && rc == 0 && (p == NULL || w->p->layer == NULL); i++)
        rc = p == NULL ? one_bad(w, i, &why, err)
                       : put_one(w, i, (float *)(uintptr_t)p + i * w->classes->n, err);
    for (size_t i = 0; i < w->n; i++)
        ir_meta_free(&w->meta[i]);
    w->n = 0;
    return rc;
}

static void input_of(const struct ir_predict_work *w, size_t i, struct ir_net_input *in)
{
    if (w->net != NULL)
        *in = *ir_net_input(w->net, i);
    else
        *in = (struct ir_net_input){.name = "x", .shape = {.rank = -1}};
}

/* 0 the clip fits, 1 it does not (err says why). */
static int clip_shapes(const struct ir_predict_work *w, const struct ir_clip *clip,
                       const struct ir_rec **rec, struct ir_shape *shape, struct ir_err *err)
{
    for (size_t i = 0; i < w->inputs; i++) {
        struct ir_net_input one, *in = &one;
        input_of(w, i, in);
        const struct ir_rec *r = rec[i] = ir_clip_find(clip, in->name);
        if (r == NULL)
            return ir_fail(err, "clip %s has no record '%s'", ir_rec_id(&clip->rec[0]), in->name) !=
                   0;
        if (in->shape.rank < 0) {
            shape[i] = (struct ir_shape){.rank = 1, .dim = {ir_rec_count(r)}};
            if (w->m->learned.learner->needs_features && ir_rec_count(r) != w->m->learned.d)
                return ir_fail(err, "clip %s has %zu features, the model wants %zu", ir_rec_id(r),
                               ir_rec_count(r), w->m->learned.d) != 0;
            continue;
        }
        if (ir_net_input_bind(in, r, &shape[i], err) < 0)
            return ir_fail_in(err, "clip %s", ir_rec_id(r)) != 0;
        if (w->audio && ir_predict_key(w->head, &r->meta, "rate", "the rate", err) < 0)
            return ir_fail_in(err, "clip %s", ir_rec_id(r));
    }
    return 0;
}

static int add_clip(struct ir_predict_work *w, const struct ir_rec *const *rec,
                    const struct ir_shape *shape, struct ir_err *err)
{
    struct ir_buf tmp = {0};
    if (w->n > 0 && !same_shapes(w->shape, shape, w->inputs) && flush(w, err) < 0)
        return -1;
    memcpy(w->shape, shape, w->inputs * sizeof *shape);
    for (size_t i = 0; i < w->inputs; i++) {
        size_t size = ir_shape_count(&shape[i]);
        ir_grow(&w->x[i], &w->x_cap[i], (w->n + 1) * size, sizeof(float));
        if (size > 0)
            memcpy(w->x[i] + w->n * size, ir_rec_f32(rec[i], w->audio, &tmp), size * sizeof(float));
    }
    pred_meta(rec[0], w->audio, &w->meta[w->n++]);
    ir_buf_free(&tmp);
    return w->n == w->p->batch ? flush(w, err) : 0;
}

static int read_clips(struct ir_predict_work *w, struct ir_err *err)
{
    struct ir_clip clip = {0};
    struct ir_shape *shape = ir_zalloc(w->inputs, sizeof *shape);
    const struct ir_rec **rec = ir_zalloc(w->inputs, sizeof *rec);
    int rc;
    while ((rc = ir_clip_next(w->reader, &clip, err)) > 0) {
        struct ir_err why = {""};
        int fit = clip_shapes(w, &clip, rec, shape, &why);
        if (fit != 0 && w->p->bad(w->p->self, &clip.rec[0].meta, &why, err) != 0) {
            rc = -1;
            break;
        }
        if (fit == 0 && add_clip(w, rec, shape, err) < 0) {
            rc = -1;
            break;
        }
    }
    if (rc == 0)
        rc = flush(w, err);
    if (rc == 0 && w->p->by_file != IR_BY_CLIP)
        rc = ir_predict_end_file(w, err);
    ir_clip_free(&clip);
    free(shape);
    free(rec);
    return rc;
}

/* The line that makes what the model wants, behind why this was refused. */
static int say_right(const struct ir_predict_work *w, struct ir_err *err)
{
    const char *input = ir_meta_get(w->head, "input");
    bool sound = input != NULL && strcmp(input, "audio") == 0;
    struct ir_buf model = {0};
    struct ir_err why = *err;
    ir_buf_shell(&model, w->p->model);
    ir_fail(err, "%s; right is: ir-decode --for %s FILE%s%s | ir-infer -m %s", why.text, model.data,
            sound ? "" : " | ir-mel --for ", sound ? "" : model.data, model.data);
    ir_buf_free(&model);
    return -1;
}

static int run(struct ir_predict_work *w, struct ir_err *err)
{
    struct ir_meta head = {0};
    w->shape = ir_zalloc(w->inputs, sizeof *w->shape);
    w->planned_shape = ir_zalloc(w->inputs, sizeof *w->shape);
    w->x = ir_zalloc(w->inputs, sizeof *w->x);
    w->x_cap = ir_zalloc(w->inputs, sizeof *w->x_cap);
    w->meta = ir_zalloc(w->p->batch, sizeof *w->meta);
    w->sum = ir_zalloc(w->classes->n + 1, sizeof *w->sum);
    w->probs = ir_zalloc(w->classes->n + 1, sizeof *w->probs);
    if (ir_calibration_read(w->head, &w->temperature, &w->single, err) < 0)
        return ir_fail_in(err, "%s", w->p->model);
    w->reader = ir_reader_open(w->p->files, w->p->n_files, err);
    if (w->reader == NULL)
        return -1;
    if (ir_predict_check(w, err) < 0)
        return say_right(w, err);
    if (w->p->layer != NULL)
        ir_predict_layer_header(w, &head);
    else
        ir_predict_header(w, &head);
    int rc = w->p->start(w->p->self, &head, w->classes, err);
    ir_meta_free(&head);
    if (rc == 0)
        rc = read_clips(w, err);
    w->p->upstream_bad = ir_reader_bad(w->reader);
    return rc;
}

int ir_predict_run(struct ir_predict *p, struct ir_err *err)
{
    struct ir_opened *m = p->opened;
    struct ir_predict_work w = {
        .p = p, .m = m, .net = m->net, .head = m->head, .classes = m->classes, .inputs = m->inputs};
    int rc = -1;
    if (p->layer == NULL || ir_predict_layer_open(&w, err) == 0)
        rc = run(&w, err);
    for (size_t i = 0; i < w.inputs && w.x != NULL; i++)
        free(w.x[i]);
    for (size_t i = 0; i < w.n; i++)
        ir_meta_free(&w.meta[i]);
    ir_meta_free(&w.file);
    free(w.x);
    free(w.x_cap);
    free(w.shape);
    free(w.planned_shape);
    free(w.meta);
    free(w.sum);
    free(w.probs);
    if (w.reader != NULL)
        ir_reader_close(w.reader);
    free(w.p_learned);
    return rc;
}
