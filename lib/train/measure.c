/* measure.c - the few scores that training itself needs to choose a model. */
#include "train.h"

#include <math.h>
#include <stdlib.h>

struct counts {
    double hit, predicted, actual;
};

static double f1(struct counts c)
{
    return c.predicted + c.actual > 0 ? 2 * c.hit / (c.predicted + c.actual) : (double)NAN;
}

static size_t argmax(const float *p, size_t k)
{
    size_t best = 0;
    for (size_t i = 1; i < k; i++) {
        if (p[i] > p[best])
            best = i;
    }
    return best;
}

struct ranked {
    float p;
    bool yes;
};

static int by_rank(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->p != y->p)
        return x->p < y->p ? 1 : -1;
    return (int)x->yes - (int)y->yes; /* ties: the pessimistic order */
}

/* Average precision of one class; NAN without a positive clip. */
static double average_precision(size_t n, size_t k, size_t c, const float *p, const float *t,
                                struct ranked *r)
{
    size_t m = 0, hits = 0;
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        if (t[i * k + c] == t[i * k + c])
            r[m++] = (struct ranked){p[i * k + c], t[i * k + c] >= 0.5f};
    }
    qsort(r, m, sizeof *r, by_rank);
    for (size_t i = 0; i < m; i++) {
        if (r[i].yes)
            sum += (double)++hits / (double)(i + 1);
    }
    return hits > 0 ? sum / (double)hits : (double)NAN;
}

static void count(size_t n, size_t k, bool single, const float *p, const float *t, struct counts *c,
                  struct ir_measures *m)
{
    size_t right = 0, cells = 0;
    for (size_t i = 0; i < n; i++, p += k, t += k) {
        size_t top = argmax(p, k);
        if (single) {
            right += t[top] >= 0.5f;
            cells++;
        }
        for (size_t j = 0; j < k; j++) {
            if (t[j] != t[j] && !single)
                continue;
            bool yes = single ? j == top : p[j] >= 0.5f, is = t[j] >= 0.5f;
            c[j].hit += yes && is;
            c[j].predicted += yes;
            c[j].actual += is;
            right += !single && yes == is;
            cells += !single;
        }
    }
    m->v[IR_MEASURE_ACCURACY] = cells > 0 ? (double)right / (double)cells : (double)NAN;
}

void ir_measure(size_t n, size_t k, bool single, const float *p, const float *t,
                struct ir_measures *m)
{
    struct counts *c = ir_zalloc(k + 1, sizeof *c), all = {0};
    struct ranked *r = ir_alloc(n + 1, sizeof *r);
    double f = 0, ap = 0;
    size_t fs = 0, aps = 0;
    count(n, k, single, p, t, c, m);
    for (size_t j = 0; j < k; j++) {
        double one = f1(c[j]), a = average_precision(n, k, j, p, t, r);
        if (one == one) {
            f += one;
            fs++;
        }
        if (a == a) {
            ap += a;
            aps++;
        }
        all.hit += c[j].hit;
        all.predicted += c[j].predicted;
        all.actual += c[j].actual;
    }
    m->v[IR_MEASURE_MICRO_F1] = f1(all);
    m->v[IR_MEASURE_MACRO_F1] = fs > 0 ? f / (double)fs : (double)NAN;
    m->v[IR_MEASURE_MAP] = aps > 0 ? ap / (double)aps : (double)NAN;
    m->clips = n;
    free(c);
    free(r);
}
