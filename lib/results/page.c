/* page.c - the runs as one HTML page with everything inside. */
#include "private.h"
#include "plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char style[] =
    "body { font: 16px/1.5 system-ui, -apple-system, \"Segoe UI\", Roboto, Helvetica, Arial, "
    "sans-serif; color: #1b1c1d; background: #fff; max-width: 76rem; margin: 0 auto; padding: 1rem "
    "1.2rem 2rem }\n"
    "h1 { font-size: 1.7rem; line-height: 1.2; margin: .5rem 0 1rem } h2 { font-size: 1.25rem; "
    "margin: 2rem 0 .5rem; padding-top: .8rem; border-top: 1px solid #dcdfe1 }\n"
    "table { border-collapse: collapse; margin: 1rem 0; display: block; overflow-x: auto } th, td "
    "{ "
    "border-bottom: 1px solid #dcdfe1; padding: .35rem .9rem .35rem 0; vertical-align: top; "
    "text-align: left }\n"
    "th { border-bottom: 2px solid #5d6266; font-size: 90%; white-space: nowrap } td:first-child { "
    "min-width: 12rem } td.n { font-variant-numeric: tabular-nums; white-space: nowrap } "
    "tr.standin { background: #fff8e5 }\n"
    "figure { display: inline-block; vertical-align: top; margin: .5rem 1.5rem .5rem 0; max-width: "
    "100% } figure svg { max-width: 100%; height: auto; display: block } figcaption { color: "
    "#5d6266; font-size: 90% }\n"
    "pre { background: #f5f6f7; padding: .7rem .9rem; border-radius: 8px; font-size: 80%; "
    "white-space: pre-wrap; overflow-wrap: anywhere; user-select: all } summary { cursor: pointer; "
    "margin: .5rem 0; font-weight: 600 } a { color: #0b62a8 }\n"
    ".note { background: #fff8e5; border-left: 4px solid #e69f00; padding: .5rem 1rem } small, "
    "nav li small { color: #5d6266 } nav ol { padding-left: 1.4rem }\n"
    "@media (max-width: 42rem) { body { padding: .7rem } h1 { font-size: 1.35rem } td:first-child "
    "{ "
    "min-width: 9rem } th, td { font-size: 90% } }\n";

static const char *title_of(const struct ir_result_set *set)
{
    return ir_result_fact(&set->run[0], "title");
}

static void contents(const struct ir_results *r, struct ir_buf *out)
{
    ir_buf_puts(out, "<nav><h2>Contents</h2><ol><li><a href=\"#chart\">All runs</a></li>\n");
    for (size_t i = 0; i < r->n; i++) {
        const struct ir_result_set *set = &r->set[i];
        ir_buf_printf(out, "<li><a href=\"#set%zu\">", i + 1);
        ir_buf_html(out, title_of(set));
        ir_buf_printf(out, "</a>%s, %zu run%s</li>\n",
                      ir_result_standin(&set->run[0]) ? " (stand-in)" : "", set->n,
                      set->n == 1 ? "" : "s");
    }
    ir_buf_puts(out, "</ol></nav>\n");
}

