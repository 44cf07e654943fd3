/* record.c - a record of a stream, loaded and sent through a chain. */
#include "augment.h"

#include <stdlib.h>
#include <string.h>

int ir_augment_stream(const struct ir_meta *head, const struct ir_augmenter *chain, size_t n,
                      struct ir_augment_stream *in, struct ir_err *err)
{
    const char *domain = ir_meta_get(head, "domain"), *labels = ir_meta_get(head, "labels");
    in->feature = domain && !strcmp(domain, "feature");
    in->open = labels && !strcmp(labels, "open");
    in->classes = ir_meta_get(head, "classes");
    if (!in->feature && (!domain || strcmp(domain, "audio")))
        return ir_fail(err, "found a stream of domain %s, wanted audio or feature",
                       domain ? domain : "(none)");
    for (size_t i = 0; i < n; i++)
        if (!(chain[i].kind->domain & (in->feature ? IR_AUGMENT_FEATURE : IR_AUGMENT_AUDIO)))
            return ir_fail(err, "%s works on %s, found a stream of domain %s", chain[i].kind->name,
                           in->feature ? "audio" : "features", domain);
    return 0;
}

static int load(const struct ir_rec *r, const struct ir_augment_stream *in, struct ir_meta *meta,
                struct ir_augment_clip *s, struct ir_err *err)
{
    struct ir_buf tmp = {0};
    char shape[80];
    const int wanted = in->feature ? 3 : 2;
    *s = (struct ir_augment_clip){.feature = in->feature,
                                  .channels = 1,
                                  .rows = 1,
                                  .meta = meta,
                                  .classes = in->classes,
                                  .open = in->open};
    if (r->rank < 1 || r->rank > wanted)
        return ir_fail(err, "shape %s, wanted %s", ir_shape_text(shape, r->rank, r->shape),
                       in->feature ? "channels x bands x frames" : "channels x samples");
    s->frames = r->shape[r->rank - 1];
    s->rows = in->feature && r->rank > 1 ? r->shape[r->rank - 2] : 1;
    s->channels = r->rank == wanted ? r->shape[0] : 1;
    const int got = ir_meta_real(meta, "rate", 1e-3, 1e12, &s->rate_hz, err);
    if (got < 0 || (got > 0 && !in->feature))
        return got < 0 ? -1 : ir_fail(err, "the record has no rate");
    const float *v = ir_rec_f32(r, !in->feature, &tmp);
    s->v = ir_alloc(ir_augment_clip_count(s) + 1, sizeof *s->v);
    memcpy(s->v, v, ir_augment_clip_count(s) * sizeof *s->v);
    ir_buf_free(&tmp);
    return 0;
}

int ir_augment_record(const struct ir_augmenter *chain, size_t n,
                      const struct ir_augment_stream *in, const struct ir_rec *rec, uint64_t seed,
                      uint64_t epoch, struct ir_meta *meta, struct ir_augment_clip *s,
                      struct ir_err *err)
{
    const char *id = ir_meta_get(meta, "id");
    const uint64_t clip_seed = ir_clip_seed(seed, epoch, id ? id : "");
    int rc = load(rec, in, meta, s, err);
    if (rc == 0)
        rc = ir_augment_run(chain, n, clip_seed, s, err);
    if (rc == 0 && !ir_dsp_finite(s->v, ir_augment_clip_count(s)))
        rc = ir_fail(err, "the result holds NaN or infinity");
    ir_meta_setf(meta, "epoch", "%llu", (unsigned long long)epoch);
    return rc;
}

int ir_augment_back(const struct ir_augment_clip *s, struct ir_rec *r, struct ir_err *err)
{
    r->dtype = 'f';
    r->shape[r->rank - 1] = (uint32_t)s->frames;
    r->data = s->v;
    r->bytes = ir_augment_clip_count(s) * sizeof *s->v;
    return r->bytes <= IR_DATA_MAX
               ? 0
               : ir_fail(err, "clip %s: the result is larger than a record may be", ir_rec_id(r));
}

int ir_augment_chain(const struct ir_strs *texts, struct ir_augmenter **chain, bool *mixes,
                     struct ir_err *err)
{
    *chain = ir_zalloc(texts->n + 1, sizeof **chain);
    *mixes = false;
    for (size_t i = 0; i < texts->n; i++) {
        if (ir_augmenter_parse(texts->at[i], &(*chain)[i], err) != 0)
            return -1;
        *mixes = *mixes || (*chain)[i].kind->mixes;
    }
    return 0;
}

void ir_augment_chain_free(struct ir_augmenter *chain, size_t n)
{
    for (size_t i = 0; i < n && chain != NULL; i++)
        ir_augmenter_free(&chain[i]);
    free(chain);
}
