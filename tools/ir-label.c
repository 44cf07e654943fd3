/* ir-label.c - find clips, labels and splits of a data set, or change those of a stream. */
#include "label.h"
#include "tool.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MISSING_SHOWN 10
static struct {
    struct ir_find find;
    struct ir_strs columns, class_rules, rename, merge, set, unset, select, only;
    const char *split, *activations, *of, *group_by, *from, *drop, *keep, *other_class, *map, *part;
    long long per_class, folds, fold, valid_fold, rare;
    int stratify;
    bool datasets, check, duplicates, stream, keep_unlabelled, has_rare, has_threshold, has_near;
    double near, half;
} o;

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
              "separator from half stream\n"
              "labels: labels threshold window average annotations metadata published ontology "
              "activations\n"
              "classes: class other overlap map rename merge drop classes other-class rare "
              "keep-unlabelled\n"
              "which clips: select only per-class part check duplicates near set unset\n"
              "splits: split of folds fold valid-fold group-by stratify\n",
    .n_opts = sizeof options / sizeof *options,
};

/* What the options say about labels, groups and splits; from NULL: there is no --from. */
static struct ir_relabel_rules relabel_rules(const struct ir_list *from)
{
    return (struct ir_relabel_rules){
        .classes = {&o.rename, &o.merge, o.drop, o.keep, o.other_class},
        .from = o.from ? from : NULL,
        .map = o.map,
        .half = o.half,
        .set = &o.set,
        .unset = &o.unset,
        .select = &o.select,
        .only = &o.only,
        .group_by = o.group_by,
        .keep_lost = o.keep_unlabelled,
    };
}

static void say_unused(const struct ir_run *run, const struct ir_relabel *r)
{
    const char *first = NULL;
    size_t n = ir_relabel_unused(r, &first);
    if (n)
        ir_run_warn(run, "%zu rows of %s are about no clip, first %s", n, o.from, first);
}

static int say_missing(struct ir_run *run)
{
    const struct ir_find *f = &o.find;
    if (f->missing_is_normal && f->missing.n) {
        ir_run_warn(run, "%zu listed sound files are not there, first %s", f->missing.n,
                    f->missing.at[0]);
        for (size_t i = 0; i < f->missing.n; i++)
            ir_run_info(run, "not there: %s", f->missing.at[i]);
        return 0;
    }
    bool too_many = (long long)f->missing.n > run->max_bad;
    size_t shown = too_many && f->missing.n > MISSING_SHOWN ? MISSING_SHOWN : f->missing.n;
    for (size_t i = 0; i < shown; i++)
        ir_run_warn(run, "%s: listed, but the file is not there", f->missing.at[i]);
    if (too_many)
        return ir_fail(&run->err, "%zu listed sound files are not there, --max-bad allows %lld",
                       f->missing.n, run->max_bad);
    run->bad += (long long)f->missing.n;
    return 0;
}

static int relabel(struct ir_run *run, struct ir_list *list)
{
    struct ir_list from = {0};
    struct ir_strs without = {0};
    struct ir_relabel_rules rules = relabel_rules(&from);
    if (o.from && ir_relabel_load(o.from, &o.find, &from, &run->err))
        return -1;
    struct ir_relabel *r = ir_relabel_open(&rules, &list->head, &run->err);
    int rc = r ? ir_relabel_list(r, list, &without, &run->err) : -1;
    if (!rc && o.from)
        say_unused(run, r);
    for (size_t i = 0; i < without.n && !rc; i++) {
        struct ir_err why;
        ir_fail(&why, "clip %s: no row of %s is about it", without.at[i], o.from);
        rc = ir_run_bad(run, &why);
    }
    ir_relabel_free(r);
    ir_strs_free(&without);
    ir_list_free(&from);
    return rc;
}

static int make_split(struct ir_run *run, struct ir_list *list)
{
    struct ir_split s = {0};
    int rc = 0;
    if (o.split && ir_split_parse(&s, o.split, &run->err))
        return -2;
    if (o.folds)
        ir_split_folds(&s, (size_t)o.folds);
    if (s.name.n)
        rc = ir_split_list(list, &s, (enum ir_stratify)o.stratify, o.of, (uint64_t)run->seed,
                           &run->err);
    if (!rc && o.fold >= 0)
        rc = ir_split_choose(list, o.fold, o.valid_fold, &run->err);
    if (!rc && (s.name.n || o.fold >= 0))
        ir_split_notes(list, s.name.n, &o.find.notes);
    ir_split_free(&s);
    return rc;
}

static int change_list(struct ir_run *run, struct ir_list *list)
{
    struct ir_strs few = {0};
    int rc = relabel(run, list);
    if (!rc && o.has_rare && !o.find.rare_done)
        rc = ir_list_merge_rare(list, o.rare, o.other_class, &run->err);
    if (!rc && o.per_class)
        rc = ir_list_cap(list, (size_t)o.per_class, (uint64_t)run->seed, &few, &run->err);
    for (size_t i = 0; i < few.n; i++)
        ir_run_warn(run, "class %s clips, fewer than --per-class %lld", few.at[i], o.per_class);
    ir_strs_free(&few);
    if (!rc && !list->n)
        rc = ir_fail(&run->err, "no clip is left");
    return rc ? rc : make_split(run, list);
}

static int print(struct ir_run *run, struct ir_buf *text, int rc)
{
    rc = rc ? rc : ir_run_print(run, text->data ? text->data : "");
    ir_buf_free(text);
    return rc;
}

static int print_reports(struct ir_run *run, const struct ir_list *list, const struct ir_dataset *d)
{
    struct ir_buf text = {0};
    size_t n = 0;
    if (o.check)
        ir_list_report(list, d, o.find.rule, &text);
    if (o.duplicates) {
        ir_list_duplicates(list, &text, &n);
        ir_run_note(run, "%zu pairs of clips in different splits look like one take", n);
    }
    return print(run, &text, 0);
}

