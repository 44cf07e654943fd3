/* tree.c - the binary tree over the parts of a batch: node of size 2^k at each multiple of 2^k, cut
 * short at the last part. */
#include "train/batch.h"

size_t ir_part_clip(size_t i, size_t parts, size_t n)
{
    return (size_t)((uint64_t)i * n / parts);
}

bool ir_tree_joins(size_t a, size_t b, size_t c, size_t parts)
{
    size_t half = b - a, end = a + 2 * half < parts ? a + 2 * half : parts;
    return (half & (half - 1)) == 0 && a % (2 * half) == 0 && c == end;
}

void ir_tree_add(float *to, const float *from, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] += from[i];
}

/* Chan, Golub and LeVeque 1983: no difference of large squares. */
void ir_tree_stats(float *to, const float *from, size_t channels, size_t n_to, size_t n_from)
{
    if (n_from == 0)
        return;
    double share = (double)n_from / (double)(n_to + n_from);
    for (size_t c = 0; c < channels; c++, to += 2, from += 2) {
        double step = (double)from[0] - (double)to[0];
        to[0] = (float)((double)to[0] + step * share);
        to[1] = (float)((1 - share) * (double)to[1] + share * (double)from[1] +
                        step * step * share * (1 - share));
    }
}
