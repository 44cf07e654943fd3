/* preset.c - named front ends, the checks over all settings, and their explanation in words.
 *
 * Sources: librosa 0.8 and 0.11 (feature/spectral.py, filters.py), torchaudio 0.13 (MelSpectrogram,
 * compliance.kaldi), The HTK Book 3.4 chapter 5, PANNs (audioset_tagging_cnn), musicnn, Essentia's
 * TensorflowInputMusiCNN, VGGish (mel_features.py), EfficientAT (models/preprocess.py). */
#include "feature/banks.h"
#include "feature/front.h"

#include <math.h>
#include <string.h>

struct preset {
    const char *name, *about, *words;
};

/* The first is also the start of every other. */
static const struct preset presets[] = {
    {"librosa", "librosa 0.9 to 0.11, melspectrogram (power; --log db adds power_to_db)",
     "feature=mel rate=22050 amplitude=unit n-fft=2048 win=n-fft hop=512 window=hann align=centre "
     "edges=zero dc=keep emphasis=0 preemph=0 spectrum=power bands=128 per-octave=12 fmin=0 "
     "fmax=nyquist "
     "scale=slaney slopes=hz norm=slaney log=none mult=1 offset=0 amin=1e-10 ref=1 top-db=80 "
     "pcen-gain=0.98 pcen-bias=2 pcen-power=0.5 pcen-time=0.4 pcen-eps=1e-06 mean=0 std=1 "
     "coeffs=20 first=0 "
     "lifter=0 deltas=0 delta-form=savgol delta-width=9 stack=1 stack-step=1 summary=none "
     "colormap=jet"},
    {"librosa-0.8", "librosa up to 0.8: reflected edges", "edges=reflect"},
    {"torchaudio", "torchaudio MelSpectrogram with its defaults",
     "rate=16000 n-fft=400 hop=200 edges=reflect-strict scale=htk norm=none top-db=none coeffs=40"},
    {"kaldi", "Kaldi compute-fbank-feats without dither",
     "rate=16000 amplitude=int16 n-fft=512 win=400 hop=160 window=povey align=right edges=snip "
     "dc=remove preemph=0.97 bands=23 fmin=20 scale=htk slopes=mel norm=none log=ln "
     "amin=1.1920929e-07 coeffs=13 lifter=22 delta-form=regression delta-width=5"},
    {"htk", "HTK filter banks; --mfcc gives its 12 liftered cepstra",
     "rate=16000 amplitude=int16 n-fft=512 win=400 hop=160 window=hamming-sym align=right "
     "edges=snip preemph=0.97 spectrum=magnitude bands=20 scale=htk slopes=mel norm=none log=ln "
     "amin=1 coeffs=12 first=1 lifter=22 delta-form=regression delta-width=5"},
    {"panns", "PANNs (Cnn14): log-mel in dB at 32 kHz",
     "rate=32000 n-fft=1024 hop=320 edges=reflect-strict bands=64 fmin=50 fmax=14000 log=db "
     "top-db=none"},
    {"musicnn", "musicnn: log10(1 + 10000 x) of 96 bands; its networks see patches of 187 frames",
     "rate=16000 n-fft=512 hop=256 bands=96 log=log10 mult=10000 offset=1 amin=1e-30"},
    {"essentia-musicnn", "Essentia's TensorflowInputMusiCNN",
     "rate=16000 n-fft=512 hop=256 window=hann-sym edges=centres bands=96 log=log10 mult=10000 "
     "offset=1 amin=1e-30"},
    {"vggish", "VGGish: ln(x + 0.01) of 64 bands; its network sees patches of 96 frames",
     "rate=16000 n-fft=512 win=400 hop=160 align=right edges=snip spectrum=magnitude bands=64 "
     "fmin=125 fmax=7500 scale=htk slopes=mel norm=none log=ln offset=0.01 amin=1e-30"},
    {"efficientat",
     "EfficientAT (mn04_as …): the whole clip emphasised, ln(x + 1e-5), (v + 4.5) / 5",
     "rate=32000 n-fft=1024 win=800 hop=320 window=hann-sym edges=reflect emphasis=0.97 bands=128 "
     "fmax=15000 scale=htk slopes=mel norm=none log=ln offset=1e-05 amin=1e-30 mean=-4.5 std=5"},
};

