/* ir-cat - look into, choose from, join, shard, compare and convert tensor streams. */
#include "convert.h"
#include "irt.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
    bool about, compare, data_only, rows, off_given, on_given;
    struct ir_compare against;
    struct ir_select select;
    struct ir_sink_opts sink;
    const char *shard, *part, *dtype, *shape, *array;
    const char *to;
    int from, per;
    bool per_given;
    struct ir_cut_to cut;
    struct ir_strs set;
} opt;

static const char *const from_format[] = {"irt", "npy", "npz", "raw"};

/* irt itself, then what the registry has. */
static void to_names(struct ir_strs *names)
{
    ir_strs_add(names, "irt");
    ir_export_names(names);
}

static const struct ir_opt options[] = {
    IR_FLAG('l', "look", &opt.sink.look,
            "print one line a record; what happens anyway when standard output is a terminal"),
    IR_FLAG(0, "about", &opt.about,
            "say in plain words what each file is, what it holds and how it was made"),
    IR_FLAG(0, "compare", &opt.compare,
            "compare two streams record by record; exit status 1 when they differ"),
    IR_REAL(0, "tolerance", &opt.against.absolute, "X", 0, 1e30,
            "--compare: absolute difference that passes", .def = "0"),
    IR_REAL(0, "relative", &opt.against.relative, "X", 0, 1e30,
            "--compare: difference that passes, as a share of the second file's number",
            .def = "0"),
    IR_FLAG(0, "data-only", &opt.data_only, "--compare: leave metadata other than id and name out"),
    IR_INT(0, "lines", &opt.against.max_lines, "N", 0, 1e9,
           "--compare: differences to describe before the rest is only counted", .def = "20"),
    IR_LIST(0, "split", &opt.select.splits, "NAME", "keep clips of this split; may be given again"),
    IR_LIST(0, "class", &opt.select.classes, "NAME",
            "keep clips labelled with this class; may be given again"),
    IR_LIST(0, "id", &opt.select.ids, "PATTERN",
            "keep clips whose id matches the shell pattern; may be given again"),
    IR_LIST(0, "name", &opt.select.names, "NAME", "keep tensors of this name; may be given again"),
    IR_STR(0, "shard", &opt.shard, "K/N", "keep part K of N (1 to N), decided by a hash of the id"),
    IR_STR(0, "part", &opt.part, "K/N",
           "keep the K-th of N contiguous stretches of the chosen clips, none cutting a group; "
           "ir-cat of all parts in their order is the whole again",
           .no_bytes = true),
    IR_INT(0, "skip", &opt.select.skip, "N", 0, 9e15, "drop the first N of the chosen clips",
           .def = "0"),
    IR_INT('n', "count", &opt.select.count, "N", -1, 9e15,
           "keep at most N of the chosen clips; -1: all", .def = "-1"),
    IR_WORD(
        0, "to", &opt.to, "FORMAT", to_names,
        "write in this format; audacity, jams, json, jsonl, rttm, srt, table, tsv and vtt are for "
        "predictions",
        .def = "irt"),
    IR_CHOICE(0, "from", &opt.from, "FORMAT", "irt|npy|npz|raw", "read this format", .def = "irt"),
    IR_STR(0, "dtype", &opt.dtype, "TYPE",
           "--from raw: f32, f64, f16, i16, i32 or u8, little-endian", .def = "f32"),
    IR_STR(0, "shape", &opt.shape, "SHAPE", "--from raw: shape of one record, like 2x44100"),
    IR_STR(0, "array", &opt.array, "NAME", "--from npz: this array alone"),
    IR_FLAG(0, "rows", &opt.rows, "--from npy or npz: one record for each step of the first axis"),
    IR_LIST(0, "set", &opt.set, "KEY=VALUE",
            "set a key in the metadata of every record (empty: remove it); may be given again"),
    IR_LIST(0, "set-header", &opt.sink.set_header, "KEY=VALUE",
            "set a key in the header (empty: remove it); may be given again"),
    IR_FLAG(0, "allow-nan", &opt.sink.allow_nan,
            "let NaN and infinity pass, which are refused otherwise"),
    IR_CHOICE(0, "per", &opt.per, "WHAT", "event|segment|file",
              "predictions: join touching segments, report each, or sum up each sound file",
              .def = "event", .given = &opt.per_given),
    IR_REAL(0, "on", &opt.sink.export.on, "P", 0, 1,
            "predictions: probability at which a class begins; without it the stream's thresholds, "
            "else 0.5 (one class a clip: the most probable)",
            .given = &opt.on_given),
    IR_REAL(0, "off", &opt.sink.export.off, "P", 0, 1,
            "predictions: probability below which a class ends; without it as --on",
            .given = &opt.off_given),
    IR_INT(0, "median", &opt.sink.export.median, "N", 1, 9999,
           "predictions: odd width of a median filter", .unit = "segments", .def = "1"),
    IR_REAL(0, "min-duration", &opt.sink.export.min_s, "S", 0, 1e6,
            "predictions: drop shorter events", .unit = "s", .def = "0"),
    IR_STR(0, "folder", &opt.sink.export.folder, "DIR",
           "predictions: write one file for each sound file, into DIR"),
    IR_STR(0, "cut", &opt.cut.folder, "DIR",
           "predictions: copy each sound file into DIR, a folder an instrument, by what most of it "
           "is; with --per event or segment cut out each span as a WAV; prints what went where"),
    IR_FLAG(0, "link", &opt.cut.link, "--cut: hard links in place of copies"),
    IR_FLAG(0, "live", &opt.sink.export.live,
            "predictions: write each event as soon as it has ended, in that order"),
    IR_FLAG(0, "max", &opt.sink.export.max,
            "predictions: --per file takes the largest instead of the mean probability"),
};

