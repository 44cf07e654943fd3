/* front_set.c - read the value of one setting. */
#include "feature/front.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int put_text(char *out, const char *value, const char *key, struct ir_err *err)
{
    if (strlen(value) >= IR_FRONT_NAME)
        return ir_fail(err, "%s: \"%s\" is longer than %d bytes", key, value, IR_FRONT_NAME - 1);
    memset(out, 0, IR_FRONT_NAME);
    strcpy(out, value);
    return 0;
}

static int put_size(const char *value, const struct ir_front_key *k, size_t *out,
                    struct ir_err *err)
{
    long long v;
    if (ir_parse_int(value, (long long)k->min, (long long)k->max, k->name, &v, err))
        return -1;
    *out = (size_t)v;
    return 0;
}

static int put_ffts(struct ir_front *f, const char *value, const struct ir_front_key *k,
                    struct ir_err *err)
{
    char *copy = ir_strdup(value), *save = NULL;
    size_t n = 0;
    int rc = 0;
    for (char *w = strtok_r(copy, ",", &save); w && !rc; w = strtok_r(NULL, ",", &save)) {
        if (n == IR_FRONT_FFTS)
            rc = ir_fail(err, "%s: more than %d sizes", k->name, IR_FRONT_FFTS);
        else
            rc = put_size(w, k, &f->n_fft[n++], err);
    }
    free(copy);
    if (!rc && !n)
        rc = ir_fail(err, "%s: no size in \"%s\"", k->name, value);
    f->n_ffts = n;
    return rc;
}

static int put_hop(struct ir_front *f, const char *value, const struct ir_front_key *k,
                   struct ir_err *err)
{
    f->hop = f->hop_part = 0;
    if (!strncmp(value, "1/", 2))
        return put_size(value + 2, k, &f->hop_part, err);
    return put_size(value, k, &f->hop, err);
}

static bool name_ok(const char *s)
{
    if (!*s || strlen(s) >= IR_FRONT_NAME - 8) /* leaves room for a size behind it */
        return false;
    return strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") ==
           strlen(s);
}

/* [NAME=]LO..HI[:FFT] */
static int put_cut(struct ir_front_cut *c, char *word, size_t number, struct ir_err *err)
{
    memset(c, 0, sizeof *c);
    char *eq = strchr(word, '='), *colon = strrchr(word, ':');
    if (eq) {
        *eq = 0;
        if (!name_ok(word))
            return ir_fail(err, "bands: \"%s\" is no name of letters, digits and _", word);
        strcpy(c->name, word);
        word = eq + 1;
    } else {
        snprintf(c->name, sizeof c->name, "b%zu", number + 1);
    }
    if (colon) {
        *colon = 0;
        long long n;
        if (ir_parse_int(colon + 1, 2, (long long)IR_LANES_SIZE_MAX, "size in --bands", &n, err))
            return -1;
        c->n_fft = (size_t)n;
    }
    struct ir_range r;
    if (ir_parse_range(word, 0, 1e7, "frequencies in --bands", &r, err))
        return -1;
    c->lo_hz = r.lo;
    c->hi_hz = r.hi;
    if (!(r.lo < r.hi))
        return ir_fail(err, "bands: \"%s\" is empty", word);
    return 0;
}

static int put_cuts(struct ir_front *f, const char *value, struct ir_err *err)
{
    char *copy = ir_strdup(value), *save = NULL;
    int rc = 0;
    f->cuts = 0;
    for (char *w = strtok_r(copy, ",", &save); w && !rc; w = strtok_r(NULL, ",", &save)) {
        if (f->cuts == IR_FRONT_CUTS) {
            rc = ir_fail(err, "bands: more than %d ranges", IR_FRONT_CUTS);
            break;
        }
        rc = put_cut(&f->cut[f->cuts], w, f->cuts, err);
        for (size_t i = 0; i < f->cuts && !rc; i++)
            if (!strcmp(f->cut[i].name, f->cut[f->cuts].name))
                rc = ir_fail(err, "bands: two ranges are named \"%s\"", f->cut[i].name);
        f->cuts++;
    }
    free(copy);
    return rc;
}

