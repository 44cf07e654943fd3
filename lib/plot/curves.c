/* curves.c - line charts: learning curves, wave forms, grids of small curves. */
#include "plot.h"

#include <math.h>
#include <stdlib.h>

#define TITLE_SIZE 14.0
#define KEY_SIZE   11.0

static void range(const struct ir_curves *d, struct ir_axis *ax, struct ir_axis *ay)
{
    double x0 = HUGE_VAL, x1 = -HUGE_VAL, y0 = HUGE_VAL, y1 = -HUGE_VAL;
    for (size_t i = 0; i < d->n; i++)
        for (size_t k = 0; k < d->series[i].n; k++) {
            double x = d->series[i].x[k], y = d->series[i].y[k];
            if (!isfinite(x) || !isfinite(y))
                continue;
            x0 = fmin(x0, x);
            x1 = fmax(x1, x);
            y0 = fmin(y0, y);
            y1 = fmax(y1, y);
        }
    if (!(x0 <= x1)) /* nothing to draw: an empty frame */
        x0 = 0, x1 = 1, y0 = 0, y1 = 1;
    if (x0 == x1)
        x0 -= 0.5, x1 += 0.5;
    if (d->unit_range)
        y0 = 0, y1 = 1;
    else if (y0 == y1)
        y0 -= 0.5, y1 += 0.5;
    else if (y0 > 0 && y0 < y1 / 3)
        y0 = 0;
    double room = (y1 - y0) * 0.05;
    *ax = (struct ir_axis){.lo = x0, .hi = x1, .label = d->x_label};
    *ay = (struct ir_axis){.lo = d->unit_range || y0 == 0 ? y0 : y0 - room,
                           .hi = d->unit_range ? y1 : y1 + room,
                           .label = d->y_label};
}

static void one_series(struct ir_canvas *c, const struct ir_panel *p, const struct ir_series *s,
                       uint32_t color)
{
    double *xy = ir_alloc(s->n ? s->n : 1, 2 * sizeof *xy);
    double width = s->dashed_twin ? 1.2 : 2;
    if (s->dashed_twin)
        color = (color & ~255u) | 150u;
    for (size_t k = 0; k < s->n; k++) {
        bool ok = isfinite(s->x[k]) && isfinite(s->y[k]);
        double y = fmin(fmax(s->y[k], p->ay.lo), p->ay.hi);
        xy[2 * k] = ok ? ir_panel_x(p, s->x[k]) : (double)NAN;
        xy[2 * k + 1] = ok ? ir_panel_y(p, y) : (double)NAN;
        if (ok && s->n <= 40)
            ir_canvas_rect(c, xy[2 * k] - width, xy[2 * k + 1] - width, 2 * width, 2 * width, color,
                           0, 0);
    }
    ir_canvas_line(c, xy, s->n, color, width);
    free(xy);
}

/* A training curve and the validation curve that follows it share one colour. */
static size_t color_of(const struct ir_curves *d, size_t i)
{
    size_t color = 0;
    for (size_t k = 1; k <= i; k++)
        color += !d->series[k - 1].dashed_twin;
    return color;
}

struct ir_canvas *ir_plot_curves(const struct ir_curves *panels, size_t k, const char *title)
{
    size_t most = 0;
    for (size_t i = 0; i < k; i++)
        most = panels[i].n > most ? panels[i].n : most;
    double w = 420, h = 260, top = 52, key = 18 * (double)((most + 1) / 2);
    struct ir_canvas *c = ir_canvas_new(w * (double)k, top + h + 50 + key, title);
    if (title)
        ir_canvas_text(c, 20, 22, title, TITLE_SIZE + 1, IR_START, false, IR_BLACK);
    for (size_t i = 0; i < k; i++) {
        const struct ir_curves *d = &panels[i];
        struct ir_panel p = {.x = w * (double)i + 62, .y = top, .w = w - 86, .h = h, .grid = true};
        range(d, &p.ax, &p.ay);
        ir_panel_draw(c, &p);
        if (d->title)
            ir_canvas_text(c, p.x, p.y - 8, d->title, TITLE_SIZE - 2, IR_START, false, IR_BLACK);
        for (size_t s = 0; s < d->n; s++) {
            uint32_t color = ir_color_series(color_of(d, s));
            bool twin = d->series[s].dashed_twin;
            one_series(c, &p, &d->series[s], color);
            double kx = p.x + (s % 2 ? p.w / 2 : 0), ky = top + h + 54 + 18 * (double)(s / 2);
            ir_canvas_segment(c, kx, ky - 4, kx + 18, ky - 4, twin ? (color & ~255u) | 150u : color,
                              twin ? 1.2 : 2.4);
            ir_canvas_text(c, kx + 24, ky, d->series[s].name, KEY_SIZE, IR_START, false, IR_BLACK);
        }
    }
    return c;
}

