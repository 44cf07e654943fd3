/* table.c - the table of predictions and labels: reading it from a stream, deciding, freeing. */
#include "../score.h"
#include <stdlib.h>
#include <string.h>

static int read_thresholds(struct ir_scores *s, const struct ir_meta *head, struct ir_err *err)
{
    double *t = ir_alloc(s->k + 1, sizeof *t);
    for (size_t c = 0; c < s->k; c++)
        t[c] = 0.5;
    int rc = ir_meta_reals(head, "thresholds", 0, 1, s->k, t, err) < 0 ? -1 : 0;
    s->threshold = ir_alloc(s->k, sizeof *s->threshold);
    for (size_t c = 0; c < s->k; c++)
        s->threshold[c] = (float)t[c];
    free(t);
    return rc;
}

static int read_task(struct ir_scores *s, const struct ir_meta *head, enum ir_task task,
                     bool any_domain, struct ir_err *err)
{
    const char *found = ir_meta_get(head, "task");
    if (task != IR_TASK_ANY)
        s->single = task == IR_TASK_SINGLE;
    else if (found && strcmp(found, "single") == 0)
        s->single = true;
    else if (found && strcmp(found, "multi") == 0)
        s->single = false;
    else if (found)
        return ir_fail(err, "header: task is '%s', wanted single or multi", found);
    else if (!any_domain)
        return ir_fail(err, "header has no task=single|multi: say it with --task");
    else
        s->single = false;
    return 0;
}

int ir_scores_start(struct ir_scores *s, const struct ir_meta *head, enum ir_task task,
                    bool any_domain, struct ir_err *err)
{
    memset(s, 0, sizeof *s);
    const char *domain = ir_meta_get(head, "domain");
    if (!any_domain && (!domain || strcmp(domain, "pred") != 0))
        return ir_fail(err, "found a stream with domain=%s, wanted predictions (domain=pred)",
                       domain ? domain : "(none)");
    const char *classes = ir_meta_get(head, "classes");
    if (!classes || !*classes)
        return ir_fail(err, "header has no classes");
    if (ir_names_parse(classes, &s->classes, err))
        return ir_fail_in(err, "header");
    s->k = s->classes.n;
    const char *labels = ir_meta_get(head, "labels");
    if (labels && strcmp(labels, "open") != 0 && strcmp(labels, "closed") != 0)
        return ir_fail(err, "header: labels is '%s', wanted open or closed", labels);
    s->open = labels && strcmp(labels, "open") == 0;
    if (read_task(s, head, task, any_domain, err))
        return -1;
    if (read_thresholds(s, head, err) < 0)
        return ir_fail_in(err, "header");
    return 0;
}

static void grow(struct ir_scores *s)
{
    if (s->n < s->cap)
        return;
    s->cap = s->cap ? s->cap * 2 : 256;
    size_t cells;
    if (!ir_mul(s->cap, s->k, &cells) || cells > UINT32_MAX) /* cells are numbered in 32 bits */
        cells = SIZE_MAX;
    s->p = ir_realloc(s->p, cells, sizeof *s->p);
    s->y = ir_realloc(s->y, cells, sizeof *s->y);
    s->clip = ir_realloc(s->clip, s->cap, sizeof *s->clip);
}

static char *own(const struct ir_meta *m, const char *key)
{
    const char *v = ir_meta_get(m, key);
    return ir_strdup(v ? v : "");
}

const char *ir_scores_name(const struct ir_scores *s, size_t i, char out[300])
{
    const char *what = *s->clip[i].path ? s->clip[i].path : s->clip[i].id;
    if (*what)
        snprintf(out, 300, "clip %zu (%.200s)", i + 1, what);
    else
        snprintf(out, 300, "clip %zu", i + 1);
    return out;
}

