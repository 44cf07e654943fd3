/* predict.h - a trained model over a stream of clips. */
#ifndef IR_PREDICT_H
#define IR_PREDICT_H

#include "convert.h"
#include "decode.h"
#include "net.h"

/* IR_BY_LEVEL: the mean weighted by each segment's amplitude, 10^(level/20) (formats/irt.md). */
enum ir_by_file { IR_BY_CLIP, IR_BY_MEAN, IR_BY_MAX, IR_BY_SUM, IR_BY_LEVEL };

/* A model that is in memory, network or classic learner: its file is read once (it may be a pipe),
 * for any number of runs. NULL on failure, with the path in *err. */
struct ir_opened;
struct ir_opened *ir_opened_new(const char *path, struct ir_err *err);
const struct ir_meta *ir_opened_header(const struct ir_opened *m);
void ir_opened_free(struct ir_opened *m); /* NULL is fine */

struct ir_predict {
    const char *model;        /* its name, for messages and the header */
    struct ir_opened *opened; /* the model itself; borrowed */
    char *const *files;
    size_t n_files;
    size_t batch;
    struct ir_pool *pool;
    size_t memory_max;
    int by_file; /* enum ir_by_file: consecutive clips of one path become one prediction */
    double
        silence_db; /* by_file: quieter clips do not count where others are louder; NAN: all do */
    const char *layer; /* NULL: predictions; else the values of this layer, as features */
    const char *prog;  /* appended to the history; NULL: not */
    /* start: once, with the header of the predictions; put: each prediction in the order of the
     * stream, with its metadata; bad: a clip that could not be used (≠ 0 stops); note: something
     * worth saying about a clip (may be NULL) */
    int (*start)(void *self, const struct ir_meta *head, const struct ir_strs *classes,
                 struct ir_err *err);
    int (*put)(void *self, const struct ir_meta *meta, const float *p, struct ir_err *err);
    /* with `layer`, instead of put: the values of one clip */
    int (*put_layer)(void *self, const struct ir_meta *meta, const struct ir_shape *shape,
                     const float *values, struct ir_err *err);
    int (*bad)(void *self, const struct ir_meta *meta, const struct ir_err *why,
               struct ir_err *err);
    void (*note)(void *self, const char *text);
    void *self;
    long long upstream_bad; /* result: bad clips counted before us */
};
/* Refuses a stream whose domain, rate, frontend or classes are not the model's. */
int ir_predict_run(struct ir_predict *p, struct ir_err *err);

/* ---- models by name ---------------------------------------------------------------------------
 */

/* The path of a model: `name` itself when it has a slash or is a file, else NAME.model.irt beside
 * the program in the build tree (pipelines/models) or where it is installed
 * (share/irtools/models). The caller frees; NULL: not found. */
char *ir_model_find(const char *name, struct ir_err *err);
void ir_model_places(struct ir_strs *out); /* the folders where models are looked for */
/* Append name, file, classes, licence and source of each model there. */
int ir_models_show(struct ir_buf *out, struct ir_err *err);

/* ir_run_start for a tool with --for MODEL (*model is the option's value, NULL or empty: not
 * given): the command line is read again with the options that the model wants of that tool ahead
 * of the user's own (which therefore hold), so that the stream's history names them. */
int ir_run_start_for(struct ir_run *run, const struct ir_tool *tool, const char *const *model,
                     int argc, char **argv);

/* ---- sound files ------------------------------------------------------------------------------
 */

/* The commands that decode sounds into what the model reads, by its own header (ir_pipeline_line).
 * A bad file costs itself alone. */
struct ir_sounds;
/* Either a list, or one operand ("-", a pipe) as ir-decode takes it. hop_s: from segment to
 * segment, 0: the model's; newest_s: of ir_decode_opts. Call before anything starts threads. NULL
 * on failure. */
struct ir_sounds *ir_sounds_start(const struct ir_meta *model, double hop_s, double newest_s,
                                  const struct ir_list *list, const char *operand,
                                  struct ir_err *err);
char *ir_sounds_path(struct ir_sounds *s); /* of the stream that they make, for ir_predict.files */
/* Each clip that failed since the last call; names as ir_buf_shown writes them. Complete for all
 * clips ahead of the one that was read last. */