static const struct ir_renamed renamed[] = {{"t", "--to"}, {"f", "--from"}, {NULL, NULL}};

static const struct ir_tool tool = {
    .name = "ir-cat",
    .operands = "[FILE…]",
    .summary = "Look into, choose from, join, shard, compare and convert tensor streams.",
    .examples = "ir-cat --look clips.mel.irt | head\n"
                "ir-cat --split train --shard 1/4 all.mel.irt -o part1.mel.irt\n"
                "ir-cat --to npy one.mel.irt -o one.npy\n"
                "ir-cat --compare --tolerance 1e-5 a.mel.irt b.mel.irt\n"
                "ir-cat --to audacity --median 3 song.pred.irt -o song.txt\n"
                "ir-infer samples -o s.pred.irt && ir-cat --cut sorted s.pred.irt\n",
    .opts = options,
    .groups = "look: look about\n"
              "choose: split class id name shard part skip count\n"
              "change: set set-header allow-nan\n"
              "compare: compare tolerance relative data-only lines\n"
              "from other programs: from dtype shape array rows\n"
              "to other programs: to folder\n"
              "predictions: per on off median min-duration max live cut link\n",
    .n_opts = sizeof options / sizeof *options,
    .renamed = renamed,
};

/* ---- the ways to run ------------------------------------------------------------------------- */

/* One clip, chosen or not: 0, 1 for a bad clip, -1. */
static int pass_clip(struct ir_sink *s, struct ir_clip *clip, struct ir_err *err)
{
    int keep = ir_select_next(&opt.select, &clip->rec[0].meta, err);

    if (keep < 0) {
        ir_fail_in(err, "record %u", clip->rec[0].seq);
        return 1;
    }
    if (keep == 0)
        return 0;
    for (size_t i = 0; i < clip->n; i++) {
        struct ir_rec *rec = &clip->rec[i];
        if (!ir_select_name(&opt.select, rec))
            continue;
        if (ir_settings_apply(&opt.set, &rec->meta, err) < 0 || ir_sink_put(s, rec, err) < 0)
            return -1;
    }
    return 0;
}

/* Does it only cut a stream, or put parts of one behind each other? Then the history is theirs, and
 * parts joined are, byte for byte, what one run makes. */
static bool only_joins(const struct ir_run *run, struct ir_meta *head)
{
    return !opt.set.n && !opt.sink.set_header.n && !opt.sink.look && !opt.sink.format &&
           ir_select_alike(&opt.select, run->files, run->n_files, head);
}

