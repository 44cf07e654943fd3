/* canvas.c - the list of drawn things, and its form as SVG. */
#include "private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const uint32_t okabe_ito[8] = {0x0072b2ff, 0xd55e00ff, 0x009e73ff, 0xcc79a7ff,
                                      0x56b4e9ff, 0xe69f00ff, 0x000000ff, 0xb8a800ff};

/* Ten equidistant colours of matplotlib's viridis (CC0). */
static const uint32_t viridis[10] = {0x440154, 0x482878, 0x3e4989, 0x31688e, 0x26828e,
                                     0x1f9e89, 0x35b779, 0x6ece58, 0xb5de2b, 0xfde725};
static const uint32_t blues[5] = {0xffffff, 0xc6dbef, 0x6baed6, 0x2171b5, 0x08306b};

static uint32_t between(const uint32_t *stop, size_t n, double v)
{
    if (!(v > 0)) /* also NaN */
        v = 0;
    if (v > 1)
        v = 1;
    double pos = v * (double)(n - 1);
    size_t i = (size_t)pos;
    if (i > n - 2)
        i = n - 2;
    double part = pos - (double)i;
    uint32_t out = 0;
    for (int shift = 16; shift >= 0; shift -= 8) {
        double a = (double)((stop[i] >> shift) & 255);
        double b = (double)((stop[i + 1] >> shift) & 255);
        out = (out << 8) | (uint32_t)lround(a + (b - a) * part);
    }
    return (out << 8) | 255;
}

static struct ir_mark *add(struct ir_canvas *c, enum ir_mark_kind kind)
{
    ir_grow(&c->shape, &c->cap, c->n + 1, sizeof *c->shape);
    struct ir_mark *s = &c->shape[c->n++];
    memset(s, 0, sizeof *s);
    s->kind = kind;
    return s;
}

static void put_color(struct ir_buf *b, const char *what, uint32_t color)
{
    ir_buf_printf(b, " %s=\"#%06x\"", what, color >> 8);
    if ((color & 255) != 255)
        ir_buf_printf(b, " %s-opacity=\"%.3f\"", what, (double)(color & 255) / 255.0);
}

static void put_xml(struct ir_buf *b, const char *text)
{
    struct ir_buf valid = {0};
    ir_buf_utf8(&valid, text);
    for (const char *s = valid.data; *s; s++) {
        unsigned char ch = (unsigned char)*s;
        if (ch == '&')
            ir_buf_puts(b, "&amp;");
        else if (ch == '<')
            ir_buf_puts(b, "&lt;");
        else if (ch == '>')
            ir_buf_puts(b, "&gt;");
        else if (ch == '"')
            ir_buf_puts(b, "&quot;");
        else if (ch < 0x20 || ch == 0x7f)
            ir_buf_puts(b, "?");
        else
            ir_buf_add(b, s, 1);
    }
    ir_buf_free(&valid);
}

static void svg_line(const struct ir_mark *s, struct ir_buf *b)
{
    bool pen = false;
    ir_buf_puts(b, "<path fill=\"none\" stroke-linejoin=\"round\" stroke-linecap=\"round\" d=\"");
    for (size_t i = 0; i < s->n; i++) {
        double x = s->xy[2 * i], y = s->xy[2 * i + 1];
        if (isnan(x) || isnan(y)) {
            pen = false;
            continue;
        }
        ir_buf_printf(b, "%c%.2f %.2f", pen ? 'L' : 'M', x, y);
        pen = true;
    }
    ir_buf_puts(b, "\"");
    put_color(b, "stroke", s->line);
    ir_buf_printf(b, " stroke-width=\"%.2f\"/>\n", s->line_width);
}

static void svg_text(const struct ir_mark *s, struct ir_buf *b)
{
    static const char *const anchor[] = {"start", "middle", "end"};
    ir_buf_printf(b, "<text x=\"%.2f\" y=\"%.2f\" font-size=\"%.2f\" text-anchor=\"%s\"", s->x,
                  s->y, s->h, anchor[s->anchor]);
    if (s->up)
        ir_buf_printf(b, " transform=\"rotate(-90 %.2f %.2f)\"", s->x, s->y);
    put_color(b, "fill", s->fill);
    ir_buf_puts(b, ">");
    put_xml(b, s->text);
    ir_buf_puts(b, "</text>\n");
}

static void svg_image(const struct ir_mark *s, struct ir_buf *b)
{
    struct ir_buf png = {0};
    if (ir_png_encode(s->rgb, s->pw, s->ph, &png, NULL) == 0) {
        ir_buf_printf(b,
                      "<image x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" "
                      "preserveAspectRatio=\"none\" style=\"image-rendering:%s\" "
                      "href=\"data:image/png;base64,",
                      s->x, s->y, s->w, s->h, (double)s->pw < s->w ? "pixelated" : "auto");
        ir_buf_base64(b, png.data, png.len);
        ir_buf_puts(b, "\"/>\n");
    } else {
        free(ir_alloc(SIZE_MAX, 2)); /* it can fail for want of memory alone: ends the program */
    }
    ir_buf_free(&png);
}

