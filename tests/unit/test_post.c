/* test_post.c - the fused pass of batch normalisation, ReLU and max pooling against the three done
 * one after another in double, at every SIMD level, with one and three threads, and in place. */
#include "kern.h"
#include "../../lib/kern/table.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define EPS 1e-5

struct set {
    size_t nx, ny, c;
    float *x, *y, *dy, *dx, *gamma, *beta, *mean, *var, *invstd, *dgamma, *dbeta;
};

static float *noise(size_t n, struct ir_rng *rng)
{
    float *a = ir_alloc_aligned(n + 1, sizeof *a);
    for (size_t i = 0; i < n; i++)
        a[i] = (float)(floor(ir_rng_uniform(rng) * 64) / 32 - 1); /* coarse: equal cells happen */
    return a;
}

static struct set make(const struct ir_post *p, size_t n, uint64_t seed)
{
    struct set s;
    struct ir_rng rng;
    size_t y[2];
    ir_rng_seed(&rng, seed);
    ir_post_size(p, y);
    s.c = p->channels;
    s.nx = n * s.c * p->size[0] * p->size[1];
    s.ny = n * s.c * y[0] * y[1];
    float **all[] = {&s.gamma, &s.beta, &s.mean, &s.var, &s.invstd, &s.dgamma, &s.dbeta};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        *all[i] = noise(s.c, &rng);
    s.x = noise(s.nx, &rng);
    s.dx = noise(s.nx, &rng);
    s.y = noise(s.ny, &rng);
    s.dy = noise(s.ny, &rng);
    return s;
}

static void drop(struct set *s)
{
    float *all[] = {s->x,   s->y,      s->dy,     s->dx,   s->gamma, s->beta,
                    s->var, s->invstd, s->dgamma, s->mean, s->dbeta};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]);
}

/* ReLU and pool of one plane at v[at], its output at `out`; g gets what reaches v. */
static void slow_pool(const struct ir_post *p, struct set *s, const double *v, double *g, size_t at,
                      size_t out, const size_t y[2])
{
    size_t ph = p->pool[1] ? p->pool[0] : 1, pw = p->pool[1] ? p->pool[1] : 1;
    size_t sh = p->pool[1] ? p->pool_stride[0] : 1, sw = p->pool[1] ? p->pool_stride[1] : 1;
    for (size_t r = 0; r < y[0]; r++)
        for (size_t q = 0; q < y[1]; q++, out++) {
            size_t best = SIZE_MAX;
            for (size_t i = 0; i < ph; i++)
                for (size_t k = 0; k < pw; k++) {
                    size_t cell = at + (r * sh + i) * p->size[1] + q * sw + k;
                    if (best == SIZE_MAX || v[cell] > v[best] + 1e-6)
                        best = cell;
                }
            double top = v[best], d = (double)s->dy[out];
            s->y[out] = (float)(p->relu && top < 0 ? top * (double)p->slope : top);
            g[best] += p->relu && top <= 0 ? d * (double)p->slope : d;
        }
}

/* Stage by stage. g holds the gradient after the normalisation, v its value. */
static void slow(const struct ir_post *p, size_t n, struct set *s, bool frozen)
{
    size_t plane = p->size[0] * p->size[1], y[2];
    double count = (double)(n * plane);
    double *v = ir_zalloc(s->nx, sizeof *v), *g = ir_zalloc(s->nx, sizeof *g);
    ir_post_size(p, y);
    for (size_t c = 0; c < s->c; c++) {
        double mean = 0, var = 0, sg = 0, sgx = 0;
        double gamma = p->bn ? (double)s->gamma[c] : 1, beta = p->bn ? (double)s->beta[c] : 0;
        for (int round = 0; round < 2; round++)
            for (size_t b = 0; b < n; b++)
                for (size_t i = 0; i < plane; i++) {
                    double x = (double)s->x[(b * s->c + c) * plane + i];
                    if (round)
                        var += (x - mean) * (x - mean) / count;
                    else
                        mean += x / count;
                }
        if (frozen) {
            mean = (double)s->mean[c];
            var = 1 / ((double)s->invstd[c] * (double)s->invstd[c]) - EPS;
        }
        double invstd = 1 / sqrt(var + EPS);
        s->mean[c] = (float)mean;
        s->var[c] = (float)var;
        s->invstd[c] = (float)invstd;
        for (size_t b = 0; b < n; b++) {
            size_t at = (b * s->c + c) * plane;
            for (size_t i = 0; i < plane; i++) {
                double z = (double)s->x[at + i];
                if (p->bn)
                    z = gamma * (z - mean) * invstd + beta;
                v[at + i] = z;
            }
            slow_pool(p, s, v, g, at, (b * s->c + c) * y[0] * y[1], y);
            for (size_t i = 0; i < plane; i++) {
                sg += g[at + i];
                sgx += g[at + i] * ((double)s->x[at + i] - mean) * invstd;
            }
        }
        s->dbeta[c] += (float)sg;
        s->dgamma[c] += (float)sgx;
        for (size_t b = 0; b < n; b++)
            for (size_t i = 0; i < plane; i++) {
                size_t at = (b * s->c + c) * plane + i;
                double xhat = ((double)s->x[at] - mean) * invstd;
                s->dx[at] =
                    (float)(!p->bn   ? g[at]
                            : frozen ? gamma * invstd * g[at]
                                     : gamma * invstd * (g[at] - sg / count - xhat * sgx / count));
            }
    }
    free(v);
    free(g);
}

