/* taxonomy.c - one list of classes and what other lists call them: labels of any of them become
 * labels of ours.
 *
 * A table with TABs between (pipelines/instruments.tsv): the first column is the class, the others
 * hold the names of other lists, with ; between them. NAME? means "may be": where it sounds, the
 * class is unknown and not absent. The class
 * "-" lists what is no instrument. Names are compared without case, and _ and - are blanks. */
#include "../label.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "csv.h"
#include "dict.h"

/* A may-be name counts from here on, and only where it is this many times as sure as the class. */
#define DOUBT_FROM  0.2
#define DOUBT_TIMES 10
/* A tagger's probabilities, once they were lifted: the tail is a no, and between these two it is
 * not sure. */
#define LEAST       0.004
#define UNSURE_FROM 0.08
#define UNSURE_TO   0.35

struct link {
    size_t class_number;
    bool maybe;
};

struct ir_taxonomy {
    struct ir_strs classes;
    struct ir_dict names; /* name → first link + 1, in link order; a name's links are consecutive */
    struct link *link;
    size_t *next; /* link + 1 of the same name, 0: the last */
    size_t n, cap, cap_next;
};

/* "Snare_drum", "snare-drum" and "snare drum" are one name. Owned. */
static char *plain(const char *name)
{
    char *out = ir_strdup(name);
    for (char *c = out; *c; c++)
        *c = *c == '_' || *c == '-' ? ' ' : *c >= 'A' && *c <= 'Z' ? (char)(*c - 'A' + 'a') : *c;
    return out;
}

static const size_t *find(const struct ir_taxonomy *t, const char *name)
{
    char *key = plain(name);
    const size_t *first = ir_dict_get(&t->names, key);
    free(key);
    return first;
}

static void add_link(struct ir_taxonomy *t, const char *name, size_t class_number, bool maybe)
{
    bool fresh;
    char *key = plain(name);
    ir_grow(&t->link, &t->cap, t->n + 1, sizeof *t->link);
    ir_grow(&t->next, &t->cap_next, t->n + 1, sizeof *t->next);
    size_t *first = ir_dict_put(&t->names, key, t->n + 1, &fresh);
    t->link[t->n] = (struct link){class_number, maybe};
    t->next[t->n] = fresh ? 0 : *first;
    *first = ++t->n;
    free(key);
}

/* "a; b?; c" of one cell. */
static void add_cell(struct ir_taxonomy *t, const char *cell, size_t class_number)
{
    char *copy = ir_strdup(cell), *save = NULL;
    for (char *w = strtok_r(copy, ";", &save); w; w = strtok_r(NULL, ";", &save)) {
        w += strspn(w, " ");
        size_t n = strlen(w);
        while (n && w[n - 1] == ' ')
            n--;
        const bool maybe = n && w[n - 1] == '?';
        w[n - maybe] = '\0';
        if (*w)
            add_link(t, w, class_number, maybe);
    }
    free(copy);
}

static int read_rows(struct ir_taxonomy *t, struct ir_csv *c, struct ir_err *err)
{
    int got;
    if (ir_csv_head(c, true, err))
        return -1;
    while ((got = ir_csv_next(c, true, err)) == 1) {
        if (ir_csv_full(c, err))
            return -1;
        const char *name = c->field[0];
        const bool none = !strcmp(name, "-");
        if (!*name || ir_strs_find(&t->classes, name) >= 0) {
            ir_fail(err, "class %s stands twice, or has no name", name);
            return ir_csv_fail(c, err);
        }
        if (!none) {
            ir_strs_add(&t->classes, name);
            add_link(t, name, t->classes.n - 1, false);
        }
        for (size_t i = 1; i < c->n; i++)
            add_cell(t, c->field[i], none ? SIZE_MAX : t->classes.n - 1);
    }
    return got < 0 ? -1 : t->classes.n ? 0 : ir_fail(err, "%s: holds no class", c->name);
}

struct ir_taxonomy *ir_taxonomy_read(const char *path, struct ir_err *err)
{
    struct ir_taxonomy *t = ir_zalloc(1, sizeof *t);
    struct ir_csv c = {0};
    int rc = ir_csv_open(&c, path, '\t', err);
    rc = rc ? rc : read_rows(t, &c, err);
    ir_csv_close(&c);
    if (!rc)
        return t;
    ir_taxonomy_free(t);
    return NULL;
}

void ir_taxonomy_free(struct ir_taxonomy *t)
{
    if (!t)
        return;
    ir_strs_free(&t->classes);
    ir_dict_free(&t->names);
    free(t->link);
    free(t->next);
    free(t);
}

int ir_taxonomy_head(const struct ir_taxonomy *t, struct ir_meta *head, struct ir_strs *from,
                     struct ir_err *err)
{
    const char *names = ir_meta_get(head, "classes");
    struct ir_buf out = {0};
    size_t known = 0;
    if (!names)
        return ir_fail(err, "--map: there are no classes to map");
    if (ir_names_parse(names, from, err))
        return ir_fail_in(err, "classes");
    for (size_t i = 0; i < from->n; i++)
        known += find(t, from->at[i]) != NULL;
    if (!known)
        return ir_fail(err, "--map: none of the classes %.300s is in the table", names);
    ir_names_format(&t->classes, &out);
    ir_meta_set(head, "classes", out.data);
    ir_meta_set(head, "labels", "open");
    ir_buf_free(&out);
    return 0;
}

/* What the links of one source class with value v say. */
static void spread(const struct ir_taxonomy *t, const char *name, float v, float *sure,
                   float *maybe)
{
    const size_t *first = find(t, name);
    for (size_t k = first ? *first : 0; k; k = t->next[k - 1]) {
        const struct link *l = &t->link[k - 1];
        float *to = l->maybe ? maybe : sure;
        if (l->class_number != SIZE_MAX && !(to[l->class_number] >= v))
            to[l->class_number] = v;
    }
}

int ir_taxonomy_labels(const struct ir_taxonomy *t, const struct ir_strs *from, bool open,
                       double half, const char *labels, struct ir_buf *out, struct ir_err *err)
{
    const size_t n = t->classes.n;
    float *y = ir_alloc(from->n + 1, sizeof *y), *sure = ir_alloc(n + 1, sizeof *sure),
          *maybe = ir_alloc(n + 1, sizeof *maybe);
    int rc = ir_labels_parse(labels, from, open, y, err);
    for (size_t k = 0; k < n; k++)
        sure[k] = maybe[k] = NAN;
    for (size_t i = 0; i < from->n && !rc; i++)
        if (!isnan(y[i]))
            spread(t, from->at[i], y[i], sure, maybe);
    for (size_t k = 0; k < n && !rc; k++) {
        const double d = isnan(maybe[k]) ? 0 : (double)maybe[k];
        double v = isnan(sure[k]) ? 0 : (double)sure[k];
        bool doubt = d >= DOUBT_FROM && v * DOUBT_TIMES < d;
        if (half > 0)
            v = v < LEAST ? 0 : v / (v + half);
        doubt = doubt || (half > 0 && v > UNSURE_FROM && v < UNSURE_TO);
        /* What an open stream says nothing about stays unknown. */
        const bool silent = open && isnan(sure[k]) && isnan(maybe[k]);
        sure[k] = doubt || silent ? (float)NAN : (float)v;
    }
    if (!rc)
        ir_labels_format(sure, &t->classes, true, out);
    free(y);
    free(sure);
    free(maybe);
    return rc;
}
