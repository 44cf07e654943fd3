/* events.h - from one vector of probabilities a segment to "class c from start to end". */
#ifndef IR_CONVERT_EVENTS_H
#define IR_CONVERT_EVENTS_H

#include "convert.h"

struct ir_events;
/* Reads task and thresholds of the stream's header and the options. NULL on failure. */
struct ir_events *ir_events_new(const struct ir_exporter *x, struct ir_err *err);
void ir_events_free(struct ir_events *e); /* NULL is fine */
/* One prediction. Consecutive records of one path (or id, without path) are one file; when the next
 * file begins the format's `file` is called for the last one. */
int ir_events_put(struct ir_exporter *x, const struct ir_rec *rec, struct ir_err *err);
int ir_events_flush(struct ir_exporter *x, struct ir_err *err); /* the last file */
void ir_events_drop(struct ir_exporter *x); /* forget what was read of the last file */

/* All events of one file to the format, in an output of its own with opts.folder. Defined in
 * export.c. */
int ir_export_file(struct ir_exporter *x, const struct ir_event_file *f, struct ir_err *err);

/* Median of value `at` of n, `stride` apart, and its neighbours, odd width; at the ends of what is
 * there (an even count there gives the lower of the two middle values). window holds `width`
 * floats. */
float ir_events_median(const float *p, size_t n, size_t stride, size_t at, size_t width,
                       float *window);

#endif
