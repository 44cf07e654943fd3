/* ir-mel.c - sound to spectrograms: mel bands and other features, as images, cepstra or summaries.
 */
#include "dsp.h"
#include "feature.h"
#include "predict.h"
#include "tool.h"

#include <stdlib.h>
#include <string.h>

/* Every option up to N_SETTINGS is a setting of the front end under the same name. */
enum { N_SETTINGS = 44 };

union value {
    const char *text;
    double real;
    long long number;
    int choice;
};

struct mel {
    struct ir_run run;
    const char *preset, *frontend, *explain, *failed, *for_model;
    bool mfcc, preset_given;
    long long jobs;
    bool given[N_SETTINGS];
    union value value[N_SETTINGS];
    struct ir_front_flow flow;
    struct ir_pool *pool;
};

static struct mel self;

#define GIVEN(i)                    .given = &self.given[i]
#define TEXT(i, n, a, h)            IR_STR(0, n, &self.value[i], a, h, GIVEN(i))
#define WORD(i, n, a, k, h)         IR_WORD(0, n, &self.value[i], a, k, h, GIVEN(i))
#define REAL(i, n, a, lo, hi, u, h) IR_REAL(0, n, &self.value[i], a, lo, hi, h, GIVEN(i), .unit = u)
#define COUNT(i, n, lo, hi, u, h)   IR_INT(0, n, &self.value[i], "N", lo, hi, h, GIVEN(i), .unit = u)
#define CHOICE(i, n, c, h)          IR_CHOICE(0, n, &self.value[i], "WORD", c, h, GIVEN(i))

