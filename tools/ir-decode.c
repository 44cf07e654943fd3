/* ir-decode.c - sound files, named by a list or on the command line, to sound as tensors. */
#include "decode.h"
#include "predict.h"
#include "tool.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NAME_SHOWN    200 /* bytes of a path in a message */
#define REMARKS_SHOWN 20

struct decode {
    struct ir_run run;
    double rate_hz, segment_s, hop_s, newest_s, max_seconds, timeout_s, raw_rate_hz, max_damage;
    long long channels, jobs, raw_channels;
    int last, raw;
    bool last_given, max_seconds_given;
    struct ir_inputs in;
    const char *paths, *shard, *part, *for_model;
    bool null, no_end;
    struct ir_writer *out;
    struct ir_progress progress;
    struct ir_meta meta;
    const char *failed_path;
    struct ir_failed failed;
    bool strict;
    size_t good, damaged, remarks;
};

static struct decode self;

static const char raw_choices[] =
    "u8|s8|s16|s16be|s24|s24be|s32|s32be|f32|f32be|f64|f64be|ulaw|alaw";
static const struct {
    enum ir_coding coding;
    bool big_endian;
} raw_kinds[] = {{IR_CODING_U8, false},   {IR_CODING_S8, false},  {IR_CODING_S16, false},
                 {IR_CODING_S16, true},   {IR_CODING_S24, false}, {IR_CODING_S24, true},
                 {IR_CODING_S32, false},  {IR_CODING_S32, true},  {IR_CODING_F32, false},
                 {IR_CODING_F32, true},   {IR_CODING_F64, false}, {IR_CODING_F64, true},
                 {IR_CODING_ULAW, false}, {IR_CODING_ALAW, false}};

static const struct ir_opt opts[] = {
    IR_REAL(
        'r', "rate", &self.rate_hz, "HZ", IR_DECODE_RATE_MIN, IR_DECODE_RATE_MAX,
        "resample to this rate (as SoX rate -h, no dither); without it each sound keeps its own",
        .unit = "Hz"),
    IR_INT('c', "channels", &self.channels, "N", 1, IR_DECODE_CHANNELS_MAX,
           "1: average all channels, before resampling; more: the sound must have N, or one, which "
           "is repeated; without it as in the file"),
    IR_REAL('s', "segment", &self.segment_s, "S", 0.001, 86400,
            "cut each clip into segments of this length, named ID#0, ID#1, …", .unit = "s"),
    IR_REAL(0, "segment-hop", &self.hop_s, "S", 0.001, 86400,
            "from the start of one segment to the next; default: --segment", .unit = "s"),
    IR_REAL(0, "newest", &self.newest_s, "S", 0.001, 86400,
            "live: each segment is the newest S seconds, repeated until it is full (at most it "
            "all); the first comes "
            "after one --segment-hop",
            .unit = "s"),
    IR_CHOICE(0, "last", &self.last, "WORD", "pad|keep|drop",
              "the samples after the last whole segment: fill up with zeros, write them as a "
              "shorter segment, or leave them out",
              .def = "pad", .given = &self.last_given),
    IR_REAL(0, "max-seconds", &self.max_seconds, "S", 0.001, 1e9,
            "a clip that is longer is a bad clip; what streams from standard input has no limit "
            "unless it is given",
            .unit = "s", .def = "86400", .given = &self.max_seconds_given),
    IR_JOBS(&self.jobs),
    IR_REAL(0, "timeout", &self.timeout_s, "S", 0.1, 86400,
            "a decoder that gives no sound for so long is stopped, its clip is a bad clip",
            .unit = "s", .def = "30", .no_bytes = true),
    IR_REAL(0, "max-damage", &self.max_damage, "SHARE", 0, 1,
            "a clip of whose sound more than this share is wrong or missing inside is a bad clip; "
            "less, or a missing end, is said and kept as damage=",
            .def = "0.01"),
    IR_FLAG(0, "strict", &self.strict, "any damage makes a bad clip"),
    IR_CHOICE(0, "raw", &self.raw, "TYPE", raw_choices,
              "the input is bare samples without a header; with - as operand it may be endless "
              "(--segment)"),
    IR_REAL(0, "raw-rate", &self.raw_rate_hz, "HZ", IR_DECODE_RATE_MIN, IR_DECODE_RATE_MAX,
            "their rate; default: --rate", .unit = "Hz"),
    IR_INT(0, "raw-channels", &self.raw_channels, "N", 1, IR_DECODE_CHANNELS_MAX,
           "their channels; default: --channels, else 1"),
    IR_STR(0, "list", &self.paths, "FILE",
           "also decode the sounds that FILE (- is standard input) names, one path a line",
           .file = IR_FILE_READ),
    IR_FLAG(0, "null", &self.null, "--list: names end in a NUL byte, as from find -print0"),
    IR_FLAG(0, "no-end", &self.no_end,
            "take lists of clips without their last line #end: cut on purpose, with grep or head",
            .no_bytes = true),
    IR_STR(0, "part", &self.part, "K/N",
           "only the K-th of N contiguous stretches of the clips, none cutting a group: ir-cat of "
           "all parts in their order is the stream of one run",
           .no_bytes = true),
    IR_STR(0, "shard", &self.shard, "K/N",
           "only part K of N (1 to N) of the clips, decided by a hash of the id"),
    IR_STR(0, "for", &self.for_model, "MODEL",
           "rate, channels and segments that this model wants (a file or a name, as ir-infer -m); "
           "options given here as well hold",
           .no_bytes = true),
    IR_STR(0, "failed", &self.failed_path, "FILE",
           "also write each bad clip there: file, id, reason; with -q only there; the stream is "
           "then whole even when no clip is good",
           .no_bytes = true, .file = IR_FILE_WRITTEN),
};