/* The headline of every run as a bar, the published number as a mark. */
static void chart(const struct ir_results *r, struct ir_buf *out)
{
    struct ir_beside *row = NULL;
    struct ir_strs kept = {0};
    size_t n = 0, cap = 0;
    for (size_t i = 0; i < r->n; i++)
        for (size_t k = 0; k < r->set[i].n; k++) {
            const struct ir_result *run = &r->set[i].run[k];
            const struct ir_reached *v = ir_result_headline(run);
            struct ir_buf name = {0}, text = {0};
            if (!v || !v->share)
                continue;
            ir_result_name(run, &name);
            ir_buf_printf(&text, "%s %s%s%s", v->metric, v->text,
                          *v->published ? ", published " : "", v->published);
            ir_strs_add(&kept, name.data);
            ir_strs_add(&kept, text.data);
            ir_grow(&row, &cap, n + 1, sizeof *row);
            row[n++] = (struct ir_beside){
                title_of(&r->set[i]),  NULL, NULL, v->value, v->low, v->high, v->paper,
                ir_result_standin(run)};
            ir_buf_free(&name);
            ir_buf_free(&text);
        }
    for (size_t i = 0; i < n; i++) {
        row[i].name = kept.at[2 * i];
        row[i].text = kept.at[2 * i + 1];
    }
    ir_buf_puts(out, "<h2 id=\"chart\">All runs</h2>\n<figure>");
    struct ir_canvas *c = n ? ir_plot_beside(row, n, "Headline of each run") : NULL;
    if (c)
        ir_canvas_svg(c, out);
    ir_canvas_free(c);
    ir_buf_puts(out, "</figure>\n");
    free(row);
    ir_strs_free(&kept);
}

static void number_cell(struct ir_buf *out, const char *text)
{
    ir_buf_puts(out, "<td class=n>");
    ir_buf_html(out, text);
    ir_buf_puts(out, "</td>");
}

/* Whether any run of the set has something published, or a note. */
struct columns {
    bool published, note;
};

static struct columns columns_of(const struct ir_result_set *set)
{
    struct columns c = {false, false};
    for (size_t k = 0; k < set->n; k++)
        for (size_t v = 0; v < set->run[k].n; v++) {
            c.published = c.published || *set->run[k].value[v].published;
            c.note = c.note || *set->run[k].value[v].note;
        }
    return c;
}

static void rows(const struct ir_result *run, struct columns c, struct ir_buf *out)
{
    struct ir_buf b = {0};
    for (size_t v = 0; v < run->n; v++) {
        const struct ir_reached *x = &run->value[v];
        ir_buf_printf(out, "<tr%s>", ir_result_standin(run) ? " class=standin" : "");
        if (v == 0) {
            ir_buf_printf(out, "<td rowspan=%zu><b>", run->n);
            ir_result_name(run, &b);
            ir_buf_html(out, b.data);
            b.len = 0;
            ir_buf_puts(out, "</b><br><small>");
            ir_result_about(run, &b);
            ir_buf_html(out, b.len ? b.data : "");
            ir_buf_printf(out, "</small></td><td rowspan=%zu>%s</td>", run->n,
                          ir_result_standin(run) ? "STAND-IN" : "real data set");
        }
        ir_buf_puts(out, "<td>");
        ir_buf_html(out, x->metric);
        ir_buf_puts(out, "</td>");
        number_cell(out, x->text);
        number_cell(out, x->interval);
        if (c.published)
            number_cell(out, x->published);
        if (c.note) {
            ir_buf_puts(out, "<td><small>");
            ir_buf_html(out, x->note);
            ir_buf_puts(out, "</small></td>");
        }
        ir_buf_puts(out, "</tr>\n");
    }
    ir_buf_free(&b);
}

/* What the network's file says about itself: its first comment lines. */
static void network(const struct ir_result *run, struct ir_buf *out)
{
    struct ir_buf text = {0};
    const char *path = ir_result_fact(run, "network");
    if (!*path || ir_read_file(path, (size_t)1 << 20, &text, NULL) != 0 || text.len == 0 ||
        text.data[0] != '#') {
        ir_buf_free(&text);
        return;
    }
    ir_buf_puts(out, "<p>Network ");
    ir_buf_html(out, path);
    ir_buf_puts(out, ":");
    char *at = text.data;
    for (char *line; (line = strsep(&at, "\n")) != NULL && *line == '#';) {
        ir_buf_puts(out, " ");
        ir_buf_html(out, line + strspn(line, "# "));
    }
    ir_buf_puts(out, "</p>\n");
    ir_buf_free(&text);
}

