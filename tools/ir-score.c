/* ir-score - predictions that still carry their labels → tables of scores. */
#include "score.h"
#include "tool.h"
#include <stdlib.h>
#include <string.h>

static struct {
    int format, task, by_file, by_group, tune, unit;
    const char *metrics, *against, *system, *matrix, *constant, *split, *compare, *into, *shift;
    double threshold, temperature, confidence, step;
    struct ir_range sweep;
    long long errors, bootstrap, threads;
    bool threshold_given, temperature_given, errors_given, unit_given, sweep_given;
    bool uniform, list_metrics, verdicts, bars, calibrate;
} o;

static const struct ir_opt opts[] = {
    IR_CHOICE('f', "format", &o.format, "FORMAT", "text|tsv|json",
              "text for people, TSV with one number a line, or JSON", .def = "text"),
    IR_STR(0, "metrics", &o.metrics, "LIST",
           "metrics to print, separated by commas (default: the usual ones of the task)"),
    IR_FLAG(0, "list-metrics", &o.list_metrics,
            "print every metric with its formula and its undefined cases, and end"),
    IR_CHOICE(0, "task", &o.task, "TASK", "single|multi",
              "single: the most probable class is the prediction; multi: every class at or above "
              "its threshold (default: what the stream says)"),
    IR_STR(0, "split", &o.split, "NAMES",
           "score the clips of these splits alone, separated by commas"),
    IR_REAL(0, "threshold", &o.threshold, "P", 0, 1,
            "one threshold for all classes (default: those in the stream, else 0.5)",
            .given = &o.threshold_given),
    IR_RANGE(0, "sweep", &o.sweep, "LO..HI", 0, 1,
             "instead of the report: precision, recall and F1 at each threshold of the range",
             .given = &o.sweep_given),
    IR_REAL(0, "step", &o.step, "P", 0.0001, 1, "between the thresholds of --sweep", .def = "0.05"),
    IR_CHOICE(0, "by-file", &o.by_file, "HOW", "mean|max|vote|sum",
              "one prediction a file from those of its clips (sum: divided by the largest)"),
    IR_CHOICE(0, "by-group", &o.by_group, "HOW", "mean|max|vote|sum",
              "one prediction a group from those of its clips"),
    IR_FLAG(0, "verdicts", &o.verdicts,
            "a line for each clip with the verdict on its first class and the accuracy so far, "
            "then a summary"),
    IR_INT(0, "errors", &o.errors, "N", 1, 1e9, "list up to N wrong clips, worst first",
           .unit = "clips", .given = &o.errors_given),
    IR_FLAG(0, "bars", &o.bars, "text: draw the mean probability of the true class as bars"),
    IR_INT(0, "bootstrap", &o.bootstrap, "N", 0, 1e6,
           "add confidence intervals from N bootstrap samples", .unit = "samples", .def = "0"),
    IR_CHOICE(0, "unit", &o.unit, "WHAT", "clip|file|group",
              "what the bootstrap draws (default: groups when the clips have them, else files)",
              .given = &o.unit_given),
    IR_REAL(0, "confidence", &o.confidence, "SHARE", 0.5, 0.9999,
            "share of the bootstrap samples inside an interval", .def = "0.95"),
    IR_STR(0, "compare", &o.compare, "FILE",
           "compare with the predictions of another system on the same clips: paired bootstrap "
           "(1000 samples unless --bootstrap says otherwise) and McNemar's test",
           .file = IR_FILE_READ),
    IR_CHOICE(0, "tune", &o.tune, "HOW", "classes|micro|macro",
              "choose thresholds on these clips: one a class for its F1, or one for all for micro "
              "or macro F1"),
    IR_FLAG(0, "calibrate", &o.calibrate,
            "choose the temperature of least log loss on these clips"),
    IR_REAL(0, "temperature", &o.temperature, "T", 0.01, 100,
            "divide the logits by T before scoring", .given = &o.temperature_given),
    IR_STR(
        0, "shift", &o.shift, "FILE",
        "write to FILE what ir-model --shift adds to the logits, one number a class, so that the "
        "true class of these clips of one label comes first",
        .file = IR_FILE_WRITTEN),
    IR_STR(0, "into", &o.into, "MODEL",
           "write MODEL (or a stream of predictions) to -o with the thresholds and temperature "
           "just chosen",
           .file = IR_FILE_READ),
    IR_STR(0, "against", &o.against, "FILE",
           "put the published numbers of FILE beside what was reached", .file = IR_FILE_READ),
    IR_STR(0, "system", &o.system, "NAME", "only the published numbers of this system"),
    IR_STR(0, "matrix", &o.matrix, "FILE",
           "score a confusion matrix in TSV (rows actual) instead of a stream",
           .file = IR_FILE_READ),
    IR_STR(
        0, "constant", &o.constant, "CLASSES",
        "score a trivial system that predicts these classes, separated by spaces, for every clip"),
    IR_FLAG(0, "uniform", &o.uniform,
            "score a trivial system that finds all classes equally probable"),
    IR_JOBS(&o.threads),
};

