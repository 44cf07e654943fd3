/* events.c - median filter, thresholds with hysteresis, minimum duration; merging and aggregation.
 *
 * Segments are judged as soon as the median filter and the start of the next one allow, so that
 * memory does not grow with the length of a recording. A segment stands for the time from its start
 * to its end or to the start of the next one, whichever comes first: overlapping segments never
 * count a second twice. */
#include "convert/events.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A class that is on. */
struct run {
    bool on;
    double start, end, sum, weight;
};

struct ir_events {
    struct ir_rule rule;
    size_t n_classes;
    char *path, *id, *clip; /* of the file being collected; path NULL: none yet */
    /* The last segments: those before `done` are judged, and kept only for the median. */
    double *start, *length, *level; /* length -1: unknown; level NAN: unknown */
    float *p;                       /* segments × classes */
    size_t n, done, p_cap, start_cap, length_cap, level_cap;
    double gap;                /* between the last two starts; -1: none yet */
    float *value, *window;     /* one segment behind the median; the median's values in order */
    struct run *run;           /* a class */
    double *sum, *largest;     /* per file */
    double weight, first, end; /* weight: of what was not silent */
    size_t segments, silent;
    double best;            /* largest probability so far of what was not silent */
    struct ir_event *event; /* found and not given out yet */
    size_t n_events, event_cap;
};

/* ---- options --------------------------------------------------------------------------------- */

struct ir_events *ir_events_new(const struct ir_exporter *x, struct ir_err *err)
{
    struct ir_events *e = ir_zalloc(1, sizeof *e);

    e->n_classes = x->classes.n;
    e->value = ir_zalloc(e->n_classes + 1, sizeof *e->value);
    e->window = ir_zalloc((size_t)x->opts.median + 1, sizeof *e->window);
    e->run = ir_zalloc(e->n_classes + 1, sizeof *e->run);
    e->sum = ir_zalloc(e->n_classes + 1, sizeof *e->sum);
    e->largest = ir_zalloc(e->n_classes + 1, sizeof *e->largest);
    e->gap = -1;
    if (e->n_classes == 0)
        ir_fail(err, "predictions without classes in their header");
    else if (ir_rule_read(&e->rule, x->head, &x->classes, x->opts.on, x->opts.off, err) == 0)
        return e;
    ir_events_free(e);
    return NULL;
}

void ir_events_free(struct ir_events *e)
{
    if (!e)
        return;
    ir_rule_free(&e->rule);
    free(e->path), free(e->id), free(e->clip);
    free(e->start), free(e->length), free(e->level), free(e->p), free(e->event);
    free(e->value), free(e->window), free(e->run), free(e->sum), free(e->largest);
    free(e);
}

/* ---- one segment judged ---------------------------------------------------------------------- */

static void add_event(struct ir_events *e, double start, double end, size_t klass,
                      double confidence, double min_s)
{
    if (end - start < min_s)
        return;
    ir_grow(&e->event, &e->event_cap, e->n_events + 1, sizeof *e->event);
    e->event[e->n_events++] = (struct ir_event){start, end, klass, confidence > 1 ? 1 : confidence};
}

static void end_run(struct ir_events *e, size_t c, const struct ir_export_opts *o)
{
    struct run *r = &e->run[c];

    if (r->on)
        add_event(e, r->start, r->end, c, r->sum / r->weight, o->min_s);
    *r = (struct run){0};
}

float ir_events_median(const float *p, size_t n, size_t stride, size_t at, size_t width,
                       float *window)
{
    size_t half = width / 2, from = at > half ? at - half : 0,
           to = at + half < n ? at + half : n - 1;
    size_t k = 0;

    for (size_t j = from; j <= to; j++) {
        float v = p[j * stride];
        size_t place = k++;
        for (; place > 0 && window[place - 1] > v; place--)
            window[place] = window[place - 1];
        window[place] = v;
    }
    return window[(k - 1) / 2];
}

static bool is_on(const struct ir_events *e, size_t c, bool was_on)
{
    return ir_rule_hears(&e->rule, e->value, c, was_on);
}

static void judge_class(struct ir_events *e, size_t c, double start, double end, double weight,
                        const struct ir_export_opts *o)
{
    struct run *r = &e->run[c];
    double p = (double)e->value[c];

    if (o->per == IR_PER_FILE) {
        e->sum[c] += weight * p;
        e->largest[c] = p > e->largest[c] ? p : e->largest[c];
        return;
    }
    if (o->per == IR_PER_SEGMENT) {
        if (is_on(e, c, false))
            add_event(e, start, end, c, p, o->min_s);
        return;
    }
    bool goes_on = r->on && start <= r->end + 1e-6 && is_on(e, c, true);
    if (!goes_on)
        end_run(e, c, o);
    if (!goes_on && is_on(e, c, false))
        *r = (struct run){.on = true, .start = start};
    if (!r->on)
        return;
    r->end = end;
    r->sum += weight * p;
    r->weight += weight;
}