const char *ir_front_preset_name(size_t i, const char **about)
{
    if (i >= sizeof presets / sizeof *presets)
        return NULL;
    if (about)
        *about = presets[i].about;
    return presets[i].name;
}

static int set_words(struct ir_front *f, const char *words, struct ir_err *err)
{
    char key[64], value[64];
    for (int used = 0; sscanf(words, " %63[^=]=%63s%n", key, value, &used) == 2; words += used)
        if (ir_front_set(f, key, value, err))
            return -1;
    return 0;
}

void ir_front_preset_names(struct ir_strs *names)
{
    for (size_t i = 0; i < sizeof presets / sizeof *presets; i++)
        ir_strs_add(names, presets[i].name);
}

int ir_front_preset(const char *name, struct ir_front *f, struct ir_err *err)
{
    struct ir_strs names = {0};
    memset(f, 0, sizeof *f);
    for (size_t i = 0; i < sizeof presets / sizeof *presets; i++) {
        if (!strcmp(presets[i].name, name)) {
            if (set_words(f, presets[0].words, err))
                return -1;
            return i ? set_words(f, presets[i].words, err) : 0;
        }
    }
    ir_front_preset_names(&names);
    ir_fail_unknown(err, "preset", name, &names);
    ir_strs_free(&names);
    return -1;
}

/* One way to write one thing: lengths that are the size of the transform, shares of the only
 * window. */
static void normalise(struct ir_front *f)
{
    bool one = f->n_ffts == 1;
    for (size_t i = 0; i < f->cuts; i++)
        one = one && !f->cut[i].n_fft;
    if (one && f->win == f->n_fft[0])
        f->win = 0;
    if (one && !f->hop) {
        f->hop = (f->win ? f->win : f->n_fft[0]) / f->hop_part;
        f->hop_part = 0;
    }
    if (!f->win)
        f->align = IR_ALIGN_CENTRE;
}

static int check_frames(const struct ir_front *f, struct ir_err *err)
{
    double one;
    if (ir_dsp_window(f->window, 1, &one, err))
        return -1;
    for (size_t i = 0; i < f->n_ffts + f->cuts; i++) {
        const size_t n = i < f->n_ffts ? f->n_fft[i] : f->cut[i - f->n_ffts].n_fft;
        if (n && f->win > n)
            return ir_fail(err, "the window of %zu samples is longer than n-fft %zu", f->win, n);
        if (n && !f->hop && !((f->win ? f->win : n) / f->hop_part))
            return ir_fail(err, "hop 1/%zu of %zu samples is no whole sample", f->hop_part, n);
    }
    return 0;
}

static int check_range(const struct ir_front *f, double lo, double hi, struct ir_err *err)
{
    if (hi > 0 && f->rate_hz < 2 * hi)
        return ir_fail(err, "rate %g Hz is less than twice fmax %g Hz", f->rate_hz, hi);
    if (lo >= (hi > 0 ? hi : f->rate_hz / 2))
        return ir_fail(err, "fmin %g Hz is not below fmax %g Hz", lo, hi > 0 ? hi : f->rate_hz / 2);
    return 0;
}

/* The highest row must lie below half the rate; the constant-Q transform needs frames as long as
 * its longest window. */
