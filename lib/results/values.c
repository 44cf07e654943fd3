/* values.c - what a run reached, as its paper prints it: percent where the paper has percent. */
#include "private.h"
#include "plot.h"
#include "score.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void ir_reached_free(struct ir_reached *v)
{
    free(v->metric);
    free(v->text);
    free(v->interval);
    free(v->published);
    free(v->note);
}

/* The columns of a score table that say one number of the whole. */
struct scores {
    struct ir_table t;
    int metric, average, class_name, predicted, value, low, high;
};

static int scores_open(struct scores *s, const char *path, struct ir_err *err)
{
    const struct {
        const char *name;
        int *at;
    } want[] = {{"metric", &s->metric},    {"average", &s->average},
                {"class", &s->class_name}, {"predicted", &s->predicted},
                {"value", &s->value},      {"low", &s->low},
                {"high", &s->high}};
    if (ir_table_read(path, &s->t, err) != 0)
        return -1;
    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        if ((*want[i].at = ir_table_column(&s->t, want[i].name)) < 0) {
            ir_table_free(&s->t);
            return ir_fail(err, "%s: no column '%s'; a score table of ir-score wanted", path,
                           want[i].name);
        }
    return 0;
}

static const char *cell(const struct scores *s, size_t row, int column)
{
    return s->t.cell.at[row * s->t.name.n + (size_t)column];
}

static double number(const char *text)
{
    double v;
    return ir_parse_real(text, -1e300, 1e300, "value", &v, NULL) == 0 ? v : (double)NAN;
}

/* The row of metric and average over all classes; -1: none. */
static long find_row(const struct scores *s, const char *metric, const char *average)
{
    for (size_t i = 0; i < s->t.rows; i++)
        if (strcmp(cell(s, i, s->metric), metric) == 0 &&
            strcmp(cell(s, i, s->average), average) == 0 &&
            strcmp(cell(s, i, s->class_name), "-") == 0 &&
            strcmp(cell(s, i, s->predicted), "-") == 0)
            return (long)i;
    return -1;
}

/* Is the metric a share, and does the paper print it in percent? What the paper lacks is printed as
 * its other numbers are; without a paper a share is in percent. */
static bool is_share(const char *metric)
{
    const struct ir_metric *m = ir_metric_find(metric);
    return m != NULL && !m->raw && strcmp(metric, "log_loss") != 0;
}
static bool in_percent(const struct ir_published *p, const char *metric, const char *average)
{
    size_t percents = 0, others = 0;
    if (!is_share(metric))
        return false;
    for (size_t i = 0; i < p->n; i++) {
        const struct ir_published_row *row = &p->row[i];
        if (strcmp(row->class_name, "-") != 0 || strcmp(row->metric, "clips") == 0)
            continue;
        if (strcmp(row->metric, metric) == 0 && strcmp(row->average, average) == 0)
            return row->percent;
        if (row->percent)
            percents++;
        else if (is_share(row->metric) && strchr(row->text, '.'))
            others++;
    }
    return p->n == 0 || percents > others;
}

static char *shown(double v, bool percent)
{
    struct ir_buf b = {0};
    if (isnan(v))
        ir_buf_puts(&b, "n/a");
    else
        ir_buf_printf(&b, percent ? "%.2f%%" : "%.4f", percent ? 100 * v : v);
    return b.data;
}

static void add_value(struct ir_result *run, const struct scores *s, const struct ir_published *p,
                      const char *metric, const char *average)
{
    struct ir_reached v = {.value = (double)NAN,
                           .low = (double)NAN,
                           .high = (double)NAN,
                           .paper = (double)NAN,
                           .share = is_share(metric)};
    struct ir_buf b = {0};
    bool percent = in_percent(p, metric, average);
    long row = find_row(s, metric, average);
    ir_buf_puts(&b, metric);
    if (strcmp(average, "-") != 0)
        ir_buf_printf(&b, " (%s)", average);
    v.metric = b.data;
    if (row >= 0) {
        v.value = number(cell(s, (size_t)row, s->value));
        v.low = number(cell(s, (size_t)row, s->low));
        v.high = number(cell(s, (size_t)row, s->high));
    }
    v.text = shown(v.value, percent);
    b = (struct ir_buf){0};
    ir_buf_puts(&b, "");
    if (!isnan(v.low) && !isnan(v.high)) {
        char *lo = shown(v.low, percent), *hi = shown(v.high, percent);
        ir_buf_printf(&b, "%s to %s", lo, hi);
        free(lo);
        free(hi);
    }
    v.interval = b.data ? b.data : ir_strdup("");
    for (size_t i = 0; i < p->n && !v.published; i++) {
        const struct ir_published_row *r = &p->row[i];
        if (strcmp(r->system, ir_result_fact(run, "system")) != 0 ||
            strcmp(r->metric, metric) != 0 || strcmp(r->average, average) != 0 ||
            strcmp(r->class_name, "-") != 0)
            continue;
        b = (struct ir_buf){0};
        ir_buf_printf(&b, "%s%s", r->text, r->percent ? "%" : "");
        v.published = b.data;
        v.note = ir_strdup(r->note);
        v.paper = r->value;
    }
    v.published = v.published ? v.published : ir_strdup("");
    v.note = v.note ? v.note : ir_strdup("");
    run->value = ir_realloc(run->value, run->n + 1, sizeof *run->value);
    run->value[run->n++] = v;
}

/* What an experiment that names no metrics shows: the usual ones of its task. */
static const char *usual(const struct scores *s)
{
    return find_row(s, "accuracy", "-") >= 0 ? "accuracy:- f1:macro"
                                             : "f1:micro f1:macro exact_match:-";
}

int ir_result_values(struct ir_result *run, struct ir_err *err)
{
    struct ir_buf path = {0};
    struct ir_published p = {0};
    struct scores s = {0};
    const char *published = ir_result_fact(run, "published"),
               *metrics = ir_result_fact(run, "metrics");
    int rc = scores_open(&s, ir_result_file(run, "score.tsv", &path), err);
    ir_buf_free(&path);
    if (rc != 0)
        return -1;
    if (*published && ir_published_read(&p, published, err) != 0) {
        ir_table_free(&s.t);
        return -1;
    }
    char *words = ir_strdup(*metrics ? metrics : usual(&s)), *save;
    for (char *w = strtok_r(words, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
        char *average = strchr(w, ':');
        if (average)
            *average++ = 0;
        add_value(run, &s, &p, w, average ? average : "-");
    }
    long row = find_row(&s, "clips", "-");
    run->clips = row < 0 ? (double)NAN : number(cell(&s, (size_t)row, s.value));
    free(words);
    ir_published_free(&p);
    ir_table_free(&s.t);
    return 0;
}

const struct ir_reached *ir_result_headline(const struct ir_result *run)
{
    const char *want = strrchr(ir_result_fact(run, "compare"), ' ');
    struct ir_buf b = {0};
    const struct ir_reached *best = NULL;
    if (want) {
        const char *average = strchr(want + 1, ':');
        ir_buf_add(&b, want + 1, average ? (size_t)(average - want - 1) : strlen(want + 1));
        if (average && strcmp(average, ":-") != 0)
            ir_buf_printf(&b, " (%s)", average + 1);
    }
    for (size_t i = 0; i < run->n && !best; i++)
        if (b.data && strcmp(run->value[i].metric, b.data) == 0)
            best = &run->value[i];
    for (size_t i = 0; i < run->n && !best; i++)
        if (!isnan(run->value[i].paper) && run->value[i].share)
            best = &run->value[i];
    ir_buf_free(&b);
    return best ? best : run->n ? run->value : NULL;
}
