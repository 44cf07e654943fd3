/* activity.c - MedleyDB's activation confidence, after the formula of its public annotation code.
 *
 * Energy: half-wave rectified sound, compressed by a square root, averaged under a Hann window of
 * 4096 samples every 2048. Scaled by the number of stems over the largest total energy, silent
 * frames are cleared, smoothed forward and backward by a Butterworth low-pass of order 2 at 0.075
 * of Nyquist, then a logistic curve of slope 20 around 0.15 makes it a confidence. */
#include "render.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WINDOW = 4096, HOP = 2048 };

static void energy(const float *x, size_t n, size_t frames, const double *w, double *out)
{
    for (size_t t = 0; t < frames; t++) {
        double sum = 0;
        for (size_t i = 0; i < WINDOW; i++) {
            size_t at = t * HOP + i; /* HOP zeros stand in front */
            double v = at >= HOP && at - HOP < n ? (double)x[at - HOP] : 0;
            if (v > 0)
                sum += w[i] * sqrt(v);
        }
        out[t] = sum / WINDOW;
    }
}

/* Butterworth of order 2 by the bilinear transform; one pass, from a state at rest on the first
 * value. */
static void smooth(double *x, size_t n, bool backward)
{
    double k = tan(M_PI * 0.075 / 2), norm = 1 / (1 + M_SQRT2 * k + k * k);
    double b0 = k * k * norm, a1 = 2 * (k * k - 1) * norm, a2 = (1 - M_SQRT2 * k + k * k) * norm;
    double first = n ? x[backward ? n - 1 : 0] : 0, x1 = first, x2 = first, y1 = first, y2 = first;
    for (size_t i = 0; i < n; i++) {
        double *at = &x[backward ? n - 1 - i : i], in = *at;
        double y = b0 * (in + 2 * x1 + x2) - a1 * y1 - a2 * y2;
        x2 = x1;
        x1 = in;
        y2 = y1;
        y1 = y;
        *at = y;
    }
}

size_t ir_activation(const float *const *stems, size_t count, size_t n, float **conf)
{
    size_t frames = n / HOP + 1;
    double *w = ir_alloc(WINDOW, sizeof *w), *h = ir_alloc(count * frames + 1, sizeof *h), most = 0;
    for (size_t i = 0; i < WINDOW; i++)
        w[i] = 0.5 - 0.5 * cos(2 * M_PI * (double)(i + 1) / (WINDOW + 1));
    for (size_t k = 0; k < count; k++)
        energy(stems[k], n, frames, w, h + k * frames);
    double *total = ir_zalloc(frames, sizeof *total);
    for (size_t t = 0; t < frames; t++) {
        for (size_t k = 0; k < count; k++)
            total[t] += h[k * frames + t];
        most = fmax(most, total[t]);
    }
    *conf = ir_alloc(count * frames + 1, sizeof **conf);
    for (size_t k = 0; k < count; k++) {
        double *row = h + k * frames;
        for (size_t t = 0; t < frames; t++) {
            row[t] = most > 0 ? row[t] * (double)count / most : 0;
            if (total[t] < 0.01)
                row[t] = 0;
        }
        smooth(row, frames, false);
        smooth(row, frames, true);
        for (size_t t = 0; t < frames; t++)
            (*conf)[k * frames + t] = (float)(1 - 1 / (1 + exp(20 * (row[t] - 0.15))));
    }
    free(w);
    free(h);
    free(total);
    return frames;
}
