/* tracks.c - clips of one length cut from long tracks. */
#include "tracks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What the authors' code divides times by: the printed distance of two rows. */
#define ROW_S 0.0464

struct ir_track *ir_tracks_add(struct ir_tracks *t, const char *name)
{
    ir_grow(&t->at, &t->cap, t->n + 1, sizeof *t->at);
    t->at[t->n] = (struct ir_track){.name = ir_strdup(name)};
    return &t->at[t->n++];
}

void ir_tracks_free(struct ir_tracks *t)
{
    for (size_t i = 0; i < t->n; i++) {
        free(t->at[i].name);
        free(t->at[i].path);
        free(t->at[i].artist);
        ir_activation_free(&t->at[i].act);
        ir_strs_free(&t->at[i].class_of);
    }
    free(t->at);
    *t = (struct ir_tracks){0};
}

/* Tracks in which each class stands, whether it ever sounds or not. */
static void count_tracks(const struct ir_tracks *t, struct ir_dict *count)
{
    for (size_t i = 0; i < t->n; i++) {
        const struct ir_strs *c = &t->at[i].class_of;
        for (size_t k = 0; k < c->n; k++)
            if ((size_t)ir_strs_find(c, c->at[k]) == k)
                ++*ir_dict_put(count, c->at[k], 0, NULL);
    }
}

/* The classes, sorted, OTHER last when there are rare ones. */
static void choose_classes(const struct ir_dict *count, long long rare, struct ir_strs *classes)
{
    size_t others = 0;
    for (size_t i = 0; i < count->n; i++) {
        if ((long long)count->val[i] >= rare)
            ir_strs_add(classes, count->key[i]);
        else
            others++;
    }
    ir_strs_sort(classes);
    if (others)
        ir_strs_add(classes, "OTHER");
}

struct rule {
    double window_s, threshold;
    size_t average, rows_max;
    const struct ir_strs *classes;
};

/* Label the clip that starts at start_s. */
static void label_clip(const struct ir_track *t, const struct rule *r, double start_s,
                       struct ir_item *it)
{
    bool *on = ir_zalloc(r->classes->n + 1, sizeof *on);
    for (size_t k = 0; k < t->class_of.n; k++) {
        int c = ir_strs_find(r->classes, t->class_of.at[k]);
        if (c < 0)
            c = (int)r->classes->n - 1; /* OTHER */
        if (!on[c])
            on[c] = ir_activation_peak(&t->act, k, start_s, start_s + r->window_s, r->average,
                                       r->rows_max) >= r->threshold;
    }
    for (size_t c = 0; c < r->classes->n; c++)
        if (on[c])
            ir_item_label(it, r->classes->at[c], 1);
    free(on);
}

static void cut_track(const struct ir_track *t, const struct rule *r, struct ir_list *list)
{
    double n = ceil(t->seconds / r->window_s - 1e-9) - 1;
    for (size_t i = 0; (double)i < n; i++) {
        struct ir_buf id = {0};
        ir_buf_printf(&id, "%s/%04zu", t->name, i);
        struct ir_item *it = ir_list_add(list, id.data, t->path);
        ir_buf_free(&id);
        it->start_s = (double)i * r->window_s;
        it->length_s = r->window_s;
        ir_item_set(&it->group, t->name);
        ir_item_set(&it->split, t->split);
        if (t->artist)
            ir_meta_set(&it->extra, "artist", t->artist);
        label_clip(t, r, it->start_s, it);
    }
}

int ir_tracks_cut(struct ir_find *f, struct ir_tracks *t, long long rare, struct ir_list *list,
                  struct ir_err *err)
{
    struct ir_dict count = {0};
    struct ir_strs classes = {0};
    struct rule r = {.window_s = f->window_s > 0 ? f->window_s : 1,
                     .threshold = isnan(f->threshold) ? 0.5 : f->threshold,
                     .classes = &classes};
    double rows = floor(r.window_s / ROW_S) - 1;
    r.average = (size_t)floor((f->average_s > 0 ? f->average_s : 0.1) / ROW_S) + 1;
    if (rows < (double)r.average)
        return ir_fail(err, "--window %g s is shorter than the moving average", r.window_s);
    r.rows_max = (size_t)rows;
    f->rare_done = true;
    count_tracks(t, &count);
    choose_classes(&count, rare, &classes);
    for (size_t i = 0; i < t->n; i++)
        cut_track(&t->at[i], &r, list);
    int rc = ir_list_classes(list, (const char *const *)classes.at, classes.n, false, err);
    ir_strs_free(&classes);
    ir_dict_free(&count);
    return rc;
}
