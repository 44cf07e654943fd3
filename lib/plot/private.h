/* private.h - what the files of lib/plot share: the list of drawn things that makes a canvas. */
#ifndef IR_PLOT_PRIVATE_H
#define IR_PLOT_PRIVATE_H

#include "plot.h"

enum ir_mark_kind { IR_MARK_RECT, IR_MARK_LINE, IR_MARK_TEXT, IR_MARK_IMAGE };

struct ir_mark {
    enum ir_mark_kind kind;
    double x, y, w, h; /* rectangle; text: base point and size in h */
    uint32_t fill, line;
    double line_width;
    double *xy; /* points of a line, n pairs */
    size_t n;
    char *text;
    enum ir_anchor anchor;
    bool up;
    uint8_t *rgb;
    unsigned pw, ph;
};

struct ir_canvas {
    double width, height;
    char *title;
    struct ir_mark *shape;
    size_t n, cap;
};

/* Columns of a 5 × 8 glyph, lowest bit at the top; unknown characters are a box. */
#define IR_GLYPH_COLS 5
#define IR_GLYPH_ROWS 8
const uint8_t *ir_font_glyph(unsigned char ch);

#endif
