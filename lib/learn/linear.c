/* linear.c - linear one-vs-rest models by L-BFGS, sixteen classes in lockstep: each pass over the
 * data evaluates the trial points of all classes that are not done; each class has its own line
 * search. */
#include "linear_lanes.h"
#include "learner.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MEMORY  10   /* pairs of steps and gradient changes that L-BFGS keeps */
#define CHUNK   1024 /* rows a task; fixed, so that the sums do not depend on the threads */
#define NOISE   1e-6 /* relative error of a loss summed from f32 */
#define SUFFICE 1e-4 /* Armijo: accept a step that gains this share of what the slope promises */

/* One class: its point, gradient, search direction and history, all [d + 1], the last the
 * intercept. */
struct lane {
    double *w, *g, *dir, *s, *q; /* s, q: [MEMORY × (d + 1)] */
    double rho[MEMORY];
    double f, slope, step;
    size_t pairs, next;
    long long steps;
    int tries;
    bool done, started;
};

struct fit {
    const struct ir_linear *how;
    const float *x; /* [n × d] standardised */
    size_t n, d, chunks;
    float *t;       /* [n × 16] */
    float *w;       /* [(d + 1) × 16] trial points */
    float *partial; /* [chunks × (d + 1) × 16] */
    double *loss;   /* [chunks × 16] */
    double sum_loss[IR_LANES];
    double *sum; /* [(d + 1) × 16] */
    struct lane lane[IR_LANES];
};

static void one_chunk(void *arg, size_t task, unsigned thread)
{
    struct fit *f = arg;
    (void)thread;
    size_t from = task * CHUNK, n = f->n - from < CHUNK ? f->n - from : CHUNK;
    size_t cells = (f->d + 1) * IR_LANES;
    struct ir_lanes_job job = {.x = f->x + from * f->d,
                               .n = n,
                               .d = f->d,
                               .w = f->w,
                               .t = f->t + from * IR_LANES,
                               .gradient = f->partial + task * cells,
                               .loss = f->loss + task * IR_LANES,
                               .hinge = f->how->hinge};
    memset(job.gradient, 0, cells * sizeof *job.gradient);
    memset(job.loss, 0, IR_LANES * sizeof *job.loss);
    ir_lanes_run(&job);
}

/* Loss and gradient of all lanes at f->w, without the penalty. */
static void evaluate(struct fit *f, struct ir_pool *pool)
{
    size_t cells = (f->d + 1) * IR_LANES;
    ir_pool_run(pool, f->chunks, one_chunk, f);
    memset(f->sum, 0, cells * sizeof *f->sum);
    memset(f->sum_loss, 0, sizeof f->sum_loss);
    for (size_t i = 0; i < f->chunks; i++) {
        for (size_t j = 0; j < cells; j++)
            f->sum[j] += (double)f->partial[i * cells + j];
        for (size_t c = 0; c < IR_LANES; c++)
            f->sum_loss[c] += f->loss[i * IR_LANES + c];
    }
}

static double dot(const double *a, const double *b, size_t n)
{
    double sum = 0;
    for (size_t j = 0; j < n; j++)
        sum += a[j] * b[j];
    return sum;
}

/* The trial point w + step × dir of each lane into its column. */
static void place(struct fit *f)
{
    for (size_t c = 0; c < IR_LANES; c++) {
        const struct lane *l = &f->lane[c];
        for (size_t j = 0; j <= f->d && !l->done; j++)
            f->w[j * IR_LANES + c] = (float)(l->w[j] + l->step * l->dir[j]);
    }
}

/* dir = -H g by the two loops of L-BFGS. */
static void direct(struct lane *l, size_t n, double scale)
{
    double alpha[MEMORY];
    for (size_t j = 0; j < n; j++)
        l->dir[j] = -l->g[j];
    for (size_t i = 0; i < l->pairs; i++) {
        size_t at = (l->next + MEMORY - 1 - i) % MEMORY;
        alpha[at] = l->rho[at] * dot(l->s + at * n, l->dir, n);
        for (size_t j = 0; j < n; j++)
            l->dir[j] -= alpha[at] * l->q[at * n + j];
    }
    if (l->pairs > 0) {
        size_t at = (l->next + MEMORY - 1) % MEMORY;
        scale = 1 / (l->rho[at] * dot(l->q + at * n, l->q + at * n, n));
    }
    for (size_t j = 0; j < n; j++)
        l->dir[j] *= scale;
    for (size_t i = l->pairs; i-- > 0;) {
        size_t at = (l->next + MEMORY - 1 - i) % MEMORY;
        double beta = l->rho[at] * dot(l->q + at * n, l->dir, n);
        for (size_t j = 0; j < n; j++)
            l->dir[j] += (alpha[at] - beta) * l->s[at * n + j];
    }
    l->slope = dot(l->dir, l->g, n);
}

/* Keep the pair of the accepted step; the point and gradient become the new ones in column c. */
static void accept(struct fit *f, struct lane *l, size_t c, double value)
{
    size_t n = f->d + 1, at = l->next;
    double *s = l->s + at * n, *q = l->q + at * n, change = 0, length = 0;
    for (size_t j = 0; j < n; j++) {
        double w = (double)f->w[j * IR_LANES + c];
        double g = f->how->c * f->sum[j * IR_LANES + c] + (j < f->d ? w : 0);
        s[j] = w - l->w[j];
        q[j] = g - l->g[j];
        change += s[j] * q[j];
        length += q[j] * q[j];
        l->w[j] = w;
        l->g[j] = g;
    }
    l->f = value;
    if (l->started && change > 1e-10 * length) {
        l->rho[at] = 1 / change;
        l->next = (at + 1) % MEMORY;
        l->pairs += l->pairs < MEMORY;
    }
    l->started = true;
}

