/* front.c - the settings of a front end as text: one table of keys, read and written by the same
 * rules. */
#include "feature.h"

#include "feature/front.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define AT(field) offsetof(struct ir_front, field)

const struct ir_front_key ir_front_keys[] = {
    {"feature", IR_KEY_FEATURE, AT(feature), 0, 0, NULL, IR_KEY_ALL},
    {"rate", IR_KEY_REAL, AT(rate_hz), 1, 1e7, NULL, IR_KEY_ALL},
    {"amplitude", IR_KEY_CHOICE, AT(amplitude), 0, 0, "unit|int16", IR_KEY_ALL},
    {"n-fft", IR_KEY_FFTS, AT(n_fft), 2, (double)IR_LANES_SIZE_MAX, NULL, IR_KEY_ALL},
    {"win", IR_KEY_WIN, AT(win), 1, (double)IR_LANES_SIZE_MAX, NULL, IR_KEY_WINDOWED},
    {"hop", IR_KEY_HOP, AT(hop), 1, (double)IR_LANES_SIZE_MAX, NULL, IR_KEY_ALL},
    {"window", IR_KEY_WINDOW, AT(window), 0, 0, NULL, IR_KEY_ALL},
    {"align", IR_KEY_CHOICE, AT(align), 0, 0, "centre|right", IR_KEY_WINDOWED},
    {"edges", IR_KEY_CHOICE, AT(edges), 0, 0, "zero|reflect|reflect-strict|snip|centres|mirror",
     IR_KEY_ALL},
    {"dc", IR_KEY_CHOICE, AT(dc), 0, 0, "keep|remove", IR_KEY_ALL},
    {"emphasis", IR_KEY_REAL, AT(emphasis), 0, 1, NULL, IR_KEY_EMPHASIS},
    {"preemph", IR_KEY_REAL, AT(preemph), 0, 1, NULL, IR_KEY_ALL},
    {"spectrum", IR_KEY_CHOICE, AT(spectrum), 0, 0, "power|magnitude", IR_KEY_ALL},
    {"bands", IR_KEY_BANDS, AT(bands), 1, 8192, NULL, IR_KEY_BANKED},
    {"cuts", IR_KEY_CUTS, AT(cut), 0, 0, NULL, IR_KEY_ALL},
    {"per-octave", IR_KEY_INT, AT(per_octave), 1, 1200, NULL, IR_KEY_OCTAVES},
    {"fmin", IR_KEY_REAL, AT(fmin_hz), 0, 1e7, NULL, IR_KEY_ALL},
    {"fmax", IR_KEY_FMAX, AT(fmax_hz), 0, 1e7, NULL, IR_KEY_ALL},
    {"scale", IR_KEY_CHOICE, AT(scale), 0, 0, "slaney|htk", IR_KEY_MEL},
    {"slopes", IR_KEY_CHOICE, AT(slopes), 0, 0, "hz|mel", IR_KEY_MEL},
    {"norm", IR_KEY_CHOICE, AT(norm), 0, 0, "none|slaney", IR_KEY_MEL},
    {"log", IR_KEY_CHOICE, AT(log), 0, 0, "none|db|ln|log10|pcen", IR_KEY_ALL},
    {"mult", IR_KEY_REAL, AT(mult), 1e-30, 1e30, NULL, IR_KEY_SCALED},
    {"offset", IR_KEY_REAL, AT(offset), 0, 1e30, NULL, IR_KEY_LOG},
    {"amin", IR_KEY_REAL, AT(amin), 1.2e-38, 1e30, NULL, IR_KEY_LOG},
    {"ref", IR_KEY_REF, AT(ref), 1e-30, 1e30, NULL, IR_KEY_DB},
    {"top-db", IR_KEY_TOP, AT(top_db), 1e-3, 1000, NULL, IR_KEY_DB},
    {"pcen-gain", IR_KEY_REAL, AT(pcen_gain), 0, 10, NULL, IR_KEY_PCEN},
    {"pcen-bias", IR_KEY_REAL, AT(pcen_bias), 0, 1e6, NULL, IR_KEY_PCEN},
    {"pcen-power", IR_KEY_REAL, AT(pcen_power), 1e-3, 10, NULL, IR_KEY_PCEN},
    {"pcen-time", IR_KEY_REAL, AT(pcen_time_s), 1e-4, 1e4, NULL, IR_KEY_PCEN},
    {"pcen-eps", IR_KEY_REAL, AT(pcen_eps), 1e-30, 1e30, NULL, IR_KEY_PCEN},
    {"mean", IR_KEY_REAL, AT(mean), -1e30, 1e30, NULL, IR_KEY_AFFINE},
    {"std", IR_KEY_REAL, AT(std), 1e-30, 1e30, NULL, IR_KEY_AFFINE},
    {"coeffs", IR_KEY_INT, AT(coeffs), 1, 65536, NULL, IR_KEY_MFCC},
    {"first", IR_KEY_INT, AT(first), 0, 65535, NULL, IR_KEY_MFCC},
    {"lifter", IR_KEY_REAL, AT(lifter), 0, 1e6, NULL, IR_KEY_MFCC},
    {"deltas", IR_KEY_INT, AT(deltas), 0, 2, NULL, IR_KEY_DELTAS},
    {"delta-form", IR_KEY_CHOICE, AT(delta_form), 0, 0, "savgol|librosa-0.3|librosa-0.4|regression",
     IR_KEY_DELTAS},
    {"delta-width", IR_KEY_INT, AT(delta_width), 3, 999, NULL, IR_KEY_DELTAS},
    {"stack", IR_KEY_INT, AT(stack), 1, 65536, NULL, IR_KEY_STACK},
    {"stack-step", IR_KEY_INT, AT(stack_step), 1, 65536, NULL, IR_KEY_STACK},
    {"summary", IR_KEY_CHOICE, AT(summary), 0, 0, "none|gaussian|mean|stats", IR_KEY_SUMMARY},
    {"image", IR_KEY_IMAGE, AT(image_h), 1, 8192, NULL, IR_KEY_IMAGES},
    {"colormap", IR_KEY_CHOICE, AT(colormap), 0, 0, "jet|gray", IR_KEY_IMAGES},
};
const size_t ir_front_n_keys = sizeof ir_front_keys / sizeof *ir_front_keys;

