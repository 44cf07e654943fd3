/* maps.c - charts made of coloured cells: spectrograms and other maps, confusion matrices,
 * timelines. */
#include "plot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define TITLE_SIZE  14.0
#define PIXELS_WIDE 2000 /* wider maps are averaged down */

static void color_bar(struct ir_canvas *c, double x, double y, double h, double lo, double hi,
                      const char *label)
{
    uint8_t rgb[256 * 3];
    for (unsigned i = 0; i < 256; i++) {
        uint32_t color = ir_color_viridis(1 - i / 255.0);
        for (unsigned k = 0; k < 3; k++)
            rgb[3 * i + k] = (uint8_t)(color >> (24 - 8 * k));
    }
    ir_canvas_image(c, x, y, 14, h, rgb, 1, 256);
    ir_canvas_rect(c, x, y, 14, h, 0, IR_BLACK, 0.8);
    double step, v = ir_axis_step(lo, hi, 5, &step);
    for (int i = 0; i < 50 && v <= hi + step * 1e-6; i++, v += step) {
        char text[32];
        double at = y + h * (1 - (v - lo) / (hi - lo));
        snprintf(text, sizeof text, "%.5g", fabs(v) < step * 1e-6 ? 0.0 : v);
        ir_canvas_segment(c, x + 14, at, x + 18, at, IR_BLACK, 0.8);
        ir_canvas_text(c, x + 21, at + 4, text, 10.5, IR_START, false, IR_BLACK);
    }
    if (label)
        ir_canvas_text(c, x + 62, y + h / 2, label, 12, IR_MIDDLE, true, IR_BLACK);
}

struct ir_canvas *ir_plot_heat(const struct ir_heat *d, double width, double height)
{
    struct ir_canvas *c = ir_canvas_new(width, height, d->title);
    struct ir_panel p = {.x = 74, .y = 40, .w = width - 74 - 96, .h = height - 40 - 56};
    size_t pw = d->cols < PIXELS_WIDE ? d->cols : PIXELS_WIDE, ph = d->rows;
    uint8_t *rgb = ir_alloc(pw * ph + 1, 3);
    double span = d->hi > d->lo ? d->hi - d->lo : 1;
    for (size_t y = 0; y < ph; y++)
        for (size_t x = 0; x < pw; x++) {
            size_t from = x * d->cols / pw, to = (x + 1) * d->cols / pw,
                   row = d->up ? ph - 1 - y : y;
            double sum = 0;
            for (size_t k = from; k < to; k++)
                sum += (double)d->v[row * d->cols + k];
            uint32_t color = ir_color_viridis((sum / (double)(to - from) - d->lo) / span);
            for (unsigned k = 0; k < 3; k++)
                rgb[3 * (y * pw + x) + k] = (uint8_t)(color >> (24 - 8 * k));
        }
    ir_canvas_image(c, p.x, p.y, p.w, p.h, rgb, (unsigned)pw, (unsigned)ph);
    free(rgb);
    p.ax = d->ax;
    p.ay = d->ay;
    ir_panel_draw(c, &p);
    color_bar(c, p.x + p.w + 14, p.y, p.h, d->lo, d->lo + span, d->value_label);
    if (d->title)
        ir_canvas_text(c, p.x, 24, d->title, TITLE_SIZE, IR_START, false, IR_BLACK);
    return c;
}

static double widest(const struct ir_strs *names, double size)
{
    double w = 0;
    for (size_t i = 0; i < names->n; i++)
        w = fmax(w, ir_text_width(names->at[i], size));
    return fmin(w, 260);
}

static void confusion_cell(struct ir_canvas *c, double x, double y, double cell, double count,
                           double share)
{
    char text[32];
    uint32_t ink = share > 0.5 ? IR_WHITE : IR_BLACK;
    ir_canvas_rect(c, x, y, cell, cell, ir_color_blue(share), IR_PALE, 0.6);
    if (count <= 0)
        return;
    snprintf(text, sizeof text, "%.6g", count);
    ir_canvas_text(c, x + cell / 2, y + cell / 2 + (cell > 40 ? 0 : 4), text, cell > 40 ? 12 : 9.5,
                   IR_MIDDLE, false, ink);
    if (cell > 40) {
        snprintf(text, sizeof text, "%.0f %%", 100 * share);
        ir_canvas_text(c, x + cell / 2, y + cell / 2 + 15, text, 9.5, IR_MIDDLE, false, ink);
    }
}

