/* dataset_medleydb.c - MedleyDB, in clips of a second, labelled by its activation annotations.
 *
 * Follows Li, Qian & Wang, "Automatic Instrument Recognition in Polyphonic Music Using
 * Convolutional Neural Networks" (arXiv 1511.05520) and the code they published: columns of an
 * annotation become instruments through the track's metadata (a column without a stem keeps its
 * name, a stem without a column is passed over), instruments become 71 groups, groups in fewer than
 * 20 tracks become OTHER. */
#include <stdlib.h>
#include <string.h>

#include "published.h"
#include "tracks.h"
#include "yaml.h"

#define RULES       "published|current|instrument|family"
#define LAB_END     "_ACTIVATION_CONF.lab"
#define RARE_TRACKS 20
#define DEPTH_MAX   8 /* of the taxonomy; an alias may hold itself */
/* Without the sound the length of a track is the time of its last row and this. Rows are 46 ms
 * apart, so the true length is within that; anything from 2 to 21 ms gives the published number of
 * clips in every fold. */
#define BEHIND_LAST_ROW_S 0.01

/* Lengths that the last row does not tell: Emergency's sound would end within 6 ms of 167 s and the
 * published count of the test set needs the clip to be lost; SpeedMetal's melody annotation goes
 * to 36.0025 s. */
static const struct {
    const char *track;
    double seconds;
} known_length[] = {{"TheSoSoGlos_Emergency", 167}, {"MusicDelta_SpeedMetal", 36.0025}};

static const char *const group_of[][2] = {
    {"violin section", "violin"},     {"viola section", "viola"},
    {"cello section", "cello"},       {"flute section", "flute"},
    {"clarinet section", "clarinet"}, {"french horn section", "french horn"},
    {"trombone section", "trombone"}, {"trumpet section", "trumpet"},
    {"male singer", "voice"},         {"female singer", "voice"},
    {"male speaker", "voice"},        {"female speaker", "voice"},
    {"male rapper", "voice"},         {"female rapper", "voice"},
    {"beatboxing", "voice"},          {"vocalists", "voice"},
};

struct places {
    struct ir_yaml *taxonomy; /* NULL unless --labels family */
    struct ir_dict family;    /* instrument → index in families */
    struct ir_strs families;
    char *labs, *metadata, *audio; /* audio NULL: not there */
};

/* taxonomy.yaml: mappings of mappings down to lists of instruments; the family is the key of the
 * list. */
static void read_families(struct places *p, int map, int depth)
{
    const char *key, *name;
    for (size_t i = 0; i < ir_yaml_count(p->taxonomy, map); i++) {
        int value = ir_yaml_at(p->taxonomy, map, i, &key);
        for (size_t k = 0; key && k < ir_yaml_count(p->taxonomy, value); k++)
            if ((name = ir_yaml_text(p->taxonomy, ir_yaml_at(p->taxonomy, value, k, NULL))))
                ir_dict_put(&p->family, name, p->families.n, NULL);
        ir_strs_add(&p->families, key ? key : "");
        if (key && depth < DEPTH_MAX && ir_yaml_is_map(p->taxonomy, value))
            read_families(p, value, depth + 1);
    }
}

static int read_taxonomy(struct ir_find *f, struct places *p, struct ir_err *err)
{
    char *path = f->ontology
                     ? ir_strdup(f->ontology)
                     : ir_find_path(f->dir, "taxonomy.yaml|medleydb/resources/taxonomy.yaml", err);
    p->taxonomy = path ? ir_yaml_read(path, err) : NULL;
    free(path);
    if (!p->taxonomy)
        return ir_fail_in(err, "--labels family (see --ontology)");
    read_families(p, ir_yaml_root(p->taxonomy), 0);
    return 0;
}

static const char *group(const struct ir_find *f, const struct places *p, const char *instrument)
{
    const size_t *family = ir_dict_get(&p->family, instrument);
    if (ir_word_is(f->rule, RULES, "instrument"))
        return instrument;
    if (ir_word_is(f->rule, RULES, "family"))
        return family ? p->families.at[*family] : instrument;
    for (size_t i = 0; i < sizeof group_of / sizeof *group_of; i++)
        if (!strcmp(group_of[i][0], instrument))
            return group_of[i][1];
    return instrument;
}

