/* pool.c - max and average pooling, see pool.h. */
#include "net/pool.h"

#include <string.h>

int ir_pool_layer_setup(struct ir_node *n, struct ir_args *a, int dims, struct ir_err *err)
{
    struct ir_pool_layer *l = n->state;
    size_t stride[2];
    if (ir_node_inputs(n, 1, 1, dims + 1, dims + 1, err) < 0)
        return -1;
    const struct ir_shape *x = &n->in[0]->shape;
    l->channels = x->dim[0];
    l->size[0] = dims == 2 ? x->dim[1] : 1;
    l->size[1] = x->dim[dims];
    ir_arg_pair(a, "size", 1, 1 << 20, IR_ARG_MUST, l->kernel);
    ir_arg_pair(a, "stride", 1, 1 << 20, 0, stride);
    if (ir_args_check(a, n->layer->usage, err) < 0)
        return -1;
    if (dims == 1)
        l->kernel[0] = stride[0] = 1;
    n->shape = *x;
    for (int i = 0; i < 2; i++) {
        l->stride[i] = stride[i] > 0 ? stride[i] : l->kernel[i];
        if (l->kernel[i] > l->size[i])
            return ir_fail(err, "%s: its window of %zu is larger than the input's %zu",
                           n->layer->name, l->kernel[i], l->size[i]);
        l->out[i] = (l->size[i] - l->kernel[i]) / l->stride[i] + 1;
    }
    if (dims == 2)
        n->shape.dim[1] = l->out[0];
    n->shape.dim[dims] = l->out[1];
    n->needs_y = false;
    return 0;
}

struct job {
    struct ir_node *n;
    const struct ir_pool_layer *l;
};

/* Place of the first largest cell of a window. */
static size_t find_max(const struct ir_pool_layer *l, const float *x, size_t i, size_t j)
{
    size_t at = i * l->stride[0] * l->size[1] + j * l->stride[1], best = at;
    for (size_t u = 0; u < l->kernel[0]; u++) {
        for (size_t v = 0; v < l->kernel[1]; v++) {
            size_t k = at + u * l->size[1] + v;
            if (x[k] > x[best] || x[k] != x[k])
                best = k;
        }
    }
    return best;
}

static void max_forward(void *arg, size_t b, unsigned thread)
{
    const struct job *job = arg;
    const struct ir_pool_layer *l = job->l;
    size_t plane = l->size[0] * l->size[1];
    const float *x = ir_node_x(job->n, 0) + b * l->channels * plane;
    float *y = job->n->y + b * job->n->size;
    (void)thread;
    for (size_t c = 0; c < l->channels; c++, x += plane) {
        for (size_t i = 0; i < l->out[0]; i++) {
            for (size_t j = 0; j < l->out[1]; j++)
                *y++ = x[find_max(l, x, i, j)];
        }
    }
}

static void max_backward(void *arg, size_t b, unsigned thread)
{
    const struct job *job = arg;
    const struct ir_pool_layer *l = job->l;
    size_t plane = l->size[0] * l->size[1];
    const float *x = ir_node_x(job->n, 0) + b * l->channels * plane;
    const float *dy = job->n->dy + b * job->n->size;
    float *dx = job->n->dx[0] + b * l->channels * plane;
    (void)thread;
    memset(dx, 0, l->channels * plane * sizeof(float));
    for (size_t c = 0; c < l->channels; c++, x += plane, dx += plane) {
        for (size_t i = 0; i < l->out[0]; i++) {
            for (size_t j = 0; j < l->out[1]; j++)
                dx[find_max(l, x, i, j)] += *dy++;
        }
    }
}

static void mean_forward(void *arg, size_t b, unsigned thread)
{
    const struct job *job = arg;
    const struct ir_pool_layer *l = job->l;
    size_t plane = l->size[0] * l->size[1];
    const float *x = ir_node_x(job->n, 0) + b * l->channels * plane;
    float *y = job->n->y + b * job->n->size, scale = 1 / (float)(l->kernel[0] * l->kernel[1]);
    (void)thread;
    for (size_t c = 0; c < l->channels; c++, x += plane) {
        for (size_t i = 0; i < l->out[0]; i++) {
            for (size_t j = 0; j < l->out[1]; j++) {
                const float *w = x + i * l->stride[0] * l->size[1] + j * l->stride[1];
                float sum = 0;
                for (size_t u = 0; u < l->kernel[0]; u++) {
                    for (size_t v = 0; v < l->kernel[1]; v++)
                        sum += w[u * l->size[1] + v];
                }
                *y++ = sum * scale;
            }
        }
    }
}

static void mean_backward(void *arg, size_t b, unsigned thread)
{
    const struct job *job = arg;
    const struct ir_pool_layer *l = job->l;
    size_t plane = l->size[0] * l->size[1];
    const float *dy = job->n->dy + b * job->n->size;
    float *dx = job->n->dx[0] + b * l->channels * plane,
          scale = 1 / (float)(l->kernel[0] * l->kernel[1]);
    (void)thread;
    memset(dx, 0, l->channels * plane * sizeof(float));
    for (size_t c = 0; c < l->channels; c++, dx += plane) {
        for (size_t i = 0; i < l->out[0]; i++) {
            for (size_t j = 0; j < l->out[1]; j++, dy++) {
                float *w = dx + i * l->stride[0] * l->size[1] + j * l->stride[1];
                for (size_t u = 0; u < l->kernel[0]; u++) {
                    for (size_t v = 0; v < l->kernel[1]; v++)
                        w[u * l->size[1] + v] += *dy * scale;
                }
            }
        }
    }
}

static void run(struct ir_node *n, const struct ir_pass *p, void (*fn)(void *, size_t, unsigned))
{
    struct job job = {n, n->state};
    ir_pool_run(ir_pass_pool(p, (double)p->batch * (double)n->in[0]->size), p->batch, fn, &job);
}

void ir_pool_max_forward(struct ir_node *n, const struct ir_pass *p)
{
    run(n, p, max_forward);
}

void ir_pool_max_backward(struct ir_node *n, const struct ir_pass *p)
{
    if (n->dx[0] != NULL)
        run(n, p, max_backward);
}

void ir_pool_mean_forward(struct ir_node *n, const struct ir_pass *p)
{
    run(n, p, mean_forward);
}

void ir_pool_mean_backward(struct ir_node *n, const struct ir_pass *p)
{
    if (n->dx[0] != NULL)
        run(n, p, mean_backward);
}
