/* dataset_tinysol.c - TinySOL: single notes of fourteen instruments, with the folds of its authors.
 *
 * The folds divide the notes of one instrument at random, so they are no splits by recording:
 * `take` (instrument and pitch) is carried along for --group-by take with splits of one's own. */
#include "dataset.h"

#include <stdlib.h>
#include <string.h>

enum { PATH, FOLD, FAMILY, INSTRUMENT, PITCH, DYNAMICS, COLUMNS };
static const char *const column_names[COLUMNS] = {
    "Path", "Fold", "Family", "Instrument (in full)", "Pitch", "Dynamics"};

static int add(struct ir_find *f, struct ir_csv *c, const int *col, const char *audio,
               struct ir_list *list, struct ir_err *err)
{
    const char *v[COLUMNS];
    double fold;
    if (ir_csv_full(c, err) || ir_csv_real(c, (size_t)col[FOLD], 0, 4, &fold, err))
        return -1;
    for (int k = 0; k < COLUMNS; k++)
        v[k] = c->field[col[k]];
    if (!*v[PATH] || !*v[INSTRUMENT]) {
        ir_fail(err, "no %s", column_names[*v[PATH] ? INSTRUMENT : PATH]);
        return ir_csv_fail(c, err);
    }
    char *stem = ir_path_stem(v[PATH]);
    struct ir_item *it = ir_found_at(f, list, audio, v[PATH], stem);
    free(stem);
    if (it) {
        struct ir_buf take = {0};
        ir_buf_printf(&take, "%s %s", v[INSTRUMENT], v[PITCH]);
        ir_item_label(it, v[INSTRUMENT], 1);
        ir_item_set(&it->split, v[FOLD]);
        ir_meta_set(&it->extra, "take", take.data);
        ir_meta_set(&it->extra, "family", v[FAMILY]);
        ir_meta_set(&it->extra, "pitch", v[PITCH]);
        ir_meta_set(&it->extra, "dynamics", v[DYNAMICS]);
        ir_buf_free(&take);
    }
    return 0;
}

static int find(struct ir_find *f, struct ir_list *list, struct ir_err *err)
{
    struct ir_err none;
    struct ir_csv c;
    int col[COLUMNS], rc, row;
    char *table = ir_find_path(f->dir, "annotation/TinySOL_metadata.csv|TinySOL_metadata.csv", err);
    if (!table)
        return -1;
    char *audio = f->audio ? ir_strdup(f->audio) : ir_find_path(f->dir, "audio|TinySOL", &none);
    rc = ir_csv_open(&c, table, ',', err);
    if (!rc) {
        rc = ir_csv_head(&c, false, err);
        for (int k = 0; k < COLUMNS && !rc; k++)
            rc = (col[k] = ir_csv_column(&c, column_names[k], err)) < 0 ? -1 : 0;
        while (!rc && (row = ir_csv_next(&c, false, err)))
            rc = row < 0 ? -1 : add(f, &c, col, audio ? audio : f->dir, list, err);
        ir_csv_close(&c);
    }
    if (!rc)
        rc = ir_note_unlisted(f, audio ? audio : f->dir, list, table, err);
    free(table);
    free(audio);
    return rc ? -1 : ir_list_classes(list, NULL, 0, false, err);
}

static const struct ir_known known[] = {{NULL, NULL, 2913, NULL}};

const struct ir_dataset ir_dataset_tinysol = {
    .name = "tinysol",
    .summary = "TinySOL with its folds 0 to 4 (--fold), take = instrument and pitch",
    .layout = "DIR/annotation/TinySOL_metadata.csv and DIR/audio/FAMILY/INSTRUMENT/…/*.wav",
    .uses = "audio",
    .find = find,
    .known = known,
    .n_known = sizeof known / sizeof *known,
};
