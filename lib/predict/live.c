/* live.c - what sounds now: one screen for people, or a line when something begins or ends. */
#include "predict.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN 5
#define NAME  22
#define BAR   40

struct ir_live {
    struct ir_out *out;
    bool screen, ready;
    struct ir_strs classes;
    struct ir_rule rule;
    bool *on;
    size_t *order; /* of the names on the screen: held until they end */
    size_t lines;  /* that the screen has now */
    double now;    /* end of what was heard, s */
};

static void put_clock(struct ir_buf *b, double s)
{
    long long t = (long long)s;
    if (t >= 3600)
        ir_buf_printf(b, "%lld:%02lld:%02lld", t / 3600, t / 60 % 60, t % 60);
    else
        ir_buf_printf(b, "%lld:%02lld", t / 60, t % 60);
}

struct ir_live *ir_live_new(struct ir_out *out, bool screen)
{
    struct ir_live *l = ir_zalloc(1, sizeof *l);
    l->out = out;
    l->screen = screen;
    return l;
}

void ir_live_free(struct ir_live *l)
{
    if (l == NULL)
        return;
    ir_rule_free(&l->rule);
    ir_strs_free(&l->classes);
    free(l->on);
    free(l->order);
    free(l);
}

static int prepare(struct ir_live *l, const struct ir_meta *head, struct ir_err *err)
{
    if (ir_names_parse(ir_meta_get(head, "classes"), &l->classes, err) < 0 ||
        ir_rule_read(&l->rule, head, &l->classes, (double)NAN, (double)NAN, err) < 0)
        return -1;
    l->on = ir_zalloc(l->classes.n + 1, sizeof *l->on);
    l->order = ir_zalloc(l->classes.n + 1, sizeof *l->order);
    for (size_t c = 0; c < l->classes.n; c++)
        l->order[c] = c;
    l->ready = true;
    return 0;
}

/* NAME characters wide: a longer name ends in three dots. */
static void put_name(struct ir_buf *b, const char *name)
{
    struct ir_buf shown = {0};
    size_t n = 0, cut = 0;
    ir_buf_shown(&shown, name);
    const char *s = shown.data != NULL ? shown.data : "";
    for (const char *at = s; *at != '\0'; n++) {
        const size_t step = ir_utf8_length(at);
        cut = n < NAME - 1 ? (size_t)(at - s) + (step > 0 ? step : 1) : cut;
        at += step > 0 ? step : 1;
    }
    ir_buf_add(b, s, n > NAME ? cut : strlen(s));
    ir_buf_printf(b, "%s%*s", n > NAME ? "…" : "", n < NAME ? (int)(NAME - n) : 0, "");
    ir_buf_free(&shown);
}

static void put_line(struct ir_live *l, struct ir_buf *b, size_t c, double p)
{
    ir_buf_puts(b, "  ");
    put_name(b, l->classes.at[c]);
    ir_buf_printf(b, " %3.0f %%  ", 100 * p);
    for (long i = lround(p * BAR); i > 0; i--)
        ir_buf_puts(b, "█");
    ir_buf_puts(b, "\033[K\n");
}

/* Over the lines of the last time: the clock, then what sounds, in the order of its beginning. */
static void put_screen(struct ir_live *l, struct ir_buf *b, const float *p, double now, bool silent)
{
    size_t n = 0;
    if (l->lines > 0)
        ir_buf_printf(b, "\033[%zuA", l->lines);
    ir_buf_puts(b, "\r  ");
    put_clock(b, now);
    ir_buf_puts(b, "\033[K\n");
    for (size_t i = 0; i < l->classes.n && n < SHOWN; i++) {
        size_t c = l->order[i];
        if (!l->on[c])
            continue;
        put_line(l, b, c, (double)p[c]);
        n++;
    }
    for (; n < SHOWN; n++)
        ir_buf_puts(b, n == 0 && silent ? "  –\033[K\n" : n == 0 ? "  …\033[K\n" : "\033[K\n");
    l->lines = SHOWN + 1;
}

/* Class c begins or ends: a line, and its place behind those that sound already. */
static void change(struct ir_live *l, struct ir_buf *b, size_t c, double now)
{
    size_t n = 0;
    l->on[c] = !l->on[c];
    for (size_t i = 0; i < l->classes.n; i++)
        if (l->order[i] != c)
            l->order[n++] = l->order[i];
    l->order[n] = c;
    if (l->screen)
        return;
    ir_buf_puts(b, l->on[c] ? "+ " : "- ");
    ir_buf_shown(b, l->classes.at[c]);
    ir_buf_puts(b, " ");
    put_clock(b, now);
    ir_buf_puts(b, "\n");
}

int ir_live_put(void *self, const struct ir_meta *head, const struct ir_meta *m, const float *p,
                struct ir_err *err)
{
    struct ir_live *l = self;
    struct ir_buf b = {0};
    double start = 0, length = 0, level = (double)NAN;
    if (!l->ready && prepare(l, head, err) < 0)
        return -1;
    if (ir_meta_real(m, "offset", 0, 1e12, &start, err) < 0 ||
        ir_meta_real(m, "length", 0, 1e12, &length, err) < 0 ||
        ir_meta_real(m, "level", -1000, 1000, &level, err) < 0)
        return -1;
    (void)ir_meta_real(m, "level.end", -1000, 1000, &level,
                       NULL); /* of its newest part, if known */
    l->now = start + length;
    bool silent = ir_rule_silent(&l->rule, level);
    for (size_t c = 0; c < l->classes.n; c++) {
        bool on = !silent && ir_rule_hears(&l->rule, p, c, l->on[c]);
        if (on != l->on[c])
            change(l, &b, c, l->now);
    }
    if (l->screen)
        put_screen(l, &b, p, l->now, silent);
    int rc = b.len > 0 ? ir_out_write(l->out, b.data, b.len, err) : 0;
    ir_buf_free(&b);
    return rc == 0 ? ir_out_flush(l->out, err) : rc;
}

int ir_live_end(struct ir_live *l, struct ir_err *err)
{
    struct ir_buf b = {0};
    for (size_t c = 0; l->ready && !l->screen && c < l->classes.n; c++)
        if (l->on[c])
            change(l, &b, c, l->now);
    int rc = b.len > 0 ? ir_out_write(l->out, b.data, b.len, err) : 0;
    ir_buf_free(&b);
    return rc;
}
