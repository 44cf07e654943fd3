/* augment_background.c - another recording under the clip, at a ratio to the clip's own power:
 * music, speech, noise. */
#include "augment.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { OWN, JOIN, UNKNOWN };

static const struct ir_augment_param params[] = {
    {"file", 0, 0, NULL, NULL, "",
     "stream of backgrounds (sound of the clip's rate); without one, other clips of the split"},
    {"snr", -60, 120, "5..20", "dB", NULL, "clip's power above the background's"},
    {"labels", 0, 0, "own", NULL, "own|join|unknown",
     "whose labels count: the clip's own, both, or the clip's, but what may sound in the "
     "background is unknown where the clip says no"},
    {0},
};

static int background_open(struct ir_augmenter *a, struct ir_err *err)
{
    if (!a->text[0])
        return 0;
    a->state = ir_index_open(&a->text[0], 1, err);
    if (a->state && !ir_index_count(a->state))
        return ir_fail(err, "background: %s holds no clip", a->text[0]);
    return a->state ? 0 : ir_fail_in(err, "background");
}

static void background_close(struct ir_augmenter *a)
{
    ir_index_close(a->state);
}

/* As many samples as the clip has, from a random place; a shorter recording goes round. */
static void cut(const struct ir_augment_clip *s, const float *x, size_t channels, size_t n,
                struct ir_rng *rng, float *out)
{
    const size_t from = (size_t)ir_rng_below(rng, n > s->frames ? n - s->frames + 1 : n);
    for (size_t c = 0; c < s->channels; c++)
        for (size_t i = 0; i < s->frames; i++)
            out[c * s->frames + i] = x[(channels > 1 ? c * n : 0) + (from + i) % n];
}

static double power(const float *v, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)v[i] * (double)v[i];
    return n ? sum / (double)n : 0;
}

static int check(const struct ir_rec *r, const struct ir_augment_clip *s, struct ir_err *err)
{
    double rate = 0;
    char shape[80];
    if (!r)
        return ir_fail(err, "there is no other clip to lay under this one");
    if (r->rank < 1 || r->rank > 2 || !r->shape[r->rank - 1] ||
        (r->rank == 2 && r->shape[0] != 1 && r->shape[0] != s->channels))
        return ir_fail(err, "background %s has shape %s, wanted one channel or %zu", ir_rec_id(r),
                       ir_shape_text(shape, r->rank, r->shape), s->channels);
    if (ir_meta_real(&r->meta, "rate", 1e-3, 1e12, &rate, err) || rate != s->rate_hz)
        return ir_fail(err, "background %s has a rate of %g Hz, this clip %g Hz", ir_rec_id(r),
                       rate, s->rate_hz);
    return 0;
}

static int background(const struct ir_augmenter *a, const double *value, struct ir_augment_clip *s,
                      struct ir_rng *rng, struct ir_err *err)
{
    const struct ir_index *x = a->state;
    const struct ir_rec *r = x ? ir_index_rec(x, (size_t)ir_rng_below(rng, ir_index_count(x)))
                               : ir_partners_next(a->partners, s, rng);
    const size_t n = ir_augment_clip_count(s);
    const int labels = (int)value[2];
    if (labels == UNKNOWN && !s->open)
        return ir_fail(err, "labels=unknown wants a stream with labels=open (ir-label --open)");
    if (check(r, s, err))
        return -1;
    struct ir_buf tmp = {0};
    float *under = ir_alloc(n + 1, sizeof *under);
    cut(s, ir_rec_f32(r, true, &tmp), r->rank > 1 ? r->shape[0] : 1, r->shape[r->rank - 1], rng,
        under);
    const double have = power(under, n), want = ir_augment_clip_power(s) * pow(10, -value[1] / 10);
    /* Silence has no ratio to anything and stays silent. */
    if (have > 0 && want > 0) {
        const float g = (float)sqrt(want / have);
        for (size_t i = 0; i < n; i++)
            s->v[i] += g * under[i];
        if (labels == JOIN)
            ir_augment_join_labels(s, &r->meta, -1);
        else if (labels == UNKNOWN)
            ir_augment_doubt_labels(s, &r->meta);
    }
    free(under);
    ir_buf_free(&tmp);
    return 0;
}

const struct ir_augment ir_augment_background = {
    .name = "background",
    .usage = "lay another recording under the clip",
    .example = "background snr=5..20",
    .domain = IR_AUGMENT_AUDIO,
    .params = params,
    .mixes = true,
    .open = background_open,
    .close = background_close,
    .apply = background,
};