static void details(const struct ir_result *run, struct ir_buf *out)
{
    struct ir_buf b = {0};
    ir_result_name(run, &b);
    ir_buf_puts(out, "<details><summary>");
    ir_buf_html(out, b.data);
    ir_buf_puts(out, ": commands and pictures</summary>\n");
    network(run, out);
    ir_buf_puts(out, "<p>To make it again (one click selects all):</p>\n<pre>");
    for (size_t i = 0, n = 0; i < run->key.n; i++)
        if (strcmp(run->key.at[i], "command") == 0) {
            ir_buf_puts(out, n++ ? " &amp;&amp;\n" : "");
            ir_buf_html(out, run->fact.at[i]);
        }
    ir_buf_puts(out, "</pre>\n");
    ir_result_figures(run, out);
    b.len = 0;
    ir_buf_printf(&b, "%s, %s, data in %s", ir_result_fact(run, "machine"), run->date,
                  ir_result_fact(run, "dir"));
    ir_buf_puts(out, "<p><small>");
    ir_buf_html(out, b.data);
    ir_buf_puts(out, "</small></p></details>\n");
    ir_buf_free(&b);
}

static void section(const struct ir_result_set *set, size_t number, struct ir_buf *out)
{
    struct ir_strs sentences = {0};
    struct columns c = columns_of(set);
    ir_buf_printf(out, "<section id=\"set%zu\"><h2>", number);
    ir_buf_html(out, title_of(set));
    ir_buf_puts(out, "</h2>\n<p>");
    ir_buf_html(out, set->about);
    ir_buf_printf(out,
                  "</p>\n<table><tr><th>system</th><th>data</th><th>metric</th><th>reached</th>"
                  "<th>95 %% interval</th>%s%s</tr>\n",
                  c.published ? "<th>published</th>" : "", c.note ? "<th>note</th>" : "");
    for (size_t k = 0; k < set->n; k++)
        rows(&set->run[k], c, out);
    ir_buf_puts(out, "</table>\n");
    ir_results_compare(set, &sentences);
    for (size_t k = 0; k < sentences.n; k++) {
        ir_buf_puts(out, k ? "<li>" : "<ul><li>");
        ir_buf_html(out, sentences.at[k]);
        ir_buf_puts(out, k + 1 < sentences.n ? "</li>\n" : "</li></ul>\n");
    }
    ir_strs_free(&sentences);
    for (size_t k = 0; k < set->n; k++)
        details(&set->run[k], out);
    ir_buf_puts(out, "<details><summary>what the networks hear</summary>\n");
    ir_result_examples(set, out);
    ir_buf_puts(out, "</details></section>\n");
}

static void stand_ins(const struct ir_results *r, struct ir_buf *out)
{
    bool any = false;
    for (size_t i = 0; i < r->n; i++)
        for (size_t k = 0; k < r->set[i].n; k++)
            any = any || ir_result_standin(&r->set[i].run[k]);
    if (any)
        ir_buf_puts(
            out, "<p class=note>A line marked <b>STAND-IN</b> was reached on rendered or "
                 "substituted recordings with the layout of the real data set, trained and tested "
                 "on different songs and different recordings of the instruments. Such a number "
                 "says that the pipeline works and how the systems compare with each other there; "
                 "it cannot be compared with the published one beside it.</p>\n");
}

void ir_results_page(const struct ir_results *r, struct ir_buf *out)
{
    bool published = false;
    for (size_t i = 0; i < r->n; i++)
        published = published || columns_of(&r->set[i]).published;
    const char *title = published ? "Published and reached" : "What was reached";
    ir_buf_printf(out,
                  "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta "
                  "name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
                  "<title>irtools: %s</title>\n<style>\n%s</style></head><body>\n"
                  "<h1>%s</h1>\n",
                  title, style, title);
    stand_ins(r, out);
    contents(r, out);
    chart(r, out);
    for (size_t i = 0; i < r->n; i++)
        section(&r->set[i], i + 1, out);
    ir_buf_puts(out, "<p><small>Made by ir-report (irtools " IR_VERSION
                     ").</small></p></body></html>\n");
}
