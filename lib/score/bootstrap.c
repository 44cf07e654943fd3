/* bootstrap.c - percentile intervals: whole units (groups, files or clips) are drawn with
 * replacement, so clips of one recording stay together. Replicate i depends on seed and i alone. */
#include "../score.h"
#include <stdlib.h>
#include <string.h>

struct job {
    const struct ir_report *r;
    const struct ir_bootstrap *b;
    const uint32_t *of;
    size_t units;
    double *value; /* [n × times] */
};

static void one(void *arg, size_t i, unsigned thread)
{
    struct job *j = arg;
    struct ir_scores *s = j->r->sample->s;
    uint32_t *drawn = ir_zalloc(j->units, sizeof *drawn), *weight = ir_alloc(s->n, sizeof *weight);
    struct ir_rng rng;
    struct ir_sample v;
    uint64_t number = i;
    (void)thread;
    ir_rng_seed(&rng, ir_hash(&number, sizeof number, j->b->seed));
    for (size_t u = 0; u < j->units; u++)
        drawn[ir_rng_below(&rng, j->units)]++;
    for (size_t c = 0; c < s->n; c++)
        weight[c] = drawn[j->of[c]];
    ir_sample_start(&v, s, weight);
    for (size_t k = 0; k < j->r->n; k++) {
        const struct ir_value *x = &j->r->value[k];
        j->value[k * j->b->times + i] = ir_metric_value(x->metric, &v, x->average, x->c);
    }
    ir_sample_free(&v);
    free(drawn);
    free(weight);
}

static int rising(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* Quantile of n sorted values by linear interpolation. */
static double quantile(const double *v, size_t n, double q)
{
    double at = q * (double)(n - 1);
    size_t i = (size_t)at;
    return i + 1 < n ? v[i] + (at - (double)i) * (v[i + 1] - v[i]) : v[n - 1];
}

void ir_bootstrap_report(struct ir_report *r, const struct ir_bootstrap *b)
{
    struct job j = {.r = r, .b = b};
    struct ir_buf text = {0};
    size_t partly = 0;
    j.of = ir_scores_units(r->sample->s, b->unit, &j.units);
    j.value = ir_alloc(r->n * b->times, sizeof *j.value);
    ir_pool_run(b->pool, b->times, one, &j);
    for (size_t k = 0; k < r->n; k++) {
        double *v = j.value + k * b->times;
        size_t n = 0;
        for (size_t i = 0; i < b->times; i++)
            if (!isnan(v[i]))
                v[n++] = v[i];
        r->value[k].has_interval = true;
        r->value[k].low = r->value[k].high = IR_NA;
        partly += n > 0 && n < b->times;
        if (n < b->times / 2 || n < 2 || isnan(r->value[k].value))
            continue;
        qsort(v, n, sizeof *v, rising);
        r->value[k].low = quantile(v, n, (1 - b->confidence) / 2);
        r->value[k].high = quantile(v, n, (1 + b->confidence) / 2);
    }
    ir_buf_printf(&text, "intervals: %g %% of %zu bootstrap samples of %zu %s", 100 * b->confidence,
                  b->times, j.units,
                  b->unit == IR_UNIT_CLIP   ? "clips"
                  : b->unit == IR_UNIT_FILE ? "files"
                                            : "groups");
    if (partly > 0)
        ir_buf_printf(&text, "; %zu numbers were undefined in some samples, which are left out",
                      partly);
    ir_strs_add(&r->notes, text.data);
    ir_buf_free(&text);
    free(j.value);
}
