/* label.h - lists of clips: reading and writing, data sets, splits. Normative text:
 * formats/list.md. */
#ifndef IR_LABEL_H
#define IR_LABEL_H

#include "tool.h"

/* One clip to decode. Strings are owned; NULL means absent (only id and path are always there). */
struct ir_item {
    char *id;                 /* unique in the list */
    char *path;               /* of the sound file, any bytes but NUL */
    char *labels;             /* label list in stream syntax, "flute:1 violin:0.25" */
    char *group;              /* recording, player or album: never in two splits */
    char *split;              /* "train", "valid", "test", or a fold's name */
    double start_s, length_s; /* cut of the file; length_s 0: to its end */
    struct ir_meta extra;     /* further columns, copied into the record's metadata */
};

/* A list: head carries classes, labels=closed|open and prog.N exactly as a stream header does. */
struct ir_list {
    struct ir_meta head;
    struct ir_item *item;
    size_t n, cap;
};

/* Read a list ("-": stdin). Errors name file and line. The whole list is checked: unknown classes,
 * duplicate ids, a group in two splits, a missing #end line. */
int ir_list_read(const char *path, struct ir_list *list, struct ir_err *err);
/* The same for a list that somebody cut on purpose (grep, head): #end may be missing, or promise
 * more clips than there are. Its head must be there. */
int ir_list_read_cut(const char *path, struct ir_list *list, struct ir_err *err);
/* dir/… of every sound file below dir, by its name's end, sorted by bytes; *others counts the files
 * that have another end. Hidden files and folders are left out. */
int ir_sounds_below(const char *dir, struct ir_strs *out, size_t *others, struct ir_err *err);
int ir_list_format(const struct ir_list *list, struct ir_buf *out,
                   struct ir_err *err); /* appended */
int ir_list_write(const char *path, const struct ir_list *list,
                  struct ir_err *err); /* NULL: stdout */
/* A new item at the end: id and path are copied. The pointer is valid until the next add. */
struct ir_item *ir_list_add(struct ir_list *list, const char *id, const char *path);
void ir_list_free(struct ir_list *list);
void ir_item_free(struct ir_item *it);
/* Replace a string member of an item by a copy of value (NULL: absent). */
void ir_item_set(char **member, const char *value);
/* What ir_list_read and ir_list_write check: ids there and unique, paths there, labels within the
 * classes of the head, no group in two splits. */
int ir_list_check(const struct ir_list *list, struct ir_err *err);

/* The K-th of N contiguous stretches of clips, as even as groups allow: a group (clips of one
 * non-empty name, wherever they stand) is never cut, so that a part may be empty. The parts behind
 * each other are the whole. n 0: everything. */
struct ir_stretch {
    long long k, n;
};
int ir_part_parse(const char *text, struct ir_stretch *p, struct ir_err *err); /* "K/N" */
/* The clips begin … end-1 of n; group[i] NULL: the clip is alone. Fails when there are more parts
 * than clips. */
int ir_part_range(const struct ir_stretch *p, const char *const *group, size_t n, size_t *begin,
                  size_t *end, struct ir_err *err);
/* Keep the clips of one part "K/N" (ir_part_range). -2 when the text is none. */
int ir_list_part(struct ir_list *list, const char *part, struct ir_err *err);

/* Move all clips of `from` behind those of `to`; `from` is empty after. Classes are joined, those
 * of `to` first; other head lines are those of `to`. An error when one list is open and the other
 * closed. Ids are not compared here. */
int ir_list_join(struct ir_list *to, struct ir_list *from, struct ir_err *err);

/* ---- classes -------------------------------------------------------------------------------- */

/* Add `class:value` to the item's labels (value 0 … 1; the name is escaped). A class that is there
 * already keeps the larger value. */
void ir_item_label(struct ir_item *it, const char *class_name, double value);
/* Put classes and labels=open|closed into the head. names NULL: the names that the items use,
 * sorted. */
int ir_list_classes(struct ir_list *list, const char *const *names, size_t n, bool open,
                    struct ir_err *err);

/* Which class becomes which. Made once, applied to lists and to records of a stream alike. */
struct ir_class_map {
    struct ir_strs from, to;
    size_t *target; /* index in `to` for each of `from`; SIZE_MAX: left out */
    bool open;
};
/* Rules as text, in the order in which they are applied. Names are as people write them; in them a
 * comma is %2C, = is %3D, % is %25. Every name must exist: an unknown one is an error. */
struct ir_class_rules {
    const struct ir_strs *rename; /* OLD=NEW */
    const struct ir_strs *merge;  /* NEW=A,B,C */
    const char *drop;             /* A,B */
    const char *keep;             /* A,B: these alone, in this order */
    const char *other; /* name of the class for all that `keep` leaves out; NULL: left out */
};
int ir_class_map_make(struct ir_class_map *m, const struct ir_meta *head,
                      const struct ir_class_rules *rules, struct ir_err *err);
