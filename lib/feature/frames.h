/* frames.h - the engine: frames of sound through transform, weights and logarithm, 16 at a time. */
#ifndef IR_FEATURE_FRAMES_H
#define IR_FEATURE_FRAMES_H

#include "feature.h"

/* One tensor's worth of work: one size of transform and one bank. */
struct ir_frames {
    const struct ir_front *front;
    size_t n_fft, win, hop, lead; /* lead: zeros in front of the window inside a frame */
    float *window;
    struct ir_lanes *lanes;
    struct ir_bank bank;
    char name[IR_FRONT_NAME];
    struct ir_frames_room *room; /* one a thread, kept from clip to clip */
    size_t rooms;
};

int ir_frames_init(struct ir_frames *e, const struct ir_front *f, size_t n_fft, double lo_hz,
                   double hi_hz, struct ir_err *err);
size_t ir_frames_count(const struct ir_frames *e, size_t samples);
/* All frames of one channel into out[row × frames + t], through the logarithm. Fails when the sound
 * or the result is not finite. */
int ir_frames_run(struct ir_frames *e, struct ir_pool *pool, const float *pcm, size_t samples,
                  size_t frames, float *out, struct ir_err *err);
void ir_frames_free(struct ir_frames *e);

/* The logarithm of the front end, value by value, in place. */
void ir_frames_log(const struct ir_front *f, float *v, size_t n);
/* The rest of a decibel scale, which needs the whole clip: reference and top_db, in place. */
void ir_frames_level(const struct ir_front *f, float *v, size_t n);

#endif