static const char *cut_text(const struct ir_front_cut *c, size_t i, struct ir_buf *b)
{
    char lo[32], hi[32];
    ir_buf_printf(b, "%s%s=%s..%s", i ? "," : "", c->name, ir_format_real(lo, c->lo_hz),
                  ir_format_real(hi, c->hi_hz));
    if (c->n_fft)
        ir_buf_printf(b, ":%zu", c->n_fft);
    return b->data;
}

/* Settings that change nothing for this front end are left out of its text. */
static bool applies(const struct ir_front *f, const struct ir_front_key *k)
{
    const bool octaves = !strcmp(f->feature, "cqt") || !strcmp(f->feature, "logfreq");
    const bool mfcc = !strcmp(f->feature, "mfcc"), mel = mfcc || !strcmp(f->feature, "mel");
    switch (k->when) {
    case IR_KEY_ALL:
        if (k->type == IR_KEY_CUTS)
            return f->cuts > 0;
        return k->type != IR_KEY_FMAX || !(octaves || !strcmp(f->feature, "chroma"));
    case IR_KEY_EMPHASIS:
        return f->emphasis > 0;
    case IR_KEY_AFFINE:
        return f->mean != 0 || f->std != 1;
    case IR_KEY_WINDOWED:
        return strcmp(f->feature, "cqt") != 0;
    case IR_KEY_BANKED:
        return strcmp(f->feature, "stft") != 0;
    case IR_KEY_OCTAVES:
        return octaves;
    case IR_KEY_MEL:
        return mel;
    case IR_KEY_SCALED:
        return f->log != IR_LOG_NONE;
    case IR_KEY_LOG:
        return f->log != IR_LOG_NONE && f->log != IR_LOG_PCEN;
    case IR_KEY_DB:
        return f->log == IR_LOG_DB;
    case IR_KEY_PCEN:
        return f->log == IR_LOG_PCEN;
    case IR_KEY_MFCC:
        return mfcc;
    case IR_KEY_DELTAS:
        return f->deltas > 0;
    case IR_KEY_STACK:
        return f->stack > 1;
    case IR_KEY_SUMMARY:
        return f->summary != IR_SUMMARY_NONE;
    case IR_KEY_IMAGES:
        return f->image_h > 0;
    }
    return true;
}

