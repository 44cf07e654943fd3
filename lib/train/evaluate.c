/* evaluate.c - loss and scores of a network over clips. */
#include "train.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void ir_train_evaluate(struct ir_net *net, const struct ir_data *data, struct ir_pool *pool,
                       const size_t *clips, size_t n, struct ir_measures *m)
{
    size_t k = ir_net_classes(net)->n, batch = ir_net_batch(net);
    float *p = ir_alloc(n * k + 1, sizeof *p), *y = ir_alloc(n * k + 1, sizeof *y);
    double sum = 0, weight = 0;
    for (size_t i = 0; i < n; i += batch) {
        size_t b = n - i < batch ? n - i : batch;
        double s, w;
        ir_data_load(data, net, pool, clips + i, b);
        ir_net_forward(net, b, false, NULL);
        ir_net_loss(net, false, &s, &w);
        sum += s;
        weight += w;
        memcpy(p + i * k, ir_net_probs(net), b * k * sizeof *p);
        memcpy(y + i * k, ir_net_target(net), b * k * sizeof *y);
    }
    ir_measure(n, k, ir_net_single(net), p, y, m);
    m->v[IR_MEASURE_LOSS] = weight > 0 ? sum / weight : (double)NAN;
    free(p);
    free(y);
}
