/* layer_global.c - one axis, or all axes but the first, become one number: max, mean, sum, or max +
 * mean. */
#include "net/node.h"

#include <string.h>

enum { MAX, MEAN, SUM, MAXMEAN };

struct global {
    int kind;
    size_t outer, count, inner; /* the input as [outer][count][inner] */
};

static int setup(struct ir_node *n, struct ir_args *a, struct ir_err *err)
{
    struct global *l = n->state;
    if (ir_node_inputs(n, 1, 1, 1, IR_NET_RANK, err) < 0)
        return -1;
    const struct ir_shape *x = &n->in[0]->shape;
    l->kind = ir_arg_choice(a, "kind", "max|mean|sum|maxmean", MEAN);
    int axis = ir_arg_choice(a, "axis", "0|1|2|3|all|channel|time", 4);
    if (axis == 5)
        axis = 0;
    if (axis == 6)
        axis = x->rank - 1;
    if (axis != 4 && axis >= x->rank)
        return ir_fail(err, "global: axis %d, but its input has %d", axis, x->rank);
    l->outer = l->inner = 1;
    n->shape = (struct ir_shape){.rank = 0};
    int from = axis == 4 ? (x->rank > 1 ? 1 : 0) : axis, to = axis == 4 ? x->rank : axis + 1;
    l->count = 1;
    for (int i = 0; i < x->rank; i++) {
        size_t *part = i < from ? &l->outer : i < to ? &l->count : &l->inner;
        *part *= x->dim[i];
        if (i < from || i >= to)
            n->shape.dim[n->shape.rank++] = x->dim[i];
    }
    if (n->shape.rank == 0)
        n->shape = (struct ir_shape){.rank = 1, .dim = {1}};
    n->needs_y = false;
    n->needs_x = false;
    if (l->kind == MAX || l->kind == MAXMEAN) /* where the maxima were */
        n->keep_bytes = n->batch * l->outer * l->inner * sizeof(uint32_t);
    return 0;
}

#define LANES 16

/* The largest of count neighbours, in lanes that the compiler makes vectors of; NaN wins. */
static size_t find_max_row(const float *x, size_t count)
{
    float top[LANES], sum[LANES] = {0}, best, all = 0;
    size_t i = 0;
    for (int j = 0; j < LANES; j++)
        top[j] = x[0];
    for (; i + LANES <= count; i += LANES) {
        for (int j = 0; j < LANES; j++) {
            top[j] = x[i + (size_t)j] > top[j] ? x[i + (size_t)j] : top[j];
            sum[j] += x[i + (size_t)j];
        }
    }
    best = top[0];
    for (int j = 0; j < LANES; j++) {
        best = top[j] > best ? top[j] : best;
        all += sum[j];
    }
    for (; i < count; i++) {
        best = x[i] > best ? x[i] : best;
        all += x[i];
    }
    for (i = 0; i < count && all != all; i++) {
        if (x[i] != x[i])
            return i;
    }
    for (i = 0; i < count && !(x[i] == best); i++)
        continue;
    return i < count ? i : 0;
}

static size_t find_max(const struct global *l, const float *x)
{
    size_t best = 0;
    if (l->inner == 1 && l->count >= LANES)
        return find_max_row(x, l->count);
    for (size_t i = 1; i < l->count; i++) {
        if (x[i * l->inner] > x[best * l->inner] || x[i * l->inner] != x[i * l->inner])
            best = i;
    }
    return best;
}

static void forward_clip(void *arg, size_t b, unsigned thread)
{
    struct ir_node *n = arg;
    const struct global *l = n->state;
    const float *x = ir_node_x(n, 0) + b * n->in[0]->size;
    float *y = n->y + b * n->size;
    uint32_t *at = n->keep != NULL ? (uint32_t *)n->keep + b * n->size : NULL;
    (void)thread;
    for (size_t o = 0; o < l->outer; o++, x += l->count * l->inner) {
        for (size_t j = 0; j < l->inner; j++) {
            double v = 0;
            if (l->kind != MAX) {
                for (size_t i = 0; i < l->count; i++)
                    v += (double)x[i * l->inner + j];
                v /= l->kind == SUM ? 1 : (double)l->count;
            }
            if (at != NULL) {
                *at = (uint32_t)find_max(l, x + j);
                v += (double)x[*at++ * l->inner + j];
            }
            *y++ = (float)v;
        }
    }
}

static void backward_clip(void *arg, size_t b, unsigned thread)
{
    struct ir_node *n = arg;
    const struct global *l = n->state;
    const float *dy = n->dy + b * n->size;
    const uint32_t *at = n->keep != NULL ? (const uint32_t *)n->keep + b * n->size : NULL;
    float *dx = n->dx[0] + b * n->in[0]->size;
    float share = l->kind == SUM ? 1 : l->kind == MAX ? 0 : 1 / (float)l->count;
    (void)thread;
    for (size_t o = 0; o < l->outer; o++, dx += l->count * l->inner, dy += l->inner) {
        for (size_t i = 0; i < l->count; i++) {
            for (size_t j = 0; j < l->inner; j++)
                dx[i * l->inner + j] = dy[j] * share;
        }
        for (size_t j = 0; j < l->inner && at != NULL; j++)
            dx[*at++ * l->inner + j] += dy[j];
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

const struct ir_layer ir_layer_global = {
    .name = "global",
    .usage = "global [kind=max|mean|sum|maxmean (mean)] [axis=0|1|2|3|all|channel|time (all but "
             "the first)]",
    .example = "input shape=3x4x5\nconv2d out=3 kernel=1\nglobal kind=maxmean axis=time\nglobal "
               "kind=mean axis=0\n"
               "dense out=classes\n",
    .state = sizeof(struct global),
    .setup = setup,
    .forward = forward,
    .backward = backward,
};
