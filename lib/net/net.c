/* net.c - life of a network, its passes and its parameters. */
#include "net/steps.h"

#include <fnmatch.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

size_t ir_shape_count(const struct ir_shape *s)
{
    size_t n = 1;
    for (int i = 0; i < s->rank; i++)
        n *= s->dim[i];
    return n;
}

const char *ir_shape_show(char out[96], const struct ir_shape *s)
{
    size_t at = 0;
    out[0] = '\0';
    for (int i = 0; i < s->rank; i++) {
        char one[24];
        if (s->dim[i] == 0)
            snprintf(one, sizeof one, "any");
        else
            snprintf(one, sizeof one, "%zu", s->dim[i]);
        at += (size_t)snprintf(out + at, 96 - at, "%s%s", i > 0 ? "x" : "", one);
    }
    if (s->rank == 0)
        snprintf(out, 96, "1");
    return out;
}

struct ir_net *ir_net_parse(const char *text, size_t len, const char *name,
                            const struct ir_strs *classes, struct ir_err *err)
{
    if (memchr(text, '\0', len) != NULL) {
        ir_fail(err, "%s: a NUL byte, wanted text", name);
        return NULL;
    }
    struct ir_net *net = ir_zalloc(1, sizeof *net);
    net->text = ir_strndup(text, len);
    net->name = ir_strdup(name);
    for (size_t i = 0; classes != NULL && i < classes->n; i++)
        ir_strs_add(&net->classes, classes->at[i]);
    if (ir_net_read_lines(net, net->text, err) < 0) {
        ir_net_free(net);
        return NULL;
    }
    return net;
}

static void free_node(struct ir_node *n)
{
    if (n->layer->drop != NULL && n->state != NULL)
        n->layer->drop(n);
    for (size_t i = 0; i < IR_NODE_PARAMS; i++)
        free(n->param[i].name);
    if (n->args != NULL)
        ir_args_free(n->args);
    free(n->args);
    free(n->state);
    free(n->fused);
    free((char *)(uintptr_t)n->name);
}

void ir_net_free(struct ir_net *net)
{
    if (net == NULL)
        return;
    for (size_t i = 0; i < net->n_nodes; i++)
        free_node(&net->node[i]);
    for (size_t i = 0; i < net->n_inputs; i++)
        free((char *)(uintptr_t)net->input[i].name);
    if (net->loss_args != NULL)
        ir_args_free(net->loss_args);
    free(net->loss_args);
    free(net->loss_state.class_weight);
    ir_strs_free(&net->classes);
    ir_steps_free(net->steps);
    free(net->node);
    free(net->input);
    free(net->input_node);
    free(net->param);
    ir_huge_free(net->values, net->arena_floats * sizeof(float));
    ir_huge_free(net->own_gradients != NULL ? net->own_gradients : net->gradients,
                 net->arena_floats * sizeof(float));
    ir_huge_free(net->act, net->act_cap);
    ir_huge_free(net->scratch, net->scratch_cap * sizeof(float));
    free(net->target);
    free(net->probs);
    free(net->text);
    free(net->name);
    free(net);
}

const char *ir_net_text(const struct ir_net *net)
{
    return net->text;
}

const struct ir_strs *ir_net_classes(const struct ir_net *net)
{
    return &net->classes;
}

size_t ir_net_inputs(const struct ir_net *net)
{
    return net->n_inputs;
}

const struct ir_net_input *ir_net_input(const struct ir_net *net, size_t i)
{
    return &net->input[i];
}

void ir_net_shapes(const struct ir_net *net, size_t length, struct ir_shape *shapes)
{
    for (size_t i = 0; i < net->n_inputs; i++) {
        shapes[i] = net->input[i].shape;
        for (int k = 0; k < shapes[i].rank; k++)
            shapes[i].dim[k] = shapes[i].dim[k] == 0 ? length : shapes[i].dim[k];
    }
}

bool ir_net_single(const struct ir_net *net)
{
    return net->loss->single;
}

void ir_net_balance(struct ir_net *net, const size_t *clips)
{
    size_t k = net->classes.n, sum = 0;
    for (size_t i = 0; i < k; i++)
        sum += clips[i];
    for (size_t i = 0; i < k && net->loss_state.balanced; i++)
        net->loss_state.class_weight[i] =
            clips[i] > 0 ? (float)((double)sum / ((double)k * (double)clips[i])) : 1;
}

const char *ir_net_loss_name(const struct ir_net *net)
{
    return net->loss->name;
}

