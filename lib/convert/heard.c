/* heard.c - what a file's events come to, a class. */
#include "convert.h"

#include <math.h>
#include <stdlib.h>

const char *ir_nothing_name(enum ir_nothing what)
{
    return what == IR_SILENCE ? "silence" : "unknown";
}

const char *ir_format_seconds(char out[32], double s)
{
    return ir_format_real(out, round(s * 1e6) / 1e6);
}

static int by_weight(const void *a, const void *b)
{
    const struct ir_heard *x = a, *y = b;
    double wx = (x->seconds + 1e-9) * x->confidence, wy = (y->seconds + 1e-9) * y->confidence;

    if (wx > wy || wx < wy)
        return wx > wy ? -1 : 1;
    return (x->klass > y->klass) - (x->klass < y->klass);
}

struct ir_heard *ir_events_heard(const struct ir_event_file *f, size_t *n)
{
    struct ir_heard *all = ir_zalloc(f->classes->n + 1, sizeof *all);
    double *weight = ir_zalloc(f->classes->n + 1, sizeof *weight);

    for (size_t i = 0; i < f->n; i++) {
        const struct ir_event *e = &f->event[i];
        double w =
            e->end_s - e->start_s + 1e-9; /* events without a length count among themselves */
        all[e->klass].seconds += e->end_s - e->start_s;
        all[e->klass].confidence += w * e->confidence;
        weight[e->klass] += w;
    }
    *n = 0;
    for (size_t c = 0; c < f->classes->n; c++)
        if (weight[c] > 0)
            all[(*n)++] = (struct ir_heard){c, all[c].seconds, all[c].confidence / weight[c]};
    free(weight);
    if (*n > 1)
        qsort(all, *n, sizeof *all, by_weight);
    return all;
}
