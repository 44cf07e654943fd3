/* extract.c - from a front end to tensors: engines, logarithm, then the other plug-ins in their
 * order. */
#include "feature/frames.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define X(n) extern const struct ir_feature ir_feature_##n;
#include "feature.inc"
#undef X

static const struct ir_feature *const features[] = {
#define X(n) &ir_feature_##n,
#include "feature.inc"
#undef X
};
enum { N_FEATURES = sizeof features / sizeof *features };

struct ir_extractor {
    struct ir_front front;
    struct ir_pool *pool;
    struct ir_frames *engine;
    size_t engines;
    float *emphasised; /* one channel, where the front end wants it */
    size_t emphasised_cap;
    const struct ir_feature *after[N_FEATURES]; /* in order */
    size_t n_after;
};

const struct ir_feature *ir_feature_at(size_t i)
{
    return i < N_FEATURES ? features[i] : NULL;
}

void ir_feature_names(struct ir_strs *names)
{
    for (size_t i = 0; i < N_FEATURES; i++)
        if (features[i]->order == 0)
            ir_strs_add(names, features[i]->name);
}

const struct ir_feature *ir_feature_find(const char *name)
{
    for (size_t i = 0; i < N_FEATURES; i++)
        if (!strcmp(features[i]->name, name))
            return features[i];
    return NULL;
}

void ir_map_reshape(struct ir_map *m, size_t channels, size_t rows, size_t frames)
{
    size_t n = 0;
    if (!ir_mul(channels, rows, &n) || !ir_mul(n, frames, &n))
        n = SIZE_MAX; /* ir_alloc ends the program */
    if (n > m->cap || !m->v) {
        free(m->v);
        m->v = ir_alloc_aligned(n ? n : 1, sizeof *m->v);
        m->cap = n;
    }
    m->channels = channels;
    m->rows = rows;
    m->frames = frames;
}

void ir_map_move(struct ir_map *to, struct ir_map *from)
{
    free(to->v);
    *to = *from;
    memset(from, 0, sizeof *from);
}

void ir_map_free(struct ir_map *m)
{
    free(m->v);
    memset(m, 0, sizeof *m);
}

static int add_engine(struct ir_extractor *x, const char *name, size_t n_fft, double lo, double hi,
                      struct ir_err *err)
{
    struct ir_frames *e = &x->engine[x->engines];
    if (ir_frames_init(e, &x->front, n_fft, lo, hi, err))
        return -1;
    x->engines++;
    strcpy(e->name, name);
    if (!e->bank.rows)
        return ir_fail(err, "no bin of a %zu-point spectrum lies between %g and %g Hz", n_fft, lo,
                       hi);
    return 0;
}

/* One engine for each size and range; ranges with a size of their own once. */
static int add_engines(struct ir_extractor *x, struct ir_err *err)
{
    const struct ir_front *f = &x->front;
    char name[2 * IR_FRONT_NAME];
    for (size_t i = 0; i < f->n_ffts && !f->cuts; i++) {
        snprintf(name, sizeof name, f->n_ffts > 1 ? "f%zu" : "x", f->n_fft[i]);
        if (add_engine(x, name, f->n_fft[i], f->fmin_hz, f->fmax_hz, err))
            return -1;
    }
    for (size_t c = 0; c < f->cuts; c++) {
        const struct ir_front_cut *cut = &f->cut[c];
        for (size_t i = 0; i < (cut->n_fft ? 1 : f->n_ffts); i++) {
            const size_t n = cut->n_fft ? cut->n_fft : f->n_fft[i];
            if (cut->n_fft || f->n_ffts == 1)
                snprintf(name, sizeof name, "%s", cut->name);
            else
                snprintf(name, sizeof name, "%s_%zu", cut->name, n);
            name[IR_FRONT_NAME - 1] = 0;
            if (add_engine(x, name, n, cut->lo_hz, cut->hi_hz, err))
                return -1;
        }
    }
    return 0;
}

static void add_after(struct ir_extractor *x)
{
    for (size_t i = 0; i < N_FEATURES; i++) {
        const struct ir_feature *p = features[i];
        if (p->order <= 0 || !p->on(&x->front))
            continue;
        size_t at = x->n_after++;
        for (; at > 0 && x->after[at - 1]->order > p->order; at--)
            x->after[at] = x->after[at - 1];
        x->after[at] = p;
    }
}