/* ---- parameters --------------------------------------------------------------------------------
 */

int ir_node_param(struct ir_node *n, const char *name, int rank, const size_t *dim, bool buffer,
                  struct ir_err *err)
{
    if (n->n_params == IR_NODE_PARAMS)
        return ir_fail(err, "%s: more than %d parameters", n->layer->name, IR_NODE_PARAMS);
    struct ir_param *p = &n->param[n->n_params++];
    struct ir_shape s = {.rank = rank};
    size_t count = 1;
    for (int i = 0; i < rank; i++) {
        s.dim[i] = dim[i];
        if (!ir_mul(count, dim[i], &count) || count > (size_t)1 << 28)
            return ir_fail(err, "%s: %s has more than 2^28 numbers", n->layer->name, name);
    }
    if (p->name != NULL) {
        char found[96], wanted[96];
        if (p->count != count)
            return ir_fail(err, "%s: this input needs a %s of %s, the network has %s",
                           n->layer->name, p->name, ir_shape_show(found, &s),
                           ir_shape_show(wanted, &p->shape));
        return 0;
    }
    struct ir_buf b = {0};
    ir_buf_printf(&b, "%s.%s", n->name, name);
    *p = (struct ir_param){.name = b.data,
                           .shape = s,
                           .count = count,
                           .buffer = buffer,
                           .decays = !buffer,
                           .lr_scale = 1};
    return 0;
}

int ir_node_inputs(const struct ir_node *n, size_t min, size_t max, int rank_min, int rank_max,
                   struct ir_err *err)
{
    if (n->n_in < min || n->n_in > max)
        return ir_fail(err, "%s has %zu inputs, wanted %zu", n->layer->name, n->n_in,
                       n->n_in < min ? min : max);
    for (size_t k = 0; k < n->n_in; k++) {
        int rank = n->in[k]->shape.rank;
        char found[96];
        if (rank < rank_min || rank > rank_max)
            return ir_fail(err, "%s: its input is %s, wanted %d%s axes", n->layer->name,
                           ir_shape_show(found, &n->in[k]->shape),
                           rank < rank_min ? rank_min : rank_max,
                           rank_min == rank_max ? ""
                           : rank < rank_min    ? " or more"
                                                : " or fewer");
    }
    return 0;
}

void ir_node_uniform(float *values, size_t count, double s, struct ir_rng *rng)
{
    for (size_t i = 0; i < count; i++)
        values[i] = (float)((2 * ir_rng_uniform(rng) - 1) * s);
}

void ir_net_init(struct ir_net *net, uint64_t seed)
{
    net->same_w = false;
    for (size_t i = 0; i < net->n_nodes; i++) {
        struct ir_node *n = &net->node[i];
        struct ir_rng rng;
        /* by name: a layer starts the same whatever stands before it */
        ir_rng_seed(&rng, ir_clip_seed(seed, 0, n->name));
        for (size_t k = 0; k < n->n_params; k++)
            memset(n->w[k], 0, n->param[k].count * sizeof(float));
        if (n->layer->init != NULL)
            n->layer->init(n, &rng);
    }
}

size_t ir_net_params(const struct ir_net *net)
{
    return net->n_params;
}

const struct ir_param *ir_net_param(const struct ir_net *net, size_t i)
{
    return net->param[i];
}

float *ir_net_values(struct ir_net *net, size_t i)
{
    net->same_w = false;
    return net->values + net->param[i]->offset;
}

float *ir_net_gradients(struct ir_net *net, size_t i)
{
    return net->gradients != NULL ? net->gradients + net->param[i]->offset : NULL;
}

float *ir_net_arena(struct ir_net *net, size_t *n)
{
    *n = net->arena_floats;
    net->same_w = false;
    return net->values;
}

size_t ir_net_weights(const struct ir_net *net)
{
    return net->weights;
}

size_t ir_net_scale(struct ir_net *net, const char *pattern, double lr_scale)
{
    size_t n = 0;
    for (size_t i = 0; i < net->n_params; i++) {
        if (fnmatch(pattern, net->param[i]->name, 0) == 0) {
            net->param[i]->lr_scale = lr_scale;
            net->param[i]->frozen = lr_scale == 0;
            n++;
        }
    }
    return n;
}

/* ---- passes ------------------------------------------------------------------------------------
 */

float *ir_net_x(struct ir_net *net, size_t i)
{
    return net->input_node[i]->y;
}

