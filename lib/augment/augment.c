/* augment.c - the registry, a chain's links as text, and running a chain. */
#include "augment.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define X(n) extern const struct ir_augment ir_augment_##n;
#include "augment.inc"
#undef X

static const struct ir_augment *const kinds[] = {
#define X(n) &ir_augment_##n,
#include "augment.inc"
#undef X
};
enum { N_KINDS = sizeof kinds / sizeof *kinds };

const struct ir_augment *ir_augment_at(size_t i)
{
    return i < N_KINDS ? kinds[i] : NULL;
}

void ir_augment_names(struct ir_strs *names)
{
    for (size_t i = 0; i < N_KINDS; i++)
        ir_strs_add(names, kinds[i]->name);
}

static int unknown(const char *name, struct ir_err *err)
{
    struct ir_strs names = {0};
    ir_augment_names(&names);
    ir_fail_unknown(err, "augmentation", name, &names);
    ir_strs_free(&names);
    return -1;
}

const struct ir_augment *ir_augment_find(const char *name)
{
    for (size_t i = 0; i < N_KINDS; i++)
        if (!strcmp(kinds[i]->name, name))
            return kinds[i];
    return NULL;
}

size_t ir_augment_clip_count(const struct ir_augment_clip *s)
{
    return s->channels * s->rows * s->frames;
}

void ir_augment_clip_resize(struct ir_augment_clip *s, size_t frames)
{
    const size_t lines = s->channels * s->rows, kept = frames < s->frames ? frames : s->frames;
    float *v = ir_zalloc(lines * frames + 1, sizeof *v);
    for (size_t i = 0; i < lines; i++)
        memcpy(v + i * frames, s->v + i * s->frames, kept * sizeof *v);
    free(s->v);
    s->v = v;
    s->frames = frames;
}

double ir_augment_clip_power(const struct ir_augment_clip *s)
{
    const size_t n = ir_augment_clip_count(s);
    return n ? ir_dsp_energy(s->v, n) / (double)n : 0;
}

double ir_augment_clip_peak(const struct ir_augment_clip *s)
{
    const size_t n = ir_augment_clip_count(s);
    float peak = 0;
    for (size_t i = 0; i < n; i++)
        peak = fabsf(s->v[i]) > peak ? fabsf(s->v[i]) : peak;
    return (double)peak;
}

static int put_value(const struct ir_augment_param *q, const char *value, size_t i,
                     struct ir_augmenter *a, struct ir_err *err)
{
    char what[80];
    int index = 0;
    snprintf(what, sizeof what, "%s: %s", a->kind->name, q->name);
    if (!q->choices)
        return ir_parse_range(value, q->min, q->max, what, &a->range[i], err);
    if (*q->choices && ir_parse_word(value, q->choices, what, &index, err))
        return -1;
    free(a->text[i]);
    a->text[i] = ir_strdup(value);
    a->range[i].lo = a->range[i].hi = index;
    return 0;
}

static int put_key(struct ir_augmenter *a, const char *key, const char *value, struct ir_err *err)
{
    const struct ir_augment_param *q = a->kind->params;
    if (!strcmp(key, "p"))
        return ir_parse_real(value, 0, 1, "p", &a->p, err);
    for (size_t i = 0; q[i].name; i++)
        if (!strcmp(q[i].name, key))
            return put_value(&q[i], value, i, a, err);
    struct ir_strs keys = {0};
    for (size_t i = 0; q[i].name; i++)
        ir_strs_add(&keys, q[i].name);
    ir_strs_add(&keys, "p");
    ir_fail_unknown(err, "key", key, &keys);
    ir_strs_free(&keys);
    return ir_fail_in(err, "%s", a->kind->name);
}

static int put_defaults(struct ir_augmenter *a, struct ir_err *err)
{
    const struct ir_augment_param *q = a->kind->params;
    a->p = 1;
    for (size_t i = 0; q[i].name; i++)
        if (q[i].def && put_value(&q[i], q[i].def, i, a, err))
            return -1;
    return 0;
}

int ir_augmenter_parse(const char *text, struct ir_augmenter *a, struct ir_err *err)
{
    char *copy = ir_strdup(text), *save = NULL;
    char *name = strtok_r(copy, " \t\n", &save);
    memset(a, 0, sizeof *a);
    a->kind = name ? ir_augment_find(name) : NULL;
    int rc = a->kind ? put_defaults(a, err) : unknown(name ? name : "", err);
    for (char *w = NULL; !rc && (w = strtok_r(NULL, " \t\n", &save));) {
        char *eq = strchr(w, '=');
        if (!eq) {
            rc = ir_fail(err, "%s: expected key=value, found \"%s\"", a->kind->name, w);
            break;
        }
        *eq = 0;
        rc = put_key(a, w, eq + 1, err);
    }
    free(copy);
    if (!rc && a->kind->open)
        rc = a->kind->open(a, err);
    if (rc)
        ir_augmenter_free(a);
    return rc;
}

void ir_augmenter_free(struct ir_augmenter *a)
{
    if (a->kind && a->kind->close && a->state)
        a->kind->close(a);
    for (size_t i = 0; i < IR_AUGMENT_PARAMS; i++)
        free(a->text[i]);
    memset(a, 0, sizeof *a);
}

void ir_augment_list(struct ir_buf *out)
{
    for (size_t i = 0; i < N_KINDS; i++) {
        const struct ir_augment *k = kinds[i];
        ir_buf_printf(out, "%-10s %s%s\n", k->name, k->usage,
                      k->domain == IR_AUGMENT_FEATURE ? " (features)"
                      : k->domain == IR_AUGMENT_BOTH  ? " (sound and features)"
                                                      : "");
        for (const struct ir_augment_param *q = k->params; q->name; q++)
            ir_buf_printf(out, "  %-10s %s%s%s%s%s (default %s)\n", q->name, q->help,
                          q->choices && *q->choices ? ": " : "", q->choices ? q->choices : "",
                          q->unit ? ", " : "", q->unit ? q->unit : "", q->def ? q->def : "none");
        ir_buf_printf(out, "  example    ir-augment -a '%s'\n", k->example);
    }
}

int ir_augment_run(const struct ir_augmenter *chain, size_t n, uint64_t clip_seed,
                   struct ir_augment_clip *s, struct ir_err *err)
{
    for (size_t i = 0; i < n; i++) {
        const struct ir_augmenter *a = &chain[i];
        double value[IR_AUGMENT_PARAMS] = {0};
        struct ir_rng rng;
        const uint64_t place = i;
        ir_rng_seed(&rng, ir_hash(&place, sizeof place, clip_seed));
        const bool yes = ir_rng_uniform(&rng) < a->p;
        for (size_t k = 0; a->kind->params[k].name; k++)
            value[k] = ir_rng_in(&rng, a->range[k]);
        if (yes && a->kind->apply(a, value, s, &rng, err))
            return ir_fail_in(err, "%s", a->kind->name);
    }
    return 0;
}
