/* evaluate.c - loss and scores of a network over clips, which the ranks share out. */
#include "train/batch.h"
#include "train/ranks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct sums {
    double loss, weight;
};

/* Chunks first … end-1 of `batch` clips: probabilities and sums into their places. */
static void run_chunks(struct ir_net *net, const struct ir_data *data, struct ir_pool *pool,
                       const size_t *clips, size_t n, size_t first, size_t end, float *p,
                       struct sums *sums)
{
    size_t k = ir_net_classes(net)->n, batch = ir_net_batch(net);
    for (size_t i = first; i < end; i++) {
        size_t at = i * batch, b = n - at < batch ? n - at : batch;
        ir_data_load(data, net, pool, clips + at, b);
        ir_net_forward(net, b, false, NULL);
        ir_net_loss(net, false, &sums[i - first].loss, &sums[i - first].weight);
        memcpy(p + at * k, ir_net_probs(net), b * k * sizeof *p);
    }
}

/* What each rank found comes to all. */
static void share(struct sums *sums, size_t chunks, float *p, size_t n, size_t k, size_t batch)
{
    size_t ranks = ir_ranks_count(), most = chunks / ranks + 1;
    struct sums *all = ir_zalloc(ranks * most, sizeof *all);
    size_t *count = ir_zalloc(ranks, sizeof *count);
    ir_ranks_gather(sums, most * sizeof *sums, all);
    for (size_t r = 0; r < ranks; r++) {
        size_t first = ir_part_clip(r, ranks, chunks), end = ir_part_clip(r + 1, ranks, chunks);
        size_t to = end * batch < n ? end * batch : n;
        count[r] = end > first ? (to - first * batch) * k : 0;
        memcpy(sums + first, all + r * most, (end - first) * sizeof *sums);
    }
    ir_ranks_collect(0, p, count);
    ir_ranks_done(0, true);
    free(all);
    free(count);
}

void ir_train_evaluate(struct ir_net *net, const struct ir_data *data, struct ir_pool *pool,
                       const size_t *clips, size_t n, struct ir_measures *m)
{
    size_t k = ir_net_classes(net)->n, batch = ir_net_batch(net), chunks = (n + batch - 1) / batch;
    size_t ranks = ir_ranks_count(), first = ir_part_clip(ir_ranks_rank(), ranks, chunks),
           end = ir_part_clip(ir_ranks_rank() + 1, ranks, chunks);
    float *p = ir_alloc(n * k + 1, sizeof *p), *y = ir_alloc(n * k + 1, sizeof *y);
    struct sums *sums = ir_zalloc(chunks + chunks / ranks + 2, sizeof *sums);
    double loss = 0, weight = 0;
    run_chunks(net, data, pool, clips, n, first, end, p, sums);
    if (ranks > 1)
        share(sums, chunks, p, n, k, batch);
    for (size_t i = 0; i < chunks; i++) {
        loss += sums[i].loss;
        weight += sums[i].weight;
    }
    for (size_t i = 0; i < n; i++) {
        struct ir_data_clip c;
        ir_data_clip(data, clips[i], &c);
        memcpy(y + i * k, c.y, k * sizeof *y);
    }
    ir_measure(n, k, ir_net_single(net), p, y, m);
    m->v[IR_MEASURE_LOSS] = weight > 0 ? loss / weight : (double)NAN;
    free(sums);
    free(p);
    free(y);
}
