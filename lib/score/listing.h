/* listing.h - small pieces of text that the lists and tables share. */
#ifndef IR_SCORE_LISTING_H
#define IR_SCORE_LISTING_H

#include "../score.h"

/* Columns a string takes on a terminal (UTF-8, no wide characters). */
int ir_listing_width(const char *s);
/* s made harmless, filled with spaces to `columns`. */
void ir_text_padded(struct ir_buf *out, const char *s, int columns, bool right);
/* s as one field of TSV: control bytes and % as %XX. */
void ir_text_field(struct ir_buf *out, const char *s);
/* The class column: the longest name, 7 to 40. */
int ir_text_classes(const struct ir_scores *s);

#endif
