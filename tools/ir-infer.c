/* ir-infer - recognise: sounds or tensor streams through a trained model, as a table or for other
 * programs. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kern.h"
#include "predict.h"
#include "tool.h"

struct options {
    const char *model, *pipeline, *list, *shard, *folder, *failed, *silence, *layer;
    long long batch, threads, top, memory_mb;
    double least, unknown, hop_s;
    int format, by_file, per;
    bool live, least_given, unknown_given, null, no_end, force, follow, timeline, about, models;
};

static struct options o;

#define LIVE_HOP_S    0.25
#define LIVE_NEWEST_S 1.5 /* a change is heard when about half of it is new */

static const struct ir_opt opts[] = {
    IR_STR('m', "model", &o.model, "MODEL",
           "the trained model: a file, or a name that --models lists", .def = "instruments",
           .file = IR_FILE_READ),
    IR_FLAG(0, "models", &o.models,
            "list the models that are installed, with classes, licence and source, and end",
            .no_bytes = true),
    IR_FLAG(0, "about", &o.about,
            "say what the model is, how it was made and under which licence, and end",
            .no_bytes = true),
    IR_STR(0, "pipeline", &o.pipeline, "MODEL",
           "print the line of shell that makes the right input for the model and runs it on "
           "\"$@\", and end",
           .no_bytes = true),
    IR_CHOICE('f', "format", &o.format, "FORMAT", IR_ANSWER_FORMATS,
              "what to write; without it the end of --output's name says it, else sounds give text "
              "on a terminal and tsv elsewhere, tensor streams text and irt"),
    IR_FLAG(0, "timeline", &o.timeline, "text: from when to when each instrument sounds"),
    IR_CHOICE(0, "by-file", &o.by_file, "HOW", "none|mean|max|sum|level",
              "one prediction a file from those of its segments (sum: divided by the largest; "
              "level: mean, louder segments count more)",
              .def = "none"),
    IR_CHOICE(0, "per", &o.per, "WHAT", "event|segment",
              "join touching segments, or report each; default event, for a tensor stream segment"),
    IR_INT(0, "top", &o.top, "N", 0, 100000,
           "the N instruments that have most of each file; 0: all", .def = "0"),
    IR_REAL(0, "least", &o.least, "P", 0, 1,
            "probability from which an instrument counts as heard; default: the model's thresholds "
            "(or its most probable class); for a tensor stream as tsv or jsonl 0: every class",
            .given = &o.least_given),
    IR_STR(0, "silence", &o.silence, "DB",
           "segments quieter than this hold nothing, in dB of full scale (-200 to 0), or none; "
           "default: the model's, else -55 for sounds"),
    IR_REAL(
        0, "unknown", &o.unknown, "P", 0, 1,
        "a segment whose most probable class stays below is unknown sound; default: the model's",
        .given = &o.unknown_given),
    IR_REAL(0, "hop", &o.hop_s, "S", 0.01, 3600,
            "sounds: from one segment to the next; default: the model's", .unit = "s"),
    IR_STR(0, "list", &o.list, "FILE",
           "also the sounds that FILE (- is standard input) names, one path a line"),
    IR_FLAG(0, "null", &o.null, "--list: names end in a NUL byte, as from find -print0"),
    IR_FLAG(0, "no-end", &o.no_end,
            "take lists of clips without their last line #end: cut on purpose, with grep or head"),
    IR_STR(0, "shard", &o.shard, "K/N",
           "only part K of N (1 to N) of the sounds, decided by a hash of the id"),
    IR_STR(0, "folder", &o.folder, "DIR",
           "write one file for each sound, DIR/path/of/song.wav.tsv; what is there already, by the "
           "same model and options, is left out",
           .no_bytes = true),
    IR_FLAG(0, "force", &o.force, "--folder: also what is there already", .no_bytes = true),
    IR_STR(0, "failed", &o.failed, "FILE", "write a table of what failed: file, id, reason",
           .no_bytes = true, .file = IR_FILE_WRITTEN),
    IR_STR(0, "layer", &o.layer, "NAME",
           "instead of predictions the values of this layer (ir-model --look names them), as a "
           "stream of features to learn from"),
    IR_INT('b', "batch", &o.batch, "N", 1, 65536, "clips computed at once", .def = "32"),
    IR_JOBS(&o.threads),
    IR_INT(0, "memory", &o.memory_mb, "MB", 0, 1e9,
           "refuse to take more memory for the network (0: that of the machine)", .unit = "MB",
           .def = "0", .no_bytes = true),
    IR_FLAG(
        0, "live", &o.live,
        "sound as it comes (arecord -f cd -t wav | …): what sounds now, on a terminal as one "
        "screen, elsewhere a line when an instrument begins (+) or ends (-); each 0.25 s, unless "
        "--hop says else, the newest 1.5 s are heard",
        .no_bytes = true),
    IR_FLAG(
        0, "follow", &o.follow,
        "live input: each clip is computed as it comes and its result written at once (--batch 1)",
        .no_bytes = true),
};

