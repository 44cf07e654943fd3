/* layer_dense.c - every output sees every input: y = W x + b. */
#include "net/conv_layer.h"
#include "kern.h"

#include <math.h>
#include <string.h>

#define BLOCK       128 /* outputs (forward, weights) or inputs (data gradient) of one task */
#define INFER_BLOCK 16

struct dense {
    size_t in, out;
    bool bias;
    int init;
};

static int setup(struct ir_node *n, struct ir_args *a, struct ir_err *err)
{
    struct dense *d = n->state;
    if (ir_node_inputs(n, 1, 1, 1, 1, err) < 0)
        return -1;
    d->in = n->in[0]->size;
    d->out = ir_arg_size(a, "out", 1, 1 << 20, IR_ARG_MUST);
    d->bias = ir_arg_flag(a, "bias", true);
    d->init = ir_arg_choice(a, "init", IR_CONV_INITS, 0);
    if (ir_args_check(a, n->layer->usage, err) < 0)
        return -1;
    n->shape = (struct ir_shape){.rank = 1, .dim = {d->out}};
    n->macs = (double)d->in * (double)d->out;
    n->needs_y = false;
    size_t dim[2] = {d->out, d->in};
    if (ir_node_param(n, "weight", 2, dim, false, err) < 0)
        return -1;
    return d->bias ? ir_node_param(n, "bias", 1, dim, false, err) : 0;
}

static void init(struct ir_node *n, struct ir_rng *rng)
{
    const struct dense *d = n->state;
    ir_node_init_weights(n->w[0], n->param[0].count, d->in, d->out, d->init, rng);
    if (d->bias && d->init == 0)
        ir_node_uniform(n->w[1], d->out, 1 / sqrt((double)d->in), rng);
}

struct job {
    struct ir_node *n;
    const struct dense *d;
    size_t batch, block; /* outputs of a task of inference */
};

static size_t block_of(size_t task, size_t total, size_t *from)
{
    *from = task * BLOCK;
    return total - *from < BLOCK ? total - *from : BLOCK;
}

static void forward_block(void *arg, size_t task, unsigned thread)
{
    const struct job *job = arg;
    const struct dense *d = job->d;
    size_t from, count = block_of(task, d->out, &from);
    float *y = job->n->y + from;
    (void)thread;
    for (size_t b = 0; b < job->batch; b++) {
        if (d->bias)
            memcpy(y + b * d->out, job->n->w[1] + from, count * sizeof(float));
    }
    ir_gemm(false, true, job->batch, count, d->in, 1, ir_node_x(job->n, 0), d->in,
            job->n->w[0] + from * d->in, d->in, d->bias ? 1 : 0, y, d->out);
}

static void weight_block(void *arg, size_t task, unsigned thread)
{
    const struct job *job = arg;
    const struct dense *d = job->d;
    size_t from, count = block_of(task, d->out, &from);
    const float *dy = job->n->dy + from;
    (void)thread;
    ir_gemm(true, false, count, d->in, job->batch, 1, dy, d->out, ir_node_x(job->n, 0), d->in, 1,
            job->n->g[0] + from * d->in, d->in);
    for (size_t i = 0; i < count && d->bias; i++) {
        double sum = 0;
        for (size_t b = 0; b < job->batch; b++)
            sum += (double)dy[b * d->out + i];
        job->n->g[1][from + i] += (float)sum;
    }
}

static void data_block(void *arg, size_t task, unsigned thread)
{
    const struct job *job = arg;
    const struct dense *d = job->d;
    size_t from, count = block_of(task, d->in, &from);
    (void)thread;
    ir_gemm(false, false, job->batch, count, d->out, 1, job->n->dy, d->out, job->n->w[0] + from,
            d->in, 0, job->n->dx[0] + from, d->in);
}

/* The same bits for a clip whatever the batch. */
static void infer_block(void *arg, size_t task, unsigned thread)
{
    const struct job *job = arg;
    const struct dense *d = job->d;
    size_t from = task * job->block, left = d->out - from;
    (void)thread;
    ir_dots(job->batch, left < job->block ? left : job->block, d->in, ir_node_x(job->n, 0), d->in,
            job->n->w[0] + from * d->in, d->in, d->bias ? job->n->w[1] + from : NULL,
            job->n->y + from, d->out);
}

static void forward(struct ir_node *n, const struct ir_pass *p)
{
    struct job job = {n, n->state, p->batch, INFER_BLOCK};
    struct ir_pool *pool = ir_pass_pool(p, n->macs * (double)p->batch / 8);
    if (!p->training) {
        ir_pool_run(pool, (job.d->out + INFER_BLOCK - 1) / INFER_BLOCK, infer_block, &job);
        return;
    }
    ir_pool_run(pool, (job.d->out + BLOCK - 1) / BLOCK, forward_block, &job);
}

static void backward(struct ir_node *n, const struct ir_pass *p)
{
    struct job job = {n, n->state, p->batch, 0};
    struct ir_pool *pool = ir_pass_pool(p, n->macs * (double)p->batch / 8);
    if (!n->param[0].frozen)
        ir_pool_run(pool, (job.d->out + BLOCK - 1) / BLOCK, weight_block, &job);
    if (n->dx[0] != NULL)
        ir_pool_run(pool, (job.d->in + BLOCK - 1) / BLOCK, data_block, &job);
}

const struct ir_layer ir_layer_dense = {
    .name = "dense",
    .usage = "dense out=N|classes [bias=yes] [init=torch|glorot|he]",
    .example = "input size=5\ndense out=4\ndense out=classes bias=no\n",
    .state = sizeof(struct dense),
    .setup = setup,
    .init = init,
    .forward = forward,
    .backward = backward,
};