struct ir_extractor *ir_extractor_new(const struct ir_front *f, struct ir_pool *pool,
                                      struct ir_err *err)
{
    struct ir_extractor *x = ir_zalloc(1, sizeof *x);
    x->front = *f;
    x->pool = pool;
    x->engine = ir_zalloc(IR_FRONT_FFTS * (IR_FRONT_CUTS + 1), sizeof *x->engine);
    add_after(x);
    if (add_engines(x, err)) {
        ir_extractor_free(x);
        return NULL;
    }
    return x;
}

void ir_extractor_free(struct ir_extractor *x)
{
    if (!x)
        return;
    for (size_t i = 0; i < x->engines; i++)
        ir_frames_free(&x->engine[i]);
    free(x->engine);
    free(x->emphasised);
    free(x);
}

size_t ir_extractor_outputs(const struct ir_extractor *x)
{
    return x->engines;
}

const char *ir_extractor_name(const struct ir_extractor *x, size_t output)
{
    return x->engine[output].name;
}

size_t ir_extractor_empty(const struct ir_extractor *x, size_t output, size_t *first)
{
    const struct ir_bank *b = &x->engine[output].bank;
    size_t n = 0;
    for (size_t r = b->rows; r-- > 0;)
        if (b->n[r] == 0) {
            *first = r;
            n++;
        }
    return n;
}

double ir_extractor_hop_s(const struct ir_extractor *x, size_t output)
{
    return (double)x->engine[output].hop / x->front.rate_hz;
}

/* Samples that frames are cut from: the difference of neighbours is one shorter. */
static size_t framed(const struct ir_front *f, size_t samples)
{
    return f->emphasis > 0 && samples ? samples - 1 : samples;
}

size_t ir_extractor_frames(const struct ir_extractor *x, size_t output, size_t samples)
{
    return ir_frames_count(&x->engine[output], framed(&x->front, samples));
}

static int too_short(const struct ir_frames *e, size_t samples, struct ir_err *err)
{
    const bool snip = e->front->edges == IR_EDGES_SNIP, mirror = e->front->edges == IR_EDGES_MIRROR;
    const size_t more = e->front->emphasis > 0;
    return ir_fail(err, "%zu samples, but %s at least %zu", samples,
                   snip ? "one window needs" : "this front end's edges need",
                   more + (snip             ? e->win
                           : mirror         ? e->hop - e->hop / 2
                           : samples > more ? e->n_fft / 2 + 1
                                            : 1));
}

/* The difference that emphasises high frequencies, over the whole clip; NaN and infinity go on to
 * the check of the frames. */
static const float *emphasise(struct ir_extractor *x, const float *pcm, size_t samples)
{
    const float k = (float)x->front.emphasis;
    if (k <= 0)
        return pcm;
    ir_grow(&x->emphasised, &x->emphasised_cap, samples, sizeof *x->emphasised);
    for (size_t i = 0; i + 1 < samples; i++)
        x->emphasised[i] = pcm[i + 1] - k * pcm[i];
    return x->emphasised;
}

int ir_extractor_run(struct ir_extractor *x, size_t output, const float *pcm, size_t channels,
                     size_t samples, struct ir_map *m, struct ir_err *err)
{
    struct ir_frames *e = &x->engine[output];
    const size_t frames = ir_extractor_frames(x, output, samples), one = e->bank.rows * frames;
    if (!channels)
        return ir_fail(err, "the sound has no channel");
    if (!frames)
        return too_short(e, samples, err);
    if (frames > IR_DATA_MAX / sizeof(float) / e->bank.rows / channels)
        return ir_fail(err, "%zu channels of %zu rows and %zu frames are more than a record holds",
                       channels, e->bank.rows, frames);
    ir_map_reshape(m, channels, e->bank.rows, frames);
    m->flat = false;
    m->hop_s = (double)e->hop / x->front.rate_hz;
    for (size_t c = 0; c < channels; c++)
        if (ir_frames_run(e, x->pool, emphasise(x, pcm + c * samples, samples),
                          framed(&x->front, samples), frames, m->v + c * one, err))
            return -1;
    ir_frames_level(&x->front, m->v, one * channels);
    const struct ir_feature *source = ir_feature_find(x->front.feature);
    if (source && source->apply && source->apply(&x->front, m, err))
        return -1;
    for (size_t i = 0; i < x->n_after; i++)
        if (x->after[i]->apply(&x->front, m, err))
            return -1;
    return 0;
}
