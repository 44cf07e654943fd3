/* predict.c - batches of clips through a model, and predictions of whole files. */
#include "kern.h"
#include "predict/work.h"
#include "score.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- predictions out ---------------------------------------------------------------------------
 */

static void pred_meta(const struct ir_rec *r, bool audio, struct ir_meta *out)
{
    static const char *const keys[] = {"id",    "path",   "labels", "group",
                                       "split", "offset", "length", "level"};
    double rate;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        ir_meta_set(out, keys[i], ir_meta_get(&r->meta, keys[i]));
    ir_meta_set(out, "name", "pred");
    if (audio && r->rank > 0 && ir_meta_get(out, "length") == NULL &&
        ir_meta_real(&r->meta, "rate", 1, 1e9, &rate, NULL) == 0)
        ir_meta_set_real(out, "length", (double)r->shape[r->rank - 1] / rate);
}

static int end_file(struct ir_predict_work *w, struct ir_err *err)
{
    size_t k = w->classes->n;
    if (w->segments == 0)
        return 0;
    double top = 0;
    for (size_t c = 0; c < k; c++)
        top = w->sum[c] > top ? w->sum[c] : top;
    for (size_t c = 0; c < k; c++) {
        double v = w->p->by_file == IR_BY_MAX   ? w->sum[c]
                   : w->p->by_file == IR_BY_SUM ? w->sum[c] / (top > 0 ? top : 1)
                                                : w->sum[c] / w->weights;
        w->probs[c] = (float)v;
    }
    w->segments = 0;
    return w->p->put(w->p->self, &w->file, w->probs, err);
}

/* What a segment counts in its file's mean; -1 when that is to be its level and it has none. A
 * file that is one clip needs none. */
static double weight(const struct ir_predict_work *w, const struct ir_meta *m, bool first,
                     struct ir_err *err)
{
    double db;
    if (w->p->by_file != IR_BY_LEVEL || (first && ir_meta_get(m, "level") == NULL))
        return 1;
    if (ir_meta_get(m, "level") == NULL)
        return ir_fail(err, "clip %s has no level (ir-decode --segment notes it), wanted by level",
                       ir_meta_get(m, "id"));
    return ir_meta_real(m, "level", -1000, 1000, &db, err) < 0 ? -1 : pow(10, db / 20);
}

static int put_by_file(struct ir_predict_work *w, const struct ir_meta *m, const float *p,
                       struct ir_err *err)
{
    const char *path = ir_meta_get(m, "path"), *last = ir_meta_get(&w->file, "path");
    size_t k = w->classes->n;
    bool same = w->segments > 0 && path != NULL && last != NULL && strcmp(path, last) == 0;
    if (!same && end_file(w, err) < 0)
        return -1;
    double share = weight(w, m, !same, err);
    if (share < 0)
        return -1;
    if (!same) {
        ir_meta_copy(&w->file, m);
        if (path != NULL)
            ir_meta_set(&w->file, "id", path);
        ir_meta_set(&w->file, "offset", NULL);
        ir_meta_set(&w->file, "length", NULL);
        ir_meta_set(&w->file, "level", NULL);
        w->weights = 0;
        memset(w->sum, 0, k * sizeof *w->sum);
    }
    for (size_t c = 0; c < k; c++) {
        if (w->p->by_file != IR_BY_MAX)
            w->sum[c] += share * (double)p[c];
        else if ((double)p[c] > w->sum[c])
            w->sum[c] = (double)p[c];
    }
    w->weights += share;
    w->segments++;
    return 0;
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
    if (!w->planned && ir_model_apply(w->model, w->net, NULL, &loaded, err) < 0)
        return ir_fail_in(err, "%s", w->p->model);
    ir_kern_warm(w->p->pool);
    w->planned = true;
    return 0;
}

static const float *run_net(struct ir_predict_work *w, struct ir_err *err)
{
    if (plan(w, err) < 0)
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
    return ir_learner_predict(&w->learned, w->x[0], w->n, d, w->p_learned, w->p->pool, err) == 0
               ? w->p_learned
               : NULL;
}

static int flush(struct ir_predict_work *w, struct ir_err *err)
{
    size_t k = w->classes->n;
    int rc = 0;
    if (w->n == 0)
        return 0;
    const float *p = w->net != NULL ? run_net(w, err) : run_learned(w, err);
    if (p == NULL)
        return -1;
    if (w->p->layer != NULL)
        rc = ir_predict_layer_put(w, err);
    for (size_t i = 0; i < w->n && rc == 0 && w->p->layer == NULL; i++, p += k) {
        for (size_t c = 0; c < k && rc == 0; c++) {
            if (!isfinite(p[c]))
                rc = ir_fail(err, "clip %s: the model gives a number that is not finite",
                             ir_meta_get(&w->meta[i], "id") != NULL ? ir_meta_get(&w->meta[i], "id")
                                                                    : "");
        }
        ir_calibrate((float *)(uintptr_t)p, k, w->single,
                     w->temperature); /* the net's own output */
        if (rc == 0)
            rc = w->p->by_file == IR_BY_CLIP ? w->p->put(w->p->self, &w->meta[i], p, err)
                                             : put_by_file(w, &w->meta[i], p, err);
    }
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
        char found[80], wanted[96];
        if (r == NULL)
            return ir_fail(err, "clip %s has no record '%s'", ir_rec_id(&clip->rec[0]), in->name) !=
                   0;
        if (in->shape.rank < 0) {
            shape[i] = (struct ir_shape){.rank = 1, .dim = {ir_rec_count(r)}};
            if (w->learned.learner->needs_features && ir_rec_count(r) != w->learned.d)
                return ir_fail(err, "clip %s has %zu features, the model wants %zu", ir_rec_id(r),
                               ir_rec_count(r), w->learned.d) != 0;
            continue;
        }
        bool fits = r->rank == in->shape.rank;
        for (int k = 0; fits && k < r->rank && k < IR_NET_RANK; k++)
            fits = r->shape[k] > 0 && (in->shape.dim[k] == 0 || in->shape.dim[k] == r->shape[k]);
        if (!fits)
            return ir_fail(err, "clip %s: its record '%s' has shape %s, the model wants %s",
                           ir_rec_id(r), in->name, ir_shape_text(found, r->rank, r->shape),
                           ir_shape_show(wanted, &in->shape)) != 0;
        shape[i].rank = r->rank;
        for (int k = 0; k < r->rank && k < IR_NET_RANK; k++)
            shape[i].dim[k] = r->shape[k];
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
        int fit = clip_shapes(w, &clip, rec, shape, err);
        if (fit < 0 || (fit > 0 && w->p->bad(w->p->bad_self, err) != 0)) {
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
        rc = end_file(w, err);
    ir_clip_free(&clip);
    free(shape);
    free(rec);
    return rc;
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
    if (w->reader == NULL || ir_predict_check(w, err) < 0)
        return -1;
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
    struct ir_predict_work w = {.p = p};
    int rc = -1;
    if (ir_predict_open(&w, err) == 0 && (p->layer == NULL || ir_predict_layer_open(&w, err) == 0))
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
    ir_model_close(w.model);
    ir_learner_free(&w.learned);
    ir_meta_free(&w.learned_head);
    ir_strs_free(&w.learned_classes);
    free(w.p_learned);
    return rc;
}