static const struct ir_tool tool = {
    .name = "ir-decode",
    .operands = "[LIST|SOUND|FOLDER…]",
    .summary = "decode sound files to sound as tensors",
    .examples =
        "ir-label folder samples | ir-decode --rate 22050 --channels 1 -o samples.audio.irt\n"
        "ir-decode -r 16000 -c 1 --segment 3 --last drop *.flac | ir-mel --preset torchaudio\n"
        "ir-decode talk.m4a song.opus old.wma | ir-cat\n"
        "arecord -f S16_LE -r 16000 -t wav | ir-decode --segment 1 - | ir-mel\n",
    .opts = opts,
    .groups = "the model that it is for: for\n"
              "sound: rate channels\n"
              "segments: segment segment-hop newest last max-seconds\n"
              "which sounds: list null no-end part shard\n"
              "damage and failure: max-damage strict timeout failed\n"
              "sound without a header: raw raw-rate raw-channels\n"
              "how it is computed: jobs\n",
    .n_opts = sizeof opts / sizeof *opts,
};

/* ---- what comes out ------------------------------------------------------------------------ */

static int on_sound(void *arg, size_t item, const struct ir_sound *s, struct ir_err *err)
{
    (void)arg;
    struct ir_rec r = {.dtype = 'f', .rank = 2, .shape = {s->channels, s->samples}};
    ir_sound_meta(&self.in.list.item[item], &self.in.list.head, s, self.segment_s, self.hop_s,
                  &self.meta);
    r.meta = self.meta;
    r.data = (void *)(uintptr_t)s->data;
    r.bytes = (size_t)s->channels * s->samples * sizeof(float);
    if (s->segment <= 0)
        self.good++;
    ir_progress_step(&self.progress, (double)item, NULL);
    if (ir_writer_put(self.out, &r, err) < 0)
        return -1;
    return strcmp(self.in.job[item].path, "-") == 0 ? ir_writer_flush(self.out, err) : 0;
}

static int on_bad(void *arg, size_t item, const struct ir_err *why, struct ir_err *err)
{
    (void)arg;
    struct ir_err named;
    const char *path = self.in.list.item[item].path;
    size_t n = strlen(path), skip = n > NAME_SHOWN ? n - NAME_SHOWN : 0;
    ir_fail(&named, "clip %zu (%s%s): %s", item + 1, skip ? "…" : "", path + skip, why->text);
    if (ir_run_bad_clip(&self.run, &self.failed, path, self.in.list.item[item].id, why->text,
                        &named) == 0)
        return 0;
    *err = self.run.err;
    return -1;
}

/* Something is to be said of a clip that was decoded; the first ones are named, all are counted. */
static void on_remark(void *arg, size_t item, const char *what, bool damaged)
{
    (void)arg;
    const char *path = self.in.list.item[item].path;
    size_t n = strlen(path), skip = n > NAME_SHOWN ? n - NAME_SHOWN : 0;
    self.damaged += damaged;
    if (self.remarks++ < REMARKS_SHOWN)
        ir_run_note(&self.run, "clip %zu (%s%s): %s", item + 1, skip ? "…" : "", path + skip, what);
}

static void on_note(void *arg, const char *text)
{
    (void)arg;
    ir_run_note(&self.run, "%s", text);
}

/* ---- the run ------------------------------------------------------------------------------- */

