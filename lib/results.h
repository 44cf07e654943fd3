/* results.h - the runs of experiments beside the numbers of their papers: a page, Markdown, a
 * table.
 *
 * A run is a file STEM.run of key=value lines that the pipelines write (pipelines/experiment.awk),
 * beside STEM.score.tsv and, where they exist, STEM.log.tsv, STEM.model.irt and STEM.pred.irt. A
 * run without a score table is not finished and is left out. Paths of published tables and
 * descriptions are relative to the working directory, as the run says them. */
#ifndef IR_RESULTS_H
#define IR_RESULTS_H

#include "irt.h"

/* One number of a run, as it is shown. Texts are "" where there is nothing. */
struct ir_reached {
    char *metric;            /* "f1 (macro)" */
    char *text, *interval;   /* "52.10%", "48.00% to 56.30%"; n/a when undefined */
    char *published, *note;  /* as the paper prints it, and what is said about that number */
    double value, low, high; /* NaN: none */
    double paper;            /* NaN: none */
    bool share;              /* a share in 0 … 1, so that it can be drawn as a bar */
};

struct ir_result {
    char *stem;               /* path without ".run" */
    struct ir_strs key, fact; /* the lines of the .run file; `command` may stand several times */
    struct ir_reached *value;
    size_t n;
    double clips, seconds; /* scored clips; of training, NaN when there is no log */
    size_t weights;        /* trained numbers of the network, 0: none */
    char date[16];         /* of the scores, UTC, YYYY-MM-DD */
};

/* The runs of one folder: one experiment, on the data set itself or on its stand-in. */
struct ir_result_set {
    char *folder, *about;  /* about: the comment at the top of the experiment's file, "" if none */
    struct ir_result *run; /* in the order of FOLDER/order, the others by name after them */
    size_t n, cap;
};

struct ir_results {
    struct ir_result_set *set; /* folders without a finished run are left out; sorted by title */
    size_t n, cap;
};

/* Read the runs of the folders. Fails, naming the file, on a folder that cannot be read, a damaged
 * score table or a published table that is not there; and when no folder holds a finished run. */
int ir_results_read(struct ir_results *r, char *const *folders, size_t n, struct ir_err *err);
void ir_results_free(struct ir_results *r);
/* The first fact of that name, "" when the run has none. */
const char *ir_result_fact(const struct ir_result *run, const char *key);
bool ir_result_standin(const struct ir_result *run);
/* "CNN on raw sound, two-way split": the names that the experiment gives, or those of its lines. */
void ir_result_name(const struct ir_result *run, struct ir_buf *out);
/* "36,491,467 parameters, 960 test clips, trained in 14 min", what is known of it. */
void ir_result_about(const struct ir_result *run, struct ir_buf *out);
/* The value that stands for the run: the metric that its experiment compares by, else the first one
 * that the paper has, else the first; NULL when it has none. */
const struct ir_reached *ir_result_headline(const struct ir_result *run);

/* How far the system that `compare` names is above or below every other on the same clips: one
 * sentence each, with the interval of the difference and its p value (paired bootstrap, 1000
 * samples; lib/score). Pairs that cannot be compared are left out. */
void ir_results_compare(const struct ir_result_set *set, struct ir_strs *out);

/* Tables for a terminal (80 columns where the names allow it) and in Markdown. */
void ir_results_text(const struct ir_results *r, struct ir_buf *out);
void ir_results_markdown(const struct ir_results *r, struct ir_buf *out);
/* One HTML page with all pictures inside: contents, a chart of all runs, a section an experiment
 * with its table, learning curves, confusions, and the commands of each run. */
void ir_results_page(const struct ir_results *r, struct ir_buf *out);

/* The table of a sweep, best on the validation clips first: FOLDER/combinations names the runs
 * (STEM TAB ARGUMENTS a line), STEM.log.tsv beside it says what they reached in the epoch that was
 * kept. Combinations without a model are left out. Fails when none is finished. */
int ir_results_sweep(const char *folder, struct ir_buf *out, struct ir_err *err);

#endif
