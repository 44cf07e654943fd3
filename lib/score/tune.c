/* tune.c - thresholds of the best F1 on a validation set, and storing them in a model or stream. */
#include "../score.h"
#include <stdlib.h>
#include <string.h>

struct best {
    double f1;
    float threshold;
};

/* Halfway between the last probability taken in and the next, at most 1 and above the next. */
static float between(float taken, float next)
{
    float mid = (taken + next) / 2;
    return mid > next ? mid : taken;
}

static void look(struct best *b, double tp, double fp, double positives, float taken, float next)
{
    double f1 = 2 * tp / (tp + fp + positives);
    if (f1 > b->f1)
        *b = (struct best){f1, between(taken, next)};
}

/* One class: go down the ranking, look where the probability changes. */
static struct best tune_class(struct ir_scores *s, size_t c, double positives)
{
    const struct ir_ranked *r = ir_scores_order(s, c);
    struct best b = {-1, 0.5f};
    double tp = 0, fp = 0;
    for (size_t i = 0; i < s->n; i++) {
        float p = r[i].p, y = r[i].y, next = i + 1 < s->n ? r[i + 1].p : 0;
        if (!isnan(y))
            *(y >= 0.5f ? &tp : &fp) += 1;
        if (i + 1 == s->n || next < p)
            look(&b, tp, fp, positives, p, next);
    }
    return b;
}

static struct best tune_micro(struct ir_scores *s, double positives)
{
    size_t n;
    const struct ir_ranked *r = ir_scores_cells(s, &n);
    struct best b = {-1, 0.5f};
    double tp = 0, fp = 0;
    for (size_t i = 0; i < n; i++) {
        float p = r[i].p, next = i + 1 < n ? r[i + 1].p : 0;
        *(r[i].y >= 0.5f ? &tp : &fp) += 1;
        if (i + 1 == n || next < p)
            look(&b, tp, fp, positives, p, next);
    }
    return b;
}

/* Macro F1 has steps of every class: hundredths are fine enough. */
static struct best tune_macro(struct ir_scores *s)
{
    const struct ir_metric *f1 = ir_metric_find("f1");
    struct best b = {-1, 0.5f};
    for (int i = 1; i < 100; i++) {
        struct ir_sample v;
        for (size_t c = 0; c < s->k; c++)
            s->threshold[c] = (float)i / 100;
        ir_scores_decide(s);
        ir_sample_start(&v, s, NULL);
        double x = ir_metric_value(f1, &v, IR_AVG_MACRO, 0);
        ir_sample_free(&v);
        if (x > b.f1)
            b = (struct best){x, (float)i / 100};
    }
    return b;
}

int ir_scores_tune(struct ir_scores *s, enum ir_tune how, struct ir_strs *notes, struct ir_err *err)
{
    double *positives = ir_zalloc(s->k, sizeof *positives), all = 0;
    int rc = 0;
    if (s->single)
        rc = ir_fail(err, "thresholds are for task=multi; this stream has one label a clip");
    for (size_t i = 0; i < s->n * s->k; i++)
        positives[i % s->k] += s->y[i] >= 0.5f;
    for (size_t c = 0; c < s->k; c++)
        all += positives[c];
    if (rc == 0 && all == 0)
        rc = ir_fail(err, "no clip has a label to tune thresholds on");
    struct best one = {-1, 0.5f};
    if (rc == 0 && how == IR_TUNE_MICRO)
        one = tune_micro(s, all);
    else if (rc == 0 && how == IR_TUNE_MACRO)
        one = tune_macro(s);
    for (size_t c = 0; c < s->k && rc == 0; c++) {
        if (how == IR_TUNE_CLASSES && positives[c] == 0) {
            struct ir_buf text = {0};
            ir_buf_printf(&text, "class %s has no clip: its threshold stays", s->classes.at[c]);
            ir_strs_add(notes, text.data);
            ir_buf_free(&text);
            continue;
        }
        s->threshold[c] =
            how == IR_TUNE_CLASSES ? tune_class(s, c, positives[c]).threshold : one.threshold;
    }
    free(positives);
    if (rc == 0)
        ir_scores_decide(s);
    return rc;
}

static int check_target(const struct ir_scores *s, const struct ir_meta *head, struct ir_err *err)
{
    const char *classes = ir_meta_get(head, "classes");
    struct ir_buf own = {0};
    ir_names_format(&s->classes, &own);
    int rc = 0;
    if (!classes || strcmp(classes, own.data) != 0)
        rc = ir_fail(err, "its classes are '%s', those of the predictions '%s'",
                     classes ? classes : "", own.data);
    ir_buf_free(&own);
    return rc;
}

int ir_scores_store(const struct ir_scores *s, const char *from, const char *to, bool pack,
                    double t, bool thresholds, const char *prog, struct ir_err *err)
{
    char *path = ir_strdup(from), number[32];
    struct ir_reader *r = ir_reader_open(&path, 1, err);
    struct ir_meta head = {0};
    struct ir_writer *w = NULL;
    struct ir_rec rec;
    struct ir_buf b = {0};
    int rc = -1, got = -1;
    if (!r || check_target(s, ir_reader_header(r), err))
        goto out;
    ir_meta_copy(&head, ir_reader_header(r));
    for (size_t c = 0; c < s->k; c++)
        ir_buf_printf(&b, "%s%s", c ? " " : "", ir_format_float(number, s->threshold[c]));
    if (thresholds)
        ir_meta_set(&head, "thresholds", b.data);
    if (t != 1)
        ir_meta_setf(&head, "calibration", "temperature %.6g", t);
    if (prog)
        ir_meta_add_prog(&head, prog);
    w = ir_writer_open(to, &head, pack, err);
    while (w && (got = ir_reader_next(r, &rec, err)) == 1)
        if (ir_writer_put(w, &rec, err))
            goto out;
    if (w && got == 0) {
        rc = ir_writer_close(w, ir_reader_bad(r), err);
        w = NULL;
    }
out:
    if (rc && r)
        ir_fail_in(err, "%s", from);
    ir_writer_abort(w);
    ir_reader_close(r);
    ir_meta_free(&head);
    ir_buf_free(&b);
    free(path);
    return rc;
}