/* Track name as the published code has it: up to a "(", without ' and -. Owned. */
static char *track_name(const char *file)
{
    char *name = ir_strndup(file, strlen(file) - strlen(LAB_END)), *to = name;
    for (const char *s = name; *s && *s != '('; s++)
        if (*s != '\'' && *s != '-')
            *to++ = *s;
    *to = '\0';
    return name;
}

/* The metadata file: beside the sound or in a folder of its own. Owned; NULL when there is none. */
static char *metadata_path(const struct places *p, const char *track)
{
    struct ir_buf b = {0};
    for (int nested = 0; nested < 2; nested++) {
        b.len = 0;
        ir_buf_printf(&b, "%s/%s%s%s_METADATA.yaml", p->metadata, nested ? track : "",
                      nested ? "/" : "", track);
        if (ir_is_file(b.data))
            return b.data;
    }
    ir_buf_free(&b);
    return NULL;
}

static int read_metadata(struct ir_find *f, const struct places *p, struct ir_track *t,
                         struct ir_err *err)
{
    char *path = p->metadata ? metadata_path(p, t->name) : NULL;
    struct ir_yaml *y = path ? ir_yaml_read(path, err) : NULL;
    if (!path)
        ir_fail(err, "track %s: no file %s_METADATA.yaml in %s", t->name, t->name,
                p->metadata ? p->metadata : "any of the usual places (see --metadata)");
    free(path);
    if (!y)
        return -1;
    int stems = ir_yaml_get(y, ir_yaml_root(y), "stems");
    bool clean =
        !strcmp(t->name, "EthanHein_GirlOnABridge") && ir_word_is(f->rule, RULES, "published");
    const char *artist = ir_yaml_text(y, ir_yaml_get(y, ir_yaml_root(y), "artist"));
    t->artist = artist ? ir_strdup(artist) : NULL;
    for (size_t k = 0; k < t->act.column.n; k++) {
        const char *column = t->act.column.at[k];
        int stem = ir_yaml_get(y, stems, column);
        const char *name = ir_yaml_text(y, ir_yaml_get(y, stem, "instrument"));
        if (!stem)
            ir_find_note(f, "track %s: column %s has no stem in the metadata", t->name, column);
        if (clean && name && !strcmp(name, "distorted electric guitar"))
            name = "clean electric guitar"; /* as the metadata said in 2015 */
        ir_strs_add(&t->class_of, name ? group(f, p, name) : column);
    }
    ir_yaml_free(y);
    return 0;
}

/* Where the sound is, and how long it is. */
static void find_sound(struct ir_find *f, const struct places *p, struct ir_track *t)
{
    struct ir_buf b = {0};
    ir_buf_printf(&b, "%s/%s/%s_MIX.wav", p->audio ? p->audio : f->dir, t->name, t->name);
    t->path = b.data;
    t->seconds = t->act.time_s[t->act.rows - 1] + BEHIND_LAST_ROW_S;
    for (size_t i = 0; i < sizeof known_length / sizeof *known_length; i++)
        if (!strcmp(known_length[i].track, t->name))
            t->seconds = known_length[i].seconds;
    if (f->no_audio)
        return;
    double s = ir_wav_seconds(t->path);
    if (s > 0)
        t->seconds = s;
    if (!ir_is_file(t->path))
        ir_strs_add(&f->missing, t->path);
}

static int add_track(struct ir_find *f, const struct places *p, struct ir_tracks *tracks,
                     const char *lab, struct ir_err *err)
{
    char *name = track_name(lab), *path = ir_path_join(p->labs, lab);
    struct ir_track *t = ir_tracks_add(tracks, name);
    int rc = ir_activation_read(&t->act, path, err);
    free(name);
    free(path);
    if (rc || read_metadata(f, p, t, err))
        return -1;
    size_t missing = f->missing.n;
    find_sound(f, p, t);
    if (f->published)
        t->split = ir_published_medleydb(f->published, t->name);
    if (f->published && !t->split)
        return ir_fail(err, "track %s is not in the published split %s", t->name, f->published);
    if (f->missing.n > missing) /* named and counted; its clips are not made */
        t->seconds = 0;
    return 0;
}