static int run_dataset(struct ir_run *run, const struct ir_dataset *d)
{
    struct ir_list list = {0};
    o.find.dir = run->files[1];
    o.find.more = run->files + 2;
    o.find.n_more = run->n_files - 2;
    o.find.seed = (uint64_t)run->seed;
    o.find.rare = o.has_rare ? o.rare : -1;
    o.find.other_table = o.from != NULL;
    int rc = ir_dataset_list(d, &o.find, &list, &run->err);
    if (!rc || o.find.missing.n)
        rc = say_missing(run) ? -1 : rc;
    rc = rc ? rc : change_list(run, &list);
    rc = rc ? rc : ir_dataset_check(d, &o.find, &list, &run->err);
    rc = rc || !o.part ? rc : ir_list_part(&list, o.part, &run->err);
    for (size_t i = 0; i < o.find.notes.n; i++)
        ir_run_warn(run, "%s", o.find.notes.at[i]);
    if (!rc && !run->no_prog)
        ir_meta_add_prog(&list.head, run->prog);
    if (!rc && (o.check || o.duplicates))
        rc = print_reports(run, &list, d);
    else if (!rc)
        rc = o.stream ? ir_list_stream(run->output, &list, run->compress, &run->err)
                      : ir_list_write(run->output, &list, &run->err);
    ir_list_free(&list);
    ir_find_free(&o.find);
    return rc;
}

struct flow {
    struct ir_relabel_rules rules;
    struct ir_relabel *relabel;
};

static int flow_head(void *self, const struct ir_meta *in, struct ir_meta *out, struct ir_err *err)
{
    struct flow *f = self;
    (void)in;
    f->relabel = ir_relabel_open(&f->rules, out, err);
    return f->relabel ? 0 : -1;
}

static int flow_clip(void *self, struct ir_clip *clip, struct ir_writer *w, struct ir_err *err)
{
    struct flow *f = self;
    for (size_t i = 0; i < clip->n; i++) {
        int rc = ir_relabel_meta(f->relabel, &clip->rec[i].meta, err);
        if (rc == 2)
            continue;
        if (rc)
            return rc;
        if (ir_writer_put(w, &clip->rec[i], err))
            return -1;
    }
    return 0;
}

static int check_flow(struct ir_run *run)
{
    const char *bad = o.has_rare       ? "--rare"
                      : o.per_class    ? "--per-class"
                      : o.folds        ? "--folds"
                      : o.of           ? "--of"
                      : o.fold >= 0    ? "--fold"
                      : o.check        ? "--check"
                      : o.duplicates   ? "--duplicates"
                      : o.part         ? "--part"
                      : o.stratify > 0 ? "--stratify"
                                       : NULL;
    return bad ? ir_fail(&run->err, "%s needs a list of clips (ir-label DATASET DIR)", bad) - 1 : 0;
}

static int run_stream(struct ir_run *run)
{
    struct ir_list from = {0};
    struct ir_split split = {0};
    struct flow f = {.rules = relabel_rules(&from)};
    int rc = check_flow(run);
    if (!rc && o.split) {
        rc = ir_split_parse(&split, o.split, &run->err) ? -2 : 0;
        f.rules.split = &split;
        f.rules.seed = (uint64_t)run->seed;
    }
    if (!rc && o.from)
        rc = ir_relabel_load(o.from, &o.find, &from, &run->err);
    if (!rc) {
        struct ir_filter filter = {
            .head = flow_head, .one = flow_clip, .self = &f, .per_tensor = 1};
        rc = ir_filter_run(run, &filter);
        if (!rc && o.from)
            say_unused(run, f.relabel);
        if (!rc && ir_relabel_end(f.relabel, &run->err))
            ir_run_warn(run, "%s", run->err.text);
    }
    ir_relabel_free(f.relabel);
    ir_split_free(&split);
    ir_list_free(&from);
    return rc;
}

/* --near and --activations: streams in, lines of text out. */
static int run_lines(struct ir_run *run)
{
    struct ir_buf text = {0};
    size_t n;
    int rc = o.has_near
                 ? ir_label_similar(run->files, run->n_files, o.near, &text, &n, &run->err)
                 : ir_activations_write(run->files, run->n_files, o.activations, &text, &run->err);
    if (!rc && o.has_near)
        ir_run_note(run, "%zu pairs of clips in different splits sound alike", n);
    return print(run, &text, rc);
}

static int start(struct ir_run *run)
{
    const struct ir_dataset *d = run->n_files ? ir_dataset_find(run->files[0]) : NULL;
    o.find.columns = &o.columns;
    o.find.threshold = o.has_threshold ? o.find.threshold : (double)NAN;
    o.find.class_rules = &o.class_rules;
    if (o.split && o.folds) {
        ir_fail(&run->err, "--split and --folds exclude each other");
        return -2;
    }
    if (o.datasets) {
        struct ir_buf text = {0};
        ir_datasets_describe(&text);
        return print(run, &text, 0);
    }
    if (!d)
        return o.has_near || o.activations ? run_lines(run) : run_stream(run);
    if (run->n_files < 2 || (run->n_files > 2 && !d->many)) {
        ir_fail(&run->err, "%s: found %zu operands behind it, wanted one: %s", d->name,
                run->n_files - 1, d->layout);
        return -2;
    }
    return run_dataset(run, d);
}

int main(int argc, char **argv)
{
    struct ir_run run;
    int status = ir_run_start(&run, &tool, argc, argv);
    return status >= 0 ? status : ir_run_finish(&run, start(&run));
}
