/* sweep.c - precision, recall and F1 at one threshold for all classes, for many thresholds. */
#include "listing.h"
#include <stdlib.h>
#include <string.h>

static void print_row(const struct ir_sample *v, double threshold, enum ir_score_format format,
                      bool first, struct ir_buf *out)
{
    static const char *const names[] = {"precision", "recall", "f1"};
    static const enum ir_average averages[] = {IR_AVG_MICRO, IR_AVG_MACRO};
    if (format == IR_SCORE_JSON)
        ir_buf_printf(out, "%s\n  {\"threshold\": %.6g", first ? "" : ",", threshold);
    else
        ir_buf_printf(out, format == IR_SCORE_TEXT ? "%9.4g" : "%.6g", threshold);
    for (size_t a = 0; a < 2; a++)
        for (size_t m = 0; m < 3; m++) {
            double x = ir_metric_value(ir_metric_find(names[m]), v, averages[a], 0);
            char text[32];
            snprintf(text, sizeof text, format == IR_SCORE_TEXT ? "%.2f" : "%.6f",
                     format == IR_SCORE_TEXT ? 100 * x : x);
            if (format == IR_SCORE_JSON)
                ir_buf_printf(out, ", \"%s.%s\": %s", names[m], ir_average_name(averages[a]),
                              isnan(x) ? "null" : text);
            else
                ir_buf_printf(out, format == IR_SCORE_TEXT ? "  %12s" : "\t%s",
                              isnan(x) ? "n/a" : text);
        }
    ir_buf_puts(out, format == IR_SCORE_JSON ? "}" : "\n");
}

int ir_score_sweep(struct ir_scores *s, struct ir_range range, double step,
                   enum ir_score_format format, struct ir_buf *out, struct ir_err *err)
{
    size_t n = (size_t)((range.hi - range.lo) / step + 1e-6) + 1;
    if (s->single)
        return ir_fail(
            err,
            "thresholds are for task=multi; this stream has one label a clip (--task multi reads "
            "it the other way)");
    if (format == IR_SCORE_TEXT)
        ir_buf_printf(out, "%9s  %12s  %12s  %12s  %12s  %12s  %12s\n", "threshold", "micro P",
                      "micro R", "micro F1", "macro P", "macro R", "macro F1");
    else if (format == IR_SCORE_TSV)
        ir_buf_puts(out, "threshold\tprecision.micro\trecall.micro\tf1.micro\tprecision."
                         "macro\trecall.macro\tf1.macro\n");
    else
        ir_buf_puts(out, "[");
    for (size_t i = 0; i < n; i++) {
        struct ir_sample v;
        double threshold = range.lo + (double)i * step;
        for (size_t c = 0; c < s->k; c++)
            s->threshold[c] = (float)threshold;
        ir_scores_decide(s);
        ir_sample_start(&v, s, NULL);
        print_row(&v, threshold, format, i == 0, out);
        ir_sample_free(&v);
    }
    if (format == IR_SCORE_JSON)
        ir_buf_puts(out, "]\n");
    return 0;
}