static void fast(const struct ir_post *p, size_t n, struct set *s, bool frozen, unsigned threads,
                 bool in_place)
{
    struct ir_pool *pool = threads > 1 ? ir_pool_new(threads) : NULL;
    void *scratch = ir_alloc_aligned(ir_post_scratch(p, n, threads) + 64, 1);
    struct ir_post_bn bn = {s->gamma, s->beta, s->mean, s->invstd};
    if (p->bn && !frozen)
        ir_post_stats(p, pool, n, s->x, EPS, s->mean, s->var, s->invstd, scratch);
    ir_post_forward(p, pool, n, s->x, &bn, s->y);
    float *dx = s->dx;
    if (in_place) {
        memcpy(s->dx, s->x, s->nx * sizeof(float));
        ir_post_backward(p, pool, n, dx, &bn, frozen, s->dy, dx, s->dgamma, s->dbeta, scratch);
    } else {
        ir_post_backward(p, pool, n, s->x, &bn, frozen, s->dy, dx, s->dgamma, s->dbeta, scratch);
    }
    free(scratch);
    ir_pool_free(pool);
}

static void near(const char *what, size_t which, int simd, const float *a, const float *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!(fabs((double)a[i] - (double)b[i]) <= 2e-5 * (1 + fabs((double)b[i]))))
            fail_msg("case %zu simd %d: %s[%zu] is %g, not %g", which, simd, what, i, (double)a[i],
                     (double)b[i]);
}

static const struct ir_post cases[] = {
    {3, {5, 7}, .bn = true},
    {3, {1, 40}, .relu = true},
    {2, {6, 33}, .relu = true, .pool = {2, 2}, .pool_stride = {2, 2}},
    {2, {6, 33}, .bn = true, .relu = true, .slope = 0.25f, .pool = {2, 2}, .pool_stride = {2, 2}},
    {4, {9, 101}, .bn = true, .relu = true, .pool = {2, 2}, .pool_stride = {2, 2}},
    {4, {8, 64}, .bn = true, .pool = {2, 2}, .pool_stride = {2, 2}},
    {2, {13, 13}, .bn = true, .relu = true, .pool = {3, 3}, .pool_stride = {2, 2}},
    {2, {1, 90}, .relu = true, .pool = {1, 30}, .pool_stride = {1, 20}},
    {1, {5, 700}, .bn = true, .relu = true, .pool = {3, 3}, .pool_stride = {2, 2}},
    {2, {9, 50}, .relu = true, .pool = {2, 5}, .pool_stride = {3, 4}},
    {5, {1, 1}, .bn = true, .relu = true},
    {2, {70, 80}, .bn = true, .relu = true, .slope = 0.1f},
};

static void agrees(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int simd = 0; simd < 4; simd++)
            for (int mode = 0; mode < 4; mode++) {
                if (!ir_kern_get(simd))
                    continue; /* not on this processor */
                struct ir_post p = cases[i];
                bool frozen = mode & 1, in_place = mode & 2;
                struct set want = make(&p, 3, i), got = make(&p, 3, i), more = make(&p, 3, i);
                for (size_t c = 0; c < want.c; c++)
                    want.invstd[c] = got.invstd[c] = more.invstd[c] = 1.5f;
                slow(&p, 3, &want, frozen);
                p.simd = simd;
                fast(&p, 3, &got, frozen, 1, in_place);
                near("y", i, simd, got.y, want.y, got.ny);
                near("dx", i, simd, got.dx, want.dx, got.nx);
                if (p.bn) {
                    near("mean", i, simd, got.mean, want.mean, got.c);
                    near("invstd", i, simd, got.invstd, want.invstd, got.c);
                    near("dgamma", i, simd, got.dgamma, want.dgamma, got.c);
                    near("dbeta", i, simd, got.dbeta, want.dbeta, got.c);
                }
                fast(&p, 3, &more, frozen, 3, in_place);
                assert_memory_equal(more.y, got.y, got.ny * sizeof(float));
                assert_memory_equal(more.dx, got.dx, got.nx * sizeof(float));
                assert_memory_equal(more.dgamma, got.dgamma, got.c * sizeof(float));
                drop(&want);
                drop(&got);
                drop(&more);
            }
}

/* A large offset must not spoil the variance. */
static void stats_far_from_zero(void **state)
{
    (void)state;
    struct ir_post p = {1, {1, 1000}, .bn = true};
    float x[2000], mean, var, invstd;
    for (size_t i = 0; i < 2000; i++)
        x[i] = 5000 + (i % 2 ? 0.5f : -0.5f);
    void *scratch = ir_alloc_aligned(ir_post_scratch(&p, 2, 1), 1);
    ir_post_stats(&p, NULL, 2, x, 0, &mean, &var, &invstd, scratch);
    assert_true(fabs((double)mean - 5000) < 1e-3);
    assert_true(fabs((double)var - 0.25) < 1e-5);
    assert_true(fabs((double)invstd - 2) < 1e-4);
    free(scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(agrees),
                                       cmocka_unit_test(stats_far_from_zero)};
    return cmocka_run_group_tests_name("post", tests, NULL, NULL);
}
