/* sound.c - an excerpt as stems and their mix, with levels and labels. */
#include "render.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WINDOW = 2048 };
#define SAMPLES_MAX 3e8 /* of all stems together, 2.4 GB: twelve parts for ten minutes */

static double power(const float *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)x[i] * (double)x[i];
    return n ? sum / (double)n : 0;
}

static void scale(float *x, size_t n, double by)
{
    for (size_t i = 0; i < n; i++)
        x[i] = (float)((double)x[i] * by);
}

/* Set each other stem below the lead by as much as is drawn. */
static void set_lead(struct ir_rendered *s, size_t lead, struct ir_range lead_db,
                     struct ir_rng *rng)
{
    double mine = power(s->stem + lead * 2 * s->n, 2 * s->n);
    for (size_t k = 0; k < s->stems; k++) {
        double db = ir_rng_in(rng, lead_db), theirs = power(s->stem + k * 2 * s->n, 2 * s->n);
        if (k != lead && theirs > 0)
            scale(s->stem + k * 2 * s->n, 2 * s->n, sqrt(mine / theirs) * pow(10, -db / 20));
    }
}

static void add_up(struct ir_rendered *s)
{
    memset(s->mix, 0, 2 * s->n * sizeof *s->mix);
    for (size_t k = 0; k < s->stems; k++)
        for (size_t i = 0; i < 2 * s->n; i++)
            s->mix[i] += s->stem[k * 2 * s->n + i];
}

int ir_excerpt_play(const struct ir_excerpt *e, const struct ir_fonts *fonts,
                    struct ir_range lead_db, struct ir_range peak_db, double rate_hz,
                    struct ir_rng *rng, struct ir_rendered *out, struct ir_err *err)
{
    double peak = 0, wanted = pow(10, ir_rng_in(rng, peak_db) / 20);
    memset(out, 0, sizeof *out);
    out->rate_hz = rate_hz;
    out->n = (size_t)llround(e->length_s * rate_hz);
    out->stems = e->parts.n;
    if (e->length_s * rate_hz * (double)out->stems > SAMPLES_MAX)
        return ir_fail(
            err, "%.0f s of %zu parts found, which do not fit memory; shorter excerpts wanted",
            e->length_s, out->stems);
    out->stem = ir_alloc(out->stems * 2 * (out->n + 1), sizeof *out->stem);
    out->mix = ir_alloc(2 * (out->n + 1), sizeof *out->mix);
    for (size_t k = 0; k < out->stems; k++)
        if (ir_synth_play(fonts->at[e->parts.at[k].font], e->score, &e->parts.at[k], e->start_s,
                          out->stem + k * 2 * out->n, out->n, err) != 0) {
            ir_rendered_free(out);
            return -1;
        }
    if (e->lead >= 0)
        set_lead(out, (size_t)e->lead, lead_db, rng);
    add_up(out);
    for (size_t i = 0; i < 2 * out->n; i++)
        peak = fmax(peak, fabs((double)out->mix[i]));
    bool silent = peak < 1e-5 || (e->lead >= 0 && power(out->stem, 2 * out->n) < 1e-10);
    if (!silent) {
        scale(out->stem, out->stems * 2 * out->n, wanted / peak);
        add_up(out); /* again, so that the mix stays the exact sum of the stems */
        return 0;
    }
    ir_rendered_free(out);
    return 1;
}

void ir_rendered_free(struct ir_rendered *s)
{
    free(s->stem);
    free(s->mix);
    memset(s, 0, sizeof *s);
}

double ir_activity_share(const float *x, size_t n, double floor)
{
    size_t loud = 0, windows = 0;
    for (size_t at = 0; at < n; at += WINDOW, windows++)
        loud += sqrt(power(x + at, n - at < WINDOW ? n - at : WINDOW)) > floor;
    return windows ? (double)loud / (double)windows : 0;
}

void ir_rendered_labels(const struct ir_rendered *s, const struct ir_excerpt *e, size_t from,
                        size_t to, double share, const struct ir_strs *classes, float *y)
{
    double floor = 0.01 * sqrt(power(s->mix, 2 * s->n));
    size_t n = to - from;
    float *mono = ir_alloc(n + 1, sizeof *mono);
    for (size_t c = 0; c < classes->n; c++)
        y[c] = 0;
    for (size_t k = 0; k < s->stems; k++) {
        int c = ir_strs_find(classes, e->parts.at[k].name);
        const float *left = s->stem + k * 2 * s->n + from, *right = left + s->n;
        for (size_t i = 0; i < n; i++)
            mono[i] = (left[i] + right[i]) / 2;
        if (c >= 0 && ir_activity_share(mono, n, floor) >= share)
            y[c] = 1;
    }
    free(mono);
}
