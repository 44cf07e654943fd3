/* data.c - clips of a tensor stream by index: labels, binding to a network's inputs, loading. */
#include "train.h"

#include "dsp.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct ir_data {
    struct ir_index *index;
    struct ir_strs classes;
    bool open_labels, audio;
    size_t *first; /* [clips + 1]: records first[i] … first[i+1]-1 are clip i */
    size_t clips, cap;
    float *y; /* [clips][classes] */
    size_t inputs;
    size_t *record; /* [clips][inputs] after bind */
};

static const char *meta_or(const struct ir_meta *m, const char *key)
{
    const char *v = ir_meta_get(m, key);
    return v != NULL ? v : "";
}

static void find_clips(struct ir_data *d)
{
    size_t n = ir_index_count(d->index);
    for (size_t i = 0; i < n; i = ir_index_clip_end(d->index, i)) {
        ir_grow(&d->first, &d->cap, d->clips + 2, sizeof *d->first);
        d->first[d->clips++] = i;
    }
    ir_grow(&d->first, &d->cap, d->clips + 1, sizeof *d->first);
    d->first[d->clips] = n;
}

static int read_labels(struct ir_data *d, struct ir_err *err)
{
    d->y = ir_alloc(d->clips * d->classes.n + 1, sizeof *d->y);
    for (size_t i = 0; i < d->clips; i++) {
        const struct ir_rec *r = ir_index_rec(d->index, d->first[i]);
        if (ir_labels_parse(ir_meta_get(&r->meta, "labels"), &d->classes, d->open_labels,
                            d->y + i * d->classes.n, err) < 0)
            return ir_fail_at(err, i + 1, r);
    }
    return 0;
}

static int read_classes(struct ir_data *d, const struct ir_strs *classes, struct ir_err *err)
{
    const struct ir_meta *head = ir_index_header(d->index);
    const char *labels = ir_meta_get(head, "labels"), *domain = meta_or(head, "domain");
    d->open_labels = labels != NULL && strcmp(labels, "open") == 0;
    d->audio = strcmp(domain, "audio") == 0;
    if (!d->audio && strcmp(domain, "feature") != 0)
        return ir_fail(err, "the stream holds '%s', wanted audio or feature", domain);
    if (classes != NULL) {
        for (size_t i = 0; i < classes->n; i++)
            ir_strs_add(&d->classes, classes->at[i]);
        return 0;
    }
    const char *text = ir_meta_get(head, "classes");
    if (text == NULL)
        return ir_fail(err, "the header names no classes: training needs labels (see ir-label)");
    return ir_names_parse(text, &d->classes, err);
}

struct ir_data *ir_data_open(char *const *files, size_t n, const struct ir_strs *classes,
                             struct ir_err *err)
{
    static char dash[] = "-";
    char *only[1] = {dash};
    struct ir_data *d = ir_zalloc(1, sizeof *d);
    d->index = ir_index_open(n > 0 ? files : only, n > 0 ? n : 1, err);
    if (d->index == NULL || read_classes(d, classes, err) < 0)
        goto bad;
    find_clips(d);
    if (d->clips == 0) {
        ir_fail(err, "the stream holds no clip");
        goto bad;
    }
    if (read_labels(d, err) < 0)
        goto bad;
    return d;
bad:
    ir_data_close(d);
    return NULL;
}

int ir_data_unchanged(const struct ir_data *d, struct ir_err *err)
{
    return ir_index_unchanged(d->index, err);
}

void ir_data_close(struct ir_data *d)
{
    if (d == NULL)
        return;
    if (d->index != NULL)
        ir_index_close(d->index);
    ir_strs_free(&d->classes);
    free(d->first);
    free(d->y);
    free(d->record);
    free(d);
}

const struct ir_meta *ir_data_header(const struct ir_data *d)
{
    return ir_index_header(d->index);
}

