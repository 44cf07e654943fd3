/* score.h - predictions beside labels: counts, metrics, reports. Normative text: formats/score.md.
 *
 * A cell is one (clip, class) pair. Its label is a number in [0, 1] or unknown (NaN; only in
 * streams with labels=open); 0.5 and more counts as positive. Unknown cells are skipped everywhere.
 * A value that is not defined is NaN inside the library and printed as n/a, never as a number. */
#ifndef IR_SCORE_H
#define IR_SCORE_H

#include "tool.h"
#include <math.h>

/* Not defined: printed as n/a. */
#define IR_NA ((double)NAN)

/* ---- the table of predictions -------------------------------------------------------------------
 */

struct ir_score_clip {
    char *id, *path, *group, *split; /* "" when absent */
    double offset_s, length_s;       /* length 0: unknown */
    bool labelled;                   /* it has a `labels` key */
};

/* A clip or cell in a ranking. */
struct ir_ranked {
    float p, y;
    uint32_t at;
};

struct ir_scores {
    struct ir_strs classes; /* k names */
    size_t n, k, cap;
    bool single;   /* task=single: the prediction is the most probable class; else p >= threshold */
    bool open;     /* labels=open */
    bool decided;  /* from a confusion matrix or a constant: p is 0 or 1, no probabilities */
    bool constant; /* made by ir_scores_constant */
    float *p;      /* [n × k] probabilities, finite, 0 … 1 */
    float *y;      /* [n × k] labels, NaN unknown */
    float *
        threshold; /* [k], 0.5 unless the stream or the user says otherwise; not used when single */
    struct ir_score_clip *clip; /* [n] */
    size_t labelled;            /* clips with a `labels` key */
    uint32_t *unit[3];          /* see ir_scores_units */
    size_t units[3];
    struct ir_ranked *cells; /* see ir_scores_cells */
    size_t n_cells;
    unsigned char *yes;       /* [n × k] decisions, made by ir_scores_decide */
    struct ir_ranked **order; /* see ir_scores_order */
};

enum ir_task { IR_TASK_ANY = -1, IR_TASK_SINGLE, IR_TASK_MULTI };

/* Start a table from a stream header: classes and labels= are needed, task= too unless `task` says
 * it; thresholds= (k numbers in 0 … 1) is optional. any_domain: accept more than domain=pred. */
int ir_scores_start(struct ir_scores *s, const struct ir_meta *head, enum ir_task task,
                    bool any_domain, struct ir_err *err);
/* Add one record: labels, id, path, group, split, offset, length from its metadata and, unless
 * p_from_rec is false (p is then 0), k probabilities from its payload. Fails on a wrong count,
 * values outside 0 … 1, NaN, unknown classes. */
int ir_scores_add(struct ir_scores *s, const struct ir_rec *rec, bool p_from_rec,
                  struct ir_err *err);
/* What to do with a clip that ir_scores_add refuses: 0 goes on without it. NULL: it ends the
 * reading. */
struct ir_scores_bad {
    int (*bad)(void *self, const struct ir_err *why);
    void *self;
};
/* Read a whole pred stream: records named other than `pred` are skipped. Fails when there is no
 * clip or no clip has labels. */
int ir_scores_read(struct ir_scores *s, struct ir_reader *r, enum ir_task task,
                   const struct ir_scores_bad *bad, struct ir_err *err);
/* The same with every prediction replaced: p = 1 for the classes named in `names` ("pia gel voi"),
 * 0 for the others; names NULL: all classes equally probable (ties). Any stream that carries labels
 * will do. */
int ir_scores_constant(struct ir_scores *s, struct ir_reader *r, enum ir_task task,
                       const char *names, struct ir_err *err);
/* A single-label table from a confusion matrix in TSV: first line `actual<TAB>class…`, then one
 * line a class with its counts (rows = actual). At most 1,000,000 clips. */
int ir_scores_matrix(struct ir_scores *s, const char *path, struct ir_err *err);
/* Make yes[] from p[] and threshold[]; call again after either changed. */
void ir_scores_decide(struct ir_scores *s);
void ir_scores_free(struct ir_scores *s);
/* Number of positive cells of clip i; -1 when no cell is known. *one is the class when there is
 * just one. */