static void svg_rect(const struct ir_mark *s, struct ir_buf *b)
{
    ir_buf_printf(b, "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\"", s->x, s->y, s->w,
                  s->h);
    if (s->fill & 255)
        put_color(b, "fill", s->fill);
    else
        ir_buf_puts(b, " fill=\"none\"");
    if (s->line_width > 0) {
        put_color(b, "stroke", s->line);
        ir_buf_printf(b, " stroke-width=\"%.2f\"", s->line_width);
    }
    ir_buf_puts(b, "/>\n");
}

uint32_t ir_color_series(size_t i)
{
    return okabe_ito[i % 8];
}
uint32_t ir_color_viridis(double v)
{
    return between(viridis, 10, v);
}
uint32_t ir_color_blue(double v)
{
    return between(blues, 5, v);
}

struct ir_canvas *ir_canvas_new(double width, double height, const char *title)
{
    struct ir_canvas *c = ir_zalloc(1, sizeof *c);
    c->width = fmin(fmax(width, 1), 10000);
    c->height = fmin(fmax(height, 1), 10000);
    c->title = title ? ir_strdup(title) : NULL;
    return c;
}

void ir_canvas_free(struct ir_canvas *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->n; i++) {
        free(c->shape[i].xy);
        free(c->shape[i].text);
        free(c->shape[i].rgb);
    }
    free(c->shape);
    free(c->title);
    free(c);
}

void ir_canvas_rect(struct ir_canvas *c, double x, double y, double w, double h, uint32_t fill,
                    uint32_t line, double line_width)
{
    struct ir_mark *s = add(c, IR_MARK_RECT);
    s->x = x;
    s->y = y;
    s->w = w;
    s->h = h;
    s->fill = fill;
    s->line = line;
    s->line_width = line_width;
}

void ir_canvas_line(struct ir_canvas *c, const double *xy, size_t n, uint32_t color, double width)
{
    if (n == 0)
        return;
    struct ir_mark *s = add(c, IR_MARK_LINE);
    s->xy = ir_alloc(n, 2 * sizeof *xy);
    memcpy(s->xy, xy, n * 2 * sizeof *xy);
    s->n = n;
    s->line = color;
    s->line_width = width;
}

void ir_canvas_segment(struct ir_canvas *c, double x0, double y0, double x1, double y1,
                       uint32_t color, double width)
{
    ir_canvas_line(c, (double[]){x0, y0, x1, y1}, 2, color, width);
}

void ir_canvas_text(struct ir_canvas *c, double x, double y, const char *text, double size,
                    enum ir_anchor anchor, bool up, uint32_t color)
{
    struct ir_mark *s = add(c, IR_MARK_TEXT);
    s->x = x;
    s->y = y;
    s->h = size;
    s->text = ir_strdup(text);
    s->anchor = anchor;
    s->up = up;
    s->fill = color;
}

void ir_canvas_image(struct ir_canvas *c, double x, double y, double w, double h,
                     const uint8_t *rgb, unsigned pw, unsigned ph)
{
    struct ir_mark *s = add(c, IR_MARK_IMAGE);
    size_t bytes = (size_t)pw * ph * 3;
    s->x = x;
    s->y = y;
    s->w = w;
    s->h = h;
    s->rgb = ir_alloc(bytes ? bytes : 1, 1);
    memcpy(s->rgb, rgb, bytes);
    s->pw = pw;
    s->ph = ph;
}

double ir_text_width(const char *text, double size)
{
    size_t n = 0;
    for (; *text; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return (double)n * size * 0.58;
}

void ir_canvas_svg(const struct ir_canvas *c, struct ir_buf *out)
{
    ir_buf_printf(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"0 0 %.0f %.0f\" "
        "width=\"%.0f\" height=\"%.0f\" font-family=\"Helvetica, Arial, sans-serif\">\n",
        c->width, c->height, c->width, c->height);
    if (c->title) {
        ir_buf_puts(out, "<title>");
        put_xml(out, c->title);
        ir_buf_puts(out, "</title>\n");
    }
    ir_buf_printf(out, "<rect width=\"%.0f\" height=\"%.0f\" fill=\"#ffffff\"/>\n", c->width,
                  c->height);
    for (size_t i = 0; i < c->n; i++) {
        switch (c->shape[i].kind) {
        case IR_MARK_RECT:
            svg_rect(&c->shape[i], out);
            break;
        case IR_MARK_LINE:
            svg_line(&c->shape[i], out);
            break;
        case IR_MARK_TEXT:
            svg_text(&c->shape[i], out);
            break;
        case IR_MARK_IMAGE:
            svg_image(&c->shape[i], out);
            break;
        }
    }
    ir_buf_puts(out, "</svg>\n");
}
