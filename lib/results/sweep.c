/* sweep.c - the combinations of a sweep, best on the validation clips first. */
#include "private.h"
#include "plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const columns[] = {"valid_macro_f1", "valid_accuracy", "valid_loss", "epoch"};
enum { COLUMNS = sizeof columns / sizeof *columns };

struct trial {
    char *arguments;
    char *cell[COLUMNS]; /* as the log has them, "n/a" when it has not */
    double f1, loss;
};

/* The row of the epoch whose weights ir-train kept: the last marked best, else the first. */
static size_t kept_row(const struct ir_table *t)
{
    int best = ir_table_column(t, "best");
    size_t row = 0;
    for (size_t i = 0; best >= 0 && i < t->rows; i++)
        if (strcmp(t->cell.at[i * t->name.n + (size_t)best], "1") == 0)
            row = i;
    return row;
}

static double order(const char *text)
{
    double v;
    return ir_parse_real(text, -1e300, 1e300, "value", &v, NULL) == 0 ? v : (double)NAN;
}

static int add_trial(const char *folder, const char *stem, const char *arguments, struct trial *x,
                     struct ir_err *err)
{
    struct ir_buf path = {0};
    struct ir_table t;
    ir_buf_printf(&path, "%s/%s.log.tsv", folder, stem);
    int rc = ir_table_read(path.data, &t, err);
    ir_buf_free(&path);
    if (rc != 0)
        return -1;
    size_t row = kept_row(&t);
    x->arguments = ir_strdup(arguments);
    for (size_t i = 0; i < COLUMNS; i++) {
        int c = ir_table_column(&t, columns[i]);
        x->cell[i] = ir_strdup(c < 0 ? "n/a" : t.cell.at[row * t.name.n + (size_t)c]);
    }
    x->f1 = order(x->cell[0]);
    x->loss = order(x->cell[2]);
    ir_table_free(&t);
    return 0;
}

/* Larger F1 first, then smaller loss; a value that is not there comes last. */
static int by_worth(const void *a, const void *b)
{
    const struct trial *x = a, *y = b;
    double f = isnan(x->f1) ? -1 : x->f1, g = isnan(y->f1) ? -1 : y->f1;
    double l = isnan(x->loss) ? HUGE_VAL : x->loss, m = isnan(y->loss) ? HUGE_VAL : y->loss;
    if (f != g)
        return f > g ? -1 : 1;
    if (l != m)
        return l < m ? -1 : 1;
    return strcmp(x->arguments, y->arguments);
}

int ir_results_sweep(const char *folder, struct ir_buf *out, struct ir_err *err)
{
    struct ir_buf path = {0}, text = {0};
    struct trial *trial = NULL;
    size_t n = 0, cap = 0;
    ir_buf_printf(&path, "%s/combinations", folder);
    int rc = ir_read_file(path.data, (size_t)1 << 24, &text, err);
    char *at = text.data;
    for (char *line; rc == 0 && at && (line = strsep(&at, "\n")) != NULL;) {
        struct ir_result run = {0};
        char *arguments = strchr(line, '\t');
        if (!arguments)
            continue;
        *arguments++ = 0;
        path.len = 0;
        ir_buf_printf(&path, "%s/%s", folder, line);
        run.stem = path.data;
        if (!ir_result_has(&run, "model.irt"))
            continue;
        ir_grow(&trial, &cap, n + 1, sizeof *trial);
        if ((rc = add_trial(folder, line, arguments, &trial[n], err)) == 0)
            n++;
    }
    if (rc == 0 && n == 0)
        rc = ir_fail(err, "%s: no combination is finished", folder);
    if (rc == 0 && trial != NULL) {
        qsort(trial, n, sizeof *trial, by_worth);
        ir_buf_puts(out, "valid_macro_f1\tvalid_accuracy\tvalid_loss\tepoch\targuments\n");
        for (size_t i = 0; i < n; i++)
            ir_buf_printf(out, "%s\t%s\t%s\t%s\t%s\n", trial[i].cell[0], trial[i].cell[1],
                          trial[i].cell[2], trial[i].cell[3], trial[i].arguments);
    }
    for (size_t i = 0; i < n; i++) {
        free(trial[i].arguments);
        for (size_t k = 0; k < COLUMNS; k++)
            free(trial[i].cell[k]);
    }
    free(trial);
    ir_buf_free(&path);
    ir_buf_free(&text);
    return rc;
}
