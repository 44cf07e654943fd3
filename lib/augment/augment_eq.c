/* augment_eq.c - a random equaliser: peaking filters after R. Bristow-Johnson's cookbook. */
#include "augment.h"

#include <math.h>

static const struct ir_augment_param params[] = {
    {"bands", 1, 32 /* MOST */, "1..4", NULL, NULL, "number of filters"},
    {"hz", 1, 1e6, "80..8000", "Hz", NULL,
     "centre of each, uniform in pitch; at most 0.45 of the rate"},
    {"db", -60, 60, "-9..9", "dB", NULL, "gain of each at its centre"},
    {"q", 0.05, 50, "0.5..2", NULL, NULL, "quality of each"},
    {0},
};

enum { MOST = 32 };

/* One peaking filter in transposed direct form II. */
struct filter {
    double b[3], a[3], s1, s2;
};

static struct filter peaking(double hz, double db, double q)
{
    const double g = pow(10, db / 40), w = 2 * M_PI * hz, alpha = sin(w) / (2 * q),
                 a0 = 1 + alpha / g, middle = -2 * cos(w) / a0;
    return (struct filter){.b = {(1 + alpha * g) / a0, middle, (1 - alpha * g) / a0},
                           .a = {1, middle, (1 - alpha / g) / a0}};
}

/* All filters at each sample: the processor works at several of them at once. */
static void cascade(struct filter *f, int bands, float *v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double x = (double)v[i];
        for (int k = 0; k < bands; k++) {
            struct filter *p = &f[k];
            const double y = p->b[0] * x + p->s1;
            p->s1 = p->b[1] * x - p->a[1] * y + p->s2;
            p->s2 = p->b[2] * x - p->a[2] * y;
            x = y;
        }
        v[i] = (float)x;
    }
}

static int eq(const struct ir_augmenter *a, const double *value, struct ir_augment_clip *s,
              struct ir_rng *rng, struct ir_err *err)
{
    (void)err;
    const int bands = (int)rint(value[0]);
    const struct ir_range octaves = {log2(a->range[1].lo), log2(a->range[1].hi)};
    struct filter filter[MOST];
    for (int k = 0; k < bands; k++) {
        const double hz = fmin(exp2(ir_rng_in(rng, octaves)) / s->rate_hz, 0.45);
        const double db = ir_rng_in(rng, a->range[2]), q = ir_rng_in(rng, a->range[3]);
        filter[k] = peaking(hz, db, q);
    }
    for (size_t c = 0; c < s->channels; c++) {
        for (int k = 0; k < bands; k++)
            filter[k].s1 = filter[k].s2 = 0;
        cascade(filter, bands, s->v + c * s->frames, s->frames);
    }
    return 0;
}

const struct ir_augment ir_augment_eq = {
    .name = "eq",
    .usage = "random peaking filters",
    .example = "eq bands=1..3 db=-6..6",
    .domain = IR_AUGMENT_AUDIO,
    .params = params,
    .apply = eq,
};