struct ir_canvas *ir_plot_confusion(const double *count, const struct ir_strs *classes,
                                    const char *title)
{
    size_t n = classes->n;
    double cell = n <= 14 ? 52 : n <= 24 ? 34 : 22, names = widest(classes, 11.5) + 10;
    double left = names + 34, top = 46, foot = names + 48;
    double title_w = title ? ir_text_width(title, TITLE_SIZE) + 28 : 0;
    double w = fmax(left + cell * (double)n + 24, fmax(title_w, left + 180));
    struct ir_canvas *c = ir_canvas_new(w, top + cell * (double)n + foot, title);
    if (title)
        ir_canvas_text(c, 14, 24, title, TITLE_SIZE, IR_START, false, IR_BLACK);
    for (size_t i = 0; i < n; i++) {
        double total = 0, y = top + cell * (double)i, x = left + cell * (double)i;
        for (size_t k = 0; k < n; k++)
            total += count[i * n + k];
        for (size_t k = 0; k < n; k++)
            confusion_cell(c, left + cell * (double)k, y, cell, count[i * n + k],
                           total > 0 ? count[i * n + k] / total : 0);
        ir_canvas_text(c, left - 8, y + cell / 2 + 4, classes->at[i], 11.5, IR_END, false,
                       IR_BLACK);
        ir_canvas_text(c, x + cell / 2 + 4, top + cell * (double)n + 8, classes->at[i], 11.5,
                       IR_END, true, IR_BLACK);
    }
    double size = cell * (double)n;
    ir_canvas_rect(c, left, top, size, size, 0, IR_BLACK, 1);
    ir_canvas_text(c, 20, top + size / 2, "actual", 12, IR_MIDDLE, true, IR_GREY);
    ir_canvas_text(c, left + size / 2, top + size + foot - 24, "predicted", 12, IR_MIDDLE, false,
                   IR_GREY);
    ir_canvas_text(c, left, top + size + foot - 6, "shade, %: share of the row", 10.5, IR_START,
                   false, IR_GREY);
    return c;
}

static void timeline_row(struct ir_canvas *c, const struct ir_panel *p, const struct ir_song *t,
                         size_t n, size_t k, double y, double h)
{
    for (size_t s = 0; s < t->n; s++) {
        double x0 = ir_panel_x(p, t->start_s[s]), x1 = ir_panel_x(p, t->end_s[s]);
        ir_canvas_rect(c, x0, y, x1 - x0, h, ir_color_blue((double)t->p[s * n + k] * 0.85), 0, 0);
        if (t->truth[s * n + k] > 0.5F)
            ir_canvas_rect(c, x0, y + h + 1.5, x1 - x0, 3.2, ir_color_series(1), 0, 0);
    }
    for (size_t i = 0; i < t->n_events; i++) {
        double x0 = ir_panel_x(p, t->event[i].start_s), x1 = ir_panel_x(p, t->event[i].end_s);
        if (t->event[i].klass != k)
            continue;
        ir_canvas_segment(c, x0, y + 0.8, x1, y + 0.8, IR_BLACK, 1.6);
        ir_canvas_segment(c, x0, y + h - 0.8, x1, y + h - 0.8, IR_BLACK, 1.6);
    }
}

struct ir_canvas *ir_plot_timeline(const struct ir_song *t, const struct ir_strs *classes,
                                   const char *title)
{
    size_t n = classes->n;
    double row = 26, left = widest(classes, 11.5) + 22, top = 44, w = 880;
    struct ir_canvas *c = ir_canvas_new(left + w + 24, top + row * (double)n + 84, title);
    struct ir_panel p = {.x = left, .y = top, .w = w, .h = row * (double)n, .grid = false};
    double end = 0, start = t->n ? t->start_s[0] : 0;
    for (size_t s = 0; s < t->n; s++)
        end = fmax(end, t->end_s[s]);
    static const char *const none[] = {""};
    static const double nowhere[] = {-1};
    p.ax = (struct ir_axis){.lo = start, .hi = end > start ? end : start + 1, .label = "time (s)"};
    p.ay = (struct ir_axis){.lo = 0, .hi = 1, .at = nowhere, .text = none, .n_marks = 1};
    for (size_t k = 0; k < n; k++) {
        double y = top + row * (double)k;
        timeline_row(c, &p, t, n, k, y + 3, row - 10);
        ir_canvas_text(c, left - 8, y + row / 2 + 2, classes->at[k], 11.5, IR_END, false, IR_BLACK);
        if (k)
            ir_canvas_segment(c, left, y, left + w, y, IR_PALE, 0.6);
    }
    ir_panel_draw(c, &p);
    if (title)
        ir_canvas_text(c, left, 26, title, TITLE_SIZE, IR_START, false, IR_BLACK);
    double y = top + row * (double)n + 60;
    for (int i = 0; i <= 4; i++)
        ir_canvas_rect(c, left + 22 * i, y, 22, 12, ir_color_blue(i / 4.0 * 0.85), 0, 0);
    ir_canvas_rect(c, left, y, 110, 12, 0, IR_PALE, 0.8);
    ir_canvas_text(c, left + 118, y + 10, "probability 0 to 1", 11, IR_START, false, IR_BLACK);
    ir_canvas_segment(c, left + 270, y + 1, left + 300, y + 1, IR_BLACK, 1.6);
    ir_canvas_segment(c, left + 270, y + 11, left + 300, y + 11, IR_BLACK, 1.6);
    ir_canvas_text(c, left + 308, y + 10, "counts as heard", 11, IR_START, false, IR_BLACK);
    if (t->labelled) {
        ir_canvas_rect(c, left + 460, y + 5, 30, 3.2, ir_color_series(1), 0, 0);
        ir_canvas_text(c, left + 498, y + 10, "labelled", 11, IR_START, false, IR_BLACK);
    }
    return c;
}
