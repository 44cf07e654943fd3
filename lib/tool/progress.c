/* progress.c - a bar on stderr with rate and time left, drawn at most ten times a second. */
#include "tool.h"

#include <string.h>
#include <unistd.h>

#define DRAW_EVERY_S 0.1
#define BAR          24

void ir_progress_start(struct ir_progress *p, const struct ir_run *run, const char *label,
                       const char *unit, double total)
{
    *p =
        (struct ir_progress){.label = label, .unit = unit, .total = total, .start_s = ir_clock_s()};
    p->on = isatty(2) && !(run != NULL && run->quiet);
}

static void time_text(char out[48], double s)
{
    long t = s < 0 || s > 360000 ? 359999 : (long)(s + 0.5);
    if (t >= 3600)
        snprintf(out, 48, "%ld:%02ld:%02ld", t / 3600, t / 60 % 60, t % 60);
    else
        snprintf(out, 48, "%ld:%02ld", t / 60, t % 60);
}

void ir_progress_step(struct ir_progress *p, double done, const char *extra)
{
    double now = ir_clock_s();
    if (!p->on || now - p->drawn_s < DRAW_EVERY_S)
        return;
    p->drawn_s = now;
    double rate = done / (now - p->start_s + 1e-9);
    if (extra == NULL)
        extra = "";
    if (p->total > 0) {
        char bar[BAR + 1], left[48];
        double share = done < p->total ? done / p->total : 1;
        for (int i = 0; i < BAR; i++)
            bar[i] = i < (int)(share * BAR) ? '#' : '.';
        bar[BAR] = '\0';
        time_text(left, rate > 0 ? (p->total - done) / rate : 0);
        fprintf(stderr, "\r%s [%s] %3.0f%% %.4g %s/s, %s left %s\033[K", p->label, bar, share * 100,
                rate, p->unit, left, extra);
    } else {
        fprintf(stderr, "\r%s %.0f %s, %.4g %s/s %s\033[K", p->label, done, p->unit, rate, p->unit,
                extra);
    }
}

void ir_progress_end(struct ir_progress *p)
{
    if (p->on && p->drawn_s > 0)
        fputs("\r\033[K", stderr);
    p->on = false;
}
