/* captions.h - what sounds from when to when, as lines under a film. */
#ifndef IR_CONVERT_CAPTIONS_H
#define IR_CONVERT_CAPTIONS_H

#include "convert.h"

/* Append one caption for each span in which the same classes sound, numbered from 1:
 * "00:01:02,500 --> 00:01:04,000" with `comma` before the thousandths, a line "piano, violin", an
 * empty line. */
void ir_captions(const struct ir_event_file *f, char comma, bool numbered, struct ir_buf *out);

#endif
