/* ir-score - predictions that still carry their labels → tables of scores. */
#include "score.h"
#include "tool.h"
#include <string.h>

static struct ir_score_options o;

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
        ir_metric_list(&out);
    else
        rc = ir_score_session(&run, &o, &out);
    if (o.into) /* its own output is the model; the report goes to standard output */
        run.output = NULL;
    if (rc == 0)
        rc = ir_run_print(&run, out.data ? out.data : "");
    ir_buf_free(&out);
    return ir_run_finish(&run, rc);
}