int ir_scores_positives(const struct ir_scores *s, size_t i, size_t *one);
/* Most probable class of clip i; the first of equals. */
size_t ir_scores_top(const struct ir_scores *s, size_t i);
/* "clip 17 (foo.wav)" for messages. */
/* Drop what was computed from p, y and the clips; called by every function that changes them. */
void ir_scores_forget(struct ir_scores *s);
const char *ir_scores_name(const struct ir_scores *s, size_t i, char out[300]);
/* The clips of class c by falling probability (equals in clip order), in `at` the clip; owned by s,
 * made once. */
const struct ir_ranked *ir_scores_order(struct ir_scores *s, size_t c);

/* Which clips belong together: the unit of each clip [n], numbered in the order of their first
 * clip; owned by s, made once. A clip without the key (no group, no path) is a unit of its own. */
enum ir_unit { IR_UNIT_CLIP, IR_UNIT_FILE, IR_UNIT_GROUP };
const uint32_t *ir_scores_units(struct ir_scores *s, enum ir_unit unit, size_t *n);
/* The known cells by falling probability, in `at` their number i × k + c; owned by s, made once. */
const struct ir_ranked *ir_scores_cells(struct ir_scores *s, size_t *n);
/* Keep the clips whose split is in names ("valid,test"). Fails when none is left. */
int ir_scores_split(struct ir_scores *s, const char *names, struct ir_err *err);

/* One prediction a file or group from those of its clips. mean and max of the probabilities; vote:
 * the share of the clips decided for the class; sum: the sum divided by that of the largest class
 * (Han et al. 2017, their second strategy). Labels are joined: a class is positive when it is in
 * any clip. */
enum ir_combine { IR_BY_MEAN_P, IR_BY_MAX_P, IR_BY_VOTE, IR_BY_SUM_P };
void ir_scores_combine(struct ir_scores *s, enum ir_unit unit, enum ir_combine how);

/* ---- calibration and thresholds -----------------------------------------------------------------
 */

/* One clip's k probabilities with temperature t > 0: single p_c^(1/t) / sum, else 1 / (1 +
 * ((1-p)/p)^(1/t)). */
void ir_calibrate(float *p, size_t k, bool single, double t);
/* shift[k]: what to add to each class's logit so that, of the clips with one label, the true class
 * comes first; lib/score/shift.c. Fails when there is no such clip. */
int ir_scores_shift(const struct ir_scores *s, double *shift, struct ir_err *err);
/* The temperature of a model's header, calibration="temperature T"; 1 when there is none. *single:
 * task=single. */
int ir_calibration_read(const struct ir_meta *head, double *t, bool *single, struct ir_err *err);
void ir_scores_calibrate(struct ir_scores *s, double t);
/* The temperature of least log loss on the table, 0.05 … 20 (Guo et al. 2017). Fails when nothing
 * is labelled. */
int ir_scores_temperature(const struct ir_scores *s, double *t, struct ir_err *err);

enum ir_tune { IR_TUNE_CLASSES, IR_TUNE_MICRO, IR_TUNE_MACRO };
/* Choose s->threshold: for each class that of its best F1, or one for all of the best micro or
 * macro F1. In the middle between the two probabilities it separates. A class without positives
 * keeps its threshold and gets a note. Needs task=multi. */
int ir_scores_tune(struct ir_scores *s, enum ir_tune how, struct ir_strs *notes,
                   struct ir_err *err);
/* Copy a model or a stream of predictions with thresholds= and, when t is not 1, calibration= set
 * in its header. */
int ir_scores_store(const struct ir_scores *s, const char *from, const char *to, bool pack,
                    double t, bool thresholds, const char *prog, struct ir_err *err);

/* ---- samples and metrics ------------------------------------------------------------------------
 */

struct ir_count {
    double tp, fp, fn, tn;
};

/* The table with a weight per clip (how often a bootstrap drew it). */
struct ir_sample {
    struct ir_scores *s;
    const uint32_t *weight; /* [n], NULL: 1 each */
    struct ir_count *count; /* [k], known cells */
};
void ir_sample_start(struct ir_sample *v, struct ir_scores *s, const uint32_t *weight);
void ir_sample_free(struct ir_sample *v);
static inline double ir_sample_weight(const struct ir_sample *v, size_t i)
{
    return v->weight ? (double)v->weight[i] : 1.0;
}

