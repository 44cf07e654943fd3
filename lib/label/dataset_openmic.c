/* dataset_openmic.c - OpenMIC-2018: 10 s clips, each judged on a few of twenty instruments.
 *
 * A relevance from --threshold (0.5) up is a 1, below it a 0; an instrument that nobody judged is
 * unknown (labels=open). `--labels relevance` keeps the number. */
#include "dataset.h"

#include "json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RULES   "binary|relevance"
#define CLASSES 64

struct openmic {
    const char *classes[CLASSES]; /* in the order of class-map.json; owned by map */
    size_t n;
    struct ir_json *map;
    struct ir_dict clip;  /* sample key → item, SIZE_MAX: not there */
    struct ir_dict lines; /* "key instrument" → line */
    const char *audio;
};

static int read_classes(struct openmic *o, const char *dir, struct ir_err *err)
{
    char *path = ir_find_path(dir, "class-map.json", err);
    const struct ir_json *value;
    const char *key;
    double id;
    if (!path || !(o->map = ir_json_read(path, 65536, err))) {
        free(path);
        return -1;
    }
    int rc = 0;
    o->n = ir_json_count(o->map);
    if (!o->n || o->n > CLASSES)
        rc = ir_fail(err, "%s: found %zu classes, wanted 1 to %d", path, o->n, CLASSES);
    for (void *at = NULL; !rc && (value = ir_json_next(o->map, &at, &key));) {
        if (ir_json_number(value, &id) || !(id >= 0 && id < (double)o->n) || id != floor(id) ||
            o->classes[(size_t)id])
            rc = ir_fail(err, "%s: the ids are not 0 to %zu", path, o->n - 1);
        else
            o->classes[(size_t)id] = key;
    }
    free(path);
    return rc;
}

/* audio/000/000046_3840.ogg */
static size_t add_clip(struct ir_find *f, struct openmic *o, const char *key, struct ir_list *list)
{
    struct ir_buf rel = {0};
    ir_buf_printf(&rel, "%.3s/%s.ogg", key, key);
    struct ir_item *it = ir_found_at(f, list, o->audio, rel.data, key);
    ir_buf_free(&rel);
    if (!it)
        return SIZE_MAX;
    char *track = ir_strndup(key, strcspn(key, "_"));
    ir_item_set(&it->group, track);
    free(track);
    return (size_t)(it - list->item);
}

static int add_row(struct ir_find *f, struct openmic *o, struct ir_csv *c, const int *col,
                   struct ir_list *list, struct ir_err *err)
{
    double relevance, threshold = isnan(f->threshold) ? 0.5 : f->threshold;
    const char *key = c->field[col[0]], *name = c->field[col[1]];
    bool fresh, known = false;
    if (ir_csv_real(c, (size_t)col[2], 0, 1, &relevance, err))
        return -1;
    for (size_t k = 0; k < o->n; k++)
        known = known || !strcmp(o->classes[k], name);
    struct ir_buf pair = {0};
    ir_buf_printf(&pair, "%s %s", key, name);
    size_t line = *ir_dict_put(&o->lines, pair.data, c->line, &fresh);
    ir_buf_free(&pair);
    if (!known || !*key || !fresh) {
        if (fresh)
            ir_fail(err, known ? "no sample_key" : "unknown instrument %s", name);
        else
            ir_fail(err, "%s of %s stands twice, first on line %zu", name, key, line);
        return ir_csv_fail(c, err);
    }
    size_t *at = ir_dict_put(&o->clip, key, SIZE_MAX, &fresh);
    if (fresh)
        *at = add_clip(f, o, key, list);
    if (*at != SIZE_MAX)
        ir_item_label(&list->item[*at], name,
                      ir_word_is(f->rule, RULES, "relevance") ? relevance : relevance >= threshold);
    return 0;
}

static int read_labels(struct ir_find *f, struct openmic *o, const char *path, struct ir_list *list,
                       struct ir_err *err)
{
    static const char *const names[] = {"sample_key", "instrument", "relevance"};
    struct ir_csv c;
    int col[3], rc, row;
    if (ir_csv_open(&c, path, ',', err))
        return -1;
    rc = ir_csv_head(&c, false, err);
    for (int k = 0; k < 3 && !rc; k++)
        rc = (col[k] = ir_csv_column(&c, names[k], err)) < 0 ? -1 : 0;
    while (!rc && (row = ir_csv_next(&c, false, err))) {
        rc = row < 0 || ir_csv_full(&c, err) ? -1 : 0;
        rc = rc ? rc : add_row(f, o, &c, col, list, err);
    }
    ir_csv_close(&c);
    return rc;
}

