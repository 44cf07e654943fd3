/* stream.c - a rendered excerpt as records of a stream. */
#include "render.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One record of samples from … to out of two rows. */
static int put_record(const struct ir_rendered_stream *o, const struct ir_rec *like,
                      const char *name, const float *rows, const struct ir_rendered *s, size_t from,
                      size_t to, struct ir_err *err)
{
    struct ir_rec rec;
    uint32_t shape[2] = {(uint32_t)o->channels, (uint32_t)(to - from)};
    ir_rec_init(&rec, 'f', 2, shape);
    float *x = rec.data;
    for (size_t i = 0; i < to - from; i++) {
        float l = rows[from + i], r = rows[s->n + from + i];
        x[i] = o->channels == 2 ? l : (l + r) / 2;
        if (o->channels == 2)
            x[to - from + i] = r;
    }
    ir_meta_copy(&rec.meta, &like->meta);
    if (name)
        ir_meta_set(&rec.meta, "name", name);
    int rc = ir_writer_put(o->to, &rec, err);
    ir_rec_free(&rec);
    return rc;
}

static int put_segment(const struct ir_rendered_stream *o, const struct ir_layout_clip *c,
                       size_t from, size_t to, struct ir_err *err)
{
    const struct ir_parts *p = &c->excerpt->parts;
    struct ir_rec like = {0};
    struct ir_buf labels = {0};
    float *y = ir_zalloc(c->classes->n, sizeof *y);
    ir_rendered_labels(c->sound, c->excerpt, from, to, o->share, c->classes, y);
    if (o->label_lead)
        for (size_t k = 0; k < c->classes->n; k++)
            y[k] = strcmp(c->classes->at[k], p->at[0].name) == 0;
    ir_labels_format(y, c->classes, false, &labels);
    if (o->segment_s > 0)
        ir_meta_setf(&like.meta, "id", "%s.%zu", c->name,
                     (size_t)((double)from / c->sound->rate_hz / o->segment_s + 0.5));
    else
        ir_meta_set(&like.meta, "id", c->name);
    ir_meta_set(&like.meta, "path", c->name);
    ir_meta_set_real(&like.meta, "rate", c->sound->rate_hz);
    ir_meta_set(&like.meta, "axes", "channel,time");
    ir_meta_set_real(&like.meta, "offset", (double)from / c->sound->rate_hz);
    ir_meta_set_real(&like.meta, "length", (double)(to - from) / c->sound->rate_hz);
    ir_meta_set(&like.meta, "labels", labels.data ? labels.data : "");
    ir_meta_set(&like.meta, "group", c->group);
    ir_meta_set(&like.meta, "split", c->split);
    int rc = put_record(o, &like, NULL, c->sound->mix, c->sound, from, to, err);
    for (size_t k = 0; k < p->n && o->stems && rc == 0; k++) {
        char name[24];
        snprintf(name, sizeof name, "S%02zu", k + 1);
        ir_meta_set(&like.meta, "instrument", p->at[k].name);
        rc = put_record(o, &like, name, c->sound->stem + k * 2 * c->sound->n, c->sound, from, to,
                        err);
    }
    free(y);
    ir_buf_free(&labels);
    ir_meta_free(&like.meta);
    return rc;
}

int ir_rendered_put(const struct ir_rendered_stream *o, const struct ir_layout_clip *c,
                    struct ir_err *err)
{
    const size_t n = c->sound->n;
    const size_t step = o->segment_s > 0 ? (size_t)llround(o->segment_s * c->sound->rate_hz) : n;
    int rc = step ? 0 : ir_fail(err, "a segment of %g s has no sample", o->segment_s);
    for (size_t from = 0; from + step <= n && rc == 0; from += step)
        rc = put_segment(o, c, from, from + step, err);
    return rc;
}
