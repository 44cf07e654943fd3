/* events.c - median filter, thresholds with hysteresis, minimum duration; merging and aggregation.
 *
 * A segment stands for the time from its start to its end or to the start of the next one,
 * whichever comes first: overlapping segments never count a second twice. */
#include "convert/events.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct ir_events {
    bool single;      /* softmax: only the most probable class can be on */
    double *on, *off; /* a class */
    size_t n_classes;
    char *path, *id;        /* of the file being collected; path NULL: none yet */
    double *start, *length; /* a segment; length -1: unknown */
    float *p;               /* segments × classes */
    size_t n, cap, p_cap, start_cap, length_cap;
    struct ir_event *event;
    size_t n_events, event_cap;
};

/* ---- options --------------------------------------------------------------------------------- */

static int parse_thresholds(struct ir_events *e, const char *text, struct ir_err *err)
{
    char *copy = ir_strdup(text), *save = NULL;
    size_t n = 0;
    int rc = 0;

    for (char *w = strtok_r(copy, " ", &save); w && rc == 0; w = strtok_r(NULL, " ", &save)) {
        double v;
        rc = ir_parse_real(w, 0, 1, "threshold", &v, err);
        if (rc == 0 && n < e->n_classes)
            e->on[n] = v;
        n++;
    }
    free(copy);
    if (rc == 0 && n != e->n_classes)
        rc = ir_fail(err, "%zu thresholds, wanted %zu: one a class", n, e->n_classes);
    return rc;
}

struct ir_events *ir_events_new(const struct ir_exporter *x, struct ir_err *err)
{
    struct ir_events *e = ir_zalloc(1, sizeof *e);
    const char *task = ir_meta_get(x->head, "task");
    const char *thresholds = ir_meta_get(x->head, "thresholds");

    e->n_classes = x->classes.n;
    e->single = task && strcmp(task, "single") == 0 && isnan(x->opts.on);
    e->on = ir_zalloc(e->n_classes + 1, sizeof *e->on);
    e->off = ir_zalloc(e->n_classes + 1, sizeof *e->off);
    if (e->n_classes == 0) {
        ir_fail(err, "predictions without classes in their header");
        goto fail;
    }
    for (size_t c = 0; c < e->n_classes; c++)
        e->on[c] = e->single ? 0 : isnan(x->opts.on) ? 0.5 : x->opts.on;
    if (thresholds && !e->single && isnan(x->opts.on) && parse_thresholds(e, thresholds, err) < 0)
        goto fail;
    for (size_t c = 0; c < e->n_classes; c++) {
        e->off[c] = isnan(x->opts.off) || e->single ? e->on[c] : x->opts.off;
        if (e->off[c] > e->on[c]) {
            ir_fail(err, "class %s ends at %g, wanted at most %g where it begins", x->classes.at[c],
                    e->off[c], e->on[c]);
            goto fail;
        }
    }
    return e;
fail:
    ir_events_free(e);
    return NULL;
}

void ir_events_free(struct ir_events *e)
{
    if (!e)
        return;
    free(e->on), free(e->off), free(e->path), free(e->id);
    free(e->start), free(e->length), free(e->p), free(e->event);
    free(e);
}

/* ---- collecting ------------------------------------------------------------------------------ */

static int add_segment(struct ir_events *e, const struct ir_rec *rec, struct ir_err *err)
{
    double start = 0, length = -1;
    struct ir_buf tmp = {0};

    if (rec->rank != 1 || rec->shape[0] != e->n_classes) {
        char text[80];
        return ir_fail(err, "record %u (%s): shape %s, wanted %zu: one probability a class",
                       rec->seq, ir_rec_id(rec), ir_shape_text(text, rec->rank, rec->shape),
                       e->n_classes);
    }
    if (ir_meta_real(&rec->meta, "offset", 0, 1e9, &start, err) < 0 ||
        ir_meta_real(&rec->meta, "length", 0, 1e9, &length, err) < 0)
        return ir_fail_in(err, "record %u", rec->seq);
    if (e->n && start < e->start[e->n - 1])
        return ir_fail(err, "record %u (%s): starts at %g s, before the one ahead of it at %g s",
                       rec->seq, ir_rec_id(rec), start, e->start[e->n - 1]);
    const float *p = ir_rec_f32(rec, false, &tmp);
    for (size_t c = 0; c < e->n_classes; c++)
        if (!(p[c] >= 0.0f && p[c] <= 1.0001f)) {
            ir_buf_free(&tmp);
            return ir_fail(err, "record %u (%s): %g is no probability", rec->seq, ir_rec_id(rec),
                           (double)p[c]);
        }
    ir_grow(&e->start, &e->start_cap, e->n + 1, sizeof *e->start);
    ir_grow(&e->length, &e->length_cap, e->n + 1, sizeof *e->length);
    ir_grow(&e->p, &e->p_cap, (e->n + 1) * e->n_classes, sizeof *e->p);
    e->start[e->n] = start;
    e->length[e->n] = length;
    memcpy(e->p + e->n * e->n_classes, p, e->n_classes * sizeof *p);
    e->n++;
    ir_buf_free(&tmp);
    return 0;
}

/* Lengths that are unknown become the distance to the next segment, the last that of the one
 * before; every length is cut where the next segment begins. */
