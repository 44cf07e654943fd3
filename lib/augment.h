/* augment.h - random changes of clips for training, each a plug-in: lib/augment/augment_NAME.c.
 *
 * A chain of augmentations is applied to one clip at a time. Every random number comes from the
 * seed of (seed, epoch, clip id, place in the chain): the result does not depend on the order of
 * clips, on the number of jobs, or on what other augmentations of the chain draw. */
#ifndef IR_AUGMENT_H
#define IR_AUGMENT_H

#include "dsp.h"
#include "irt.h"

enum { IR_AUGMENT_PARAMS = 8 };
enum { IR_AUGMENT_AUDIO = 1, IR_AUGMENT_FEATURE = 2, IR_AUGMENT_BOTH = 3 };

/* A tensor in work: audio has rows 1 and frames samples. v[(c × rows + r) × frames + t], from
 * ir_alloc. */
struct ir_augment_clip {
    bool feature;
    size_t channels, rows, frames;
    float *v;
    double rate_hz;
    struct ir_meta *meta; /* labels may be changed */
    const char *classes;  /* of the stream's header, or NULL */
    bool open;            /* the stream's labels=open */
};
size_t ir_augment_clip_count(const struct ir_augment_clip *s); /* channels × rows × frames */
/* Give s another number of frames; new frames are zero, the old ones stay in front. */
void ir_augment_clip_resize(struct ir_augment_clip *s, size_t frames);
/* Mean of squares, and the largest magnitude, over all channels. */
double ir_augment_clip_power(const struct ir_augment_clip *s);
double ir_augment_clip_peak(const struct ir_augment_clip *s);

/* The other clips that a mixture may draw from, in order of their ids. */
struct ir_partners;
/* All records of the index that have the domain's shape; the index must outlive them. */
struct ir_partners *ir_partners_new(const struct ir_index *x);
void ir_partners_free(struct ir_partners *c);
/* A random record with that tensor name, of that split (NULL: any); NULL when there is none. */
const struct ir_rec *ir_partners_pick(const struct ir_partners *c, const char *name,
                                      const char *split, struct ir_rng *rng);
/* The same for a clip in work: its own name and split. */
const struct ir_rec *ir_partners_next(const struct ir_partners *c, const struct ir_augment_clip *s,
                                      struct ir_rng *rng);

/* A random record of the same name, split and labels; NULL when the partners have none. */
const struct ir_rec *ir_partners_alike(const struct ir_partners *c, const struct ir_augment_clip *s,
                                       struct ir_rng *rng);

/* A number drawn uniformly from a range for each clip, or a word. */
struct ir_augment_param {
    const char *name;
    double min, max;
    const char *def; /* "lo..hi", a number, or a word */
    const char *unit;
    const char *choices; /* NULL: a number; "": any text; else "one|two" */
    const char *help;
};

struct ir_augmenter;
struct ir_augment {
    const char *name, *usage;              /* usage: one line */
    const char *example;                   /* as the user writes it; the generic test runs it */
    int domain;                            /* IR_AUGMENT_AUDIO, _FEATURE or _BOTH */
    bool mixes;                            /* draws from other clips */
    const struct ir_augment_param *params; /* ends with name NULL */
    int (*open)(struct ir_augmenter *a, struct ir_err *err); /* NULL: nothing to prepare */
    /* value[i]: the number drawn for parameter i, or the index of the chosen word. */
    int (*apply)(const struct ir_augmenter *a, const double *value, struct ir_augment_clip *s,
                 struct ir_rng *rng, struct ir_err *err);
    void (*close)(struct ir_augmenter *a);
};
const struct ir_augment *ir_augment_find(const char *name);
const struct ir_augment *ir_augment_at(size_t i); /* NULL beyond the last */
void ir_augment_names(struct ir_strs *names);     /* appends them */

/* One link of a chain. */
struct ir_augmenter {
    const struct ir_augment *kind;
    double p; /* probability */
    struct ir_range range[IR_AUGMENT_PARAMS];
    char *text[IR_AUGMENT_PARAMS];      /* words */
    const struct ir_partners *partners; /* set by the caller when kind->mixes */
    void *state;                        /* of the plug-in */
};
/* "NAME key=LO..HI key=WORD p=0.5". Fails on unknown names, keys and values outside their range. */
int ir_augmenter_parse(const char *text, struct ir_augmenter *a, struct ir_err *err);
void ir_augmenter_free(struct ir_augmenter *a);
/* Name, usage and parameters of every plug-in, for people. */
void ir_augment_list(struct ir_buf *out);

/* Apply the chain to s. clip_seed: ir_clip_seed(seed, epoch, id). */
int ir_augment_run(const struct ir_augmenter *chain, size_t n, uint64_t clip_seed,
                   struct ir_augment_clip *s, struct ir_err *err);

/* What the header of a stream says that a chain needs. */
struct ir_augment_stream {
    bool feature, open;  /* channels x bands x frames, not channels x samples; labels=open */
    const char *classes; /* owned by the header */
};
/* Fails when the stream is neither sound nor features, or one of the chain works on the other. */
int ir_augment_stream(const struct ir_meta *head, const struct ir_augmenter *chain, size_t n,
                      struct ir_augment_stream *in, struct ir_err *err);
/* A record of it through the chain, as drawn for (seed, epoch, id). meta: a copy of its keys,
 * changed in place (labels, epoch). s->v is allocated, on failure too; the caller frees it. Fails
 * on a shape that is none of the two, on a sound without a rate, and when the result is not finite.
 */
int ir_augment_record(const struct ir_augmenter *chain, size_t n,
                      const struct ir_augment_stream *in, const struct ir_rec *rec, uint64_t seed,
                      uint64_t epoch, struct ir_meta *meta, struct ir_augment_clip *s,
                      struct ir_err *err);

/* r, the record that s came from, as it is now: data belong to s. Fails when they are too many for
 * a record. */
int ir_augment_back(const struct ir_augment_clip *s, struct ir_rec *r, struct ir_err *err);
/* One augmenter a text (ir_augmenter_parse); *mixes: one of them draws from other clips. The caller
 * frees the chain, after a failure too; a link that was not parsed is empty. */
int ir_augment_chain(const struct ir_strs *texts, struct ir_augmenter **chain, bool *mixes,
                     struct ir_err *err);
void ir_augment_chain_free(struct ir_augmenter *chain, size_t n);

/* Labels of a mixture, in place: a value becomes max(a, b), or (1 - share) a + share b when share ≥
 * 0. Labels absent on one side count as 0; in an open stream they are unknown, and so is the result
 * unless it is the maximum with 1. */
void ir_augment_join_labels(struct ir_augment_clip *into, const struct ir_meta *other,
                            double share);
/* Labels in an open stream when `other` sounds softly under the clip, in place: a class that the
 * clip has at 0 is unknown, unless the other says that it is below 0.1. An other without labels
 * leaves all as it is. */
void ir_augment_doubt_labels(struct ir_augment_clip *into, const struct ir_meta *other);
/* Nothing sounds: no label in a closed stream, each class 0 in an open one. */
void ir_augment_no_labels(struct ir_augment_clip *s);

#endif