const struct ir_strs *ir_data_classes(const struct ir_data *d)
{
    return &d->classes;
}

bool ir_data_open_labels(const struct ir_data *d)
{
    return d->open_labels;
}

size_t ir_data_clips(const struct ir_data *d)
{
    return d->clips;
}

void ir_data_clip(const struct ir_data *d, size_t i, struct ir_data_clip *out)
{
    const struct ir_rec *r = ir_index_rec(d->index, d->first[i]);
    const char *labels = ir_meta_get(&r->meta, "labels");
    *out = (struct ir_data_clip){.id = ir_rec_id(r),
                                 .path = meta_or(&r->meta, "path"),
                                 .group = meta_or(&r->meta, "group"),
                                 .split = meta_or(&r->meta, "split"),
                                 .meta = &r->meta,
                                 .y = d->y + i * d->classes.n,
                                 .labelled = labels != NULL,
                                 .given = labels != NULL && labels[0] != '\0'};
}

const struct ir_rec *ir_data_rec(const struct ir_data *d, size_t clip, size_t i)
{
    size_t r = d->first[clip] + i;
    return r < d->first[clip + 1] ? ir_index_rec(d->index, r) : NULL;
}

void ir_data_epochs(const struct ir_data *d, struct ir_strs *epochs)
{
    for (size_t i = 0; i < ir_index_count(d->index); i++) {
        const char *is = ir_meta_get(&ir_index_rec(d->index, i)->meta, "epoch");
        bool last = epochs->n > 0 && is != NULL && strcmp(is, epochs->at[epochs->n - 1]) == 0;
        if (is != NULL && !last && ir_strs_find(epochs, is) < 0)
            ir_strs_add(epochs, is);
    }
}

static uint64_t hash_text(const char *s, uint64_t h)
{
    return ir_hash(s, strlen(s) + 1, h);
}

uint64_t ir_data_hash(const struct ir_data *d)
{
    uint64_t h = hash_text(meta_or(ir_data_header(d), "frontend"), 1);
    for (size_t i = 0; i < d->classes.n; i++)
        h = hash_text(d->classes.at[i], h);
    for (size_t i = 0; i < ir_index_count(d->index); i++) {
        const struct ir_rec *r = ir_index_rec(d->index, i);
        h = hash_text(ir_rec_id(r), hash_text(ir_rec_name(r), h));
        h = hash_text(meta_or(&r->meta, "labels"), hash_text(meta_or(&r->meta, "split"), h));
        h = hash_text(meta_or(&r->meta, "epoch"), hash_text(meta_or(&r->meta, "group"), h));
        h = ir_hash(r->shape, (size_t)r->rank * sizeof r->shape[0], h);
        uint32_t sum = ir_crc32(0, r->data, r->bytes); /* gigabytes a second */
        h = ir_hash(&sum, sizeof sum, h);
    }
    return h;
}

/* ---- binding -----------------------------------------------------------------------------------
 */

int ir_data_bind(struct ir_data *d, const struct ir_net *net, const size_t *clips, size_t n,
                 struct ir_shape *longest, struct ir_err *err)
{
    d->inputs = ir_net_inputs(net);
    free(d->record);
    d->record = ir_zalloc(d->clips * d->inputs + 1, sizeof *d->record);
    for (size_t k = 0; k < d->inputs; k++)
        longest[k] = (struct ir_shape){0};
    for (size_t i = 0; i < n; i++) {
        size_t c = clips[i];
        for (size_t k = 0; k < d->inputs; k++) {
            const struct ir_net_input *in = ir_net_input(net, k);
            size_t r = d->first[c];
            while (r < d->first[c + 1] &&
                   strcmp(ir_rec_name(ir_index_rec(d->index, r)), in->name) != 0)
                r++;
            if (r == d->first[c + 1])
                return ir_fail(err,
                               "clip %s has no record '%s', which line %d of the network reads",
                               ir_rec_id(ir_index_rec(d->index, d->first[c])), in->name, in->line);
            struct ir_shape s = {0};
            const struct ir_rec *first = ir_index_rec(d->index, d->first[c]);
            if (ir_net_input_bind(in, ir_index_rec(d->index, r), &s, err) < 0)
                return ir_fail_at(err, c + 1, first);
            longest[k].rank = s.rank;
            for (int a = 0; a < s.rank; a++)
                longest[k].dim[a] = s.dim[a] > longest[k].dim[a] ? s.dim[a] : longest[k].dim[a];
            d->record[c * d->inputs + k] = r;
        }
    }
    return 0;
}

