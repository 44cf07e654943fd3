/* layer_standardize.c - (x - mean) / std with one mean and std for each index of an axis, fitted on
 * the training clips before the first epoch. A spread of zero is taken as 1. */
#include "net/node.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct standardize {
    size_t outer, count, inner;
    double *sum, *square,
        seen; /* while fitting; shifted by the first value seen to keep the digits */
    double *shift;
};

static int setup(struct ir_node *n, struct ir_args *a, struct ir_err *err)
{
    struct standardize *l = n->state;
    if (ir_node_inputs(n, 1, 1, 1, IR_NET_RANK, err) < 0)
        return -1;
    const struct ir_shape *x = &n->in[0]->shape;
    int axis = ir_arg_choice(a, "axis", "0|1|2|3|all|channel|time", 0);
    axis = axis == 5 ? 0 : axis == 6 ? x->rank - 1 : axis;
    if (axis != 4 && axis >= x->rank)
        return ir_fail(err, "standardize: axis %d, but its input has %d", axis, x->rank);
    l->outer = l->count = l->inner = 1;
    for (int i = 0; i < x->rank; i++)
        *(axis == 4 || i < axis ? &l->outer : i == axis ? &l->count : &l->inner) *= x->dim[i];
    n->shape = *x;
    n->needs_x = n->needs_y = false;
    if (ir_node_param(n, "mean", 1, &l->count, true, err) < 0)
        return -1;
    return ir_node_param(n, "std", 1, &l->count, true, err);
}

static void init(struct ir_node *n, struct ir_rng *rng)
{
    const struct standardize *l = n->state;
    (void)rng;
    for (size_t i = 0; i < l->count; i++)
        n->w[1][i] = 1;
}

static void drop(struct ir_node *n)
{
    struct standardize *l = n->state;
    free(l->sum);
    free(l->square);
    free(l->shift);
    l->sum = l->square = l->shift = NULL;
}

static void forward_clip(void *arg, size_t b, unsigned thread)
{
    struct ir_node *n = arg;
    const struct standardize *l = n->state;
    const float *x = ir_node_x(n, 0) + b * n->size;
    float *y = n->y + b * n->size;
    (void)thread;
    for (size_t o = 0; o < l->outer; o++) {
        for (size_t c = 0; c < l->count; c++, x += l->inner, y += l->inner) {
            float mean = n->w[0][c], scale = 1 / n->w[1][c];
            for (size_t i = 0; i < l->inner; i++)
                y[i] = (x[i] - mean) * scale;
        }
    }
}

static void backward_clip(void *arg, size_t b, unsigned thread)
{
    struct ir_node *n = arg;
    const struct standardize *l = n->state;
    const float *dy = n->dy + b * n->size;
    float *dx = n->dx[0] + b * n->size;
    (void)thread;
    for (size_t o = 0; o < l->outer; o++) {
        for (size_t c = 0; c < l->count; c++, dx += l->inner, dy += l->inner) {
            for (size_t i = 0; i < l->inner; i++)
                dx[i] = dy[i] / n->w[1][c];
        }
    }
}

static void forward(struct ir_node *n, const struct ir_pass *p)
{
    ir_pool_run(ir_pass_pool(p, (double)p->batch * (double)n->in[0]->size), p->batch, forward_clip,
                n);
}

static void backward(struct ir_node *n, const struct ir_pass *p)
{
    if (n->dx[0] != NULL)
        ir_pool_run(ir_pass_pool(p, (double)p->batch * (double)n->in[0]->size), p->batch,
                    backward_clip, n);
}

static void fit(struct ir_node *n, const struct ir_pass *p)
{
    struct standardize *l = n->state;
    const float *x = ir_node_x(n, 0);
    if (l->sum == NULL) {
        l->sum = ir_zalloc(l->count, sizeof *l->sum);
        l->square = ir_zalloc(l->count, sizeof *l->square);
        l->shift = ir_zalloc(l->count, sizeof *l->shift);
        l->seen = 0;
        for (size_t c = 0; c < l->count; c++)
            l->shift[c] = (double)x[c * l->inner];
    }
    for (size_t o = 0; o < p->batch * l->outer; o++) {
        for (size_t c = 0; c < l->count; c++, x += l->inner) {
            double sum = 0, square = 0;
            for (size_t i = 0; i < l->inner; i++) {
                double d = (double)x[i] - l->shift[c];
                sum += d;
                square += d * d;
            }
            l->sum[c] += sum;
            l->square[c] += square;
        }
    }
    l->seen += (double)(p->batch * l->outer) * (double)l->inner;
}

static void fit_end(struct ir_node *n)
{
    struct standardize *l = n->state;
    for (size_t c = 0; c < l->count && l->seen > 0; c++) {
        double mean = l->sum[c] / l->seen, var = l->square[c] / l->seen - mean * mean;
        double std = var > 0 ? sqrt(var) : 0;
        n->w[0][c] = (float)(mean + l->shift[c]);
        n->w[1][c] = std > 1e-12 ? (float)std : 1;
    }
    drop(n);
}

const struct ir_layer ir_layer_standardize = {
    .name = "standardize",
    .usage = "standardize [axis=0|1|2|3|all|channel|time (channel)]",
    .example = "input shape=2x5\nconv1d out=2 kernel=1\nstandardize axis=time\nflatten\ndense "
               "out=classes\n",
    .state = sizeof(struct standardize),
    .setup = setup,
    .init = init,
    .forward = forward,
    .backward = backward,
    .drop = drop,
    .fit = fit,
    .fit_end = fit_end,
};