void ir_sounds_failed(struct ir_sounds *s,
                      void (*each)(void *self, const char *file, const char *id,
                                   const char *reason),
                      void *self);
/* Ends and frees (NULL is fine); read: all that they made was read. -1 when the commands failed;
 * err NULL: nobody wants to know. */
int ir_sounds_end(struct ir_sounds *s, bool read, struct ir_err *err);

/* ---- what sounds now ---------------------------------------------------------------------------
 */

/* For ir_answer_opts.live: on a screen the few classes that sound, with bars, refreshed with every
 * prediction; else a line "+ violin 0:03" when one begins and "- violin 0:11" when it ends. `out`
 * is borrowed. A silent end of the segment (level.end, else level) ends everything. */
struct ir_live;
struct ir_live *ir_live_new(struct ir_out *out, bool screen);
int ir_live_put(void *live, const struct ir_meta *head, const struct ir_meta *m, const float *p,
                struct ir_err *err);
void ir_live_free(struct ir_live *l); /* NULL is fine */
/* The input has ended: a line for each class that still sounds. */
int ir_live_end(struct ir_live *l, struct ir_err *err);

/* ---- from operands to an answer ----------------------------------------------------------------
 */

/* Recognise what the operands of a run name: sounds, folders, lists of clips, pipes and tensor
 * streams, in any mixture. */
struct ir_answer_opts {
    const char *model;                 /* a path */
    struct ir_sink_opts sink;          /* format NULL: a tensor stream */
    struct ir_predict predict;         /* batch, memory_max, by_file, silence_db */
    struct ir_inputs_opts inputs;      /* lists, shards */
    unsigned threads;                  /* 0: one a processor */
    double hop_s;                      /* sounds: from segment to segment; 0: the model's */
    double newest_s;                   /* live: what a segment is filled with; 0: all of it */
    double silence_db, unknown, least; /* NAN: the model's (silence of sounds: -55 without) */
    long long top;                     /* 0: all classes */
    bool follow;                       /* every prediction at once */
    bool force;                        /* with sink.export.folder: also what is there already */
    const char *failed;                /* table of what failed; NULL: none */
    /* instead of a sink: every prediction of a live input; NULL: the sink */
    int (*live)(void *self, const struct ir_meta *head, const struct ir_meta *meta, const float *p,
                struct ir_err *err);
    void *live_self;
};
/* What an answer may be written as, by its number. */
#define IR_ANSWER_FORMATS "text|tsv|jsonl|json|jams|srt|vtt|audacity|rttm|irt"
enum { IR_ANSWER_TEXT, IR_ANSWER_TSV, IR_ANSWER_JSONL, IR_ANSWER_IRT = 9 };
/* The number that the end of a file's name says; -1: it has no end; -2: one that is none, with a
 * message. */
int ir_answer_format_named(const char *path, struct ir_err *err);
const struct ir_export *ir_answer_format(int format); /* NULL: a tensor stream */
/* One operand: a file that may hold sound (or a folder, a list, nothing), a pipe that may, or a
 * tensor stream. */
enum ir_operand { IR_OPERAND_FILES, IR_OPERAND_PIPE, IR_OPERAND_STREAM };
enum ir_operand ir_operand_look(const char *path);
/* Whether standard input is /dev/null, or a file or pipe that ended before its first byte. */
bool ir_operand_stdin_empty(void);
/* What the operands are, without eating what comes through a pipe. */
enum ir_operands { IR_OPERANDS_SOUNDS, IR_OPERANDS_STREAMS, IR_OPERANDS_BOTH };
enum ir_operands ir_operands_look(char *const *files, size_t n, bool raw_list);
/* 0; -1 with run->err, also when more than run->max_bad files failed (what could be done is
 * written); -2 wrong usage. */
int ir_answer_run(struct ir_run *run, const struct ir_answer_opts *o);
/* Note in o->sink.export.folder (file .ir-infer) what its results are made with: the model's hash
 * and the options that decide their bytes. Fails, unless o->force, when they were made with others.
 */
int ir_answer_stamp(const struct ir_answer_opts *o, struct ir_err *err);

#endif
