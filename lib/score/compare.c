/* compare.c - two systems on the same clips: differences with paired bootstrap, McNemar's test. */
#include "listing.h"
#include <stdlib.h>
#include <string.h>

double ir_mcnemar(size_t b, size_t c)
{
    size_t n = b + c, few = b < c ? b : c;
    double sum = 0;
    if (n == 0)
        return 1;
    for (size_t i = 0; i <= few; i++)
        sum += exp(lgamma((double)n + 1) - lgamma((double)i + 1) - lgamma((double)(n - i) + 1) -
                   (double)n * log(2));
    return 2 * sum < 1 ? 2 * sum : 1;
}

/* ---- the same clips in the same order ----------------------------------------------------------
 */

struct keyed {
    const struct ir_scores *s;
    size_t i;
};

static int by_key(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;
    const struct ir_score_clip *p = &x->s->clip[x->i], *q = &y->s->clip[y->i];
    int d = strcmp(p->id, q->id);
    if (d == 0)
        d = strcmp(p->path, q->path);
    if (d == 0 && p->offset_s != q->offset_s)
        d = p->offset_s < q->offset_s ? -1 : 1;
    return d;
}

static struct keyed *sorted(const struct ir_scores *s)
{
    struct keyed *k = ir_alloc(s->n + 1, sizeof *k);
    for (size_t i = 0; i < s->n; i++)
        k[i] = (struct keyed){s, i};
    qsort(k, s->n, sizeof *k, by_key);
    return k;
}

static int same_classes(const struct ir_scores *a, const struct ir_scores *b, struct ir_err *err)
{
    struct ir_buf x = {0}, y = {0};
    int rc = 0;
    ir_names_format(&a->classes, &x);
    ir_names_format(&b->classes, &y);
    if (strcmp(x.data, y.data) != 0)
        rc = ir_fail(err, "the classes of the second system are '%.400s', wanted '%.400s'", y.data,
                     x.data);
    else if (a->single != b->single)
        rc = ir_fail(err, "one system has task=single, the other task=multi");
    else if (a->n != b->n)
        rc = ir_fail(err, "the second system has %zu clips, wanted %zu", b->n, a->n);
    ir_buf_free(&x);
    ir_buf_free(&y);
    return rc;
}

static int same_labels(const struct ir_scores *a, size_t i, const struct ir_scores *b, size_t j,
                       struct ir_err *err)
{
    char name[300];
    for (size_t c = 0; c < a->k; c++) {
        float x = a->y[i * a->k + c], y = b->y[j * a->k + c];
        if (isnan(x) != isnan(y) || (!isnan(x) && (x >= 0.5f) != (y >= 0.5f)))
            return ir_fail(err, "%s: the systems disagree on its label %s",
                           ir_scores_name(a, i, name), a->classes.at[c]);
    }
    return 0;
}

/* match[i] is the clip of b that is clip i of a. */
static int match_clips(const struct ir_scores *a, const struct ir_scores *b, size_t *match,
                       struct ir_err *err)
{
    if (same_classes(a, b, err))
        return -1;
    struct keyed *x = sorted(a), *y = sorted(b);
    char name[300];
    int rc = 0;
    for (size_t i = 0; i < a->n && rc == 0; i++) {
        if (by_key(&x[i], &y[i]) != 0)
            rc = ir_fail(err, "%s: the second system has no such clip",
                         ir_scores_name(a, x[i].i, name));
        else if (i > 0 && by_key(&x[i - 1], &x[i]) == 0)
            rc = ir_fail(err, "%s: two clips have this id and offset",
                         ir_scores_name(a, x[i].i, name));
        else
            rc = same_labels(a, x[i].i, b, y[i].i, err);
        match[x[i].i] = y[i].i;
    }
    free(x);
    free(y);
    return rc;
}

/* Clips of b into the order of a. */
static void reorder(struct ir_scores *b, const size_t *match)
{
    float *p = ir_alloc(b->n * b->k, sizeof *p), *y = ir_alloc(b->n * b->k, sizeof *y);
    struct ir_score_clip *clip = ir_alloc(b->n, sizeof *clip);
    for (size_t i = 0; i < b->n; i++) {
        memcpy(p + i * b->k, b->p + match[i] * b->k, b->k * sizeof *p);
        memcpy(y + i * b->k, b->y + match[i] * b->k, b->k * sizeof *y);
        clip[i] = b->clip[match[i]];
    }
    free(b->p);
    free(b->y);
    free(b->clip);
    b->p = p;
    b->y = y;
    b->clip = clip;
    b->cap = b->n;
    ir_scores_forget(b);
    ir_scores_decide(b);
}

/* ---- the paired bootstrap ----------------------------------------------------------------------
 */

struct job {
    const struct ir_report *a, *b;
    const struct ir_bootstrap *how;
    const uint32_t *of;
    size_t units;
    double *difference; /* [n × times] */
};

