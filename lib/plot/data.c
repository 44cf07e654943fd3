/* data.c - numbers for the charts out of score tables and predictions. */
#include "plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *cell(const struct ir_table *t, size_t row, int column)
{
    return t->cell.at[row * t->name.n + (size_t)column];
}

/* The columns of a score table that are needed here. */
struct columns {
    int metric, average, class_name, predicted, value, low, high;
};

static int find_columns(const struct ir_table *t, struct columns *c, struct ir_err *err)
{
    static const char *const name[] = {"metric", "average", "class", "predicted",
                                       "value",  "low",     "high"};
    int *at[] = {&c->metric, &c->average, &c->class_name, &c->predicted,
                 &c->value,  &c->low,     &c->high};
    for (size_t i = 0; i < 7; i++) {
        *at[i] = ir_table_column(t, name[i]);
        if (*at[i] < 0)
            return ir_fail(err, "no column '%s' found; a score table of ir-score --tsv is wanted",
                           name[i]);
    }
    return 0;
}

static size_t class_of(struct ir_strs *classes, const char *name)
{
    int i = ir_strs_find(classes, name);
    if (i >= 0)
        return (size_t)i;
    ir_strs_add(classes, name);
    return classes->n - 1;
}

int ir_table_confusion(const struct ir_table *t, struct ir_strs *classes, double **count,
                       struct ir_err *err)
{
    struct columns c;
    if (find_columns(t, &c, err) != 0)
        return -1;
    for (size_t i = 0; i < t->rows; i++)
        if (strcmp(cell(t, i, c.metric), "confusion") == 0)
            class_of(classes, cell(t, i, c.class_name));
    size_t n = classes->n;
    if (n == 0)
        return ir_fail(err, "no confusion matrix found in the score table (it has one when clips "
                            "carry one label each)");
    *count = ir_zalloc(n * n, sizeof **count);
    double *value = ir_table_numbers(t, (size_t)c.value);
    int rc = 0;
    for (size_t i = 0; i < t->rows && rc == 0; i++) {
        if (strcmp(cell(t, i, c.metric), "confusion") != 0)
            continue;
        int row = ir_strs_find(classes, cell(t, i, c.class_name));
        int col = ir_strs_find(classes, cell(t, i, c.predicted));
        if (col < 0 || !(value[i] >= 0))
            rc = ir_fail(err, "confusion line %s/%s: a known class and a count wanted",
                         cell(t, i, c.class_name), cell(t, i, c.predicted));
        else
            (*count)[(size_t)row * n + (size_t)col] = value[i];
    }
    free(value);
    return rc;
}

int ir_table_metric(const struct ir_table *t, const char *metric, struct ir_strs *classes,
                    double **value, double **low, double **high, struct ir_err *err)
{
    struct columns c;
    if (find_columns(t, &c, err) != 0)
        return -1;
    double *v = ir_table_numbers(t, (size_t)c.value), *lo = ir_table_numbers(t, (size_t)c.low),
           *hi = ir_table_numbers(t, (size_t)c.high);
    *value = v; /* filled in place: the k-th class never comes before row k */
    *low = lo;
    *high = hi;
    for (size_t i = 0; i < t->rows; i++) {
        if (strcmp(cell(t, i, c.metric), metric) != 0 ||
            strcmp(cell(t, i, c.average), "class") != 0)
            continue;
        ir_strs_add(classes, cell(t, i, c.class_name));
        v[classes->n - 1] = v[i];
        lo[classes->n - 1] = lo[i];
        hi[classes->n - 1] = hi[i];
    }
    if (classes->n == 0)
        return ir_fail(err, "no value of metric '%s' per class found in the score table", metric);
    return 0;
}

int ir_preds_confusion(const struct ir_preds *p, double **count, struct ir_err *err)
{
    size_t n = p->classes.n, used = 0;
    *count = ir_zalloc(n * n, sizeof **count);
    for (size_t i = 0; i < p->n; i++) {
        size_t labels = 0;
        for (size_t k = 0; k < n; k++)
            labels += p->truth[i * n + k] >= 0.5F;
        int actual = ir_preds_best(p, p->truth, i), said = ir_preds_best(p, p->p, i);
        if (labels != 1 || actual < 0 || said < 0)
            continue;
        (*count)[(size_t)actual * n + (size_t)said]++;
        used++;
    }
    if (used == 0)
        return ir_fail(err, "no clip with exactly one label found: a confusion matrix needs them");
    return 0;
}

void ir_preds_mean(const struct ir_preds *p, double **mean, double **error)
{
    size_t n = p->classes.n;
    *mean = ir_alloc(n, sizeof **mean);
    *error = ir_alloc(n, sizeof **error);
    for (size_t k = 0; k < n; k++) {
        double sum = 0, square = 0, m = 0;
        for (size_t i = 0; i < p->n; i++) {
            if (!(p->truth[i * n + k] >= 0.5F))
                continue;
            double v = (double)p->p[i * n + k];
            sum += v;
            square += v * v;
            m++;
        }
        (*mean)[k] = m > 0 ? sum / m : (double)NAN;
        (*error)[k] = m > 1 ? sqrt(fmax(square - sum * sum / m, 0) / (m - 1) / m) : (double)NAN;
    }
}