/* partitions/split01_train.csv: one key a line, no head. */
static int read_partition(struct ir_find *f, struct openmic *o, const char *name, const char *split,
                          struct ir_list *list, struct ir_err *err)
{
    char *path = ir_path_join(f->dir, name);
    struct ir_csv c;
    int rc = 0, row;
    if (ir_is_file(path) && !(rc = ir_csv_open(&c, path, ',', err))) {
        while (!rc && (row = ir_csv_next(&c, false, err))) {
            size_t *at = row > 0 ? ir_dict_get(&o->clip, c.field[0]) : NULL;
            struct ir_item *it = at && *at != SIZE_MAX ? &list->item[*at] : NULL;
            rc = row < 0 ? -1 : 0;
            if (it && it->split && strcmp(it->split, split)) {
                ir_fail(err, "%s is in both partitions", c.field[0]);
                rc = ir_csv_fail(&c, err);
            } else if (it) {
                ir_item_set(&it->split, split);
            }
        }
        ir_csv_close(&c);
    }
    free(path);
    return rc;
}

/* artist_name of each clip, from the metadata table when it is there. */
static int read_artists(struct ir_find *f, struct openmic *o, struct ir_list *list,
                        struct ir_err *err)
{
    char *path = ir_path_join(f->dir, "openmic-2018-metadata.csv");
    struct ir_csv c;
    int rc = 0, row, key, artist;
    if (ir_is_file(path) && !(rc = ir_csv_open(&c, path, ',', err))) {
        rc = ir_csv_head(&c, false, err);
        key = ir_csv_find(&c, "sample_key");
        artist = ir_csv_find(&c, "artist_name");
        while (!rc && key >= 0 && artist >= 0 && (row = ir_csv_next(&c, false, err))) {
            rc = row < 0 || ir_csv_full(&c, err) ? -1 : 0;
            size_t *at = rc ? NULL : ir_dict_get(&o->clip, c.field[key]);
            if (at && *at != SIZE_MAX && *c.field[artist])
                ir_meta_set(&list->item[*at].extra, "artist", c.field[artist]);
        }
        ir_csv_close(&c);
    }
    free(path);
    return rc;
}

static int find(struct ir_find *f, struct ir_list *list, struct ir_err *err)
{
    struct openmic o = {0};
    char *table = ir_find_path(f->dir, "openmic-2018-aggregated-labels.csv", err);
    char *audio = f->audio ? ir_strdup(f->audio) : ir_path_join(f->dir, "audio");
    o.audio = audio;
    int rc = !table || read_classes(&o, f->dir, err) ? -1 : 0;
    rc = rc ? rc : read_labels(f, &o, table, list, err);
    rc = rc ? rc : read_partition(f, &o, "partitions/split01_train.csv", "train", list, err);
    rc = rc ? rc : read_partition(f, &o, "partitions/split01_test.csv", "test", list, err);
    rc = rc ? rc : read_artists(f, &o, list, err);
    rc = rc ? rc : ir_note_unlisted(f, audio, list, table, err);
    rc = rc ? rc : ir_list_classes(list, o.classes, o.n, true, err);
    ir_json_free(o.map);
    ir_dict_free(&o.clip);
    ir_dict_free(&o.lines);
    free(table);
    free(audio);
    return rc;
}

static const struct ir_known known[] = {
    {NULL, NULL, 20000, NULL}, {"train", NULL, 14915, NULL}, {"test", NULL, 5085, NULL}};

const struct ir_dataset ir_dataset_openmic = {
    .name = "openmic",
    .summary = "OpenMIC-2018, partly labelled (labels=open), partition split01; a group is a track",
    .layout = "DIR/openmic-2018-aggregated-labels.csv, class-map.json, partitions/split01_*.csv, "
              "audio/NNN/KEY.ogg",
    .rules = RULES,
    .uses = "threshold|audio",
    .find = find,
    .known = known,
    .n_known = sizeof known / sizeof *known,
};
