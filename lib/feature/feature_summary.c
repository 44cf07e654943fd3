/* feature_summary.c - one vector a clip: statistics over its frames. */
#include "feature.h"

#include <math.h>
#include <stdlib.h>

static bool summary_on(const struct ir_front *f)
{
    return f->summary != IR_SUMMARY_NONE;
}

static void means(const float *v, size_t rows, size_t n, double *mean)
{
    for (size_t r = 0; r < rows; r++) {
        mean[r] = 0;
        for (size_t t = 0; t < n; t++)
            mean[r] += (double)v[r * n + t] / (double)n;
    }
}

/* Row means, then the full covariance matrix by rows, divided by frames - 1. */
static void gaussian(const float *v, size_t rows, size_t n, const double *mean, float *out)
{
    double *x = ir_alloc(rows * n, sizeof *x);
    for (size_t r = 0; r < rows; r++) {
        out[r] = (float)mean[r];
        for (size_t t = 0; t < n; t++)
            x[r * n + t] = (double)v[r * n + t] - mean[r];
    }
    out += rows;
    for (size_t r = 0; r < rows; r++) {
        for (size_t q = 0; q <= r; q++) {
            double sum = 0;
            for (size_t t = 0; t < n; t++)
                sum += x[r * n + t] * x[q * n + t];
            out[r * rows + q] = out[q * rows + r] = (float)(sum / (double)(n - 1));
        }
    }
    free(x);
}

/* Mean, standard deviation (divided by the number of frames), minimum, maximum of each row. */
static void stats(const float *v, size_t rows, size_t n, const double *mean, float *out)
{
    for (size_t r = 0; r < rows; r++) {
        const float *x = v + r * n;
        double sum = 0;
        float lo = x[0], hi = x[0];
        for (size_t t = 0; t < n; t++) {
            sum += ((double)x[t] - mean[r]) * ((double)x[t] - mean[r]);
            lo = x[t] < lo ? x[t] : lo;
            hi = x[t] > hi ? x[t] : hi;
        }
        out[r] = (float)mean[r];
        out[rows + r] = (float)sqrt(sum / (double)n);
        out[2 * rows + r] = lo;
        out[3 * rows + r] = hi;
    }
}

static int summary(const struct ir_front *f, struct ir_map *m, struct ir_err *err)
{
    const size_t rows = m->rows, n = m->frames;
    const size_t each = f->summary == IR_SUMMARY_GAUSSIAN ? rows + rows * rows
                        : f->summary == IR_SUMMARY_STATS  ? 4 * rows
                                                          : rows;
    if (f->summary == IR_SUMMARY_GAUSSIAN && n < 2)
        return ir_fail(err, "a covariance needs 2 frames, found %zu", n);
    if (rows > 8192)
        return ir_fail(err, "a summary of %zu rows is too large", rows);
    struct ir_map out = {.flat = true};
    double *mean = ir_alloc(rows, sizeof *mean);
    ir_map_reshape(&out, m->channels, each, 1);
    for (size_t c = 0; c < m->channels; c++) {
        const float *v = m->v + c * rows * n;
        float *to = out.v + c * each;
        means(v, rows, n, mean);
        if (f->summary == IR_SUMMARY_GAUSSIAN)
            gaussian(v, rows, n, mean, to);
        else if (f->summary == IR_SUMMARY_STATS)
            stats(v, rows, n, mean, to);
        else
            for (size_t r = 0; r < rows; r++)
                to[r] = (float)mean[r];
    }
    free(mean);
    ir_map_move(m, &out);
    return 0;
}

const struct ir_feature ir_feature_summary = {
    .name = "summary",
    .usage = "one vector a clip: statistics over its frames",
    .example = "feature=mfcc rate=8000 n-fft=256 hop=80 bands=20 coeffs=6 summary=gaussian",
    .order = 60,
    .on = summary_on,
    .apply = summary,
};
