/* export_table.c - a table for people, 80 columns wide: which instruments, for how much of the
 * time, how certain, and where in the file; or, with opts.timeline, from when to when. */
#include "convert.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NAME_CELLS 22
#define FILE_CELLS 36
#define BAR_CELLS  32

/* One cell of a bar, an eighth of it for each step: level 0 … 1. */
static void put_level(struct ir_buf *b, double level)
{
    static const char *const block[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    long i = lround(level * 8);
    ir_buf_puts(b, block[i < 0 ? 0 : i > 8 ? 8 : i]);
}

/* A bar from left to right. */
static void put_bar(struct ir_buf *b, double share, int cells)
{
    static const char *const part[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    long eighths = lround(share * cells * 8);
    for (; eighths >= 8; eighths -= 8)
        ir_buf_puts(b, "█");
    ir_buf_puts(b, part[eighths > 0 ? eighths : 0]);
}

/* Bytes of the character at s. */
static size_t step(const char *s)
{
    size_t n = 1;
    while (((unsigned char)s[n] & 0xc0) == 0x80)
        n++;
    return n;
}

static size_t cells(const char *s)
{
    size_t n = 0;
    for (; *s; s += step(s))
        n++;
    return n;
}

/* The text in exactly `width` cells; too long: its end (a file's name) or its beginning. */
static void put_text(struct ir_buf *b, const char *text, size_t width, bool keep_end)
{
    struct ir_buf shown = {0};
    ir_buf_shown(&shown, text);
    const char *s = shown.data ? shown.data : "";
    size_t n = cells(s), from = n > width ? n - width + 1 : 0;
    if (n <= width) {
        ir_buf_puts(b, s);
        ir_buf_printf(b, "%*s", (int)(width - n), "");
    } else if (keep_end) {
        for (; from > 0; from--)
            s += step(s);
        ir_buf_printf(b, "…%s", s);
    } else {
        for (size_t i = 1; i < width; i++) {
            ir_buf_add(b, s, step(s));
            s += step(s);
        }
        ir_buf_puts(b, "…");
    }
    ir_buf_free(&shown);
}

/* 3:05, 1:02:03; with `tenths` 3:05.2. */
static void put_time(struct ir_buf *b, double s, bool tenths)
{
    double unit = tenths ? 10 : 1;
    long long t = llround(s * unit), whole = t / (long long)unit;
    if (whole >= 3600)
        ir_buf_printf(b, "%lld:%02lld:%02lld", whole / 3600, whole / 60 % 60, whole % 60);
    else
        ir_buf_printf(b, "%lld:%02lld", whole / 60, whole % 60);
    if (tenths)
        ir_buf_printf(b, ".%lld", t % 10);
}

/* ---- one file -------------------------------------------------------------------------------- */

static void put_nothing(struct ir_buf *b, const struct ir_event_file *f)
{
    ir_buf_puts(b, f->nothing == IR_SILENCE   ? "nothing recognised: silence"
                   : f->nothing == IR_UNKNOWN ? "nothing recognised: unknown sound"
                                              : "nothing recognised");
}

/* How loud class k is heard in the part from..to of the file: probability × share of the part. */
static double part_level(const struct ir_event_file *f, size_t k, double from, double to)
{
    double sum = 0;
    for (size_t i = 0; i < f->n; i++) {
        const struct ir_event *e = &f->event[i];
        double a = fmax(e->start_s, from), z = fmin(e->end_s, to);
        if (e->klass == k && z > a)
            sum += (z - a) * e->confidence;
    }
    return to > from ? sum / (to - from) : 0;
}

static void put_classes(struct ir_buf *b, const struct ir_event_file *f)
{
    size_t n;
    double span = f->end_s - f->begin_s;
    struct ir_heard *heard = ir_events_heard(f, &n);
    struct ir_buf from = {0}, to = {0};

    put_time(&from, f->begin_s, false);
    put_time(&to, f->end_s, false);
    ir_buf_printf(b, "  %-*s  of the time  certain  %s%*s\n", NAME_CELLS, "instrument", from.data,
                  BAR_CELLS - (int)from.len, to.data);
    for (size_t i = 0; i < n; i++) {
        struct ir_buf bar = {0};
        ir_buf_puts(b, "  ");
        put_text(b, f->classes->at[heard[i].klass], NAME_CELLS, false);
        ir_buf_printf(b, "  %9.0f %%  %5.0f %%  ", 100 * heard[i].seconds / span,
                      100 * heard[i].confidence);
        for (int k = 0; k < BAR_CELLS; k++)
            put_level(&bar, part_level(f, heard[i].klass, f->begin_s + span * k / BAR_CELLS,
                                       f->begin_s + span * (k + 1) / BAR_CELLS));
        while (bar.len > 0 && bar.data[bar.len - 1] == ' ')
            bar.data[--bar.len] = '\0';
        ir_buf_puts(b, bar.data);
        ir_buf_puts(b, "\n");
        ir_buf_free(&bar);
    }
    ir_buf_free(&from);
    ir_buf_free(&to);
    free(heard);
}

static void put_events(struct ir_buf *b, const struct ir_event_file *f)
{
    for (size_t i = 0; i < f->n; i++) {
        const struct ir_event *e = &f->event[i];
        struct ir_buf from = {0}, to = {0};
        put_time(&from, e->start_s, true);
        put_time(&to, e->end_s, true);
        ir_buf_printf(b, "  %10s  to %10s  ", from.data, to.data);
        put_text(b, f->classes->at[e->klass], NAME_CELLS, false);
        ir_buf_printf(b, " %4.0f %%\n", 100 * e->confidence);
        ir_buf_free(&from);
        ir_buf_free(&to);
    }
}

/* A file that is one piece: a line for each class, the file's name before the first. */
static void put_short(struct ir_buf *b, const struct ir_event_file *f)
{
    size_t n;
    struct ir_heard *heard = ir_events_heard(f, &n);

    for (size_t i = 0; i < (n > 0 ? n : 1); i++) {
        put_text(b, i == 0 ? f->path : "", FILE_CELLS, true);
        ir_buf_puts(b, "  ");
        if (n == 0) {
            put_nothing(b, f);
        } else {
            put_text(b, f->classes->at[heard[i].klass], NAME_CELLS, false);
            ir_buf_printf(b, "%4.0f %%  ", 100 * heard[i].confidence);
            put_bar(b, heard[i].confidence, 80 - FILE_CELLS - NAME_CELLS - 10);
        }
        ir_buf_puts(b, "\n");
    }
    free(heard);
}

static int table_file(struct ir_exporter *x, const struct ir_event_file *f, struct ir_err *err)
{
    struct ir_buf b = {0};
    bool timed = f->segments > 1 && x->opts.per != IR_PER_FILE && f->end_s > f->begin_s;

    if (!timed && !x->opts.timeline) {
        put_short(&b, f);
    } else {
        if (x->files > 0)
            ir_buf_puts(&b, "\n");
        ir_buf_shown(&b, f->path);
        ir_buf_puts(&b, "\n");
        if (f->n == 0) {
            ir_buf_puts(&b, "  ");
            put_nothing(&b, f);
            ir_buf_puts(&b, "\n");
        } else if (x->opts.timeline) {
            put_events(&b, f);
        } else {
            put_classes(&b, f);
        }
    }
    int rc = ir_out_write(x->out, b.data, b.len, err);
    ir_buf_free(&b);
    return rc == 0 ? ir_out_flush(x->out, err) : rc; /* whoever waits sees each file at once */
}

const struct ir_export ir_export_table = {
    .name = "table",
    .about = "a table for people",
    .extension = ".txt",
    .file = table_file,
};
