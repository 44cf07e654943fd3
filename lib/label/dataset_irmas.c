/* dataset_irmas.c - IRMAS: training clips of 3 s in a folder a class, testing excerpts with a text
 * file each.
 *
 * Training names are `NNN__[cel][nod][cla]0020__1.wav`: an optional number, the instrument, an
 * optional drum tag (dru, nod or ---), the genre, the number of the recording and 1 … 3. Clips of
 * one recording are one group. Some files lie in the folder of another instrument than their name
 * says. Testing files NAME-N.wav have NAME-N.txt with one code a line, each with a TAB behind it;
 * NAME is the song and the group.
 *
 * `--labels published` is what Dahan and Hefetz trained on (github.com/ofekdd/DL_Project): every
 * three-letter tag of the name counts, so that the genre [cla] becomes a clarinet, and the first
 * class in their order wins; both guitars are one. */
#include "dataset.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define RULES "folder|filename|published"
#define PARTS "all|training|testing"

/* IRMAS' codes, and the class that the authors of 002 make of each. */
static const struct {
    const char *code, *published;
} codes[] = {
    {"cel", "cello"},           {"cla", "clarinet"}, {"flu", "flute"}, {"gac", "acoustic_guitar"},
    {"gel", "acoustic_guitar"}, {"org", "organ"},    {"pia", "piano"}, {"sax", "saxophone"},
    {"tru", "trumpet"},         {"vio", "violin"},   {"voi", "voice"},
};
#define CODES (sizeof codes / sizeof *codes)

/* Their outputs, in order; `other` never occurs. */
static const char *const published_classes[] = {
    "cello",     "clarinet", "flute",  "acoustic_guitar", "organ", "piano",
    "saxophone", "trumpet",  "violin", "voice",           "other"};

static size_t find_code(const char *s, size_t n)
{
    size_t k = 0;
    while (k < CODES && (n != 3 || memcmp(codes[k].code, s, 3)))
        k++;
    return k;
}

static int unknown_code(const char *s, size_t n, const char *path, size_t line, struct ir_err *err)
{
    struct ir_strs known = {0};
    char *found = ir_strndup(s, n);
    for (size_t k = 0; k < CODES; k++)
        ir_strs_add(&known, codes[k].code);
    ir_fail_unknown(err, "instrument", found, &known);
    ir_strs_free(&known);
    free(found);
    return ir_fail_in(err, "%s:%zu", path, line);
}

static void add_label(struct ir_find *f, struct ir_item *it, size_t code)
{
    bool published = ir_word_is(f->rule, RULES, "published");
    ir_item_label(it, published ? codes[code].published : codes[code].code, 1);
}

/* ---- training ------------------------------------------------------------------------------- */

/* What a training name says. Pointers into the name. */
struct name {
    const char *tag[4];
    size_t len[4], tags;
    char recording[16];
};

static bool parse_name(const char *base, struct name *n)
{
    const char *s = strchr(base, '[');
    *n = (struct name){0};
    while (s && *s == '[' && n->tags < 4) {
        const char *end = strchr(s, ']');
        if (!end)
            return false;
        n->tag[n->tags] = s + 1;
        n->len[n->tags++] = (size_t)(end - s - 1);
        s = end + 1;
    }
    size_t digits = s ? strspn(s, "0123456789") : 0;
    if (n->tags < 2 || !digits || digits >= sizeof n->recording || strncmp(s + digits, "__", 2))
        return false;
    memcpy(n->recording, s, digits);
    return true;
}

/* The class that 002 trained on: the lowest in its order of all three-letter tags; CODES when none
 * is one. */
static size_t published_label(const struct name *n)
{
    size_t best = CODES;
    for (size_t k = 0; k < n->tags; k++) {
        size_t c = find_code(n->tag[k], n->len[k]);
        best = c < best ? c : best;
    }
    return best;
}

static size_t training_label(const struct ir_find *f, const char *rel, const struct name *n)
{
    const char *slash = strrchr(rel, '/'), *from = slash;
    if (ir_word_is(f->rule, RULES, "published"))
        return published_label(n);
    if (ir_word_is(f->rule, RULES, "filename"))
        return find_code(n->tag[0], n->len[0]);
    while (from && from > rel && from[-1] != '/')
        from--;
    return slash ? find_code(from, (size_t)(slash - from)) : CODES;
}