enum ir_average {
    IR_AVG_ALL = 1,     /* one number for the whole table */
    IR_AVG_MACRO = 2,   /* mean over the classes that have support and a defined value */
    IR_AVG_MICRO = 4,   /* from the pooled cells */
    IR_AVG_SAMPLES = 8, /* mean over clips */
    IR_AVG_CLASS = 16,  /* of one class */
    IR_AVG_WEIGHTED =
        32 /* as macro, each class weighted by its positive clips; wherever there is macro */
};

/* One metric: a file lib/score/metric_NAME.c. value() gives the number for one average (never MACRO
 * unless own_macro), NaN where it is undefined; the conditions are in `undefined`. */
struct ir_metric {
    const char *name;       /* "f1" */
    const char *help;       /* one line: formula or meaning */
    const char *undefined;  /* one line: when it is n/a, and what happens then */
    unsigned averages;      /* IR_AVG_* that exist */
    bool needs_probability; /* n/a for tables without probabilities */
    bool needs_one_label;   /* single-label tables only */
    bool zero_in_macro;     /* an undefined class counts 0 in the macro mean (named in a note) */
    bool raw;               /* not a share: printed as a plain number, not in percent */
    bool lower_is_better;
    double (*value)(const struct ir_sample *v, enum ir_average a, size_t c);
};
const struct ir_metric *const *ir_metric_all(size_t *n);
const struct ir_metric *ir_metric_find(const char *name);    /* NULL: none */
int ir_metric_unknown(const char *name, struct ir_err *err); /* says which there are; -1 */
/* Whether it has such an average: `weighted` goes with `macro`. */
bool ir_metric_has(const struct ir_metric *m, enum ir_average a);
/* The value with the macro mean done here; NaN where undefined or where the metric has no such
 * average. */
double ir_metric_value(const struct ir_metric *m, const struct ir_sample *v, enum ir_average a,
                       size_t c);
const char *ir_average_name(enum ir_average a); /* "-", macro, micro, samples, class */
/* Positive known cells of class c. */
double ir_sample_support(const struct ir_sample *v, size_t c);

/* One number of a report. */
struct ir_value {
    const struct ir_metric *metric;
    enum ir_average average;
    size_t c; /* IR_AVG_CLASS: the class */
    double value;
    bool has_interval;
    double low, high; /* bootstrap interval */
};

/* ---- reports ------------------------------------------------------------------------------------
 */

struct ir_report {
    struct ir_sample *sample;
    struct ir_value *value;
    size_t n, cap;
    double *confusion;    /* [k × k] rows actual, NULL when no clip has exactly one label */
    double confused;      /* clips in it */
    struct ir_strs notes; /* what was left out, undefined or never predicted */
};
/* Compute every average of the metrics in `names` ("f1 ap"), NULL: the usual ones for the task. */
int ir_report_make(struct ir_report *r, struct ir_sample *v, const char *names, struct ir_err *err);
const struct ir_value *ir_report_find(const struct ir_report *r, const char *metric,
                                      enum ir_average a, size_t c);
void ir_report_free(struct ir_report *r);
void ir_report_text(const struct ir_report *r, struct ir_buf *out);
void ir_report_tsv(const struct ir_report *r, struct ir_buf *out);
void ir_report_json(const struct ir_report *r, struct ir_buf *out);

enum ir_score_format { IR_SCORE_TEXT, IR_SCORE_TSV, IR_SCORE_JSON };

/* One line a clip: number of all, name, truth, first class with its probability, right or wrong,
 * share right so far; then a summary. Right: the first class is among the labels. Clips without
 * labels have no verdict. */
void ir_score_verdicts(const struct ir_scores *s, enum ir_score_format format, struct ir_buf *out);
/* The wrong clips, worst first, at most `most`: single: by how much more probable the prediction is
 * than the truth; else by log loss. */
void ir_score_errors(const struct ir_scores *s, size_t most, enum ir_score_format format,
                     struct ir_buf *out);
