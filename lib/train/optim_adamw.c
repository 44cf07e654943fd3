/* optim_adamw.c - Adam with decoupled weight decay (Loshchilov & Hutter 2019): w shrinks by lr ×
 * decay. */
#include "args.h"
#include "train.h"

#include <math.h>

static int setup(struct ir_optim_state *s, struct ir_args *a, struct ir_err *err)
{
    (void)err;
    s->beta1 = ir_arg_real(a, "beta1", 0, 0.99999, 0.9);
    s->beta2 = ir_arg_real(a, "beta2", 0, 0.9999999, 0.999);
    s->eps = ir_arg_real(a, "eps", 0, 1, 1e-8);
    return 0;
}

static void step(const struct ir_optim_state *s, double lr, double decay, uint64_t t, size_t n,
                 float *w, const float *g, float *const *slot)
{
    float b1 = (float)s->beta1, b2 = (float)s->beta2, *m = slot[0], *v = slot[1];
    float rate = (float)(lr / (1 - pow(s->beta1, (double)t))), eps = (float)s->eps;
    float scale = (float)(1 / sqrt(1 - pow(s->beta2, (double)t))), shrink = (float)(1 - lr * decay);
    for (size_t i = 0; i < n; i++) {
        m[i] = b1 * m[i] + (1 - b1) * g[i];
        v[i] = b2 * v[i] + (1 - b2) * g[i] * g[i];
        w[i] = w[i] * shrink - rate * m[i] / (sqrtf(v[i]) * scale + eps);
    }
}

const struct ir_optim ir_optim_adamw = {
    .name = "adamw",
    .usage = "adamw[,beta1=0.9][,beta2=0.999][,eps=1e-8]",
    .example = "adamw",
    .lr = 0.001,
    .slots = 2,
    .setup = setup,
    .step = step,
};
