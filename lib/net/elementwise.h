/* elementwise.h - the passes of a layer that works on each number alone, made from two functions.
 */
#ifndef IR_NET_ELEMENTWISE_H
#define IR_NET_ELEMENTWISE_H

#include "net/node.h"

struct ir_elementwise {
    float k; /* the layer's one setting, if it has one */
};

/* One input of any rank; wants_x: the slope is computed from x, so x must not be overwritten. */
int ir_elementwise_setup(struct ir_node *n, double k, bool wants_x, struct ir_err *err);

/* Forward and backward of a layer that only gives the same numbers another shape. */
void ir_same_forward(struct ir_node *n, const struct ir_pass *p);
void ir_same_backward(struct ir_node *n, const struct ir_pass *p);

/* Defines forward and backward from value(x, k) and slope(x, y, k). */
#define IR_ELEMENTWISE(value, slope)                                                               \
    static void forward_clip(void *arg, size_t b, unsigned thread)                                 \
    {                                                                                              \
        struct ir_node *n = arg;                                                                   \
        const struct ir_elementwise *e = n->state;                                                 \
        const float *x = ir_node_x(n, 0) + b * n->size;                                            \
        float *y = n->y + b * n->size;                                                             \
        (void)thread;                                                                              \
        for (size_t i = 0; i < n->size; i++)                                                       \
            y[i] = value(x[i], e->k);                                                              \
    }                                                                                              \
    static void backward_clip(void *arg, size_t b, unsigned thread)                                \
    {                                                                                              \
        struct ir_node *n = arg;                                                                   \
        const struct ir_elementwise *e = n->state;                                                 \
        const float *x = ir_node_x(n, 0) + b * n->size, *y = n->y + b * n->size;                   \
        const float *dy = n->dy + b * n->size;                                                     \
        float *dx = n->dx[0] + b * n->size;                                                        \
        (void)thread;                                                                              \
        for (size_t i = 0; i < n->size; i++)                                                       \
            dx[i] = dy[i] * slope(x[i], y[i], e->k);                                               \
    }                                                                                              \
    static void forward(struct ir_node *n, const struct ir_pass *p)                                \
    {                                                                                              \
        ir_pool_run(ir_pass_pool(p, (double)p->batch *(double)n->in[0]->size), p->batch,           \
                    forward_clip, n);                                                              \
    }                                                                                              \
    static void backward(struct ir_node *n, const struct ir_pass *p)                               \
    {                                                                                              \
        if (n->dx[0] != NULL)                                                                      \
            ir_pool_run(ir_pass_pool(p, (double)p->batch *(double)n->in[0]->size), p->batch,       \
                        backward_clip, n);                                                         \
    }

#endif
