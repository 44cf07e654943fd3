/* tool.h - what every program shares: its table of options, its command line in and its exit status
 * out, messages, the progress bar, and the loop over the clips of a stream.
 *
 * The table makes the parser, the errors, --help, the man page, completion and the line that a
 * stream keeps of how it was made. A row is written with a constructor; what is rare follows the
 * help text:
 *
 *     static const struct ir_opt opts[] = {
 *         IR_REAL('r', "rate", &o.rate_hz, "HZ", 1, 1e6, "resample to this rate", .unit = "Hz"),
 *         IR_CHOICE(0, "last", &o.last, "WORD", "pad|keep|drop", "the rest", .def = "pad"),
 *         IR_WORD(0, "window", &o.window, "NAME", ir_window_names, "shape of the window"),
 *         IR_JOBS(&o.jobs),
 *     }; */
#ifndef IR_TOOL_H
#define IR_TOOL_H

#include "irt.h"

/* ---- options ---- */

enum ir_opt_type {
    IR_OPT_FLAG,   /* dest bool */
    IR_OPT_INT,    /* dest long long; min … max */
    IR_OPT_REAL,   /* dest double; min … max */
    IR_OPT_RANGE,  /* dest struct ir_range, "lo..hi" or one number; min … max */
    IR_OPT_STR,    /* dest const char * (points into argv) */
    IR_OPT_WORD,   /* the same, and its first word (up to a blank or comma) is one of `known` */
    IR_OPT_CHOICE, /* dest int: index in choices, "one|two|three" */
    IR_OPT_LIST    /* dest struct ir_strs: may be given again, each adds one */
};

/* Whether the option's text (each text of a list) is the path of a file. */
enum ir_file { IR_FILE_NONE, IR_FILE_READ, IR_FILE_WRITTEN };

struct ir_opt {
    char letter;      /* 0: none. One letter means one thing in all tools */
    const char *name; /* long name without dashes */
    enum ir_opt_type type;
    void *dest;          /* filled with `def` first (zero / NULL / false / -1 when def is NULL) */
    bool *given;         /* NULL, or set to whether the user gave the option */
    const char *arg;     /* placeholder in --help, e.g. "HZ"; NULL for flags */
    double min, max;     /* numbers: inclusive range */
    const char *unit;    /* "Hz", "s", "dB", … or NULL */
    const char *def;     /* default as text or NULL */
    const char *choices; /* IR_OPT_CHOICE only */
    const char *help;    /* what it does; no full stop */
    void (*known)(
        struct ir_strs *names); /* appends what the first word may be; LIST may have it too */
    /* It decides no byte of what is written (threads, logs, where the output goes): it is left out
     * of the history, so that equal results have equal headers. */
    bool no_bytes;
    enum ir_file file; /* ir_run_start refuses an output that is also an input or another output */
};

/* The arguments: letter, long name, destination, then as the type needs; `.help` begins the rest.
 */
#define IR_FLAG(l, n, to, ...)                                                                     \
    {                                                                                              \
        .letter = l, .name = n, .type = IR_OPT_FLAG, .dest = to, .help = __VA_ARGS__               \
    }
#define IR_NUMBER_(t, l, n, to, a, lo, hi, ...)                                                    \
    {                                                                                              \
        .letter = l, .name = n, .type = t, .dest = to, .arg = a, .min = lo, .max = hi,             \
        .help = __VA_ARGS__                                                                        \
    }
#define IR_INT(l, n, to, a, lo, ...)   IR_NUMBER_(IR_OPT_INT, l, n, to, a, lo, __VA_ARGS__)
#define IR_REAL(l, n, to, a, lo, ...)  IR_NUMBER_(IR_OPT_REAL, l, n, to, a, lo, __VA_ARGS__)
#define IR_RANGE(l, n, to, a, lo, ...) IR_NUMBER_(IR_OPT_RANGE, l, n, to, a, lo, __VA_ARGS__)
#define IR_STR(l, n, to, a, ...)                                                                   \
    {                                                                                              \
        .letter = l, .name = n, .type = IR_OPT_STR, .dest = to, .arg = a, .help = __VA_ARGS__      \
    }
