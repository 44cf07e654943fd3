/* layout.h - what the files that write folders share. */
#ifndef IR_RENDER_LAYOUT_H
#define IR_RENDER_LAYOUT_H

#include "render.h"

const char *ir_irmas_code(const char *name); /* "vio" of "violin"; NULL: none of the eleven */
/* Two rows of c->sound->n samples as DIR/folder/name.wav, mixed to one channel when channels is 1.
 */
int ir_layout_wav(const struct ir_layout_clip *c, const char *folder, const char *name,
                  const float *x, size_t channels, bool as_float, struct ir_err *err);
/* A text file DIR/file whose folder is made. */
int ir_layout_text(const char *dir, const char *file, const struct ir_buf *text,
                   struct ir_err *err);
int ir_layout_medleydb(const struct ir_layout_clip *c, struct ir_err *err);

#endif
