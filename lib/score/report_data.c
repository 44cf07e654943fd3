/* report_data.c - a report for programs: TSV (one number a line) and JSON. Shares stay in 0 … 1. */
#include "listing.h"
#include <math.h>

static void number(struct ir_buf *out, double v)
{
    if (isnan(v))
        ir_buf_puts(out, "n/a");
    else
        ir_buf_printf(out, "%.6f", v);
}

static void line(struct ir_buf *out, const char *metric, const char *average,
                 const char *class_name, const char *predicted)
{
    ir_buf_printf(out, "%s\t%s\t", metric, average);
    ir_text_field(out, class_name);
    ir_buf_puts(out, "\t");
    ir_text_field(out, predicted);
    ir_buf_puts(out, "\t");
}

void ir_report_tsv(const struct ir_report *r, struct ir_buf *out)
{
    const struct ir_scores *s = r->sample->s;
    ir_buf_puts(out, "metric\taverage\tclass\tpredicted\tvalue\tlow\thigh\n");
    line(out, "clips", "-", "-", "-");
    ir_buf_printf(out, "%zu\t-\t-\n", s->n);
    for (size_t c = 0; c < s->k; c++) {
        line(out, "support", "class", s->classes.at[c], "-");
        ir_buf_printf(out, "%.0f\t-\t-\n", ir_sample_support(r->sample, c));
    }
    for (size_t i = 0; i < r->n; i++) {
        const struct ir_value *v = &r->value[i];
        line(out, v->metric->name, ir_average_name(v->average),
             v->average == IR_AVG_CLASS ? s->classes.at[v->c] : "-", "-");
        number(out, v->value);
        ir_buf_puts(out, "\t");
        if (v->has_interval)
            number(out, v->low);
        else
            ir_buf_puts(out, "-");
        ir_buf_puts(out, "\t");
        if (v->has_interval)
            number(out, v->high);
        else
            ir_buf_puts(out, "-");
        ir_buf_puts(out, "\n");
    }
    for (size_t i = 0; r->confusion && i < s->k * s->k; i++) {
        line(out, "confusion", "-", s->classes.at[i / s->k], s->classes.at[i % s->k]);
        ir_buf_printf(out, "%.0f\t-\t-\n", r->confusion[i]);
    }
    for (size_t i = 0; i < r->notes.n; i++) {
        ir_buf_puts(out, "# ");
        ir_text_field(out, r->notes.at[i]);
        ir_buf_puts(out, "\n");
    }
}

static void json_number(struct ir_buf *out, double v)
{
    if (isnan(v))
        ir_buf_puts(out, "null");
    else
        ir_buf_printf(out, "%.6f", v);
}

static void json_values(const struct ir_report *r, struct ir_buf *out)
{
    const struct ir_scores *s = r->sample->s;
    for (size_t i = 0; i < r->n; i++) {
        const struct ir_value *v = &r->value[i];
        ir_buf_printf(out, "%s\n  {\"metric\": \"%s\", \"average\": \"%s\"", i ? "," : "",
                      v->metric->name, ir_average_name(v->average));
        if (v->average == IR_AVG_CLASS) {
            ir_buf_puts(out, ", \"class\": ");
            ir_buf_json(out, s->classes.at[v->c]);
        }
        ir_buf_puts(out, ", \"value\": ");
        json_number(out, v->value);
        if (v->has_interval) {
            ir_buf_puts(out, ", \"low\": ");
            json_number(out, v->low);
            ir_buf_puts(out, ", \"high\": ");
            json_number(out, v->high);
        }
        ir_buf_puts(out, "}");
    }
}

void ir_report_json(const struct ir_report *r, struct ir_buf *out)
{
    const struct ir_scores *s = r->sample->s;
    ir_buf_printf(out, "{\"clips\": %zu, \"task\": \"%s\",\n \"classes\": [", s->n,
                  s->single ? "single" : "multi");
    for (size_t c = 0; c < s->k; c++) {
        ir_buf_puts(out, c ? ", " : "");
        ir_buf_json(out, s->classes.at[c]);
    }
    ir_buf_puts(out, "],\n \"support\": [");
    for (size_t c = 0; c < s->k; c++)
        ir_buf_printf(out, "%s%.0f", c ? ", " : "", ir_sample_support(r->sample, c));
    ir_buf_puts(out, "],\n \"values\": [");
    json_values(r, out);
    ir_buf_puts(out, "],\n \"confusion\": ");
    for (size_t i = 0; r->confusion && i < s->k * s->k; i++)
        ir_buf_printf(out, "%s%.0f%s",
                      i == 0     ? "[["
                      : i % s->k ? ", "
                                 : "], [",
                      r->confusion[i], i + 1 == s->k * s->k ? "]]" : "");
    ir_buf_puts(out, r->confusion ? ",\n \"notes\": [" : "null,\n \"notes\": [");
    for (size_t i = 0; i < r->notes.n; i++) {
        ir_buf_puts(out, i ? ", " : "");
        ir_buf_json(out, r->notes.at[i]);
    }
    ir_buf_puts(out, "]}\n");
}
