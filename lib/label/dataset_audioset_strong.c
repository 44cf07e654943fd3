/* dataset_audioset_strong.c - AudioSet's temporally strong labels (Hershey et al., ICASSP 2021):
 * lines segment_id, start, end, mid with tabs between; a segment is called YTID_MILLISECONDS and
 * its times count from its own start. */
#include "audioset_ids.h"
#include "spans.h"

#include <stdlib.h>
#include <string.h>

#define PARTS "all|train|eval"
#define YTID  11

struct strong {
    struct ir_spans spans;
    struct ir_audioset_ids ids;
    struct ir_dict unknown;
};

/* mid_to_display_name.tsv, which has the 456 classes of these labels; no head line. */
static int read_display_names(struct ir_audioset_ids *m, const char *path, struct ir_err *err)
{
    struct ir_csv c;
    int row, rc = ir_csv_open(&c, path, '\t', err);
    if (rc != 0)
        return -1;
    while (rc == 0 && (row = ir_csv_next(&c, false, err)) != 0) {
        if (row > 0 && c.n != 2) {
            ir_fail(err, "found %zu fields, wanted a mid and its name", c.n);
            row = ir_csv_fail(&c, err);
        }
        bool fresh = false;
        if (row > 0)
            ir_dict_put(&m->mid, c.field[0], m->name.n, &fresh);
        if (fresh)
            ir_strs_add(&m->name, c.field[1]);
        rc = row < 0 ? -1 : 0;
    }
    ir_csv_close(&c);
    return rc;
}

static int read_names(struct strong *s, struct ir_err *err)
{
    char *strong = ir_path_join(s->spans.f->dir, "mid_to_display_name.tsv");
    char *weak = ir_path_join(s->spans.f->dir, "class_labels_indices.csv");
    int rc = ir_is_file(strong) ? read_display_names(&s->ids, strong, err)
             : ir_is_file(weak) ? ir_audioset_ids_read(&s->ids, weak, err)
                                : ir_fail(err,
                                          "%s: found neither mid_to_display_name.tsv nor "
                                          "class_labels_indices.csv",
                                          s->spans.f->dir);
    free(strong);
    free(weak);
    return rc;
}

/* A segment's sound goes by its id, or by the video's (with or without Y in front). Owned. */
static char *sound(const struct strong *s, const char *segment, struct ir_err *err)
{
    char video[YTID + 2] = "Y";
    snprintf(video + 1, sizeof video - 1, "%s", segment);
    const char *best = segment;
    if (ir_dict_get(&s->spans.stem, segment) == NULL)
        best = ir_dict_get(&s->spans.stem, video + 1) ? video + 1
               : ir_dict_get(&s->spans.stem, video)   ? video
                                                      : segment;
    return ir_spans_sound(&s->spans, best, err);
}

static int add(struct strong *s, const struct ir_csv *c, const char *split, struct ir_err *err)
{
    double start, end;
    if (c->n != 4) {
        ir_fail(err, "found %zu fields, wanted segment_id, start, end and label", c->n);
        return ir_csv_fail(c, err);
    }
    if (strlen(c->field[0]) < YTID + 2 || c->field[0][YTID] != '_') {
        ir_fail(err, "%s is no segment, wanted a video of %d characters, _ and milliseconds",
                c->field[0], YTID);
        return ir_csv_fail(c, err);
    }
    if (ir_csv_real(c, 1, 0, 1e6, &start, err) < 0 || ir_csv_real(c, 2, 0, 1e6, &end, err) < 0)
        return -1;
    const size_t *k = ir_dict_get(&s->ids.mid, c->field[3]);
    if (k == NULL)
        ++*ir_dict_put(&s->unknown, c->field[3], 0, NULL);
    char *path = sound(s, c->field[0], err);
    if (path == NULL)
        return ir_csv_fail(c, err);
    ir_spans_add(&s->spans, path, start, end > start ? end - start : -1,
                 k != NULL ? s->ids.name.at[*k] : c->field[3], split);
    free(path);
    return 0;
}

static int read_list(struct strong *s, const char *path, const char *split, struct ir_err *err)
{
    struct ir_csv c;
    int row, rc = ir_csv_open(&c, path, '\t', err);
    if (rc != 0)
        return -1;
    while (rc == 0 && (row = ir_csv_next(&c, false, err)) != 0)
        rc = row < 0 ? -1 : strcmp(c.field[0], "segment_id") == 0 ? 0 : add(s, &c, split, err);
    ir_csv_close(&c);
    return rc;
}

static int read_lists(struct strong *s, struct ir_err *err)
{
    static const char *const lists[][3] = {{"audioset_train_strong.tsv", "train", "train"},
                                           {"audioset_eval_strong.tsv", "eval", "test"}};
    struct ir_find *f = s->spans.f;
    size_t found = 0;
    int rc = 0;
    for (size_t k = 0; k < 2 && rc == 0; k++) {
        char *path = ir_path_join(f->dir, lists[k][0]);
        if ((ir_word_is(f->part, PARTS, "all") || ir_word_is(f->part, PARTS, lists[k][1])) &&
            ir_is_file(path)) {
            found++;
            rc = read_list(s, path, lists[k][2], err);
        }
        free(path);
    }
    return rc < 0 || found > 0 ? rc
                               : ir_fail(err,
                                         "%s: found no audioset_train_strong.tsv or "
                                         "audioset_eval_strong.tsv",
                                         f->dir);
}

static int find(struct ir_find *f, struct ir_list *list, struct ir_err *err)
{
    struct strong s = {.spans = {.f = f, .list = list, .one_folder = true}};
    struct ir_err none;
    char *audio = f->audio ? ir_strdup(f->audio) : ir_find_path(f->dir, "audio|audios|wavs", &none);
    char *inside = ir_path_join(audio != NULL ? audio : f->dir, "x");
    int rc = read_names(&s, err) < 0 || ir_spans_beside(&s.spans, inside, err) < 0
                 ? -1
                 : read_lists(&s, err);
    f->missing_is_normal = true;
    if (rc == 0 && s.unknown.n > 0)
        ir_find_note(f, "%zu classes are in the lists but have no name, first %s", s.unknown.n,
                     s.unknown.key[0]);
    if (rc == 0)
        rc = ir_spans_end(&s.spans, f->dir, err);
    ir_spans_free(&s.spans);
    ir_audioset_ids_free(&s.ids);
    ir_dict_free(&s.unknown);
    free(audio);
    free(inside);
    return rc;
}

const struct ir_dataset ir_dataset_audioset_strong = {
    .name = "audioset-strong",
    .summary = "AudioSet's strong labels: a clip a span of a segment",
    .layout =
        "DIR/audioset_{train,eval}_strong.tsv, mid_to_display_name.tsv and sound files called "
        "YTID_MILLISECONDS or YTID in DIR/audio or --audio",
    .parts = PARTS,
    .uses = "audio",
    .find = find,
};
