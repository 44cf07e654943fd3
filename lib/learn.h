/* learn.h - classic learners on a matrix of features: majority, logistic, svm, forest, knn.
 *
 * Several labels a clip are learned by binary relevance (one yes/no problem a class) unless a
 * learner says otherwise; unknown labels (NaN) are left out class by class. A fitted learner is a
 * list of named tensors, written as records of a model stream and checked when read: a damaged or
 * hostile file is an error. */
#ifndef IR_LEARN_H
#define IR_LEARN_H

#include "irt.h"

/* Features and labels of n clips. Fill with ir_learn_add; {0} with classes set is empty. */
struct ir_learn_data {
    size_t n, d, k, cap; /* clips, features, classes, rows allocated */
    bool single;         /* exactly one label a clip */
    float *x;            /* [n × d] finite */
    float *y;            /* [n × k] labels in 0 … 1, NaN unknown; 0.5 and more is positive */
};
/* Add one clip: d features (the first clip fixes d) and k labels. Fails on another d, NaN or Inf in
 * x, a label outside 0 … 1, and when single and not exactly one label is positive. */
int ir_learn_add(struct ir_learn_data *a, const float *x, size_t d, const float *y,
                 struct ir_err *err);
void ir_learn_free(struct ir_learn_data *a);

/* One tensor of a fitted learner: 'f' f32 or 'i' i32. */
struct ir_learn_tensor {
    char *name;
    char dtype;
    int rank;
    uint32_t shape[2];
    void *data;
};

/* A learner with its settings and, once fitted, its tensors. */
struct ir_learned {
    const struct ir_learner *learner;
    struct ir_meta option; /* settings in use, defaults included */
    size_t d, k;
    bool single;
    struct ir_learn_tensor *tensor;
    size_t n_tensors, cap;
    void *ready; /* what predict() precomputed; freed with free() */
};

/* One learner: a file lib/learn/learner_NAME.c. */
struct ir_learner {
    const char *name;     /* "forest" */
    const char *usage;    /* "trees=100 …": settings with their defaults, then what it is */
    const char *defaults; /* "trees=100 features=sqrt": every setting and its default */
    const char *example;  /* settings for a quick test */
    bool needs_features;  /* false: labels alone are enough (majority) */
    /* Make the tensors from the data. The bits depend on data, settings and seed, never on the
     * threads. */
    int (*fit)(struct ir_learned *m, const struct ir_learn_data *a, uint64_t seed,
               struct ir_pool *pool, struct ir_err *err);
    /* Are tensors read from outside complete, of the right shapes, with indices inside? */
    int (*check)(const struct ir_learned *m, struct ir_err *err);
    /* p[k] for each of n rows of x, 0 … 1; called through ir_learner_predict. */
    void (*predict)(const struct ir_learned *m, const float *x, size_t n, float *p,
                    struct ir_pool *pool);
};
const struct ir_learner *const *ir_learner_all(size_t *n);
void ir_learner_names(struct ir_strs *names); /* appends them */
void ir_learner_list(struct ir_buf *out);     /* their usage lines, for --list */

/* A learner and its settings from text: "forest", "forest trees=200 depth=12". Errors name what is
 * wrong and what there is. */
int ir_learner_parse(struct ir_learned *m, const char *text, struct ir_err *err);
/* Fit on all rows. Refuses no rows, fewer than two classes, no positive label at all. `seed` as
 * --seed; pool may be NULL. */
int ir_learner_fit(struct ir_learned *m, const struct ir_learn_data *a, uint64_t seed,
                   struct ir_pool *pool, struct ir_err *err);
/* n × k probabilities of n × d features. For a single label they sum to 1. The pool may be NULL. */
int ir_learner_predict(const struct ir_learned *m, const float *x, size_t n, size_t d, float *p,
                       struct ir_pool *pool, struct ir_err *err);

/* Put learner=, learner.options=, features= and task= into a model's header. */
void ir_learner_header(const struct ir_learned *m, struct ir_meta *head);
/* The records of a fitted learner: one named `learner` (text), then one a tensor. */
int ir_learner_write(const struct ir_learned *m, struct ir_writer *w, struct ir_err *err);
/* Read what ir_learner_write wrote: the rest of the stream r, whose header has learner=. */
int ir_learner_read(struct ir_learned *m, struct ir_reader *r, struct ir_err *err);
void ir_learner_free(struct ir_learned *m);

#endif
