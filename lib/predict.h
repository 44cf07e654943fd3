/* predict.h - a trained model over a stream of clips. */
#ifndef IR_PREDICT_H
#define IR_PREDICT_H

#include "net.h"

#include <sys/types.h>

/* IR_BY_LEVEL: the mean weighted by each segment's amplitude, 10^(level/20) (formats/irt.md). */
enum ir_by_file { IR_BY_CLIP, IR_BY_MEAN, IR_BY_MAX, IR_BY_SUM, IR_BY_LEVEL };

struct ir_predict {
    const char *model;
    char *const *files;
    size_t n_files;
    size_t batch;
    struct ir_pool *pool;
    size_t memory_max;
    int by_file;       /* enum ir_by_file: consecutive clips of one path become one prediction */
    const char *layer; /* NULL: predictions; else the values of this layer, as features */
    const char *prog;  /* appended to the history; NULL: not */
    /* start: once, with the header of the predictions; put: each prediction in the order of the
     * stream, with its metadata; bad: a clip that could not be used (≠ 0 stops) */
    int (*start)(void *self, const struct ir_meta *head, const struct ir_strs *classes,
                 struct ir_err *err);
    int (*put)(void *self, const struct ir_meta *meta, const float *p, struct ir_err *err);
    /* with `layer`, instead of put: the values of one clip */
    int (*put_layer)(void *self, const struct ir_meta *meta, const struct ir_shape *shape,
                     const float *values, struct ir_err *err);
    void *self;
    int (*bad)(void *self, const struct ir_err *why);
    void *bad_self;
    long long upstream_bad; /* result: bad clips counted before us */
};
/* Refuses a stream whose domain, rate, frontend or classes are not the model's. */
int ir_predict_run(struct ir_predict *p, struct ir_err *err);

/* Decode sound files into what the model reads, by its own header (ir_pipeline_text): starts the
 * commands, standard input becomes their output. Call before anything starts threads.
 * ir_predict_wait waits for their end and fails when the last of them failed (the others leave a
 * stream that does not end). */
int ir_predict_sounds(const char *model, char *const *sounds, size_t n, pid_t *pid,
                      struct ir_err *err);
int ir_predict_wait(pid_t pid, struct ir_err *err);

#endif
