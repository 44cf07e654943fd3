/* optim_sgd.c - stochastic gradient descent with momentum, dampening and Nesterov's form, as
 * PyTorch and Torch 7: v = momentum v + (1 - dampening) g, the first v is g. */
#include "args.h"
#include "train.h"

static int setup(struct ir_optim_state *s, struct ir_args *a, struct ir_err *err)
{
    s->momentum = ir_arg_real(a, "momentum", 0, 0.99999, 0);
    s->dampening = ir_arg_real(a, "dampening", 0, 1, 0);
    s->nesterov = ir_arg_flag(a, "nesterov", false);
    if (s->nesterov && (s->momentum == 0 || s->dampening != 0))
        return ir_fail(err, "sgd: nesterov wants a momentum and no dampening");
    return 0;
}

static void step(const struct ir_optim_state *s, double lr, double decay, uint64_t t, size_t n,
                 float *w, const float *g, float *const *slot)
{
    float rate = (float)lr, l2 = (float)decay, m = (float)s->momentum;
    float keep = t == 1 ? 1 : (float)(1 - s->dampening), *v = slot[0];
    if (s->momentum == 0) {
        for (size_t i = 0; i < n; i++)
            w[i] -= rate * (g[i] + l2 * w[i]);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        float d = g[i] + l2 * w[i];
        v[i] = m * v[i] + keep * d;
        w[i] -= rate * (s->nesterov ? d + m * v[i] : v[i]);
    }
}

const struct ir_optim ir_optim_sgd = {
    .name = "sgd",
    .usage = "sgd[,momentum=0][,dampening=0][,nesterov=no]",
    .example = "sgd,momentum=0.9,dampening=0.5",
    .lr = 0.01,
    .slots = 1,
    .setup = setup,
    .step = step,
};
