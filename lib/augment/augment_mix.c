/* augment_mix.c - the clip and others at once, labels joined: synthetic mixtures of solo
 * recordings. */
#include "augment.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct ir_augment_param params[] = {
    {"k", 1, 64, "2", NULL, NULL, "clips in the mixture, this one included"},
    {"delay", 0, 1e7, "0", "samples", NULL, "how late each clip enters"},
    {0},
};

/* Add x, delayed, to the sum; a mono clip goes to all channels. */
static void add(const struct ir_augment_clip *s, const float *x, size_t channels, size_t n,
                size_t delay, float *sum)
{
    for (size_t c = 0; c < s->channels; c++) {
        const float *from = x + (channels > 1 ? c * n : 0);
        float *to = sum + c * s->frames;
        for (size_t i = delay; i < s->frames && i - delay < n; i++)
            to[i] += from[i - delay];
    }
}

static int add_other(const struct ir_augmenter *a, struct ir_augment_clip *s, struct ir_buf *names,
                     float *sum, struct ir_rng *rng, struct ir_err *err)
{
    const struct ir_rec *r = ir_partners_next(a->partners, s, rng);
    const size_t delay = (size_t)rint(ir_rng_in(rng, a->range[1]));
    double rate = 0;
    if (!r)
        return ir_fail(err, "there is no other clip to mix with");
    const size_t channels = r->rank > 1 ? r->shape[0] : 1, n = r->rank ? r->shape[r->rank - 1] : 0;
    if (ir_meta_real(&r->meta, "rate", 1e-3, 1e12, &rate, NULL) || rate != s->rate_hz)
        return ir_fail(err, "clip %s has a rate of %g Hz, this one %g Hz", ir_rec_id(r), rate,
                       s->rate_hz);
    if (channels != 1 && channels != s->channels)
        return ir_fail(err, "clip %s has %zu channels, this one %zu", ir_rec_id(r), channels,
                       s->channels);
    struct ir_buf tmp = {0};
    add(s, ir_rec_f32(r, true, &tmp), channels, n, delay, sum);
    ir_buf_free(&tmp);
    ir_augment_join_labels(s, &r->meta, -1);
    ir_buf_printf(names, " %s", ir_rec_id(r));
    return 0;
}

/* The sum of k clips divided by k, as long as this one. Partners have the same split. */
static int mix(const struct ir_augmenter *a, const double *value, struct ir_augment_clip *s,
               struct ir_rng *rng, struct ir_err *err)
{
    const int k = (int)rint(value[0]);
    float *sum = ir_zalloc(ir_augment_clip_count(s) + 1, sizeof *sum);
    struct ir_buf names = {0};
    int rc = 0;
    const char *before = ir_meta_get(s->meta, "mixed");
    before = before ? before : ir_meta_get(s->meta, "id");
    ir_buf_puts(&names, before ? before : "");
    add(s, s->v, s->channels, s->frames, (size_t)rint(value[1]), sum);
    for (int i = 1; i < k && !rc; i++)
        rc = add_other(a, s, &names, sum, rng, err);
    const float g = 1 / (float)k;
    for (size_t i = 0; i < ir_augment_clip_count(s) && !rc; i++)
        s->v[i] = g * sum[i];
    if (!rc && k > 1)
        ir_meta_set(s->meta, "mixed", names.data);
    free(sum);
    ir_buf_free(&names);
    return rc;
}

const struct ir_augment ir_augment_mix = {
    .name = "mix",
    .usage = "mix with other clips of the same split, labels joined",
    .example = "mix k=1..3 delay=0..1000",
    .domain = IR_AUGMENT_AUDIO,
    .params = params,
    .mixes = true,
    .apply = mix,
};
