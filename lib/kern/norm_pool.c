/* norm_pool.c - batch normalisation, ReLU and max pooling as one sweep: see kern.h. Tasks are
 * planes; sums are kept per plane and added in their order, in double. */
#include "kern.h"
#include "table.h"

#include <math.h>

struct job {
    const struct ir_post *p;
    const struct ir_kern *kern;
    const struct ir_post_bn *bn;
    const float *x, *dy;
    float *y, *dx, *g;
    double *sums;                       /* [n × channels][2] */
    size_t plane, y_plane, planes, per; /* planes of a task */
    double count;                       /* cells of a channel in the batch */
    bool frozen, train;
};

void ir_post_size(const struct ir_post *p, size_t y[2])
{
    for (int a = 0; a < 2; a++)
        y[a] = !p->pool[1]               ? p->size[a]
               : p->size[a] < p->pool[a] ? 0
                                         : (p->size[a] - p->pool[a]) / p->pool_stride[a] + 1;
}

size_t ir_post_scratch(const struct ir_post *p, size_t n, unsigned threads)
{
    size_t plane = p->size[0] * p->size[1];
    return (n * p->channels * 2 * sizeof(double) + 63) / 64 * 64 +
           threads * ((plane * sizeof(float) + 63) / 64 * 64);
}

static struct job start(const struct ir_post *p, size_t n, const float *x, void *scratch)
{
    struct job j = {.p = p, .kern = ir_kern_get(p->simd), .x = x, .sums = scratch};
    size_t y[2];
    ir_post_size(p, y);
    j.plane = p->size[0] * p->size[1];
    j.y_plane = y[0] * y[1];
    j.planes = n * p->channels;
    j.per = j.plane < 4096 ? 4096 / j.plane : 1;
    j.count = (double)n * (double)j.plane;
    if (scratch)
        j.g = (float *)(void *)((char *)scratch +
                                (n * p->channels * 2 * sizeof(double) + 63) / 64 * 64);
    return j;
}

static void run(struct ir_pool *pool, struct job *j, void (*fn)(void *, size_t, unsigned))
{
    ir_pool_run(pool, (j->planes + j->per - 1) / j->per, fn, j);
}

/* The numbers of plane q. */
static struct ir_post_plane plane_of(const struct job *j, size_t q)
{
    const struct ir_post *p = j->p;
    size_t c = q % p->channels, y[2];
    struct ir_post_plane k = {.x = j->x + q * j->plane, .h = p->size[0], .w = p->size[1], .a = 1};
    ir_post_size(p, y);
    k.yh = y[0];
    k.yw = y[1];
    k.y = j->y ? j->y + q * j->y_plane : NULL;
    k.dy = j->dy ? j->dy + q * j->y_plane : NULL;
    k.dx = j->dx ? j->dx + q * j->plane : NULL;
    k.slope = p->relu ? p->slope : 1;
    for (int a = 0; a < 2; a++) {
        k.pool[a] = p->pool[1] ? p->pool[a] : 0;
        k.stride[a] = p->pool_stride[a];
    }
    k.two = p->pool[0] == 2 && p->pool[1] == 2 && p->pool_stride[0] == 2 && p->pool_stride[1] == 2;
    if (p->bn) {
        float gamma = j->bn->gamma ? j->bn->gamma[c] : 1, beta = j->bn->beta ? j->bn->beta[c] : 0;
        k.mean = j->bn->mean[c];
        k.a = gamma * j->bn->invstd[c];
        k.b = beta - k.mean * k.a;
    }
    k.sign = k.a > 0 ? 1 : k.a < 0 ? -1 : 0;
    return k;
}

static void stats_task(void *arg, size_t task, unsigned thread)
{
    const struct job *j = arg;
    (void)thread;
    for (size_t q = task * j->per; q < j->planes && q < (task + 1) * j->per; q++)
        j->kern->post_stats(j->x + q * j->plane, j->plane, j->sums + 2 * q);
}

