/* sound_meta.c - the keys of a decoded sound's record. */
#include "decode.h"
#include "dsp.h"

#include <math.h>
#include <string.h>

/* Root mean square of the last `samples` of all channels in dB of full scale, to 0.01 dB; silence
 * is -200. */
static double level_db(const struct ir_sound *s, size_t samples)
{
    size_t n = s->channels * samples;
    double sum = 0;
    for (size_t c = 0; c < s->channels; c++)
        sum += ir_dsp_energy(s->data + (c + 1) * s->samples - samples, samples);
    return sum > 1e-20 * (double)n ? round(1000 * log10(sum / (double)n)) / 100 : -200;
}

void ir_sound_meta(const struct ir_item *item, const struct ir_meta *list, const struct ir_sound *s,
                   double segment_s, double hop_s, struct ir_meta *m)
{
    ir_meta_free(m);
    if (s->segment >= 0) {
        ir_meta_setf(m, "id", "%s#%lld", item->id, s->segment);
        ir_meta_set(m, "clip", item->id);
    } else {
        ir_meta_set(m, "id", item->id);
    }
    ir_meta_set(m, "path", item->path);
    ir_meta_set_real(m, "rate", s->rate_hz);
    ir_meta_set(m, "axes", "channel,time");
    ir_meta_set_real(m, "offset", s->offset_s);
    ir_meta_set_real(m, "length", s->length_s);
    if (s->segment >= 0)
        ir_meta_set_real(m, "level", level_db(s, s->samples));
    if (s->segment >= 0 && hop_s > 0 && hop_s < segment_s) { /* what is new in it */
        size_t samples = (size_t)llround(hop_s * s->rate_hz);
        ir_meta_set_real(m, "level.end", level_db(s, samples < s->samples ? samples : s->samples));
    }
    if (s->damage)
        ir_meta_set(m, "damage", s->damage);
    if (s->decoder)
        ir_meta_set(m, "decoder", s->decoder);
    const char *closed = ir_meta_get(list, "labels");
    if (item->labels)
        ir_meta_set(m, "labels", item->labels);
    else if (closed && strcmp(closed, "closed") == 0) /* known: no class sounds (formats/list.md) */
        ir_meta_set(m, "labels", "");
    if (item->group)
        ir_meta_set(m, "group", item->group);
    if (item->split)
        ir_meta_set(m, "split", item->split);
    for (size_t i = 0; i < item->extra.n; i++)
        if (!ir_meta_get(m, item->extra.key[i]))
            ir_meta_set(m, item->extra.key[i], item->extra.value[i]);
}
