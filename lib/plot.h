/* plot.h - pictures: a canvas that becomes SVG or PNG, and the charts of ir-plot drawn on it.
 *
 * Lengths are in points of the picture (1 in SVG, `scale` pixels in PNG), x to the right, y down.
 * Colours are 0xRRGGBBAA. Nothing here reads files; strings and numbers are copied, so the caller
 * keeps its own. Series colours are Okabe & Ito's eight (2008), safe for the common kinds of colour
 * blindness; maps of values are viridis or a single blue, both monotonic in lightness. */
#ifndef IR_PLOT_H
#define IR_PLOT_H

#include "convert.h"

/* ---- colours ------------------------------------------------------------------------------------
 */

#define IR_BLACK 0x000000ffu
#define IR_GREY  0x6b6b6bffu
#define IR_PALE  0xddddddffu
#define IR_WHITE 0xffffffffu
uint32_t ir_color_series(size_t i);  /* i-th of the eight, repeated */
uint32_t ir_color_viridis(double v); /* v 0 … 1, clipped */
uint32_t ir_color_blue(double v);    /* white (0) to dark blue (1) */

/* ---- canvas -------------------------------------------------------------------------------------
 */

struct ir_canvas;
enum ir_anchor { IR_START, IR_MIDDLE, IR_END };

/* An empty white picture, 1 … 10000 wide and high. title becomes the SVG's <title> (may be NULL).
 */
struct ir_canvas *ir_canvas_new(double width, double height, const char *title);
void ir_canvas_free(struct ir_canvas *c); /* NULL is fine */
/* Filled rectangle; a fill with alpha 0 draws none, line_width 0 draws no outline. */
void ir_canvas_rect(struct ir_canvas *c, double x, double y, double w, double h, uint32_t fill,
                    uint32_t line, double line_width);
/* Open line through n points xy[0], xy[1] = first point …; a NaN coordinate breaks it in two. */
void ir_canvas_line(struct ir_canvas *c, const double *xy, size_t n, uint32_t color, double width);
void ir_canvas_segment(struct ir_canvas *c, double x0, double y0, double x1, double y1,
                       uint32_t color, double width);
/* Text with its base line at (x, y), `size` points high; `up`: turned by 90°, read from below. */
void ir_canvas_text(struct ir_canvas *c, double x, double y, const char *text, double size,
                    enum ir_anchor anchor, bool up, uint32_t color);
/* A picture of w × h RGB pixels (row by row from the top), stretched over the rectangle. */
void ir_canvas_image(struct ir_canvas *c, double x, double y, double w, double h,
                     const uint8_t *rgb, unsigned pw, unsigned ph);
double ir_text_width(const char *text, double size); /* an estimate good enough for margins */

/* The whole picture appended to *out. PNG at scale 0.5 … 8 pixels a point; fails when the picture
 * would have more than 100 million pixels. */
void ir_canvas_svg(const struct ir_canvas *c, struct ir_buf *out);
int ir_canvas_png(const struct ir_canvas *c, double scale, struct ir_buf *out, struct ir_err *err);
/* w × h numbers of 256 colours (RGB each) as a PNG file appended to *out. */
int ir_png_palette(const uint8_t *index, unsigned w, unsigned h, const uint8_t colors[256 * 3],
                   struct ir_buf *out, struct ir_err *err);
/* w × h RGB bytes as a PNG file appended to *out. */
int ir_png_encode(const uint8_t *rgb, unsigned w, unsigned h, struct ir_buf *out,
                  struct ir_err *err);

/* ---- axes ---------------------------------------------------------------------------------------
 */

/* One axis: a range, a label with its unit, and optionally marks of its own (at[i] in axis values).
 */
struct ir_axis {
    double lo, hi; /* lo < hi */
    const char *label;
    const double *at;
    const char *const *text;
    size_t n_marks; /* 0: round numbers are chosen */
};
/* The rectangle in which curves or pictures are drawn, with its axes. */
struct ir_panel {
    double x, y, w, h;
    struct ir_axis ax, ay;
    bool grid;
};
double ir_panel_x(const struct ir_panel *p, double v); /* axis value → canvas */
double ir_panel_y(const struct ir_panel *p, double v);
void ir_panel_draw(struct ir_canvas *c, const struct ir_panel *p); /* frame, marks, labels */
/* About `want` round steps: *step is 1, 2 or 5 times a power of ten; returns the first mark ≥ lo.
 */
double ir_axis_step(double lo, double hi, int want, double *step);

/* ---- charts (each returns a new canvas)
 * ---------------------------------------------------------- */