static const struct ir_renamed renamed[] = {{"n", "--top"}, {NULL, NULL}};

static const struct ir_tool tool = {
    .name = "ir-infer",
    .operands = "[SOUND|FOLDER|LIST|STREAM…]",
    .summary = "recognise the instruments in sounds with a trained model",
    .examples =
        "ir-infer song.mp3\n"
        "ir-infer --timeline song.mp3\n"
        "ir-infer --by-file level samples/ -o samples.tsv\n"
        "find . -name '*.wav' -print0 | ir-infer --list - --null --folder out\n"
        "ir-decode song.wav | ir-mel --preset librosa | ir-infer -m cnn.model.irt | ir-score\n",
    .opts = opts,
    .groups = "the model: model models about pipeline\n"
              "what to write: format timeline by-file per top\n"
              "what counts as heard: least silence unknown\n"
              "sounds: hop list null no-end shard\n"
              "one file each: folder force failed\n"
              "live: live follow\n"
              "how it is computed: layer batch jobs memory\n",
    .n_opts = sizeof opts / sizeof *opts,
    .renamed = renamed,
};

static int wrong(struct ir_run *run, const char *text)
{
    ir_fail(&run->err, "%s", text);
    return -2;
}

static int choose_format(struct ir_run *run, enum ir_operands what)
{
    const bool sounds = what != IR_OPERANDS_STREAMS;
    const bool to_screen = run->output == NULL && o.folder == NULL && isatty(STDOUT_FILENO);
    struct ir_err why;
    int named = run->output != NULL ? ir_answer_format_named(run->output, &why) : -1;
    if (o.layer != NULL && o.format >= 0 && o.format != IR_ANSWER_IRT)
        return wrong(run, "--layer writes a tensor stream, no other --format");
    if (o.layer != NULL)
        o.format = IR_ANSWER_IRT;
    if (o.format < 0 && named == -2 && sounds) {
        run->err = why;
        return -2;
    }
    if (o.format < 0)
        o.format = named >= 0  ? named
                   : to_screen ? IR_ANSWER_TEXT
                   : sounds    ? IR_ANSWER_TSV
                               : IR_ANSWER_IRT;
    if (o.format == IR_ANSWER_IRT && o.folder != NULL)
        return wrong(run,
                     "--folder wants a format of text: a tensor stream holds any number of files");
    if (o.timeline && o.format != IR_ANSWER_TEXT)
        return wrong(run,
                     "--timeline wants --format text; the other formats have the times anyway");
    if (o.format == IR_ANSWER_IRT && o.per >= 0)
        return wrong(run, "--per wants a format of text: a tensor stream has every segment");
    return 0;
}

static int silence_of(struct ir_run *run, double *out)
{
    const bool none = o.silence != NULL && strcmp(o.silence, "none") == 0;
    *out = none ? -200 : (double)NAN; /* below every level */
    if (o.silence == NULL || none)
        return 0;
    return ir_parse_real(o.silence, -200, 0, "--silence", out, &run->err) < 0 ? -2 : 0;
}

/* What sounds now, in place of a table of what sounded. */
static int run_live(struct ir_run *run, struct ir_answer_opts *a)
{
    struct ir_out *out = ir_out_open(run->output, false, &run->err);
    if (out == NULL)
        return -1;
    a->live_self = ir_live_new(out, run->output == NULL && isatty(STDOUT_FILENO));
    a->live = ir_live_put;
    a->follow = true;
    a->predict.batch = 1;
    if (o.hop_s <= 0)
        a->hop_s = LIVE_HOP_S;
    a->newest_s = LIVE_NEWEST_S;
    int rc = ir_answer_run(run, a);
    rc = rc == 0 ? ir_live_end(a->live_self, &run->err) : rc;
    ir_live_free(a->live_self);
    return rc == 0 ? ir_out_commit(out, &run->err) : (ir_out_abort(out), rc);
}

