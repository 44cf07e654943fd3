/* published.c - the numbers of a paper: reading them, putting what was reached beside them. */
#include "tsv.h"
#include "../score.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const columns[] = {"system",    "metric", "average", "class",
                                      "predicted", "value",  "note"};
enum { COLUMNS = sizeof columns / sizeof *columns };

static int read_value(struct ir_published_row *row, const char *text, struct ir_err *err)
{
    size_t n = strlen(text);
    row->percent = n > 0 && text[n - 1] == '%';
    row->text = ir_strndup(text, row->percent ? n - 1 : n);
    if (ir_parse_real(row->text, -1e12, 1e12, "published value", &row->value, err))
        return -1;
    const char *dot = strchr(row->text, '.');
    row->unit = 0.5 * pow(10, dot ? -(double)strlen(dot + 1) : 0);
    if (row->percent) {
        row->value /= 100;
        row->unit /= 100;
    }
    return 0;
}

static int read_row(struct ir_published *p, const struct ir_tsv *t, struct ir_err *err)
{
    char *const *f = t->field.at;
    if (t->field.n != COLUMNS && t->field.n != COLUMNS - 1)
        return ir_tsv_fail(t, err, "found %zu columns, wanted %d (system … note)", t->field.n,
                           COLUMNS);
    ir_grow(&p->row, &p->cap, p->n + 1, sizeof *p->row);
    struct ir_published_row *row = &p->row[p->n++];
    *row = (struct ir_published_row){ir_strdup(f[0]),
                                     ir_strdup(f[1]),
                                     ir_strdup(f[2]),
                                     ir_strdup(f[3]),
                                     ir_strdup(f[4]),
                                     ir_strdup(t->field.n == COLUMNS ? f[6] : ""),
                                     NULL,
                                     0,
                                     0,
                                     false};
    if (read_value(row, f[5], err))
        return ir_fail_in(err, "%s:%d", t->path, t->line);
    if (!ir_metric_find(row->metric) && strcmp(row->metric, "clips") != 0 &&
        strcmp(row->metric, "support") != 0 && strcmp(row->metric, "confusion") != 0)
        return ir_metric_unknown(row->metric, err), ir_fail_in(err, "%s:%d", t->path, t->line);
    return 0;
}

int ir_published_read(struct ir_published *p, const char *path, struct ir_err *err)
{
    struct ir_tsv t;
    bool head = false;
    int got, rc = -1;
    memset(p, 0, sizeof *p);
    if (ir_tsv_open(&t, path, err))
        goto out;
    while ((got = ir_tsv_next(&t, err)) == 1) {
        if (head && read_row(p, &t, err))
            goto out;
        for (size_t i = 0; !head && i < COLUMNS; i++)
            if (i >= t.field.n || strcmp(t.field.at[i], columns[i]) != 0) {
                ir_tsv_fail(&t, err, "column %zu is '%.60s', wanted '%s'", i + 1,
                            i < t.field.n ? t.field.at[i] : "", columns[i]);
                goto out;
            }
        head = true;
    }
    if (got < 0)
        goto out;
    if (p->n == 0) {
        ir_fail(err, "%s: no published number", path);
        goto out;
    }
    rc = 0;
out:
    ir_tsv_close(&t);
    return rc;
}

void ir_published_free(struct ir_published *p)
{
    for (size_t i = 0; i < p->n; i++) {
        struct ir_published_row *r = &p->row[i];
        free(r->system);
        free(r->metric);
        free(r->average);
        free(r->class_name);
        free(r->predicted);
        free(r->note);
        free(r->text);
    }
    free(p->row);
    memset(p, 0, sizeof *p);
}

double ir_published_reached(const struct ir_published_row *row, const struct ir_report *r)
{
    static const enum ir_average averages[] = {IR_AVG_ALL,     IR_AVG_MACRO, IR_AVG_MICRO,
                                               IR_AVG_SAMPLES, IR_AVG_CLASS, IR_AVG_WEIGHTED};
    const struct ir_scores *s = r->sample->s;
    if (strcmp(row->metric, "clips") == 0)
        return (double)s->n;
    int c = ir_strs_find(&s->classes, row->class_name),
        to = ir_strs_find(&s->classes, row->predicted);
    if (strcmp(row->metric, "support") == 0)
        return c < 0 ? IR_NA : ir_sample_support(r->sample, (size_t)c);
    if (strcmp(row->metric, "confusion") == 0)
        return c < 0 || to < 0 || !r->confusion ? IR_NA
                                                : r->confusion[(size_t)c * s->k + (size_t)to];
    for (size_t i = 0; i < sizeof averages / sizeof *averages; i++) {
        if (strcmp(ir_average_name(averages[i]), row->average) != 0)
            continue;
        if (averages[i] == IR_AVG_CLASS && c < 0)
            return IR_NA;
        return ir_metric_value(ir_metric_find(row->metric), r->sample, averages[i],
                               c < 0 ? 0 : (size_t)c);
    }
    return IR_NA;
}