static int take_probabilities(struct ir_scores *s, const struct ir_rec *rec, struct ir_err *err)
{
    char shape[80];
    if (rec->dtype != 'f' && rec->dtype != 'd' && rec->dtype != 'e')
        return ir_fail(err, "predictions have type '%c', wanted floats", rec->dtype);
    if (rec->rank < 1 || ir_rec_count(rec) != s->k)
        return ir_fail(err, "found predictions of shape %s, wanted %zu (one a class)",
                       ir_shape_text(shape, rec->rank, rec->shape), s->k);
    struct ir_buf tmp = {0};
    const float *p = ir_rec_f32(rec, false, &tmp);
    float *to = s->p + s->n * s->k;
    int rc = 0;
    for (size_t c = 0; c < s->k && rc == 0; c++) {
        if (!isfinite(p[c]))
            rc = ir_fail(err, "the probability of %s is not a number", s->classes.at[c]);
        else if (p[c] < 0.0f || p[c] > 1.0001f)
            rc = ir_fail(err, "the probability of %s is %g, wanted 0 to 1", s->classes.at[c],
                         (double)p[c]);
        to[c] = p[c] > 1.0f ? 1.0f : p[c];
    }
    ir_buf_free(&tmp);
    return rc;
}

int ir_scores_add(struct ir_scores *s, const struct ir_rec *rec, bool p_from_rec,
                  struct ir_err *err)
{
    grow(s);
    struct ir_score_clip *clip = &s->clip[s->n];
    *clip = (struct ir_score_clip){own(&rec->meta, "id"),
                                   own(&rec->meta, "path"),
                                   own(&rec->meta, "group"),
                                   own(&rec->meta, "split"),
                                   0,
                                   0,
                                   ir_meta_get(&rec->meta, "labels") != NULL};
    char name[300];
    ir_scores_name(s, s->n, name);
    int rc = 0;
    if (ir_meta_real(&rec->meta, "offset", 0, 1e12, &clip->offset_s, err) < 0 ||
        ir_meta_real(&rec->meta, "length", 0, 1e12, &clip->length_s, err) < 0)
        rc = -1;
    const char *labels = ir_meta_get(&rec->meta, "labels");
    if (rc == 0)
        rc = ir_labels_parse(labels, &s->classes, s->open, s->y + s->n * s->k, err);
    if (rc == 0 && p_from_rec)
        rc = take_probabilities(s, rec, err);
    else if (rc == 0)
        memset(s->p + s->n * s->k, 0, s->k * sizeof *s->p);
    if (rc) {
        free(clip->id);
        free(clip->path);
        free(clip->group);
        free(clip->split);
        return ir_fail_in(err, "%s", name);
    }
    s->labelled += labels != NULL;
    s->n++;
    return 0;
}

static int check(const struct ir_scores *s, size_t other, struct ir_err *err)
{
    if (s->n == 0 && other > 0)
        return ir_fail(err, "no record named pred among %zu records", other);
    if (s->n == 0)
        return ir_fail(err, "the stream has no clips");
    if (s->labelled == 0)
        return ir_fail(err, "none of the %zu clips has labels: nothing to score against", s->n);
    return 0;
}

int ir_scores_read(struct ir_scores *s, struct ir_reader *r, enum ir_task task,
                   const struct ir_scores_bad *bad, struct ir_err *err)
{
    if (ir_scores_start(s, ir_reader_header(r), task, false, err))
        return -1;
    struct ir_rec rec;
    size_t other = 0;
    int got;
    while ((got = ir_reader_next(r, &rec, err)) == 1) {
        if (strcmp(ir_rec_name(&rec), "pred") != 0)
            other++;
        else if (ir_scores_add(s, &rec, true, err) && (!bad || bad->bad(bad->self, err)))
            return -1;
    }
    if (got < 0 || check(s, other, err))
        return -1;
    ir_scores_decide(s);
    return 0;
}

