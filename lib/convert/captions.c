/* captions.c - events to captions. */
#include "convert/captions.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int by_time(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void put_time(struct ir_buf *b, double s, char comma)
{
    long long ms = llround(s * 1000);
    ir_buf_printf(b, "%02lld:%02lld:%02lld%c%03lld", ms / 3600000, ms / 60000 % 60, ms / 1000 % 60,
                  comma, ms % 1000);
}

/* The classes that sound between two neighbouring changes, in the order of their beginning. */
static void put_classes(struct ir_buf *b, const struct ir_event_file *f, double from, double to)
{
    double at = (from + to) / 2;
    for (size_t i = 0; i < f->n; i++) {
        if (at < f->event[i].start_s || at > f->event[i].end_s)
            continue;
        ir_buf_puts(b, b->len ? ", " : "");
        ir_buf_shown(b, f->classes->at[f->event[i].klass]);
    }
}

void ir_captions(const struct ir_event_file *f, char comma, bool numbered, struct ir_buf *out)
{
    double *change = ir_alloc(2 * f->n + 1, sizeof *change);
    struct ir_buf now = {0}, last = {0};
    double begun = 0, ended = 0;
    size_t number = 0;

    for (size_t i = 0; i < f->n; i++) {
        change[2 * i] = f->event[i].start_s;
        change[2 * i + 1] = f->event[i].end_s;
    }
    if (f->n > 0)
        qsort(change, 2 * f->n, sizeof *change, by_time);
    for (size_t i = 1; i <= 2 * f->n; i++) {
        bool end = i == 2 * f->n;
        now.len = 0;
        if (!end && change[i] - change[i - 1] < 0.0005)
            continue;
        if (!end)
            put_classes(&now, f, change[i - 1], change[i]);
        bool same = !end && last.len > 0 && now.len == last.len &&
                    memcmp(now.data, last.data, now.len) == 0 && change[i - 1] - ended < 0.0005;
        if (!same && last.len > 0) {
            if (numbered)
                ir_buf_printf(out, "%zu\n", ++number);
            put_time(out, begun, comma);
            ir_buf_puts(out, " --> ");
            put_time(out, ended, comma);
            ir_buf_printf(out, "\n%s\n\n", last.data);
        }
        if (!same) {
            last.len = 0;
            if (now.len > 0)
                ir_buf_add(&last, now.data, now.len);
            begun = change[i - 1];
        }
        if (!end)
            ended = change[i];
    }
    ir_buf_free(&now);
    ir_buf_free(&last);
    free(change);
}
