/* arrange.c - what is drawn for an excerpt: where it starts, who plays, on what, how loud and
 * where. */
#include "render.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TRIES = 400 };

/* Octaves that bring keys low … high into the range, nearest first; false when none does. */
static bool fit(const struct ir_part *p, int program, int *transpose)
{
    int low, high;
    bool single;
    ir_gm_range(program, &low, &high, &single);
    if (single && p->chord > 2)
        return false;
    for (int k = 0; k <= 4; k++)
        for (int sign = 1; sign >= -1; sign -= 2)
            if (p->low + 12 * k * sign >= low && p->high + 12 * k * sign <= high) {
                *transpose = 12 * k * sign;
                return true;
            }
    return false;
}

static bool playable(const struct ir_fonts *fonts, int program)
{
    for (size_t i = 0; i < fonts->n; i++)
        if (ir_synth_has(fonts->at[i], program))
            return true;
    return false;
}

/* One of the programs called `name` that some soundfont has; -1: none. */
static int draw_program(const char *name, const struct ir_fonts *fonts, struct ir_rng *rng)
{
    int found[IR_DRUMS + 1], n = 0;
    for (int p = ir_gm_find(name); p >= 0; p = ir_gm_next(p))
        if (playable(fonts, p))
            found[n++] = p;
    return n ? found[ir_rng_below(rng, (uint64_t)n)] : -1;
}

static bool assign(struct ir_part *p, const char *name, const struct ir_fonts *fonts,
                   struct ir_rng *rng)
{
    int transpose, program = draw_program(name, fonts, rng);
    bool drums = p->program == IR_DRUMS;
    if (program < 0 || drums != (program == IR_DRUMS))
        return false;
    if (!drums && !fit(p, program, &transpose))
        return false;
    p->as = program;
    p->transpose = drums ? 0 : transpose;
    p->name = ir_gm_name(program);
    return true;
}

static bool draw_font(struct ir_part *p, const struct ir_fonts *fonts, struct ir_rng *rng)
{
    size_t found[64], n = 0;
    for (size_t i = 0; i < fonts->n_first && n < 64; i++)
        if (ir_synth_has(fonts->at[i], p->as))
            found[n++] = i;
    for (size_t i = fonts->n_first; i < fonts->n && n == 0; i++)
        if (ir_synth_has(fonts->at[i], p->as))
            found[n++] = i;
    if (n == 0)
        return false;
    p->font = found[ir_rng_below(rng, n)];
    return true;
}

/* Who plays part p, if anyone: itself, or one of the classes whose range it fits. */
static bool cast(struct ir_part *p, const struct ir_arrange *a, const struct ir_fonts *fonts,
                 struct ir_rng *rng)
{
    bool known = ir_strs_find(&a->classes, p->name) >= 0;
    bool change = a->classes.n > 0 && p->program != IR_DRUMS && ir_rng_uniform(rng) < a->remap;
    if (change || (a->only && !known)) {
        size_t n = a->classes.n, first = n ? ir_rng_below(rng, n) : 0;
        bool done = false;
        for (size_t i = 0; i < n && !done; i++)
            done = assign(p, a->classes.at[(first + i) % n], fonts, rng);
        if (!done && a->only && !known)
            return false;
    }
    return draw_font(p, fonts, rng);
}

static void shuffle(struct ir_part *p, size_t n, struct ir_rng *rng)
{
    for (size_t i = n; i > 1; i--) {
        size_t k = ir_rng_below(rng, i);
        struct ir_part t = p[i - 1];
        p[i - 1] = p[k];
        p[k] = t;
    }
}

static void draw_place(const struct ir_arrange *a, const struct ir_score *s, struct ir_rng *rng,
                       double *start_s, double *length_s)
{
    *start_s = 0;
    double want = ir_rng_in(rng, a->excerpt_s);
    *length_s = want > 0 ? want : s->end_s + 1;
    if (want <= 0 || s->end_s <= want || s->n == 0)
        return;
    double note = s->event[ir_rng_below(rng, s->n)].time_s; /* dense passages are likelier */
    *start_s = note - ir_rng_uniform(rng) * 0.5 * want;
    if (*start_s > s->end_s - want)
        *start_s = s->end_s - want;
    if (*start_s < 0)
        *start_s = 0;
}

/* Put the lead first: one of the parts that can be `name`. */
static bool choose_lead(struct ir_parts *p, const char *name, const struct ir_fonts *fonts,
                        struct ir_rng *rng)
{
    shuffle(p->at, p->n, rng);
    for (size_t i = 0; i < p->n; i++) {
        if (!assign(&p->at[i], name, fonts, rng) || !draw_font(&p->at[i], fonts, rng))
            continue;
        struct ir_part lead = p->at[i];
        memmove(p->at + 1, p->at, i * sizeof *p->at);
        p->at[0] = lead;
        return true;
    }
    return false;
}

/* Keep the first `locked` parts, cast the others, drop who cannot play, cut to the drawn number. */
static void cast_all(struct ir_parts *p, size_t locked, const struct ir_arrange *a,
                     const struct ir_fonts *fonts, struct ir_rng *rng)
{
    size_t kept = locked, want = (size_t)llround(ir_rng_in(rng, a->parts));
    shuffle(p->at + locked, p->n - locked, rng);
    for (size_t i = locked; i < p->n && kept < want; i++) {
        struct ir_part part = p->at[i];
        if (!cast(&part, a, fonts, rng))
            continue;
        /* a second part of the lead's instrument would make its label ambiguous */
        if (locked && strcmp(part.name, p->at[0].name) == 0)
            continue;
        p->at[kept++] = part;
    }
    p->n = kept;
    for (size_t i = 0; i < p->n; i++) {
        p->at[i].gain = pow(10, ir_rng_in(rng, a->gain_db) / 20);
        p->at[i].pan = ir_rng_in(rng, a->pan);
    }
}

int ir_excerpt_draw(const struct ir_arrange *a, const struct ir_score *scores, size_t n,
                    const struct ir_fonts *fonts, struct ir_rng *rng, size_t v,
                    struct ir_excerpt *out, struct ir_err *err)
{
    const char *lead = a->leads.n ? a->leads.at[v % a->leads.n] : NULL;
    memset(out, 0, sizeof *out);
    for (int try = 0; try < TRIES; try++) {
        bool fixed = !lead && try == 0; /* without leads every score has its turn */
        out->score_index = fixed ? v % n : ir_rng_below(rng, n);
        out->score = &scores[out->score_index];
        draw_place(a, out->score, rng, &out->start_s, &out->length_s);
        ir_parts_find(out->score, out->start_s, out->start_s + out->length_s, a->min_notes,
                      &out->parts);
        bool ok = !lead || choose_lead(&out->parts, lead, fonts, rng);
        out->lead = lead ? 0 : -1;
        if (ok)
            cast_all(&out->parts, lead ? 1 : 0, a, fonts, rng);
        if (ok && out->parts.n > 0 && (double)out->parts.n >= a->parts.lo - (lead ? 1e9 : 0))
            return 0;
        ir_parts_free(&out->parts);
    }
    ir_fail(err,
            lead ? "no excerpt found in which '%s' can play" : "%sno excerpt with enough parts",
            lead ? lead : "");
    return 1;
}

void ir_excerpt_free(struct ir_excerpt *e)
{
    ir_parts_free(&e->parts);
}
