/* ir-report - the runs of experiments beside their published numbers: page, Markdown, table. */
#include "results.h"
#include "tool.h"

#include <string.h>

enum { TEXT, MARKDOWN, HTML };

static struct {
    int format;
    bool sweep;
} o;

static const struct ir_opt opts[] = {
    IR_CHOICE('f', "format", &o.format, "FORMAT", "text|markdown|html",
              "a table for the terminal, Markdown, or one page with all pictures inside (default: "
              "by the name of -o, .html or .md, else text)"),
    IR_FLAG(0, "sweep", &o.sweep,
            "FOLDER is that of a sweep: print its combinations, best on the validation clips "
            "first"),
};

static const struct ir_tool tool = {
    .name = "ir-report",
    .operands = "FOLDER…",
    .summary = "put what experiments reached beside what was published",
    .examples = "ir-report out/medleydb                              a table\n"
                "ir-report -o report.html out/medleydb out/irmas     one page with pictures\n"
                "ir-report -f markdown out/*/ > report.md\n"
                "ir-report --sweep out/irmas/sweep.published.three.3\n",
    .opts = opts,
    .groups = "what to write: format sweep\n",
    .n_opts = sizeof opts / sizeof *opts,
};

static bool ends_in(const char *name, const char *end)
{
    size_t n = name ? strlen(name) : 0, m = strlen(end);
    return n > m && strcmp(name + n - m, end) == 0;
}

static int make(struct ir_run *run, struct ir_buf *out)
{
    struct ir_results r;
    if (o.sweep)
        return ir_results_sweep(run->files[0], out, &run->err);
    if (ir_results_read(&r, run->files, run->n_files, &run->err) != 0)
        return -1;
    if (o.format < 0)
        o.format = ends_in(run->output, ".html") ? HTML
                   : ends_in(run->output, ".md") ? MARKDOWN
                                                 : TEXT;
    if (o.format == HTML)
        ir_results_page(&r, out);
    else if (o.format == MARKDOWN)
        ir_results_markdown(&r, out);
    else
        ir_results_text(&r, out);
    ir_results_free(&r);
    return 0;
}

int main(int argc, char **argv)
{
    struct ir_run run;
    struct ir_buf out = {0};
    int status = ir_run_start(&run, &tool, argc, argv);
    if (status >= 0)
        return status;
    if (run.n_files == 0 || (o.sweep && run.n_files != 1)) {
        ir_fail(&run.err,
                o.sweep ? "%zu folders found, --sweep wants one"
                        : "%zu folders found, the folders of experiments wanted",
                run.n_files);
        return ir_run_finish(&run, -2);
    }
    int rc = make(&run, &out);
    struct ir_out *f = rc == 0 ? ir_out_open(run.output, false, &run.err) : NULL;
    rc = f ? ir_out_write(f, out.data, out.len, &run.err) : -1;
    if (rc == 0)
        rc = ir_out_commit(f, &run.err);
    else
        ir_out_abort(f);
    ir_buf_free(&out);
    return ir_run_finish(&run, rc);
}
