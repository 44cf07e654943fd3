/* bars.c - one bar a class, with its interval where there is one. */
#include "plot.h"

#include <math.h>
#include <stdio.h>

struct ir_canvas *ir_plot_bars(const struct ir_strs *classes, const double *y, const double *lo,
                               const double *hi, const char *title, const char *label)
{
    double row = 24, left = 20, top = 44, w = 460;
    for (size_t i = 0; i < classes->n; i++)
        left = fmax(left, fmin(ir_text_width(classes->at[i], 11.5), 260) + 22);
    double h = row * (double)classes->n, most = 1;
    for (size_t i = 0; i < classes->n; i++)
        most = fmax(most, isfinite(y[i]) ? y[i] : 0);
    struct ir_canvas *c = ir_canvas_new(left + w + 78, top + h + 52, title);
    static const char *const none[] = {""};
    static const double nowhere[] = {-1};
    struct ir_panel p = {.x = left, .y = top, .w = w, .h = h, .grid = true};
    p.ax = (struct ir_axis){.lo = 0, .hi = most, .label = label};
    p.ay = (struct ir_axis){.lo = 0, .hi = 1, .at = nowhere, .text = none, .n_marks = 1};
    ir_panel_draw(c, &p);
    if (title)
        ir_canvas_text(c, 14, 24, title, 14, IR_START, false, IR_BLACK);
    for (size_t i = 0; i < classes->n; i++) {
        double at = top + row * (double)i;
        char text[48] = "n/a";
        ir_canvas_text(c, left - 8, at + row / 2 + 4, classes->at[i], 11.5, IR_END, false,
                       IR_BLACK);
        if (isfinite(y[i])) {
            ir_canvas_rect(c, left, at + 4, ir_panel_x(&p, fmax(y[i], 0)) - left, row - 8,
                           ir_color_series(0), 0, 0);
            snprintf(text, sizeof text, most > 1 ? "%.4g" : "%.3f", y[i]);
        }
        if (lo && hi && isfinite(lo[i]) && isfinite(hi[i])) {
            double a = ir_panel_x(&p, lo[i]), b = ir_panel_x(&p, hi[i]), m = at + row / 2;
            ir_canvas_segment(c, a, m, b, m, IR_BLACK, 1.4);
            ir_canvas_segment(c, a, m - 4, a, m + 4, IR_BLACK, 1.4);
            ir_canvas_segment(c, b, m - 4, b, m + 4, IR_BLACK, 1.4);
        }
        ir_canvas_text(c, left + w + 8, at + row / 2 + 4, text, 11.5, IR_START, false,
                       isfinite(y[i]) ? IR_BLACK : IR_GREY);
    }
    return c;
}
