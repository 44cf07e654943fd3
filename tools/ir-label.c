/* ir-label.c - find clips, labels and splits of a data set, or change those of a stream. */
#include "label.h"

static struct ir_label_options o;

static const struct ir_opt options[] = {
    IR_FLAG(0, "datasets", &o.datasets,
            "list the data sets with their layouts, label rules and parts, and end"),
    IR_STR(0, "labels", &o.find.rule, "RULE", "label rule of the data set (see --datasets)"),
    IR_STR(0, "subset", &o.find.part, "PART", "part of the data set to read (see --datasets)"),
    IR_FLAG(0, "no-audio", &o.find.no_audio, "do not look whether the sound files are there"),
    IR_STR(0, "audio", &o.find.audio, "DIR",
           "folder of the sound files when it is not in its usual place"),
    IR_REAL(0, "threshold", &o.find.threshold, "T", 0, 1,
            "relevance or activation from which a label is positive", .given = &o.has_threshold),
    IR_REAL(0, "window", &o.find.window_s, "S", 0.1, 3600, "length of the clips cut from tracks",
            .unit = "s"),
    IR_REAL(0, "average", &o.find.average_s, "S", 0.01, 60,
            "length of the moving average over activations (0.1 s when not given)", .unit = "s"),
    IR_STR(0, "annotations", &o.find.annotations, "DIR",
           "folder of the activation files when it is not in its usual place"),
    IR_STR(0, "metadata", &o.find.metadata, "DIR",
           "folder of the metadata files when it is not in its usual place"),
    IR_STR(0, "published", &o.find.published, "NAME",
           "split of a paper that ships with the data set's reader"),
    IR_STR(0, "ontology", &o.find.ontology, "FILE",
           "class tree: ontology.json of audioset, taxonomy.yaml of medleydb",
           .file = IR_FILE_READ),
    IR_LIST(0, "class", &o.class_rules, "NAME=A,B+",
            "class made of source classes, + with all below them (audioset)"),
    IR_STR(0, "other", &o.find.other, "NAME=A,B+",
           "class of clips that have none of --class (audioset)"),
    IR_STR(0, "overlap", &o.find.overlap, "HOW",
           "clips of two --class: drop, first or multi (audioset)"),
    IR_LIST(0, "columns", &o.columns, "KEY=COLUMN",
            "which column of a table is id, path, labels, group, split, start or length"),
    IR_STR(0, "delimiter", &o.find.delimiter, "CHAR",
           "between columns of a table: one character or tab", .def = ","),
    IR_STR(0, "separator", &o.find.separator, "CHARS",
           "between labels in one field of a table: any of these characters", .def = ";|"),
    IR_FLAG(0, "no-end", &o.find.no_end,
            "list: take lists without their last line #end: cut on purpose, with grep or head",
            .no_bytes = true),
    IR_STR(0, "from", &o.from, "FILE",
           "table, list of clips or predictions (ir-infer) whose rows replace labels, group and "
           "split",
           .file = IR_FILE_READ),
    IR_STR(0, "map", &o.map, "FILE",
           "table of classes and of what other lists call them: labels become those of its classes",
           .file = IR_FILE_READ),
    IR_REAL(0, "half", &o.half, "P", 0, 1,
            "with --map: the probability that becomes one half: v / (v + P)", .def = "0"),
    IR_LIST(0, "rename", &o.rename, "OLD=NEW", "rename a class"),
    IR_LIST(0, "merge", &o.merge, "NEW=A,B", "join classes into one"),
    IR_STR(0, "drop", &o.drop, "A,B", "leave classes out"),
    IR_STR(0, "classes", &o.keep, "A,B", "keep these classes alone, in this order"),
    IR_STR(0, "other-class", &o.other_class, "NAME",
           "class for what --classes and --rare leave out"),
    IR_INT(0, "rare", &o.rare, "N", 0, 1e9,
           "classes that occur in fewer groups become the other class", .unit = "groups",
           .given = &o.has_rare),
    IR_FLAG(0, "keep-unlabelled", &o.keep_unlabelled,
            "keep clips that lose their last label by --classes or --drop"),
    IR_INT(0, "per-class", &o.per_class, "N", 1, 1e9,
           "take at most this many clips of each class, at random", .unit = "clips"),
    IR_LIST(0, "set", &o.set, "KEY=VALUE", "set labels, group, split or another key of every clip"),
    IR_LIST(0, "unset", &o.unset, "KEY", "take labels, group, split or another key away"),
    IR_LIST(0, "select", &o.select, "SPLIT",
            "keep the clips of this split (before a new split is made)"),
    IR_LIST(0, "only", &o.only, "PATTERN",
            "keep the clips whose id or group matches this shell pattern"),
    IR_STR(0, "group-by", &o.group_by, "KEY",
           "what must not be in two splits: group, clip (nothing), or a key such as artist",
           .def = "group"),
    IR_STR(0, "split", &o.split, "A=X,B=Y",
           "names and shares of new splits, as train=0.8,valid=0.15,test=0.05"),
    IR_STR(0, "of", &o.of, "SPLIT", "--split only the clips of this split, the others keep theirs"),
    IR_INT(0, "folds", &o.folds, "K", 2, 100, "make K equal splits named 0 to K-1"),
    IR_INT(0, "fold", &o.fold, "I", -1, 99, "with folds: fold I becomes test, the others train",
           .def = "-1"),
    IR_INT(0, "valid-fold", &o.valid_fold, "I", -1, 99, "with --fold: fold I becomes valid",
           .def = "-1"),
    IR_CHOICE(0, "stratify", &o.stratify, "HOW", "auto|none|classes|iterative",
              "balance of classes over splits: class by class, or iterative for several labels",
              .def = "auto"),
    IR_FLAG(0, "check", &o.check,
            "print clips, groups and hours of each class beside the published counts"),
    IR_FLAG(0, "duplicates", &o.duplicates,
            "print clips of different splits that look like one take"),
    IR_REAL(0, "near", &o.near, "X", -1, 1,
            "print clips of a feature stream in different splits whose similarity is at least X",
            .given = &o.has_near),
    IR_STR(0, "activations", &o.activations, "DIR",
           "write activation annotations of a stream of stems into DIR"),
    IR_STR(0, "part", &o.part, "K/N", "the K-th of N contiguous stretches, none cutting a group",
           .no_bytes = true),
    IR_FLAG(0, "stream", &o.stream, "write a stream of labels without sound in place of a list"),
};

