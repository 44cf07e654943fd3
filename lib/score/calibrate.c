/* calibrate.c - temperature: one number that makes all probabilities less or more sure. */
#include "../score.h"
#include <float.h>
#include <stdlib.h>
#include <string.h>

#define EPS 1e-7 /* probabilities are f32: keep clear of 0 and 1 */

void ir_calibrate(float *p, size_t k, bool single, double t)
{
    double sum = 0, top = 0;
    if (t == 1)
        return;
    for (size_t c = 0; c < k; c++)
        top = (double)p[c] > top ? (double)p[c] : top;
    if (top <= 0)
        return;
    for (size_t c = 0; c < k; c++) {
        double v = (double)p[c];
        if (single)
            v = pow(v / top, 1 / t);
        else if (v > 0 && v < 1)
            v = 1 / (1 + pow((1 - v) / v, 1 / t));
        p[c] = (float)v;
        sum += v;
    }
    for (size_t c = 0; c < k && single; c++)
        p[c] = (float)((double)p[c] / sum);
}

int ir_calibration_read(const struct ir_meta *head, double *t, bool *single, struct ir_err *err)
{
    static const char what[] = "temperature ";
    const char *text = ir_meta_get(head, "calibration"), *task = ir_meta_get(head, "task");
    *t = 1;
    *single = !task || strcmp(task, "multi") != 0;
    if (!text)
        return 0;
    if (strncmp(text, what, sizeof what - 1) != 0)
        return ir_fail(err, "calibration is '%.60s', wanted temperature and a number", text);
    return ir_parse_real(text + sizeof what - 1, 0.01, 100, "calibration temperature", t, err);
}

void ir_scores_calibrate(struct ir_scores *s, double t)
{
    for (size_t i = 0; i < s->n; i++)
        ir_calibrate(s->p + i * s->k, s->k, s->single, t);
    ir_scores_forget(s);
    ir_scores_decide(s);
}

static double clamp(double p)
{
    return p < EPS ? EPS : p > 1 - EPS ? 1 - EPS : p;
}

/* Log loss of the labelled clips at temperature t; *n counts the cases. */
static double loss(const struct ir_scores *s, double t, size_t *n)
{
    float *p = ir_alloc(s->k, sizeof *p);
    double sum = 0;
    *n = 0;
    for (size_t i = 0; i < s->n; i++) {
        size_t one = 0;
        if (s->single && ir_scores_positives(s, i, &one) != 1)
            continue;
        memcpy(p, s->p + i * s->k, s->k * sizeof *p);
        ir_calibrate(p, s->k, s->single, t);
        for (size_t c = s->single ? one : 0; c < (s->single ? one + 1 : s->k); c++) {
            float y = s->y[i * s->k + c];
            if (isnan(y))
                continue;
            sum -= log(clamp(y >= 0.5f ? (double)p[c] : 1 - (double)p[c]));
            ++*n;
        }
    }
    free(p);
    return sum;
}

int ir_scores_temperature(const struct ir_scores *s, double *t, struct ir_err *err)
{
    /* Golden section on log t: the loss is convex in 1/t. */
    const double g = 0.6180339887498949;
    double low = log(0.05), high = log(20), a = high - g * (high - low), b = low + g * (high - low);
    size_t n;
    double fa = loss(s, exp(a), &n), fb = loss(s, exp(b), &n);
    if (n == 0)
        return ir_fail(err, "no labelled clip to calibrate on");
    if (s->decided)
        return ir_fail(err, "there are no probabilities to calibrate");
    for (int turn = 0; turn < 40; turn++) {
        if (fa <= fb) {
            high = b;
            b = a;
            fb = fa;
            a = high - g * (high - low);
            fa = loss(s, exp(a), &n);
        } else {
            low = a;
            a = b;
            fa = fb;
            b = low + g * (high - low);
            fb = loss(s, exp(b), &n);
        }
    }
    *t = exp((low + high) / 2);
    return 0;
}
