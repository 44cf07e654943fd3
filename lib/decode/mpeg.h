/* mpeg.h - private to lib/decode: MPEG audio frames as bytes. */
#ifndef IR_DECODE_MPEG_H
#define IR_DECODE_MPEG_H

#include "sound.h"

struct ir_mpeg_head {
    unsigned version, layer; /* version 1, 2, or 3 for 2.5 */
    unsigned rate, channels, bytes, samples, mode, extension;
    bool protected;
};
bool ir_mpeg_head(const unsigned char *h, struct ir_mpeg_head *m);
bool ir_mpeg_same(const struct ir_mpeg_head *a, const struct ir_mpeg_head *b);
size_t ir_mpeg_side_bytes(const struct ir_mpeg_head *m); /* side information of layer III */

/* A window over the file, so that walking 10,000 small frames is not 10,000 system calls. */
struct ir_window;
struct ir_window *ir_window_new(int fd, uint64_t size); /* freed with free() */
/* n bytes at `at` (n ≤ 64 KiB), valid until the next call; NULL: not there. */
const unsigned char *ir_window_peek(struct ir_window *w, uint64_t at, size_t n);
uint64_t ir_window_size(const struct ir_window *w);

/* A frame whose next frame is one too (or which ends the file). */
bool ir_mpeg_frame_at(struct ir_window *w, uint64_t at, struct ir_mpeg_head *m);

enum ir_mpeg_step { IR_MPEG_FRAME, IR_MPEG_JUNK, IR_MPEG_END, IR_MPEG_CHANGE, IR_MPEG_SHORT };
/* What stands at `at`: a frame like `first` (*m), junk up to *next, nothing more, frames of another
 * kind (*m), or a frame that `end` cuts (*m). */
enum ir_mpeg_step ir_mpeg_look(struct ir_window *w, uint64_t at, uint64_t end,
                               const struct ir_mpeg_head *first, struct ir_mpeg_head *m,
                               uint64_t *next);
/* Layer III frames borrow bytes of the frames before them. Those from `at` on that cannot be
 * decoded for that reason. */
unsigned ir_mpeg_lost(struct ir_window *w, uint64_t at);

#endif