void ir_data_shape(const struct ir_data *d, size_t clip, size_t input, struct ir_shape *out)
{
    const struct ir_rec *r = ir_index_rec(d->index, d->record[clip * d->inputs + input]);
    out->rank = r->rank;
    for (int k = 0; k < r->rank; k++)
        out->dim[k] = r->shape[k];
}

/* ---- loading -----------------------------------------------------------------------------------
 */

/* Copy src of shape r into dst of shape s, axis by axis; what is beyond src is zero. */
static void copy_axes(float *dst, const struct ir_shape *s, const float *src,
                      const struct ir_rec *r, int axis)
{
    if (axis + 1 >= s->rank || axis + 1 >= IR_NET_RANK) {
        memcpy(dst, src, r->shape[axis] * sizeof(float));
        return;
    }
    size_t to = 1, from = 1;
    for (int k = axis + 1; k < s->rank && k < IR_NET_RANK; k++) {
        to *= s->dim[k];
        from *= r->shape[k];
    }
    for (size_t i = 0; i < r->shape[axis]; i++)
        copy_axes(dst + i * to, s, src + i * from, r, axis + 1);
}

struct job {
    const struct ir_data *d;
    struct ir_net *net;
    const size_t *clips;
};

static void load_one(void *arg, size_t i, unsigned thread)
{
    const struct job *job = arg;
    const struct ir_data *d = job->d;
    struct ir_buf tmp = {0};
    (void)thread;
    for (size_t k = 0; k < d->inputs; k++) {
        const struct ir_rec *r = ir_index_rec(d->index, d->record[job->clips[i] * d->inputs + k]);
        struct ir_shape s;
        ir_net_planned(job->net, k, &s);
        size_t size = ir_shape_count(&s);
        float *dst = ir_net_x(job->net, k) + i * size;
        const float *src = ir_rec_f32(r, d->audio, &tmp);
        if (ir_rec_count(r) == size) {
            memcpy(dst, src, size * sizeof(float));
        } else {
            memset(dst, 0, size * sizeof(float));
            copy_axes(dst, &s, src, r, 0);
        }
    }
    memcpy(ir_net_target(job->net) + i * d->classes.n, d->y + job->clips[i] * d->classes.n,
           d->classes.n * sizeof(float));
    ir_buf_free(&tmp);
}

void ir_data_load(const struct ir_data *d, struct ir_net *net, struct ir_pool *pool,
                  const size_t *clips, size_t n)
{
    struct job job = {d, net, clips};
    ir_pool_run(pool, n, load_one, &job);
}

size_t ir_data_find_nan(const struct ir_data *d, const size_t *clips, size_t n)
{
    struct ir_buf tmp = {0};
    size_t found = SIZE_MAX;
    for (size_t i = 0; i < n && found == SIZE_MAX; i++) {
        for (size_t k = 0; k < d->inputs && found == SIZE_MAX; k++) {
            const struct ir_rec *r = ir_index_rec(d->index, d->record[clips[i] * d->inputs + k]);
            const float *x = ir_rec_f32(r, d->audio, &tmp);
            if (!ir_dsp_finite(x, ir_rec_count(r)))
                found = clips[i];
        }
    }
    ir_buf_free(&tmp);
    return found;
}
