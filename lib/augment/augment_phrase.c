/* augment_phrase.c - a phrase out of single notes: the clip and others with the same labels, one
 * after another. */
#include "augment.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LENGTH, NOTE, OVERLAP, CHORD, REST, LEVEL };

static const struct ir_augment_param params[] = {
    {"s", 0.01, 3600, "3", "s", NULL, "length of the phrase"},
    {"note", 0.02, 60, "0.15..0.9", "s", NULL,
     "from the start of a note to that of the next, drawn for each"},
    {"overlap", 0, 10, "0..0.3", "s", NULL, "how long a note goes on under the next"},
    {"chord", 1, 16, "1", NULL, NULL, "notes that start together"},
    {"rest", 0, 1, "0.1", NULL, NULL, "probability of a rest in place of a note"},
    {"level", 0, 40, "0..6", "dB", NULL, "how much softer than the loudest a note may be"},
    {0},
};

/* First sample above a twentieth of the peak: recordings of notes begin with some silence. */
static size_t onset(const float *x, size_t n, float *peak)
{
    size_t at = 0;
    *peak = 0;
    for (size_t i = 0; i < n; i++)
        *peak = fabsf(x[i]) > *peak ? fabsf(x[i]) : *peak;
    while (at < n && fabsf(x[at]) < 0.05f * *peak)
        at++;
    return at;
}

struct place {
    size_t at, length; /* samples */
    float gain;
};

/* Add a note that starts at p.at and fades out at its end. */
static void add(const struct ir_augment_clip *s, const float *x, size_t channels, size_t n,
                struct place p, float *out, size_t frames)
{
    float peak = 0;
    const size_t first = onset(x, n, &peak), fade = (size_t)(0.03 * s->rate_hz) + 1;
    const size_t length = p.length < n - first ? p.length : n - first;
    for (size_t c = 0; c < s->channels && peak > 0; c++) {
        const float *from = x + (channels > 1 ? c * n : 0) + first;
        float *to = out + c * frames;
        for (size_t i = 0; i < length && p.at + i < frames; i++) {
            const size_t left = length - i;
            const float g = p.gain / peak;
            to[p.at + i] += from[i] * (left < fade ? g * (float)left / (float)fade : g);
        }
    }
}

static int fits(const struct ir_rec *r, const struct ir_augment_clip *s, struct ir_err *err)
{
    double rate = 0;
    const size_t channels = r->rank > 1 ? r->shape[0] : 1;
    if (ir_meta_real(&r->meta, "rate", 1e-3, 1e12, &rate, NULL) || rate != s->rate_hz ||
        r->rank < 1 || r->rank > 2 || (channels != 1 && channels != s->channels))
        return ir_fail(err, "clip %s has another rate or number of channels", ir_rec_id(r));
    return 0;
}

static int next_note(const struct ir_augmenter *a, struct ir_augment_clip *s, struct place p,
                     bool own, float *out, size_t frames, struct ir_rng *rng, struct ir_err *err)
{
    struct ir_buf tmp = {0};
    const struct ir_rec *r = own ? NULL : ir_partners_alike(a->partners, s, rng);
    if (!r)
        add(s, s->v, s->channels, s->frames, p, out, frames);
    else if (fits(r, s, err))
        return -1;
    else
        add(s, ir_rec_f32(r, true, &tmp), r->rank > 1 ? r->shape[0] : 1, r->shape[r->rank - 1], p,
            out, frames);
    ir_buf_free(&tmp);
    return 0;
}

static int phrase(const struct ir_augmenter *a, const double *value, struct ir_augment_clip *s,
                  struct ir_rng *rng, struct ir_err *err)
{
    const size_t frames = (size_t)fmax(1, rint(value[LENGTH] * s->rate_hz));
    const double peak = ir_augment_clip_peak(s);
    float *out = ir_zalloc(s->channels * frames + 1, sizeof *out);
    int rc = 0;
    bool own = true;
    for (double t = 0; t < value[LENGTH] && peak > 0 && !rc;) {
        const double step = ir_rng_in(rng, a->range[NOTE]);
        const double length = step + ir_rng_in(rng, a->range[OVERLAP]);
        const int chord = (int)rint(ir_rng_in(rng, a->range[CHORD]));
        const bool rest = !own && ir_rng_uniform(rng) < value[REST];
        for (int k = 0; k < chord && !rest && !rc; k++) {
            const double db = -ir_rng_in(rng, a->range[LEVEL]);
            const struct place p = {(size_t)(t * s->rate_hz), (size_t)(length * s->rate_hz),
                                    (float)(peak * pow(10, db / 20))};
            rc = next_note(a, s, p, own, out, frames, rng, err);
            own = false;
        }
        t += step;
    }
    if (rc) {
        free(out);
        return rc;
    }
    free(s->v);
    s->v = out;
    s->frames = frames;
    return 0;
}

const struct ir_augment ir_augment_phrase = {
    .name = "phrase",
    .usage = "a phrase of notes with the same labels, in place of one note",
    .example = "phrase s=2 note=0.15..0.9 overlap=0..0.3",
    .domain = IR_AUGMENT_AUDIO,
    .params = params,
    .mixes = true,
    .apply = phrase,
};
