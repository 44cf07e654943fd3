/* dataset_medley_solos_db.c - Medley-solos-DB: solos of 3 s, eight instruments, a CSV file about
 * them.
 *
 * The official subsets keep artists apart. Balanced random halves, as in project 001, are made with
 * --select test --classes … --per-class 729 --group-by clip --split train=0.5,valid=0.5. */
#include "dataset.h"

#include <stdlib.h>
#include <string.h>

#define CLASSES 8

static const char *const class_names[CLASSES] = {
    "clarinet", "distorted electric guitar", "female singer", "flute",
    "piano",    "tenor saxophone",           "trumpet",       "violin"};

enum { SUBSET, INSTRUMENT, NUMBER, SONG, UUID, COLUMNS };
static const char *const column_names[COLUMNS] = {"subset", "instrument", "instrument_id",
                                                  "song_id", "uuid4"};

/* One row; the sound is found by subset, number and uuid. */
static int add(struct ir_find *f, struct ir_csv *c, const int *col, const char *audio,
               struct ir_dict *uuids, struct ir_list *list, struct ir_err *err)
{
    const char *v[COLUMNS];
    double number;
    bool fresh;
    if (ir_csv_full(c, err) || ir_csv_real(c, (size_t)col[NUMBER], 0, CLASSES - 1, &number, err))
        return -1;
    for (int k = 0; k < COLUMNS; k++)
        v[k] = c->field[col[k]];
    size_t id = (size_t)number;
    if (strcmp(v[INSTRUMENT], class_names[id])) {
        ir_fail(err, "instrument_id %zu is %s, found %s", id, class_names[id], v[INSTRUMENT]);
        return ir_csv_fail(c, err);
    }
    if (strcmp(v[SUBSET], "training") && strcmp(v[SUBSET], "validation") &&
        strcmp(v[SUBSET], "test")) {
        ir_fail(err, "unknown subset %s, wanted training, validation or test", v[SUBSET]);
        return ir_csv_fail(c, err);
    }
    size_t line = *ir_dict_put(uuids, v[UUID], c->line, &fresh);
    if (!fresh) {
        ir_fail(err, "duplicate uuid4 %s, first on line %zu", v[UUID], line);
        return ir_csv_fail(c, err);
    }
    struct ir_buf name = {0};
    ir_buf_printf(&name, "Medley-solos-DB_%s-%zu_%s.wav", v[SUBSET], id, v[UUID]);
    char *stem = ir_path_stem(name.data);
    struct ir_item *it = ir_found_at(f, list, audio, name.data, stem);
    free(stem);
    ir_buf_free(&name);
    if (it) {
        struct ir_buf group = {0};
        ir_buf_printf(&group, "song %s", v[SONG]);
        ir_item_set(&it->group, group.data);
        ir_buf_free(&group);
        ir_item_set(&it->split, ir_split_word(v[SUBSET]));
        ir_item_label(it, class_names[id], 1);
    }
    return 0;
}

static int read_table(struct ir_find *f, const char *table, const char *audio, struct ir_list *list,
                      struct ir_err *err)
{
    struct ir_csv c;
    struct ir_dict uuids = {0};
    int col[COLUMNS], rc, row;
    if (ir_csv_open(&c, table, ',', err))
        return -1;
    rc = ir_csv_head(&c, false, err);
    for (int k = 0; k < COLUMNS && !rc; k++)
        rc = (col[k] = ir_csv_column(&c, column_names[k], err)) < 0 ? -1 : 0;
    while (!rc && (row = ir_csv_next(&c, false, err)))
        rc = row < 0 ? -1 : add(f, &c, col, audio, &uuids, list, err);
    ir_dict_free(&uuids);
    ir_csv_close(&c);
    return rc;
}

static int find(struct ir_find *f, struct ir_list *list, struct ir_err *err)
{
    struct ir_err none;
    char *table =
        ir_find_path(f->dir,
                     "annotation/Medley-solos-DB_metadata.csv|Medley-solos-DB_metadata.csv|"
                     "../Medley-solos-DB_metadata.csv|"
                     "../annotation/Medley-solos-DB_metadata.csv",
                     err);
    if (!table)
        return -1;
    char *audio =
        f->audio ? ir_strdup(f->audio) : ir_find_path(f->dir, "audio|Medley-solos-DB", &none);
    if (!audio)
        audio = ir_strdup(f->dir);
    int rc = read_table(f, table, audio, list, err);
    rc = rc ? rc : ir_note_unlisted(f, audio, list, table, err);
    free(table);
    free(audio);
    return rc ? -1 : ir_list_classes(list, class_names, CLASSES, false, err);
}

#define GUITAR "distorted electric guitar"
static const struct ir_known known[] = {
    {NULL, NULL, 21571, NULL},
    {"train", NULL, 5841, NULL},
    {"train", "clarinet", 251, NULL},
    {"train", GUITAR, 404, NULL},
    {"train", "female singer", 318, NULL},
    {"train", "flute", 155, NULL},
    {"train", "piano", 2401, NULL},
    {"train", "tenor saxophone", 123, NULL},
    {"train", "trumpet", 149, NULL},
    {"train", "violin", 2040, NULL},
    {"valid", NULL, 3494, NULL},
    {"valid", "clarinet", 328, NULL},
    {"valid", GUITAR, 495, NULL},
    {"valid", "female singer", 284, NULL},
    {"valid", "flute", 233, NULL},
    {"valid", "piano", 1022, NULL},
    {"valid", "tenor saxophone", 29, NULL},
    {"valid", "trumpet", 72, NULL},
    {"valid", "violin", 1031, NULL},
    {"test", NULL, 12236, NULL},
    {"test", "clarinet", 732, NULL},
    {"test", GUITAR, 955, NULL},
    {"test", "female singer", 1142, NULL},
    {"test", "flute", 3167, NULL},
    {"test", "piano", 2609, NULL},
    {"test", "tenor saxophone", 325, NULL},
    {"test", "trumpet", 406, NULL},
    {"test", "violin", 2900, NULL},
};

const struct ir_dataset ir_dataset_medley_solos_db = {
    .name = "medley-solos-db",
    .summary = "Medley-solos-DB with its official subsets",
    .layout = "DIR/annotation/Medley-solos-DB_metadata.csv and "
              "DIR/audio/Medley-solos-DB_SUBSET-ID_UUID.wav (both may lie in DIR itself)",
    .uses = "audio",
    .find = find,
    .known = known,
    .n_known = sizeof known / sizeof *known,
};