static void one(void *arg, size_t i, unsigned thread)
{
    struct job *j = arg;
    struct ir_scores *s = j->a->sample->s, *t = j->b->sample->s;
    uint32_t *drawn = ir_zalloc(j->units, sizeof *drawn), *weight = ir_alloc(s->n, sizeof *weight);
    struct ir_rng rng;
    struct ir_sample v, w;
    uint64_t number = i;
    (void)thread;
    ir_rng_seed(&rng, ir_hash(&number, sizeof number, j->how->seed));
    for (size_t u = 0; u < j->units; u++)
        drawn[ir_rng_below(&rng, j->units)]++;
    for (size_t c = 0; c < s->n; c++)
        weight[c] = drawn[j->of[c]];
    ir_sample_start(&v, s, weight);
    ir_sample_start(&w, t, weight);
    for (size_t k = 0; k < j->a->n; k++) {
        const struct ir_value *x = &j->a->value[k];
        if (x->average != IR_AVG_CLASS)
            j->difference[k * j->how->times + i] =
                ir_metric_value(x->metric, &v, x->average, x->c) -
                ir_metric_value(x->metric, &w, x->average, x->c);
    }
    ir_sample_free(&v);
    ir_sample_free(&w);
    free(drawn);
    free(weight);
}

static int rising(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

struct verdict {
    double low, high, p;
};

static struct verdict judge(double *v, size_t times, double confidence)
{
    size_t n = 0, below = 0, above = 0;
    for (size_t i = 0; i < times; i++)
        if (!isnan(v[i]))
            v[n++] = v[i];
    if (n < 2)
        return (struct verdict){IR_NA, IR_NA, IR_NA};
    qsort(v, n, sizeof *v, rising);
    for (size_t i = 0; i < n; i++) {
        below += v[i] <= 0;
        above += v[i] >= 0;
    }
    size_t few = below < above ? below : above;
    double p = 2 * (double)(few + 1) / (double)(n + 1);
    size_t low = (size_t)((1 - confidence) / 2 * (double)(n - 1) + 0.5);
    return (struct verdict){v[low], v[n - 1 - low], p < 1 ? p : 1};
}

static void one_line(const struct ir_value *x, double b, const struct verdict *v,
                     enum ir_score_format format, bool first, struct ir_buf *out)
{
    double f = x->metric->raw ? 1 : 100,
           values[] = {x->value, b, x->value - b, v->low, v->high, v->p};
    static const char *const keys[] = {"first", "second", "difference", "low", "high", "p"};
    char name[80];
    snprintf(name, sizeof name, "%s%s%s", x->metric->name, x->average == IR_AVG_ALL ? "" : ".",
             x->average == IR_AVG_ALL ? "" : ir_average_name(x->average));
    if (format == IR_SCORE_TEXT)
        ir_buf_printf(out, "%-20s", name);
    else if (format == IR_SCORE_TSV)
        ir_buf_printf(out, "%s\t%s", x->metric->name, ir_average_name(x->average));
    else
        ir_buf_printf(out, "%s\n  {\"metric\": \"%s\", \"average\": \"%s\"", first ? "" : ",",
                      x->metric->name, ir_average_name(x->average));
    for (size_t i = 0; i < 6; i++) {
        char text[64];
        snprintf(text, sizeof text, "%.*f",
                 format != IR_SCORE_TEXT ? 6
                 : i == 5 || f == 1      ? 4
                                         : 2,
                 (format == IR_SCORE_TEXT && i < 5 ? f : 1) * values[i]);
        if (format == IR_SCORE_TEXT)
            ir_buf_printf(out, " %10s", isnan(values[i]) ? "n/a" : text);
        else if (format == IR_SCORE_TSV)
            ir_buf_printf(out, "\t%s", isnan(values[i]) ? "n/a" : text);
        else
            ir_buf_printf(out, ", \"%s\": %s", keys[i], isnan(values[i]) ? "null" : text);
    }
    ir_buf_puts(out, format == IR_SCORE_JSON ? "}" : "\n");
}

static bool right(const struct ir_scores *s, size_t i, bool *judged)
{
    size_t one, top = ir_scores_top(s, i);
    int positives = ir_scores_positives(s, i, &one);
    if (s->single) {
        *judged = positives > 0 && !isnan(s->y[i * s->k + top]);
        return *judged && s->y[i * s->k + top] >= 0.5f;
    }
    *judged = positives >= 0;
    for (size_t c = 0; c < s->k; c++) {
        float y = s->y[i * s->k + c];
        if (!isnan(y) && (y >= 0.5f) != (s->yes[i * s->k + c] != 0))
            return false;
    }
    return *judged;
}

static void mcnemar(const struct ir_scores *a, const struct ir_scores *b,
                    enum ir_score_format format, struct ir_buf *out)
{
    size_t both = 0, only_a = 0, only_b = 0, neither = 0;
    for (size_t i = 0; i < a->n; i++) {
        bool judged, x = right(a, i, &judged), y = right(b, i, &judged);
        if (judged)
            ++*(x && y ? &both : x ? &only_a : y ? &only_b : &neither);
    }
    double p = ir_mcnemar(only_a, only_b);
    if (format == IR_SCORE_TEXT)
        ir_buf_printf(
            out,
            "\nclips right (%s): both %zu, only the first %zu, only the second %zu, neither %zu\n"
            "McNemar, exact, two-sided: p = %.4g (takes the clips as independent)\n",
            a->single ? "first class among the labels" : "all known cells", both, only_a, only_b,
            neither, p);
    else if (format == IR_SCORE_TSV)
        ir_buf_printf(
            out,
            "# right: both %zu, only first %zu, only second %zu, neither %zu; McNemar p %.6g\n",
            both, only_a, only_b, neither, p);
    else
        ir_buf_printf(
            out,
            "],\n \"right\": {\"both\": %zu, \"first\": %zu, \"second\": %zu, \"neither\": %zu, "
            "\"mcnemar\": %.6g}}\n",
            both, only_a, only_b, neither, p);
}

/* Which is the first, which the second. */
static void print_files(const char *const file[2], enum ir_score_format format, struct ir_buf *out)
{
    static const char *const which[] = {"first", "second"};
    for (int i = 0; i < 2; i++) {
        ir_buf_printf(out,
                      format == IR_SCORE_JSON  ? "\"%s\": "
                      : format == IR_SCORE_TSV ? "# %s: "
                                               : "%s: ",
                      which[i]);
        if (format == IR_SCORE_JSON)
            ir_buf_json(out, file[i]);
        else
            ir_buf_shown(out, file[i]);
        ir_buf_puts(out, format == IR_SCORE_JSON ? ", " : "\n");
    }
}

static void print(struct job *j, const char *const file[2], enum ir_score_format format,
                  struct ir_buf *out)
{
    bool first = true;
    if (format == IR_SCORE_JSON)
        ir_buf_puts(out, "{");
    if (format != IR_SCORE_TSV)
        print_files(file, format, out);
    if (format == IR_SCORE_TEXT)
        ir_buf_printf(out,
                      "%zu clips; %zu bootstrap samples of %zu %s, %g %% intervals\n\n%-20s %10s "
                      "%10s %10s %10s %10s %10s\n",
                      j->a->sample->s->n, j->how->times, j->units,
                      j->how->unit == IR_UNIT_CLIP   ? "clips"
                      : j->how->unit == IR_UNIT_FILE ? "files"
                                                     : "groups",
                      100 * j->how->confidence, "percent", "first", "second", "difference", "low",
                      "high", "p");
    else if (format == IR_SCORE_TSV)
        ir_buf_puts(out, "metric\taverage\tfirst\tsecond\tdifference\tlow\thigh\tp\n");
    else
        ir_buf_printf(out, "\"clips\": %zu, \"values\": [", j->a->sample->s->n);
    for (size_t k = 0; k < j->a->n; k++) {
        const struct ir_value *x = &j->a->value[k];
        if (x->average == IR_AVG_CLASS)
            continue;
        struct verdict v =
            judge(j->difference + k * j->how->times, j->how->times, j->how->confidence);
        one_line(x, j->b->value[k].value, &v, format, first, out);
        first = false;
    }
    if (format == IR_SCORE_TSV)
        print_files(file, format, out);
    mcnemar(j->a->sample->s, j->b->sample->s, format, out);
}

int ir_score_compare(struct ir_scores *a, struct ir_scores *b, const char *const file[2],
                     const char *names, const struct ir_bootstrap *how, enum ir_score_format format,
                     struct ir_buf *out, struct ir_err *err)
{
    size_t *match = ir_zalloc(a->n + 1, sizeof *match);
    struct ir_sample v = {0}, w = {0};
    struct ir_report r = {0}, q = {0};
    int rc = match_clips(a, b, match, err);
    if (rc == 0) {
        reorder(b, match);
        ir_sample_start(&v, a, NULL);
        ir_sample_start(&w, b, NULL);
        rc = ir_report_make(&r, &v, names, err);
    }
    if (rc == 0)
        rc = ir_report_make(&q, &w, names, err);
    if (rc == 0) {
        struct job j = {.a = &r, .b = &q, .how = how};
        j.of = ir_scores_units(a, how->unit, &j.units);
        j.difference = ir_alloc(r.n * how->times + 1, sizeof *j.difference);
        ir_pool_run(how->pool, how->times, one, &j);
        print(&j, file, format, out);
        free(j.difference);
    }
    ir_report_free(&r);
    ir_report_free(&q);
    ir_sample_free(&v);
    ir_sample_free(&w);
    free(match);
    return rc;
}
