/* dataset_stems.c - multitrack recordings of one's own: a folder a track, a sound file a stem.
 *
 * The instrument is the stem's file name without numbers around it ("03 violin_2.wav" is a violin).
 * Files called mix or …_MIX are no stems. With `| ir-decode --rate 44100 --channels 1 | ir-label
 * --activations DIR` the stems become annotations, which the data set `activations` reads. */
#include "dataset.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool ir_is_mix(const char *base)
{
    char *stem = ir_path_stem(base);
    size_t n = strlen(stem);
    bool mix = n >= 3 && !strcasecmp(stem + n - 3, "mix") && (n == 3 || strchr("_- ", stem[n - 4]));
    free(stem);
    return mix;
}

/* Digits and separators cut from both ends; NULL when nothing is left. Owned. */
static char *instrument(const char *base)
{
    static const char *const around = "0123456789 _-.#()";
    char *name = ir_path_stem(base);
    size_t a = strspn(name, around), e = strlen(name);
    while (e > a && strchr(around, name[e - 1]))
        e--;
    char *out = e > a ? ir_strndup(name + a, e - a) : NULL;
    for (char *c = out; c && *c; c++)
        *c = *c == '_' ? ' ' : *c;
    free(name);
    return out;
}

static int find(struct ir_find *f, struct ir_list *list, struct ir_err *err)
{
    struct ir_strs files = {0};
    size_t odd = 0;
    if (ir_walk(f->dir, IR_SOUND_ENDS, 16, &files, err))
        return -1;
    for (size_t i = 0; i < files.n; i++) {
        const char *base = ir_path_base(files.at[i]), *slash = strchr(files.at[i], '/');
        char *name = ir_is_mix(base) ? NULL : instrument(base);
        struct ir_item *it = slash && name ? ir_found(f, list, files.at[i]) : NULL;
        odd += !ir_is_mix(base) && (!slash || !name);
        if (it) {
            char *track = ir_strndup(files.at[i], (size_t)(slash - files.at[i]));
            ir_item_label(it, name, 1);
            ir_item_set(&it->group, track);
            free(track);
        }
        free(name);
    }
    if (odd)
        ir_find_note(
            f, "%zu sound files lie in no track's folder or have no instrument in their name", odd);
    ir_strs_free(&files);
    ir_unique_ids(f, list);
    return ir_list_classes(list, NULL, 0, false, err);
}

const struct ir_dataset ir_dataset_stems = {
    .name = "stems",
    .summary = "stems of multitrack recordings, for --activations; a group is a track",
    .layout = "DIR/TRACK/…/INSTRUMENT.wav (numbers around the instrument are cut off; mix.wav is "
              "no stem)",
    .find = find,
};