static int check_pitch(struct ir_front *f, struct ir_err *err)
{
    const double top = f->fmin_hz > 0 ? ir_feature_pitch(f, (size_t)f->bands - 1) : 0;
    if (f->cuts)
        return ir_fail(err, "%s does not go with ranges of --bands", f->feature);
    if (!strcmp(f->feature, "chroma"))
        return f->bands <= 360
                   ? 0
                   : ir_fail(err, "%lld pitch classes, at most 360 are possible", f->bands);
    if (f->fmin_hz <= 0 || top > f->rate_hz / 2)
        return ir_fail(err,
                       "%lld rows from fmin %g Hz reach %g Hz, wanted above 0 and at most half the "
                       "rate, %g Hz",
                       f->bands, f->fmin_hz, top, f->rate_hz / 2);
    if (strcmp(f->feature, "cqt"))
        return 0;
    const size_t length = ir_feature_cqt_length(f) + 1;
    if (length > IR_LANES_SIZE_MAX)
        return ir_fail(err, "the window of fmin %g Hz has %zu samples, at most %zu are possible",
                       f->fmin_hz, length, IR_LANES_SIZE_MAX);
    f->n_ffts = 1;
    while (f->n_fft[0] < length)
        f->n_fft[0] = f->n_fft[0] < 1024 ? 1024 : 2 * f->n_fft[0];
    return 0;
}

static int check_bands(struct ir_front *f, struct ir_err *err)
{
    const bool mfcc = !strcmp(f->feature, "mfcc");
    if (!mfcc && strcmp(f->feature, "mel") && strcmp(f->feature, "stft"))
        return check_pitch(f, err);
    if ((mfcc || !strcmp(f->feature, "mel")) && f->fmax_hz == 0)
        f->fmax_hz = f->rate_hz / 2;
    if (!f->cuts && check_range(f, f->fmin_hz, f->fmax_hz, err))
        return -1;
    for (size_t i = 0; i < f->cuts; i++)
        if (check_range(f, f->cut[i].lo_hz, f->cut[i].hi_hz, err))
            return -1;
    if (mfcc && f->first + f->coeffs > f->bands)
        return ir_fail(err, "%lld cepstra from number %lld on do not fit %lld bands", f->coeffs,
                       f->first, f->bands);
    return 0;
}

int ir_front_check(struct ir_front *f, struct ir_err *err)
{
    const struct ir_feature *x = ir_feature_find(f->feature);
    if (!x || x->order != 0) {
        struct ir_strs names = {0};
        ir_feature_names(&names);
        ir_fail_unknown(err, "feature", f->feature, &names);
        ir_strs_free(&names);
        return -1;
    }
    if (f->image_h && f->summary != IR_SUMMARY_NONE)
        return ir_fail(err, "an image and a summary exclude each other");
    /* A picture needs a scale with two ends, cepstra a logarithm. */
    if (f->image_h && f->log == IR_LOG_NONE) {
        f->log = IR_LOG_DB;
        f->ref = 0;
        f->top_db = f->top_db > 0 ? f->top_db : 80;
    }
    if (!strcmp(f->feature, "mfcc") && f->log == IR_LOG_NONE)
        f->log = IR_LOG_DB;
    if (f->deltas && f->delta_width % 2 == 0)
        return ir_fail(err, "delta-width %lld is even", f->delta_width);
    if (check_frames(f, err) || check_bands(f, err))
        return -1;
    normalise(f);
    return 0;
}

static void explain_frames(const struct ir_front *f, struct ir_buf *out)
{
    static const char *const edges[] = {
        "padded with zeros by half a frame: 1 + floor(N/hop) frames",
        "reflected (as often as needed) by half a frame: 1 + floor(N/hop) frames",
        "reflected by half a frame: 1 + floor(N/hop) frames; a clip must be longer than that",
        "not padded: 1 + floor((N - window)/hop) frames",
        "padded with zeros, frames centred on 0, hop, 2 hop … up to the first at or past the end",
        ("mirrored with the outermost sample twice, frames centred on hop/2, 3 hop/2 …: "
         "floor((N + hop/2)/hop) frames (Kaldi's --snip-edges=false)")};
    ir_buf_printf(out, "sound     %g Hz, samples %s\n", f->rate_hz,
                  f->amplitude == IR_AMPLITUDE_INT16 ? "x 32768 (16-bit scale)" : "in -1 … 1");
    if (f->emphasis > 0)
        ir_buf_printf(out, "clip      x[i+1] - %g x[i], one sample shorter\n", f->emphasis);
    ir_buf_printf(out, "edges     %s\n", edges[f->edges]);
    if (f->dc == IR_DC_REMOVE)
        ir_buf_puts(out, "frame     its mean is subtracted\n");
    if (f->preemph > 0)
        ir_buf_printf(out, "frame     x[i] - %g x[i-1], x[-1] = x[0]\n", f->preemph);
    ir_buf_printf(out, "window    %s", f->window);
    if (f->win)
        ir_buf_printf(out, " of %zu samples, zeros %s", f->win,
                      f->align == IR_ALIGN_CENTRE ? "on both sides" : "behind");
    ir_buf_puts(out, "\nspectrum  ");
    ir_buf_puts(out, f->spectrum == IR_SPECTRUM_POWER ? "S = |X|^2" : "S = |X|");
    for (size_t i = 0; i < f->n_ffts; i++)
        ir_buf_printf(out, "%s%zu", i ? ", " : ", X = DFT of ", f->n_fft[i]);
    ir_buf_puts(out, " points\n");
}

