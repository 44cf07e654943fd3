/* dataset_audioset.c - AudioSet: lists of 10 s segments of videos with one or more of 527 classes.
 *
 * Segment lists come with three comment lines, one, or a plain head; labels with or without quotes.
 * Sound files are cut already and are called YTID.wav, YYTID.wav, YTID_START.wav,
 * YTID_START_END.wav (s or ms) and the like: a file belongs to a video when its name starts with
 * the id. That videos went away is how this data set is.
 *
 * The rules of project 000 (Haidar-Ahmad), which its paper leaves open, are options: what a class
 * is (--class), which clips are `other` (--other), what happens to clips of two classes
 * (--overlap), and how many are drawn
 * (--per-class). `--labels 000` fills in our reading of them. */
#include "dataset.h"

#include "audioset_ids.h"

#include <stdlib.h>
#include <string.h>

#define RULES       "all|000"
#define PARTS       "all|balanced|unbalanced|eval"
#define YTID        11
#define CLASSES_MAX 600

static const char *const rules_000[] = {"Piano=/m/05r5c+", "Drums=/m/02hnl+,/m/026t6+",
                                        "Flute=/m/0l14j_+"};
#define OTHER_000 "Other=/m/04rlf,/m/04szw+"

struct audioset {
    struct ir_audioset_ids mids;
    struct ir_mid_class *class;
    size_t classes;
    struct ir_mid_class other;
    int overlap; /* 'd' drop, 'f' first, 'm' multi */
    struct ir_strs files;
    struct ir_dict by_id; /* YTID → file */
    const char *audio;
    struct ir_dict unknown; /* mids without a name → rows */
    size_t none, several;
    struct ir_dict ids;
};

/* ---- files ---------------------------------------------------------------------------------- */

static void index_name(struct audioset *a, const char *base, size_t file)
{
    char *id = ir_strndup(base, YTID);
    if (strlen(id) == YTID)
        ir_dict_put(&a->by_id, id, file, NULL);
    free(id);
}

/* A name starts with the id, or with Y and the id: both are kept, the list of segments says which
 * it was. */
static int index_files(struct ir_find *f, struct audioset *a, struct ir_err *err)
{
    if (f->no_audio)
        return 0;
    if (ir_walk(a->audio, IR_SOUND_ENDS, 4, &a->files, err))
        return -1;
    for (size_t i = 0; i < a->files.n; i++) {
        const char *base = ir_path_base(a->files.at[i]);
        size_t stem = strlen(base) - ir_path_ends(base, IR_SOUND_ENDS);
        if (stem == YTID || (stem > YTID && base[YTID] == '_'))
            index_name(a, base, i);
        if (*base == 'Y' && (stem == YTID + 1 || (stem > YTID + 1 && base[YTID + 1] == '_')))
            index_name(a, base + 1, i);
    }
    return 0;
}

/* ---- labels --------------------------------------------------------------------------------- */

static bool any_of(const char *labels, const struct ir_mid_class *c)
{
    for (const char *s = labels; *s;) {
        size_t n = strcspn(s, ",");
        char *mid = ir_strndup(s, n);
        bool in = ir_dict_get(&c->members, mid) != NULL;
        free(mid);
        if (in)
            return true;
        s += n + (s[n] == ',');
    }
    return false;
}

/* Names of all mids. */
static void label_all(struct audioset *a, const char *labels, struct ir_item *it)
{
    for (const char *s = labels; *s;) {
        size_t n = strcspn(s, ",");
        char *mid = ir_strndup(s, n);
        const size_t *k = ir_dict_get(&a->mids.mid, mid);
        if (!k)
            ++*ir_dict_put(&a->unknown, mid, 0, NULL);
        if (*mid)
            ir_item_label(it, k ? a->mids.name.at[*k] : mid, 1);
        free(mid);
        s += n + (s[n] == ',');
    }
}

/* Which of our classes the clip has; 0: it is left out. on has room for all classes and `other`
 * behind them. */
