/* layer_dropout.c - in training each number is dropped with probability p, the rest divided by 1 -
 * p. */
#include "net/node.h"

#include <string.h>

struct dropout {
    double p;
};

static int setup(struct ir_node *n, struct ir_args *a, struct ir_err *err)
{
    struct dropout *d = n->state;
    if (ir_node_inputs(n, 1, 1, 1, IR_NET_RANK, err) < 0)
        return -1;
    d->p = ir_arg_real(a, "p", 0, 0.999, 0.5);
    n->shape = n->in[0]->shape;
    n->in_place = true;
    n->needs_x = n->needs_y = false;
    n->keep_bytes = n->training ? n->batch * n->in[0]->size : 0;
    return 0;
}

struct job {
    struct ir_node *n;
    const struct ir_pass *p;
};

static void forward_clip(void *arg, size_t b, unsigned thread)
{
    const struct job *job = arg;
    struct ir_node *n = job->n;
    const struct dropout *d = n->state;
    const float *x = ir_node_x(n, 0) + b * n->size;
    float *y = n->y + b * n->size, scale = (float)(1 / (1 - d->p));
    unsigned char *mask = (unsigned char *)n->keep + b * n->size;
    uint32_t below = (uint32_t)(d->p * 4294967296.0);
    struct ir_rng rng;
    (void)thread;
    ir_rng_seed(&rng, job->p->seeds[b] ^ ((uint64_t)(n->index + 1) * 0x9e3779b97f4a7c15u));
    for (size_t i = 0; i < n->size; i += 2) {
        uint64_t r = ir_rng_u64(&rng);
        mask[i] = (uint32_t)r >= below;
        if (i + 1 < n->size)
            mask[i + 1] = (uint32_t)(r >> 32) >= below;
    }
    for (size_t i = 0; i < n->size; i++)
        y[i] = mask[i] ? x[i] * scale : 0;
}

static void backward_clip(void *arg, size_t b, unsigned thread)
{
    const struct job *job = arg;
    struct ir_node *n = job->n;
    const struct dropout *d = n->state;
    const unsigned char *mask = (const unsigned char *)n->keep + b * n->size;
    const float *dy = n->dy + b * n->size;
    float *dx = n->dx[0] + b * n->size, scale = (float)(1 / (1 - d->p));
    (void)thread;
    for (size_t i = 0; i < n->size; i++)
        dx[i] = mask[i] ? dy[i] * scale : 0;
}

static void forward(struct ir_node *n, const struct ir_pass *p)
{
    struct job job = {n, p};
    if (p->training)
        ir_pool_run(ir_pass_pool(p, (double)p->batch * (double)n->in[0]->size), p->batch,
                    forward_clip, &job);
    else if (n->y != ir_node_x(n, 0))
        memcpy(n->y, ir_node_x(n, 0), p->batch * n->size * sizeof(float));
}

static void backward(struct ir_node *n, const struct ir_pass *p)
{
    struct job job = {n, p};
    if (n->dx[0] != NULL)
        ir_pool_run(ir_pass_pool(p, (double)p->batch * (double)n->in[0]->size), p->batch,
                    backward_clip, &job);
}

const struct ir_layer ir_layer_dropout = {
    .name = "dropout",
    .usage = "dropout [p=0.5]",
    .example = "input size=9\ndense out=12\ndropout p=0.4\ndense out=classes\n",
    .state = sizeof(struct dropout),
    .setup = setup,
    .forward = forward,
    .backward = backward,
};