static const struct ir_opt opts[] = {
    WORD(0, "feature", "NAME", ir_feature_names, "what to make"),
    REAL(1, "rate", "HZ", 1, 1e7, "Hz",
         "rate that the sound must have; it is never resampled here"),
    CHOICE(2, "amplitude", "unit|int16", "scale of the samples before anything else"),
    TEXT(3, "n-fft", "N[,N]", "points of the transform; several sizes give several tensors a clip"),
    TEXT(4, "win", "N|n-fft", "samples of the window"),
    TEXT(5, "hop", "N|1/N", "samples from frame to frame, or a share of the window"),
    WORD(6, "window", "NAME", ir_dsp_window_names, "shape of the window"),
    CHOICE(7, "align", "centre|right", "where zeros go when the window is shorter than n-fft"),
    CHOICE(8, "edges", "zero|reflect|reflect-strict|snip|centres|mirror",
           "what lies before and behind the clip; snip: whole windows only; mirror: Kaldi's "
           "--snip-edges=false"),
    CHOICE(9, "dc", "keep|remove", "subtract each frame's mean"),
    REAL(10, "emphasis", "X", 0, 1, NULL,
         "x[i+1] - X x[i] over the whole clip, before frames are cut; 0: none"),
    REAL(11, "preemph", "X", 0, 1, NULL, "pre-emphasis inside each frame"),
    CHOICE(12, "spectrum", "power|magnitude", "square of the magnitude, or the magnitude"),
    TEXT(13, "bands", "N|RANGES",
         "number of bands; or [NAME=]LO..HI[:N-FFT],… in Hz, each a tensor of its own"),
    COUNT(14, "per-octave", 1, 1200, "bins", "bins of an octave (cqt, logfreq)"),
    REAL(15, "fmin", "HZ", 0, 1e7, "Hz", "lowest frequency"),
    TEXT(16, "fmax", "HZ|nyquist", "highest frequency"),
    CHOICE(17, "scale", "slaney|htk", "formula of the mel scale"),
    CHOICE(18, "slopes", "hz|mel", "in what the triangles are linear"),
    CHOICE(19, "norm", "none|slaney", "peak 1, or equal area"),
    CHOICE(20, "log", "none|db|ln|log10|pcen", "logarithm of max(amin, mult x + offset)"),
    REAL(21, "mult", "X", 1e-30, 1e30, NULL, "factor before the logarithm"),
    REAL(22, "offset", "X", 0, 1e30, NULL, "added before the logarithm"),
    REAL(23, "amin", "X", 1.2e-38, 1e30, NULL, "smallest value that the logarithm sees"),
    TEXT(24, "ref", "X|max", "what is 0 dB; max: the clip's maximum"),
    TEXT(25, "top-db", "DB|none", "floor below the clip's maximum, in dB"),
    REAL(26, "pcen-gain", "X", 0, 10, NULL, "exponent of the gain control of --log=pcen"),
    REAL(27, "pcen-bias", "X", 0, 1e6, NULL, "bias of --log=pcen"),
    REAL(28, "pcen-power", "X", 1e-3, 10, NULL, "exponent of --log=pcen"),
    REAL(29, "pcen-time", "S", 1e-4, 1e4, "s", "time constant of --log=pcen"),
    REAL(30, "pcen-eps", "X", 1e-30, 1e30, NULL, "floor of the gain control of --log=pcen"),
    REAL(31, "mean", "X", -1e30, 1e30, NULL, "subtracted from every value, after the logarithm"),
    REAL(32, "std", "X", 1e-30, 1e30, NULL, "by which every value is divided then"),
    COUNT(33, "coeffs", 1, 65536, NULL, "cepstral coefficients"),
    COUNT(34, "first", 0, 65535, NULL, "number of the first cepstral coefficient"),
    REAL(35, "lifter", "X", 0, 1e6, NULL, "cepstral lifter; 0: none"),
    COUNT(36, "deltas", 0, 2, NULL, "orders of differences joined below the values"),
    CHOICE(37, "delta-form", "savgol|librosa-0.3|librosa-0.4|regression", "formula of differences"),
    COUNT(38, "delta-width", 3, 999, "frames", "frames that a difference looks at, odd"),
    COUNT(39, "stack", 1, 65536, "frames", "neighbouring frames joined into one"),
    COUNT(40, "stack-step", 1, 65536, "frames", "frames from one joined frame to the next"),
    CHOICE(41, "summary", "none|gaussian|mean|stats",
           "one vector a clip: mean and covariance, mean, or mean, deviation, minimum, maximum"),
    TEXT(42, "image", "HxW", "a picture of that height and width, values 0 to 1"),
    CHOICE(43, "colormap", "jet|gray", "colours of the picture"),
    IR_FLAG(0, "mfcc", &self.mfcc, "the same as --feature=mfcc"),
    IR_INT(0, "patch", &self.flow.patch, "N", 1, 1e6,
           "cut each clip into pieces of N frames, each a clip of its own with the id ID#K; the "
           "rest is dropped",
           .unit = "frames"),
    IR_INT(0, "patch-hop", &self.flow.patch_hop, "N", 1, 1e6,
           "frames from one piece to the next; without it they do not overlap", .unit = "frames"),
    IR_WORD(0, "preset", &self.preset, "NAME", ir_front_preset_names, "settings to start from",
            .def = "librosa", .given = &self.preset_given),
    IR_STR(0, "frontend", &self.frontend, "TEXT",
           "all settings as one text, as a stream's or model's header holds it"),
    IR_WORD(0, "explain", &self.explain, "PRESET", ir_front_preset_names,
            "print formula and settings of a preset with the other options applied, and end"),
    IR_JOBS(&self.jobs),
    IR_STR(0, "for", &self.for_model, "MODEL",
           "the front end of this model (a file or a name, as ir-infer -m); options given here as "
           "well hold",
           .no_bytes = true),
    IR_STR(0, "failed", &self.failed, "FILE",
           "also write each bad clip there: file, id, reason; with -q only there", .no_bytes = true,
           .file = IR_FILE_WRITTEN),
};

