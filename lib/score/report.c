/* report.c - compute the chosen metrics of a table and the notes on what they leave out. */
#include "../score.h"
#include <stdarg.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char usual_single[] =
    "accuracy precision recall f1 top1_in_set ap roc_auc log_loss ece";
static const char usual_multi[] =
    "precision recall f1 ap cell_accuracy exact_match top1_in_set roc_auc lrap ece";

static void add(struct ir_report *r, const struct ir_metric *m, enum ir_average a, size_t c)
{
    ir_grow(&r->value, &r->cap, r->n + 1, sizeof *r->value);
    r->value[r->n++] = (struct ir_value){
        .metric = m, .average = a, .c = c, .value = ir_metric_value(m, r->sample, a, c)};
}

static bool fits(const struct ir_metric *m, const struct ir_scores *s)
{
    return !(m->needs_one_label && !s->single) && !(m->needs_probability && s->decided);
}

static void add_metric(struct ir_report *r, const struct ir_metric *m)
{
    static const enum ir_average plain[] = {IR_AVG_ALL, IR_AVG_MICRO, IR_AVG_MACRO, IR_AVG_WEIGHTED,
                                            IR_AVG_SAMPLES};
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        if (ir_metric_has(m, plain[i]))
            add(r, m, plain[i], 0);
    if (m->averages & IR_AVG_CLASS)
        for (size_t c = 0; c < r->sample->s->k; c++)
            add(r, m, IR_AVG_CLASS, c);
}

static int choose(struct ir_report *r, const char *names, struct ir_err *err)
{
    const struct ir_scores *s = r->sample->s;
    char *copy = ir_strdup(names ? names : s->single ? usual_single : usual_multi), *save = NULL;
    int rc = 0;
    for (char *w = strtok_r(copy, " ,", &save); w && rc == 0; w = strtok_r(NULL, " ,", &save)) {
        const struct ir_metric *m = ir_metric_find(w);
        if (m && (names || fits(m, s)))
            add_metric(r, m);
        else if (!m && names)
            rc = ir_metric_unknown(w, err);
    }
    if (rc == 0 && r->n == 0)
        rc = ir_fail(err, "no metric was asked for");
    free(copy);
    return rc;
}

static void note(struct ir_report *r, const char *fmt, ...) IR_PRINTF(2, 3);
static void note(struct ir_report *r, const char *fmt, ...)
{
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    ir_strs_add(&r->notes, text);
}

static void count_clips(struct ir_report *r)
{
    const struct ir_scores *s = r->sample->s;
    size_t without = 0, unknown = 0, none = 0, many = 0, cells = 0, one = 0;
    for (size_t i = 0; i < s->n; i++) {
        int positives = ir_scores_positives(s, i, &one);
        without += !s->clip[i].labelled;
        unknown += positives < 0;
        none += positives == 0;
        many += positives > 1;
        if (positives == 1 && s->single) {
            if (!r->confusion)
                r->confusion = ir_zalloc(s->k * s->k, sizeof *r->confusion);
            double w = ir_sample_weight(r->sample, i);
            r->confusion[one * s->k + ir_scores_top(s, i)] += w;
            r->confused += w;
        }
        for (size_t c = 0; c < s->k; c++)
            cells += isnan(s->y[i * s->k + c]) ? 1 : 0;
    }
    if (cells > 0)
        note(r, "%zu of %zu cells have no label and are skipped", cells, s->n * s->k);
    if (without > 0 && !s->open && !s->single)
        note(r, "%zu of %zu clips have no labels key: counted as having none of the classes",
             without, s->n);
    if (unknown > 0)
        note(r, "%zu of %zu clips have no known label at all", unknown, s->n);
    if (s->single && none > 0)
        note(r, "%zu of %zu clips have no label: left out of accuracy and confusion", none, s->n);
    if (s->single && many > 0)
        note(r, "%zu of %zu clips have several labels: left out of accuracy and confusion", many,
             s->n);
    if (s->k == 1)
        note(r, "there is only one class");
}

/* One note for all classes of which `is` holds: "class a …" or "classes a, b …". */
static void name_classes(struct ir_report *r, bool (*is)(const struct ir_count *), const char *one,
                         const char *several)
{
    const struct ir_scores *s = r->sample->s;
    struct ir_buf names = {0};
    size_t n = 0;
    for (size_t c = 0; c < s->k; c++)
        if (is(&r->sample->count[c]))
            ir_buf_printf(&names, "%s%s", n++ ? ", " : "", s->classes.at[c]);
    if (n > 0) {
        struct ir_buf text = {0};
        ir_buf_printf(&text, "%s %s %s", n > 1 ? "classes" : "class", names.data,
                      n > 1 ? several : one);
        ir_strs_add(&r->notes, text.data);
        ir_buf_free(&text);
    }
    ir_buf_free(&names);
}

static bool no_support(const struct ir_count *n)
{
    return n->tp + n->fn == 0;
}

static bool only_positives(const struct ir_count *n)
{
    return n->tp + n->fn > 0 && n->fp + n->tn == 0;
}

static bool never_predicted(const struct ir_count *n)
{
    return n->tp + n->fp == 0 && n->fn > 0;
}

int ir_report_make(struct ir_report *r, struct ir_sample *v, const char *names, struct ir_err *err)
{
    memset(r, 0, sizeof *r);
    r->sample = v;
    if (choose(r, names, err))
        return -1;
    count_clips(r);
    name_classes(
        r, no_support,
        "has no clip: its scores are n/a and it is left out of the means over classes",
        "have no clip: their scores are n/a and they are left out of the means over classes");
    name_classes(r, only_positives, "has no clip without it: rankings of it are n/a",
                 "have no clip without them: rankings of them are n/a");
    if (ir_report_find(r, "precision", IR_AVG_MACRO, 0))
        name_classes(
            r, never_predicted,
            "is never predicted: its precision is n/a and counts as 0 in the macro mean",
            "are never predicted: their precision is n/a and counts as 0 in the macro mean");
    return 0;
}

const struct ir_value *ir_report_find(const struct ir_report *r, const char *metric,
                                      enum ir_average a, size_t c)
{
    for (size_t i = 0; i < r->n; i++)
        if (r->value[i].average == a && (a != IR_AVG_CLASS || r->value[i].c == c) &&
            strcmp(r->value[i].metric->name, metric) == 0)
            return &r->value[i];
    return NULL;
}

void ir_report_free(struct ir_report *r)
{
    free(r->value);
    free(r->confusion);
    ir_strs_free(&r->notes);
    memset(r, 0, sizeof *r);
}