static void explain_bands(const struct ir_front *f, struct ir_buf *out)
{
    const char *top = f->fmax_hz > 0 ? "" : " (half the rate)";
    const double hi = f->fmax_hz > 0 ? f->fmax_hz : f->rate_hz / 2;
    if (strcmp(f->feature, "mel") && strcmp(f->feature, "mfcc")) {
        ir_buf_printf(out, "feature   %s, %g … %g Hz%s\n", ir_feature_find(f->feature)->usage,
                      f->fmin_hz, hi, top);
        return;
    }
    ir_buf_printf(out, "bands     M = %lld triangles, %g … %g Hz, equal steps in mel\n", f->bands,
                  f->fmin_hz, hi);
    ir_buf_puts(out, f->scale == IR_MEL_HTK
                         ? "mel       2595 log10(1 + f/700) (= 1127 ln(1 + f/700))\n"
                         : "mel       3f/200 below 1000 Hz, above 15 + 27 ln(f/1000)/ln 6.4\n");
    ir_buf_printf(out, "triangles linear in %s, %s\n", f->slopes == IR_SLOPES_MEL ? "mel" : "Hz",
                  f->norm == IR_NORM_SLANEY ? "each x 2/(width in Hz)" : "peak 1");
    if (!strcmp(f->feature, "mfcc"))
        ir_buf_printf(out, "cepstra   DCT-II, orthonormal, coefficients %lld … %lld, lifter %g\n",
                      f->first, f->first + f->coeffs - 1, f->lifter);
}

static void explain_log(const struct ir_front *f, struct ir_buf *out)
{
    ir_buf_puts(out, "log       ");
    if (f->log == IR_LOG_NONE) {
        ir_buf_puts(out, "none\n");
        return;
    }
    if (f->log == IR_LOG_PCEN) {
        ir_buf_printf(out, "(M/(%g + S)^%g + %g)^%g - %g^%g, S smoothed over %g s\n", f->pcen_eps,
                      f->pcen_gain, f->pcen_bias, f->pcen_power, f->pcen_bias, f->pcen_power,
                      f->pcen_time_s);
        return;
    }
    static const char *const name[] = {"", "10 log10", "ln", "log10"};
    ir_buf_printf(out, "%s max(%g, %g x + %g)", name[f->log], f->amin, f->mult, f->offset);
    if (f->log == IR_LOG_DB && f->ref > 0)
        ir_buf_printf(out, " - 10 log10 %g", f->ref);
    else if (f->log == IR_LOG_DB)
        ir_buf_puts(out, " - the same of the clip's maximum");
    if (f->log == IR_LOG_DB && f->top_db > 0)
        ir_buf_printf(out, ", not below the clip's maximum - %g", f->top_db);
    ir_buf_puts(out, "\n");
}

void ir_front_explain(const struct ir_front *f, struct ir_buf *out)
{
    explain_frames(f, out);
    explain_bands(f, out);
    explain_log(f, out);
    for (size_t i = 0; ir_feature_at(i); i++)
        if (ir_feature_at(i)->order > 0 && ir_feature_at(i)->on(f))
            ir_buf_printf(out, "then      %s\n", ir_feature_at(i)->usage);
    ir_buf_puts(out, "frontend  ");
    ir_front_format(f, out);
    ir_buf_puts(out, "\n");
}