/* An error is in *err when p->labs is NULL. */
static void find_places(struct ir_find *f, struct places *p, struct ir_err *err)
{
    struct ir_err none;
    p->labs = f->annotations
                  ? ir_strdup(f->annotations)
                  : ir_find_path(f->dir,
                                 "Annotations/Instrument_Activations/ACTIVATION_CONF|"
                                 "medleydb/data/Annotations/Activation_Confidence/original|"
                                 "data/Annotations/Activation_Confidence/original|"
                                 "Annotations/Activation_Confidence/original|"
                                 "Activation_Confidence/original|ACTIVATION_CONF|original",
                                 err);
    p->metadata =
        f->metadata
            ? ir_strdup(f->metadata)
            : ir_find_path(f->dir, "Metadata|medleydb/data/Metadata|data/Metadata|Audio", &none);
    p->audio = f->audio ? ir_strdup(f->audio) : ir_find_path(f->dir, "Audio", &none);
}

static int find(struct ir_find *f, struct ir_list *list, struct ir_err *err)
{
    struct places p = {0};
    struct ir_tracks tracks = {0};
    struct ir_strs labs = {0};
    int rc = 0;
    if (f->published && strcmp(f->published, "2way") && strcmp(f->published, "5way"))
        return ir_fail(err, "--published %s: medleydb has 2way and 5way", f->published);
    find_places(f, &p, err);
    if (f->rule && !strcmp(f->rule, "family"))
        rc = read_taxonomy(f, &p, err);
    if (rc || !p.labs || ir_walk(p.labs, LAB_END, 0, &labs, err))
        rc = -1;
    for (size_t i = 0; i < labs.n && !rc; i++)
        rc = add_track(f, &p, &tracks, labs.at[i], err);
    if (!rc)
        rc = ir_tracks_cut(f, &tracks, f->rare >= 0 ? f->rare : RARE_TRACKS, list, err);
    ir_tracks_free(&tracks);
    ir_strs_free(&labs);
    free(p.labs);
    free(p.metadata);
    free(p.audio);
    ir_yaml_free(p.taxonomy);
    ir_dict_free(&p.family);
    ir_strs_free(&p.families);
    return rc;
}

static const struct ir_known known[] = {
    {NULL, NULL, 26162, NULL},
    {"train", NULL, 21177, NULL},
    {"train", "acoustic guitar", 3640, NULL},
    {"train", "clean electric guitar", 5585, NULL},
    {"train", "distorted electric guitar", 2252, NULL},
    {"train", "drum set", 8585, NULL},
    {"train", "electric bass", 9033, NULL},
    {"train", "fx/processed sound", 3689, NULL},
    {"train", "piano", 6479, NULL},
    {"train", "synthesizer", 4939, NULL},
    {"train", "violin", 3451, NULL},
    {"train", "voice", 7696, NULL},
    {"train", "OTHER", 13225, NULL},
    {"test", NULL, 4985, NULL},
    {"test", "acoustic guitar", 933, NULL},
    {"test", "clean electric guitar", 1202, NULL},
    {"test", "distorted electric guitar", 653, NULL},
    {"test", "drum set", 2082, NULL},
    {"test", "electric bass", 2166, NULL},
    {"test", "fx/processed sound", 822, NULL},
    {"test", "piano", 2126, NULL},
    {"test", "synthesizer", 984, NULL},
    {"test", "violin", 397, NULL},
    {"test", "voice", 1656, NULL},
    {"test", "OTHER", 3231, NULL},
    {"0", NULL, 5376, NULL},
    {"1", NULL, 5300, NULL},
    {"2", NULL, 5558, NULL},
    {"3", NULL, 5242, NULL},
    {"4", NULL, 4686, NULL},
};

const struct ir_dataset ir_dataset_medleydb = {
    .name = "medleydb",
    .summary = "MedleyDB mixes in clips of a second, labels from the activation annotations "
               "(--published 2way or 5way)",
    .layout = "DIR/Audio/TRACK/TRACK_MIX.wav and TRACK_METADATA.yaml (or DIR/Metadata), "
              "DIR/Annotations/Instrument_Activations/ACTIVATION_CONF/TRACK_ACTIVATION_CONF.lab",
    .rules = RULES,
    .uses = "window|threshold|average|annotations|metadata|published|ontology|audio",
    .find = find,
    .known = known,
    .n_known = sizeof known / sizeof *known,
};