#define IR_LIST(l, n, to, a, ...)                                                                  \
    {                                                                                              \
        .letter = l, .name = n, .type = IR_OPT_LIST, .dest = to, .arg = a, .help = __VA_ARGS__     \
    }
#define IR_CHOICE(l, n, to, a, c, ...)                                                             \
    {                                                                                              \
        .letter = l, .name = n, .type = IR_OPT_CHOICE, .dest = to, .arg = a, .choices = c,         \
        .help = __VA_ARGS__                                                                        \
    }
#define IR_WORD(l, n, to, a, k, ...)                                                               \
    {                                                                                              \
        .letter = l, .name = n, .type = IR_OPT_WORD, .dest = to, .arg = a, .known = k,             \
        .help = __VA_ARGS__                                                                        \
    }
/* The same row in every tool that works on several things at once; dest long long, 0: one per
 * processor. -t and --threads are taken as another name of it. */
#define IR_JOBS(to)                                                                                \
    {                                                                                              \
        .letter = 'j', .name = "jobs", .type = IR_OPT_INT, .dest = to, .arg = "N", .min = 0,       \
        .max = 1024, .def = "0", .no_bytes = true,                                                 \
        .help =                                                                                    \
            "how many to do at once (also -t, --threads); 0: one a processor; the output is the "  \
            "same for any number"                                                                  \
    }

/* A spelling that is refused, naming what took its place. */
struct ir_renamed {
    const char *was, *is; /* "jobs" or "f" without dashes; "--threads" as it is written now */
};

struct ir_tool {
    const char *name;     /* "ir-mel" */
    const char *history;  /* the name in the history; NULL: the same */
    const char *operands; /* "[FILE…]" */
    const char *summary;  /* one line: what it does */
    const char *examples; /* lines of shell, ending in \n */
    const struct ir_opt *opts;
    size_t n_opts;
    /* The headings of --help and of the man page, a line each: "heading: name name …"; NULL: all
     * options below one. What no line names stands first, below "options". */
    const char *groups;
    const struct ir_renamed *renamed; /* ends with {NULL, NULL}; or NULL */
};

/* ---- the run ---- */

/* What every tool has: common options, operands, the command line for the stream's history. */
struct ir_run {
    const struct ir_tool *tool;
    char **files; /* operands, points into argv */
    size_t n_files;
    const char *output; /* -o FILE, NULL: stdout */
    bool compress;      /* -z */
    long long seed;     /* --seed, default 0 */
    long long max_bad;  /* --max-bad, default 0 */
    bool quiet, verbose, no_prog;
    /* The command line as the history keeps it: every option that was given and decides bytes, in
     * the order of the table, as --name=value quoted for a shell; then the operands. */
    char *prog;
    long long bad;     /* bad clips so far */
    struct ir_err err; /* the message that ir_run_finish prints */
};
/* The value of an option as text (of a list: item), numbers in one form, whatever way they were
 * written; "" for a flag and for nothing. text is room for it. */
const char *ir_opt_text(const struct ir_opt *o, size_t item, char text[80]);
/* Every setting of the tool that decides bytes, defaults too, as lines "name value"; `except` (may
 * be NULL) is left out. What a checkpoint compares. */
void ir_run_settings(const struct ir_run *run, const char *except, struct ir_buf *out);
/* The value that a line of the history gives an option that takes one: true and *value (owned by
 * the caller), or false. Reads what ir_run_start writes, and "--name value" as version 0.1 did. */
bool ir_prog_value(const char *prog, const char *name, char **value);
/* The line of the history that tool wrote last ("ir-decode"), or NULL; owned by head. */
const char *ir_prog_find(const struct ir_meta *head, const char *tool);