static size_t choose(struct audioset *a, const char *labels, bool *on)
{
    size_t n = 0;
    for (size_t k = 0; k < a->classes; k++) {
        on[k] = any_of(labels, &a->class[k]) && !(n && a->overlap == 'f');
        n += on[k];
    }
    on[a->classes] = !n && a->other.name && any_of(labels, &a->other);
    if (n > 1 && a->overlap == 'd') {
        a->several++;
        return 0;
    }
    n += on[a->classes];
    a->none += !n;
    return n;
}

static int add(struct ir_find *f, struct audioset *a, const struct ir_csv *c, const char *split,
               struct ir_list *list, struct ir_err *err)
{
    const char *ytid = c->field[0], *labels = c->field[3];
    bool on[CLASSES_MAX + 1], fresh;
    size_t line = *ir_dict_put(&a->ids, ytid, c->line, &fresh);
    if (!fresh) {
        ir_fail(err, "duplicate segment of %s, first on line %zu of its list", ytid, line);
        return ir_csv_fail(c, err);
    }
    if (a->classes && !choose(a, labels, on))
        return 0;
    const size_t *file = ir_dict_get(&a->by_id, ytid);
    struct ir_buf name = {0};
    ir_buf_printf(&name, file ? "%s" : "%s.wav", file ? a->files.at[*file] : ytid);
    struct ir_item *it = ir_found_at(f, list, a->audio, name.data, ytid);
    ir_buf_free(&name);
    if (!it)
        return 0;
    ir_item_set(&it->group, ytid);
    ir_item_set(&it->split, split);
    ir_meta_set(&it->extra, "start_seconds", c->field[1]);
    if (!a->classes)
        label_all(a, labels, it);
    for (size_t k = 0; a->classes && k <= a->classes; k++)
        if (on[k])
            ir_item_label(it, k < a->classes ? a->class[k].name : a->other.name, 1);
    return 0;
}

static int read_segments(struct ir_find *f, struct audioset *a, const char *name, const char *split,
                         struct ir_list *list, struct ir_err *err)
{
    char *path = ir_path_join(f->dir, name);
    struct ir_csv c;
    double start, end;
    int rc = ir_csv_open(&c, path, ',', err), row;
    free(path);
    if (rc)
        return -1;
    c.name = name;
    c.skip_space = true;
    while (!rc && (row = ir_csv_next(&c, true, err))) {
        if (row < 0) {
            rc = -1;
        } else if (c.n != 4) {
            ir_fail(err, "found %zu fields, wanted YTID, start, end and quoted labels", c.n);
            rc = ir_csv_fail(&c, err);
        } else if (!strcmp(c.field[0], "YTID") || !strcmp(c.field[0], "ytid")) {
            continue;
        } else if (strlen(c.field[0]) != YTID) {
            ir_fail(err, "%s is no video id, wanted %d characters", c.field[0], YTID);
            rc = ir_csv_fail(&c, err);
        } else {
            rc = ir_csv_real(&c, 1, 0, 1e6, &start, err) || ir_csv_real(&c, 2, 0, 1e6, &end, err)
                     ? -1
                     : add(f, a, &c, split, list, err);
        }
    }
    ir_csv_close(&c);
    return rc;
}

/* ---- rules ---------------------------------------------------------------------------------- */

static int make_classes(struct ir_find *f, struct audioset *a, struct ir_err *err)
{
    bool preset = ir_word_is(f->rule, RULES, "000");
    size_t given = f->class_rules ? f->class_rules->n : 0, n = given ? given : preset ? 3 : 0;
    const char *other = f->other ? f->other : preset ? OTHER_000 : NULL;
    if (n > CLASSES_MAX)
        return ir_fail(err, "--class: more than %d classes", CLASSES_MAX);
    if (f->overlap && strcmp(f->overlap, "drop") && strcmp(f->overlap, "first") &&
        strcmp(f->overlap, "multi"))
        return ir_fail(err, "--overlap %s: wanted drop, first or multi", f->overlap);
    a->overlap = f->overlap ? *f->overlap : preset ? 'd' : 'm';
    a->class = ir_zalloc(n + 1, sizeof *a->class);
    for (; a->classes < n; a->classes++)
        if (ir_mid_class_parse(&a->class[a->classes], &a -> mids,
                               given ? f -> class_rules -> at[a->classes] : rules_000[a->classes],
                               "--class", err))
            return -1;
    if (other && !n)
        return ir_fail(err, "--other needs --class");
    return other ? ir_mid_class_parse(&a->other, &a->mids, other, "--other", err) : 0;
}

