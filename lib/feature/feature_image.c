/* feature_image.c - a picture of the spectrogram: colours, then bilinear scaling; low frequencies
 * are at the bottom, time runs to the right. */
#include "feature.h"

#include <math.h>

/* The jet map of Matlab and matplotlib: dark blue, blue, cyan, yellow, red, dark red. */
static void jet(float v, float rgb[3])
{
    static const float knots[3][5][2] = {
        {{0, 0}, {0.35F, 0}, {0.66F, 1}, {0.89F, 1}, {1, 0.5F}},
        {{0.125F, 0}, {0.375F, 1}, {0.64F, 1}, {0.91F, 0}, {1, 0}},
        {{0, 0.5F}, {0.11F, 1}, {0.34F, 1}, {0.65F, 0}, {1, 0}},
    };
    for (int c = 0; c < 3; c++) {
        const float(*k)[2] = knots[c];
        rgb[c] = k[0][1];
        for (int i = 0; i < 4; i++) {
            if (v < k[i][0])
                break;
            const float t = (v - k[i][0]) / (k[i + 1][0] - k[i][0]);
            rgb[c] = k[i][1] + (k[i + 1][1] - k[i][1]) * (t < 1 ? t : 1);
        }
    }
}

/* Where output pixel i of n falls in an axis of `from` pixels: centres onto centres, edges
 * repeated. */
static void place(size_t i, size_t n, size_t from, size_t at[2], float *share)
{
    double x = ((double)i + 0.5) * (double)from / (double)n - 0.5;
    x = fmin(fmax(x, 0), (double)(from - 1));
    at[0] = (size_t)x;
    at[1] = at[0] + 1 < from ? at[0] + 1 : at[0];
    *share = (float)(x - (double)at[0]);
}

static void scale(const float *in, size_t h, size_t w, float *out, size_t out_h, size_t out_w)
{
    for (size_t y = 0; y < out_h; y++) {
        size_t row[2], col[2];
        float a, b;
        place(y, out_h, h, row, &a);
        for (size_t x = 0; x < out_w; x++) {
            place(x, out_w, w, col, &b);
            const float top = in[row[0] * w + col[0]] * (1 - b) + in[row[0] * w + col[1]] * b;
            const float low = in[row[1] * w + col[0]] * (1 - b) + in[row[1] * w + col[1]] * b;
            out[y * out_w + x] = top * (1 - a) + low * a;
        }
    }
}

static bool image_on(const struct ir_front *f)
{
    return f->image_h > 0;
}

/* The top of the scale is the clip's maximum, its bottom top_db below (or the minimum), in 256
 * steps. */
static int image(const struct ir_front *f, struct ir_map *m, struct ir_err *err)
{
    if (m->channels != 1)
        return ir_fail(err, "an image wants 1 channel, found %zu", m->channels);
    const size_t n = m->rows * m->frames, colours = f->colormap == IR_COLORMAP_JET ? 3 : 1;
    float lo = m->v[0], hi = m->v[0];
    for (size_t i = 0; i < n; i++) {
        lo = m->v[i] < lo ? m->v[i] : lo;
        hi = m->v[i] > hi ? m->v[i] : hi;
    }
    if (f->log == IR_LOG_DB && f->top_db > 0)
        lo = hi - (float)f->top_db;
    struct ir_map plane = {0}, out = {.hop_s = m->hop_s};
    ir_map_reshape(&plane, colours, m->rows, m->frames);
    for (size_t r = 0; r < m->rows; r++) {
        for (size_t t = 0; t < m->frames; t++) {
            const float v = hi > lo ? (m->v[r * m->frames + t] - lo) / (hi - lo) : 0;
            float rgb[3] = {rintf(v * 255) / 255, 0, 0};
            if (colours == 3)
                jet(rgb[0], rgb);
            for (size_t c = 0; c < colours; c++)
                plane.v[c * n + (m->rows - 1 - r) * m->frames + t] = rgb[c];
        }
    }
    ir_map_reshape(&out, colours, f->image_h, f->image_w);
    for (size_t c = 0; c < colours; c++)
        scale(plane.v + c * n, m->rows, m->frames, out.v + c * f->image_h * f->image_w, f->image_h,
              f->image_w);
    ir_map_free(&plane);
    ir_map_move(m, &out);
    return 0;
}

const struct ir_feature ir_feature_image = {
    .name = "image",
    .usage = "a picture: colours by value, scaled bilinearly, frequency up, values 0 … 1",
    .example = "feature=mel rate=8000 n-fft=256 hop=80 bands=20 image=30x40 colormap=jet",
    .order = 50,
    .on = image_on,
    .apply = image,
};
