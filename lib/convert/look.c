/* look.c - one line a record. */
#include "convert.h"
#include "convert/payload.h"

#include <string.h>

/* Seconds this record covers: by rate for sound, by hop for frames; -1 unknown. */
static double duration_s(const struct ir_rec *rec)
{
    const struct ir_meta *m = &rec->meta;
    struct ir_payload_grid f = ir_payload_frames(rec);
    double rate = 0, hop = 0, length = -1;

    if (ir_meta_real(m, "length", 0, 1e9, &length, NULL) == 0)
        return length;
    if (rec->rank < 2 || !ir_meta_get(m, "axes") || !strstr(ir_meta_get(m, "axes"), "time"))
        return -1;
    if (ir_meta_real(m, "hop", 1e-9, 1e9, &hop, NULL) == 0)
        return (double)f.rows * hop;
    if (ir_meta_real(m, "rate", 1, 1e9, &rate, NULL) == 0)
        return (double)f.rows / rate;
    return -1;
}

void ir_show_head(const struct ir_meta *head, struct ir_buf *out)
{
    for (size_t i = 0; i < head->n; i++) {
        const char *v = head->value[i];
        ir_buf_printf(out, "# %s=", head->key[i]);
        if (strcmp(head->key[i], "classes") == 0)
            ir_names_show(v, strstr(v, "%20") ? ", " : " ", out);
        else
            ir_buf_shown(out, v);
        ir_buf_puts(out, "\n");
    }
}

static void add_value(struct ir_buf *out, const struct ir_meta *m, const char *key)
{
    const char *v = ir_meta_get(m, key);

    ir_buf_puts(out, "\t");
    if (v && *v && strcmp(key, "labels") == 0)
        ir_names_show(v, " ", out);
    else if (v && *v)
        ir_buf_shown(out, v);
    else
        ir_buf_puts(out, "-");
}

void ir_show_look(const struct ir_rec *rec, struct ir_buf *out)
{
    char shape[80];
    double offset = 0, length = duration_s(rec);

    ir_buf_printf(out, "%u\t", rec->seq);
    ir_buf_shown(out, *ir_rec_id(rec) ? ir_rec_id(rec) : "-");
    ir_buf_puts(out, "\t");
    ir_buf_shown(out, ir_rec_name(rec));
    ir_buf_printf(out, "\t%s %s", ir_dtype_name(rec->dtype),
                  ir_shape_text(shape, rec->rank, rec->shape));
    if (length >= 0) {
        (void)ir_meta_real(&rec->meta, "offset", 0, 1e9, &offset, NULL);
        ir_buf_printf(out, "\t%.3f+%.3f s", offset, length);
    } else {
        ir_buf_puts(out, "\t-");
    }
    add_value(out, &rec->meta, "split");
    add_value(out, &rec->meta, "labels");
    ir_buf_puts(out, "\n");
}
