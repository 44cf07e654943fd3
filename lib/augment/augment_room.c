/* augment_room.c - a room: convolution with measured impulse responses, or with decaying noise. */
#include "augment.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct ir_augment_param params[] = {
    {"file", 0, 0, NULL, NULL, "",
     "stream of impulse responses (ir-decode makes it); without one the tail is noise"},
    {"rt60", 0.02, 20, "0.2..0.8", "s", NULL, "time in which the noise tail falls by 60 dB"},
    {"wet", 0, 1, "0.1..0.5", NULL, NULL, "share of the room's sound in power"},
    {0},
};

static int room_open(struct ir_augmenter *a, struct ir_err *err)
{
    if (!a->text[0])
        return 0;
    a->state = ir_index_open(&a->text[0], 1, err);
    if (a->state && !ir_index_count(a->state))
        return ir_fail(err, "room: %s holds no impulse response", a->text[0]);
    return a->state ? 0 : ir_fail_in(err, "room");
}

static void room_close(struct ir_augmenter *a)
{
    ir_index_close(a->state);
}

/* The first channel of a random response of the file. */
static float *measured(const struct ir_augmenter *a, const struct ir_augment_clip *s,
                       struct ir_rng *rng, size_t *n, struct ir_err *err)
{
    const struct ir_rec *r =
        ir_index_rec(a->state, (size_t)ir_rng_below(rng, ir_index_count(a->state)));
    double rate = 0;
    if (r->rank < 1 || r->rank > 2 || !r->shape[r->rank - 1] ||
        ir_meta_real(&r->meta, "rate", 1e-3, 1e12, &rate, err) || rate != s->rate_hz) {
        ir_fail(err, "impulse response %s has a rate of %g Hz, wanted %g Hz", ir_rec_id(r), rate,
                s->rate_hz);
        return NULL;
    }
    struct ir_buf tmp = {0};
    *n = r->shape[r->rank - 1];
    const float *v = ir_rec_f32(r, true, &tmp);
    float *h = ir_alloc(*n, sizeof *h);
    memcpy(h, v, *n * sizeof *h);
    ir_buf_free(&tmp);
    return h;
}

/* Noise that decays exponentially, behind a gap of 2 ms. */
static float *invented(double rt60_s, const struct ir_augment_clip *s, struct ir_rng *rng,
                       size_t *n)
{
    const size_t gap = (size_t)(0.002 * s->rate_hz);
    *n = gap + (size_t)(rt60_s * s->rate_hz) + 1;
    float *h = ir_zalloc(*n, sizeof *h);
    ir_dsp_noise(h + gap, *n - gap, 1, ir_rng_u64(rng));
    const double fall = pow(10, -3 / (rt60_s * s->rate_hz));
    double gain = 1;
    for (size_t i = gap; i < *n; i++, gain *= fall)
        h[i] *= (float)gain;
    return h;
}

/* dry and wet sound are mixed so that the clip's power stays. */
static void mix(struct ir_augment_clip *s, const float *wet, double share)
{
    const double power = ir_augment_clip_power(s);
    const size_t n = ir_augment_clip_count(s);
    const double wet_power = n ? ir_dsp_energy(wet, n) / (double)n : 0;
    if (wet_power <= 0 || power <= 0)
        return;
    const float dry_gain = (float)sqrt(1 - share),
                wet_gain = (float)sqrt(share * power / wet_power);
    for (size_t i = 0; i < n; i++)
        s->v[i] = dry_gain * s->v[i] + wet_gain * wet[i];
    const double sum = ir_augment_clip_power(s);
    const float g = sum > 0 ? (float)sqrt(power / sum) : 1;
    for (size_t i = 0; i < n; i++)
        s->v[i] *= g;
}

static int room(const struct ir_augmenter *a, const double *value, struct ir_augment_clip *s,
                struct ir_rng *rng, struct ir_err *err)
{
    size_t n;
    float *h = a->state ? measured(a, s, rng, &n, err) : invented(value[1], s, rng, &n);
    if (!h)
        return -1;
    float *wet = ir_alloc(ir_augment_clip_count(s) + 1, sizeof *wet);
    int rc = 0;
    for (size_t c = 0; c < s->channels && !rc; c++)
        rc = ir_dsp_convolve(s->v + c * s->frames, s->frames, h, n, 0, wet + c * s->frames, err);
    if (!rc)
        mix(s, wet, value[2]);
    free(wet);
    free(h);
    return rc;
}

const struct ir_augment ir_augment_room = {
    .name = "room",
    .usage = "reverberation",
    .example = "room rt60=0.2..0.6 wet=0.1..0.4",
    .domain = IR_AUGMENT_AUDIO,
    .params = params,
    .open = room_open,
    .close = room_close,
    .apply = room,
};