static const struct ir_tool tool = {
    .name = "ir-score",
    .operands = "[FILE…]",
    .summary = "score predictions that carry their labels",
    .examples =
        "ir-infer -m net.model.irt test.mel.irt | ir-score\n"
        "ir-score --bootstrap 1000 --against pipelines/published/audioset.tsv test.pred.irt\n"
        "ir-score --by-file sum --task multi --sweep 0.25..0.6 irmas.pred.irt\n"
        "ir-score --tune classes valid.pred.irt --into net.model.irt -o tuned.model.irt\n"
        "ir-score --compare other.pred.irt test.pred.irt\n"
        "ir-score --matrix pipelines/published/audioset-confusion.tsv\n",
    .opts = opts,
    .groups = "what to write: format metrics list-metrics verdicts errors bars\n"
              "what is scored: task split by-file by-group matrix constant uniform\n"
              "decisions: threshold sweep step\n"
              "how sure the numbers are: bootstrap unit confidence compare\n"
              "thresholds and calibration: tune calibrate temperature shift into\n"
              "beside what was published: against system\n"
              "how it is computed: jobs\n",
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

static int on_bad(void *self, const struct ir_err *why)
{
    return ir_run_bad(self, why);
}

static int load(struct ir_run *run, char *const *files, size_t n, struct ir_scores *s)
{
    if (o.matrix)
        return ir_scores_matrix(s, o.matrix, &run->err);
    struct ir_reader *r = ir_reader_open(files, n, &run->err);
    struct ir_scores_bad bad = {on_bad, run};
    if (!r)
        return -1;
    int rc;
    if (o.constant || o.uniform)
        rc = ir_scores_constant(s, r, (enum ir_task)o.task, o.constant, &run->err);
    else
        rc = ir_scores_read(s, r, (enum ir_task)o.task, &bad, &run->err);
    if (rc == 0 && ir_reader_bad(r) > 0)
        ir_run_warn(run, "%lld bad clips were left out upstream", ir_reader_bad(r));
    ir_reader_close(r);
    return rc;
}

static int write_shift(struct ir_run *run, const struct ir_scores *s)
{
    double *shift = ir_alloc(s->k + 1, sizeof *shift);
    struct ir_buf text = {0};
    int rc = ir_scores_shift(s, shift, &run->err);
    struct ir_out *out = rc ? NULL : ir_out_open(o.shift, false, &run->err);
    for (size_t c = 0; c < s->k; c++)
        ir_buf_printf(&text, "%.4f\t%s\n", shift[c], s->classes.at[c]);
    rc = out && !ir_out_write(out, text.data, text.len, &run->err) ? ir_out_commit(out, &run->err)
                                                                   : (ir_out_abort(out), -1);
    ir_buf_free(&text);
    free(shift);
    return rc;
}

/* Split, temperature, shift, files or groups, thresholds: in this order. */
static int prepare(struct ir_run *run, struct ir_scores *s, struct ir_strs *notes)
{
    struct ir_buf b = {0};
    if (o.split && ir_scores_split(s, o.split, &run->err))
        return -1;
    if (o.calibrate && ir_scores_temperature(s, &o.temperature, &run->err))
        return -1;
    if (o.calibrate || o.temperature_given)
        ir_scores_calibrate(s, o.temperature);
    if (o.shift && write_shift(run, s))
        return -1;
    size_t clips = s->n;
    if (o.by_file >= 0)
        ir_scores_combine(s, IR_UNIT_FILE, (enum ir_combine)o.by_file);
    else if (o.by_group >= 0)
        ir_scores_combine(s, IR_UNIT_GROUP, (enum ir_combine)o.by_group);
    if ((o.by_file >= 0 || o.by_group >= 0) && s->n == clips)
        ir_strs_add(notes, o.by_file >= 0
                               ? "no two clips have one path: --by-file joins nothing"
                               : "no two clips have one group: --by-group joins nothing");
    for (size_t c = 0; o.threshold_given && c < s->k; c++)
        s->threshold[c] = (float)o.threshold;
    ir_scores_decide(s);
    if (o.tune >= 0 && ir_scores_tune(s, (enum ir_tune)o.tune, notes, &run->err))
        return -1;
    if (o.calibrate) {
        ir_buf_printf(&b, "temperature %.4f has the least log loss on these clips", o.temperature);
        ir_strs_add(notes, b.data);
        b.len = 0;
    }
    for (size_t c = 0; o.tune >= 0 && c < s->k; c++)
        ir_buf_printf(&b, "%s%s %.4f",
                      c ? ", " : "thresholds chosen on these clips: ", s->classes.at[c],
                      (double)s->threshold[c]);
    if (o.tune >= 0)
        ir_strs_add(notes, b.data);
    ir_buf_free(&b);
    return 0;
}

static struct ir_bootstrap how(const struct ir_run *run, struct ir_scores *s, struct ir_pool *pool)
{
    size_t groups, files;
    struct ir_bootstrap b = {.times = (size_t)o.bootstrap,
                             .confidence = o.confidence,
                             .seed = (uint64_t)run->seed,
                             .pool = pool,
                             .unit = (enum ir_unit)o.unit};
    ir_scores_units(s, IR_UNIT_GROUP, &groups);
    ir_scores_units(s, IR_UNIT_FILE, &files);
    if (!o.unit_given)
        b.unit = groups < s->n ? IR_UNIT_GROUP : files < s->n ? IR_UNIT_FILE : IR_UNIT_CLIP;
    return b;
}

static int compare(struct ir_run *run, struct ir_scores *s, struct ir_buf *out)
{
    struct ir_scores other = {0};
    struct ir_strs notes = {0};
    char *path = ir_strdup(o.compare);
    struct ir_pool *pool = ir_pool_new((unsigned)o.threads);
    struct ir_bootstrap b = how(run, s, pool);
    int rc = load(run, &path, 1, &other);
    if (rc)
        ir_fail_in(&run->err, "%s", path);
    b.times = b.times ? b.times : 1000;
    if (rc == 0)
        rc = prepare(run, &other, &notes);
    const char *const name[] = {run->n_files > 0 ? run->files[0] : "standard input", path};
    if (rc == 0)
        rc = ir_score_compare(s, &other, name, o.metrics, &b, (enum ir_score_format)o.format, out,
                              &run->err);
    ir_pool_free(pool);
    ir_strs_free(&notes);
    ir_scores_free(&other);
    free(path);
    return rc;
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
    if (o.format == IR_SCORE_JSON && o.against)
        ir_buf_puts(out, "{\"report\": ");
    if (o.format == IR_SCORE_TEXT)
        ir_report_text(r, out);
    else if (o.format == IR_SCORE_JSON)
        ir_report_json(r, out);
    else if (!o.against)
        ir_report_tsv(r, out);
    if (o.against && o.format == IR_SCORE_TEXT) {
        ir_buf_puts(out, "\n");
        ir_published_text(&p, r, o.system, out);
    } else if (o.against && o.format == IR_SCORE_TSV) {
        ir_published_tsv(&p, r, o.system, out);
    } else if (o.against) {
        ir_buf_puts(out, ",\n\"published\": ");
        ir_published_json(&p, r, o.system, out);
        ir_buf_puts(out, "}\n");
    }
    ir_published_free(&p);
    return 0;
}

static int report(struct ir_run *run, struct ir_scores *s, const struct ir_strs *notes,
                  struct ir_buf *out)
{
    struct ir_sample v;
    struct ir_report r;
    ir_sample_start(&v, s, NULL);
    int rc = ir_report_make(&r, &v, o.metrics, &run->err);
    for (size_t i = 0; i < notes->n && rc == 0; i++)
        ir_strs_add(&r.notes, notes->at[i]);
    if (rc == 0 && o.bootstrap > 0) {
        struct ir_pool *pool = ir_pool_new((unsigned)o.threads);
        struct ir_bootstrap b = how(run, s, pool);
        ir_bootstrap_report(&r, &b);
        ir_pool_free(pool);
    }
    if (rc == 0 && o.bars)
        ir_score_bars(&v, out);
    if (rc == 0)
        rc = print(run, &r, out);
    ir_report_free(&r);
    ir_sample_free(&v);
    return rc;
}

static int write_out(struct ir_run *run, const struct ir_buf *b)
{
    struct ir_out *out = ir_out_open(o.into ? NULL : run->output, false, &run->err);
    if (!out)
        return -1;
    if (ir_out_write(out, b->data, b->len, &run->err)) {
        ir_out_abort(out);
        return -1;
    }
    return ir_out_commit(out, &run->err);
}

static int score(struct ir_run *run, struct ir_scores *s, struct ir_buf *out)
{
    struct ir_strs notes = {0};
    int rc = load(run, run->files, run->n_files, s);
    if (rc == 0)
        rc = prepare(run, s, &notes);
    if (rc == 0 && o.compare)
        rc = compare(run, s, out);
    else if (rc == 0 && o.sweep_given)
        rc = ir_score_sweep(s, o.sweep, o.step, (enum ir_score_format)o.format, out, &run->err);
    else if (rc == 0 && o.verdicts)
        ir_score_verdicts(s, (enum ir_score_format)o.format, out);
    else if (rc == 0 && o.errors_given)
        ir_score_errors(s, (size_t)o.errors, (enum ir_score_format)o.format, out);
    else if (rc == 0)
        rc = report(run, s, &notes, out);
    if (rc == 0 && o.into)
        rc = ir_scores_store(s, o.into, run->output, run->compress, o.calibrate ? o.temperature : 1,
                             o.tune >= 0, run->no_prog ? NULL : run->prog, &run->err);
    ir_strs_free(&notes);
    return rc;
}

/* NULL, or what is wrong with the options. */
static const char *clash(const struct ir_run *run)
{
    if (!!o.matrix + !!o.constant + o.uniform > 1)
        return "--matrix, --constant and --uniform exclude each other";
    if (o.matrix && (run->n_files > 0 || o.compare || o.calibrate || o.tune >= 0))
        return "--matrix takes no stream and no choice of thresholds or temperature";
    if (o.system && !o.against)
        return "--system needs --against";
    if (o.by_file >= 0 && o.by_group >= 0)
        return "--by-file and --by-group exclude each other";
    if (o.calibrate && o.temperature_given)
        return "--calibrate chooses the temperature that --temperature sets";
    if (o.tune >= 0 && o.threshold_given)
        return "--tune chooses the threshold that --threshold sets";
    if (o.compare && (o.constant || o.uniform || o.tune >= 0 || o.calibrate))
        return "--compare takes two streams as they are";
    if (o.verdicts + o.errors_given + o.sweep_given + !!o.compare + !!o.against > 1)
        return "only one of --verdicts, --errors, --sweep, --compare and --against";
    if (o.into && (o.tune < 0 && !o.calibrate))
        return "--into needs --tune or --calibrate";
    if (o.into && (!run->output || strcmp(run->output, "-") == 0))
        return "--into needs -o FILE, the report goes to standard output";
    return NULL;
}

int main(int argc, char **argv)
{
    struct ir_run run;
    struct ir_scores s = {0};
    struct ir_buf out = {0};
    int rc = ir_run_start(&run, &tool, argc, argv);
    if (rc >= 0)
        return rc;
    const char *why = clash(&run);
    if (why) {
        ir_fail(&run.err, "%s", why);
        return ir_run_finish(&run, -2);
    }
    rc = 0;
    if (o.list_metrics)
        list_metrics(&out);
    else
        rc = score(&run, &s, &out);
    if (rc == 0)
        rc = write_out(&run, &out);
    ir_buf_free(&out);
    ir_scores_free(&s);
    return ir_run_finish(&run, rc);
}
