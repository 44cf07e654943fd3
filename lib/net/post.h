/* post.h - the passes between two convolutions as one sweep over memory: batch normalisation, ReLU
 * and max pooling, forward and backward. Memory bandwidth is what limits them, so nothing is stored
 * between their parts: backward computes what it needs again from x, the input of the first.
 *
 * y = maxpool(relu(bn(x))), each of the three optional. x is [n][channels][height][width], y is
 * [n][channels][y height][y width]; floor mode, no padding. The result does not depend on the
 * number of threads. Where several cells of a pooling window are equal the first gets the gradient,
 * as in PyTorch; the gradient of ReLU at 0 is 0. */
#ifndef IR_NET_POST_H
#define IR_NET_POST_H

#include "../base.h"

struct ir_post {
    size_t channels, size[2]; /* of x; 1-d: size[0] = 1 */
    bool bn, relu;
    float slope;                    /* of the ReLU for x < 0: 0, or more when leaky */
    size_t pool[2], pool_stride[2]; /* 0: no pooling; 1-d: pool[0] = pool_stride[0] = 1 */
    int simd; /* 0: the best of this processor; for tests 1 plain, 2 AVX2, 3 AVX-512 */
};

/* What batch normalisation reads and leaves: y = gamma (x - mean) × invstd + beta, per channel. */
struct ir_post_bn {
    const float *gamma, *beta; /* [channels]; NULL: 1 and 0 */
    float *mean,
        *invstd; /* [channels]; written by ir_post_stats, or by the caller from running values */
};

/* Size of y. */
void ir_post_size(const struct ir_post *p, size_t y[2]);
/* Mean, biased variance (may be NULL) and 1 / sqrt(variance + eps) per channel over n clips, in
 * double. */
void ir_post_stats(const struct ir_post *p, struct ir_pool *pool, size_t n, const float *x,
                   double eps, float *mean, float *var, float *invstd, void *scratch);
/* Bytes of scratch (64-byte aligned) for stats and backward of up to n clips on a pool of
 * `threads`. */
size_t ir_post_scratch(const struct ir_post *p, size_t n, unsigned threads);
/* bn may be NULL when !p->bn. y may be x when there is no pooling. */
void ir_post_forward(const struct ir_post *p, struct ir_pool *pool, size_t n, const float *x,
                     const struct ir_post_bn *bn, float *y);
/* dx from dy; dgamma += and dbeta += unless NULL. `frozen`: mean and invstd are constants (running
 * statistics), otherwise they are those of the batch and dx has their terms. dx may be x (in
 * place), and may be dy when there is no pooling; dx NULL computes the parameters' gradients only.
 */
void ir_post_backward(const struct ir_post *p, struct ir_pool *pool, size_t n, const float *x,
                      const struct ir_post_bn *bn, bool frozen, const float *dy, float *dx,
                      float *dgamma, float *dbeta, void *scratch);

#endif