static bool small(const struct fit *f, const struct lane *l)
{
    double most = 0;
    for (size_t j = 0; j <= f->d; j++)
        most = fmax(most, fabs(l->g[j]));
    return most <= f->how->tolerance * f->how->c * (double)f->n;
}

/* Near the minimum the loss cannot be told apart in f32, but its slope still can (Hager and Zhang's
 * approximate Wolfe condition): the step is good when the slope at its end is not steeper upwards
 * than it was downwards. */
static bool flat(const struct fit *f, const struct lane *l, size_t c, double gain)
{
    double slope = 0;
    if (!(gain <= NOISE * fabs(l->f)))
        return false;
    for (size_t j = 0; j <= f->d; j++) {
        double w = j < f->d ? (double)f->w[j * IR_LANES + c] : 0;
        slope += (f->how->c * f->sum[j * IR_LANES + c] + w) * l->dir[j];
    }
    return slope <= (2 * SUFFICE - 1) * l->slope;
}

/* Look at the value of the trial point of lane c: accept it and choose the next direction, or go
 * back. */
static void advance(struct fit *f, size_t c)
{
    struct lane *l = &f->lane[c];
    double value = f->how->c * f->sum_loss[c];
    if (l->done)
        return;
    for (size_t j = 0; j < f->d; j++) {
        double w = (double)f->w[j * IR_LANES + c];
        value += 0.5 * w * w;
    }
    double gain = value - l->f;
    if (l->started && !(gain <= SUFFICE * l->step * l->slope) && !flat(f, l, c, gain)) {
        /* The minimum of the parabola through both values and the slope, within bounds. */
        double best = -0.5 * l->slope * l->step / (gain - l->slope * l->step);
        l->step *= best > 0.1 && best < 0.5 ? best : isfinite(gain) ? 0.5 : 0.1;
        l->done = ++l->tries > 20;
        return;
    }
    accept(f, l, c, value);
    l->tries = 0;
    l->step = 1;
    if (small(f, l) || l->steps++ >= f->how->steps) {
        l->done = true;
        return;
    }
    /* Before the first pair: the curvature of the logistic loss on standardised data is about C n
     * / 4. */
    direct(l, f->d + 1, 1 / (1 + f->how->c * (double)f->n * (f->how->hinge ? 2 : 0.25)));
    l->done = !(l->slope < 0);
}

static void start_lane(struct fit *f, const struct ir_learn_data *a, size_t c, size_t class)
{
    struct lane *l = &f->lane[c];
    size_t n = f->d + 1, known = 0, positive = 0;
    *l = (struct lane){.w = ir_zalloc(n * (3 + 2 * MEMORY), sizeof(double)), .step = 1};
    l->g = l->w + n;
    l->dir = l->g + n;
    l->s = l->dir + n;
    l->q = l->s + MEMORY * n;
    if (class < a->k)
        ir_learn_count(a, class, &known, &positive);
    if (positive == 0 || positive == known) {
        /* Nothing to separate: say what the labels say, no when there are none. */
        l->w[f->d] = positive > 0 ? 10 : -10;
        l->done = true;
        return;
    }
    for (size_t i = 0; i < a->n; i++) {
        float y = a->y[i * a->k + class];
        f->t[i * IR_LANES + c] = isnan(y) ? 0.0f : y >= 0.5f ? 1.0f : -1.0f;
    }
}

static bool running(const struct fit *f)
{
    for (size_t c = 0; c < IR_LANES; c++)
        if (!f->lane[c].done)
            return true;
    return false;
}

void ir_linear_fit(const struct ir_learn_data *a, const struct ir_linear *how, float *w, float *b,
                   struct ir_pool *pool)
{
    size_t d = a->d, cells = (d + 1) * IR_LANES;
    struct fit f = {.how = how, .n = a->n, .d = d, .chunks = (a->n + CHUNK - 1) / CHUNK};
    float *mean = ir_alloc(d, sizeof *mean), *scale = ir_alloc(d, sizeof *scale);
    float *x = ir_alloc_aligned(a->n * d, sizeof *x);
    ir_standard_fit(a, mean, scale);
    ir_standard_apply(a->x, a->n, d, mean, scale, x);
    f.x = x;
    f.t = ir_alloc_aligned(a->n * IR_LANES, sizeof *f.t);
    f.w = ir_alloc_aligned(cells, sizeof *f.w);
    f.partial = ir_alloc_aligned(f.chunks * cells, sizeof *f.partial);
    f.loss = ir_alloc_aligned(f.chunks * IR_LANES, sizeof *f.loss);
    f.sum = ir_alloc(cells, sizeof *f.sum);
    for (size_t from = 0; from < a->k; from += IR_LANES) {
        memset(f.t, 0, a->n * IR_LANES * sizeof *f.t);
        memset(f.w, 0, cells * sizeof *f.w);
        for (size_t c = 0; c < IR_LANES; c++)
            start_lane(&f, a, c, from + c);
        while (running(&f)) {
            place(&f);
            evaluate(&f, pool);
            for (size_t c = 0; c < IR_LANES; c++)
                advance(&f, c);
        }
        for (size_t c = 0; c < IR_LANES; c++) {
            double shift = f.lane[c].w[d];
            for (size_t j = 0; j < d && from + c < a->k; j++) {
                double v = f.lane[c].w[j] * (double)scale[j];
                w[(from + c) * d + j] = (float)v;
                shift -= v * (double)mean[j];
            }
            if (from + c < a->k)
                b[from + c] = (float)shift;
            free(f.lane[c].w);
        }
    }
    free(f.t);
    free(f.w);
    free(f.partial);
    free(f.loss);
    free(f.sum);
    free(x);
    free(mean);
    free(scale);
}