static int recognise(struct ir_run *run, const char *model)
{
    enum ir_operands what = ir_operands_look(run->files, run->n_files, o.list != NULL);
    if (run->n_files == 0 && o.list == NULL && ir_operand_stdin_empty())
        return ir_fail(&run->err,
                       "standard input is empty: wanted sound, a list or a tensor stream");
    bool dump = what == IR_OPERANDS_STREAMS;
    if (o.live && (o.format >= 0 || o.timeline || o.folder || o.by_file != IR_BY_CLIP ||
                   o.per >= 0 || o.top > 0 || o.layer))
        return wrong(run,
                     "--live has a form of its own: no --format, --timeline, --folder, --by-file, "
                     "--per, --top or --layer");
    if (o.layer && (o.by_file != IR_BY_CLIP || o.top > 0 || o.least_given || o.unknown_given ||
                    o.silence != NULL))
        return wrong(run, "--layer writes values, no predictions: no --by-file, --top, --least, "
                          "--unknown or --silence");
    int rc = choose_format(run, what);
    if (rc == 0 && o.null && o.list == NULL)
        rc = wrong(run, "--null wants --list");
    if (rc == 0 && o.force && o.folder == NULL)
        rc = wrong(run, "--force wants --folder");
    if (rc == 0 && o.folder != NULL && run->output != NULL)
        rc = wrong(run, "--folder and -o exclude each other");
    if (rc == 0 && what == IR_OPERANDS_STREAMS &&
        (o.shard != NULL || o.hop_s > 0 || o.folder != NULL))
        rc = wrong(run, "--shard, --hop and --folder are for sounds, not for a tensor stream");
    struct ir_answer_opts a = {
        .model = model,
        .inputs = {.paths = o.list, .null = o.null, .no_end = o.no_end, .shard = o.shard},
        .threads = (unsigned)o.threads,
        .hop_s = o.hop_s,
        .unknown = o.unknown_given ? o.unknown : (double)NAN,
        .least = o.least_given ? o.least : (double)NAN,
        .top = o.top,
        .follow = o.follow,
        .force = o.force,
        .failed = o.failed};
    if (rc != 0 || (rc = silence_of(run, &a.silence_db)) != 0)
        return rc;
    if (dump && !o.least_given && (o.format == IR_ANSWER_TSV || o.format == IR_ANSWER_JSONL))
        a.least = 0;
    a.predict = (struct ir_predict){.batch = o.follow ? 1 : (size_t)o.batch,
                                    .by_file = o.by_file,
                                    .layer = o.layer,
                                    .memory_max = (size_t)o.memory_mb * 1000000};
    a.sink.format = ir_answer_format(o.format);
    a.sink.export = (struct ir_export_opts){.on = (double)NAN,
                                            .off = (double)NAN,
                                            .median = 1,
                                            .folder = o.folder,
                                            .tree = o.folder != NULL,
                                            .timeline = o.timeline};
    a.sink.export.per = (o.per < 0 ? dump : o.per == 1) ? IR_PER_SEGMENT : IR_PER_EVENT;
    a.sink.export.live = o.follow && a.sink.format != NULL && !a.sink.format->whole;
    return o.live ? run_live(run, &a) : ir_answer_run(run, &a);
}

static int print_text(struct ir_run *run, const char *model)
{
    struct ir_buf b = {0};
    int rc = 0;
    if (run->n_files > 0 && !o.pipeline)
        rc = wrong(run, "--models and --about take no operands (-m names the model)");
    if (rc == 0 && o.models) {
        rc = ir_models_show(&b, &run->err);
    } else if (rc == 0) {
        char *path = ir_strdup(model);
        struct ir_reader *r = ir_reader_open(&path, 1, &run->err);
        rc = r == NULL ? -1
             : o.about ? ir_show_about(r, path, &b, &run->err)
                       : ir_pipeline_text(ir_reader_header(r), path, &b, &run->err);
        ir_reader_close(r);
        free(path);
    }
    rc = rc == 0 ? ir_run_print(run, b.data) : rc;
    ir_buf_free(&b);
    return rc;
}

int main(int argc, char **argv)
{
    struct ir_run run;
    ir_kern_settle();
    int status = ir_run_start(&run, &tool, argc, argv);
    if (status >= 0)
        return status;
    char *model = o.models ? NULL : ir_model_find(o.pipeline ? o.pipeline : o.model, &run.err);
    int rc = model == NULL && !o.models                  ? -1
             : o.models || o.about || o.pipeline != NULL ? print_text(&run, model)
                                                         : recognise(&run, model);
    free(model);
    return ir_run_finish(&run, rc);
}