void ir_post_stats(const struct ir_post *p, struct ir_pool *pool, size_t n, const float *x,
                   double eps, float *mean, float *var, float *invstd, void *scratch)
{
    struct job j = start(p, n, x, scratch);
    run(pool, &j, stats_task);
    for (size_t c = 0; c < p->channels; c++) {
        double m = 0, squares = 0;
        for (size_t b = 0; b < n; b++)
            m += j.sums[2 * (b * p->channels + c)];
        m /= (double)n;
        for (size_t b = 0; b < n; b++) {
            const double *s = j.sums + 2 * (b * p->channels + c);
            squares += s[1] + (double)j.plane * (s[0] - m) * (s[0] - m);
        }
        mean[c] = (float)m;
        if (var)
            var[c] = (float)(squares / j.count);
        invstd[c] = (float)(1 / sqrt(squares / j.count + eps));
    }
}

static void forward_task(void *arg, size_t task, unsigned thread)
{
    const struct job *j = arg;
    (void)thread;
    for (size_t q = task * j->per; q < j->planes && q < (task + 1) * j->per; q++) {
        struct ir_post_plane k = plane_of(j, q);
        j->kern->post_forward(&k);
    }
}

void ir_post_forward(const struct ir_post *p, struct ir_pool *pool, size_t n, const float *x,
                     const struct ir_post_bn *bn, float *y)
{
    struct job j = start(p, n, x, NULL);
    j.bn = bn;
    j.y = y;
    run(pool, &j, forward_task);
}

static void sums_task(void *arg, size_t task, unsigned thread)
{
    const struct job *j = arg;
    (void)thread;
    for (size_t q = task * j->per; q < j->planes && q < (task + 1) * j->per; q++) {
        struct ir_post_plane k = plane_of(j, q);
        j->kern->post_sums(&k, j->sums + 2 * q);
    }
}

static void backward_task(void *arg, size_t task, unsigned thread)
{
    const struct job *j = arg;
    const struct ir_post *p = j->p;
    for (size_t q = task * j->per; q < j->planes && q < (task + 1) * j->per; q++) {
        struct ir_post_plane k = plane_of(j, q);
        if (p->bn && !j->frozen) {
            /* dx = a (g - mean(g) - xhat mean(g xhat)), written as a g + k0 + k1 x. */
            const double *s = j->sums + 2 * (q % p->channels);
            double invstd = (double)j->bn->invstd[q % p->channels];
            double k1 = -(double)k.a * invstd * invstd * s[1] / j->count;
            k.k1 = (float)k1;
            k.k0 = (float)(-(double)k.a * s[0] / j->count - k1 * (double)k.mean);
        }
        j->kern->post_backward(&k, j->g + thread * ((j->plane + 15) / 16 * 16));
    }
}

void ir_post_backward(const struct ir_post *p, struct ir_pool *pool, size_t n, const float *x,
                      const struct ir_post_bn *bn, bool frozen, const float *dy, float *dx,
                      float *dgamma, float *dbeta, void *scratch)
{
    struct job j = start(p, n, x, scratch);
    j.bn = bn;
    j.dy = dy;
    j.dx = dx;
    j.frozen = frozen;
    if (p->bn && (!frozen || dgamma || dbeta)) {
        run(pool, &j, sums_task);
        for (size_t c = 0; c < p->channels; c++) {
            double *s = j.sums + 2 * c; /* of the first clip: the total goes here */
            for (size_t b = 1; b < n; b++) {
                s[0] += j.sums[2 * (b * p->channels + c)];
                s[1] += j.sums[2 * (b * p->channels + c) + 1];
            }
            if (dbeta)
                dbeta[c] += (float)s[0];
            if (dgamma)
                dgamma[c] += (float)(s[1] * (double)bn->invstd[c]);
        }
    }
    if (dx)
        run(pool, &j, backward_task);
}