/* Segment i; its length is settled, and all the median needs is there. */
static void judge(struct ir_events *e, size_t i, const struct ir_export_opts *o)
{
    double start = e->start[i], end = start + e->length[i];
    /* Means are over time; segments without any length still count. */
    double weight = e->length[i] > 0 ? e->length[i] : 1e-9;

    for (size_t c = 0; c < e->n_classes; c++)
        e->value[c] =
            ir_events_median(e->p + c, e->n, e->n_classes, i, (size_t)o->median, e->window);
    bool silent = ir_rule_silent(&e->rule, e->level[i]);
    for (size_t c = 0; c < e->n_classes; c++) {
        if (silent)
            end_run(e, c, o);
        else
            judge_class(e, c, start, end, weight, o);
        if (!silent && (double)e->value[c] > e->best)
            e->best = (double)e->value[c];
    }
    e->first = e->segments > 0 ? e->first : start;
    e->segments++;
    e->silent += silent;
    e->weight += silent ? 0 : weight;
    e->end = end;
}

/* A length that is unknown becomes the distance to the next segment, the last one that of the one
 * before; every length is cut where the next segment begins. */
static void settle_length(struct ir_events *e, size_t i)
{
    double gap = i + 1 < e->n ? e->start[i + 1] - e->start[i] : -1;

    if (gap >= 0)
        e->gap = gap;
    else if (e->length[i] < 0)
        gap = e->gap >= 0 ? e->gap : 0;
    if (gap >= 0 && (e->length[i] < 0 || e->length[i] > gap))
        e->length[i] = gap;
}

/* Judge what can be judged: all at the end of the file, else what has enough segments behind it. */
static void judge_ready(struct ir_events *e, const struct ir_export_opts *o, bool ended)
{
    size_t half = (size_t)o->median / 2, behind = ended ? 0 : half > 1 ? half : 1;

    /* Live, a segment that knows its length waits for nothing. */
    if (o->live && o->per == IR_PER_SEGMENT && half == 0 && e->n > 0 && e->length[e->n - 1] >= 0)
        behind = 0;

    for (; e->done + behind < e->n; e->done++) {
        settle_length(e, e->done);
        judge(e, e->done, o);
    }
    size_t drop = e->done > half ? e->done - half : 0;
    if (drop < 1024)
        return;
    memmove(e->start, e->start + drop, (e->n - drop) * sizeof *e->start);
    memmove(e->length, e->length + drop, (e->n - drop) * sizeof *e->length);
    memmove(e->level, e->level + drop, (e->n - drop) * sizeof *e->level);
    memmove(e->p, e->p + drop * e->n_classes, (e->n - drop) * e->n_classes * sizeof *e->p);
    e->n -= drop;
    e->done -= drop;
}

/* ---- giving out ------------------------------------------------------------------------------ */

static int by_start(const void *a, const void *b)
{
    const struct ir_event *x = a, *y = b;

    if (x->start_s < y->start_s || x->start_s > y->start_s)
        return x->start_s < y->start_s ? -1 : 1;
    return (x->klass > y->klass) - (x->klass < y->klass);
}

/* Leave only the events of the classes that have most of the file. */
static void keep_top(struct ir_events *e, struct ir_event_file *f)
{
    size_t n, kept = 0;
    if (e->rule.top == 0)
        return;
    struct ir_heard *heard = ir_events_heard(f, &n);
    for (size_t i = 0; i < e->n_events; i++)
        for (size_t h = 0; h < n && h < e->rule.top; h++)
            if (heard[h].klass == e->event[i].klass)
                e->event[kept++] = e->event[i];
    free(heard);
    f->n = e->n_events = kept;
}

static int give_out(struct ir_exporter *x, struct ir_err *err)
{
    struct ir_events *e = x->events;
    struct ir_event_file f = {.path = e->path,
                              .id = e->id,
                              .begin_s = e->first,
                              .end_s = e->end,
                              .segments = e->segments,
                              .classes = &x->classes,
                              .event = e->event,
                              .n = e->n_events};

    if (e->n_events > 1)
        qsort(e->event, e->n_events, sizeof *e->event, by_start);
    keep_top(e, &f);
    if (f.n == 0 && e->rule.says_nothing) {
        f.nothing = e->silent == e->segments ? IR_SILENCE : IR_UNKNOWN;
        f.nothing_p = f.nothing == IR_SILENCE ? 1 : 1 - e->best;
    }
    int rc = ir_export_file(x, &f, err);
    e->n_events = 0;
    return rc;
}