/* A label list under the map: merged classes take the larger value; in an open list a merged class
 * is unknown while one of its parts is and no other is at least 0.5. *lost (may be NULL): there was
 * a positive label and now there is none. Returns -1 when text is not a label list of m->from. */
int ir_class_map_text(const struct ir_class_map *m, const char *text, struct ir_buf *out,
                      bool *lost, struct ir_err *err);
/* The same for a whole list and its head. Clips that lose their last positive label go, unless
 * keep_lost. */
int ir_class_map_list(const struct ir_class_map *m, struct ir_list *list, bool keep_lost,
                      struct ir_err *err);
void ir_class_map_free(struct ir_class_map *m);
/* Classes that occur (≥ 0.5) in fewer than min_groups groups are merged into `other`, which comes
 * last. */
int ir_list_merge_rare(struct ir_list *list, long long min_groups, const char *other,
                       struct ir_err *err);
/* Keep n clips of each class, chosen by a hash of seed and id (not by order). Clips with two or
 * more positive labels count for the first class in the head's order; clips without one stay.
 * *short_classes (may be NULL) gets "NAME has 3" for each class with fewer. */
int ir_list_cap(struct ir_list *list, size_t n, uint64_t seed, struct ir_strs *short_classes,
                struct ir_err *err);
/* Keep the items for which keep[i] is true. */
void ir_list_keep(struct ir_list *list, const bool *keep);

/* ---- splits --------------------------------------------------------------------------------- */

#define IR_SPLITS_MAX 100

/* Names and shares, which sum to 1. */
struct ir_split {
    struct ir_strs name;
    double share[IR_SPLITS_MAX];
};
/* "train=0.8,valid=0.15,test=0.05" */
int ir_split_parse(struct ir_split *s, const char *text, struct ir_err *err);
/* k equal folds named "0" … "k-1". */
void ir_split_folds(struct ir_split *s, size_t k);
void ir_split_free(struct ir_split *s);
/* What to know of a split just made: classes in fewer groups than there are splits (n_splits; 0: do
 * not look), classes without a training clip where others have some. One line each to `notes`. */
void ir_split_notes(const struct ir_list *list, size_t n_splits, struct ir_strs *notes);

enum ir_stratify {
    IR_STRATIFY_AUTO,    /* classes when each group has one class, otherwise iterative */
    IR_STRATIFY_NONE,    /* groups are shuffled and dealt */
    IR_STRATIFY_CLASSES, /* the same class by class; fractions are carried over to the next class */
    IR_STRATIFY_ITERATIVE /* Sechidis, Tsoumakas & Vlahavas 2011, algorithm 1, groups weighed by
                             clips */
};
/* Give every item a split; `of` not NULL: only those of split `of`. A group goes into one split
 * whole. The result depends on seed, groups, ids and labels, not on the order of the list. */
int ir_split_list(struct ir_list *list, const struct ir_split *s, enum ir_stratify how,
                  const char *of, uint64_t seed, struct ir_err *err);
/* The split of one group by its hash alone, for streams: shares hold on average. */
const char *ir_split_hash(const struct ir_split *s, uint64_t seed, const char *group);
/* Turn folds into train, valid and test: fold `test` is test, `valid` (-1: none) is valid, the rest
 * train. */
int ir_split_choose(struct ir_list *list, long long test, long long valid, struct ir_err *err);

/* ---- data sets ------------------------------------------------------------------------------ */

/* What ir-label's options say to a data set. NULL, 0 and NAN mean the data set's own default. */
struct ir_find {
    const char *dir;   /* folder (csv and list: a file) */
    char *const *more; /* list: n_more further files, joined to the first */
    size_t n_more;
    bool no_audio;    /* do not look whether the sound files are there */
    bool no_end;      /* list: its last line #end may be missing, somebody cut it on purpose */
    const char *rule; /* which of the label rules in ir_dataset.rules */
    const char *part; /* which of the parts in ir_dataset.parts */
    double threshold; /* of what counts as a positive label */
    double window_s;  /* length of the clips cut from tracks */
    double average_s; /* activations: length of the moving average */
    long long rare; /* tracks that a class must occur in, not to be merged into OTHER; -1 default */
    const char *annotations; /* folder of the activation files, when it is not in its usual place */
    const char *metadata;    /* folder of the metadata files, likewise */
    const char *published;   /* name of a shipped split */
    const char *ontology;    /* file */
    const struct ir_strs *class_rules; /* NAME=A,B,C+ (+: with all descendants) */
    const char *other;             /* NAME=A,B+: the class for clips without any of class_rules */
    const char *overlap;           /* clips of two of class_rules: drop, first or multi */
    const struct ir_strs *columns; /* csv: id=…, path=…, labels=… */
    const char *delimiter;         /* csv */
    const char *separator;         /* csv: between labels in one field */
    bool other_table;  /* columns, delimiter and separator are about another table (--from) */
    const char *audio; /* folder of the sound files, when it is not where the data set has it */
    uint64_t seed;
    struct ir_strs notes;   /* out: counted warnings */
    struct ir_strs missing; /* out: listed sound files that are not there */
    bool rare_done;         /* out: the data set has merged rare classes itself */
    bool missing_is_normal; /* out: the data set itself is so (videos that went away) */
};
void ir_find_note(struct ir_find *f, const char *fmt, ...) IR_PRINTF(2, 3);
void ir_find_free(struct ir_find *f); /* notes and missing */