/* A number of bands, or ranges of frequencies that become tensors of their own. */
static int put_bands(struct ir_front *f, const char *value, const struct ir_front_key *k,
                     struct ir_err *err)
{
    if (strstr(value, ".."))
        return put_cuts(f, value, err);
    return ir_parse_int(value, (long long)k->min, (long long)k->max, k->name, &f->bands, err);
}

static int put_image(struct ir_front *f, const char *value, const struct ir_front_key *k,
                     struct ir_err *err)
{
    char *copy = ir_strdup(value), *x = strchr(copy, 'x');
    int rc = 0;
    if (!x) {
        rc = ir_fail(err, "%s: expected HEIGHTxWIDTH, found \"%s\"", k->name, value);
    } else {
        *x = 0;
        rc = put_size(copy, k, &f->image_h, err);
        rc = rc ? rc : put_size(x + 1, k, &f->image_w, err);
    }
    free(copy);
    return rc;
}

static int put_real_or(const char *word, const char *value, const struct ir_front_key *k,
                       double *out, struct ir_err *err)
{
    if (!strcmp(value, word)) {
        *out = 0;
        return 0;
    }
    return ir_parse_real(value, k->min, k->max, k->name, out, err);
}

/* Features of pitch have rows of their own, which later settings may change. */
static int put_feature(struct ir_front *f, const char *value, const struct ir_front_key *k,
                       struct ir_err *err)
{
    const bool chroma = !strcmp(value, "chroma");
    if (chroma || !strcmp(value, "cqt") || !strcmp(value, "logfreq")) {
        f->bands = chroma ? 12 : 84;
        f->fmin_hz = chroma ? 0 : 440 * exp2(-45.0 / 12); /* C1 */
        f->fmax_hz = 0;
    }
    return put_text(f->feature, value, k->name, err);
}

static int put(struct ir_front *f, const struct ir_front_key *k, const char *value,
               struct ir_err *err)
{
    void *at = (char *)f + k->at;
    switch (k->type) {
    case IR_KEY_FEATURE:
        return put_feature(f, value, k, err);
    case IR_KEY_WINDOW:
        return put_text(at, value, k->name, err);
    case IR_KEY_REAL:
        return ir_parse_real(value, k->min, k->max, k->name, at, err);
    case IR_KEY_FMAX:
        return put_real_or("nyquist", value, k, at, err);
    case IR_KEY_REF:
        return put_real_or("max", value, k, at, err);
    case IR_KEY_TOP:
        return put_real_or("none", value, k, at, err);
    case IR_KEY_INT:
        return ir_parse_int(value, (long long)k->min, (long long)k->max, k->name, at, err);
    case IR_KEY_CHOICE:
        return ir_parse_word(value, k->choices, k->name, at, err);
    case IR_KEY_FFTS:
        return put_ffts(f, value, k, err);
    case IR_KEY_WIN:
        f->win = 0;
        return strcmp(value, "n-fft") ? put_size(value, k, &f->win, err) : 0;
    case IR_KEY_HOP:
        return put_hop(f, value, k, err);
    case IR_KEY_BANDS:
        return put_bands(f, value, k, err);
    case IR_KEY_CUTS:
        return put_cuts(f, value, err);
    case IR_KEY_IMAGE:
        return put_image(f, value, k, err);
    }
    return 0;
}

int ir_front_set(struct ir_front *f, const char *key, const char *value, struct ir_err *err)
{
    for (size_t i = 0; i < ir_front_n_keys; i++)
        if (!strcmp(ir_front_keys[i].name, key))
            return put(f, &ir_front_keys[i], value, err);
    return ir_fail(err, "front end: unknown setting \"%s\"", key);
}
