/* feature.h - front ends: from sound to spectrograms, mel bands, cepstra, images and summaries.
 *
 * A front end is one struct ir_front: every setting that changes a number. Its canonical text
 * stands in the header of each feature stream (`frontend=`), so that a model can refuse what it was
 * not trained on. Features are plug-ins: one file lib/feature/feature_NAME.c each. */
#ifndef IR_FEATURE_H
#define IR_FEATURE_H

#include "dsp.h"
#include "irt.h"

/* ---- settings ---- */

enum { IR_FRONT_FFTS = 8, IR_FRONT_CUTS = 16, IR_FRONT_NAME = 24 };

/* A range of frequencies that becomes a tensor of its own. */
struct ir_front_cut {
    char name[IR_FRONT_NAME];
    double lo_hz, hi_hz; /* lo ≤ f < hi */
    size_t n_fft;        /* 0: each of the front end's sizes */
};

/* Choices; the texts are in front.c, in this order. */
enum { IR_AMPLITUDE_UNIT, IR_AMPLITUDE_INT16 };
enum { IR_ALIGN_CENTRE, IR_ALIGN_RIGHT };
enum {
    IR_EDGES_ZERO,
    IR_EDGES_REFLECT,
    IR_EDGES_REFLECT_STRICT,
    IR_EDGES_SNIP,
    IR_EDGES_CENTRES,
    IR_EDGES_MIRROR
};
enum { IR_DC_KEEP, IR_DC_REMOVE };
enum { IR_SPECTRUM_POWER, IR_SPECTRUM_MAGNITUDE };
enum { IR_SLOPES_HZ, IR_SLOPES_MEL };
enum { IR_NORM_NONE, IR_NORM_SLANEY };
enum { IR_LOG_NONE, IR_LOG_DB, IR_LOG_LN, IR_LOG_LOG10, IR_LOG_PCEN };
enum { IR_DELTA_SAVGOL, IR_DELTA_LIBROSA_03, IR_DELTA_LIBROSA_04, IR_DELTA_REGRESSION };
enum { IR_SUMMARY_NONE, IR_SUMMARY_GAUSSIAN, IR_SUMMARY_MEAN, IR_SUMMARY_STATS };
enum { IR_COLORMAP_JET, IR_COLORMAP_GRAY };

struct ir_front {
    char feature[IR_FRONT_NAME]; /* name of the plug-in that makes it from sound */
    double rate_hz;
    int amplitude; /* int16: samples × 32768 first */
    size_t n_fft[IR_FRONT_FFTS], n_ffts;
    size_t win; /* 0: as n_fft */
    size_t hop; /* samples; 0: the window's length / hop_part */
    size_t hop_part;
    char window[IR_FRONT_NAME];
    int align; /* of a window shorter than n_fft */
    int edges;
    int dc;          /* remove: each frame's mean is subtracted */
    double emphasis; /* of the whole clip before framing: y_i = x_(i+1) - emphasis x_i */
    double preemph;  /* x_i - preemph x_(i-1) in each frame */
    int spectrum;
    long long bands, per_octave;
    double fmin_hz, fmax_hz; /* fmax 0: rate / 2 */
    struct ir_front_cut cut[IR_FRONT_CUTS];
    size_t cuts;
    int scale, slopes, norm;
    int log;
    double mult, offset, amin; /* log(max(amin, mult × x + offset)) */
    double ref;                /* dB: 0 is the clip's maximum */
    double top_db;             /* 0: none */
    double pcen_gain, pcen_bias, pcen_power, pcen_time_s, pcen_eps;
    double mean, std;        /* (v - mean) / std, after the logarithm */
    long long coeffs, first; /* cepstra: how many, number of the first */
    double lifter;
    long long deltas; /* 0, 1 or 2 orders joined below the values */
    int delta_form;
    long long delta_width;
    long long stack, stack_step; /* frames joined into one, step between them */
    int summary;
    size_t image_h, image_w; /* 0: no image */
    int colormap;
};

/* The settings of a preset; -1 for an unknown name. */
int ir_front_preset(const char *name, struct ir_front *f, struct ir_err *err);
/* Names, one line what it is, for --help and tests: NULL when i is beyond the last. */
const char *ir_front_preset_name(size_t i, const char **about);
/* Set one setting by the name that it has in the canonical text and on ir-mel's command line. */
int ir_front_set(struct ir_front *f, const char *key, const char *value, struct ir_err *err);
/* Words "key=value" separated by spaces; a first word without "=" names a preset to start from
 * (else librosa's). Settings are checked together at the end. */
int ir_front_parse(const char *text, struct ir_front *f, struct ir_err *err);
/* Fill what follows from other settings (fmax, window length …) and refuse what cannot be, such as
 * a rate below twice fmax. Call after the last ir_front_set. */