static const struct ir_tool tool = {
    .name = "ir-label",
    .operands = "DATASET DIR… | [FILE…]",
    .summary = "find clips, labels, groups and splits of a data set; as a filter, change those of "
               "a stream",
    .examples =
        "  ir-label folder sounds --split train=0.8,valid=0.1,test=0.1 | ir-decode -o "
        "all.audio.irt\n"
        "  ir-label philharmonia samples --group-by clip --per-class 450 --seed 1 -o p.list.tsv\n"
        "  ir-label list p.list.tsv --classes flute,oboe --check\n"
        "  ir-decode *.wav | ir-label --from labels.csv | ir-mel -o all.mel.irt\n"
        "  ir-label --merge 'brass=trumpet,tuba' all.mel.irt > fewer.mel.irt\n",
    .opts = options,
    .groups = "where the clips come from: datasets subset no-audio audio columns delimiter "
              "separator no-end from half stream\n"
              "labels: labels threshold window average annotations metadata published ontology "
              "activations\n"
              "classes: class other overlap map rename merge drop classes other-class rare "
              "keep-unlabelled\n"
              "which clips: select only per-class part check duplicates near set unset\n"
              "splits: split of folds fold valid-fold group-by stratify\n",
    .n_opts = sizeof options / sizeof *options,
};

int main(int argc, char **argv)
{
    struct ir_run run;
    int status = ir_run_start(&run, &tool, argc, argv);
    return status >= 0 ? status : ir_run_finish(&run, ir_label_session(&run, &o));
}
