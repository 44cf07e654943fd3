/* layer_attention.c - attention pooling over time: channels x time becomes channels, each weighted
 * over time by a softmax of a learned score. heads=1: one score a moment; heads=channels: each
 * channel has its own (Kong et al.'s decision-level attention without its squashing). */
#include "net/node.h"

#include <math.h>
#include <string.h>

struct attention {
    size_t channels, time, heads;
};

static int setup(struct ir_node *n, struct ir_args *a, struct ir_err *err)
{
    struct attention *l = n->state;
    if (ir_node_inputs(n, 1, 1, 2, 2, err) < 0)
        return -1;
    l->channels = n->in[0]->shape.dim[0];
    l->time = n->in[0]->shape.dim[1];
    l->heads = ir_arg_choice(a, "heads", "1|channels", 0) == 1 ? l->channels : 1;
    n->shape = (struct ir_shape){.rank = 1, .dim = {l->channels}};
    n->keep_bytes = n->batch * l->heads * l->time * sizeof(float); /* the weights over time */
    n->scratch_size = n->batch * (l->heads * (l->channels + 1) + l->heads * l->time);
    n->macs = (double)(l->heads + 1) * (double)l->channels * (double)l->time;
    n->needs_y = false;
    size_t dim[2] = {l->heads, l->channels};
    if (ir_node_param(n, "weight", 2, dim, false, err) < 0)
        return -1;
    return ir_node_param(n, "bias", 1, dim, false, err);
}

static void init(struct ir_node *n, struct ir_rng *rng)
{
    const struct attention *l = n->state;
    double s = 1 / sqrt((double)l->channels);
    ir_node_uniform(n->w[0], n->param[0].count, s, rng);
    ir_node_uniform(n->w[1], n->param[1].count, s, rng);
}

struct job {
    struct ir_node *n;
    const struct ir_pass *p;
};

static void weights(const struct ir_node *n, const float *x, float *a)
{
    const struct attention *l = n->state;
    for (size_t h = 0; h < l->heads; h++, a += l->time) {
        float top = -INFINITY;
        double sum = 0;
        for (size_t t = 0; t < l->time; t++)
            a[t] = n->w[1][h];
        for (size_t c = 0; c < l->channels; c++) {
            for (size_t t = 0; t < l->time; t++)
                a[t] += n->w[0][h * l->channels + c] * x[c * l->time + t];
        }
        for (size_t t = 0; t < l->time; t++)
            top = a[t] > top ? a[t] : top;
        for (size_t t = 0; t < l->time; t++) {
            a[t] = expf(a[t] - top);
            sum += (double)a[t];
        }
        for (size_t t = 0; t < l->time; t++)
            a[t] = (float)((double)a[t] / sum);
    }
}

static void forward_clip(void *arg, size_t b, unsigned thread)
{
    struct ir_node *n = ((const struct job *)arg)->n;
    const struct attention *l = n->state;
    const float *x = ir_node_x(n, 0) + b * l->channels * l->time;
    float *a = (float *)n->keep + b * l->heads * l->time;
    (void)thread;
    weights(n, x, a);
    for (size_t c = 0; c < l->channels; c++) {
        const float *w = a + (l->heads > 1 ? c : 0) * l->time;
        double sum = 0;
        for (size_t t = 0; t < l->time; t++)
            sum += (double)(w[t] * x[c * l->time + t]);
        n->y[b * l->channels + c] = (float)sum;
    }
}

/* scratch of a clip: dw [heads][channels], db [heads], ds [heads][time] */
static void backward_clip(void *arg, size_t b, unsigned thread)
{
    const struct job *job = arg;
    struct ir_node *n = job->n;
    const struct attention *l = n->state;
    const float *x = ir_node_x(n, 0) + b * l->channels * l->time, *dy = n->dy + b * l->channels;
    const float *a = (const float *)n->keep + b * l->heads * l->time;
    size_t params = l->heads * (l->channels + 1);
    float *dw = job->p->scratch + b * (params + l->heads * l->time),
          *db = dw + l->heads * l->channels;
    float *ds = db + l->heads, *dx = n->dx[0] != NULL ? n->dx[0] + b * l->channels * l->time : NULL;
    (void)thread;
    memset(dw, 0, (params + l->heads * l->time) * sizeof(float));
    for (size_t c = 0; c < l->channels; c++) {
        size_t h = l->heads > 1 ? c : 0;
        for (size_t t = 0; t < l->time; t++)
            ds[h * l->time + t] += dy[c] * x[c * l->time + t];
        for (size_t t = 0; t < l->time && dx != NULL; t++)
            dx[c * l->time + t] = dy[c] * a[h * l->time + t];
    }
    for (size_t h = 0; h < l->heads; h++) {
        double dot = 0;
        float *s = ds + h * l->time;
        for (size_t t = 0; t < l->time; t++)
            dot += (double)(s[t] * a[h * l->time + t]);
        for (size_t t = 0; t < l->time; t++) {
            s[t] = a[h * l->time + t] * (s[t] - (float)dot);
            db[h] += s[t];
        }
        for (size_t c = 0; c < l->channels; c++) {
            float sum = 0, w = n->w[0][h * l->channels + c];
            for (size_t t = 0; t < l->time; t++)
                sum += s[t] * x[c * l->time + t];
            dw[h * l->channels + c] = sum;
            for (size_t t = 0; t < l->time && dx != NULL; t++)
                dx[c * l->time + t] += w * s[t];
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
    const struct attention *l = n->state;
    size_t weight = l->heads * l->channels, all = weight + l->heads + l->heads * l->time;
    struct job job = {n, p};
    ir_pool_run(ir_pass_pool(p, (double)p->batch * (double)n->in[0]->size), p->batch, backward_clip,
                &job);
    for (size_t b = 0; b < p->batch; b++) {
        for (size_t i = 0; i < weight; i++)
            n->g[0][i] += p->scratch[b * all + i];
        for (size_t i = 0; i < l->heads; i++)
            n->g[1][i] += p->scratch[b * all + weight + i];
    }
}

const struct ir_layer ir_layer_attention = {
    .name = "attention",
    .usage = "attention [heads=1|channels]",
    .example =
        "input shape=2x7\nconv1d out=4 kernel=2\nattention heads=channels\ndense out=classes\n",
    .state = sizeof(struct attention),
    .setup = setup,
    .init = init,
    .forward = forward,
    .backward = backward,
};
