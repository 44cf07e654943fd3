/* dataset_folder.c - a folder a class, sound files anywhere below it. */
#include "dataset.h"

#include <stdlib.h>
#include <string.h>

static int find(struct ir_find *f, struct ir_list *list, struct ir_err *err)
{
    struct ir_strs files = {0};
    size_t loose = 0;
    if (ir_walk(f->dir, IR_SOUND_ENDS, 32, &files, err))
        return -1;
    for (size_t i = 0; i < files.n; i++) {
        const char *slash = strchr(files.at[i], '/');
        struct ir_item *it = slash ? ir_found(f, list, files.at[i]) : NULL;
        loose += !slash;
        if (!it)
            continue;
        char *name = ir_strndup(files.at[i], (size_t)(slash - files.at[i]));
        ir_item_label(it, name, 1);
        free(name);
    }
    if (loose)
        ir_find_note(f, "%zu sound files lie in %s itself and have no class", loose, f->dir);
    ir_strs_free(&files);
    ir_unique_ids(f, list);
    return ir_list_classes(list, NULL, 0, false, err);
}

const struct ir_dataset ir_dataset_folder = {
    .name = "folder",
    .summary = "a folder a class",
    .layout = "DIR/CLASS/…/NAME.wav (or another sound file)",
    .find = find,
};
