/* index.c - one line a recording in the list of all pages. */
#include "private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN 8 /* instruments a line */

static void put_length(struct ir_buf *b, double seconds)
{
    long long t = (long long)seconds;
    if (t >= 3600)
        ir_buf_printf(b, "%lld:%02lld:%02lld", t / 3600, t / 60 % 60, t % 60);
    else
        ir_buf_printf(b, "%lld:%02lld", t / 60, t % 60);
}

void ir_index_row(const struct ir_songs *s, const struct ir_song *g, const char *title,
                  const char *page, const char *index, double seconds, struct ir_buf *rows)
{
    struct ir_event_file f = {.classes = &s->classes, .event = g->event, .n = g->n_events};
    size_t n;
    struct ir_heard *heard = ir_events_heard(&f, &n);
    ir_buf_puts(rows, "<li><a href=\"");
    struct ir_buf href = {0};
    ir_page_address(page, index, &href);
    ir_buf_html(rows, href.data);
    ir_buf_free(&href);
    ir_buf_puts(rows, "\">");
    ir_buf_html(rows, title);
    ir_buf_puts(rows, "</a> <time>");
    put_length(rows, seconds);
    ir_buf_puts(rows, "</time><p>");
    for (size_t i = 0; i < n && i < SHOWN; i++) {
        double share = g->n ? heard[i].seconds / (g->end_s[g->n - 1] - g->start_s[0]) : 0;
        ir_buf_puts(rows, "<span class=\"chip\">");
        ir_buf_html(rows, s->classes.at[heard[i].klass]);
        ir_buf_printf(rows, " <b>%.0f&nbsp;%%</b></span> ", 100 * fmin(share, 1));
    }
    if (n > SHOWN)
        ir_buf_printf(rows, "<span class=\"chip\">%zu more</span>", n - SHOWN);
    if (n == 0)
        ir_buf_printf(rows, "<em>nothing recognised: %s</em>",
                      g->nothing == IR_SILENCE ? "silence" : "unknown sound");
    ir_buf_puts(rows, "</p></li>\n");
    free(heard);
}
