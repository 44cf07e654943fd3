/* metric_d_prime.c - d' = sqrt(2) z(AUC), z the inverse of the normal distribution function: how
 * far two normal distributions of one deviation lie apart that have this area under the ROC curve.
 * For all classes of the mean of their areas (Gemmeke et al. 2017, Kong et al. 2020). */
#include "count.h"

/* The x where the normal distribution function is p, by halving. 0 < p < 1. */
static double quantile(double p)
{
    double low = -9, high = 9;
    for (int i = 0; i < 60; i++) {
        const double x = (low + high) / 2;
        *(erfc(-x / sqrt(2)) / 2 < p ? &low : &high) = x;
    }
    return (low + high) / 2;
}

static double value(const struct ir_sample *v, enum ir_average a, size_t c)
{
    const double auc = ir_metric_value(ir_metric_find("roc_auc"), v,
                                       a == IR_AVG_CLASS ? IR_AVG_CLASS : IR_AVG_MACRO, c);
    return auc > 0 && auc < 1 ? sqrt(2) * quantile(auc) : IR_NA;
}

const struct ir_metric ir_metric_d_prime = {
    .name = "d_prime",
    .help =
        "d' = sqrt(2) z(AUC), z the inverse of the normal distribution function; for all classes "
        "of the mean AUC",
    .undefined = "an AUC of 0, 1 or n/a: n/a",
    .averages = IR_AVG_ALL | IR_AVG_CLASS,
    .needs_probability = true,
    .raw = true,
    .value = value,
};
