/* envelope.c - activation confidence of the stems of a track. */
#include "activation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WINDOW 4096
#define HOP    IR_ACTIVATION_HOP
#define CUTOFF 0.075 /* of half the rate of rows */
#define THETA  0.15
#define SLOPE  20.0
#define QUIET  0.01
#define PAD    9 /* rows added at both ends before filtering, as scipy.signal.filtfilt does */
#define PI     3.14159265358979323846

/* Energy of all rows of a sound; it begins HOP samples into the first window. */
static void energies(const float *x, size_t n, double *out, size_t rows)
{
    double *hann = ir_alloc(WINDOW, sizeof *hann);
    for (size_t i = 0; i < WINDOW; i++)
        hann[i] = (0.5 - 0.5 * cos(2 * PI * (double)(i + 1) / (WINDOW + 1))) / WINDOW;
    for (size_t t = 0; t < rows; t++) {
        out[t] = 0;
        for (size_t i = t ? 0 : HOP; i < WINDOW && t * HOP + i - HOP < n; i++)
            if (x[t * HOP + i - HOP] > 0)
                out[t] += hann[i] * sqrt((double)x[t * HOP + i - HOP]);
    }
    free(hann);
}

void ir_stems_add(struct ir_stems *s, const char *name, const float *x, size_t n)
{
    size_t k = s->name.n, cap = s->cap, padded = (n + HOP + WINDOW - 1) / WINDOW * WINDOW;
    ir_grow(&s->energy, &cap, k + 1, sizeof *s->energy);
    ir_grow(&s->rows, &s->cap, k + 1, sizeof *s->rows);
    ir_strs_add(&s->name, name);
    s->rows[k] = (padded - WINDOW) / HOP + 1;
    s->energy[k] = ir_alloc(s->rows[k], sizeof **s->energy);
    energies(x, n, s->energy[k], s->rows[k]);
}

void ir_stems_free(struct ir_stems *s)
{
    for (size_t k = 0; k < s->name.n; k++)
        free(s->energy[k]);
    free(s->energy);
    free(s->rows);
    ir_strs_free(&s->name);
    *s = (struct ir_stems){0};
}

/* ---- zero-phase low-pass -------------------------------------------------------------------- */

struct biquad {
    double b[3], a[3], zi[2];
};

/* Butterworth, order 2, by the bilinear transform; zi is the state that a constant 1 leaves behind.
 */
static struct biquad butterworth(double cutoff)
{
    double k = tan(PI * cutoff / 2), d = 1 + sqrt(2.0) * k + k * k;
    struct biquad q = {{k * k / d, 2 * k * k / d, k * k / d},
                       {1, 2 * (k * k - 1) / d, (1 - sqrt(2.0) * k + k * k) / d},
                       {0, 0}};
    q.zi[1] = q.b[2] - q.a[2]; /* the gain at 0 Hz is 1 */
    q.zi[0] = q.b[1] - q.a[1] + q.zi[1];
    return q;
}

/* In place over n values that are `step` apart (step -1: backwards from the last). */
static void filter(const struct biquad *q, double *x, size_t n, bool backwards)
{
    double first = backwards ? x[n - 1] : x[0], z0 = q->zi[0] * first, z1 = q->zi[1] * first;
    for (size_t i = 0; i < n; i++) {
        double *v = backwards ? &x[n - 1 - i] : &x[i], in = *v;
        *v = q->b[0] * in + z0;
        z0 = q->b[1] * in - q->a[1] * *v + z1;
        z1 = q->b[2] * in - q->a[2] * *v;
    }
}

/* Both ways, with the ends reflected through their first and last values. */
static void low_pass(const struct biquad *q, double *x, size_t n)
{
    size_t pad = n > PAD ? PAD : n - 1, len = n + 2 * pad;
    double *y = ir_alloc(len, sizeof *y);
    for (size_t i = 0; i < pad; i++) {
        y[i] = 2 * x[0] - x[pad - i];
        y[pad + n + i] = 2 * x[n - 1] - x[n - 2 - i];
    }
    memcpy(y + pad, x, n * sizeof *x);
    filter(q, y, len, false);
    filter(q, y, len, true);
    memcpy(x, y + pad, n * sizeof *x);
    free(y);
}

