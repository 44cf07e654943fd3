/* layer_layernorm.c - each clip (axis=all) or each position of an axis of a clip scaled to mean 0,
 * variance 1, then weight x + bias. axis=channel normalises over the channels at every position, as
 * in PyTorch's LayerNorm on channels-last data. */
#include "net/node.h"

#include <math.h>

struct norm {
    size_t outer, count, inner;
    double eps;
};

static int setup(struct ir_node *n, struct ir_args *a, struct ir_err *err)
{
    struct norm *l = n->state;
    if (ir_node_inputs(n, 1, 1, 1, IR_NET_RANK, err) < 0)
        return -1;
    const struct ir_shape *x = &n->in[0]->shape;
    int axis = ir_arg_choice(a, "axis", "0|1|2|3|channel|time|all", 6);
    axis = axis == 4 ? 0 : axis == 5 ? x->rank - 1 : axis;
    if (axis != 6 && axis >= x->rank)
        return ir_fail(err, "layernorm: axis %d, but its input has %d", axis, x->rank);
    l->eps = ir_arg_real(a, "eps", 0, 1, 1e-5);
    l->outer = l->count = l->inner = 1;
    for (int i = 0; i < x->rank; i++)
        *(axis == 6 || i == axis ? &l->count : i < axis ? &l->outer : &l->inner) *= x->dim[i];
    n->shape = *x;
    n->needs_y = false;
    n->scratch_size = 2 * n->batch * l->count; /* gradients of each clip */
    if (ir_node_param(n, "weight", 1, &l->count, false, err) < 0)
        return -1;
    return ir_node_param(n, "bias", 1, &l->count, false, err);
}

static void init(struct ir_node *n, struct ir_rng *rng)
{
    (void)rng;
    for (size_t i = 0; i < n->param[0].count; i++)
        n->w[0][i] = 1;
}

struct job {
    struct ir_node *n;
    const struct ir_pass *p;
};

static void moments(const struct norm *l, const float *x, double *mean, double *inv)
{
    double sum = 0, square = 0;
    for (size_t i = 0; i < l->count; i++)
        sum += (double)x[i * l->inner];
    *mean = sum / (double)l->count;
    for (size_t i = 0; i < l->count; i++) {
        double d = (double)x[i * l->inner] - *mean;
        square += d * d;
    }
    *inv = 1 / sqrt(square / (double)l->count + l->eps);
}

static void forward_clip(void *arg, size_t b, unsigned thread)
{
    struct ir_node *n = ((const struct job *)arg)->n;
    const struct norm *l = n->state;
    (void)thread;
    for (size_t o = 0; o < l->outer * l->inner; o++) {
        size_t at = b * n->size + o / l->inner * l->count * l->inner + o % l->inner;
        const float *x = ir_node_x(n, 0) + at;
        double mean, inv;
        moments(l, x, &mean, &inv);
        for (size_t i = 0; i < l->count; i++)
            n->y[at + i * l->inner] =
                (float)(((double)x[i * l->inner] - mean) * inv * (double)n->w[0][i] +
                        (double)n->w[1][i]);
    }
}

static void backward_clip(void *arg, size_t b, unsigned thread)
{
    const struct job *job = arg;
    struct ir_node *n = job->n;
    const struct norm *l = n->state;
    float *dw = job->p->scratch + 2 * b * l->count, *db = dw + l->count;
    (void)thread;
    for (size_t i = 0; i < 2 * l->count; i++)
        dw[i] = 0;
    for (size_t o = 0; o < l->outer * l->inner; o++) {
        size_t at = b * n->size + o / l->inner * l->count * l->inner + o % l->inner;
        const float *x = ir_node_x(n, 0) + at, *dy = n->dy + at;
        double mean, inv, sum = 0, dot = 0;
        moments(l, x, &mean, &inv);
        for (size_t i = 0; i < l->count; i++) {
            double h = ((double)x[i * l->inner] - mean) * inv, d = (double)dy[i * l->inner];
            dw[i] += (float)(d * h);
            db[i] += (float)d;
            sum += d * (double)n->w[0][i];
            dot += d * (double)n->w[0][i] * h;
        }
        for (size_t i = 0; i < l->count && n->dx[0] != NULL; i++) {
            double h = ((double)x[i * l->inner] - mean) * inv,
                   d = (double)dy[i * l->inner] * (double)n->w[0][i];
            n->dx[0][at + i * l->inner] = (float)((d - (sum + h * dot) / (double)l->count) * inv);
        }
    }
}

static void forward(struct ir_node *n, const struct ir_pass *p)
{
    struct job job = {n, p};
    ir_pool_run(ir_pass_pool(p, (double)p->batch * (double)n->in[0]->size), p->batch, forward_clip,
                &job);
}

static void backward(struct ir_node *n, const struct ir_pass *p)
{
    const struct norm *l = n->state;
    struct job job = {n, p};
    ir_pool_run(ir_pass_pool(p, (double)p->batch * (double)n->in[0]->size), p->batch, backward_clip,
                &job);
    for (size_t b = 0; b < p->batch; b++) {
        for (size_t i = 0; i < l->count; i++) {
            n->g[0][i] += p->scratch[2 * b * l->count + i];
            n->g[1][i] += p->scratch[(2 * b + 1) * l->count + i];
        }
    }
}

const struct ir_layer ir_layer_layernorm = {
    .name = "layernorm",
    .usage = "layernorm [axis=0|1|2|3|channel|time|all (all)] [eps=1e-5]",
    .example = "input shape=3x4\nconv1d out=3 kernel=1\nlayernorm "
               "axis=0\nlayernorm\nflatten\ndense out=classes\n",
    .state = sizeof(struct norm),
    .setup = setup,
    .init = init,
    .forward = forward,
    .backward = backward,
};