/* A count that the paper or the data set's authors give; class_name NULL: all clips; split NULL:
 * all splits. */
struct ir_known {
    const char *split, *class_name;
    long clips;
    const char *rule; /* the only label rule that it holds for; NULL: all */
};

/* One file lib/label/dataset_NAME.c each. */
struct ir_dataset {
    const char *name, *summary;
    const char *layout;        /* what lies where, for --help and errors */
    const char *rules, *parts; /* words of ir_find.rule and .part separated by |, the first is the
                                  default; or NULL */
    const char *uses; /* options of ir-label beyond the common ones, separated by |; NULL: none */
    bool many;        /* takes several operands (ir_find.more) */
    bool own;         /* a group in two splits is the user's mistake, not how the data set is */
    int (*find)(struct ir_find *f, struct ir_list *list, struct ir_err *err);
    const struct ir_known *known;
    size_t n_known;
};
/* All data sets, sorted by name; NULL behind the last. */
const struct ir_dataset *const *ir_datasets(void);
const struct ir_dataset *ir_dataset_find(const char *name); /* NULL when there is none */
/* Names, summaries, layouts, label rules and parts of all data sets, for people. */
void ir_datasets_describe(struct ir_buf *out);
/* Run the data set. The list is not checked yet: official splits may divide groups. */
int ir_dataset_list(const struct ir_dataset *d, struct ir_find *f, struct ir_list *list,
                    struct ir_err *err);
/* ir_list_check for a list that is ready. Official splits that divide a group are how a data set
 * is: the clips of such groups lose their group, which stays in the key `recording`, and f->notes
 * says so. */
int ir_dataset_check(const struct ir_dataset *d, struct ir_find *f, struct ir_list *list,
                     struct ir_err *err);

/* ---- taxonomies ----------------------------------------------------------------------------- */

/* One list of classes and what other lists call them; the format stands in lib/label/taxonomy.c. */
struct ir_taxonomy;
struct ir_taxonomy *ir_taxonomy_read(const char *path, struct ir_err *err); /* NULL on failure */
void ir_taxonomy_free(struct ir_taxonomy *t);
/* The header's classes go to `from` (the caller's), the taxonomy's take their place, and labels are
 * open. An error when none of the stream's classes is in the table. */
int ir_taxonomy_head(const struct ir_taxonomy *t, struct ir_meta *head, struct ir_strs *from,
                     struct ir_err *err);
/* Labels of the classes `from` (absent ones unknown when `open`, else 0; NULL: none) as labels of
 * the taxonomy, appended to out: a class has the largest value of its names; it is unknown where
 * only a may-be name sounds, and where an open stream says nothing about it. half > 0: a value v
 * becomes v / (v + half), so that `half` becomes one half (a tagger's probabilities are low); what
 * is then between 0.08 and 0.35 is unknown, and v below 0.004 is 0. */
int ir_taxonomy_labels(const struct ir_taxonomy *t, const struct ir_strs *from, bool open,
                       double half, const char *labels, struct ir_buf *out, struct ir_err *err);

/* ---- changing what flows -------------------------------------------------------------------- */

/* Labels, groups and splits of records that exist already: streams record by record, lists clip by
 * clip. */
struct ir_relabel_rules {
    const struct ir_list
        *from;       /* rows that replace labels, group and split (those that they have) */
    const char *map; /* a taxonomy's file: applied after `from`, before `classes`; NULL: none */
    double half;     /* of map; 0: values stay */
    struct ir_class_rules classes;
    const struct ir_strs *set;    /* KEY=VALUE; labels=A,B or labels=A:0.5 B:1 */
    const struct ir_strs *unset;  /* KEY; labels also takes the classes away */
    const struct ir_strs *select; /* splits to keep; NULL or empty: all */
    const struct ir_strs *only; /* shell patterns: id or group must match one; NULL or empty: all */
    const struct ir_split *split; /* streams: by the group's hash; NULL: as they are */
    const char *group_by; /* a key of the metadata that becomes the group; "clip": no group */
    uint64_t seed;
    bool keep_lost; /* keep clips that lost their last positive label */
};
/* Rows for `from` out of a list of clips, a table (as the data set csv reads it; f says how), or a
 * stream of predictions, whose probabilities become labels. */
