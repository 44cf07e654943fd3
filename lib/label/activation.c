/* activation.c - annotations of when each stem of a track sounds. */
#include "activation.h"

#include <stdlib.h>
#include <string.h>

#include "csv.h"

static int read_row(struct ir_activation *a, struct ir_csv *c, size_t *cap, size_t *cells,
                    struct ir_err *err)
{
    double v;
    if (ir_csv_full(c, err) || ir_csv_real(c, 0, 0, 1e6, &v, err))
        return -1;
    if (a->rows && v <= a->time_s[a->rows - 1]) {
        ir_fail(err, "time %g does not rise", v);
        return ir_csv_fail(c, err);
    }
    ir_grow(&a->time_s, cap, a->rows + 1, sizeof *a->time_s);
    ir_grow(&a->value, cells, (a->rows + 1) * a->column.n, sizeof *a->value);
    a->time_s[a->rows] = v;
    for (size_t k = 0; k < a->column.n; k++) {
        if (ir_csv_real(c, k + 1, 0, 1, &v, err))
            return -1;
        a->value[a->rows * a->column.n + k] = v;
    }
    a->rows++;
    return 0;
}

int ir_activation_read(struct ir_activation *a, const char *path, struct ir_err *err)
{
    struct ir_csv c;
    size_t cap = 0, cells = 0;
    int rc, row = 0;
    *a = (struct ir_activation){0};
    if (ir_csv_open(&c, path, ',', err))
        return -1;
    rc = ir_csv_head(&c, false, err);
    if (!rc && (c.head.n < 2 || strcmp(c.head.at[0], "time")))
        rc = ir_fail(err, "%s:1: found %.40s, wanted time and at least one stem", path,
                     c.head.n ? c.head.at[0] : "nothing");
    for (size_t k = 1; k < c.head.n && !rc; k++)
        ir_strs_add(&a->column, c.head.at[k]);
    while (!rc && (row = ir_csv_next(&c, false, err)))
        rc = row < 0 ? -1 : read_row(a, &c, &cap, &cells, err);
    if (!rc && !a->rows)
        rc = ir_fail(err, "%s: no rows", path);
    ir_csv_close(&c);
    if (rc)
        ir_activation_free(a);
    return rc;
}

void ir_activation_free(struct ir_activation *a)
{
    ir_strs_free(&a->column);
    free(a->time_s);
    free(a->value);
    *a = (struct ir_activation){0};
}

double ir_activation_peak(const struct ir_activation *a, size_t column, double start_s,
                          double end_s, size_t average, size_t rows_max)
{
    size_t lo = 0, hi = a->rows;
    while (lo < hi) { /* first row at or behind start_s */
        size_t mid = lo + (hi - lo) / 2;
        if (a->time_s[mid] < start_s)
            lo = mid + 1;
        else
            hi = mid;
    }
    size_t end = lo;
    while (end < a->rows && end - lo < rows_max && a->time_s[end] < end_s)
        end++;
    double best = 0;
    for (size_t i = lo; i + average <= end; i++) {
        double sum = 0;
        for (size_t k = 0; k < average; k++)
            sum += a->value[(i + k) * a->column.n + column];
        if (sum / (double)average > best)
            best = sum / (double)average;
    }
    return best;
}