struct ir_series {
    const char *name;
    const double *x, *y; /* n points; y NaN: a gap */
    size_t n;
    bool dashed_twin; /* drawn thinner and paler: the training curve beside its validation curve */
};
struct ir_curves {
    const char *title, *x_label, *y_label;
    const struct ir_series *series;
    size_t n;
    bool unit_range; /* y from 0 to 1 whatever the data */
};
/* k panels side by side (learning curves: loss, score). */
struct ir_canvas *ir_plot_curves(const struct ir_curves *panels, size_t k, const char *title);

/* A map of rows × cols values, row 0 at the bottom when `up`, colours from lo to hi, with a bar
 * that explains them. */
struct ir_heat {
    const char *title, *value_label;
    const float *v; /* rows × cols, row by row */
    size_t rows, cols;
    double lo, hi;
    struct ir_axis ax,
        ay; /* in columns 0 … cols and rows 0 … rows, or any range that maps linearly */
    bool up;
};
struct ir_canvas *ir_plot_heat(const struct ir_heat *h, double width, double height);

/* n × n counts, rows = actual, columns = predicted. */
struct ir_canvas *ir_plot_confusion(const double *count, const struct ir_strs *classes,
                                    const char *title);

/* One bar a class; lo/hi (may be NULL) draw an interval, y NaN writes "n/a". */
struct ir_canvas *ir_plot_bars(const struct ir_strs *classes, const double *y, const double *lo,
                               const double *hi, const char *title, const char *label);

/* What was reached beside what was published, as shares 0 … 1 (NaN: none): a bar with its interval
 * and a mark. `group` is written as a heading where it changes, `text` to the right of the bar;
 * `pale`: the bar says less (a stand-in). */
struct ir_beside {
    const char *group, *name, *text;
    double reached, low, high, paper;
    bool pale;
};
struct ir_canvas *ir_plot_beside(const struct ir_beside *row, size_t n, const char *title);

/* Wave form: samples of one channel at rate_hz, from offset_s on. */
struct ir_canvas *ir_plot_wave(const float *x, size_t n, double rate_hz, double offset_s,
                               const char *title);

/* Which class sounds when: the probabilities as shades, what counts as heard outlined, the labels
 * below it where the song has them. */
struct ir_canvas *ir_plot_timeline(const struct ir_song *t, const struct ir_strs *classes,
                                   const char *title);

/* Small multiples: `n` curves of `len` points (row i at v + i × len) in a grid of `cols` columns,
 * each stretched to its own largest absolute value (experiment 003, Figure 5). */
struct ir_canvas *ir_plot_small(const float *v, size_t n, size_t len, size_t cols,
                                const char *const *caption, const char *title);

/* Magnitude spectra of n filters of `taps` taps, sorted by the frequency of their peak, each
 * rescaled to 0 … 1 (experiment 003, Figure 4). spectrum holds n × bins values, peak_hz and order n
 * each; bins is n_fft / 2 + 1 of the power of two n_fft ≥ 2 × taps that ir_filter_fft returns. */
size_t ir_filter_fft(size_t taps);
int ir_filter_spectra(const float *filters, size_t n, size_t taps, double rate_hz, float *spectrum,
                      double *peak_hz, size_t *order, struct ir_err *err);

/* ---- what the charts are made from
 * ---------------------------------------------------------------- */

/* A table of text: tab-separated, the first line that is not a # comment names the columns. */
struct ir_table {
    struct ir_strs name; /* columns */
    struct ir_strs cell; /* rows × columns, row by row */
    size_t rows;
};
/* Fails, naming file and line, on a row with another number of columns and on an empty file. */
int ir_table_read(const char *path, struct ir_table *t, struct ir_err *err);
void ir_table_free(struct ir_table *t);
int ir_table_column(const struct ir_table *t, const char *name); /* -1: no such column */
/* The column as numbers, NaN where the cell is none; rows values, freed by the caller. */
double *ir_table_numbers(const struct ir_table *t, size_t column);

/* A stream of predictions in memory. truth is NaN where unknown (open labels, or no labels at all).
 */
struct ir_preds {
    struct ir_strs classes;
    float *p, *truth; /* n × classes */
    size_t n, cap;
};
int ir_preds_read(char *const *files, size_t n, struct ir_preds *p, struct ir_err *err);
void ir_preds_free(struct ir_preds *p);
/* Class of the largest probability (or truth) of clip i; -1 when none is positive or known. */
int ir_preds_best(const struct ir_preds *p, const float *of, size_t i);

