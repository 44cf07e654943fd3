/* layer_batchnorm.c - each channel scaled to mean 0, variance 1 over the batch (running statistics
 * when not training or when frozen), then weight x + bias. As PyTorch: biased variance to scale,
 * unbiased to keep. */
#include "net/norm.h"

#include <math.h>

static int setup(struct ir_node *n, struct ir_args *a, struct ir_err *err)
{
    struct ir_norm *l = n->state;
    if (ir_node_inputs(n, 1, 1, 1, IR_NET_RANK, err) < 0)
        return -1;
    n->shape = n->in[0]->shape;
    l->channels = n->shape.dim[0];
    l->plane = n->in[0]->size / l->channels;
    l->eps = ir_arg_real(a, "eps", 0, 1, 1e-5);
    l->momentum = ir_arg_real(a, "momentum", 0, 1, 0.1);
    l->frozen = ir_arg_flag(a, "frozen", false);
    n->keep_bytes = 2 * l->channels * sizeof(float);
    n->needs_y = false;
    static const char *const names[] = {"weight", "bias", "running_mean", "running_var"};
    for (int i = 0; i < 4; i++) {
        if (ir_node_param(n, names[i], 1, &l->channels, i >= IR_NORM_MEAN, err) < 0)
            return -1;
    }
    return 0;
}

static void init(struct ir_node *n, struct ir_rng *rng)
{
    const struct ir_norm *l = n->state;
    (void)rng;
    for (size_t c = 0; c < l->channels; c++)
        n->w[IR_NORM_WEIGHT][c] = n->w[IR_NORM_VAR][c] = 1;
}

struct job {
    struct ir_node *n;
    const struct ir_norm *l;
    size_t batch;
    bool statistics; /* of the batch, else running */
};

static void statistics(const struct job *job, size_t c, double *mean, double *var)
{
    const struct ir_norm *l = job->l;
    const float *x = ir_node_x(job->n, 0) + c * l->plane;
    double sum = 0, square = 0, count = (double)(job->batch * l->plane);
    for (size_t b = 0; b < job->batch; b++) {
        for (size_t i = 0; i < l->plane; i++)
            sum += (double)x[b * job->n->size + i];
    }
    *mean = sum / count;
    for (size_t b = 0; b < job->batch; b++) {
        for (size_t i = 0; i < l->plane; i++) {
            double d = (double)x[b * job->n->size + i] - *mean;
            square += d * d;
        }
    }
    *var = square / count;
    if (l->stats != NULL) {
        l->stats[2 * c] = (float)*mean;
        l->stats[2 * c + 1] = (float)*var;
        return;
    }
    float *running = job->n->w[IR_NORM_MEAN], *running_var = job->n->w[IR_NORM_VAR];
    double m = l->momentum, unbiased = count > 1 ? square / (count - 1) : *var;
    running[c] = (float)((1 - m) * (double)running[c] + m * *mean);
    running_var[c] = (float)((1 - m) * (double)running_var[c] + m * unbiased);
}

static void forward_channel(void *arg, size_t c, unsigned thread)
{
    const struct job *job = arg;
    const struct ir_norm *l = job->l;
    struct ir_node *n = job->n;
    double mean = (double)n->w[IR_NORM_MEAN][c], var = (double)n->w[IR_NORM_VAR][c];
    float *keep = n->keep;
    (void)thread;
    if (job->statistics)
        statistics(job, c, &mean, &var);
    double inv = 1 / sqrt(var + l->eps);
    keep[c] = (float)mean;
    keep[l->channels + c] = (float)inv;
    float scale = (float)((double)n->w[IR_NORM_WEIGHT][c] * inv), m = (float)mean,
          shift = n->w[IR_NORM_BIAS][c];
    for (size_t b = 0; b < job->batch; b++) {
        const float *x = ir_node_x(n, 0) + b * n->size + c * l->plane;
        float *y = n->y + b * n->size + c * l->plane;
        for (size_t i = 0; i < l->plane; i++)
            y[i] = (x[i] - m) * scale + shift;
    }
}

static void backward_channel(void *arg, size_t c, unsigned thread)
{
    const struct job *job = arg;
    const struct ir_norm *l = job->l;
    struct ir_node *n = job->n;
    const float *keep = n->keep;
    double mean = (double)keep[c], inv = (double)keep[l->channels + c], sum = 0, dot = 0;
    (void)thread;
    for (size_t b = 0; b < job->batch; b++) {
        const float *x = ir_node_x(n, 0) + b * n->size + c * l->plane;
        const float *dy = n->dy + b * n->size + c * l->plane;
        for (size_t i = 0; i < l->plane; i++) {
            sum += (double)dy[i];
            dot += (double)dy[i] * ((double)x[i] - mean);
        }
    }
    n->g[IR_NORM_WEIGHT][c] += (float)(dot * inv);
    n->g[IR_NORM_BIAS][c] += (float)sum;
    if (n->dx[0] == NULL)
        return;
    double count = (double)(job->batch * l->plane), scale = (double)n->w[IR_NORM_WEIGHT][c] * inv;
    float k1 = job->statistics ? (float)(sum / count) : 0;
    float k2 = job->statistics ? (float)(dot * inv * inv / count) : 0, m = (float)mean,
          s = (float)scale;
    for (size_t b = 0; b < job->batch; b++) {
        const float *x = ir_node_x(n, 0) + b * n->size + c * l->plane;
        const float *dy = n->dy + b * n->size + c * l->plane;
        float *dx = n->dx[0] + b * n->size + c * l->plane;
        for (size_t i = 0; i < l->plane; i++)
            dx[i] = (dy[i] - k1 - (x[i] - m) * k2) * s;
    }
}

static void forward(struct ir_node *n, const struct ir_pass *p)
{
    const struct ir_norm *l = n->state;
    struct job job = {n, l, p->batch, p->training && !l->frozen};
    ir_pool_run(p->pool, l->channels, forward_channel, &job);
}

static void backward(struct ir_node *n, const struct ir_pass *p)
{
    const struct ir_norm *l = n->state;
    struct job job = {n, l, p->batch, p->training && !l->frozen};
    ir_pool_run(p->pool, l->channels, backward_channel, &job);
}

const struct ir_layer ir_layer_batchnorm = {
    .name = "batchnorm",
    .usage = "batchnorm [eps=1e-5] [momentum=0.1] [frozen=no]",
    .example = "input shape=2x4x3\nconv2d out=3 kernel=1\nbatchnorm\nflatten\ndense out=classes\n",
    .state = sizeof(struct ir_norm),
    .setup = setup,
    .init = init,
    .forward = forward,
    .backward = backward,
};
