/* dataset_philharmonia.c - the Philharmonia Orchestra's sound samples.
 *
 * INSTRUMENT/instrument_NOTE_LENGTH_DYNAMIC_ARTICULATION.mp3, for example
 * cello/cello_As2_15_piano_arco-normal.mp3 (As is A sharp). The class is the folder's name; in a
 * folder without sub-folders it is the first part of the file name. Takes of one note on one
 * instrument are nearly alike: they are one group. */
#include "dataset.h"

#include <stdlib.h>
#include <string.h>

#define PARTS 5

/* Cut at the underscores; false when there are not five parts. */
static bool cut(char *stem, char *part[PARTS])
{
    size_t n = 0;
    for (char *s = stem; s && n < PARTS; n++) {
        part[n] = s;
        s = strchr(s, '_');
        if (s)
            *s++ = '\0';
        if (n == PARTS - 1 && s)
            return false;
    }
    return n == PARTS;
}

static void add(struct ir_find *f, struct ir_list *list, const char *rel, size_t *odd)
{
    static const char *const key[PARTS] = {"instrument", "note", "length_code", "dynamic",
                                           "articulation"};
    const char *slash = strrchr(rel, '/'), *base = ir_path_base(rel);
    char *stem = ir_path_stem(base), *part[PARTS], *class_name;
    struct ir_item *it = NULL;
    if (!cut(stem, part))
        ++*odd;
    else
        it = ir_found(f, list, rel);
    if (it) {
        const char *from = slash;
        while (from && from > rel && from[-1] != '/')
            from--;
        class_name = slash ? ir_strndup(from, (size_t)(slash - from)) : ir_strdup(part[0]);
        for (char *c = class_name; !slash && *c; c++)
            *c = *c == '-' ? ' ' : *c;
        ir_item_label(it, class_name, 1);
        struct ir_buf group = {0};
        ir_buf_printf(&group, "%s %s", class_name, part[1]);
        ir_item_set(&it->group, group.data);
        ir_buf_free(&group);
        for (size_t k = 1; k < PARTS; k++)
            ir_meta_set(&it->extra, key[k], part[k]);
        free(class_name);
    }
    free(stem);
}

static int find(struct ir_find *f, struct ir_list *list, struct ir_err *err)
{
    struct ir_strs files = {0};
    size_t odd = 0;
    if (ir_walk(f->dir, IR_SOUND_ENDS, 4, &files, err))
        return -1;
    for (size_t i = 0; i < files.n; i++)
        add(f, list, files.at[i], &odd);
    if (odd)
        ir_find_note(f, "%zu sound files are not named INSTRUMENT_NOTE_LENGTH_DYNAMIC_ARTICULATION",
                     odd);
    ir_strs_free(&files);
    ir_unique_ids(f, list);
    return ir_list_classes(list, NULL, 0, false, err);
}

static const struct ir_known known[] = {
    {NULL, NULL, 4500, NULL},           {NULL, "bassoon", 450, NULL},
    {NULL, "contrabassoon", 450, NULL}, {NULL, "cello", 450, NULL},
    {NULL, "clarinet", 450, NULL},      {NULL, "french horn", 450, NULL},
    {NULL, "viola", 450, NULL},         {NULL, "violin", 450, NULL},
    {NULL, "saxophone", 450, NULL},     {NULL, "bass clarinet", 450, NULL},
    {NULL, "cor anglais", 450, NULL},
};

const struct ir_dataset ir_dataset_philharmonia = {
    .name = "philharmonia",
    .summary = "Philharmonia Orchestra samples; a group is an instrument and a note",
    .layout = "DIR/INSTRUMENT/INSTRUMENT_NOTE_LENGTH_DYNAMIC_ARTICULATION.mp3",
    .find = find,
    .known = known,
    .n_known = sizeof known / sizeof *known,
};
