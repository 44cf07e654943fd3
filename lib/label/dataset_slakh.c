/* dataset_slakh.c - Slakh: mixes rendered from MIDI with their stems and a YAML file a track.
 *
 * A stem counts when its sound is there (the smaller releases say audio_rendered: false of all).
 * The group is the MIDI file (UUID): in the full release some songs were rendered twice. */
#include "dataset.h"

#include "yaml.h"

#include <stdlib.h>
#include <string.h>

#define PARTS "mix|stems"
#define RULES "class|program"

/* A file with any of Slakh's ends; owned, relative to the data set. */
static char *sound(const struct ir_find *f, const char *track, const char *name)
{
    static const char *const ends[] = {".flac", ".wav"};
    struct ir_buf b = {0};
    for (size_t k = 0; k < 2; k++) {
        b.len = 0;
        ir_buf_printf(&b, "%s/%s%s", track, name, ends[k]);
        char *path = ir_path_join(f->dir, b.data);
        bool there = ir_is_file(path);
        free(path);
        if (there)
            return b.data;
    }
    if (f->no_audio)
        return b.data;
    ir_buf_free(&b);
    return NULL;
}

static struct ir_item *add(struct ir_find *f, struct ir_list *list, const char *rel,
                           const char *track, const char *uuid)
{
    struct ir_item *it = ir_found(f, list, rel);
    static const char *const splits[] = {"train", "validation", "test", "omitted"};
    for (size_t k = 0; it && k < 4; k++) {
        size_t n = strlen(splits[k]);
        if (!strncmp(track, splits[k], n) && track[n] == '/')
            ir_item_set(&it->split, ir_split_word(splits[k]));
    }
    if (it)
        ir_item_set(&it->group, uuid ? uuid : track);
    return it;
}

/* Stems of one track: labels of the mix, or a clip each. */
static int add_stems(struct ir_find *f, struct ir_list *list, const char *track,
                     const struct ir_yaml *y, struct ir_err *err)
{
    int stems = ir_yaml_get(y, ir_yaml_root(y), "stems");
    const char *uuid = ir_yaml_text(y, ir_yaml_get(y, ir_yaml_root(y), "UUID")), *key;
    bool each = ir_word_is(f->part, PARTS, "stems");
    const char *what = ir_word_is(f->rule, RULES, "class") ? "inst_class" : "midi_program_name";
    size_t silent = 0;
    char *mix = sound(f, track, "mix");
    if (!mix && !each) {
        char *path = ir_path_join(f->dir, track);
        ir_strs_add(&f->missing, path);
        free(path);
        return 0;
    }
    struct ir_item *it = each ? NULL : add(f, list, mix, track, uuid);
    free(mix);
    for (size_t i = 0; i < ir_yaml_count(y, stems); i++) {
        int stem = ir_yaml_at(y, stems, i, &key);
        const char *name = ir_yaml_text(y, ir_yaml_get(y, stem, what));
        struct ir_buf file = {0};
        if (!key || !name)
            return ir_fail(err, "track %s: stem %zu has no %s", track, i, what);
        ir_buf_printf(&file, "stems/%s", key);
        char *rel = sound(f, track, file.data);
        ir_buf_free(&file);
        silent += !rel;
        if (rel && each)
            it = add(f, list, rel, track, uuid);
        if (rel && it)
            ir_item_label(it, name, 1);
        free(rel);
    }
    if (silent)
        ir_find_note(f, "track %s: %zu of %zu stems have no sound", track, silent,
                     ir_yaml_count(y, stems));
    return 0;
}

static int find(struct ir_find *f, struct ir_list *list, struct ir_err *err)
{
    struct ir_strs files = {0};
    int rc = ir_walk(f->dir, "metadata.yaml", 3, &files, err);
    for (size_t i = 0; i < files.n && !rc; i++) {
        const char *slash = strrchr(files.at[i], '/');
        char *track =
            slash ? ir_strndup(files.at[i], (size_t)(slash - files.at[i])) : ir_strdup(".");
        char *path = ir_path_join(f->dir, files.at[i]);
        struct ir_yaml *y = ir_yaml_read(path, err);
        rc = y ? add_stems(f, list, track, y, err) : -1;
        ir_yaml_free(y);
        free(path);
        free(track);
    }
    ir_strs_free(&files);
    return rc ? -1 : ir_list_classes(list, NULL, 0, false, err);
}

static const struct ir_known known[] = {{NULL, NULL, 2100, NULL},
                                        {"train", NULL, 1500, NULL},
                                        {"valid", NULL, 375, NULL},
                                        {"test", NULL, 225, NULL}};

const struct ir_dataset ir_dataset_slakh = {
    .name = "slakh",
    .summary = "Slakh mixes with the classes of their stems, or the stems one by one",
    .layout = "DIR/[train|validation|test/]TrackNNNNN/metadata.yaml, mix.flac and stems/SNN.flac "
              "(or .wav)",
    .rules = RULES,
    .parts = PARTS,
    .find = find,
    .known = known,
    .n_known = sizeof known / sizeof *known,
};
