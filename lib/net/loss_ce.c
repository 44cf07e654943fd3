/* loss_ce.c - cross-entropy of a softmax: one class a clip (or shares that add to 1). */
#include "net/loss.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int ir_loss_weights(struct ir_loss_state *s, struct ir_args *a, struct ir_err *err)
{
    const char *text = ir_arg_text(a, "weights", NULL);
    if (text == NULL)
        return 0;
    free(s->class_weight);
    s->class_weight = ir_zalloc(s->classes + 1, sizeof *s->class_weight);
    s->balanced = strcmp(text, "balanced") == 0;
    size_t n = 0;
    for (size_t i = 0; i < s->classes && s->balanced; i++)
        s->class_weight[i] = 1; /* until the clips are known */
    if (s->balanced)
        return 0;
    for (const char *p = text;; n++) {
        size_t len = strcspn(p, ",");
        char *one = ir_strndup(p, len);
        double v = 0;
        int rc = ir_parse_real(one, 0, 1e6, "weights", &v, err);
        free(one);
        if (rc < 0)
            return -1;
        if (n < s->classes)
            s->class_weight[n] = (float)v;
        if (p[len] == '\0')
            break;
        p += len + 1;
    }
    if (n + 1 != s->classes)
        return ir_fail(err, "weights= has %zu numbers, wanted one for each of %zu classes", n + 1,
                       s->classes);
    return 0;
}

static int setup(struct ir_loss_state *s, struct ir_args *a, struct ir_err *err)
{
    s->smoothing = ir_arg_real(a, "smoothing", 0, 0.999, 0);
    return ir_loss_weights(s, a, err);
}

/* sum_c w_c q_c (log sum exp z - z_c) with q = (1 - e) t + e / k; weight: w of the true class
 * (shares). */
static void clip(const struct ir_loss_state *s, size_t k, const float *z, const float *t, float *dz,
                 double *sum, double *weight)
{
    double top = (double)z[0], total = 0, all = 0, w_true = 0;
    for (size_t c = 0; c < k; c++)
        top = (double)z[c] > top || z[c] != z[c] ? (double)z[c] : top;
    for (size_t c = 0; c < k; c++)
        total += exp((double)z[c] - top);
    double log_total = top + log(total), loss = 0;
    for (size_t c = 0; c < k; c++) {
        double target = t[c] != t[c] ? 0 : (double)t[c];
        double w = s->class_weight != NULL ? (double)s->class_weight[c] : 1;
        double q = w * ((1 - s->smoothing) * target + s->smoothing / (double)k);
        loss += q * (log_total - (double)z[c]);
        all += q;
        w_true += w * target;
    }
    for (size_t c = 0; c < k && dz != NULL; c++) {
        double target = t[c] != t[c] ? 0 : (double)t[c];
        double w = s->class_weight != NULL ? (double)s->class_weight[c] : 1;
        double q = w * ((1 - s->smoothing) * target + s->smoothing / (double)k);
        dz[c] = (float)(all * exp((double)z[c] - log_total) - q);
    }
    *sum += loss;
    *weight += w_true;
}

const struct ir_loss ir_loss_ce = {
    .name = "ce",
    .usage = "loss ce [weights=W1,W2,…|balanced] [smoothing=0]",
    .example = "loss ce weights=1,2,0.5 smoothing=0.1\n",
    .single = true,
    .setup = setup,
    .clip = clip,
};
