/* raster.c - a canvas as pixels: filled rectangles, smooth lines, dot-matrix text, pictures. */
#include "private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PIXELS_MAX 100e6

struct raster {
    uint8_t *rgb;
    long w, h;
    double scale;
};

static void blend(struct raster *r, long x, long y, uint32_t color, double cover)
{
    if (x < 0 || y < 0 || x >= r->w || y >= r->h || cover <= 0)
        return;
    double a = fmin(cover, 1) * (double)(color & 255) / 255.0;
    uint8_t *p = r->rgb + 3 * ((size_t)y * (size_t)r->w + (size_t)x);
    for (int k = 0; k < 3; k++) {
        double to = (double)((color >> (24 - 8 * k)) & 255);
        p[k] = (uint8_t)lround(p[k] + (to - p[k]) * a);
    }
}

/* Share of pixel [i, i+1) that lies in [lo, hi). */
static double overlap(double lo, double hi, long i)
{
    return fmax(0, fmin(hi, (double)i + 1) - fmax(lo, (double)i));
}

static void fill(struct raster *r, double x0, double y0, double x1, double y1, uint32_t color)
{
    x0 = fmax(x0, 0);
    y0 = fmax(y0, 0);
    x1 = fmin(x1, (double)r->w);
    y1 = fmin(y1, (double)r->h);
    for (long y = (long)floor(y0); (double)y < y1; y++)
        for (long x = (long)floor(x0); (double)x < x1; x++)
            blend(r, x, y, color, overlap(x0, x1, x) * overlap(y0, y1, y));
}

static double distance(double px, double py, const double a[2], const double b[2])
{
    double dx = b[0] - a[0], dy = b[1] - a[1], len2 = dx * dx + dy * dy;
    double t = len2 > 0 ? ((px - a[0]) * dx + (py - a[1]) * dy) / len2 : 0;
    t = fmin(fmax(t, 0), 1);
    return hypot(px - a[0] - t * dx, py - a[1] - t * dy);
}

static void segment(struct raster *r, const double a[2], const double b[2], uint32_t color,
                    double width)
{
    double half = fmax(width, 1) / 2, reach = half + 1;
    double share = fmin(width, 1); /* lines thinner than a pixel become paler */
    long x0 = (long)floor(fmax(fmin(a[0], b[0]) - reach, 0));
    long x1 = (long)ceil(fmin(fmax(a[0], b[0]) + reach, (double)r->w));
    double dy = b[1] - a[1], dx = b[0] - a[0];
    for (long x = x0; x < x1; x++) {
        /* only the rows that this column of the slanted band can touch */
        double lo = fmin(a[1], b[1]), hi = fmax(a[1], b[1]);
        if (fabs(dx) > 1e-9) {
            double m = dy / dx, at0 = a[1] + m * ((double)x - reach - a[0]),
                   at1 = a[1] + m * ((double)x + 1 + reach - a[0]);
            lo = fmax(lo, fmin(at0, at1));
            hi = fmin(hi, fmax(at0, at1));
        }
        long y0 = (long)floor(fmax(lo - reach, 0)), y1 = (long)ceil(fmin(hi + reach, (double)r->h));
        for (long y = y0; y < y1; y++) {
            double d = distance((double)x + 0.5, (double)y + 0.5, a, b);
            blend(r, x, y, color, share * fmin(1, half + 0.5 - d));
        }
    }
}

static void draw_line(struct raster *r, const struct ir_mark *s)
{
    for (size_t i = 1; i < s->n; i++) {
        const double *p = s->xy + 2 * (i - 1);
        if (isnan(p[0]) || isnan(p[1]) || isnan(p[2]) || isnan(p[3]))
            continue;
        double a[2] = {p[0] * r->scale, p[1] * r->scale}, b[2] = {p[2] * r->scale, p[3] * r->scale};
        segment(r, a, b, s->line, s->line_width * r->scale);
    }
}

/* The next character as ASCII: accents and signs that the font lacks become their nearest letter.
 */
static unsigned char next_char(const char **text)
{
    static const struct {
        const char *utf8;
        unsigned char as;
    } known[] = {{"×", 'x'}, {"–", '-'}, {"−", '-'}, {"≥", '>'}, {"≤", '<'}, {"µ", 'u'}, {"·", '.'},
                 {"ä", 'a'}, {"é", 'e'}, {"ö", 'o'}, {"ü", 'u'}, {"…", '.'}, {"±", '~'}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        size_t n = strlen(known[i].utf8);
        if (strncmp(*text, known[i].utf8, n) == 0) {
            *text += n;
            return known[i].as;
        }
    }
    unsigned char ch = (unsigned char)*(*text)++;
    while (((unsigned char)**text & 0xc0) == 0x80)
        (*text)++;
    return ch;
}

