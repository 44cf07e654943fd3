/* loss_focal.c - focal and asymmetric loss for several labels (Lin et al. 2017, Ridnik et al.
 * 2021): binary cross-entropy times (1 - p)^gamma for positives and p^gamma_neg for negatives, with
 * p shifted down by `clip` for negatives. Unknown labels are left out. */
#include "net/loss.h"

#include <math.h>

static int setup(struct ir_loss_state *s, struct ir_args *a, struct ir_err *err)
{
    s->gamma = ir_arg_real(a, "gamma", 0, 20, 2);
    s->gamma_neg = ir_arg_real(a, "gamma_neg", 0, 20, s->gamma);
    s->clip = ir_arg_real(a, "clip", 0, 0.9, 0);
    return ir_loss_weights(s, a, err);
}

/* -(1 - q)^g log q and its slope in q, for the probability q given to the truth. */
static double part(double q, double g, double *slope)
{
    double rest = 1 - q, lq = log(q > 1e-12 ? q : 1e-12), k = pow(rest > 0 ? rest : 0, g);
    double inner = g > 0 && rest > 0 ? g * pow(rest, g - 1) * lq : 0;
    *slope = inner - k / (q > 1e-12 ? q : 1e-12);
    return -k * lq;
}

static void clip(const struct ir_loss_state *s, size_t k, const float *z, const float *t, float *dz,
                 double *sum, double *weight)
{
    for (size_t c = 0; c < k; c++) {
        double w = s->class_weight != NULL ? (double)s->class_weight[c] : 1;
        double p = 1 / (1 + exp(-(double)z[c])), y = (double)t[c], up, down;
        if (dz != NULL)
            dz[c] = 0;
        if (t[c] != t[c])
            continue;
        double moved = p - s->clip > 0 ? p - s->clip : 0;
        double yes = part(p, s->gamma, &up), no = part(1 - moved, s->gamma_neg, &down);
        *sum += w * (y * yes + (1 - y) * no);
        *weight += 1;
        if (dz != NULL)
            dz[c] = (float)(w * (y * up - (1 - y) * (moved > 0 ? down : 0)) * p * (1 - p));
    }
}

const struct ir_loss ir_loss_focal = {
    .name = "focal",
    .usage = "loss focal [gamma=2] [gamma_neg=gamma] [clip=0] [weights=W1,W2,…]",
    .example = "loss focal gamma=1 gamma_neg=4 clip=0.05\n",
    .single = false,
    .setup = setup,
    .clip = clip,
};