static int read_names(struct ir_find *f, struct audioset *a, struct ir_err *err)
{
    char *names = ir_path_join(f->dir, "class_labels_indices.csv");
    char *tree = f->ontology ? ir_strdup(f->ontology) : ir_path_join(f->dir, "ontology.json");
    int rc = ir_is_file(names) ? ir_audioset_ids_read(&a->mids, names, err) : 0;
    if (!rc && (f->ontology || ir_is_file(tree)))
        rc = ir_audioset_ids_ontology(&a->mids, tree, err);
    if (!rc && !a->mids.name.n)
        rc = ir_fail(err, "%s: found neither class_labels_indices.csv nor ontology.json", f->dir);
    free(names);
    free(tree);
    return rc;
}

static int read_lists(struct ir_find *f, struct audioset *a, struct ir_list *list,
                      struct ir_err *err)
{
    static const char *const lists[][3] = {{"balanced_train_segments.csv", "balanced", "train"},
                                           {"unbalanced_train_segments.csv", "unbalanced", "train"},
                                           {"eval_segments.csv", "eval", "test"}};
    size_t found = 0;
    for (size_t k = 0; k < 3; k++) {
        char *path = ir_path_join(f->dir, lists[k][0]);
        bool wanted = ir_word_is(f->part, PARTS, "all") || ir_word_is(f->part, PARTS, lists[k][1]);
        bool there = ir_is_file(path);
        free(path);
        if (!wanted || !there)
            continue;
        found++;
        if (read_segments(f, a, lists[k][0], lists[k][2], list, err))
            return -1;
    }
    return found ? 0 : ir_fail(err, "%s: found no list of segments (NAME_segments.csv)", f->dir);
}

static int finish(struct ir_find *f, struct audioset *a, struct ir_list *list, struct ir_err *err)
{
    const char *names[CLASSES_MAX + 1];
    size_t n = a->classes;
    f->missing_is_normal = true;
    if (a->unknown.n)
        ir_find_note(f, "%zu classes are in the lists but have no name, first %s", a->unknown.n,
                     a->unknown.key[0]);
    if (a->classes)
        ir_find_note(f, "left out: %zu segments of none of the classes, %zu of several", a->none,
                     a->several);
    for (size_t k = 0; k < n; k++)
        names[k] = a->class[k].name;
    if (a->other.name)
        names[n++] = a->other.name;
    return ir_list_classes(list, n ? names : NULL, n, false, err);
}

static int find(struct ir_find *f, struct ir_list *list, struct ir_err *err)
{
    struct audioset a = {0};
    struct ir_err none;
    char *audio = f->audio ? ir_strdup(f->audio) : ir_find_path(f->dir, "audio|audios|wavs", &none);
    if (!audio)
        audio = ir_strdup(f->dir);
    a.audio = audio;
    int rc = read_names(f, &a, err) || make_classes(f, &a, err) || index_files(f, &a, err) ||
                     read_lists(f, &a, list, err) || finish(f, &a, list, err)
                 ? -1
                 : 0;
    for (size_t k = 0; k < a.classes; k++)
        ir_mid_class_free(&a.class[k]);
    free(a.class);
    ir_mid_class_free(&a.other);
    ir_audioset_ids_free(&a.mids);
    ir_strs_free(&a.files);
    ir_dict_free(&a.by_id);
    ir_dict_free(&a.unknown);
    ir_dict_free(&a.ids);
    free(audio);
    return rc;
}

const struct ir_dataset ir_dataset_audioset = {
    .name = "audioset",
    .summary = "AudioSet's segment lists; classes of one's own by --class, or --labels 000",
    .layout =
        "DIR/{balanced_train,unbalanced_train,eval}_segments.csv, class_labels_indices.csv, "
        "ontology.json and sound files that start with the video's id in DIR/audio or --audio",
    .rules = RULES,
    .parts = PARTS,
    .uses = "class|other|overlap|ontology|audio",
    .find = find,
};
