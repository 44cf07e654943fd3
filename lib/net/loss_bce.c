/* loss_bce.c - binary cross-entropy of a sigmoid for each class; unknown labels are left out. The
 * mean is over known cells. */
#include "net/loss.h"

#include <math.h>

static int setup(struct ir_loss_state *s, struct ir_args *a, struct ir_err *err)
{
    s->smoothing = ir_arg_real(a, "smoothing", 0, 0.999, 0);
    return ir_loss_weights(s, a, err);
}

static void clip(const struct ir_loss_state *s, size_t k, const float *z, const float *t, float *dz,
                 double *sum, double *weight)
{
    for (size_t c = 0; c < k; c++) {
        double x = (double)z[c], w = s->class_weight != NULL ? (double)s->class_weight[c] : 1;
        if (dz != NULL)
            dz[c] = 0;
        if (t[c] != t[c])
            continue;
        double q = (1 - s->smoothing) * (double)t[c] + s->smoothing / 2;
        /* max(x, 0) - x q + log(1 + exp(-|x|)) never overflows */
        *sum += w * ((x > 0 ? x : 0) - x * q + log1p(exp(-fabs(x))));
        *weight += 1;
        if (dz != NULL)
            dz[c] = (float)(w * (1 / (1 + exp(-x)) - q));
    }
}

const struct ir_loss ir_loss_bce = {
    .name = "bce",
    .usage = "loss bce [weights=W1,W2,…] [smoothing=0]",
    .example = "loss bce weights=1,2,0.5\n",
    .single = false,
    .setup = setup,
    .clip = clip,
};