static void sum_up(struct ir_events *e, const struct ir_export_opts *o)
{
    for (size_t c = 0; c < e->n_classes; c++) {
        e->value[c] = (float)(o->max ? e->largest[c] : e->weight > 0 ? e->sum[c] / e->weight : 0);
        e->sum[c] = e->largest[c] = 0;
    }
    for (size_t c = 0; c < e->n_classes; c++)
        if (e->silent < e->segments && is_on(e, c, false))
            add_event(e, e->first, e->end, c, (double)e->value[c], o->min_s);
}

void ir_events_drop(struct ir_exporter *x)
{
    struct ir_events *e = x->events;

    e->n = e->done = e->n_events = 0;
    e->segments = e->silent = 0;
    e->weight = e->best = 0;
    e->gap = -1;
    memset(e->run, 0, e->n_classes * sizeof *e->run);
    memset(e->sum, 0, e->n_classes * sizeof *e->sum);
    memset(e->largest, 0, e->n_classes * sizeof *e->largest);
}

int ir_events_flush(struct ir_exporter *x, struct ir_err *err)
{
    struct ir_events *e = x->events;
    int rc = 0;

    if (e->n == 0)
        return 0;
    judge_ready(e, &x->opts, true);
    for (size_t c = 0; c < e->n_classes; c++)
        end_run(e, c, &x->opts);
    if (x->opts.per == IR_PER_FILE)
        sum_up(e, &x->opts);
    if (!x->opts.live || e->n_events)
        rc = give_out(x, err);
    x->files++;
    ir_events_drop(x);
    return rc;
}

/* ---- segments in ----------------------------------------------------------------------------- */

static int check_segment(const struct ir_events *e, const struct ir_rec *rec, const float *p,
                         double start, struct ir_err *err)
{
    if (e->n && start < e->start[e->n - 1])
        return ir_fail(err, "record %u (%s): starts at %g s, before the one ahead of it at %g s",
                       rec->seq, ir_rec_id(rec), start, e->start[e->n - 1]);
    for (size_t c = 0; c < e->n_classes; c++)
        if (!(p[c] >= 0.0f && p[c] <= 1.0001f))
            return ir_fail(err, "record %u (%s): %g is no probability", rec->seq, ir_rec_id(rec),
                           (double)p[c]);
    return 0;
}

static int add_segment(struct ir_events *e, const struct ir_rec *rec, struct ir_err *err)
{
    double start = 0, length = -1, level = (double)NAN;
    struct ir_buf tmp = {0};

    if (rec->rank != 1 || rec->shape[0] != e->n_classes) {
        char text[80];
        return ir_fail(err, "record %u (%s): shape %s, wanted %zu: one probability a class",
                       rec->seq, ir_rec_id(rec), ir_shape_text(text, rec->rank, rec->shape),
                       e->n_classes);
    }
    if (ir_meta_real(&rec->meta, "offset", 0, 1e9, &start, err) < 0 ||
        ir_meta_real(&rec->meta, "length", 0, 1e9, &length, err) < 0 ||
        ir_meta_real(&rec->meta, "level", -1000, 1000, &level, err) < 0)
        return ir_fail_in(err, "record %u", rec->seq);
    const float *p = ir_rec_f32(rec, false, &tmp);
    int rc = check_segment(e, rec, p, start, err);
    if (rc == 0) {
        ir_grow(&e->start, &e->start_cap, e->n + 1, sizeof *e->start);
        ir_grow(&e->length, &e->length_cap, e->n + 1, sizeof *e->length);
        ir_grow(&e->level, &e->level_cap, e->n + 1, sizeof *e->level);
        ir_grow(&e->p, &e->p_cap, (e->n + 1) * e->n_classes, sizeof *e->p);
        e->start[e->n] = start;
        e->length[e->n] = length;
        e->level[e->n] = level;
        memcpy(e->p + e->n * e->n_classes, p, e->n_classes * sizeof *p);
        e->n++;
    }
    ir_buf_free(&tmp);
    return rc;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

int ir_events_put(struct ir_exporter *x, const struct ir_rec *rec, struct ir_err *err)
{
    struct ir_events *e = x->events;
    const char *id = ir_rec_id(rec), *path = ir_meta_get(&rec->meta, "path");
    const char *clip = ir_meta_get(&rec->meta, "clip");

    if (!path)
        path = id;
    bool same = e->path && strcmp(path, e->path) == 0 && *path && same_text(clip, e->clip);
    if (e->path && !same && ir_events_flush(x, err) < 0)
        return -1;
    if (!e->path || e->n == 0) {
        free(e->path), free(e->id), free(e->clip);
        e->path = ir_strdup(path);
        e->id = ir_strdup(clip ? clip : id);
        e->clip = clip ? ir_strdup(clip) : NULL;
    }
    if (add_segment(e, rec, err) < 0)
        return -1;
    judge_ready(e, &x->opts, false);
    if (!x->opts.live || e->n_events == 0)
        return 0;
    return give_out(x, err) < 0 ? -1 : ir_out_flush(x->out, err);
}