/* Parse the command line. Returns -1 to go on, otherwise the exit status (after --help, --version
 * or a usage error). Adds -h --help --version -q -v -o -z --seed --max-bad --no-prog to the tool's
 * own options, and --help=tsv: the table as lines for other programs, columns letter, name, type,
 * arg, min, max, unit, default, words (separated by |), history (yes or no) and help. An output
 * that is also an input (operands and options) or another output is wrong usage, before anything is
 * opened. */
int ir_run_start(struct ir_run *run, const struct ir_tool *tool, int argc, char **argv);
/* The end of every tool: rc 0 done, -1 failed (prints run->err), -2 wrong usage (prints run->err
 * and a hint). Flushes and checks stdout. Returns the exit status 0, 1 or 2. */
int ir_run_finish(struct ir_run *run, int rc);
/* "ir-mel: message" on stderr, control characters escaped. note is silent with -q; info needs -v.
 */
void ir_run_warn(const struct ir_run *run, const char *fmt, ...) IR_PRINTF(2, 3);
void ir_run_note(const struct ir_run *run, const char *fmt, ...) IR_PRINTF(2, 3);
void ir_run_info(const struct ir_run *run, const char *fmt, ...) IR_PRINTF(2, 3);
/* This process says nothing more of that: another says the same. */
void ir_run_mute(bool on);
/* " (commit abc1234)", or "" where it is not known. */
const char *ir_commit(void);
/* Text for people, whole to -o or standard output. */
int ir_run_print(struct ir_run *run, const char *text);
/* A bad clip: prints why, counts it; -1 with run->err set once there are more than --max-bad. */
int ir_run_bad(struct ir_run *run, const struct ir_err *why);
/* The table of what failed (--failed FILE): a heading, then a line "file TAB id TAB reason" for
 * each clip, written at once; control characters as \xNN. path NULL: none, all calls do nothing. */
struct ir_failed {
    int fd;
    const char *path;
};
int ir_failed_open(struct ir_failed *f, const char *path, struct ir_err *err);
int ir_failed_add(struct ir_failed *f, const char *file, const char *id, const char *reason,
                  struct ir_err *err);
int ir_failed_close(struct ir_failed *f, struct ir_err *err);
/* The same for tools that have --failed (NULL or one without a file: exactly the same): the clip
 * goes into that table with the bare reason, and with -q it is only there and counted. */
int ir_run_bad_clip(struct ir_run *run, struct ir_failed *f, const char *file, const char *id,
                    const char *reason, const struct ir_err *why);

/* ---- progress -----------------------------------------------------------------------------------
 */

/* A bar on stderr: share done, rate, time left. Silent unless stderr is a terminal and -q is not
 * given. */
struct ir_progress {
    const char *label, *unit;
    double total, start_s, drawn_s; /* total 0: unknown */
    bool on;
};
void ir_progress_start(struct ir_progress *p, const struct ir_run *run, const char *label,
                       const char *unit, double total);
void ir_progress_step(struct ir_progress *p, double done,
                      const char *extra); /* extra may be NULL */
void ir_progress_end(struct ir_progress *p);

/* ---- the filter frame ---------------------------------------------------------------------------
 */

/* What most tools do: open run->files, pass the header through (domain checked unless NULL, prog
 * appended unless --no-prog), call `one` for each clip, finish with E. `one` writes what it wants
 * with ir_writer_put; returning 1 means "this clip is bad" (err filled: counted against --max-bad),
 * -1 stops. `head` (may be NULL) sees the input header and edits the output header before it is
 * written. */
struct ir_filter {
    const char *domain;
    int (*head)(void *self, const struct ir_meta *in, struct ir_meta *out, struct ir_err *err);
    int (*one)(void *self, struct ir_clip *clip, struct ir_writer *w, struct ir_err *err);
    void *self;
    size_t per_tensor;  /* tensors written for each one of the same clip; 0: not said */
    const char *failed; /* --failed of a tool that has it: bad clips go there too; NULL: none */
};
/* 0 or -1 with run->err set. */
int ir_filter_run(struct ir_run *run, const struct ir_filter *f);

#endif
