/* crowd.c - the clips that mixtures draw from, and the labels of mixtures. */
#include "augment.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct ir_crowd {
    const struct ir_rec **rec;
    size_t n;
};

static int by_id(const void *a, const void *b)
{
    const struct ir_rec *x = *(const struct ir_rec *const *)a,
                        *y = *(const struct ir_rec *const *)b;
    const int by = strcmp(ir_rec_id(x), ir_rec_id(y));
    if (by)
        return by;
    const int name = strcmp(ir_rec_name(x), ir_rec_name(y));
    return name ? name : (x->seq > y->seq) - (x->seq < y->seq);
}

struct ir_crowd *ir_crowd_new(const struct ir_index *x)
{
    struct ir_crowd *c = ir_zalloc(1, sizeof *c);
    c->n = ir_index_count(x);
    c->rec = ir_alloc(c->n + 1, sizeof *c->rec);
    for (size_t i = 0; i < c->n; i++)
        c->rec[i] = ir_index_rec(x, i);
    qsort(c->rec, c->n, sizeof *c->rec, by_id);
    return c;
}

void ir_crowd_free(struct ir_crowd *c)
{
    if (!c)
        return;
    free(c->rec);
    free(c);
}

static bool fits(const struct ir_rec *r, const char *name, const char *split)
{
    const char *has = ir_meta_get(&r->meta, "split");
    return !strcmp(ir_rec_name(r), name) && (!split || (has && !strcmp(has, split)));
}

const struct ir_rec *ir_crowd_pick(const struct ir_crowd *c, const char *name, const char *split,
                                   struct ir_rng *rng)
{
    size_t n = 0;
    for (size_t i = 0; i < c->n; i++)
        n += fits(c->rec[i], name, split);
    size_t left = n ? (size_t)ir_rng_below(rng, n) : 0;
    for (size_t i = 0; i < c->n && n; i++)
        if (fits(c->rec[i], name, split) && left-- == 0)
            return c->rec[i];
    return NULL;
}

const struct ir_rec *ir_crowd_partner(const struct ir_crowd *c, const struct ir_augment_clip *s,
                                      struct ir_rng *rng)
{
    const char *name = ir_meta_get(s->meta, "name");
    return ir_crowd_pick(c, name ? name : "x", ir_meta_get(s->meta, "split"), rng);
}

/* "name:value name:value …", names in their escaped form. */
struct label {
    char *name;
    double value[2]; /* NAN: absent */
};

static size_t collect(const char *text, int side, struct label *list, size_t n)
{
    char *copy = ir_strdup(text ? text : ""), *save = NULL;
    for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
        char *colon = strrchr(w, ':');
        double v = 1;
        if (colon) {
            *colon = 0;
            v = strtod(colon + 1, NULL);
        }
        size_t i = 0;
        while (i < n && strcmp(list[i].name, w))
            i++;
        if (i == n)
            list[n++] = (struct label){ir_strdup(w), {(double)NAN, (double)NAN}};
        list[i].value[side] = v;
    }
    free(copy);
    return n;
}

static size_t words(const char *text)
{
    size_t n = 1;
    for (; text && *text; text++)
        n += *text == ' ';
    return n;
}

/* NAN: the result is unknown. */
static double joined(const double v[2], double share, bool is_open)
{
    double a = v[0], b = v[1];
    if (is_open && (isnan(a) || isnan(b)))
        return share < 0 && (a == 1 || b == 1) ? 1 : (double)NAN;
    a = isnan(a) ? 0 : a;
    b = isnan(b) ? 0 : b;
    return share < 0 ? fmax(a, b) : (1 - share) * a + share * b;
}

void ir_augment_join_labels(struct ir_augment_clip *into, const struct ir_meta *other, double share)
{
    const char *a = ir_meta_get(into->meta, "labels"), *b = ir_meta_get(other, "labels");
    struct label *list = ir_zalloc(words(a) + words(b), sizeof *list);
    size_t n = collect(a, 0, list, 0);
    n = collect(b, 1, list, n);
    struct ir_buf out = {0};
    ir_buf_puts(&out, "");
    for (size_t i = 0; i < n; i++) {
        const double v = joined(list[i].value, share, into->open);
        char number[32];
        if (!isnan(v) && (v > 0 || into->open))
            ir_buf_printf(&out, "%s%s:%s", out.len ? " " : "", list[i].name,
                          ir_format_float(number, (float)v));
        free(list[i].name);
    }
    ir_meta_set(into->meta, "labels", out.data);
    ir_buf_free(&out);
    free(list);
}

void ir_augment_no_labels(struct ir_augment_clip *s)
{
    struct ir_buf out = {0};
    char *copy = ir_strdup(s->open && s->classes ? s->classes : ""), *save = NULL;
    ir_buf_puts(&out, "");
    for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save))
        ir_buf_printf(&out, "%s%s:0", out.len ? " " : "", w);
    ir_meta_set(s->meta, "labels", out.data);
    ir_buf_free(&out);
    free(copy);
}
