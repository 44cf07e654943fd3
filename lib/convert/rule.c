/* rule.c - what counts as heard: the one rule that tables, labels, pictures and pages share. */
#include "convert.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int read_numbers(struct ir_rule *r, const struct ir_meta *head, struct ir_err *err)
{
    double top = 0;
    r->silence_db = r->unknown = r->least = (double)NAN;
    if (ir_meta_real(head, "silence", -200, 0, &r->silence_db, err) < 0 ||
        ir_meta_real(head, "unknown", 0, 1, &r->unknown, err) < 0 ||
        ir_meta_real(head, "least", 0, 1, &r->least, err) < 0 ||
        ir_meta_real(head, "top", 1, 1e6, &top, err) < 0)
        return -1;
    r->top = (size_t)top;
    r->says_nothing = !isnan(r->silence_db) || !isnan(r->unknown);
    return 0;
}

static int check(const struct ir_rule *r, const struct ir_strs *classes, struct ir_err *err)
{
    for (size_t c = 0; c < r->n; c++)
        if (r->off[c] > r->on[c])
            return ir_fail(err, "class %s ends at %g, wanted at most %g where it begins",
                           classes->at[c], r->off[c], r->on[c]);
    return 0;
}

int ir_rule_read(struct ir_rule *r, const struct ir_meta *head, const struct ir_strs *classes,
                 double on, double off, struct ir_err *err)
{
    const char *task = ir_meta_get(head, "task");
    *r = (struct ir_rule){.n = classes->n};
    r->on = ir_zalloc(r->n + 1, sizeof *r->on);
    r->off = ir_zalloc(r->n + 1, sizeof *r->off);
    int rc = read_numbers(r, head, err);
    bool given = !isnan(on) || !isnan(r->least);
    if (isnan(on))
        on = r->least;
    r->single = task && strcmp(task, "single") == 0 && !given;
    for (size_t c = 0; c < r->n; c++)
        r->on[c] = r->single ? 0 : given ? on : 0.5;
    if (rc == 0 && !r->single && !given &&
        ir_meta_reals(head, "thresholds", 0, 1, r->n, r->on, err) < 0)
        rc = -1;
    memcpy(r->off, r->on, r->n * sizeof *r->on);
    if (rc == 0 && !r->single && !given && isnan(off) &&
        ir_meta_reals(head, "thresholds.off", 0, 1, r->n, r->off, err) < 0)
        rc = -1;
    for (size_t c = 0; c < r->n && !isnan(off) && !r->single; c++)
        r->off[c] = off;
    if (rc == 0)
        rc = check(r, classes, err);
    if (rc < 0)
        ir_rule_free(r);
    return rc;
}

void ir_rule_free(struct ir_rule *r)
{
    free(r->on);
    free(r->off);
    r->on = r->off = NULL;
}

bool ir_rule_hears(const struct ir_rule *r, const float *p, size_t c, bool was_on)
{
    for (size_t k = 0; r->single && k < r->n; k++)
        if (p[k] > p[c] || (p[k] >= p[c] && k < c))
            return false;
    /* As float, as ir-score compares: a probability that is the threshold counts. */
    if (isnan(r->least) && !isnan(r->unknown) && p[c] < (float)r->unknown &&
        !(was_on && !r->single))
        return false;
    return p[c] >= (float)(was_on ? r->off[c] : r->on[c]);
}

bool ir_rule_silent(const struct ir_rule *r, double level_db)
{
    return !isnan(r->silence_db) && !isnan(level_db) && level_db < r->silence_db;
}