static void put_value(const struct ir_front *f, const struct ir_front_key *k, struct ir_buf *out)
{
    const char *at = (const char *)f + k->at;
    char num[32];
    double real = 0;
    size_t size = 0;
    switch (k->type) {
    case IR_KEY_FEATURE:
    case IR_KEY_WINDOW:
        ir_buf_puts(out, at);
        return;
    case IR_KEY_REAL:
    case IR_KEY_FMAX:
    case IR_KEY_REF:
    case IR_KEY_TOP:
        memcpy(&real, at, sizeof real);
        if (real == 0 && k->type != IR_KEY_REAL)
            ir_buf_puts(out, k->type == IR_KEY_FMAX  ? "nyquist"
                             : k->type == IR_KEY_REF ? "max"
                                                     : "none");
        else
            ir_buf_puts(out, ir_format_real(num, real));
        return;
    case IR_KEY_BANDS:
    case IR_KEY_INT:
        ir_buf_printf(out, "%lld", *(const long long *)(const void *)at);
        return;
    case IR_KEY_CHOICE:
        ir_front_choice_text(k->choices, *(const int *)(const void *)at, out);
        return;
    case IR_KEY_WIN:
        memcpy(&size, at, sizeof size);
        if (size)
            ir_buf_printf(out, "%zu", size);
        else
            ir_buf_puts(out, "n-fft");
        return;
    case IR_KEY_HOP:
        if (f->hop)
            ir_buf_printf(out, "%zu", f->hop);
        else
            ir_buf_printf(out, "1/%zu", f->hop_part);
        return;
    case IR_KEY_FFTS:
        for (size_t i = 0; i < f->n_ffts; i++)
            ir_buf_printf(out, "%s%zu", i ? "," : "", f->n_fft[i]);
        return;
    case IR_KEY_CUTS:
        for (size_t i = 0; i < f->cuts; i++)
            cut_text(&f->cut[i], i, out);
        return;
    case IR_KEY_IMAGE:
        ir_buf_printf(out, "%zux%zu", f->image_h, f->image_w);
        return;
    }
}

void ir_front_choice_text(const char *choices, int index, struct ir_buf *out)
{
    for (; index > 0; index--)
        choices = strchr(choices, '|') + 1;
    ir_buf_add(out, choices, strcspn(choices, "|"));
}

void ir_front_format(const struct ir_front *f, struct ir_buf *out)
{
    bool any = false;
    for (size_t i = 0; i < ir_front_n_keys; i++) {
        const struct ir_front_key *k = &ir_front_keys[i];
        if (!applies(f, k))
            continue;
        ir_buf_printf(out, "%s%s=", any ? " " : "", k->name);
        put_value(f, k, out);
        any = true;
    }
}

int ir_front_parse(const char *text, struct ir_front *f, struct ir_err *err)
{
    char *copy = ir_strdup(text), *save = NULL;
    int rc = ir_front_preset("librosa", f, err);
    bool first = true;
    for (char *word = strtok_r(copy, " \t\n", &save); word && rc == 0;
         word = strtok_r(NULL, " \t\n", &save)) {
        char *eq = strchr(word, '=');
        if (eq) {
            *eq = 0;
            rc = ir_front_set(f, word, eq + 1, err);
        } else if (first) {
            rc = ir_front_preset(word, f, err);
        } else {
            rc = ir_fail(err, "front end: expected key=value, found \"%s\"", word);
        }
        first = false;
    }
    free(copy);
    return rc ? rc : ir_front_check(f, err);
}

int ir_front_canonical(const char *text, struct ir_buf *out, struct ir_err *err)
{
    struct ir_front f;
    if (ir_front_parse(text, &f, err))
        return -1;
    ir_front_format(&f, out);
    return 0;
}
