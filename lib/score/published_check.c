/* published_check.c - does a published table agree with itself? Misprints show where a mean is not
 * the mean of its classes, or an F1 does not follow from its precision and recall. */
#include "../score.h"
#include <math.h>
#include <string.h>

static const struct ir_published_row *find(const struct ir_published *p,
                                           const struct ir_published_row *like, const char *metric)
{
    for (size_t i = 0; i < p->n; i++) {
        const struct ir_published_row *row = &p->row[i];
        if (strcmp(row->system, like->system) == 0 && strcmp(row->metric, metric) == 0 &&
            strcmp(row->average, like->average) == 0 &&
            strcmp(row->class_name, like->class_name) == 0)
            return row;
    }
    return NULL;
}

static void say(struct ir_strs *notes, const struct ir_published_row *row, double found,
                const char *why)
{
    struct ir_buf b = {0};
    ir_buf_printf(&b, "published %s %s", row->metric,
                  strcmp(row->class_name, "-") != 0 ? row->class_name : row->average);
    ir_buf_printf(&b, " of %s is printed as %s, but %s give %.*f", row->system, row->text, why,
                  row->percent ? 2 : 4, found * (row->percent ? 100 : 1));
    ir_strs_add(notes, b.data);
    ir_buf_free(&b);
}

/* A macro value beside the mean of the classes printed for it. */
static void check_macro(const struct ir_published *p, const struct ir_published_row *macro,
                        struct ir_strs *notes)
{
    double sum = 0, slack = 0, n = 0;
    for (size_t i = 0; i < p->n; i++) {
        const struct ir_published_row *row = &p->row[i];
        if (strcmp(row->average, "class") != 0 || strcmp(row->metric, macro->metric) != 0 ||
            strcmp(row->system, macro->system) != 0)
            continue;
        sum += row->value;
        slack += row->unit;
        n++;
    }
    if (n > 1 && fabs(sum / n - macro->value) > slack / n + macro->unit + 1e-9)
        say(notes, macro, sum / n, "its classes");
}

/* F1 of one class or of the pooled cells beside 2PR/(P+R), widened by the rounding of P and R. */
static void check_f1(const struct ir_published *p, const struct ir_published_row *f,
                     struct ir_strs *notes)
{
    const struct ir_published_row *pr = find(p, f, "precision"), *re = find(p, f, "recall");
    if (!pr || !re || pr->value + re->value <= 0)
        return;
    double a = pr->value, b = re->value, sum = a + b, f1 = 2 * a * b / sum;
    double slack = 2 * b * b / (sum * sum) * pr->unit + 2 * a * a / (sum * sum) * re->unit;
    if (fabs(f1 - f->value) > slack + f->unit + 1e-9)
        say(notes, f, f1, "its precision and recall");
}

void ir_published_check(const struct ir_published *p, struct ir_strs *notes)
{
    for (size_t i = 0; i < p->n; i++) {
        const struct ir_published_row *row = &p->row[i];
        if (strcmp(row->average, "macro") == 0)
            check_macro(p, row, notes);
        else if (strcmp(row->metric, "f1") == 0)
            check_f1(p, row, notes);
    }
}
