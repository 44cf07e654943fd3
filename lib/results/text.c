/* text.c - the runs as a table for a terminal and in Markdown. */
#include "private.h"

#include <math.h>
#include <string.h>

void ir_result_name(const struct ir_result *run, struct ir_buf *out)
{
    const char *const part[][2] = {
        {"net_name", "net"}, {"front_name", "front"}, {"set_name", "set"}};
    const char *const between[] = {"", " on ", ", "};
    for (size_t i = 0; i < 3; i++) {
        const char *name = ir_result_fact(run, part[i][0]);
        ir_buf_printf(out, "%s%s", between[i], *name ? name : ir_result_fact(run, part[i][1]));
    }
}

static void thousands(struct ir_buf *out, size_t n)
{
    char text[32];
    int len = snprintf(text, sizeof text, "%zu", n);
    for (int i = 0; i < len; i++)
        ir_buf_printf(out, "%s%c", i > 0 && (len - i) % 3 == 0 ? "," : "", text[i]);
}

void ir_result_about(const struct ir_result *run, struct ir_buf *out)
{
    const char *note = ir_result_fact(run, "note");
    size_t start = out->len;
    if (run->weights > 0) {
        thousands(out, run->weights);
        ir_buf_puts(out, " parameters");
    }
    if (!isnan(run->clips))
        ir_buf_printf(out, "%s%.0f test clips", out->len > start ? ", " : "", run->clips);
    if (!isnan(run->seconds) && run->seconds < 120)
        ir_buf_printf(out, ", trained in %.0f s", run->seconds);
    else if (!isnan(run->seconds))
        ir_buf_printf(out, ", trained in %.0f min", run->seconds / 60);
    if (*note)
        ir_buf_printf(out, "%s%s", out->len > start ? "; " : "", note);
}

void ir_results_text(const struct ir_results *r, struct ir_buf *out)
{
    for (size_t i = 0; i < r->n; i++) {
        const struct ir_result_set *set = &r->set[i];
        ir_buf_puts(out, "\n");
        ir_buf_shown(out, ir_result_fact(&set->run[0], "title"));
        ir_buf_printf(out, ", %s\n",
                      ir_result_standin(&set->run[0]) ? "a STAND-IN: not comparable with the paper"
                                                      : "the data set itself");
        for (size_t k = 0; k < set->n; k++) {
            const struct ir_result *run = &set->run[k];
            struct ir_buf b = {0};
            ir_buf_printf(&b, "%s:%s:%s  ", ir_result_fact(run, "set"),
                          ir_result_fact(run, "front"), ir_result_fact(run, "net"));
            ir_result_name(run, &b);
            ir_buf_puts(&b, "\n    ");
            ir_result_about(run, &b);
            ir_buf_puts(out, "  ");
            for (char *line, *at = b.data; (line = strsep(&at, "\n")) != NULL;) {
                ir_buf_shown(out, line);
                ir_buf_puts(out, "\n");
            }
            for (size_t v = 0; v < run->n; v++) {
                const struct ir_reached *x = &run->value[v];
                b.len = 0;
                ir_buf_printf(&b, "%s%s%s%s", x->text, *x->interval ? " [" : "", x->interval,
                              *x->interval ? "]" : "");
                ir_buf_printf(out, "    %-22s reached %-28s published %s\n", x->metric, b.data,
                              *x->published ? x->published : "-");
            }
            ir_buf_free(&b);
        }
    }
}

/* A cell of a Markdown table. */
static void markdown(struct ir_buf *out, const char *text)
{
    for (; *text; text++) {
        if (strchr("|*_<>`\\", *text))
            ir_buf_puts(out, "\\");
        ir_buf_add(out, text, 1);
    }
}

static void markdown_rows(const struct ir_result *run, const char *title, size_t first, size_t last,
                          struct ir_buf *out)
{
    struct ir_buf name = {0};
    ir_result_name(run, &name);
    for (size_t v = first; v < last; v++) {
        const struct ir_reached *x = &run->value[v];
        const char *const cell[] = {title,   name.data,   NULL,        x->metric,
                                    x->text, x->interval, x->published};
        ir_buf_puts(out, "|");
        for (size_t i = title ? 0 : 1; i < sizeof cell / sizeof *cell; i++) {
            ir_buf_puts(out, " ");
            markdown(out,
                     i == 2 ? (ir_result_standin(run) ? "STAND-IN" : "real data set") : cell[i]);
            ir_buf_puts(out, " |");
        }
        ir_buf_puts(out, "\n");
    }
    ir_buf_free(&name);
}

void ir_results_markdown(const struct ir_results *r, struct ir_buf *out)
{
    ir_buf_puts(out,
                "# Published and reached\n\nSTAND-IN: rendered or substituted recordings in the "
                "layout of the real data set; not comparable with the paper.\n\n"
                "| experiment | system | data | metric | reached | 95 % interval | published |\n"
                "|---|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < r->n; i++)
        for (size_t k = 0; k < r->set[i].n; k++) {
            const struct ir_result *run = &r->set[i].run[k];
            const struct ir_reached *head = ir_result_headline(run);
            if (head)
                markdown_rows(run, ir_result_fact(run, "title"), (size_t)(head - run->value),
                              (size_t)(head - run->value) + 1, out);
        }
    for (size_t i = 0; i < r->n; i++) {
        const struct ir_result_set *set = &r->set[i];
        struct ir_strs sentences = {0};
        ir_buf_printf(out,
                      "\n## %s\n\n%s\n\n| system | data | metric | reached | 95 %% interval | "
                      "published |\n|---|---|---|---|---|---|\n",
                      ir_result_fact(&set->run[0], "title"), set->about);
        for (size_t k = 0; k < set->n; k++)
            markdown_rows(&set->run[k], NULL, 0, set->run[k].n, out);
        ir_results_compare(set, &sentences);
        for (size_t k = 0; k < sentences.n; k++)
            ir_buf_printf(out, "%s- %s\n", k ? "" : "\n", sentences.at[k]);
        ir_strs_free(&sentences);
    }
}
