/* flow.c - a stream of sound to a stream of features, clip by clip. */
#include "feature.h"

#include <string.h>

int ir_front_flow_head(void *self, const struct ir_meta *in, struct ir_meta *out,
                       struct ir_err *err)
{
    const struct ir_front_flow *f = self;
    (void)in;
    (void)err;
    struct ir_buf b = {0};
    ir_front_format(&f->front, &b);
    ir_meta_set(out, "domain", "feature");
    ir_meta_set(out, "frontend", b.data);
    ir_buf_free(&b);
    return 0;
}

/* The record of one map; piece < 0: of the whole clip. */
static int put(const struct ir_front_flow *f, const struct ir_rec *in, const struct ir_map *m,
               size_t output, long long piece, struct ir_writer *w, struct ir_err *err)
{
    const size_t shape[3] = {m->channels, m->rows, m->frames};
    const char *name = ir_extractor_outputs(f->x) > 1 ? ir_extractor_name(f->x, output) : NULL;
    const bool image = f->front.image_h > 0, mel = !strcmp(f->front.feature, "mel") && !image;
    struct ir_rec out = {.dtype = 'f', .rank = m->flat ? 1 : 3, .data = m->v};
    const size_t n = m->channels * m->rows * m->frames;
    for (int i = 0; i < out.rank; i++)
        out.shape[i] = (uint32_t)(m->flat ? n : shape[i]);
    out.bytes = n * sizeof(float);
    ir_meta_copy(&out.meta, &in->meta);
    if (name && strcmp(ir_rec_name(in), "x"))
        ir_meta_setf(&out.meta, "name", "%s_%s", ir_rec_name(in), name);
    else if (name)
        ir_meta_set(&out.meta, "name", name);
    ir_meta_set(&out.meta, "axes",
                m->flat ? "feature"
                : mel   ? "channel,mel,time"
                        : "channel,freq,time");
    ir_meta_set_real(&out.meta, "rate", f->front.rate_hz);
    ir_meta_set(&out.meta, "hop", NULL);
    if (!m->flat && !image)
        ir_meta_set_real(&out.meta, "hop", m->hop_s);
    if (piece >= 0) {
        double offset = 0;
        ir_meta_real(&in->meta, "offset", -1e300, 1e300, &offset, NULL);
        ir_meta_setf(&out.meta, "id", "%s#%lld", ir_rec_id(in), piece);
        ir_meta_set_real(&out.meta, "offset", offset + (double)(piece * f->patch_hop) * m->hop_s);
        ir_meta_set_real(&out.meta, "length", (double)m->frames * m->hop_s);
    }
    const int rc = ir_writer_put(w, &out, err);
    ir_meta_free(&out.meta);
    return rc;
}

/* Pieces of --patch frames; 1: the clip has too few. */
static int put_pieces(struct ir_front_flow *f, const struct ir_rec *in, size_t output,
                      struct ir_writer *w, struct ir_err *err)
{
    const struct ir_map *m = &f->map;
    struct ir_map *c = &f->cut;
    const size_t size = (size_t)f->patch, hop = (size_t)f->patch_hop;
    if (m->frames < size) {
        ir_fail(err, "%zu frames, but a piece has %zu", m->frames, size);
        return 1;
    }
    for (size_t piece = 0; piece * hop + size <= m->frames; piece++) {
        ir_map_reshape(c, m->channels, m->rows, size);
        c->hop_s = m->hop_s;
        for (size_t r = 0; r < m->channels * m->rows; r++)
            memcpy(c->v + r * size, m->v + r * m->frames + piece * hop, size * sizeof *c->v);
        if (put(f, in, c, output, (long long)piece, w, err))
            return -1;
    }
    return 0;
}

/* 1: the clip is bad. */
static int check(const struct ir_front_flow *f, const struct ir_rec *r, struct ir_err *err)
{
    char shape[80];
    double rate = 0;
    if (r->rank < 1 || r->rank > 2) {
        ir_fail(err, "shape %s, wanted channels x samples",
                ir_shape_text(shape, r->rank, r->shape));
        return 1;
    }
    const int got = ir_meta_real(&r->meta, "rate", 0, 1e12, &rate, err);
    if (got < 0)
        return 1;
    char found[32], wanted[32];
    if (got > 0 || rate != f->front.rate_hz) {
        ir_fail(err, "rate %s Hz, wanted %s Hz (ir-decode --rate %s resamples)",
                got > 0 ? "unknown" : ir_format_real(found, rate),
                ir_format_real(wanted, f->front.rate_hz), wanted);
        return 1;
    }
    return 0;
}

int ir_front_flow_one(void *self, struct ir_clip *clip, struct ir_writer *w, struct ir_err *err)
{
    struct ir_front_flow *f = self;
    for (size_t i = 0; i < clip->n; i++) {
        const struct ir_rec *r = &clip->rec[i];
        const size_t channels = r->rank == 2 ? r->shape[0] : 1;
        const size_t samples = r->rank ? r->shape[r->rank - 1] : 0;
        int rc = check(f, r, err);
        const float *pcm = rc ? NULL : ir_rec_f32(r, true, &f->samples);
        for (size_t o = 0; o < ir_extractor_outputs(f->x) && !rc; o++) {
            rc = ir_extractor_run(f->x, o, pcm, channels, samples, &f->map, err) ? 1 : 0;
            if (!rc)
                rc = f->patch ? put_pieces(f, r, o, w, err) : put(f, r, &f->map, o, -1, w, err);
            if (rc < 0)
                return rc;
        }
        if (rc) {
            ir_fail_at(err, r->seq + 1, r);
            return rc;
        }
    }
    return ir_writer_flush(w, err); /* whoever listens live need not wait for a full buffer */
}

void ir_front_flow_free(struct ir_front_flow *f)
{
    ir_extractor_free(f->x);
    ir_map_free(&f->map);
    ir_map_free(&f->cut);
    ir_buf_free(&f->samples);
}