static void describe(struct ir_item *it, const struct name *n)
{
    struct ir_buf b = {0};
    ir_buf_printf(&b, "train %s", n->recording);
    ir_item_set(&it->group, b.data);
    ir_item_set(&it->split, "train");
    b.len = 0;
    ir_buf_add(&b, n->tag[n->tags - 1], n->len[n->tags - 1]);
    ir_meta_set(&it->extra, "genre", b.data);
    b.len = 0;
    ir_buf_add(&b, n->tag[1], n->tags > 2 ? n->len[1] : 0);
    if (b.len && strcmp(b.data, "---"))
        ir_meta_set(&it->extra, "drums", b.data);
    ir_buf_free(&b);
}

static int training(struct ir_find *f, const char *dir, struct ir_list *list, struct ir_err *err)
{
    struct ir_strs files = {0};
    size_t odd = 0, moved = 0;
    if (ir_walk(dir, ".wav", 2, &files, err))
        return -1;
    for (size_t i = 0; i < files.n; i++) {
        struct name n;
        bool ok = parse_name(ir_path_base(files.at[i]), &n);
        size_t code = ok ? training_label(f, files.at[i], &n) : CODES;
        char *stem = ir_path_stem(files.at[i]);
        struct ir_item *it = code < CODES ? ir_found_at(f, list, dir, files.at[i], stem) : NULL;
        free(stem);
        odd += code == CODES;
        if (!it)
            continue;
        add_label(f, it, code);
        describe(it, &n);
        moved += find_code(n.tag[0], n.len[0]) != find_code(files.at[i], strcspn(files.at[i], "/"));
    }
    if (odd)
        ir_find_note(f, "%zu sound files in %s have no name or folder of IRMAS' training set", odd,
                     dir);
    if (moved)
        ir_find_note(f,
                     "%zu training files lie in the folder of another instrument than their name "
                     "says (--labels folder|filename)",
                     moved);
    ir_strs_free(&files);
    return 0;
}

/* ---- testing -------------------------------------------------------------------------------- */

/* One code a line; blanks around it do not count. */
static int read_codes(struct ir_find *f, const char *path, struct ir_item *it, struct ir_err *err)
{
    struct ir_buf b = {0};
    size_t line = 1;
    if (ir_read_file(path, 65536, &b, err))
        return -1;
    int rc = 0;
    for (const char *s = b.data ? b.data : ""; *s && !rc;) {
        size_t n = strcspn(s, "\n"), a = strspn(s, " \t\r"), e = n;
        while (e > a && strchr(" \t\r", s[e - 1]))
            e--;
        if (a < e) {
            size_t code = find_code(s + a, e - a);
            if (code == CODES)
                rc = unknown_code(s + a, e - a, path, line, err);
            else
                add_label(f, it, code);
        }
        s += n + (s[n] == '\n');
        line++;
    }
    if (!rc && !it->labels)
        rc = ir_fail(err, "%s: no instrument", path);
    ir_buf_free(&b);
    return rc;
}

static int add_test(struct ir_find *f, const char *dir, const char *txt, struct ir_list *list,
                    struct ir_err *err)
{
    struct ir_buf wav = {0};
    size_t stem = strlen(txt) - 4;
    ir_buf_printf(&wav, "%.*s.wav", (int)stem, txt);
    char *id = ir_strndup(txt, stem), *path = ir_path_join(dir, txt);
    struct ir_item *it = ir_found_at(f, list, dir, wav.data, id);
    int rc = 0;
    if (it) {
        const char *base = ir_path_base(id), *dash = strrchr(base, '-');
        struct ir_buf group = {0};
        ir_buf_printf(&group, "test %.*s", (int)(dash ? dash - base : (long)strlen(base)), base);
        ir_item_set(&it->group, group.data);
        ir_item_set(&it->split, "test");
        ir_buf_free(&group);
        rc = read_codes(f, path, it, err);
    }
    ir_buf_free(&wav);
    free(id);
    free(path);
    return rc;
}

static int testing(struct ir_find *f, const char *dir, struct ir_list *list, struct ir_err *err)
{
    struct ir_strs files = {0};
    int rc = ir_walk(dir, ".txt", 3, &files, err);
    for (size_t i = 0; i < files.n && !rc; i++)
        if (strcasecmp(ir_path_base(files.at[i]), "README.txt"))
            rc = add_test(f, dir, files.at[i], list, err);
    ir_strs_free(&files);
    return rc ? -1 : ir_note_unlisted(f, dir, list, "a .txt file", err);
}

