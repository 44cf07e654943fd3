/* loss_hinge.c - several labels: max(0, margin - s z) for each known label, s = +1 or -1. */
#include "net/loss.h"

static int setup(struct ir_loss_state *s, struct ir_args *a, struct ir_err *err)
{
    s->margin = ir_arg_real(a, "margin", 0, 1000, 1);
    return ir_loss_weights(s, a, err);
}

static void clip(const struct ir_loss_state *s, size_t k, const float *z, const float *t, float *dz,
                 double *sum, double *weight)
{
    for (size_t c = 0; c < k; c++) {
        double w = s->class_weight != NULL ? (double)s->class_weight[c] : 1;
        double sign = t[c] >= 0.5f ? 1 : -1, gap = s->margin - sign * (double)z[c];
        if (dz != NULL)
            dz[c] = 0;
        if (t[c] != t[c])
            continue;
        *weight += 1;
        if (gap <= 0)
            continue;
        *sum += w * gap;
        if (dz != NULL)
            dz[c] = (float)(-w * sign);
    }
}

const struct ir_loss ir_loss_hinge = {
    .name = "hinge",
    .usage = "loss hinge [margin=1] [weights=W1,W2,…]",
    .example = "loss hinge margin=0.7\n",
    .single = false,
    .setup = setup,
    .clip = clip,
};
