/* songs.c - predictions in memory, a recording each, with what counts as heard in it. */
#include "convert.h"
#include "convert/events.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Events come from the same code as every table: this is one more format. */
static int song_file(struct ir_exporter *x, const struct ir_event_file *f, struct ir_err *err)
{
    struct ir_songs *s = x->state;
    struct ir_song *last = &s->at[s->n++];
    (void)err;
    last->path = ir_strdup(f->path);
    last->id = ir_strdup(f->id);
    last->nothing = f->nothing;
    last->event = ir_alloc(f->n + 1, sizeof *last->event);
    last->n_events = f->n;
    if (f->n > 0)
        memcpy(last->event, f->event, f->n * sizeof *f->event);
    return 0;
}

static const struct ir_export format = {.name = "a picture", .file = song_file};

/* The song that is read now: behind those that are whole. */
static struct ir_song *open_song(struct ir_songs *s)
{
    size_t had = s->cap;
    ir_grow(&s->at, &s->cap, s->n + 1, sizeof *s->at);
    if (s->cap > had)
        memset(s->at + had, 0, (s->cap - had) * sizeof *s->at);
    return &s->at[s->n];
}

static int add_segment(struct ir_songs *s, const struct ir_rec *r, bool open, struct ir_err *err)
{
    struct ir_song *g = open_song(s);
    struct ir_buf tmp = {0};
    size_t k = s->classes.n;
    const char *labels = ir_meta_get(&r->meta, "labels");
    double start = 0, length = 0, level = (double)NAN;
    if (ir_meta_real(&r->meta, "offset", 0, 1e9, &start, err) < 0 ||
        ir_meta_real(&r->meta, "length", 0, 1e9, &length, err) < 0 ||
        ir_meta_real(&r->meta, "level", -1000, 1000, &level, err) < 0)
        return ir_fail_in(err, "clip '%s'", ir_rec_id(r));
    if (g->n == g->cap) {
        g->cap = g->cap ? 2 * g->cap : 64;
        g->p = ir_realloc(g->p, g->cap * k, sizeof *g->p);
        g->truth = ir_realloc(g->truth, g->cap * k, sizeof *g->truth);
        g->start_s = ir_realloc(g->start_s, g->cap, sizeof *g->start_s);
        g->end_s = ir_realloc(g->end_s, g->cap, sizeof *g->end_s);
        g->level_db = ir_realloc(g->level_db, g->cap, sizeof *g->level_db);
    }
    memcpy(g->p + g->n * k, ir_rec_f32(r, false, &tmp), k * sizeof *g->p);
    ir_buf_free(&tmp);
    float *truth = g->truth + g->n * k;
    for (size_t c = 0; !labels && c < k; c++)
        truth[c] = NAN;
    if (labels && ir_labels_parse(labels, &s->classes, open, truth, err) != 0)
        return ir_fail_in(err, "clip '%s'", ir_rec_id(r));
    g->labelled = g->labelled || labels;
    g->timed = (g->n == 0 || g->timed) && length > 0;
    if (g->n > 0 && g->end_s[g->n - 1] > start) /* no second is counted twice */
        g->end_s[g->n - 1] = start;
    g->start_s[g->n] = start;
    g->end_s[g->n] = start + length;
    g->level_db[g->n++] = level;
    return 0;
}

static int read_all(struct ir_songs *s, struct ir_reader *r, struct ir_err *err)
{
    const char *labels = ir_meta_get(&s->head, "labels");
    bool open = labels && strcmp(labels, "open") == 0;
    struct ir_exporter x = {.format = &format, .head = &s->head, .state = s};
    struct ir_rec rec;
    int rc = -1, got = 0;
    x.opts = (struct ir_export_opts){.on = (double)NAN, .off = (double)NAN, .median = 1};
    for (size_t c = 0; c < s->classes.n; c++)
        ir_strs_add(&x.classes, s->classes.at[c]);
    x.events = ir_events_new(&x, err);
    if (x.events)
        rc = ir_rule_read(&s->rule, &s->head, &s->classes, (double)NAN, (double)NAN, err);
    open_song(s);
    while (rc == 0 && (got = ir_reader_next(r, &rec, err)) == 1) {
        rc = ir_events_put(&x, &rec, err); /* may end the song before this record */
        if (rc == 0)
            rc = add_segment(s, &rec, open, err);
    }
    if (rc == 0 && got == 0)
        rc = ir_events_flush(&x, err);
    ir_events_free(x.events);
    ir_strs_free(&x.classes);
    return got < 0 ? -1 : rc;
}

int ir_songs_read(char *const *files, size_t n, struct ir_songs *s, struct ir_err *err)
{
    *s = (struct ir_songs){0};
    struct ir_reader *r = ir_reader_open(files, n, err);
    if (!r)
        return -1;
    ir_meta_copy(&s->head, ir_reader_header(r));
    const char *domain = ir_meta_get(&s->head, "domain"),
               *classes = ir_meta_get(&s->head, "classes");
    int rc = 0;
    if (!domain || strcmp(domain, "pred") != 0)
        rc = ir_fail(err, "domain '%s' found, 'pred' (predictions of ir-infer) wanted",
                     domain ? domain : "none");
    else if (!classes)
        rc = ir_fail(err, "the stream names no classes");
    else if (ir_names_parse(classes, &s->classes, err) != 0)
        rc = ir_fail_in(err, "classes");
    if (rc == 0)
        rc = read_all(s, r, err);
    if (rc == 0 && s->n == 0)
        rc = ir_fail(err, "the stream holds no predictions");
    ir_reader_close(r);
    if (rc != 0)
        ir_songs_free(s);
    return rc;
}

void ir_songs_free(struct ir_songs *s)
{
    for (size_t i = 0; i < s->cap; i++) {
        struct ir_song *g = &s->at[i];
        free(g->path), free(g->id), free(g->p), free(g->truth);
        free(g->start_s), free(g->end_s), free(g->level_db), free(g->event);
    }
    free(s->at);
    ir_rule_free(&s->rule);
    ir_strs_free(&s->classes);
    ir_meta_free(&s->head);
    *s = (struct ir_songs){0};
}
