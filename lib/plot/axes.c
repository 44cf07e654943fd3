/* axes.c - round marks, frames and labels around the part of a picture that holds the data. */
#include "plot.h"

#include <math.h>
#include <stdio.h>

#define MARK_SIZE  11.0
#define LABEL_SIZE 12.0

double ir_axis_step(double lo, double hi, int want, double *step)
{
    double raw = (hi - lo) / (want > 0 ? want : 1), unit = pow(10, floor(log10(raw)));
    double m = raw / unit;
    *step = unit * (m <= 1.0001 ? 1 : m <= 2.0001 ? 2 : m <= 5.0001 ? 5 : 10);
    double first = ceil(lo / *step - 1e-9) * *step;
    return fabs(first) < *step * 1e-9 ? 0 : first;
}

double ir_panel_x(const struct ir_panel *p, double v)
{
    return p->x + p->w * (v - p->ax.lo) / (p->ax.hi - p->ax.lo);
}

double ir_panel_y(const struct ir_panel *p, double v)
{
    return p->y + p->h * (1 - (v - p->ay.lo) / (p->ay.hi - p->ay.lo));
}

static void mark_x(struct ir_canvas *c, const struct ir_panel *p, double v, const char *text)
{
    double x = ir_panel_x(p, v), bottom = p->y + p->h;
    if (p->grid)
        ir_canvas_segment(c, x, p->y, x, bottom, IR_PALE, 0.7);
    ir_canvas_segment(c, x, bottom, x, bottom + 4, IR_BLACK, 0.8);
    ir_canvas_text(c, x, bottom + 16, text, MARK_SIZE, IR_MIDDLE, false, IR_BLACK);
}

static void mark_y(struct ir_canvas *c, const struct ir_panel *p, double v, const char *text)
{
    double y = ir_panel_y(p, v);
    if (p->grid)
        ir_canvas_segment(c, p->x, y, p->x + p->w, y, IR_PALE, 0.7);
    ir_canvas_segment(c, p->x - 4, y, p->x, y, IR_BLACK, 0.8);
    ir_canvas_text(c, p->x - 7, y + 4, text, MARK_SIZE, IR_END, false, IR_BLACK);
}

static void marks(struct ir_canvas *c, const struct ir_panel *p, const struct ir_axis *a, int want,
                  void (*one)(struct ir_canvas *, const struct ir_panel *, double, const char *))
{
    if (a->n_marks) {
        for (size_t i = 0; i < a->n_marks; i++)
            if (a->at[i] >= a->lo && a->at[i] <= a->hi)
                one(c, p, a->at[i], a->text[i]);
        return;
    }
    double step, v = ir_axis_step(a->lo, a->hi, want, &step);
    for (int i = 0; i < 100 && v <= a->hi + step * 1e-6; i++, v += step) {
        char text[32];
        snprintf(text, sizeof text, "%.6g", fabs(v) < step * 1e-6 ? 0.0 : v);
        one(c, p, v, text);
    }
}

void ir_panel_draw(struct ir_canvas *c, const struct ir_panel *p)
{
    marks(c, p, &p->ax, (int)fmax(2, p->w / 70), mark_x);
    marks(c, p, &p->ay, (int)fmax(2, p->h / 40), mark_y);
    ir_canvas_rect(c, p->x, p->y, p->w, p->h, 0, IR_BLACK, 0.9);
    if (p->ax.label)
        ir_canvas_text(c, p->x + p->w / 2, p->y + p->h + 35, p->ax.label, LABEL_SIZE, IR_MIDDLE,
                       false, IR_BLACK);
    if (p->ay.label)
        ir_canvas_text(c, p->x - 44, p->y + p->h / 2, p->ay.label, LABEL_SIZE, IR_MIDDLE, true,
                       IR_BLACK);
}
