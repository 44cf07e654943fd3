/* compress.c - the logarithms of the front ends. */
#include "feature/frames.h"

#include <math.h>

void ir_frames_log(const struct ir_front *f, float *v, size_t n)
{
    static const double factor[] = {
        [IR_LOG_DB] = 10 / M_LN10, [IR_LOG_LN] = 1, [IR_LOG_LOG10] = 1 / M_LN10};
    if (f->log == IR_LOG_NONE || f->log == IR_LOG_PCEN)
        return;
    if (f->mult != 1 || f->offset > 0) {
        const float a = (float)f->mult, b = (float)f->offset;
        for (size_t i = 0; i < n; i++)
            v[i] = a * v[i] + b;
    }
    ir_dsp_log(v, n, (float)f->amin, (float)factor[f->log]);
}

/* power_to_db of librosa, AmplitudeToDB of torchaudio: the reference and top_db look at the whole
 * clip. */
void ir_frames_level(const struct ir_front *f, float *v, size_t n)
{
    const float level = f->ref > 0 ? (float)(10 * log10(fmax(f->amin, f->ref))) : 0;
    if (f->log != IR_LOG_DB || (f->ref > 0 && f->top_db <= 0 && level == 0))
        return;
    float top = n ? v[0] : 0;
    for (size_t i = 1; i < n; i++)
        top = v[i] > top ? v[i] : top;
    const float ref = f->ref > 0 ? level : top;
    const float floor = f->top_db > 0 ? top - ref - (float)f->top_db : -INFINITY;
    for (size_t i = 0; i < n; i++) {
        const float d = v[i] - ref;
        v[i] = d > floor ? d : floor;
    }
}
