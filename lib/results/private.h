/* private.h - what the files of results/ share. */
#ifndef IR_RESULTS_PRIVATE_H
#define IR_RESULTS_PRIVATE_H

#include "../results.h"

/* Fill run->value, clips from STEM.score.tsv and the published table. */
int ir_result_values(struct ir_result *run, struct ir_err *err);
void ir_reached_free(struct ir_reached *v);
/* A file name is STEM.SUFFIX; the buffer is reused by the caller. */
const char *ir_result_file(const struct ir_result *run, const char *suffix, struct ir_buf *b);
bool ir_result_has(const struct ir_result *run, const char *suffix);

/* The pictures of a run, and one clip of each front end of a set, as <figure> elements; what cannot
 * be drawn is left out. */
void ir_result_figures(const struct ir_result *run, struct ir_buf *out);
void ir_result_examples(const struct ir_result_set *set, struct ir_buf *out);

#endif
