/* logs.c - learning curves out of the tab-separated logs of ir-train. */
#include "plot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SERIES_MAX = 48, FILES_MAX = 16 };

/* What a panel gathers; names and numbers are owned. */
struct panel {
    struct ir_series series[SERIES_MAX];
    size_t n;
};

static bool chosen(const char *columns, const char *name)
{
    size_t len = strlen(name);
    if (!columns)
        return true;
    for (const char *at = columns; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
        if (strncmp(at, name, len) == 0 && (at[len] == 0 || at[len] == ','))
            return true;
    return false;
}

/* Columns that are neither a loss nor a score. */
static bool is_aside(const char *name)
{
    static const char *const aside[] = {"epoch",     "step", "lr",      "seconds", "time",
                                        "clips",     "best", "batch",   "clips/s", "norm",
                                        "grad_norm", "rate", "exchange"};
    for (size_t i = 0; i < sizeof aside / sizeof *aside; i++)
        if (strcmp(name, aside[i]) == 0)
            return true;
    return strstr(name, "_s") && strcmp(strstr(name, "_s"), "_s") == 0;
}

/* ir-train's own `loss` is that of training; other columns say so. It is drawn as a companion only
 * where a validation curve stands beside it. */
static bool is_training(const struct ir_table *t, const char *name)
{
    bool valid = false;
    for (size_t i = 0; i < t->name.n; i++)
        valid = valid || (strncmp(t->name.at[i], "valid", 5) == 0 && t->rows > 0 &&
                          t->cell.at[i][0] >= '0' && t->cell.at[i][0] <= '9');
    return valid && (strcmp(name, "loss") == 0 || strncmp(name, "train", 5) == 0);
}

static const char *run_name(const char *path, char out[64])
{
    const char *base = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    size_t n = strcspn(base, ".");
    snprintf(out, 64, "%.*s", (int)(n > 60 ? 60 : n), base);
    return out;
}

static void take_column(const struct ir_table *t, size_t column, const double *x, const char *run,
                        struct panel *p)
{
    double *y = ir_table_numbers(t, column), known = 0;
    const char *name = t->name.at[column];
    for (size_t i = 0; i < t->rows; i++)
        known += !isnan(y[i]);
    if (known == 0 || p->n >= SERIES_MAX) {
        free(y);
        return;
    }
    struct ir_buf label = {0};
    ir_buf_printf(&label, "%s%s%s", run ? run : "", run ? " " : "", name);
    double *own = ir_alloc(t->rows, sizeof *own);
    memcpy(own, x, t->rows * sizeof *own);
    p->series[p->n++] = (struct ir_series){
        .name = label.data, .x = own, .y = y, .n = t->rows, .dashed_twin = is_training(t, name)};
}

static int take_log(const char *path, bool named, const char *columns, struct panel *loss,
                    struct panel *score, struct ir_err *err)
{
    struct ir_table t;
    char run[64];
    if (ir_table_read(path, &t, err) != 0)
        return -1;
    int epoch = ir_table_column(&t, "epoch");
    double *x = epoch >= 0 ? ir_table_numbers(&t, (size_t)epoch) : ir_alloc(t.rows, sizeof *x);
    for (size_t i = 0; epoch < 0 && i < t.rows; i++)
        x[i] = (double)(i + 1);
    run_name(path, run);
    for (size_t c = 0; c < t.name.n; c++) {
        const char *name = t.name.at[c];
        if (!chosen(columns, name) || (!columns && is_aside(name)))
            continue;
        take_column(&t, c, x, named ? run : NULL, strstr(name, "loss") ? loss : score);
    }
    free(x);
    ir_table_free(&t);
    return 0;
}

static void panel_free(struct panel *p)
{
    for (size_t i = 0; i < p->n; i++) {
        free((char *)(uintptr_t)p->series[i].name);
        free((double *)(uintptr_t)p->series[i].x);
        free((double *)(uintptr_t)p->series[i].y);
    }
    free(p);
}

static bool within_one(const struct panel *p)
{
    for (size_t i = 0; i < p->n; i++)
        for (size_t k = 0; k < p->series[i].n; k++)
            if (p->series[i].y[k] < 0 || p->series[i].y[k] > 1)
                return false;
    return true;
}

struct ir_canvas *ir_plot_logs(char *const *files, size_t n, const char *columns, const char *title,
                               struct ir_err *err)
{
    static char *const stdin_only[] = {"-"};
    struct panel *loss = ir_zalloc(1, sizeof *loss), *score = ir_zalloc(1, sizeof *score);
    struct ir_canvas *c = NULL;
    int rc = 0;
    if (n == 0)
        files = stdin_only, n = 1;
    if (n > FILES_MAX)
        rc = ir_fail(err, "%zu logs found, at most %d fit one picture", n, FILES_MAX);
    for (size_t i = 0; i < n && rc == 0; i++)
        rc = take_log(files[i], n > 1, columns, loss, score, err);
    if (rc == 0 && loss->n + score->n == 0)
        rc = ir_fail(err, "%s: no column with numbers to draw%s%s", files[0],
                     columns ? " among " : "", columns ? columns : "");
    if (rc == 0) {
        struct ir_curves panel[2];
        size_t k = 0;
        if (loss->n)
            panel[k++] = (struct ir_curves){"loss", "epoch", "loss", loss->series, loss->n, false};
        if (score->n)
            panel[k++] = (struct ir_curves){"score",       "epoch",  "score (0 to 1)",
                                            score->series, score->n, within_one(score)};
        if (score->n && !panel[k - 1].unit_range)
            panel[k - 1].y_label = "score";
        c = ir_plot_curves(panel, k, title);
    }
    panel_free(loss);
    panel_free(score);
    return c;
}
