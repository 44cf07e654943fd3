/* listing.c - verdicts clip by clip, error lists, bars, and the text pieces of all tables. */
#include "listing.h"
#include <stdlib.h>
#include <string.h>

#define BAR 40

int ir_listing_width(const char *s)
{
    int n = 0;
    for (; *s; s++)
        n += ((unsigned char)*s & 0xc0) != 0x80;
    return n;
}

void ir_text_padded(struct ir_buf *out, const char *s, int columns, bool right)
{
    struct ir_buf shown = {0};
    ir_buf_puts(&shown, "");
    ir_buf_shown(&shown, s);
    int gap = columns - ir_listing_width(shown.data ? shown.data : "");
    if (right)
        ir_buf_printf(out, "%*s", gap > 0 ? gap : 0, "");
    ir_buf_puts(out, shown.data ? shown.data : "");
    if (!right)
        ir_buf_printf(out, "%*s", gap > 0 ? gap : 0, "");
    ir_buf_free(&shown);
}

void ir_text_field(struct ir_buf *out, const char *s)
{
    ir_buf_escape(out, s, "");
}

int ir_text_classes(const struct ir_scores *s)
{
    int w = 7;
    for (size_t c = 0; c < s->k; c++)
        if (ir_listing_width(s->classes.at[c]) > w)
            w = ir_listing_width(s->classes.at[c]);
    return w < 40 ? w : 40;
}

/* Names of the labels of clip i, or of what was predicted for it: "flute, voice". */
static void names(const struct ir_scores *s, size_t i, bool predicted, struct ir_buf *out)
{
    size_t n = 0;
    out->len = 0;
    ir_buf_puts(out, "");
    for (size_t c = 0; c < s->k; c++) {
        bool on = predicted ? s->yes[i * s->k + c] != 0 : s->y[i * s->k + c] >= 0.5f;
        if (on)
            ir_buf_printf(out, "%s%s", n++ ? ", " : "", s->classes.at[c]);
    }
    if (n == 0)
        ir_buf_puts(out, "none");
}

static const char *shown_name(const struct ir_scores *s, size_t i)
{
    const struct ir_score_clip *c = &s->clip[i];
    const char *slash = strrchr(c->path, '/');
    if (slash && slash[1])
        return slash + 1;
    return *c->path ? c->path : c->id;
}

struct verdicts {
    size_t seen, right;
};

static void one_verdict(const struct ir_scores *s, size_t i, struct verdicts *v,
                        enum ir_score_format format, struct ir_buf *out)
{
    size_t top = ir_scores_top(s, i), one;
    bool judged = ir_scores_positives(s, i, &one) > 0 && !isnan(s->y[i * s->k + top]);
    bool right = judged && s->y[i * s->k + top] >= 0.5f;
    const char *verdict = !judged ? "no labels" : right ? "CORRECT" : "INCORRECT";
    double p = (double)s->p[i * s->k + top], share;
    struct ir_buf truth = {0};
    v->seen += judged;
    v->right += right;
    share = v->seen > 0 ? 100 * (double)v->right / (double)v->seen : 0;
    names(s, i, false, &truth);
    if (format == IR_SCORE_TEXT) {
        ir_buf_printf(out, "[%zu/%zu] ", i + 1, s->n);
        ir_buf_shown(out, shown_name(s, i));
        if (s->clip[i].offset_s > 0)
            ir_buf_printf(out, " @%gs", s->clip[i].offset_s);
        ir_buf_puts(out, ": truth ");
        ir_buf_shown(out, truth.data);
        ir_buf_puts(out, "; predicted ");
        ir_buf_shown(out, s->classes.at[top]);
        ir_buf_printf(out, " (%.4f) %s; accuracy so far %zu/%zu", p, verdict, v->right, v->seen);
        if (v->seen > 0)
            ir_buf_printf(out, " = %.1f%%", share);
        ir_buf_puts(out, "\n");
    } else if (format == IR_SCORE_TSV) {
        ir_buf_printf(out, "%zu\t", i + 1);
        ir_text_field(out, s->clip[i].id);
        ir_buf_puts(out, "\t");
        ir_text_field(out, s->clip[i].path);
        ir_buf_printf(out, "\t%g\t", s->clip[i].offset_s);
        ir_text_field(out, truth.data);
        ir_buf_puts(out, "\t");
        ir_text_field(out, s->classes.at[top]);
        ir_buf_printf(out, "\t%.4f\t%s\t%zu\t%zu\n", p,
                      !judged ? "n/a"
                      : right ? "yes"
                              : "no",
                      v->right, v->seen);
    } else {
        ir_buf_printf(out, "{\"number\": %zu, \"id\": ", i + 1);
        ir_buf_json(out, s->clip[i].id);
        ir_buf_puts(out, ", \"path\": ");
        ir_buf_json(out, s->clip[i].path);
        ir_buf_printf(out, ", \"offset\": %g, \"truth\": ", s->clip[i].offset_s);
        ir_buf_json(out, truth.data);
        ir_buf_puts(out, ", \"predicted\": ");
        ir_buf_json(out, s->classes.at[top]);
        ir_buf_printf(out, ", \"p\": %.4f, \"correct\": %s, \"right\": %zu, \"of\": %zu}\n", p,
                      !judged ? "null"
                      : right ? "true"
                              : "false",
                      v->right, v->seen);
    }
    ir_buf_free(&truth);
}

