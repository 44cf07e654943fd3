/* report_text.c - a report for people: the classes as a table, single numbers, the confusion
 * matrix, notes. */
#include "listing.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void number(char text[64], const struct ir_value *v)
{
    if (!v)
        strcpy(text, "");
    else if (isnan(v->value))
        strcpy(text, "n/a");
    else if (v->metric->raw)
        snprintf(text, 64, "%.4f", v->value);
    else
        snprintf(text, 64, "%.2f", 100 * v->value);
}

/* The metrics of the report that have the average, each once, in order. */
static size_t metrics_with(const struct ir_report *r, unsigned averages, const struct ir_metric **m)
{
    size_t n = 0;
    for (size_t i = 0; i < r->n; i++) {
        size_t j = 0;
        while (j < n && m[j] != r->value[i].metric)
            j++;
        if (j == n && (r->value[i].metric->averages & averages))
            m[n++] = r->value[i].metric;
    }
    return n;
}

static void cell(struct ir_buf *out, const struct ir_metric *m, const char *text)
{
    int w = ir_listing_width(m->name);
    ir_buf_printf(out, "  %*s", w > 7 ? w : 7, text);
}

static void row(struct ir_buf *out, const struct ir_report *r, const struct ir_metric **m, size_t n,
                enum ir_average a, size_t c)
{
    char text[64];
    for (size_t j = 0; j < n; j++) {
        number(text, ir_report_find(r, m[j]->name, a, c));
        cell(out, m[j], text);
    }
}

static void table(const struct ir_report *r, struct ir_buf *out)
{
    static const enum ir_average means[] = {IR_AVG_MACRO, IR_AVG_WEIGHTED, IR_AVG_MICRO,
                                            IR_AVG_SAMPLES};
    const struct ir_scores *s = r->sample->s;
    size_t all;
    ir_metric_all(&all);
    const struct ir_metric **m = ir_alloc(all, sizeof *m);
    size_t n = metrics_with(r, IR_AVG_CLASS | IR_AVG_MACRO | IR_AVG_MICRO | IR_AVG_SAMPLES, m);
    int w = ir_text_classes(s);
    if (n == 0)
        goto out;
    ir_buf_printf(out, "%-*s", w, "percent");
    for (size_t j = 0; j < n; j++)
        cell(out, m[j], m[j]->name);
    ir_buf_puts(out, "    clips\n");
    for (size_t c = 0; c < s->k; c++) {
        ir_text_padded(out, s->classes.at[c], w, false);
        row(out, r, m, n, IR_AVG_CLASS, c);
        ir_buf_printf(out, "  %7.0f\n", ir_sample_support(r->sample, c));
    }
    for (size_t i = 0; i < sizeof means / sizeof *means; i++) {
        const unsigned has = means[i] == IR_AVG_WEIGHTED ? IR_AVG_MACRO : (unsigned)means[i];
        if (metrics_with(r, has, m) == 0 || (s->single && means[i] == IR_AVG_SAMPLES))
            continue;
        metrics_with(r, IR_AVG_CLASS | IR_AVG_MACRO | IR_AVG_MICRO | IR_AVG_SAMPLES, m);
        ir_buf_printf(out, "%-*s", w, ir_average_name(means[i]));
        row(out, r, m, n, means[i], 0);
        ir_buf_puts(out, "\n");
    }
    ir_buf_puts(out, "\n");
out:
    free(m);
}

static void interval(struct ir_buf *out, const struct ir_value *v)
{
    double f = v->metric->raw ? 1 : 100;
    if (v->has_interval && !isnan(v->low))
        ir_buf_printf(out, "  [%.*f, %.*f]", v->metric->raw ? 4 : 2, f * v->low,
                      v->metric->raw ? 4 : 2, f * v->high);
}

static void singles(const struct ir_report *r, struct ir_buf *out)
{
    bool any = false;
    char text[64];
    for (size_t i = 0; i < r->n; i++) {
        const struct ir_value *v = &r->value[i];
        if (v->average != IR_AVG_ALL && !(v->has_interval && v->average != IR_AVG_CLASS))
            continue;
        char name[80];
        snprintf(name, sizeof name, "%s%s%s", v->metric->name, v->average == IR_AVG_ALL ? "" : ".",
                 v->average == IR_AVG_ALL ? "" : ir_average_name(v->average));
        number(text, v);
        ir_buf_printf(out, "%-18s %s%s", name, text, v->metric->raw || isnan(v->value) ? "" : " %");
        interval(out, v);
        ir_buf_puts(out, "\n");
        any = true;
    }
    if (any)
        ir_buf_puts(out, "\n");
}

static void confusion(const struct ir_report *r, struct ir_buf *out)
{
    const struct ir_scores *s = r->sample->s;
    if (!r->confusion)
        return;
    /* Names over the columns while that stays readable, else numbers that the rows explain. */
    int w = ir_text_classes(s), column = 6;
    bool numbered = (size_t)(w + 2) * s->k > 90;
    if (!numbered)
        column = w;
    ir_buf_printf(out, "confusion of %.0f clips: rows actual, columns predicted\n", r->confused);
    ir_buf_printf(out, "%*s", numbered ? w + 6 : w, "");
    for (size_t c = 0; c < s->k; c++) {
        char number_text[32];
        snprintf(number_text, sizeof number_text, "%zu", c + 1);
        ir_buf_puts(out, "  ");
        ir_text_padded(out, numbered ? number_text : s->classes.at[c], column, true);
    }
    ir_buf_puts(out, "\n");
    for (size_t a = 0; a < s->k; a++) {
        ir_text_padded(out, s->classes.at[a], w, false);
        if (numbered)
            ir_buf_printf(out, " %5zu", a + 1);
        for (size_t c = 0; c < s->k; c++)
            ir_buf_printf(out, "  %*.0f", column, r->confusion[a * s->k + c]);
        ir_buf_puts(out, "\n");
    }
    ir_buf_puts(out, "\n");
}

void ir_report_text(const struct ir_report *r, struct ir_buf *out)
{
    const struct ir_scores *s = r->sample->s;
    ir_buf_printf(out, "%zu clip%s, %zu class%s, %s\n\n", s->n, s->n == 1 ? "" : "s", s->k,
                  s->k == 1 ? "" : "es",
                  s->single ? "one label a clip" : "any number of labels a clip");
    table(r, out);
    singles(r, out);
    confusion(r, out);
    for (size_t i = 0; i < r->notes.n; i++) {
        ir_buf_puts(out, "note: ");
        ir_buf_shown(out, r->notes.at[i]);
        ir_buf_puts(out, "\n");
    }
}
