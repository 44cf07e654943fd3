/* envelopes.c - activation files from a stream of stems. */
#include "../label.h"

#include <stdlib.h>
#include <string.h>

#include "activation.h"
#include "dict.h"
#include "walk.h"

struct envelopes {
    const char *dir;
    char *track;
    struct ir_stems stems;
    struct ir_dict done; /* tracks that were written */
    struct ir_buf *files;
};

static int write_track(struct envelopes *e, struct ir_err *err)
{
    struct ir_activation a;
    struct ir_buf name = {0};
    if (!e->track)
        return 0;
    ir_buf_printf(&name, "%s_ACTIVATION_CONF.lab", e->track);
    for (char *c = name.data; *c; c++)
        *c = *c == '/' ? '_' : *c; /* a group is not a path */
    char *path = ir_path_join(e->dir, name.data);
    ir_buf_free(&name);
    ir_stems_activation(&e->stems, &a);
    int rc = ir_activation_write(&a, path, err);
    if (!rc)
        ir_buf_printf(e->files, "%s\n", path);
    free(path);
    ir_activation_free(&a);
    ir_stems_free(&e->stems);
    ir_dict_put(&e->done, e->track, 0, NULL);
    free(e->track);
    e->track = NULL;
    return rc;
}

/* The first positive class of the record, or its id. Owned. */
static char *instrument(const struct ir_rec *rec, const struct ir_meta *head)
{
    const char *labels = ir_meta_get(&rec->meta, "labels"), *names = ir_meta_get(head, "classes");
    struct ir_strs classes = {0};
    char *out = NULL;
    if (labels && names && !ir_names_parse(names, &classes, NULL)) {
        float *y = ir_alloc(classes.n + 1, sizeof *y);
        if (!ir_labels_parse(labels, &classes, false, y, NULL))
            for (size_t k = 0; k < classes.n && !out; k++)
                out = y[k] >= 0.5f ? ir_strdup(classes.at[k]) : NULL;
        free(y);
    }
    ir_strs_free(&classes);
    return out ? out : ir_strdup(ir_rec_id(rec));
}

static int add_stem(struct envelopes *e, const struct ir_rec *rec, const struct ir_meta *head,
                    struct ir_err *err)
{
    const char *track = ir_meta_get(&rec->meta, "group"), *id = ir_rec_id(rec);
    double rate = 0, offset = 0;
    if (!track)
        return ir_fail(err, "clip %s has no group: which track is it of", id);
    if (rec->rank != 2 || !rec->shape[0])
        return ir_fail(err, "clip %s: found rank %d, wanted audio as channels x samples", id,
                       rec->rank);
    if (ir_meta_real(&rec->meta, "rate", 1, 1e6, &rate, err) < 0 ||
        ir_meta_real(&rec->meta, "offset", 0, 1e9, &offset, err) < 0)
        return -1;
    if (rate != IR_ACTIVATION_RATE)
        return ir_fail(err, "clip %s: rate %g Hz, wanted %d Hz (ir-decode --rate %d)", id, rate,
                       IR_ACTIVATION_RATE, IR_ACTIVATION_RATE);
    if (offset > 0)
        return ir_fail(err, "clip %s starts at %g s: stems are wanted whole, not in segments", id,
                       offset);
    if (e->track && strcmp(e->track, track) && write_track(e, err))
        return -1;
    if (ir_dict_get(&e->done, track))
        return ir_fail(err, "clip %s: track %s came up again, its stems must be consecutive", id,
                       track);
    if (!e->track)
        e->track = ir_strdup(track);
    struct ir_buf tmp = {0};
    const float *x = ir_rec_f32(rec, true, &tmp);
    size_t channels = rec->shape[0], n = rec->shape[1];
    float *mono = ir_zalloc(n + 1, sizeof *mono);
    for (size_t c = 0; c < channels; c++)
        for (size_t i = 0; i < n; i++)
            mono[i] += x[c * n + i] / (float)channels;
    char *name = instrument(rec, head);
    ir_stems_add(&e->stems, name, mono, n);
    free(name);
    free(mono);
    ir_buf_free(&tmp);
    return 0;
}

int ir_activations_write(char *const *paths, size_t n, const char *dir, struct ir_buf *files,
                         struct ir_err *err)
{
    struct envelopes e = {.dir = dir, .files = files};
    struct ir_rec rec;
    struct ir_reader *in = ir_reader_open(paths, n, err);
    if (!in)
        return -1;
    int rc;
    while ((rc = ir_reader_next(in, &rec, err)) > 0)
        if ((rc = add_stem(&e, &rec, ir_reader_header(in), err)))
            break;
    if (!rc)
        rc = write_track(&e, err);
    free(e.track);
    ir_stems_free(&e.stems);
    ir_dict_free(&e.done);
    ir_reader_close(in);
    return rc;
}
