/* matrix.c - a table of clips from a confusion matrix, so that a published matrix gives its whole
 * table. */
#include "tsv.h"
#include "../score.h"
#include <stdlib.h>
#include <string.h>

#define CLIPS_MAX 1000000
#define CELLS_MAX 50000000

static int add_clips(struct ir_scores *s, size_t actual, size_t predicted, long long n,
                     struct ir_err *err)
{
    if ((long long)s->n + n > CLIPS_MAX)
        return ir_fail(err, "more than %d clips", CLIPS_MAX);
    if ((s->n + (size_t)n) * s->k > CELLS_MAX)
        return ir_fail(err, "more than %d clips times classes", CELLS_MAX);
    size_t want = s->n + (size_t)n;
    if (want > s->cap) {
        s->cap = want * 2;
        s->p = ir_realloc(s->p, s->cap * s->k, sizeof *s->p);
        s->y = ir_realloc(s->y, s->cap * s->k, sizeof *s->y);
        s->clip = ir_realloc(s->clip, s->cap, sizeof *s->clip);
    }
    for (; s->n < want; s->n++) {
        memset(s->p + s->n * s->k, 0, s->k * sizeof *s->p);
        memset(s->y + s->n * s->k, 0, s->k * sizeof *s->y);
        s->p[s->n * s->k + predicted] = 1;
        s->y[s->n * s->k + actual] = 1;
        s->clip[s->n] = (struct ir_score_clip){
            ir_strdup(""), ir_strdup(""), ir_strdup(""), ir_strdup(""), 0, 0, true};
    }
    return 0;
}

static int read_row(struct ir_scores *s, const struct ir_tsv *t, size_t actual, struct ir_err *err)
{
    if (actual >= s->k)
        return ir_tsv_fail(t, err, "more rows than the %zu columns", s->k);
    if (t->field.n != s->k + 1)
        return ir_tsv_fail(t, err, "found %zu columns, wanted %zu", t->field.n, s->k + 1);
    if (strcmp(t->field.at[0], s->classes.at[actual]) != 0)
        return ir_tsv_fail(t, err,
                           "found row %.100s, wanted %.100s (rows in the order of the columns)",
                           t->field.at[0], s->classes.at[actual]);
    for (size_t c = 0; c < s->k; c++) {
        long long n;
        if (ir_parse_int(t->field.at[c + 1], 0, CLIPS_MAX, "count", &n, err) ||
            add_clips(s, actual, c, n, err))
            return ir_fail_in(err, "%s:%d", t->path, t->line);
    }
    return 0;
}

int ir_scores_matrix(struct ir_scores *s, const char *path, struct ir_err *err)
{
    struct ir_tsv t;
    size_t rows = 0;
    int rc = -1, got = -1;
    memset(s, 0, sizeof *s);
    if (ir_tsv_open(&t, path, err))
        goto out;
    s->single = s->decided = true;
    while ((got = ir_tsv_next(&t, err)) == 1) {
        if (s->k == 0) {
            if (t.field.n < 2) {
                ir_tsv_fail(&t, err, "found no class, wanted a line actual<TAB>class<TAB>…");
                goto out;
            }
            for (size_t i = 1; i < t.field.n; i++)
                ir_strs_add(&s->classes, t.field.at[i]);
            s->k = s->classes.n;
            s->threshold = ir_zalloc(s->k, sizeof *s->threshold);
            continue;
        }
        if (read_row(s, &t, rows++, err))
            goto out;
    }
    if (got < 0)
        goto out;
    if (rows != s->k || rows == 0) {
        ir_fail(err, "%s: found %zu rows, wanted %zu", path, rows, s->k);
        goto out;
    }
    if (s->n == 0) {
        ir_fail(err, "%s: all counts are 0", path);
        goto out;
    }
    s->labelled = s->n;
    ir_scores_decide(s);
    rc = 0;
out:
    ir_tsv_close(&t);
    return rc;
}
