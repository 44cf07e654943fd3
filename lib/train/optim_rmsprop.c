/* optim_rmsprop.c - RMSprop (Tieleman & Hinton 2012) with Keras' defaults: v = rho v + (1 - rho)
 * g², w -= lr g / (sqrt(v) + eps), and maybe momentum on that step. */
#include "args.h"
#include "train.h"

#include <math.h>

static int setup(struct ir_optim_state *s, struct ir_args *a, struct ir_err *err)
{
    (void)err;
    s->rho = ir_arg_real(a, "rho", 0, 0.99999, 0.9);
    s->eps = ir_arg_real(a, "eps", 0, 1, 1e-7);
    s->momentum = ir_arg_real(a, "momentum", 0, 0.99999, 0);
    return 0;
}

static void step(const struct ir_optim_state *s, double lr, double decay, uint64_t t, size_t n,
                 float *w, const float *g, float *const *slot)
{
    float rho = (float)s->rho, eps = (float)s->eps, rate = (float)lr, l2 = (float)decay;
    float mu = (float)s->momentum, *v = slot[0], *u = slot[1];
    (void)t;
    for (size_t i = 0; i < n; i++) {
        float d = g[i] + l2 * w[i];
        v[i] = rho * v[i] + (1 - rho) * d * d;
        float move = d / (sqrtf(v[i]) + eps);
        u[i] = mu * u[i] + move;
        w[i] -= rate * u[i];
    }
}

const struct ir_optim ir_optim_rmsprop = {
    .name = "rmsprop",
    .usage = "rmsprop[,rho=0.9][,eps=1e-7][,momentum=0]",
    .example = "rmsprop",
    .lr = 0.001,
    .slots = 2,
    .setup = setup,
    .step = step,
};
