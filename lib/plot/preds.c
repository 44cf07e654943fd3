/* preds.c - a stream of predictions in memory. */
#include "plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int read_head(struct ir_preds *p, const struct ir_meta *head, struct ir_err *err)
{
    const char *domain = ir_meta_get(head, "domain"), *classes = ir_meta_get(head, "classes");
    if (!domain || strcmp(domain, "pred") != 0)
        return ir_fail(err, "domain '%s' found, 'pred' (predictions of ir-infer) wanted",
                       domain ? domain : "none");
    if (!classes || ir_names_parse(classes, &p->classes, err) != 0)
        return ir_fail_in(err, "classes");
    if (p->classes.n == 0)
        return ir_fail(err, "the stream names no classes");
    return 0;
}

static void grow(struct ir_preds *p)
{
    if (p->n < p->cap)
        return;
    p->cap = p->cap ? 2 * p->cap : 256;
    p->p = ir_realloc(p->p, p->cap * p->classes.n, sizeof *p->p);
    p->truth = ir_realloc(p->truth, p->cap * p->classes.n, sizeof *p->truth);
}

static int take(struct ir_preds *p, const struct ir_rec *r, bool open, struct ir_err *err)
{
    size_t k = p->classes.n;
    struct ir_buf tmp = {0};
    const char *labels = ir_meta_get(&r->meta, "labels");
    if (ir_rec_count(r) != k)
        return ir_fail(err, "clip '%s': %zu values found, %zu classes wanted", ir_rec_id(r),
                       ir_rec_count(r), k);
    grow(p);
    memcpy(p->p + p->n * k, ir_rec_f32(r, false, &tmp), k * sizeof *p->p);
    ir_buf_free(&tmp);
    float *truth = p->truth + p->n * k;
    if (!labels)
        for (size_t i = 0; i < k; i++)
            truth[i] = NAN;
    else if (ir_labels_parse(labels, &p->classes, open, truth, err) != 0)
        return ir_fail_in(err, "clip '%s'", ir_rec_id(r));
    p->n++;
    return 0;
}

int ir_preds_read(char *const *files, size_t n, struct ir_preds *p, struct ir_err *err)
{
    memset(p, 0, sizeof *p);
    struct ir_reader *r = ir_reader_open(files, n, err);
    if (!r)
        return -1;
    const struct ir_meta *head = ir_reader_header(r);
    const char *labels = ir_meta_get(head, "labels");
    bool open = labels && strcmp(labels, "open") == 0;
    int rc = read_head(p, head, err), got = 0;
    struct ir_rec rec;
    while (rc == 0 && (got = ir_reader_next(r, &rec, err)) == 1)
        rc = take(p, &rec, open, err);
    if (got < 0)
        rc = -1;
    if (rc == 0 && p->n == 0)
        rc = ir_fail(err, "the stream holds no predictions");
    ir_reader_close(r);
    if (rc != 0)
        ir_preds_free(p);
    return rc;
}

void ir_preds_free(struct ir_preds *p)
{
    ir_strs_free(&p->classes);
    free(p->p);
    free(p->truth);
    memset(p, 0, sizeof *p);
}

int ir_preds_best(const struct ir_preds *p, const float *of, size_t i)
{
    int best = -1;
    float most = 0;
    for (size_t k = 0; k < p->classes.n; k++)
        if (of[i * p->classes.n + k] > most) {
            most = of[i * p->classes.n + k];
            best = (int)k;
        }
    return best;
}