static void settle_lengths(struct ir_events *e)
{
    for (size_t i = 0; i < e->n; i++) {
        double gap = i + 1 < e->n ? e->start[i + 1] - e->start[i] : -1;
        if (gap < 0 && e->length[i] < 0)
            gap = i ? e->start[i] - e->start[i - 1] : 0;
        if (gap >= 0 && (e->length[i] < 0 || e->length[i] > gap))
            e->length[i] = gap;
    }
}

/* ---- from probabilities to events ------------------------------------------------------------ */

void ir_events_median(float *p, size_t n, size_t stride, size_t width, float *work)
{
    size_t half = width / 2;
    float *window = ir_alloc(width, sizeof *window);

    for (size_t i = 0; i < n; i++) {
        size_t from = i > half ? i - half : 0, to = i + half < n ? i + half : n - 1, k = 0;
        for (size_t j = from; j <= to; j++) {
            float v = p[j * stride];
            size_t at = k++;
            for (; at > 0 && window[at - 1] > v; at--)
                window[at] = window[at - 1];
            window[at] = v;
        }
        work[i] = window[(k - 1) / 2];
    }
    for (size_t i = 0; i < n; i++)
        p[i * stride] = work[i];
    free(window);
}

static void add_event(struct ir_events *e, double start, double end, size_t klass,
                      double confidence)
{
    ir_grow(&e->event, &e->event_cap, e->n_events + 1, sizeof *e->event);
    e->event[e->n_events++] = (struct ir_event){start, end, klass, confidence > 1 ? 1 : confidence};
}

static bool is_on(const struct ir_events *e, size_t i, size_t c, bool was_on)
{
    const float *p = e->p + i * e->n_classes;

    for (size_t k = 0; e->single && k < e->n_classes; k++)
        if (p[k] > p[c] || (p[k] >= p[c] && k < c))
            return false;
    return (double)p[c] >= (was_on ? e->off[c] : e->on[c]);
}

/* Means are over time; segments without any length still count. */
static double weight_of(const struct ir_events *e, size_t i)
{
    return e->length[i] > 0 ? e->length[i] : 1e-9;
}

/* One class: runs of segments that are on and touch each other. */
static void find_runs(struct ir_events *e, size_t c, double min_s, bool merge)
{
    for (size_t i = 0; i < e->n;) {
        if (!is_on(e, i, c, false)) {
            i++;
            continue;
        }
        size_t first = i;
        double sum = 0, weight = 0, end;
        do {
            double w = weight_of(e, i);
            sum += w * (double)e->p[i * e->n_classes + c];
            weight += w;
            end = e->start[i] + e->length[i];
            i++;
        } while (merge && i < e->n && e->start[i] <= end + 1e-6 && is_on(e, i, c, true));
        if (end - e->start[first] >= min_s)
            add_event(e, e->start[first], end, c, sum / weight);
    }
}

static void aggregate(struct ir_events *e, bool max)
{
    double end = e->start[e->n - 1] + e->length[e->n - 1];

    for (size_t c = 0; c < e->n_classes; c++) {
        double sum = 0, weight = 0, largest = 0;
        for (size_t i = 0; i < e->n; i++) {
            double p = (double)e->p[i * e->n_classes + c], w = weight_of(e, i);
            sum += w * p;
            weight += w;
            largest = p > largest ? p : largest;
        }
        e->p[c] = (float)(max ? largest : sum / weight);
    }
    e->length[0] = end - e->start[0];
    e->n = 1;
}

static int by_start(const void *a, const void *b)
{
    const struct ir_event *x = a, *y = b;

    if (x->start_s < y->start_s || x->start_s > y->start_s)
        return x->start_s < y->start_s ? -1 : 1;
    return (x->klass > y->klass) - (x->klass < y->klass);
}

static void find_events(struct ir_events *e, const struct ir_export_opts *o)
{
    float *work = ir_alloc(e->n + 1, sizeof *work);

    for (size_t c = 0; c < e->n_classes && o->median > 1; c++)
        ir_events_median(e->p + c, e->n, e->n_classes, (size_t)o->median, work);
    if (o->per == IR_PER_FILE)
        aggregate(e, o->max);
    for (size_t c = 0; c < e->n_classes; c++)
        find_runs(e, c, o->min_s, o->per == IR_PER_EVENT);
    if (e->n_events > 1)
        qsort(e->event, e->n_events, sizeof *e->event, by_start);
    free(work);
}

int ir_events_flush(struct ir_exporter *x, struct ir_err *err)
{
    struct ir_events *e = x->events;

    if (e->n == 0)
        return 0;
    settle_lengths(e);
    double end = e->start[e->n - 1] + e->length[e->n - 1];
    find_events(e, &x->opts);
    struct ir_event_file f = {e->path, e->id, end, &x->classes, e->event, e->n_events};
    int rc = ir_export_file(x, &f, err);
    x->files++;
    e->n = e->n_events = 0;
    return rc;
}

int ir_events_put(struct ir_exporter *x, const struct ir_rec *rec, struct ir_err *err)
{
    struct ir_events *e = x->events;
    const char *id = ir_rec_id(rec), *path = ir_meta_get(&rec->meta, "path");

    if (!path)
        path = id;
    if (e->path && (strcmp(path, e->path) != 0 || *path == '\0') && ir_events_flush(x, err) < 0)
        return -1;
    if (!e->path || e->n == 0) {
        free(e->path);
        free(e->id);
        e->path = ir_strdup(path);
        e->id = ir_strdup(id);
    }
    return add_segment(e, rec, err);
}