/* Micro and macro precision, recall and F1 at each threshold of the range (Han et al. 2017 report
 * the best of 0.25 … 0.60). Sets s->threshold. Fails for single. */
int ir_score_sweep(struct ir_scores *s, struct ir_range range, double step,
                   enum ir_score_format format, struct ir_buf *out, struct ir_err *err);
/* Mean probability that each class's clips give to it, as bars. */
void ir_score_bars(const struct ir_sample *v, struct ir_buf *out);

/* ---- how sure -----------------------------------------------------------------------------------
 */

struct ir_bootstrap {
    size_t times;      /* replicates */
    enum ir_unit unit; /* what is drawn with replacement */
    double confidence; /* 0.95 */
    uint64_t seed;
    struct ir_pool *pool;
};
/* Percentile intervals of every value of the report. */
void ir_bootstrap_report(struct ir_report *r, const struct ir_bootstrap *b);
/* Two systems on the same clips, matched by id and offset: each number of both, the difference with
 * its interval and p value (share of replicates on the other side of 0, doubled), and McNemar's
 * exact test on the clips right. `file` names the two in the output. Fails when classes, clips or
 * labels differ. `names` as in ir_report_make. */
int ir_score_compare(struct ir_scores *a, struct ir_scores *b, const char *const file[2],
                     const char *names, const struct ir_bootstrap *how, enum ir_score_format format,
                     struct ir_buf *out, struct ir_err *err);
/* Two-sided exact binomial test of b against c at one half: McNemar's test. 1 when b + c is 0. */
double ir_mcnemar(size_t b, size_t c);

/* ---- published numbers --------------------------------------------------------------------------
 */

/* One line of a published table (pipelines/published/NAME.tsv). */
struct ir_published_row {
    char *system, *metric, *average, *class_name, *predicted, *note;
    char *text;   /* the digits as printed, without % */
    double value; /* as a share when the text had %, else as printed */
    double unit;  /* half of its last digit */
    bool percent;
};
struct ir_published {
    struct ir_published_row *row;
    size_t n, cap;
};
int ir_published_read(struct ir_published *p, const char *path, struct ir_err *err);
void ir_published_free(struct ir_published *p);
/* What the report says about a row: NaN when it has no such number. */
double ir_published_reached(const struct ir_published_row *row, const struct ir_report *r);
/* Reached beside published, one line a row of `system` (NULL: all). *agree, *differ, *missing
 * count. A row "agrees" when the reached value rounds to the printed digits. */
void ir_published_text(const struct ir_published *p, const struct ir_report *r, const char *system,
                       struct ir_buf *out);
void ir_published_tsv(const struct ir_published *p, const struct ir_report *r, const char *system,
                      struct ir_buf *out);
void ir_published_json(const struct ir_published *p, const struct ir_report *r, const char *system,
                       struct ir_buf *out);
/* Does the published table agree with itself? One line in `notes` for each macro value that is not
 * the mean of its classes, each F1 that does not follow from its P and R, within the printed
 * digits. */
void ir_published_check(const struct ir_published *p, struct ir_strs *notes);

/* ---- all of it ---- */

/* What a command line asks for. Numbers of words (task, by_file, by_group, tune: -1 when not given)
 * are those of enum ir_task, ir_combine, ir_tune, ir_unit and ir_score_format. */
struct ir_score_options {
    int format, task, by_file, by_group, tune, unit;
    const char *metrics, *against, *system, *matrix, *constant, *split, *compare, *into, *shift;
    double threshold, temperature, confidence, step;
    struct ir_range sweep;
    long long errors, bootstrap, threads;
    bool threshold_given, temperature_given, errors_given, unit_given, sweep_given;
    bool uniform, list_metrics, verdicts, bars, calibrate;
};
/* Read run->files (none: stdin), decide, and append the report that *o asks for to *out; with
 * o->into also write that model to run->output. 0, or -1 with run->err. */
int ir_score_session(struct ir_run *run, const struct ir_score_options *o, struct ir_buf *out);
/* Append every metric with its formula, undefined cases and averages. */
void ir_metric_list(struct ir_buf *out);

#endif