int ir_front_check(struct ir_front *f, struct ir_err *err);
/* The canonical text of a checked front end: two front ends are equal when their texts are. */
void ir_front_format(const struct ir_front *f, struct ir_buf *out);
/* parse + check + format: "panns" or any order of words becomes the canonical text. */
int ir_front_canonical(const char *text, struct ir_buf *out, struct ir_err *err);
/* 0 when both texts describe the same front end ("panns" and its canonical text do); else -1, and
 * *err names each setting that differs, found and wanted. */
int ir_front_compare(const char *found, const char *wanted, struct ir_err *err);
/* The formula and the settings in plain words, several lines. */
void ir_front_explain(const struct ir_front *f, struct ir_buf *out);

/* ---- plug-ins ---- */

/* A feature of one clip while it is made: v[(c × rows + r) × frames + t], from ir_alloc. */
struct ir_map {
    size_t channels, rows, frames;
    float *v;
    size_t cap;   /* floats that v has room for */
    double hop_s; /* from frame to frame */
    bool flat;    /* only one axis is left (summaries) */
};
/* Change the shape; the contents are undefined after. */
void ir_map_reshape(struct ir_map *m, size_t channels, size_t rows, size_t frames);
/* Take over the contents of *from, which is {0} after. */
void ir_map_move(struct ir_map *to, struct ir_map *from);
void ir_map_free(struct ir_map *m);

struct ir_feature {
    const char *name, *usage; /* usage: one line */
    const char *example; /* a small front end for the generic test, as ir_front_parse reads it */
    int order;           /* 0: made from sound by `bank`; others: applied after it, lowest first */
    /* order 0: weights over the n_fft/2 + 1 bins of a frame's spectrum, between lo and hi Hz (hi 0:
     * to the Nyquist bin). A complex bank sees the complex spectrum, and the spectrum setting is
     * applied to its result. */
    int (*bank)(const struct ir_front *f, size_t n_fft, double lo_hz, double hi_hz,
                struct ir_bank *out, struct ir_err *err);
    bool (*on)(const struct ir_front *f); /* order > 0: whether the settings ask for it */
    /* The whole clip, in place; may be NULL for order 0, else runs after the logarithm. */
    int (*apply)(const struct ir_front *f, struct ir_map *m, struct ir_err *err);
};
const struct ir_feature *ir_feature_find(const char *name); /* NULL when unknown */
const struct ir_feature *ir_feature_at(size_t i);           /* NULL beyond the last */
void ir_feature_names(struct ir_strs *names);      /* appends what a front end may begin with */
void ir_front_preset_names(struct ir_strs *names); /* appends them */

/* ---- extraction ---- */

struct ir_extractor;
/* Plans and weights of a checked front end. pool may be NULL; the values are the same for any
 * number of threads. NULL and *err on failure. */
struct ir_extractor *ir_extractor_new(const struct ir_front *f, struct ir_pool *pool,
                                      struct ir_err *err);
/* Tensors a clip gives (1 unless cuts or several n_fft were asked for), their names, frames'
 * distance. */
size_t ir_extractor_outputs(const struct ir_extractor *x);
const char *ir_extractor_name(const struct ir_extractor *x, size_t output);
/* Bands that no bin of the spectrum falls into: always 0, with too many bands for the n-fft. *first
 * is the number of the first of them, from 0. */
size_t ir_extractor_empty(const struct ir_extractor *x, size_t output, size_t *first);
double ir_extractor_hop_s(const struct ir_extractor *x, size_t output);
/* Frames that `samples` samples give; 0 when they are too few. */
size_t ir_extractor_frames(const struct ir_extractor *x, size_t output, size_t samples);
/* pcm[c × samples + i]. *m ({0} or an earlier result) becomes the feature; free it with
 * ir_map_free. Fails when the clip is too short for the front end, naming found and wanted. */
int ir_extractor_run(struct ir_extractor *x, size_t output, const float *pcm, size_t channels,
                     size_t samples, struct ir_map *m, struct ir_err *err);
void ir_extractor_free(struct ir_extractor *x);

/* ---- a stream of sound to a stream of features ---- */

struct ir_front_flow {
    struct ir_front front;  /* checked */
    struct ir_extractor *x; /* of it; freed by ir_front_flow_free */
    long long patch,        /* frames of a piece; 0: the whole clip */
        patch_hop;          /* frames from piece to piece */
    struct ir_map map, cut; /* kept from clip to clip */
    struct ir_buf samples;
};
/* For ir_filter (tool.h), self is the flow: domain and front end into the header; one clip of
 * domain audio, [channels, samples] at the front end's rate, to its tensors, or to pieces with ids
 * ID#K. one returns 1 for a bad clip, with *err; each clip is flushed for whoever reads live. */
int ir_front_flow_head(void *self, const struct ir_meta *in, struct ir_meta *out,
                       struct ir_err *err);
int ir_front_flow_one(void *self, struct ir_clip *clip, struct ir_writer *w, struct ir_err *err);
void ir_front_flow_free(struct ir_front_flow *f);

#endif