static const struct ir_tool tool = {
    .name = "ir-mel",
    .operands = "[FILE…]",
    .summary = "make spectrograms, mel bands, cepstra or images from a stream of sound",
    .examples =
        "ir-decode --rate 22050 --channels 1 *.wav | ir-mel --bands 96 --log db > a.mel.irt\n"
        "ir-mel --preset panns a.audio.irt > a.mel.irt\n"
        "ir-mel --bands 96 --image 150x150 --colormap jet a.audio.irt > a.image.irt\n"
        "ir-mel --explain kaldi\n",
    .opts = opts,
    .groups =
        "where to start from: preset frontend for explain\n"
        "what to make: feature mfcc coeffs first lifter deltas delta-form delta-width stack "
        "stack-step summary image colormap patch patch-hop\n"
        "frames: rate amplitude n-fft win hop window align edges dc emphasis preemph spectrum\n"
        "bands: bands per-octave fmin fmax scale slopes norm\n"
        "logarithm: log mult offset amin ref top-db pcen-gain pcen-bias pcen-power pcen-time "
        "pcen-eps mean std\n"
        "how it is computed: jobs failed\n",
    .n_opts = sizeof opts / sizeof *opts,
};

static int settings(struct ir_front *f, struct ir_err *err)
{
    const char *preset = self.explain ? self.explain : self.preset;
    if (self.frontend && self.preset_given)
        return ir_fail(err, "--preset and --frontend both say where to start from");
    if (self.frontend ? ir_front_parse(self.frontend, f, err) : ir_front_preset(preset, f, err))
        return -1;
    for (size_t i = 0; i < N_SETTINGS; i++) {
        char text[80];
        if (self.given[i] && ir_front_set(f, opts[i].name, ir_opt_text(&opts[i], 0, text), err))
            return -1;
    }
    if (self.mfcc && ir_front_set(f, "feature", "mfcc", err))
        return -1;
    if (ir_front_check(f, err))
        return -1;
    self.flow.patch_hop = self.flow.patch_hop ? self.flow.patch_hop : self.flow.patch;
    if (self.flow.patch &&
        (f->image_h || f->summary != IR_SUMMARY_NONE || f->cuts || f->n_ffts > 1))
        return ir_fail(err, "--patch wants one tensor with frames, no image and no summary");
    return 0;
}

static int explain(struct ir_run *run)
{
    struct ir_buf b = {0};
    ir_front_explain(&self.flow.front, &b);
    int rc = ir_run_print(run, b.data);
    ir_buf_free(&b);
    return rc;
}

/* Bands that can only be 0 teach nothing: librosa and torchaudio say so too. */
static void note_empty_bands(const struct ir_run *run)
{
    for (size_t o = 0; o < ir_extractor_outputs(self.flow.x); o++) {
        size_t first = 0;
        const size_t n = ir_extractor_empty(self.flow.x, o, &first);
        if (n)
            ir_run_warn(run,
                        "%zu bands hold no bin of the spectrum and are always 0, first band %zu "
                        "(fewer --bands or a larger --n-fft)",
                        n, first + 1);
    }
}

int main(int argc, char **argv)
{
    struct ir_run *run = &self.run;
    const int status = ir_run_start_for(run, &tool, &self.for_model, argc, argv);
    if (status >= 0)
        return status;
    if (settings(&self.flow.front, &run->err))
        return ir_run_finish(run, -2);
    if (self.explain)
        return ir_run_finish(run, explain(run));
    self.pool = ir_pool_new((unsigned)self.jobs);
    self.flow.x = ir_extractor_new(&self.flow.front, self.pool, &run->err);
    if (self.flow.x)
        note_empty_bands(run);
    const struct ir_filter filter = {
        .domain = "audio",
        .head = ir_front_flow_head,
        .one = ir_front_flow_one,
        .self = &self.flow,
        .failed = self.failed,
        .per_tensor = self.flow.x && !self.flow.patch ? ir_extractor_outputs(self.flow.x) : 0};
    const int rc = self.flow.x ? ir_filter_run(run, &filter) : -1;
    ir_front_flow_free(&self.flow);
    ir_pool_free(self.pool);
    return ir_run_finish(run, rc);
}
