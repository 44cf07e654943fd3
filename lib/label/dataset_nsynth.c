/* dataset_nsynth.c - NSynth: notes named FAMILY_SOURCE_NNN-PITCH-VELOCITY; the instrument is the
 * group.
 *
 * Everything needed stands in the file name; the 300,000 entries of examples.json are read only
 * when there is no sound to find (--no-audio). */
#include "dataset.h"

#include "json.h"

#include <stdlib.h>
#include <string.h>

#define RULES    "family|source|instrument"
#define JSON_MAX ((size_t)1 << 30)

/* Sizes of the pieces of a name, from its end: -VVV, -PPP, _NNN, _SOURCE. */
static bool cut(const char *name, size_t *family, size_t *source, size_t *instrument)
{
    size_t n = strlen(name);
    static const size_t tail = sizeof "_000-000-000" - 1;
    if (n <= tail || name[n - tail] != '_' || name[n - 8] != '-' || name[n - 4] != '-')
        return false;
    for (size_t i = n - tail + 1; i < n; i++)
        if (i != n - 8 && i != n - 4 && (name[i] < '0' || name[i] > '9'))
            return false;
    *instrument = n - 8;
    *source = n - tail;
    for (*family = *source; *family && name[*family - 1] != '_';)
        --*family;
    if (*family < 2)
        return false;
    --*family;
    const char *s = name + *family + 1;
    size_t len = *source - *family - 1;
    return (len == 8 && !strncmp(s, "acoustic", 8)) ||
           (len == 10 && !strncmp(s, "electronic", 10)) ||
           (len == 9 && !strncmp(s, "synthetic", 9));
}

static void describe(const struct ir_find *f, struct ir_item *it, const char *name,
                     const char *split)
{
    size_t family, source, instrument;
    char pitch[4] = "", velocity[4] = "";
    cut(name, &family, &source, &instrument);
    char *fam = ir_strndup(name, family), *src = ir_strndup(name + family + 1, source - family - 1);
    char *ins = ir_strndup(name, instrument);
    memcpy(pitch, name + instrument + 1, 3);
    memcpy(velocity, name + instrument + 5, 3);
    bool by_source = ir_word_is(f->rule, RULES, "source");
    ir_item_label(it, by_source ? src : ir_word_is(f->rule, RULES, "family") ? fam : ins, 1);
    ir_item_set(&it->group, ins);
    ir_item_set(&it->split, split);
    ir_meta_set(&it->extra, "family", fam);
    ir_meta_set(&it->extra, "source", src);
    ir_meta_set(&it->extra, "pitch", pitch);
    ir_meta_set(&it->extra, "velocity", velocity);
    free(fam);
    free(src);
    free(ins);
}

/* "nsynth-train/audio/x.wav" → "train"; NULL for other folders. */
static const char *split_of(const char *rel)
{
    static const char *const splits[] = {"train", "valid", "test"};
    for (size_t k = 0; k < 3; k++) {
        size_t n = strlen(splits[k]);
        if (!strncmp(rel, "nsynth-", 7) && !strncmp(rel + 7, splits[k], n) && rel[7 + n] == '/')
            return splits[k];
    }
    return NULL;
}

static int from_json(struct ir_find *f, const char *rel, struct ir_list *list, struct ir_err *err)
{
    char *path = ir_path_join(f->dir, rel);
    struct ir_json *root = ir_json_read(path, JSON_MAX, err);
    const char *slash = strrchr(rel, '/'), *key;
    struct ir_buf b = {0};
    size_t a, s, n;
    for (void *at = NULL; root && ir_json_next(root, &at, &key);) {
        if (!cut(key, &a, &s, &n))
            continue;
        b.len = 0;
        ir_buf_printf(&b, "%.*saudio/%s.wav", slash ? (int)(slash - rel) + 1 : 0, rel, key);
        describe(f, ir_found(f, list, b.data), key, split_of(rel));
    }
    ir_json_free(root);
    ir_buf_free(&b);
    free(path);
    return root ? 0 : -1;
}

static int find(struct ir_find *f, struct ir_list *list, struct ir_err *err)
{
    struct ir_strs files = {0};
    size_t odd = 0, a, s, n;
    int rc = 0;
    if (ir_walk(f->dir, f->no_audio ? ".json" : ".wav|.flac|.ogg", 4, &files, err))
        return -1;
    for (size_t i = 0; i < files.n && !rc; i++) {
        if (f->no_audio) {
            if (!strcmp(ir_path_base(files.at[i]), "examples.json"))
                rc = from_json(f, files.at[i], list, err);
            continue;
        }
        char *name = ir_path_stem(ir_path_base(files.at[i]));
        if (cut(name, &a, &s, &n))
            describe(f, ir_found(f, list, files.at[i]), name, split_of(files.at[i]));
        else
            odd++;
        free(name);
    }
    if (odd)
        ir_find_note(f, "%zu sound files are not named FAMILY_SOURCE_NNN-PITCH-VELOCITY", odd);
    ir_strs_free(&files);
    ir_unique_ids(f, list);
    return rc ? -1 : ir_list_classes(list, NULL, 0, false, err);
}

static const struct ir_known known[] = {{NULL, NULL, 305979, NULL},
                                        {"train", NULL, 289205, NULL},
                                        {"valid", NULL, 12678, NULL},
                                        {"test", NULL, 4096, NULL}};

const struct ir_dataset ir_dataset_nsynth = {
    .name = "nsynth",
    .summary =
        "NSynth notes; classes are families, sources or instruments, a group is an instrument",
    .layout = "DIR/nsynth-{train,valid,test}/audio/FAMILY_SOURCE_NNN-PITCH-VELOCITY.wav and "
              "examples.json, or such files anywhere below DIR",
    .rules = RULES,
    .find = find,
    .known = known,
    .n_known = sizeof known / sizeof *known,
};