static bool agrees(const struct ir_published_row *row, double reached)
{
    return fabs(reached - row->value) <= row->unit * (1 + 1e-9);
}

static bool wanted(const struct ir_published_row *row, const char *system)
{
    return !system || strcmp(row->system, system) == 0;
}

static void what(const struct ir_published_row *row, struct ir_buf *out)
{
    ir_buf_shown(out, row->metric);
    if (strcmp(row->average, "-") != 0 && strcmp(row->average, "class") != 0)
        ir_buf_printf(out, " %s", row->average);
    if (strcmp(row->class_name, "-") != 0) {
        ir_buf_puts(out, " ");
        ir_buf_shown(out, row->class_name);
    }
    if (strcmp(row->predicted, "-") != 0) {
        ir_buf_puts(out, " as ");
        ir_buf_shown(out, row->predicted);
    }
}

void ir_published_text(const struct ir_published *p, const struct ir_report *r, const char *system,
                       struct ir_buf *out)
{
    size_t agree = 0, differ = 0, missing = 0;
    ir_buf_printf(out, "%-16s %-34s %10s %10s %10s\n", "published by", "number", "published",
                  "reached", "difference");
    for (size_t i = 0; i < p->n; i++) {
        const struct ir_published_row *row = &p->row[i];
        if (!wanted(row, system))
            continue;
        double v = ir_published_reached(row, r), f = row->percent ? 100 : 1;
        const char *dot = strchr(row->text, '.');
        int digits = dot ? (int)strlen(dot + 1) : 0;
        struct ir_buf name = {0};
        what(row, &name);
        ir_buf_printf(out, "%-16.16s %-34s %10s ", row->system, name.data, row->text);
        ir_buf_free(&name);
        if (isnan(v))
            ir_buf_printf(out, "%10s %10s", "n/a", "n/a");
        else if (agrees(row, v))
            ir_buf_printf(out, "%10.*f %10s", digits, f * v, "=");
        else
            ir_buf_printf(out, "%10.*f %+10.*f", digits, f * v, digits, f * (v - row->value));
        agree += agrees(row, v);
        missing += isnan(v) ? 1 : 0;
        differ += !isnan(v) && !agrees(row, v);
        if (*row->note) {
            ir_buf_puts(out, "  ");
            ir_buf_shown(out, row->note);
        }
        ir_buf_puts(out, "\n");
    }
    ir_buf_printf(out, "%zu to the printed digit, %zu differ, %zu not available\n", agree, differ,
                  missing);
}

void ir_published_tsv(const struct ir_published *p, const struct ir_report *r, const char *system,
                      struct ir_buf *out)
{
    ir_buf_puts(out,
                "system\tmetric\taverage\tclass\tpredicted\tpublished\treached\tagrees\tnote\n");
    for (size_t i = 0; i < p->n; i++) {
        const struct ir_published_row *row = &p->row[i];
        if (!wanted(row, system))
            continue;
        double v = ir_published_reached(row, r);
        ir_buf_printf(out, "%s\t%s\t%s\t%s\t%s\t%s%s\t", row->system, row->metric, row->average,
                      row->class_name, row->predicted, row->text, row->percent ? "%" : "");
        if (isnan(v))
            ir_buf_puts(out, "n/a\tn/a");
        else
            ir_buf_printf(out, "%.6f\t%s", v, agrees(row, v) ? "yes" : "no");
        ir_buf_printf(out, "\t%s\n", row->note);
    }
}

void ir_published_json(const struct ir_published *p, const struct ir_report *r, const char *system,
                       struct ir_buf *out)
{
    bool first = true;
    ir_buf_puts(out, "[");
    for (size_t i = 0; i < p->n; i++) {
        const struct ir_published_row *row = &p->row[i];
        const char *text[] = {row->system, row->metric, row->average, row->class_name,
                              row->predicted};
        if (!wanted(row, system))
            continue;
        double v = ir_published_reached(row, r);
        ir_buf_puts(out, first ? "\n  {" : ",\n  {");
        first = false;
        for (size_t j = 0; j < 5; j++) {
            ir_buf_printf(out, "\"%s\": ", columns[j]);
            ir_buf_json(out, text[j]);
            ir_buf_puts(out, ", ");
        }
        ir_buf_printf(out, "\"published\": %.9g, \"reached\": ", row->value);
        if (isnan(v))
            ir_buf_puts(out, "null}");
        else
            ir_buf_printf(out, "%.6f, \"agrees\": %s}", v, agrees(row, v) ? "true" : "false");
    }
    ir_buf_puts(out, "]");
}
