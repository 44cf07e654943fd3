/* ir-score - predictions that still carry their labels → tables of scores. */
#include "score.h"
#include <stdlib.h>
#include <string.h>

enum format { TEXT, TSV, JSON };

static struct {
    int format, task;
    const char *metrics, *against, *system, *matrix, *thresholds, *constant;
    double threshold;
    bool threshold_given, uniform, list_metrics;
} o;

static const struct ir_opt opts[] = {
    {0, "format", IR_OPT_CHOICE, &o.format, NULL, "FORMAT", 0, 0, NULL, "text", "text|tsv|json",
     "text for people, TSV with one number a line, or JSON"},
    {0, "metrics", IR_OPT_STR, &o.metrics, NULL, "LIST", 0, 0, NULL, NULL, NULL,
     "metrics to print, separated by commas (default: the usual ones of the task)"},
    {0, "list-metrics", IR_OPT_FLAG, &o.list_metrics, NULL, NULL, 0, 0, NULL, NULL, NULL,
     "print every metric with its formula and its undefined cases, and end"},
    {0, "task", IR_OPT_CHOICE, &o.task, NULL, "TASK", 0, 0, NULL, NULL, "single|multi",
     "single: the most probable class is the prediction; multi: every class at or above its "
     "threshold "
     "(default: what the stream says)"},
    {0, "threshold", IR_OPT_REAL, &o.threshold, &o.threshold_given, "P", 0, 1, NULL, NULL, NULL,
     "one threshold for all classes (default: those in the stream, else 0.5)"},
    {0, "against", IR_OPT_STR, &o.against, NULL, "FILE", 0, 0, NULL, NULL, NULL,
     "put the published numbers of FILE beside what was reached"},
    {0, "system", IR_OPT_STR, &o.system, NULL, "NAME", 0, 0, NULL, NULL, NULL,
     "only the published numbers of this system"},
    {0, "matrix", IR_OPT_STR, &o.matrix, NULL, "FILE", 0, 0, NULL, NULL, NULL,
     "score a confusion matrix in TSV (rows actual) instead of a stream"},
    {0, "constant", IR_OPT_STR, &o.constant, NULL, "CLASSES", 0, 0, NULL, NULL, NULL,
     "score a trivial system that predicts these classes, separated by spaces, for every clip"},
    {0, "uniform", IR_OPT_FLAG, &o.uniform, NULL, NULL, 0, 0, NULL, NULL, NULL,
     "score a trivial system that finds all classes equally probable"},
};

static const struct ir_tool tool = {
    .name = "ir-score",
    .operands = "[FILE…]",
    .summary = "score predictions that carry their labels",
    .examples = "ir-infer -m net.model.irt test.mel.irt | ir-score\n"
                "ir-score --against pipelines/published/audioset.tsv test.pred.irt\n"
                "ir-score --matrix pipelines/published/audioset-confusion.tsv\n",
    .opts = opts,
    .n_opts = sizeof opts / sizeof *opts,
};

static void list_metrics(struct ir_buf *out)
{
    static const enum ir_average averages[] = {IR_AVG_CLASS, IR_AVG_MACRO, IR_AVG_MICRO,
                                               IR_AVG_SAMPLES};
    size_t n;
    const struct ir_metric *const *m = ir_metric_all(&n);
    for (size_t i = 0; i < n; i++) {
        ir_buf_printf(out, "%s\n    %s\n    undefined: %s\n", m[i]->name, m[i]->help,
                      m[i]->undefined);
        ir_buf_puts(out, "    averages:");
        if (m[i]->averages & IR_AVG_ALL)
            ir_buf_puts(out, " all");
        for (size_t a = 0; a < sizeof averages / sizeof *averages; a++)
            if (m[i]->averages & (unsigned)averages[a])
                ir_buf_printf(out, " %s", ir_average_name(averages[a]));
        ir_buf_puts(out, "\n");
    }
}

static int load(struct ir_run *run, struct ir_scores *s)
{
    if (o.matrix)
        return ir_scores_matrix(s, o.matrix, &run->err);
    struct ir_reader *r = ir_reader_open(run->files, run->n_files, &run->err);
    if (!r)
        return -1;
    int rc;
    if (o.constant || o.uniform)
        rc = ir_scores_constant(s, r, (enum ir_task)o.task, o.constant, &run->err);
    else
        rc = ir_scores_read(s, r, (enum ir_task)o.task, &run->err);
    if (rc == 0 && ir_reader_bad(r) > 0)
        ir_run_warn(run, "%lld bad clips were left out upstream", ir_reader_bad(r));
    ir_reader_close(r);
    if (rc)
        return -1;
    for (size_t c = 0; o.threshold_given && c < s->k; c++)
        s->threshold[c] = (float)o.threshold;
    ir_scores_decide(s);
    return 0;
}

static int print(struct ir_run *run, struct ir_report *r, struct ir_buf *out)
{
    struct ir_published p = {0};
    if (o.against && ir_published_read(&p, o.against, &run->err)) {
        ir_published_free(&p);
        return -1;
    }
    if (o.against)
        ir_published_check(&p, &r->notes);
    if (o.format == JSON && o.against)
        ir_buf_puts(out, "{\"report\": ");
    if (o.format == TEXT)
        ir_report_text(r, out);
    else if (o.format == JSON)
        ir_report_json(r, out);
    else if (!o.against)
        ir_report_tsv(r, out);
    if (o.against && o.format == TEXT) {
        ir_buf_puts(out, "\n");
        ir_published_text(&p, r, o.system, out);
    } else if (o.against && o.format == TSV) {
        ir_published_tsv(&p, r, o.system, out);
    } else if (o.against) {
        ir_buf_puts(out, ",\n\"published\": ");
        ir_published_json(&p, r, o.system, out);
        ir_buf_puts(out, "}\n");
    }
    ir_published_free(&p);
    return 0;
}

static int write_out(struct ir_run *run, const struct ir_buf *b)
{
    struct ir_out *out = ir_out_open(run->output, false, &run->err);
    if (!out)
        return -1;
    if (ir_out_write(out, b->data, b->len, &run->err)) {
        ir_out_abort(out);
        return -1;
    }
    return ir_out_commit(out, &run->err);
}

static int usage(struct ir_run *run)
{
    if (!!o.matrix + !!o.constant + o.uniform > 1) {
        ir_fail(&run->err, "--matrix, --constant and --uniform exclude each other");
        return -2;
    }
    if (o.system && !o.against) {
        ir_fail(&run->err, "--system needs --against");
        return -2;
    }
    if (o.matrix && run->n_files > 0) {
        ir_fail(&run->err, "--matrix takes no stream, found %s", run->files[0]);
        return -2;
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct ir_run run;
    struct ir_scores s = {0};
    struct ir_sample v = {0};
    struct ir_report r = {0};
    struct ir_buf out = {0};
    int rc = ir_run_start(&run, &tool, argc, argv);
    if (rc >= 0)
        return rc;
    rc = usage(&run);
    if (rc)
        return ir_run_finish(&run, rc);
    if (o.list_metrics) {
        list_metrics(&out);
    } else {
        rc = load(&run, &s);
        if (rc == 0)
            ir_sample_start(&v, &s, NULL);
        if (rc == 0)
            rc = ir_report_make(&r, &v, o.metrics, &run.err);
        if (rc == 0)
            rc = print(&run, &r, &out);
    }
    if (rc == 0)
        rc = write_out(&run, &out);
    ir_buf_free(&out);
    ir_report_free(&r);
    ir_sample_free(&v);
    ir_scores_free(&s);
    return ir_run_finish(&run, rc);
}