static void draw_text(struct raster *r, const struct ir_mark *s)
{
    double dot = fmax(1, round(s->h * r->scale / 9.5)), advance = dot * (IR_GLYPH_COLS + 1);
    size_t n = 0;
    for (const char *t = s->text; *t; n++)
        next_char(&t);
    double total = advance * (double)n - dot;
    double pen = s->anchor == IR_START ? 0 : s->anchor == IR_MIDDLE ? -total / 2 : -total;
    double ox = round(s->x * r->scale), oy = round(s->y * r->scale);
    pen = round(pen);
    for (const char *t = s->text; *t; pen += advance) {
        const uint8_t *g = ir_font_glyph(next_char(&t));
        for (int col = 0; col < IR_GLYPH_COLS; col++)
            for (int row = 0; row < IR_GLYPH_ROWS; row++) {
                if (!(g[col] >> row & 1))
                    continue;
                double u = pen + col * dot,
                       v = (row - 7) * dot; /* right and down of the base point */
                if (s->up)
                    fill(r, ox + v, oy - u - dot, ox + v + dot, oy - u, s->fill);
                else
                    fill(r, ox + u, oy + v, ox + u + dot, oy + v + dot, s->fill);
            }
    }
}

/* Mean colour of the source pixels under one target pixel, or the nearest when it is enlarged. */
static uint32_t sample(const struct ir_mark *s, double u0, double u1, double v0, double v1)
{
    unsigned x0 = (unsigned)fmin(floor(u0), s->pw - 1.0),
             y0 = (unsigned)fmin(floor(v0), s->ph - 1.0);
    unsigned x1 = (unsigned)fmin(fmax(ceil(u1), x0 + 1.0), s->pw);
    unsigned y1 = (unsigned)fmin(fmax(ceil(v1), y0 + 1.0), s->ph);
    if (u1 - u0 < 1)
        x1 = x0 + 1;
    if (v1 - v0 < 1)
        y1 = y0 + 1;
    uint64_t sum[3] = {0}, n = (uint64_t)(x1 - x0) * (y1 - y0);
    for (unsigned y = y0; y < y1; y++)
        for (unsigned x = x0; x < x1; x++)
            for (int k = 0; k < 3; k++)
                sum[k] += s->rgb[3 * ((size_t)y * s->pw + x) + (size_t)k];
    return (uint32_t)(sum[0] / n) << 24 | (uint32_t)(sum[1] / n) << 16 |
           (uint32_t)(sum[2] / n) << 8 | 255;
}

static void draw_image(struct raster *r, const struct ir_mark *s)
{
    long x0 = lround(s->x * r->scale), x1 = lround((s->x + s->w) * r->scale);
    long y0 = lround(s->y * r->scale), y1 = lround((s->y + s->h) * r->scale);
    if (s->pw == 0 || s->ph == 0)
        return;
    for (long y = y0; y < y1; y++)
        for (long x = x0; x < x1; x++) {
            double fx = (double)s->pw / (double)(x1 - x0), fy = (double)s->ph / (double)(y1 - y0);
            double u = (double)(x - x0) * fx, v = (double)(y - y0) * fy;
            blend(r, x, y, sample(s, u, u + fx, v, v + fy), 1);
        }
}

static void draw_rect(struct raster *r, const struct ir_mark *s)
{
    double x0 = s->x * r->scale, y0 = s->y * r->scale;
    double x1 = x0 + s->w * r->scale, y1 = y0 + s->h * r->scale;
    if (s->fill & 255)
        fill(r, x0, y0, x1, y1, s->fill);
    if (s->line_width > 0) {
        double corner[5][2] = {{x0, y0}, {x1, y0}, {x1, y1}, {x0, y1}, {x0, y0}};
        for (int i = 0; i < 4; i++)
            segment(r, corner[i], corner[i + 1], s->line, s->line_width * r->scale);
    }
}

int ir_canvas_png(const struct ir_canvas *c, double scale, struct ir_buf *out, struct ir_err *err)
{
    if (!(scale >= 0.5 && scale <= 8))
        return ir_fail(err, "scale %g is not within 0.5 … 8", scale);
    struct raster r = {
        .scale = scale, .w = lround(c->width * scale), .h = lround(c->height * scale)};
    if ((double)r.w * (double)r.h > PIXELS_MAX)
        return ir_fail(err, "a picture of %ld x %ld pixels is too large", r.w, r.h);
    size_t bytes = (size_t)r.w * (size_t)r.h * 3;
    r.rgb = ir_alloc(bytes, 1);
    memset(r.rgb, 255, bytes);
    for (size_t i = 0; i < c->n; i++) {
        switch (c->shape[i].kind) {
        case IR_MARK_RECT:
            draw_rect(&r, &c->shape[i]);
            break;
        case IR_MARK_LINE:
            draw_line(&r, &c->shape[i]);
            break;
        case IR_MARK_TEXT:
            draw_text(&r, &c->shape[i]);
            break;
        case IR_MARK_IMAGE:
            draw_image(&r, &c->shape[i]);
            break;
        }
    }
    int rc = ir_png_encode(r.rgb, (unsigned)r.w, (unsigned)r.h, out, err);
    free(r.rgb);
    return rc;
}