void ir_score_verdicts(const struct ir_scores *s, enum ir_score_format format, struct ir_buf *out)
{
    struct verdicts v = {0};
    if (format == IR_SCORE_TSV)
        ir_buf_puts(out, "number\tid\tpath\toffset\ttruth\tpredicted\tp\tcorrect\tright\tof\n");
    for (size_t i = 0; i < s->n; i++)
        one_verdict(s, i, &v, format, out);
    if (format != IR_SCORE_TEXT)
        return;
    ir_buf_printf(out, "\nFINAL SUMMARY\nfiles processed    %zu\nwith ground truth  %zu\n", s->n,
                  v.seen);
    ir_buf_printf(out, "correct            %zu\n", v.right);
    if (v.seen > 0)
        ir_buf_printf(out, "accuracy           %.1f%%\n", 100 * (double)v.right / (double)v.seen);
    else
        ir_buf_puts(out, "accuracy           n/a\n");
}

/* ---- errors ------------------------------------------------------------------------------------
 */

struct wrong {
    double badness;
    size_t i;
};

static int worst_first(const void *a, const void *b)
{
    const struct wrong *x = a, *y = b;
    if (x->badness != y->badness)
        return x->badness < y->badness ? 1 : -1;
    return x->i < y->i ? -1 : x->i > y->i;
}

/* How wrong clip i is; 0 when it is right or has no label. */
static double badness(const struct ir_scores *s, size_t i)
{
    const float *p = s->p + i * s->k, *y = s->y + i * s->k;
    size_t one;
    double loss = 0, best_true = -1;
    bool wrong = false;
    int positives = ir_scores_positives(s, i, &one);
    if (positives < 0 || (s->single && positives == 0))
        return 0;
    for (size_t c = 0; c < s->k; c++) {
        if (isnan(y[c]))
            continue;
        bool is = y[c] >= 0.5f;
        double q = is ? (double)p[c] : 1 - (double)p[c];
        loss -= log(q < 1e-7 ? 1e-7 : q);
        wrong |= is != (s->yes[i * s->k + c] != 0);
        if (is && (double)p[c] > best_true)
            best_true = (double)p[c];
    }
    if (!s->single)
        return wrong ? loss : 0;
    size_t top = ir_scores_top(s, i);
    return y[top] >= 0.5f || isnan(y[top]) ? 0 : (double)p[top] - best_true + 1e-12;
}

