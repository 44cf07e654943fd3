/* model_head.c - the header of a trained network, and the training of classic learners. */
#include "learn.h"
#include "train.h"

#include <stdlib.h>
#include <string.h>

/* Seconds of the longest training clip, from its length or its samples; 0 unknown. */
static double longest_s(const struct ir_train *t)
{
    double longest = 0;
    for (size_t i = 0; i < t->n_train; i++) {
        const struct ir_rec *r = ir_data_rec(t->data, t->train[i], 0);
        double length = 0, rate = 0;
        if (ir_meta_real(&r->meta, "length", 0, 1e9, &length, NULL) != 0 && r->rank == 2 &&
            ir_meta_real(&r->meta, "rate", 1, 1e9, &rate, NULL) == 0)
            length = (double)r->shape[1] / rate;
        longest = length > longest ? length : longest;
    }
    return longest;
}

/* True when an input wants clips of one length. */
static bool fixed_length(const struct ir_net *net)
{
    for (size_t i = 0; i < ir_net_inputs(net); i++) {
        const struct ir_shape *s = &ir_net_input(net, i)->shape;
        if (s->rank > 0 && s->dim[s->rank - 1] > 0)
            return true;
    }
    return false;
}

void ir_train_head(const struct ir_train *t, const char *prog, struct ir_meta *m)
{
    static const char *const keys[] = {"valid.loss", "valid.accuracy", "valid.macro-f1",
                                       "valid.micro-f1", "valid.map"};
    struct ir_buf names = {0};
    struct ir_data_clip first;
    double seconds = fixed_length(t->net) ? longest_s(t) : 0;
    ir_meta_copy(m, ir_data_header(t->data));
    ir_meta_set(m, "input", ir_meta_get(m, "domain"));
    ir_names_format(ir_net_classes(t->net), &names);
    ir_meta_set(m, "classes", names.data);
    ir_buf_free(&names);
    ir_data_clip(t->data, t->train[0], &first);
    if (ir_meta_get(m, "frontend") == NULL)
        ir_meta_set(m, "rate", ir_meta_get(first.meta, "rate"));
    if (seconds > 0)
        ir_meta_set_real(m, "seconds", seconds);
    ir_meta_set(m, "task", ir_net_single(t->net) ? "single" : "multi");
    ir_meta_setf(m, "epoch", "%lld", t->best_epoch);
    ir_meta_setf(m, "clips.train", "%zu", t->n_train);
    ir_meta_setf(m, "clips.valid", "%zu", t->n_valid);
    for (int i = 0; i < IR_MEASURES && t->n_valid > 0; i++) {
        if (t->best.v[i] == t->best.v[i])
            ir_meta_set_real(m, keys[i], t->best.v[i]);
    }
    if (prog != NULL)
        ir_meta_add_prog(m, prog);
}

/* ---- classic learners -------------------------------------------------------------------------
 */

static bool all_single(const struct ir_data *d, const struct ir_choice *c)
{
    size_t k = ir_data_classes(d)->n;
    for (size_t i = 0; i < c->n_train; i++) {
        struct ir_data_clip clip;
        size_t on = 0;
        ir_data_clip(d, c->train[i], &clip);
        for (size_t j = 0; j < k; j++)
            on += clip.y[j] >= 0.5f;
        if (on != 1)
            return false;
    }
    return !ir_data_open_labels(d);
}

static int gather(const struct ir_data *d, const struct ir_choice *c, struct ir_learn_data *a,
                  struct ir_err *err)
{
    struct ir_buf tmp = {0};
    int rc = 0;
    a->k = ir_data_classes(d)->n;
    a->single = all_single(d, c);
    for (size_t i = 0; i < c->n_train && rc == 0; i++) {
        struct ir_data_clip clip;
        ir_data_clip(d, c->train[i], &clip);
        const struct ir_rec *r = ir_data_rec(d, c->train[i], 0);
        rc = ir_learn_add(a, ir_rec_f32(r, false, &tmp), ir_rec_count(r), clip.y, err);
        if (rc < 0)
            ir_fail_in(err, "clip %s", clip.id);
    }
    ir_buf_free(&tmp);
    return rc == 0 ? ir_data_unchanged(d, err) : -1;
}

static int write_learned(const struct ir_learned *m, const struct ir_data *d,
                         const struct ir_choice *c, const char *output, bool pack, const char *prog,
                         struct ir_err *err)
{
    struct ir_meta head = {0};
    ir_meta_copy(&head, ir_data_header(d));
    ir_meta_set(&head, "input", ir_meta_get(&head, "domain"));
    ir_meta_set(&head, "domain", "param");
    ir_meta_setf(&head, "clips.train", "%zu", c->n_train);
    ir_learner_header(m, &head);
    if (prog != NULL)
        ir_meta_add_prog(&head, prog);
    struct ir_writer *out = ir_writer_open(output, &head, pack, err);
    ir_meta_free(&head);
    if (out == NULL)
        return -1;
    if (ir_learner_write(m, out, err) < 0) {
        ir_writer_abort(out);
        return -1;
    }
    return ir_writer_close(out, 0, err);
}

int ir_train_learner(const char *spec, const struct ir_data *d, const struct ir_choice *c,
                     uint64_t seed, struct ir_pool *pool, const char *output, bool pack,
                     const char *prog, struct ir_err *err)
{
    struct ir_learned m = {0};
    struct ir_learn_data a = {0};
    int rc = ir_learner_parse(&m, spec, err);
    if (rc == 0)
        rc = gather(d, c, &a, err);
    if (rc == 0)
        rc = ir_learner_fit(&m, &a, seed, pool, err);
    if (rc == 0)
        rc = write_learned(&m, d, c, output, pack, prog, err);
    ir_learn_free(&a);
    ir_learner_free(&m);
    return rc;
}
