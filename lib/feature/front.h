/* front.h - the table of settings, shared by the files that read, write and check them. */
#ifndef IR_FEATURE_FRONT_H
#define IR_FEATURE_FRONT_H

#include "feature.h"

enum ir_key_type {
    IR_KEY_FEATURE,
    IR_KEY_WINDOW,
    IR_KEY_REAL,
    IR_KEY_FMAX, /* real, or "nyquist" (0) */
    IR_KEY_REF,  /* real, or "max" (0) */
    IR_KEY_TOP,  /* real, or "none" (0) */
    IR_KEY_INT,
    IR_KEY_CHOICE,
    IR_KEY_FFTS,
    IR_KEY_WIN, /* samples, or "n-fft" (0) */
    IR_KEY_HOP, /* samples, or "1/N" of the window */
    IR_KEY_BANDS,
    IR_KEY_CUTS,
    IR_KEY_IMAGE
};

/* For which front ends a setting changes anything. */
enum ir_key_when {
    IR_KEY_ALL,
    IR_KEY_EMPHASIS,
    IR_KEY_AFFINE,
    IR_KEY_WINDOWED,
    IR_KEY_BANKED,
    IR_KEY_OCTAVES,
    IR_KEY_MEL,
    IR_KEY_SCALED,
    IR_KEY_LOG,
    IR_KEY_DB,
    IR_KEY_PCEN,
    IR_KEY_MFCC,
    IR_KEY_DELTAS,
    IR_KEY_STACK,
    IR_KEY_SUMMARY,
    IR_KEY_IMAGES
};

struct ir_front_key {
    const char *name;
    enum ir_key_type type;
    size_t at; /* offset in struct ir_front */
    double min, max;
    const char *choices;
    enum ir_key_when when;
};
extern const struct ir_front_key ir_front_keys[];
extern const size_t ir_front_n_keys;

/* Append choice number `index` of "one|two|three". */
void ir_front_choice_text(const char *choices, int index, struct ir_buf *out);

#endif