static void one_error(const struct ir_scores *s, const struct wrong *w, enum ir_score_format format,
                      struct ir_buf *out)
{
    struct ir_buf truth = {0}, predicted = {0};
    const struct ir_score_clip *c = &s->clip[w->i];
    names(s, w->i, false, &truth);
    names(s, w->i, true, &predicted);
    if (format == IR_SCORE_TEXT) {
        ir_buf_printf(out, "%8.4f  ", w->badness);
        ir_buf_shown(out, *c->path ? c->path : c->id);
        if (c->offset_s > 0)
            ir_buf_printf(out, " @%gs", c->offset_s);
        ir_buf_puts(out, ": truth ");
        ir_buf_shown(out, truth.data);
        ir_buf_puts(out, "; predicted ");
        ir_buf_shown(out, predicted.data);
        ir_buf_puts(out, "\n");
    } else if (format == IR_SCORE_TSV) {
        ir_buf_printf(out, "%.6f\t", w->badness);
        ir_text_field(out, c->id);
        ir_buf_puts(out, "\t");
        ir_text_field(out, c->path);
        ir_buf_printf(out, "\t%g\t", c->offset_s);
        ir_text_field(out, truth.data);
        ir_buf_puts(out, "\t");
        ir_text_field(out, predicted.data);
        ir_buf_puts(out, "\n");
    } else {
        ir_buf_printf(out, "{\"badness\": %.6f, \"id\": ", w->badness);
        ir_buf_json(out, c->id);
        ir_buf_puts(out, ", \"path\": ");
        ir_buf_json(out, c->path);
        ir_buf_printf(out, ", \"offset\": %g, \"truth\": ", c->offset_s);
        ir_buf_json(out, truth.data);
        ir_buf_puts(out, ", \"predicted\": ");
        ir_buf_json(out, predicted.data);
        ir_buf_puts(out, "}\n");
    }
    ir_buf_free(&truth);
    ir_buf_free(&predicted);
}

void ir_score_errors(const struct ir_scores *s, size_t most, enum ir_score_format format,
                     struct ir_buf *out)
{
    struct wrong *w = ir_alloc(s->n + 1, sizeof *w);
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++) {
        double b = badness(s, i);
        if (b > 0)
            w[n++] = (struct wrong){b, i};
    }
    qsort(w, n, sizeof *w, worst_first);
    if (format == IR_SCORE_TEXT)
        ir_buf_printf(out, "%zu of %zu clips are wrong; worst first (%s)\n", n, s->n,
                      s->single ? "by how much more probable the prediction is than the truth"
                                : "by log loss");
    if (format == IR_SCORE_TSV)
        ir_buf_puts(out, "badness\tid\tpath\toffset\ttruth\tpredicted\n");
    for (size_t i = 0; i < n && i < most; i++)
        one_error(s, &w[i], format, out);
    free(w);
}

/* ---- bars --------------------------------------------------------------------------------------
 */

void ir_score_bars(const struct ir_sample *v, struct ir_buf *out)
{
    const struct ir_metric *m = ir_metric_find("true_probability");
    int w = ir_text_classes(v->s);
    ir_buf_puts(out, "mean probability of the true class\n");
    for (size_t c = 0; c < v->s->k; c++) {
        double p = ir_metric_value(m, v, IR_AVG_CLASS, c);
        ir_text_padded(out, v->s->classes.at[c], w, false);
        if (isnan(p)) {
            ir_buf_puts(out, "     n/a\n");
            continue;
        }
        ir_buf_printf(out, "  %6.2f  ", 100 * p);
        for (int i = 0; i < (int)(p * BAR + 0.5); i++)
            ir_buf_puts(out, "#");
        ir_buf_puts(out, "\n");
    }
    ir_buf_puts(out, "\n");
}

void ir_metric_list(struct ir_buf *out)
{
    static const enum ir_average averages[] = {IR_AVG_CLASS, IR_AVG_MACRO, IR_AVG_MICRO,
                                               IR_AVG_SAMPLES};
    size_t n;
    const struct ir_metric *const *m = ir_metric_all(&n);
    for (size_t i = 0; i < n; i++) {
        ir_buf_printf(out, "%s\n    %s\n    undefined: %s\n", m[i]->name, m[i]->help,
                      m[i]->undefined);
        ir_buf_puts(out, "    averages:");
        if (m[i]->averages & IR_AVG_ALL)
            ir_buf_puts(out, " all");
        for (size_t a = 0; a < sizeof averages / sizeof *averages; a++)
            if (m[i]->averages & (unsigned)averages[a])
                ir_buf_printf(out, " %s", ir_average_name(averages[a]));
        if (m[i]->averages & IR_AVG_MACRO)
            ir_buf_puts(out, " weighted");
        ir_buf_puts(out, "\n");
    }
}
