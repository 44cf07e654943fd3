/* count.h - what precision, recall and F1 share: the counts of a class, of all cells, of one clip.
 */
#ifndef IR_SCORE_COUNT_H
#define IR_SCORE_COUNT_H

#include "../score.h"
#include <math.h>

/* Counts of class c (IR_AVG_CLASS) or summed over the classes (IR_AVG_MICRO). */
struct ir_count ir_count_of(const struct ir_sample *v, enum ir_average a, size_t c);
/* Counts over the known cells of clip i. */
struct ir_count ir_count_clip(const struct ir_scores *s, size_t i);
/* Weighted mean over clips of f(counts), leaving out NaN; NaN when nothing is left. */
double ir_count_samples(const struct ir_sample *v, double (*f)(struct ir_count));
/* Weighted mean over clips of f(s, i), leaving out NaN. */
double ir_count_clips(const struct ir_sample *v, double (*f)(const struct ir_scores *, size_t));

/* 1 when a label of clip i is surely among its m most probable classes, 0 when surely not, the
 * chance of it when classes tie on the edge; NaN without labels or with fewer than m classes. */
double ir_count_top(const struct ir_scores *s, size_t i, size_t m);

/* Of the classes that are known in clip i and ranked at or above its true class c, the share that
 * is true; NaN when c is not true. */
double ir_count_rank(const struct ir_scores *s, size_t i, size_t c);

static inline double ir_ratio(double a, double b)
{
    return b > 0 ? a / b : IR_NA;
}

#endif
