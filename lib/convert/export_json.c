/* export_json.c - one JSON array, an object for each sound file: file, id, start, end, instruments
 * (name, seconds, share of the time, probability), events (start, end, instrument, probability),
 * and `nothing` ("silence", "unknown") where no instrument was heard. Seconds. */
#include "convert.h"

#include <stdlib.h>

static int json_open(struct ir_exporter *x, struct ir_err *err)
{
    return ir_out_write(x->out, "[", 1, err);
}

static void put_real(struct ir_buf *b, const char *key, double v)
{
    char text[32];
    ir_buf_printf(b, ", \"%s\": %s", key, ir_format_seconds(text, v));
}

static void put_probability(struct ir_buf *b, double v)
{
    char text[32];
    ir_buf_printf(b, ", \"probability\": %s}", ir_format_float(text, (float)v));
}

static void put_instruments(struct ir_buf *b, const struct ir_event_file *f)
{
    size_t n;
    struct ir_heard *heard = ir_events_heard(f, &n);
    double span = f->end_s - f->begin_s;

    for (size_t i = 0; i < n; i++) {
        ir_buf_printf(b, "%s\n    {\"instrument\": ", i ? "," : "");
        ir_buf_json(b, f->classes->at[heard[i].klass]);
        put_real(b, "seconds", heard[i].seconds);
        put_real(b, "share", span > 0 ? heard[i].seconds / span : 1);
        put_probability(b, heard[i].confidence);
    }
    free(heard);
}

static int json_file(struct ir_exporter *x, const struct ir_event_file *f, struct ir_err *err)
{
    struct ir_buf b = {0};
    char text[32];

    ir_buf_puts(&b, x->files > 0 ? ",\n{\"file\": " : "\n{\"file\": ");
    ir_buf_json(&b, f->path);
    ir_buf_puts(&b, ", \"id\": ");
    ir_buf_json(&b, f->id);
    put_real(&b, "start", f->begin_s);
    put_real(&b, "end", f->end_s);
    if (f->nothing != IR_SOMETHING)
        ir_buf_printf(&b, ", \"nothing\": \"%s\"", ir_nothing_name(f->nothing));
    ir_buf_puts(&b, ",\n  \"instruments\": [");
    put_instruments(&b, f);
    ir_buf_puts(&b, "],\n  \"events\": [");
    for (size_t i = 0; i < f->n; i++) {
        const struct ir_event *e = &f->event[i];
        ir_buf_printf(&b, "%s\n    {\"start\": %s", i ? "," : "",
                      ir_format_seconds(text, e->start_s));
        put_real(&b, "end", e->end_s);
        ir_buf_puts(&b, ", \"instrument\": ");
        ir_buf_json(&b, f->classes->at[e->klass]);
        put_probability(&b, e->confidence);
    }
    ir_buf_puts(&b, "]}");
    int rc = ir_out_write(x->out, b.data, b.len, err);
    ir_buf_free(&b);
    return rc;
}

static int json_close(struct ir_exporter *x, struct ir_err *err)
{
    return ir_out_write(x->out, "\n]\n", 3, err);
}

const struct ir_export ir_export_json = {
    .name = "json",
    .about = "one JSON array, an object a sound file",
    .extension = ".json",
    .whole = true,
    .open = json_open,
    .file = json_file,
    .close = json_close,
};
