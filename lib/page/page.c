/* page.c - the page about one recording. */
#include "private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* JSON has no NaN. */
static void put_number(struct ir_buf *b, double v)
{
    char text[32];
    ir_buf_puts(b, isnan(v) ? "null" : ir_format_real(text, v));
}

static void put_numbers(struct ir_buf *b, const char *key, const double *v, size_t n)
{
    ir_buf_printf(b, ",\n\"%s\":[", key);
    for (size_t i = 0; i < n; i++) {
        ir_buf_puts(b, i ? "," : "");
        put_number(b, v[i]);
    }
    ir_buf_puts(b, "]");
}

static void put_rule(struct ir_buf *b, const struct ir_rule *r)
{
    ir_buf_printf(b, ",\n\"rule\":{\"single\":%s,\"top\":%zu,\"silence\":",
                  r->single ? "true" : "false", r->top);
    put_number(b, r->silence_db);
    ir_buf_puts(b, ",\"unknown\":");
    put_number(b, r->unknown);
    ir_buf_puts(b, ",\"least\":");
    put_number(b, r->least);
    put_numbers(b, "on", r->on, r->n);
    put_numbers(b, "off", r->off, r->n);
    ir_buf_puts(b, "}");
}

static void put_view(struct ir_buf *b, const struct ir_view *v)
{
    ir_buf_puts(b, ",\n\"seconds\":");
    put_number(b, v->seconds);
    ir_buf_puts(b, ",\"shown\":");
    put_number(b, v->shown_s);
    put_numbers(b, "marks", v->mark, v->marks);
    put_numbers(b, "heights", v->height, v->marks);
}

/* The numbers of the page as JSON that no name can end: < stands in it as an escape only. */
static void put_data(const struct ir_page *p, struct ir_buf *out)
{
    struct ir_buf b = {0};
    const struct ir_song *g = p->song;
    size_t k = p->songs->classes.n;
    ir_buf_puts(&b, "{\"title\":");
    ir_buf_json(&b, p->title);
    ir_buf_puts(&b, ",\"file\":");
    ir_buf_json(&b, g->path);
    ir_buf_puts(&b, ",\n\"classes\":[");
    for (size_t c = 0; c < k; c++) {
        ir_buf_puts(&b, c ? "," : "");
        ir_buf_json(&b, p->songs->classes.at[c]);
    }
    ir_buf_puts(&b, "]");
    put_rule(&b, &p->songs->rule);
    put_view(&b, p->view);
    put_numbers(&b, "start", g->start_s, g->n);
    put_numbers(&b, "end", g->end_s, g->n);
    put_numbers(&b, "level", g->level_db, g->n);
    ir_buf_puts(&b, ",\n\"p\":\"");
    ir_buf_base64(&b, g->p, g->n * k * sizeof *g->p); /* f32, little-endian as the machine */
    ir_buf_puts(&b, "\"}");
    for (const char *at = b.data; *at; at++) {
        if (*at == '<')
            ir_buf_puts(out, "\\u003c");
        else
            ir_buf_add(out, at, 1);
    }
    ir_buf_free(&b);
}

/* The type that browsers know a sound by, from its name; they look into it anyway. */
static const char *type_of(const char *path)
{
    static const char *const types[][2] = {
        {".mp3", "audio/mpeg"}, {".wav", "audio/wav"},   {".flac", "audio/flac"},
        {".ogg", "audio/ogg"},  {".oga", "audio/ogg"},   {".opus", "audio/ogg"},
        {".m4a", "audio/mp4"},  {".webm", "audio/webm"}, {".aac", "audio/aac"}};
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot && i < sizeof types / sizeof *types; i++)
        if (strcasecmp(dot, types[i][0]) == 0)
            return types[i][1];
    return "audio/mpeg";
}

static int put_sound(const struct ir_page *p, struct ir_buf *b, struct ir_err *err)
{
    struct ir_buf bytes = {0};
    if (!p->embed) {
        ir_page_address(p->sound, p->output, b);
        return 0;
    }
    if (ir_read_file(p->sound, (size_t)300 << 20, &bytes, err) != 0)
        return ir_fail_in(err, "--embed");
    ir_buf_printf(b, "data:%s;base64,", type_of(p->sound));
    ir_buf_base64(b, bytes.data, bytes.len);
    ir_buf_free(&bytes);
    return 0;
}

int ir_page_write(const struct ir_page *p, struct ir_buf *out, struct ir_err *err)
{
    static const char *const word[] = {"title", "sound", "picture", "data", "back"};
    enum { TITLE, SOUND, PICTURE, DATA, BACK, WORDS };
    struct ir_buf part[WORDS] = {{0}};
    const char *value[WORDS];
    for (int i = 0; i < WORDS; i++)
        ir_buf_puts(&part[i], "");
    int rc = put_sound(p, &part[SOUND], err);
    ir_buf_html(&part[TITLE], p->title);
    ir_buf_puts(&part[PICTURE], "data:image/png;base64,");
    ir_buf_base64(&part[PICTURE], p->view->png.data, p->view->png.len);
    put_data(p, &part[DATA]);
    if (p->index)
        ir_buf_printf(&part[BACK], "<a class=\"back\" href=\"%s\">All recordings</a>", p->index);
    for (int i = 0; i < WORDS; i++)
        value[i] = part[i].data;
    if (rc == 0)
        ir_template_fill("page.html", word, value, WORDS, out);
    for (int i = 0; i < WORDS; i++)
        ir_buf_free(&part[i]);
    return rc;
}
