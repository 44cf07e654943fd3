/* partners.c - the clips that mixtures draw from, and the labels of mixtures. */
#include "augment.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The same records three times: in the order of name and id; of name, split and id; and of name,
 * split, labels and id. */
struct ir_partners {
    const struct ir_rec **any, **split, **alike;
    size_t n;
};

static const char *split_of(const struct ir_rec *r)
{
    const char *s = ir_meta_get(&r->meta, "split");
    return s ? s : "";
}

static int by_id(const void *a, const void *b)
{
    const struct ir_rec *x = *(const struct ir_rec *const *)a,
                        *y = *(const struct ir_rec *const *)b;
    const int name = strcmp(ir_rec_name(x), ir_rec_name(y));
    const int id = name ? name : strcmp(ir_rec_id(x), ir_rec_id(y));
    return id ? id : (x->seq > y->seq) - (x->seq < y->seq);
}

static int by_split(const void *a, const void *b)
{
    const struct ir_rec *x = *(const struct ir_rec *const *)a,
                        *y = *(const struct ir_rec *const *)b;
    const int name = strcmp(ir_rec_name(x), ir_rec_name(y));
    const int split = name ? name : strcmp(split_of(x), split_of(y));
    return split ? split : by_id(a, b);
}

static const char *labels_of(const struct ir_rec *r)
{
    const char *s = ir_meta_get(&r->meta, "labels");
    return s ? s : "";
}

/* Without the ids: what ir_partners_alike asks for. */
static int by_kind(const struct ir_rec *x, const char *name, const char *split, const char *labels)
{
    const int n = strcmp(ir_rec_name(x), name), s = n ? n : strcmp(split_of(x), split);
    return s ? s : strcmp(labels_of(x), labels);
}

static int by_labels(const void *a, const void *b)
{
    const struct ir_rec *x = *(const struct ir_rec *const *)a,
                        *y = *(const struct ir_rec *const *)b;
    const int kind = by_kind(x, ir_rec_name(y), split_of(y), labels_of(y));
    return kind ? kind : by_id(a, b);
}

struct ir_partners *ir_partners_new(const struct ir_index *x)
{
    struct ir_partners *c = ir_zalloc(1, sizeof *c);
    c->n = ir_index_count(x);
    c->any = ir_alloc(c->n + 1, sizeof *c->any);
    c->split = ir_alloc(c->n + 1, sizeof *c->split);
    c->alike = ir_alloc(c->n + 1, sizeof *c->alike);
    for (size_t i = 0; i < c->n; i++)
        c->any[i] = c->split[i] = c->alike[i] = ir_index_rec(x, i);
    qsort(c->any, c->n, sizeof *c->any, by_id);
    qsort(c->split, c->n, sizeof *c->split, by_split);
    qsort(c->alike, c->n, sizeof *c->alike, by_labels);
    return c;
}

void ir_partners_free(struct ir_partners *c)
{
    if (!c)
        return;
    free(c->any);
    free(c->split);
    free(c->alike);
    free(c);
}

/* The first record that is not below (name, split), or, with `past`, that is above it. */
static size_t bound(const struct ir_rec *const *list, size_t n, const char *name, const char *split,
                    bool past)
{
    size_t lo = 0;
    while (n > lo) {
        const size_t mid = lo + (n - lo) / 2;
        int order = strcmp(ir_rec_name(list[mid]), name);
        if (!order && split)
            order = strcmp(split_of(list[mid]), split);
        if (order < 0 || (past && order == 0))
            lo = mid + 1;
        else
            n = mid;
    }
    return lo;
}

const struct ir_rec *ir_partners_pick(const struct ir_partners *c, const char *name,
                                      const char *split, struct ir_rng *rng)
{
    const struct ir_rec *const *list = split ? c->split : c->any;
    const size_t lo = bound(list, c->n, name, split, false),
                 hi = bound(list, c->n, name, split, true);
    return hi > lo ? list[lo + (size_t)ir_rng_below(rng, hi - lo)] : NULL;
}

const struct ir_rec *ir_partners_next(const struct ir_partners *c, const struct ir_augment_clip *s,
                                      struct ir_rng *rng)
{
    const char *name = ir_meta_get(s->meta, "name");
    return ir_partners_pick(c, name ? name : "x", ir_meta_get(s->meta, "split"), rng);
}

/* The first record in `alike` that is not below, or with `past` above, the kind asked for. */
static size_t kind_bound(const struct ir_partners *c, const char *name, const char *split,
                         const char *labels, bool past)
{
    size_t lo = 0, n = c->n;
    while (n > lo) {
        const size_t mid = lo + (n - lo) / 2;
        const int order = by_kind(c->alike[mid], name, split, labels);
        if (order < 0 || (past && order == 0))
            lo = mid + 1;
        else
            n = mid;
    }
    return lo;
}

const struct ir_rec *ir_partners_alike(const struct ir_partners *c, const struct ir_augment_clip *s,
                                       struct ir_rng *rng)
{
    const char *name = ir_meta_get(s->meta, "name"), *split = ir_meta_get(s->meta, "split"),
               *labels = ir_meta_get(s->meta, "labels");
    name = name ? name : "x";
    split = split ? split : "";
    labels = labels ? labels : "";
    const size_t lo = kind_bound(c, name, split, labels, false),
                 hi = kind_bound(c, name, split, labels, true);
    return hi > lo ? c->alike[lo + (size_t)ir_rng_below(rng, hi - lo)] : NULL;
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

/* Soft labels below this are a tagger's way to say no. */
#define CERTAINLY_NOT 0.1

void ir_augment_doubt_labels(struct ir_augment_clip *into, const struct ir_meta *other)
{
    const char *a = ir_meta_get(into->meta, "labels"), *b = ir_meta_get(other, "labels");
    if (!b)
        return;
    struct label *list = ir_zalloc(words(a) + words(b), sizeof *list);
    const size_t n = collect(b, 1, list, collect(a, 0, list, 0));
    struct ir_buf out = {0};
    ir_buf_puts(&out, "");
    for (size_t i = 0; i < n; i++) {
        char number[32];
        const bool doubt = list[i].value[0] == 0 && !(list[i].value[1] < CERTAINLY_NOT);
        if (!isnan(list[i].value[0]) && !doubt)
            ir_buf_printf(&out, "%s%s:%s", out.len ? " " : "", list[i].name,
                          ir_format_float(number, (float)list[i].value[0]));
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