static int run_streams(struct ir_run *run)
{
    struct ir_clip clip = {0};
    struct ir_meta head = {0};
    bool joins = only_joins(run, &head);
    int rc =
        opt.part ? ir_select_part(&opt.select, run->files, run->n_files, opt.part, &run->err) : 0;
    if (rc < 0)
        return rc;
    run->no_prog = run->no_prog || joins;
    rc = -1;
    struct ir_reader *r = ir_reader_open(run->files, run->n_files, &run->err);
    if (!r)
        return -1;
    struct ir_sink *s =
        ir_sink_open(&opt.sink, run, joins ? &head : ir_reader_header(r), &run->err);
    while (s && (rc = ir_clip_next(r, &clip, &run->err)) == 1) {
        struct ir_err why = {""};
        rc = pass_clip(s, &clip, &why);
        if (rc > 0)
            rc = ir_run_bad(run, &why);
        else if (rc < 0)
            run->err = why;
        if (rc < 0)
            break;
    }
    rc = ir_sink_close(s, rc, run->bad + ir_reader_bad(r), &run->err);
    ir_clip_free(&clip);
    ir_meta_free(&head);
    ir_reader_close(r);
    return rc;
}

static int run_import(struct ir_run *run)
{
    struct ir_meta head = {0};
    struct ir_import_opts io = {.rows = opt.rows,
                                .dtype = ir_dtype_parse(opt.dtype),
                                .set = &opt.set,
                                .array = opt.array,
                                .select = &opt.select};
    struct ir_sink *s;

    if (!io.dtype)
        return ir_fail(&run->err, "--dtype: '%s', wanted f32, f64, f16, i16, i32 or u8",
                       opt.dtype) -
               1;
    if (opt.from == 3 && !opt.shape)
        return ir_fail(&run->err, "--from raw wants --shape") - 1;
    if (opt.shape && ir_shape_parse(opt.shape, &io.rank, io.shape, &run->err) < 0)
        return -2;
    ir_meta_set(&head, "domain", "feature");
    s = ir_sink_open(&opt.sink, run, &head, &run->err);
    int rc = s ? ir_import_run(from_format[opt.from], run, &io, s) : -1;
    rc = ir_sink_close(s, rc, run->bad, &run->err);
    ir_meta_free(&head);
    return rc;
}

/* What the table cannot say. */
static int finish_options(struct ir_run *run)
{
    struct ir_export_opts *e = &opt.sink.export;

    if (opt.array && opt.from != 2)
        return ir_fail(&run->err, "--array wants --from npz");
    if (e->folder && run->output)
        return ir_fail(&run->err, "--folder and -o exclude each other");
    if (e->folder && !strcmp(opt.to, "irt"))
        return ir_fail(&run->err, "--folder wants --to with a format of predictions");
    if (e->median % 2 == 0)
        return ir_fail(&run->err, "--median %lld, wanted an odd number", e->median);
    if (opt.shard && ir_select_parse_shard(opt.shard, &opt.select, &run->err) < 0)
        return -1;
    e->per = (enum ir_per)opt.per;
    if (!opt.on_given)
        e->on = (double)NAN;
    if (!opt.off_given)
        e->off = (double)NAN;
    opt.sink.format = ir_export_find(opt.to);
    if (opt.cut.link && (!opt.cut.folder || opt.per_given))
        return ir_fail(&run->err, "--link wants --cut with whole files");
    if (opt.cut.folder && (e->folder || e->live || strcmp(opt.to, "irt") != 0))
        return ir_fail(&run->err, "--cut takes no --to, --folder or --live");
    if (opt.cut.folder) {
        opt.cut.spans = opt.per_given && e->per != IR_PER_FILE;
        e->per = opt.per_given ? e->per : IR_PER_EVENT;
        opt.cut.run = run;
        e->cut = &opt.cut;
        opt.sink.format = &ir_cut_folders;
    }
    if (!opt.sink.format && !run->output && isatty(1))
        opt.sink.look = true;
    return 0;
}

int main(int argc, char **argv)
{
    struct ir_run run;
    int status = ir_run_start(&run, &tool, argc, argv);
    int rc = 0;

    if (status >= 0)
        return status;
    if (finish_options(&run) < 0)
        rc = -2;
    opt.against.meta = !opt.data_only;
    if (rc == 0)
        rc = opt.about     ? ir_about_run(&run)
             : opt.compare ? ir_compare_run(&opt.against, &run)
             : opt.from    ? run_import(&run)
                           : run_streams(&run);
    return ir_run_finish(&run, rc);
}