static int check_options(struct ir_decode_opts *o, struct ir_err *err)
{
    *o = (struct ir_decode_opts){.rate_hz = self.rate_hz,
                                 .channels = (unsigned)self.channels,
                                 .segment_s = self.segment_s,
                                 .hop_s = self.hop_s,
                                 .newest_s = self.newest_s,
                                 .last = (enum ir_last)self.last,
                                 .max_seconds = self.max_seconds,
                                 .stream_seconds = self.max_seconds_given ? self.max_seconds : 0,
                                 .timeout_s = self.timeout_s,
                                 .strict = self.strict,
                                 .max_damage = self.max_damage,
                                 .jobs = (unsigned)self.jobs};
    if (self.segment_s == 0 && (self.hop_s > 0 || self.last_given || self.newest_s > 0))
        return ir_fail(err, "--segment-hop, --newest and --last want --segment");
    if (self.raw < 0) {
        if (self.raw_rate_hz > 0 || self.raw_channels > 0)
            return ir_fail(err, "--raw-rate and --raw-channels want --raw");
        return 0;
    }
    o->raw = true;
    o->coding = raw_kinds[self.raw].coding;
    o->big_endian = raw_kinds[self.raw].big_endian;
    o->raw_rate_hz = self.raw_rate_hz > 0 ? self.raw_rate_hz : self.rate_hz;
    o->raw_channels = (unsigned)(self.raw_channels > 0 ? self.raw_channels : self.channels);
    if (o->raw_channels == 0)
        o->raw_channels = 1;
    return o->raw_rate_hz > 0 ? 0 : ir_fail(err, "--raw wants --raw-rate or --rate");
}

static int collect(struct ir_run *run)
{
    const struct ir_inputs_opts o = {.raw = self.raw >= 0,
                                     .no_end = self.no_end,
                                     .paths = self.paths,
                                     .null = self.null,
                                     .shard = self.shard,
                                     .part = self.part};
    if (self.null && !self.paths)
        return ir_fail(&run->err, "--null wants --list") - 1;
    int rc = ir_inputs_collect(&self.in, run->files, run->n_files, &o, &run->err);
    if (rc == 0 && self.in.left_out)
        ir_run_note(run, "%zu files of the folders are no sounds by their names: left out",
                    self.in.left_out);
    if (rc == 0 && self.in.twice)
        ir_run_note(run, "%zu sounds are named more than once: taken once", self.in.twice);
    return rc;
}

static int decode(struct ir_run *run, const struct ir_decode_opts *o)
{
    static const struct ir_decode_sink sink = {NULL, on_sound, on_bad, on_note, on_remark};
    ir_meta_set(&self.in.list.head, "domain", "audio");
    ir_meta_set(&self.in.list.head, "tensors", "1");
    if (!run->no_prog)
        ir_meta_add_prog(&self.in.list.head, run->prog);
    self.out = ir_writer_open(run->output, &self.in.list.head, run->compress, &run->err);
    if (!self.out)
        return -1;
    ir_progress_start(&self.progress, run, "decoding", "clips", (double)self.in.list.n);
    int rc = ir_decode_run(o, self.in.job, self.in.list.n, &sink, &run->err);
    ir_progress_end(&self.progress);
    if (self.remarks > REMARKS_SHOWN)
        ir_run_note(run,
                    "%zu more clips of which there is something to say: %zu in all are damaged "
                    "(key damage= of their records)",
                    self.remarks - REMARKS_SHOWN, self.damaged);
    if (rc == 0 && self.good == 0 && self.in.list.n > 0 && !self.failed_path && !self.part)
        rc = ir_fail(&run->err, "none of %zu clips could be decoded", self.in.list.n);
    if (rc == 0)
        return ir_writer_close(self.out, run->bad, &run->err);
    ir_writer_abort(self.out);
    return rc;
}

int main(int argc, char **argv)
{
    struct ir_decode_opts o;
    int rc = ir_run_start_for(&self.run, &tool, &self.for_model, argc, argv);
    if (rc >= 0)
        return rc;
    rc = check_options(&o, &self.run.err) < 0 ? -2 : collect(&self.run);
    if (rc == 0)
        rc = ir_failed_open(&self.failed, self.failed_path, &self.run.err);
    if (rc == 0)
        rc = decode(&self.run, &o);
    if (rc == 0)
        rc = ir_failed_close(&self.failed, &self.run.err);
    ir_meta_free(&self.meta);
    ir_inputs_free(&self.in);
    return ir_run_finish(&self.run, rc);
}
