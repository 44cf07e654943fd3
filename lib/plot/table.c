/* table.c - tab-separated tables with a line of column names. */
#include "plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TABLE_MAX ((size_t)64 << 20)

static size_t split(char *line, char **cells, size_t max)
{
    size_t n = 0;
    for (char *at = line; at; n++) {
        char *tab = strchr(at, '\t');
        if (tab)
            *tab++ = 0;
        if (n < max)
            cells[n] = at;
        at = tab;
    }
    return n;
}

static int take_line(struct ir_table *t, char *line, const char *path, size_t number,
                     struct ir_err *err)
{
    enum { COLUMNS_MAX = 4096 };
    char *cell[COLUMNS_MAX];
    size_t len = strlen(line);
    if (len && line[len - 1] == '\r')
        line[len - 1] = 0;
    if (line[0] == 0 || line[0] == '#')
        return 0;
    size_t n = split(line, cell, COLUMNS_MAX);
    if (n > COLUMNS_MAX)
        return ir_fail(err, "%s:%zu: %zu columns, at most %d wanted", path, number, n, COLUMNS_MAX);
    if (t->name.n == 0) {
        for (size_t i = 0; i < n; i++)
            ir_strs_add(&t->name, cell[i]);
        return 0;
    }
    if (n != t->name.n)
        return ir_fail(err, "%s:%zu: %zu columns found, %zu wanted as in the first line", path,
                       number, n, t->name.n);
    for (size_t i = 0; i < n; i++)
        ir_strs_add(&t->cell, cell[i]);
    t->rows++;
    return 0;
}

int ir_table_read(const char *path, struct ir_table *t, struct ir_err *err)
{
    struct ir_buf b = {0};
    memset(t, 0, sizeof *t);
    if (ir_read_file(path, TABLE_MAX, &b, err) != 0)
        return -1;
    int rc = 0;
    size_t number = 1;
    if (b.len && memchr(b.data, 0, b.len))
        rc = ir_fail(err, "%s: not a table of text: it holds a zero byte", path);
    for (char *at = b.data; rc == 0 && at && *at; number++) {
        char *end = strchr(at, '\n');
        if (end)
            *end++ = 0;
        rc = take_line(t, at, path, number, err);
        at = end;
    }
    if (rc == 0 && t->rows == 0)
        rc = ir_fail(err, "%s: no rows found, a line of column names and at least one row wanted",
                     path);
    ir_buf_free(&b);
    if (rc != 0)
        ir_table_free(t);
    return rc;
}

void ir_table_free(struct ir_table *t)
{
    ir_strs_free(&t->name);
    ir_strs_free(&t->cell);
    memset(t, 0, sizeof *t);
}

int ir_table_column(const struct ir_table *t, const char *name)
{
    return ir_strs_find(&t->name, name);
}

double *ir_table_numbers(const struct ir_table *t, size_t column)
{
    double *v = ir_alloc(t->rows ? t->rows : 1, sizeof *v);
    for (size_t i = 0; i < t->rows; i++)
        if (ir_parse_real(t->cell.at[i * t->name.n + column], -1e300, 1e300, "cell", &v[i], NULL) !=
            0)
            v[i] = (double)NAN;
    return v;
}