struct ir_canvas *ir_plot_wave(const float *x, size_t n, double rate_hz, double offset_s,
                               const char *title)
{
    enum { COLUMNS = 1600 };
    struct ir_canvas *c = ir_canvas_new(860, 300, title);
    double peak = 0;
    for (size_t i = 0; i < n; i++)
        peak = fmax(peak, fabs((double)x[i]));
    double top = peak > 1 ? peak : 1;
    struct ir_panel p = {.x = 64, .y = 40, .w = 770, .h = 205, .grid = true};
    p.ax = (struct ir_axis){
        .lo = offset_s, .hi = offset_s + fmax((double)n, 1) / rate_hz, .label = "time (s)"};
    p.ay = (struct ir_axis){.lo = -top, .hi = top, .label = "amplitude (full scale = 1)"};
    ir_panel_draw(c, &p);
    if (title)
        ir_canvas_text(c, p.x, 24, title, TITLE_SIZE, IR_START, false, IR_BLACK);
    double *xy = ir_alloc(COLUMNS, 4 * sizeof *xy);
    size_t columns = n < COLUMNS ? n : COLUMNS, m = 0;
    for (size_t i = 0; i < columns; i++) { /* the envelope: smallest and largest sample a column */
        size_t from = i * n / columns, to = (i + 1) * n / columns;
        double lo = HUGE_VAL, hi = -HUGE_VAL;
        for (size_t k = from; k < to; k++) {
            lo = fmin(lo, (double)x[k]);
            hi = fmax(hi, (double)x[k]);
        }
        double at = ir_panel_x(&p, offset_s + ((double)from + (double)to) / 2 / rate_hz);
        xy[2 * m] = at;
        xy[2 * m + 1] = ir_panel_y(&p, lo);
        m++;
        xy[2 * m] = at;
        xy[2 * m + 1] = ir_panel_y(&p, hi);
        m++;
    }
    ir_canvas_line(c, xy, m, ir_color_series(0), 0.8);
    free(xy);
    return c;
}

struct ir_canvas *ir_plot_small(const float *v, size_t n, size_t len, size_t cols,
                                const char *const *caption, const char *title)
{
    enum { POINTS = 400 };
    double w = 170, h = 92, top = 40;
    cols = cols ? cols : 1;
    size_t rows = (n + cols - 1) / cols;
    struct ir_canvas *c = ir_canvas_new(w * (double)cols + 20, top + h * (double)rows + 10, title);
    if (title)
        ir_canvas_text(c, 14, 24, title, TITLE_SIZE, IR_START, false, IR_BLACK);
    for (size_t i = 0; i < n; i++) {
        double x0 = 14 + w * (double)(i % cols), y0 = top + h * (double)(i / cols), peak = 0;
        double bw = w - 14, bh = h - 24, xy[4 * POINTS];
        for (size_t k = 0; k < len; k++)
            peak = fmax(peak, fabs((double)v[i * len + k]));
        size_t points = len < 2 * POINTS ? len : 2 * POINTS;
        for (size_t k = 0; k < points; k++) {
            size_t at = points > 1 ? k * (len - 1) / (points - 1) : 0;
            double y = peak > 0 ? (double)v[i * len + at] / peak : 0;
            xy[2 * k] = x0 + bw * (points > 1 ? (double)k / (double)(points - 1) : 0.5);
            xy[2 * k + 1] = y0 + bh / 2 - y * bh * 0.48;
        }
        ir_canvas_rect(c, x0, y0, bw, bh, 0, IR_PALE, 0.8);
        ir_canvas_segment(c, x0, y0 + bh / 2, x0 + bw, y0 + bh / 2, IR_PALE, 0.8);
        ir_canvas_line(c, xy, points, ir_color_series(0), 0.9);
        if (caption && caption[i])
            ir_canvas_text(c, x0 + bw / 2, y0 + bh + 12, caption[i], 9.5, IR_MIDDLE, false,
                           IR_GREY);
    }
    return c;
}