/* ---- both ----------------------------------------------------------------------------------- */

/* Folders of the archives below DIR, or DIR itself when it is one of them. */
static int find_parts(struct ir_find *f, struct ir_list *list, struct ir_err *err)
{
    struct ir_strs folders = {0};
    bool train = !ir_word_is(f->part, PARTS, "testing"),
         test = !ir_word_is(f->part, PARTS, "training");
    size_t found = 0;
    int rc = ir_walk_folders(f->dir, &folders, err);
    for (size_t i = 0; i < folders.n && !rc; i++) {
        bool is_train = !strcmp(folders.at[i], "IRMAS-TrainingData");
        bool is_test = !strncmp(folders.at[i], "IRMAS-TestingData", 17);
        char *dir = ir_path_join(f->dir, folders.at[i]);
        found += is_train || is_test;
        if (is_train && train)
            rc = training(f, dir, list, err);
        if (is_test && test)
            rc = testing(f, dir, list, err);
        free(dir);
    }
    bool classes = false;
    for (size_t i = 0; i < folders.n; i++)
        classes = classes || find_code(folders.at[i], strlen(folders.at[i])) < CODES;
    ir_strs_free(&folders);
    if (rc || found)
        return rc;
    return classes ? training(f, f->dir, list, err) : testing(f, f->dir, list, err);
}

static int find(struct ir_find *f, struct ir_list *list, struct ir_err *err)
{
    const char *names[CODES];
    if (find_parts(f, list, err))
        return -1;
    ir_unique_ids(f, list);
    if (ir_word_is(f->rule, RULES, "published"))
        return ir_list_classes(list, published_classes,
                               sizeof published_classes / sizeof *published_classes, false, err);
    for (size_t k = 0; k < CODES; k++)
        names[k] = codes[k].code;
    return ir_list_classes(list, names, CODES, false, err);
}

#define CODE(split, name, clips)                                                                   \
    {split, name, clips, "folder"},                                                                \
    {                                                                                              \
        split, name, clips, "filename"                                                             \
    }
#define PUBLISHED(name, clips)                                                                     \
    {                                                                                              \
        "train", name, clips, "published"                                                          \
    }
static const struct ir_known known[] = {
    {"train", NULL, 6705, NULL}, CODE("train", "cel", 388),
    CODE("train", "cla", 505),   CODE("train", "flu", 451),
    CODE("train", "gac", 637),   CODE("train", "gel", 760),
    CODE("train", "org", 682),   CODE("train", "pia", 721),
    CODE("train", "sax", 626),   CODE("train", "tru", 577),
    CODE("train", "vio", 580),   CODE("train", "voi", 778),
    {"test", NULL, 2874, NULL},  CODE("test", "cel", 111),
    CODE("test", "cla", 62),     CODE("test", "flu", 163),
    CODE("test", "gac", 535),    CODE("test", "gel", 942),
    CODE("test", "org", 361),    CODE("test", "pia", 995),
    CODE("test", "sax", 326),    CODE("test", "tru", 167),
    CODE("test", "vio", 211),    CODE("test", "voi", 1044),
    PUBLISHED("cello", 388),     PUBLISHED("clarinet", 1710),
    PUBLISHED("flute", 290),     PUBLISHED("acoustic_guitar", 1242),
    PUBLISHED("organ", 682),     PUBLISHED("piano", 469),
    PUBLISHED("saxophone", 401), PUBLISHED("trumpet", 418),
    PUBLISHED("violin", 327),    PUBLISHED("voice", 778),
};

const struct ir_dataset ir_dataset_irmas = {
    .name = "irmas",
    .summary = "IRMAS, training and testing parts; labels from the folder, the file name, or as "
               "published (with its bug)",
    .layout = "DIR/IRMAS-TrainingData/CODE/*.wav and DIR/IRMAS-TestingData-Part*/Part*/NAME.wav "
              "with NAME.txt (DIR may be one of them)",
    .rules = RULES,
    .parts = PARTS,
    .find = find,
    .known = known,
    .n_known = sizeof known / sizeof *known,
};
