/* count.c - counts of a class, of all cells, of one clip; means over clips. */
#include "count.h"

struct ir_count ir_count_of(const struct ir_sample *v, enum ir_average a, size_t c)
{
    if (a == IR_AVG_CLASS)
        return v->count[c];
    struct ir_count sum = {0};
    for (size_t j = 0; j < v->s->k; j++) {
        sum.tp += v->count[j].tp;
        sum.fp += v->count[j].fp;
        sum.fn += v->count[j].fn;
        sum.tn += v->count[j].tn;
    }
    return sum;
}

struct ir_count ir_count_clip(const struct ir_scores *s, size_t i)
{
    struct ir_count n = {0};
    for (size_t c = 0; c < s->k; c++) {
        float y = s->y[i * s->k + c];
        bool yes = s->yes[i * s->k + c];
        if (isnan(y))
            continue;
        if (y >= 0.5f)
            *(yes ? &n.tp : &n.fn) += 1;
        else
            *(yes ? &n.fp : &n.tn) += 1;
    }
    return n;
}

double ir_count_samples(const struct ir_sample *v, double (*f)(struct ir_count))
{
    double sum = 0, n = 0;
    for (size_t i = 0; i < v->s->n; i++) {
        double x = f(ir_count_clip(v->s, i)), w = ir_sample_weight(v, i);
        if (isnan(x))
            continue;
        sum += w * x;
        n += w;
    }
    return ir_ratio(sum, n);
}

double ir_count_clips(const struct ir_sample *v, double (*f)(const struct ir_scores *, size_t))
{
    double sum = 0, n = 0;
    for (size_t i = 0; i < v->s->n; i++) {
        double w = ir_sample_weight(v, i), x = w > 0 ? f(v->s, i) : IR_NA;
        if (isnan(x))
            continue;
        sum += w * x;
        n += w;
    }
    return ir_ratio(sum, n);
}

double ir_count_top(const struct ir_scores *s, size_t i, size_t m)
{
    const float *p = s->p + i * s->k, *y = s->y + i * s->k;
    double best = 0;
    size_t one;
    if (s->k < m || ir_scores_positives(s, i, &one) < 1)
        return IR_NA;
    for (size_t c = 0; c < s->k; c++) {
        size_t above = 0, tied = 0, right = 0;
        if (!(y[c] >= 0.5f))
            continue;
        for (size_t d = 0; d < s->k; d++) {
            above += p[d] > p[c];
            tied += p[d] == p[c];
            right += p[d] == p[c] && y[d] >= 0.5f;
        }
        if (above + tied <= m)
            return 1;
        if (above >= m)
            continue;
        /* m - above of the tied classes are drawn without order: the chance that none is right. */
        double none = 1;
        for (size_t j = 0; j < m - above; j++)
            none *= tied - right > j ? (double)(tied - right - j) / (double)(tied - j) : 0;
        if (1 - none > best)
            best = 1 - none;
    }
    return best;
}

double ir_count_rank(const struct ir_scores *s, size_t i, size_t c)
{
    const float *p = s->p + i * s->k, *y = s->y + i * s->k;
    double rank = 0, right = 0;
    if (!(y[c] >= 0.5f))
        return IR_NA;
    for (size_t d = 0; d < s->k; d++) {
        if (isnan(y[d]) || p[d] < p[c])
            continue;
        rank++;
        right += y[d] >= 0.5f;
    }
    return right / rank;
}
