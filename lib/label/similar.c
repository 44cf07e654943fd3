/* similar.c - clips of different splits that sound alike: one take in two encodings, levels or
 * under two names. */
#include "../label.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DIMENSIONS_MAX ((size_t)1 << 16)

/* One clip: what it is called, and its vector (in a block of its own). */
struct near_clip {
    char *id, *split, *group;
    float *v;
};

struct near {
    struct near_clip *at;
    size_t n, cap, dims;
};

static void near_free(struct near *x)
{
    for (size_t i = 0; i < x->n; i++) {
        free(x->at[i].id);
        free(x->at[i].split);
        free(x->at[i].group);
        free(x->at[i].v);
    }
    free(x->at);
}

/* Mean and deviation over time of every row, the means without their own mean (a louder copy has a
 * constant added to logarithms). A tensor without a time axis is taken as it is. */
static void summarize(const float *x, size_t rows, size_t frames, float *v)
{
    double level = 0;
    for (size_t r = 0; r < rows; r++) {
        double sum = 0, squares = 0;
        for (size_t t = 0; t < frames; t++)
            sum += (double)x[r * frames + t];
        sum /= (double)frames;
        for (size_t t = 0; t < frames; t++)
            squares += ((double)x[r * frames + t] - sum) * ((double)x[r * frames + t] - sum);
        v[r] = (float)sum;
        v[rows + r] = (float)sqrt(squares / (double)frames);
        level += sum / (double)rows;
    }
    for (size_t r = 0; r < rows; r++)
        v[r] -= (float)level;
}

static int add(struct near *x, const struct ir_rec *rec, struct ir_err *err)
{
    const char *axes = ir_meta_get(&rec->meta, "axes"), *id = ir_rec_id(rec);
    const char *split = ir_meta_get(&rec->meta, "split"), *group = ir_meta_get(&rec->meta, "group");
    size_t n = ir_rec_count(rec), len = axes ? strlen(axes) : 0;
    bool timed = len >= 4 && !strcmp(axes + len - 4, "time") && rec->rank > 0;
    size_t frames = timed ? rec->shape[rec->rank - 1] : 1;
    size_t rows = frames ? n / frames : 0, dims = timed ? 2 * rows : n;
    if (!split)
        return ir_fail(err, "clip %s has no split", id);
    if (!dims || dims > DIMENSIONS_MAX)
        return ir_fail(err, "clip %s: found %zu numbers to compare by, wanted 1 to %zu", id, dims,
                       DIMENSIONS_MAX);
    if (x->n && dims != x->dims)
        return ir_fail(err, "clip %s: found %zu numbers to compare by, wanted %zu as before", id,
                       dims, x->dims);
    struct ir_buf tmp = {0};
    const float *data = ir_rec_f32(rec, false, &tmp);
    ir_grow(&x->at, &x->cap, x->n + 1, sizeof *x->at);
    struct near_clip *c = &x->at[x->n++];
    *c = (struct near_clip){ir_strdup(id), ir_strdup(split), group ? ir_strdup(group) : NULL,
                            ir_alloc(dims, sizeof(float))};
    x->dims = dims;
    if (timed)
        summarize(data, rows, frames, c->v);
    else
        memcpy(c->v, data, n * sizeof *data);
    ir_buf_free(&tmp);
    return 0;
}

/* Every dimension to mean 0 and deviation 1 over all clips, then every clip to length 1. */
static void normalize(struct near *x)
{
    for (size_t d = 0; d < x->dims; d++) {
        double sum = 0, squares = 0;
        for (size_t i = 0; i < x->n; i++)
            sum += (double)x->at[i].v[d];
        sum /= (double)x->n;
        for (size_t i = 0; i < x->n; i++)
            squares += ((double)x->at[i].v[d] - sum) * ((double)x->at[i].v[d] - sum);
        double deviation = sqrt(squares / (double)x->n);
        for (size_t i = 0; i < x->n; i++)
            x->at[i].v[d] =
                deviation > 0 ? (float)(((double)x->at[i].v[d] - sum) / deviation) : 0.0F;
    }
    for (size_t i = 0; i < x->n; i++) {
        double squares = 0;
        for (size_t d = 0; d < x->dims; d++)
            squares += (double)x->at[i].v[d] * (double)x->at[i].v[d];
        for (size_t d = 0; d < x->dims && squares > 0; d++)
            x->at[i].v[d] = (float)((double)x->at[i].v[d] / sqrt(squares));
    }
}

static float cosine(const float *a, const float *b, size_t n)
{
    float sum[8] = {0};
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (size_t k = 0; k < 8; k++)
            sum[k] += a[i + k] * b[i + k];
    float all = 0;
    for (; i < n; i++)
        all += a[i] * b[i];
    for (size_t k = 0; k < 8; k++)
        all += sum[k];
    return all;
}

static void report(const struct near *x, double least, struct ir_buf *out, size_t *n)
{
    for (size_t i = 0; i < x->n; i++)
        for (size_t j = i + 1; j < x->n; j++) {
            const struct near_clip *a = &x->at[i], *b = &x->at[j];
            if (!strcmp(a->split, b->split))
                continue;
            double c = (double)cosine(a->v, b->v, x->dims);
            if (c < least)
                continue;
            ir_buf_printf(out, "%.4f\t%s\t", c, a->split);
            ir_buf_shown(out, a->id);
            ir_buf_printf(out, "\t%s\t", b->split);
            ir_buf_shown(out, b->id);
            ir_buf_puts(out, "\n");
            ++*n;
        }
}

int ir_label_similar(char *const *paths, size_t n_paths, double least, struct ir_buf *out,
                     size_t *n, struct ir_err *err)
{
    struct near x = {0};
    struct ir_clip clip = {0};
    struct ir_reader *in = ir_reader_open(paths, n_paths, err);
    int rc = in ? 0 : -1;
    *n = 0;
    while (!rc && (rc = ir_clip_next(in, &clip, err)) > 0)
        rc = add(&x, &clip.rec[0], err);
    if (!rc && !x.n)
        rc = ir_fail(err, "no clips to compare");
    if (!rc) {
        normalize(&x);
        report(&x, least, out, n);
    }
    near_free(&x);
    ir_clip_free(&clip);
    if (in)
        ir_reader_close(in);
    return rc;
}