int ir_scores_constant(struct ir_scores *s, struct ir_reader *r, enum ir_task task,
                       const char *names, struct ir_err *err)
{
    if (ir_scores_start(s, ir_reader_header(r), task, true, err))
        return -1;
    float *p = ir_zalloc(s->k, sizeof *p);
    struct ir_strs want = {0};
    struct ir_clip clip = {0};
    int rc = -1, got = -1;
    if (names && ir_names_parse(names, &want, err)) {
        ir_fail_in(err, "constant prediction");
        goto out;
    }
    for (size_t i = 0; i < want.n; i++) {
        int c = ir_strs_find(&s->classes, want.at[i]);
        if (c < 0) {
            ir_fail(err, "constant prediction: the stream has no class '%s'", want.at[i]);
            goto out;
        }
        p[c] = 1;
    }
    for (size_t c = 0; c < s->k && !names; c++)
        p[c] = (float)(1.0 / (double)s->k);
    while ((got = ir_clip_next(r, &clip, err)) == 1) {
        if (ir_scores_add(s, &clip.rec[0], false, err))
            break;
        memcpy(s->p + (s->n - 1) * s->k, p, s->k * sizeof *p);
    }
    if (got != 0 || check(s, 0, err))
        goto out;
    s->constant = true;
    s->decided = names != NULL;
    ir_scores_decide(s);
    rc = 0;
out:
    ir_clip_free(&clip);
    ir_strs_free(&want);
    free(p);
    return rc;
}

void ir_scores_decide(struct ir_scores *s)
{
    free(s->yes);
    s->yes = ir_zalloc(s->n * s->k + 1, 1);
    for (size_t i = 0; i < s->n; i++) {
        if (s->single && !s->constant) {
            s->yes[i * s->k + ir_scores_top(s, i)] = 1;
            continue;
        }
        for (size_t c = 0; c < s->k; c++)
            s->yes[i * s->k + c] = s->p[i * s->k + c] >= s->threshold[c];
    }
}

size_t ir_scores_top(const struct ir_scores *s, size_t i)
{
    const float *p = s->p + i * s->k;
    size_t best = 0;
    for (size_t c = 1; c < s->k; c++)
        if (p[c] > p[best])
            best = c;
    return best;
}

int ir_scores_positives(const struct ir_scores *s, size_t i, size_t *one)
{
    int positives = 0;
    bool known = false;
    for (size_t c = 0; c < s->k; c++) {
        float y = s->y[i * s->k + c];
        known |= !isnan(y);
        if (y >= 0.5f) {
            positives++;
            *one = c;
        }
    }
    return known ? positives : -1;
}

static int falling(const void *a, const void *b)
{
    const struct ir_ranked *x = a, *y = b;
    if (x->p != y->p)
        return x->p < y->p ? 1 : -1;
    return x->at < y->at ? -1 : x->at > y->at;
}

const struct ir_ranked *ir_scores_order(struct ir_scores *s, size_t c)
{
    if (!s->order)
        s->order = ir_zalloc(s->k, sizeof *s->order);
    if (s->order[c])
        return s->order[c];
    struct ir_ranked *r = s->order[c] = ir_alloc(s->n + 1, sizeof *r);
    for (size_t i = 0; i < s->n; i++)
        r[i] = (struct ir_ranked){s->p[i * s->k + c], s->y[i * s->k + c], (uint32_t)i};
    qsort(r, s->n, sizeof *r, falling);
    return r;
}

const struct ir_ranked *ir_scores_cells(struct ir_scores *s, size_t *n)
{
    if (!s->cells) {
        s->cells = ir_alloc(s->n * s->k + 1, sizeof *s->cells);
        s->n_cells = 0;
        for (size_t i = 0; i < s->n * s->k; i++)
            if (!isnan(s->y[i]))
                s->cells[s->n_cells++] = (struct ir_ranked){s->p[i], s->y[i], (uint32_t)i};
        qsort(s->cells, s->n_cells, sizeof *s->cells, falling);
    }
    *n = s->n_cells;
    return s->cells;
}

void ir_scores_forget(struct ir_scores *s)
{
    for (size_t u = 0; u < 3; u++) {
        free(s->unit[u]);
        s->unit[u] = NULL;
    }
    for (size_t c = 0; s->order && c < s->k; c++)
        free(s->order[c]);
    free(s->order);
    free(s->cells);
    s->order = NULL;
    s->cells = NULL;
}

void ir_scores_free(struct ir_scores *s)
{
    ir_scores_forget(s);
    for (size_t i = 0; i < s->n; i++) {
        free(s->clip[i].id);
        free(s->clip[i].path);
        free(s->clip[i].group);
        free(s->clip[i].split);
    }
    free(s->clip);
    free(s->p);
    free(s->y);
    free(s->threshold);
    free(s->yes);
    ir_strs_free(&s->classes);
    memset(s, 0, sizeof *s);
}
