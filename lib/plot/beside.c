/* beside.c - bars of what was reached, each with the published number as a mark. */
#include "plot.h"

#include <math.h>
#include <string.h>

#define ROW  22 /* pixels */
#define HEAD 30

/* Rows get a heading wherever the group changes. */
static bool new_group(const struct ir_beside *row, size_t i)
{
    return i == 0 || strcmp(row[i].group, row[i - 1].group) != 0;
}

static void one_row(struct ir_canvas *c, const struct ir_panel *p, double y,
                    const struct ir_beside *row)
{
    double middle = y + ROW / 2.0, right = p->x + p->w + 8;
    uint32_t fill = row->pale ? 0xf0c987ffu : ir_color_series(0);
    ir_canvas_text(c, p->x - 8, middle + 4, row->name, 11.5, IR_END, false, IR_BLACK);
    if (isfinite(row->reached)) {
        double x = ir_panel_x(p, fmin(fmax(row->reached, 0), 1));
        ir_canvas_rect(c, p->x, y + 4, x - p->x, ROW - 8, fill, 0, 0);
    }
    if (isfinite(row->low) && isfinite(row->high)) {
        double a = ir_panel_x(p, row->low), b = ir_panel_x(p, row->high);
        ir_canvas_segment(c, a, middle, b, middle, IR_BLACK, 1.2);
        ir_canvas_segment(c, a, middle - 3, a, middle + 3, IR_BLACK, 1.2);
        ir_canvas_segment(c, b, middle - 3, b, middle + 3, IR_BLACK, 1.2);
    }
    if (isfinite(row->paper)) {
        double x = ir_panel_x(p, fmin(fmax(row->paper, 0), 1));
        ir_canvas_rect(c, x - 1.5, y + 1, 3, ROW - 2, IR_BLACK, 0, 0);
    }
    ir_canvas_text(c, right, middle + 4, row->text, 11.5, IR_START, false, IR_BLACK);
}

/* Only what stands in the chart is explained. */
static void legend(struct ir_canvas *c, double x, double y, const struct ir_beside *row, size_t n)
{
    bool pale = false, paper = false;
    for (size_t i = 0; i < n; i++) {
        pale = pale || row[i].pale;
        paper = paper || isfinite(row[i].paper);
    }
    ir_canvas_rect(c, x, y - 9, 16, 10, ir_color_series(0), 0, 0);
    ir_canvas_text(c, x + 22, y, "reached on the real data set", 11.5, IR_START, false, IR_BLACK);
    x += 200;
    if (pale) {
        ir_canvas_rect(c, x, y - 9, 16, 10, 0xf0c987ffu, 0, 0);
        ir_canvas_text(c, x + 22, y, "on a stand-in", 11.5, IR_START, false, IR_BLACK);
        x += 116;
    }
    if (paper) {
        ir_canvas_rect(c, x, y - 12, 3, 16, IR_BLACK, 0, 0);
        ir_canvas_text(c, x + 10, y, "published", 11.5, IR_START, false, IR_BLACK);
        x += 80;
    }
    ir_canvas_segment(c, x, y - 4, x + 24, y - 4, IR_BLACK, 1.2);
    ir_canvas_text(c, x + 30, y, "95 % interval", 11.5, IR_START, false, IR_BLACK);
}

struct ir_canvas *ir_plot_beside(const struct ir_beside *row, size_t n, const char *title)
{
    double left = 120, right = 60, w = 460, h = 0, top = 54;
    for (size_t i = 0; i < n; i++) {
        left = fmax(left, fmin(ir_text_width(row[i].name, 11.5), 420) + 24);
        right = fmax(right, ir_text_width(row[i].text, 11.5) + 24);
        h += ROW + (new_group(row, i) ? HEAD : 0);
    }
    struct ir_canvas *c = ir_canvas_new(left + w + right, top + h + 44, title);
    static const char *const none[] = {""};
    static const double nowhere[] = {-1};
    struct ir_panel p = {.x = left, .y = top, .w = w, .h = h, .grid = true};
    p.ax = (struct ir_axis){.lo = 0, .hi = 1, .label = "share"};
    p.ay = (struct ir_axis){.lo = 0, .hi = 1, .at = nowhere, .text = none, .n_marks = 1};
    ir_panel_draw(c, &p);
    if (title)
        ir_canvas_text(c, 14, 20, title, 14, IR_START, false, IR_BLACK);
    legend(c, 14, 40, row, n);
    double y = top;
    for (size_t i = 0; i < n; i++) {
        if (new_group(row, i)) {
            ir_canvas_rect(c, 1, y + 1, left + w + right - 2, HEAD - 4, 0xf2f2f2ffu, 0, 0);
            ir_canvas_text(c, 14, y + HEAD - 11, row[i].group, 12, IR_START, false, IR_BLACK);
            y += HEAD;
        }
        one_row(c, &p, y, &row[i]);
        y += ROW;
    }
    return c;
}