int ir_relabel_load(const char *path, const struct ir_find *f, struct ir_list *rows,
                    struct ir_err *err);
struct ir_relabel;
/* *out is a copy of the header as it comes, and is changed. rules must outlive the result. */
struct ir_relabel *ir_relabel_open(const struct ir_relabel_rules *rules, struct ir_meta *out,
                                   struct ir_err *err);
/* Change one record's metadata: 0 keep it, 2 leave it out, 1 no row of `from` is about it, -1
 * failure. Rows are found by id, then by path, then by the path's last part with and without its
 * end. */
int ir_relabel_meta(struct ir_relabel *r, struct ir_meta *m, struct ir_err *err);
/* After the last record: an error when no record had the key of group_by. */
int ir_relabel_end(const struct ir_relabel *r, struct ir_err *err);
/* Rows of `from` that no record asked for; *first (may be NULL) is the id of one. */
size_t ir_relabel_unused(const struct ir_relabel *r, const char **first);
void ir_relabel_free(struct ir_relabel *r);
/* The same over a list. Clips without a row go; their ids are added to *without. */
int ir_relabel_list(struct ir_relabel *r, struct ir_list *list, struct ir_strs *without,
                    struct ir_err *err);

/* A stream of labels alone, for learners that need no sound: domain feature, frontend none, one T
 * record of one zero a clip. path NULL: stdout. */
int ir_list_stream(const char *path, const struct ir_list *list, bool pack, struct ir_err *err);

/* ---- activations from stems ----------------------------------------------------------------- */

/* Reads an audio stream of stems from files (n 0: stdin), one record a stem, 44.1 kHz, any number
 * of channels; group = track, label (or id) = instrument; the stems of a track come one after
 * another. Writes DIR/TRACK_ACTIVATION_CONF.lab for each track and adds a line with its path to
 * `files`. The algorithm stands in lib/label/activation.h. */
int ir_activations_write(char *const *paths, size_t n, const char *dir, struct ir_buf *files,
                         struct ir_err *err);

/* ---- reports -------------------------------------------------------------------------------- */

/* Classes by splits: clips, groups, hours, and what is known of the data set (under the label rule
 * `rule`, NULL: its first), as a table for people. Hours are known of cuts with a length and of WAV
 * files; a + says that some are not. */
void ir_list_report(const struct ir_list *list, const struct ir_dataset *d, const char *rule,
                    struct ir_buf *out);
/* Clips in different splits that look like one take, one line each: bytes|name, split, path, split,
 * path, with TABs between. `bytes`: the same size and CRC-32 of the whole file. `name`: the same
 * file name once folder, case, everything but letters and digits, and copy marks ("(1)", "copy of")
 * are taken away; names of less than four characters are passed over, and so are files that cannot
 * be read. Each clip is compared with the last one of its kind. *n is the number of lines. It does
 * not listen: one take in another encoding under another name stays unseen. */
void ir_list_duplicates(const struct ir_list *list, struct ir_buf *out, size_t *n);

/* Clips of a feature stream (n_paths 0: stdin) in different splits that sound alike: one line each,
 * similarity, split, id, split, id, with TABs between. A clip becomes the mean and deviation over
 * time of each of its bands (the means without their level); over all clips each of these numbers
 * is brought to mean 0 and deviation 1; similarity is the cosine, -1 … 1, and lines are written
 * from `least` up. All pairs are compared: time grows with the square of the clips. Of several
 * records a clip the first is taken. */
int ir_label_similar(char *const *paths, size_t n_paths, double least, struct ir_buf *out,
                     size_t *n, struct ir_err *err);

/* ---- all of it ---------------------------------------------------------------------------------
 */

/* What a command line asks for; texts may be NULL. */
struct ir_label_options {
    struct ir_find find;
    struct ir_strs columns, class_rules, rename, merge, set, unset, select, only;
    const char *split, *activations, *of, *group_by, *from, *drop, *keep, *other_class, *map, *part;
    long long per_class, folds, fold, valid_fold, rare;
    int stratify;
    bool datasets, check, duplicates, stream, keep_unlabelled, has_rare, has_threshold, has_near;
    double near, half;
};
/* run->files are a data set with its folders, or streams and lists (none: stdin); clips go to
 * run->output. 0, -1 with run->err, -2 for wrong usage. o->find is changed. */
int ir_label_session(struct ir_run *run, struct ir_label_options *o);

#endif
