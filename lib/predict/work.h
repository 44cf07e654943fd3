/* work.h - one run of a model over a stream. */
#ifndef IR_PREDICT_WORK_H
#define IR_PREDICT_WORK_H

#include "learn.h"
#include "predict.h"

struct ir_opened {
    struct ir_model *model; /* NULL: learned in its place */
    struct ir_net *net;     /* of model */
    struct ir_learned learned;
    struct ir_meta learned_head;
    struct ir_strs learned_classes;
    const struct ir_meta *head; /* of either */
    const struct ir_strs *classes;
    size_t inputs;
};

struct ir_predict_work {
    struct ir_predict *p;
    struct ir_opened *m;
    struct ir_net *net;
    const struct ir_meta *head; /* of the model */
    const struct ir_strs *classes;
    float *p_learned;
    struct ir_reader *reader;
    bool audio;
    size_t inputs;
    struct ir_shape *shape; /* of the clips that wait */
    float **x;              /* one buffer of batch clips for each input */
    size_t *x_cap;
    struct ir_meta *meta; /* [batch] */
    size_t n;
    bool planned;
    struct ir_shape *planned_shape;
    /* one file from its segments */
    struct ir_meta file;
    double *sum;
    double weights;          /* sum of what its segments count */
    size_t segments, levels; /* so many of them have a level */
    double power, begin_s, end_s;
    bool all_silent;
    float *probs;
    double temperature; /* calibration of the model; 1: none */
    bool single;
};

/* Refuse a stream that is not what the model was trained on. */
int ir_predict_check(struct ir_predict_work *w, struct ir_err *err);
/* One key that the model wants and the header or clip must have. */
int ir_predict_key(const struct ir_meta *model, const struct ir_meta *found, const char *key,
                   const char *what, struct ir_err *err);
/* One segment's prediction, for its file; the file's goes to p->put when the next one begins, or
 * with ir_predict_end_file. */
int ir_predict_put_by_file(struct ir_predict_work *w, const struct ir_meta *m, const float *p,
                           struct ir_err *err);
int ir_predict_end_file(struct ir_predict_work *w, struct ir_err *err);
/* The header of the predictions. */
void ir_predict_header(const struct ir_predict_work *w, struct ir_meta *out);

/* layer.c: with p->layer. */
int ir_predict_layer_open(struct ir_predict_work *w, struct ir_err *err);
void ir_predict_layer_header(const struct ir_predict_work *w, struct ir_meta *out);
int ir_predict_layer_put(struct ir_predict_work *w, struct ir_err *err);

#endif