/* ---- all stems of a track ------------------------------------------------------------------- */

static double value(const struct ir_stems *s, size_t stem, size_t row)
{
    return row < s->rows[stem] ? s->energy[stem][row] : 0;
}

/* Confidence of one stem, into c[rows]. */
static void confidence(const struct ir_stems *s, size_t stem, const double *sum, double most,
                       size_t rows, double *c)
{
    struct biquad q = butterworth(CUTOFF);
    for (size_t t = 0; t < rows; t++)
        c[t] = sum[t] < QUIET || !(most > 0) ? 0 : (double)s->name.n * value(s, stem, t) / most;
    low_pass(&q, c, rows);
    for (size_t t = 0; t < rows; t++)
        c[t] = 1 - 1 / (1 + exp(SLOPE * (c[t] - THETA)));
}

void ir_stems_activation(const struct ir_stems *s, struct ir_activation *a)
{
    double most = 0;
    *a = (struct ir_activation){0};
    for (size_t k = 0; k < s->name.n; k++) {
        a->rows = s->rows[k] > a->rows ? s->rows[k] : a->rows;
        if (ir_strs_find(&a->column, s->name.at[k]) < 0)
            ir_strs_add(&a->column, s->name.at[k]);
    }
    double *sum = ir_zalloc(a->rows + 1, sizeof *sum), *c = ir_alloc(a->rows + 1, sizeof *c);
    a->time_s = ir_alloc(a->rows + 1, sizeof *a->time_s);
    a->value = ir_zalloc(a->rows * a->column.n + 1, sizeof *a->value);
    for (size_t t = 0; t < a->rows; t++) {
        a->time_s[t] = (double)t * HOP / IR_ACTIVATION_RATE;
        for (size_t k = 0; k < s->name.n; k++)
            sum[t] += value(s, k, t);
        most = sum[t] > most ? sum[t] : most;
    }
    for (size_t k = 0; k < s->name.n; k++) {
        size_t column = (size_t)ir_strs_find(&a->column, s->name.at[k]);
        confidence(s, k, sum, most, a->rows, c);
        for (size_t t = 0; t < a->rows; t++) {
            double *v = &a->value[t * a->column.n + column];
            *v = c[t] > *v ? c[t] : *v;
        }
    }
    free(sum);
    free(c);
}

static void put_name(struct ir_buf *b, const char *s)
{
    if (!strpbrk(s, ",\"\n\r")) {
        ir_buf_puts(b, s);
        return;
    }
    ir_buf_puts(b, "\"");
    for (; *s; s++)
        ir_buf_add(b, *s == '"' ? "\"\"" : s, *s == '"' ? 2 : 1);
    ir_buf_puts(b, "\"");
}

int ir_activation_write(const struct ir_activation *a, const char *path, struct ir_err *err)
{
    struct ir_out *o = ir_out_open(path, false, err);
    struct ir_buf b = {0};
    int rc = 0;
    if (!o)
        return -1;
    ir_buf_puts(&b, "time");
    for (size_t k = 0; k < a->column.n; k++) {
        ir_buf_puts(&b, ",");
        put_name(&b, a->column.at[k]);
    }
    for (size_t t = 0; t < a->rows; t++) {
        ir_buf_printf(&b, "\n%.4f", a->time_s[t]);
        for (size_t k = 0; k < a->column.n; k++)
            ir_buf_printf(&b, ",%.4f", a->value[t * a->column.n + k]);
    }
    ir_buf_puts(&b, "\n");
    rc = ir_out_write(o, b.data, b.len, err);
    ir_buf_free(&b);
    if (!rc)
        return ir_out_commit(o, err);
    ir_out_abort(o);
    return -1;
}