void ir_net_planned(const struct ir_net *net, size_t i, struct ir_shape *shape)
{
    *shape = net->input_node[i]->shape;
}

size_t ir_net_batch(const struct ir_net *net)
{
    return net->batch;
}

float *ir_net_target(struct ir_net *net)
{
    return net->target;
}

const float *ir_net_logits(const struct ir_net *net)
{
    return net->node[net->n_nodes - 1].y;
}

const float *ir_net_probs(const struct ir_net *net)
{
    return net->probs;
}

static void probabilities(struct ir_net *net, size_t n)
{
    size_t k = net->classes.n;
    const float *z = ir_net_logits(net);
    float *p = net->probs;
    for (size_t b = 0; b < n; b++, z += k, p += k) {
        double top = (double)z[0], sum = 0;
        for (size_t i = 1; i < k; i++)
            top = (double)z[i] > top ? (double)z[i] : top;
        for (size_t i = 0; i < k && net->loss->single; i++)
            sum += exp((double)z[i] - top);
        for (size_t i = 0; i < k; i++)
            p[i] = (float)(net->loss->single ? exp((double)z[i] - top) / sum
                                             : 1 / (1 + exp(-(double)z[i])));
    }
}

static struct ir_pass make_pass(const struct ir_net *net, size_t n, bool training,
                                const uint64_t *seeds)
{
    return (struct ir_pass){.batch = n,
                            .training = training,
                            .pool = net->pool,
                            .seeds = seeds,
                            .scratch = net->scratch};
}

void ir_net_forward(struct ir_net *net, size_t n, bool training, const uint64_t *seeds)
{
    struct ir_pass pass = make_pass(net, n, training, seeds);
    pass.same_w = net->same_w && !training && !net->training;
    net->last_batch = n;
    net->last_seeds = seeds;
    for (size_t i = 0; i < net->n_nodes; i++) {
        ir_steps_run(net, i, &pass);
        ir_node_forward(&net->node[i], &pass);
    }
    net->same_w = true;
    probabilities(net, n);
}

void ir_net_loss(struct ir_net *net, bool gradient, double *sum, double *weight)
{
    size_t k = net->classes.n, n = net->last_batch;
    const float *z = ir_net_logits(net);
    float *dz = gradient ? net->node[net->n_nodes - 1].dy : NULL;
    double s = 0, w = 0;
    for (size_t b = 0; b < n; b++)
        net->loss->clip(&net->loss_state, k, z + b * k, net->target + b * k,
                        dz != NULL ? dz + b * k : NULL, &s, &w);
    double whole = net->part_weight > 0 ? net->part_weight : w;
    for (size_t i = 0; dz != NULL && i < n * k; i++)
        dz[i] = whole > 0 ? (float)((double)dz[i] / whole) : 0;
    *sum = s;
    *weight = w;
}

double ir_net_clip_loss(struct ir_net *net, size_t i)
{
    size_t k = net->classes.n;
    double s = 0, w = 0;
    net->loss->clip(&net->loss_state, k, ir_net_logits(net) + i * k, net->target + i * k, NULL, &s,
                    &w);
    return w > 0 ? s / w : s;
}

/* The first consumer in reverse order wrote dy; later ones add what they left in their own dx. */
static void add_up(struct ir_net *net, const struct ir_node *n, bool *written)
{
    for (size_t k = 0; k < ir_node_inputs_run(n); k++) {
        struct ir_node *from = ir_node_from(n, k);
        if (n->dx[k] == NULL || n->dx[k] == from->dy)
            continue;
        size_t count = net->last_batch * from->size;
        if (!written[from->index]) {
            memcpy(from->dy, n->dx[k], count * sizeof(float));
        } else {
            for (size_t i = 0; i < count; i++)
                from->dy[i] += n->dx[k][i];
        }
        written[from->index] = true;
    }
}

void ir_net_backward_told(struct ir_net *net, void (*whole)(void *, size_t from), void *self)
{
    struct ir_pass pass = make_pass(net, net->last_batch, true, net->last_seeds);
    bool written[4096 + 1] = {false};
    memset(net->gradients, 0, net->arena_floats * sizeof(float));
    for (size_t i = net->n_nodes; i-- > 0;) {
        struct ir_node *n = &net->node[i];
        if (n->dy != NULL && n->n_in > 0 && !n->skipped) {
            ir_node_backward(n, &pass);
            add_up(net, n, written);
        }
        if (whole != NULL && n->n_params > 0)
            whole(self, n->param[0].offset);
    }
}