/* The confusion matrix in a score table (lines `confusion` of ir-score's TSV): classes and n × n
 * counts, rows = actual, freed by the caller. */
int ir_table_confusion(const struct ir_table *t, struct ir_strs *classes, double **count,
                       struct ir_err *err);
/* The values of one metric for each class in a score table, with their intervals (NaN: none). */
int ir_table_metric(const struct ir_table *t, const char *metric, struct ir_strs *classes,
                    double **value, double **low, double **high, struct ir_err *err);
/* The same from predictions that carry one label a clip. */
int ir_preds_confusion(const struct ir_preds *p, double **count, struct ir_err *err);
/* Mean probability of the true class over each class's clips, and the standard error of that mean
 * (experiment 004, Figure 3); NaN for a class without clips. Both freed by the caller. */
void ir_preds_mean(const struct ir_preds *p, double **mean, double **error);

/* A map and its axes from one feature record of shape [channels, bands, frames] (the first
 * channel), or [bands, frames]: frequencies in Hz from the stream's front end where it says them.
 * h->v points into rec; at and text (2 × 16 entries) receive the marks of the frequency axis and
 * must outlive h. */
struct ir_band_marks {
    double at[16];
    char text[16][16];
    const char *pointer[16];
    size_t n;
};
int ir_heat_of(const struct ir_rec *rec, const struct ir_meta *head, struct ir_heat *h,
               struct ir_band_marks *marks, struct ir_err *err);

/* Learning curves of one or more logs of ir-train: losses in one panel, all other scores in
 * another. `columns` (comma-separated, NULL: all) chooses. Several files: each curve is named after
 * its file. */
struct ir_canvas *ir_plot_logs(char *const *files, size_t n, const char *columns, const char *title,
                               struct ir_err *err);

/* The filters of a first layer: n of `taps` taps at rate_hz. */
struct ir_filter_set {
    float *v; /* n × taps */
    size_t n, taps;
    double rate_hz;
    char *name; /* of the parameter */
};
/* From a model stream: parameter `param`, or (NULL) the first of rank 3 or 4 with at least 3 taps
 * on its last axis and no taps on others: [out, in, taps] or [out, in, 1, taps]. channel -1: mean
 * over inputs. rate_hz 0: taken from the header (`rate`, or rate= in `frontend`), an error when it
 * says none. */
int ir_filter_set_read(struct ir_reader *r, const char *param, int channel, double rate_hz,
                       struct ir_filter_set *s, struct ir_err *err);
void ir_filter_set_free(struct ir_filter_set *s);
/* Experiment 003, Figure 4: one row a filter, sorted by the frequency of its peak. */
struct ir_canvas *ir_plot_spectra(const struct ir_filter_set *s, const char *title,
                                  struct ir_err *err);
/* Experiment 003, Figure 5: `count` filters evenly chosen by peak frequency, smoothed above
 * lowpass_hz (0: as they are) with a Hann-windowed sinc. */
struct ir_canvas *ir_plot_filters(const struct ir_filter_set *s, size_t count, double lowpass_hz,
                                  const char *title, struct ir_err *err);

/* ---- from files to a picture
 * ---------------------------------------------------------- */

/* What ir-plot draws; IR_DRAW_PAGE is none of these pictures (page.h). */
enum ir_draw_kind {
    IR_DRAW_SPECTROGRAM,
    IR_DRAW_WAVE,
    IR_DRAW_CURVES,
    IR_DRAW_CONFUSION,
    IR_DRAW_BARS,
    IR_DRAW_FILTERS,
    IR_DRAW_SPECTRA,
    IR_DRAW_TIMELINE,
    IR_DRAW_PAGE
};
#define IR_DRAW_KINDS "spectrogram|wave|curves|confusion|bars|filters|spectra|timeline|page"
struct ir_draw {
    char *const *files; /* none: standard input */
    size_t n_files;
    int kind; /* enum ir_draw_kind; -1: by the first file */
    const char *id, *title, *param, *columns, *metric, *label; /* NULL: not said */
    long long count, channel;  /* filters; -1: mean of all channels */
    double rate_hz, cutoff_hz; /* 0: not said */
};
/* The kind that shows what the first file holds, by its domain or its columns; -1 with *err. A pipe
 * keeps what was looked at. */
int ir_draw_guess(const struct ir_draw *d, struct ir_err *err);
/* A new canvas, NULL with *err. The streams are read to their end: damage behind the clip is a
 * fault all the same. */
struct ir_canvas *ir_draw(const struct ir_draw *d, struct ir_err *err);

#endif
