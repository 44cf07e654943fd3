/* figures.c - the pictures of the page; one that cannot be drawn is left out. */
#include "private.h"
#include "plot.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

/* The canvas as one <figure>; takes it over, NULL is fine. */
static void figure(struct ir_canvas *c, const char *caption, struct ir_buf *out)
{
    if (c == NULL)
        return;
    ir_buf_puts(out, "<figure>");
    ir_canvas_svg(c, out);
    ir_buf_puts(out, "<figcaption>");
    ir_buf_html(out, caption);
    ir_buf_puts(out, "</figcaption></figure>\n");
    ir_canvas_free(c);
}

static void score_figures(const struct ir_result *run, const char *title, struct ir_buf *out)
{
    struct ir_buf path = {0};
    struct ir_table t;
    struct ir_strs classes = {0};
    double *v = NULL, *lo = NULL, *hi = NULL;
    if (ir_table_read(ir_result_file(run, "score.tsv", &path), &t, NULL) == 0) {
        if (ir_table_confusion(&t, &classes, &v, NULL) == 0)
            figure(ir_plot_confusion(v, &classes, title), "Confusion on the test clips", out);
        free(v);
        v = NULL;
        ir_strs_free(&classes);
        classes = (struct ir_strs){0};
        if (ir_table_metric(&t, "f1", &classes, &v, &lo, &hi, NULL) == 0)
            figure(ir_plot_bars(&classes, v, lo, hi, title, "f1"), "F1 of each class", out);
        free(v);
        free(lo);
        free(hi);
        ir_strs_free(&classes);
        ir_table_free(&t);
    }
    ir_buf_free(&path);
}

static void mean_figure(const struct ir_result *run, const char *title, struct ir_buf *out)
{
    struct ir_buf path = {0};
    struct ir_preds p;
    double *mean, *error;
    ir_result_file(run, "pred.irt", &path);
    if (ir_preds_read(&path.data, 1, &p, NULL) == 0) {
        ir_preds_mean(&p, &mean, &error);
        figure(
            ir_plot_bars(&p.classes, mean, NULL, NULL, title, "mean probability of the true class"),
            "Mean probability of the true class", out);
        free(mean);
        free(error);
        ir_preds_free(&p);
    }
    ir_buf_free(&path);
}

static void model_figure(const struct ir_result *run, const char *kind, struct ir_buf *out)
{
    struct ir_buf path = {0};
    struct ir_filter_set set;
    ir_result_file(run, "model.irt", &path);
    struct ir_reader *r = ir_reader_open(&path.data, 1, NULL);
    if (r && ir_filter_set_read(r, NULL, -1, 0, &set, NULL) == 0) {
        if (strcmp(kind, "filters") == 0)
            figure(ir_plot_filters(&set, 32, 5000, NULL, NULL),
                   "A sample of the first layer's filters", out);
        else
            figure(ir_plot_spectra(&set, NULL, NULL),
                   "Spectra of the first layer's filters, sorted by peak frequency", out);
        ir_filter_set_free(&set);
    }
    ir_reader_close(r);
    ir_buf_free(&path);
}

void ir_result_figures(const struct ir_result *run, struct ir_buf *out)
{
    struct ir_buf path = {0}, title = {0};
    ir_result_name(run, &title);
    if (ir_result_has(run, "log.tsv")) {
        ir_result_file(run, "log.tsv", &path);
        figure(ir_plot_logs(&path.data, 1, NULL, title.data, NULL), "Learning curves", out);
    }
    score_figures(run, title.data, out);
    char *kinds = ir_strdup(ir_result_fact(run, "figures")), *save;
    for (char *k = strtok_r(kinds, " ", &save); k; k = strtok_r(NULL, " ", &save))
        if (strcmp(k, "means") == 0)
            mean_figure(run, title.data, out);
        else
            model_figure(run, k, out);
    free(kinds);
    ir_buf_free(&path);
    ir_buf_free(&title);
}

static struct ir_canvas *wave(const struct ir_rec *rec)
{
    double rate = 1;
    struct ir_buf tmp = {0};
    size_t rows = rec->rank == 2 ? rec->shape[0] : 1, n = rec->rank ? rec->shape[rec->rank - 1] : 0;
    if (rec->rank < 1 || rec->rank > 2 || n == 0 || rows == 0 ||
        ir_meta_real(&rec->meta, "rate", 1, 1e7, &rate, NULL) < 0)
        return NULL;
    const float *x = ir_rec_f32(rec, true, &tmp);
    struct ir_canvas *c = ir_plot_wave(x, n, rate, 0, ir_rec_id(rec)); /* the first channel */
    ir_buf_free(&tmp);
    return c;
}

/* The first clip of a file of sound or features. */
static void example(char *path, const char *front, struct ir_buf *out)
{
    struct ir_rec rec;
    struct ir_heat h;
    struct ir_band_marks marks;
    struct ir_buf caption = {0};
    struct ir_reader *r = ir_reader_open(&path, 1, NULL);
    if (r && ir_reader_next(r, &rec, NULL) == 1) {
        const struct ir_meta *head = ir_reader_header(r);
        const char *domain = ir_meta_get(head, "domain");
        ir_buf_printf(&caption, "A clip as the front end '%s' makes it", front);
        if (domain && strcmp(domain, "audio") == 0) {
            figure(wave(&rec), caption.data, out);
        } else if (ir_heat_of(&rec, head, &h, &marks, NULL) == 0) {
            h.title = ir_rec_id(&rec);
            figure(ir_plot_heat(&h, 860, 400), caption.data, out);
        }
    }
    ir_reader_close(r);
    ir_buf_free(&caption);
}

void ir_result_examples(const struct ir_result_set *set, struct ir_buf *out)
{
    struct ir_strs shown = {0};
    for (size_t i = 0; i < set->n; i++) {
        char *front = ir_strdup(ir_result_fact(&set->run[i], "front"));
        struct ir_buf path = {0};
        front[strcspn(front, "+")] = 0;
        ir_buf_printf(&path, "%s/%s.%s.irt", set->folder, ir_result_fact(&set->run[i], "set"),
                      front);
        if (ir_strs_find(&shown, front) < 0) {
            ir_strs_add(&shown, front);
            example(path.data, front, out);
        }
        ir_buf_free(&path);
        free(front);
    }
    ir_strs_free(&shown);
}
