/* compress.c - the logarithms of the front ends. */
#include "feature/frames.h"

#include <math.h>

/* power_to_db of librosa, AmplitudeToDB of torchaudio: the reference and top_db look at the whole
 * clip. */
static void to_db(const struct ir_front *f, float *v, size_t n)
{
    const float db = (float)(10 / log(10));
    ir_dsp_log(v, n, (float)f->amin, db);
    float top = n ? v[0] : 0;
    for (size_t i = 1; i < n; i++)
        top = v[i] > top ? v[i] : top;
    const float ref = f->ref > 0 ? (float)(10 * log10(fmax(f->amin, f->ref))) : top;
    const float floor = f->top_db > 0 ? top - ref - (float)f->top_db : -INFINITY;
    for (size_t i = 0; i < n; i++) {
        const float d = v[i] - ref;
        v[i] = d > floor ? d : floor;
    }
}

void ir_frames_compress(const struct ir_front *f, float *v, size_t n)
{
    if (f->log == IR_LOG_NONE || f->log == IR_LOG_PCEN)
        return;
    if (f->mult != 1 || f->offset > 0) {
        const float a = (float)f->mult, b = (float)f->offset;
        for (size_t i = 0; i < n; i++)
            v[i] = a * v[i] + b;
    }
    if (f->log == IR_LOG_DB)
        to_db(f, v, n);
    else
        ir_dsp_log(v, n, (float)f->amin, f->log == IR_LOG_LN ? 1 : (float)(1 / log(10)));
}
