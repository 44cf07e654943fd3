/* by_file.c - one prediction a file from those of its segments. */
#include "predict/work.h"

#include <math.h>
#include <string.h>

int ir_predict_end_file(struct ir_predict_work *w, struct ir_err *err)
{
    size_t k = w->classes->n;
    if (w->segments == 0)
        return 0;
    double top = 0;
    for (size_t c = 0; c < k; c++)
        top = w->sum[c] > top ? w->sum[c] : top;
    for (size_t c = 0; c < k; c++) {
        double v = w->p->by_file == IR_BY_MAX   ? w->sum[c]
                   : w->p->by_file == IR_BY_SUM ? w->sum[c] / (top > 0 ? top : 1)
                                                : w->sum[c] / w->weights;
        w->probs[c] = (float)v;
    }
    if (w->begin_s < w->end_s) {
        ir_meta_set_real(&w->file, "offset", w->begin_s);
        ir_meta_set_real(&w->file, "length", w->end_s - w->begin_s);
    }
    if (w->levels == w->segments)
        ir_meta_set_real(&w->file, "level",
                         round(1000 * log10(w->power / (double)w->levels + 1e-20)) / 100);
    w->segments = 0;
    return w->p->put(w->p->self, &w->file, w->probs, err);
}

/* What a segment counts in its file's mean; -1 when that is to be its level and it has none. A
 * file that is one clip needs none. */
static double weight(const struct ir_predict_work *w, const struct ir_meta *m, double level_db,
                     bool first, struct ir_err *err)
{
    if (w->p->by_file != IR_BY_LEVEL || (first && isnan(level_db)))
        return 1;
    if (isnan(level_db))
        return ir_fail(err, "clip %s has no level (ir-decode --segment notes it), wanted by level",
                       ir_meta_get(m, "id"));
    return pow(10, level_db / 20);
}

static void begin_file(struct ir_predict_work *w, const struct ir_meta *m)
{
    const char *clip = ir_meta_get(m, "clip"), *path = ir_meta_get(m, "path");
    ir_meta_copy(&w->file, m);
    if (clip != NULL)
        ir_meta_set(&w->file, "id", clip);
    else if (path != NULL)
        ir_meta_set(&w->file, "id", path);
    ir_meta_set(&w->file, "offset", NULL);
    ir_meta_set(&w->file, "length", NULL);
    ir_meta_set(&w->file, "level", NULL);
    w->weights = w->power = 0;
    w->levels = 0;
    w->all_silent = true;
    w->begin_s = (double)INFINITY;
    w->end_s = -(double)INFINITY;
    memset(w->sum, 0, w->classes->n * sizeof *w->sum);
}

/* One more segment of the file. Silent ones count only as long as all are. */
static void add_segment(struct ir_predict_work *w, const float *p, double share, bool silent)
{
    size_t k = w->classes->n;
    if (silent && !w->all_silent)
        return;
    if (!silent && w->all_silent) {
        w->all_silent = false;
        w->weights = 0;
        memset(w->sum, 0, k * sizeof *w->sum);
    }
    for (size_t c = 0; c < k; c++) {
        if (w->p->by_file != IR_BY_MAX)
            w->sum[c] += share * (double)p[c];
        else if ((double)p[c] > w->sum[c])
            w->sum[c] = (double)p[c];
    }
    w->weights += share;
}

int ir_predict_put_by_file(struct ir_predict_work *w, const struct ir_meta *m, const float *p,
                           struct ir_err *err)
{
    const char *path = ir_meta_get(m, "path"), *last = ir_meta_get(&w->file, "path");
    double level = (double)NAN, offset = 0, length = 0;
    bool same = w->segments > 0 && path != NULL && last != NULL && strcmp(path, last) == 0;
    if ((!same && ir_predict_end_file(w, err) < 0) ||
        ir_meta_real(m, "level", -1000, 1000, &level, err) < 0)
        return -1;
    double share = weight(w, m, level, !same, err);
    if (share < 0)
        return -1;
    if (!same)
        begin_file(w, m);
    if (ir_meta_get(m, "damage") != NULL) /* a later segment knows more of it */
        ir_meta_set(&w->file, "damage", ir_meta_get(m, "damage"));
    if (ir_meta_real(m, "offset", 0, 1e12, &offset, NULL) >= 0 &&
        ir_meta_real(m, "length", 0, 1e12, &length, NULL) == 0) {
        w->begin_s = fmin(w->begin_s, offset);
        w->end_s = fmax(w->end_s, offset + length);
    }
    if (!isnan(level)) {
        w->power += pow(10, level / 10);
        w->levels++;
    }
    add_segment(w, p, share, !isnan(level) && level < w->p->silence_db);
    w->segments++;
    return 0;
}
