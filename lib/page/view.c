/* view.c - the spectrogram of a whole recording, as wide as a page can use. */
#include "decode.h"
#include "feature.h"
#include "plot.h"
#include "private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* 40 frames a second; segments overlap by what a window has more than a hop, so that the frames of
 * all of them together are those of the whole. */
#define RATE    32000
#define HOP     800
#define FFT     2048
#define BANDS   96
#define FMIN    40.0
#define FMAX    14000.0
#define SEGMENT 30 /* seconds, whole frames */
#define WIDTH   6000
#define SHADES  48
#define RANGE   72.0 /* dB below the loudest that are still seen */

struct look {
    struct ir_view *view;
    struct ir_extractor *x;
    struct ir_map map;
    float *v;         /* columns × bands, in dB; the last one still grows */
    size_t n, filled; /* whole columns; frames in the last */
    size_t merge;     /* frames a column: doubled whenever there are too many */
    struct ir_err why;
    bool bad;
};

static void halve(struct look *l)
{
    for (size_t c = 0; c < l->n / 2; c++)
        for (size_t b = 0; b < BANDS; b++)
            l->v[c * BANDS + b] = (l->v[2 * c * BANDS + b] + l->v[(2 * c + 1) * BANDS + b]) / 2;
    l->n /= 2;
    l->merge *= 2;
    memset(l->v + l->n * BANDS, 0, BANDS * sizeof *l->v);
}

static void add_frame(struct look *l, size_t t)
{
    float *column = l->v + l->n * BANDS;
    for (size_t b = 0; b < BANDS; b++)
        column[b] += l->map.v[b * l->map.frames + t] / (float)l->merge;
    if (++l->filled < l->merge)
        return;
    l->filled = 0;
    if (++l->n == WIDTH)
        halve(l);
    memset(l->v + l->n * BANDS, 0, BANDS * sizeof *l->v);
}

static int on_sound(void *self, size_t item, const struct ir_sound *s, struct ir_err *err)
{
    struct look *l = self;
    (void)item;
    if (ir_extractor_run(l->x, 0, s->data, 1, s->samples, &l->map, err) != 0)
        return -1;
    /* Of the last segment only what holds sound. */
    size_t frames = (size_t)ceil(s->length_s * RATE / HOP);
    for (size_t t = 0; t < l->map.frames && t < frames; t++)
        add_frame(l, t);
    l->view->seconds = fmax(l->view->seconds, s->offset_s + s->length_s);
    return 0;
}

static int on_bad(void *self, size_t item, const struct ir_err *why, struct ir_err *err)
{
    struct look *l = self;
    (void)item;
    (void)err;
    l->why = *why;
    l->bad = true;
    return 0;
}

static void put_marks(struct ir_view *v)
{
    static const double hz[] = {100, 300, 1000, 3000, 10000};
    double lo = ir_mel_from_hz(IR_MEL_SLANEY, FMIN), hi = ir_mel_from_hz(IR_MEL_SLANEY, FMAX);
    for (size_t i = 0; i < sizeof hz / sizeof *hz; i++) {
        v->mark[v->marks] = hz[i];
        v->height[v->marks++] = (ir_mel_from_hz(IR_MEL_SLANEY, hz[i]) - lo) / (hi - lo);
    }
}

static int draw(const struct look *l, struct ir_err *err)
{
    uint8_t colors[256 * 3], *pixel = ir_alloc(l->n * BANDS + 1, 1);
    float top = -HUGE_VALF;
    for (unsigned i = 0; i < 256; i++) {
        uint32_t color = ir_color_viridis(i < SHADES ? i / (SHADES - 1.0) : 1);
        for (unsigned k = 0; k < 3; k++)
            colors[3 * i + k] = (uint8_t)(color >> (24 - 8 * k));
    }
    for (size_t i = 0; i < l->n * BANDS; i++)
        top = fmaxf(top, l->v[i]);
    for (size_t c = 0; c < l->n; c++)
        for (size_t b = 0; b < BANDS; b++) {
            double part = 1 + (double)(l->v[c * BANDS + b] - top) / RANGE;
            pixel[(BANDS - 1 - b) * l->n + c] = (uint8_t)(part > 0 ? part * (SHADES - 1) : 0);
        }
    int rc = ir_png_palette(pixel, (unsigned)l->n, BANDS, colors, &l->view->png, err);
    free(pixel);
    return rc;
}

static struct ir_extractor *extractor(struct ir_err *err)
{
    struct ir_front f;
    char text[200];
    snprintf(text, sizeof text,
             "feature=mel rate=%d n-fft=%d hop=%d bands=%d fmin=%g fmax=%g log=db ref=1 "
             "top-db=none edges=snip",
             RATE, FFT, HOP, BANDS, FMIN, FMAX);
    return ir_front_parse(text, &f, err) == 0 ? ir_extractor_new(&f, NULL, err) : NULL;
}

int ir_view_make(const char *path, struct ir_view *v, struct ir_err *err)
{
    struct ir_item item = {.path = (char *)(uintptr_t)path};
    struct look l = {.view = v, .merge = 1};
    struct ir_decode_opts o = {.rate_hz = RATE,
                               .channels = 1,
                               .segment_s = SEGMENT + (FFT - HOP) / (double)RATE,
                               .hop_s = SEGMENT,
                               .last = IR_LAST_PAD,
                               .timeout_s = 60,
                               .max_damage = 1};
    struct ir_decode_sink sink = {.self = &l, .sound = on_sound, .bad = on_bad};
    *v = (struct ir_view){0};
    l.x = extractor(err);
    l.v = ir_zalloc((WIDTH + 1) * BANDS, sizeof *l.v);
    int rc = l.x ? ir_decode_run(&o, &item, 1, &sink, err) : -1;
    if (rc == 0 && l.bad) {
        *err = l.why;
        rc = -1;
    }
    if (rc == 0 && l.n > 0) {
        rc = draw(&l, err);
        v->shown_s = (double)(l.n * l.merge * HOP) / RATE;
        put_marks(v);
    }
    ir_extractor_free(l.x);
    ir_map_free(&l.map);
    free(l.v);
    return rc;
}

void ir_view_free(struct ir_view *v)
{
    ir_buf_free(&v->png);
    *v = (struct ir_view){0};
}
