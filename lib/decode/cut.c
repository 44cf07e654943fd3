/* cut.c - samples of a clip to one record, or to segments. */
#include "sound.h"

#include <math.h>
#include <string.h>

#define SHRINK ((size_t)8 << 20) /* keep no larger buffer for the next clip */

void ir_cut_reset(struct ir_cut *c)
{
    if (c->pend.cap > SHRINK)
        ir_buf_free(&c->pend);
    c->pend.len = 0;
    *c = (struct ir_cut){.pend = c->pend};
}

/* Give out `have` frames at pend + from, filled up with zeros to `n` frames. */
static int give(struct ir_cut *c, uint64_t from, size_t have, size_t n, bool whole, size_t item,
                const struct ir_decode_sink *sink, struct ir_buf *planar, struct ir_err *err)
{
    size_t ch = c->info.channels;
    const float *in = (const float *)(const void *)c->pend.data + from * ch;
    struct ir_sound s = {.data = in,
                         .channels = (uint32_t)ch,
                         .samples = (uint32_t)n,
                         .rate_hz = c->info.rate_hz,
                         .offset_s = c->info.start_s + (double)(c->at + from) / c->info.rate_hz,
                         .length_s = (double)have / c->info.rate_hz,
                         .segment = whole ? -1 : c->segments,
                         .damage = *c->damage ? c->damage : NULL,
                         .decoder = *c->decoder ? c->decoder : NULL};
    if (ch > 1 || have < n) {
        ir_grow(&planar->data, &planar->cap, n * ch * sizeof(float), 1);
        float *to = (float *)(void *)planar->data;
        for (size_t k = 0; k < ch; k++) {
            for (size_t i = 0; i < have; i++)
                to[k * n + i] = in[i * ch + k];
            memset(to + k * n + have, 0, (n - have) * sizeof(float));
        }
        s.data = to;
    }
    c->segments++;
    return sink->sound(sink->self, item, &s, err);
}

static int give_whole(struct ir_cut *c, size_t frames, size_t item,
                      const struct ir_decode_sink *sink, struct ir_buf *planar, struct ir_err *why,
                      struct ir_err *err)
{
    if (frames == 0) {
        ir_fail(why, "no samples are left of it at %g Hz", c->info.rate_hz);
        return 1;
    }
    int rc = give(c, 0, frames, frames, true, item, sink, planar, err);
    c->pend.len = 0;
    return rc;
}

/* What is left after the last whole segment, which ended at frame `heard` of the clip. */
static int give_rest(struct ir_cut *c, uint64_t from, size_t left, size_t n, uint64_t heard,
                     size_t item, const struct ir_decode_opts *o, const struct ir_decode_sink *sink,
                     struct ir_buf *planar, struct ir_err *why, struct ir_err *err)
{
    uint64_t end = c->at + from + left;
    if (c->segments == 0 && o->last == IR_LAST_DROP) {
        ir_fail(why, "is %.6g s long, shorter than --segment %g", (double)end / c->info.rate_hz,
                o->segment_s);
        return 1;
    }
    if (c->segments == 0 && left == 0) {
        ir_fail(why, "no samples are left of it at %g Hz", c->info.rate_hz);
        return 1;
    }
    if (left == 0 || o->last == IR_LAST_DROP || (c->segments > 0 && end <= heard))
        return 0;
    return give(c, from, left, o->last == IR_LAST_PAD ? n : left, false, item, sink, planar, err);
}

/* The newest `have` frames before pend + end, again and again up to the end of a segment of n. */
static int give_repeated(struct ir_cut *c, uint64_t end, size_t have, size_t n, size_t item,
                         const struct ir_decode_sink *sink, struct ir_buf *planar,
                         struct ir_err *err)
{
    size_t ch = c->info.channels;
    const float *in = (const float *)(const void *)c->pend.data + (end - have) * ch;
    ir_grow(&planar->data, &planar->cap, n * ch * sizeof(float), 1);
    float *to = (float *)(void *)planar->data;
    for (size_t k = 0; k < ch; k++)
        for (size_t i = 0, from = (have - n % have) % have; i < n; i++, from++)
            to[k * n + i] = in[from % have * ch + k];
    struct ir_sound s = {.data = to,
                         .channels = (uint32_t)ch,
                         .samples = (uint32_t)n,
                         .rate_hz = c->info.rate_hz,
                         .offset_s =
                             c->info.start_s + (double)(c->at + end - have) / c->info.rate_hz,
                         .length_s = (double)have / c->info.rate_hz,
                         .segment = c->segments++,
                         .damage = *c->damage ? c->damage : NULL};
    return sink->sound(sink->self, item, &s, err);
}

/* Segments of what is newest; only that much is kept. */
static int give_newest(struct ir_cut *c, bool last, size_t n, uint64_t hop, size_t item,
                       const struct ir_decode_opts *o, const struct ir_decode_sink *sink,
                       struct ir_buf *planar, struct ir_err *err)
{
    size_t frame_bytes = c->info.channels * sizeof(float);
    uint64_t have = c->at + c->pend.len / frame_bytes; /* from the beginning */
    uint64_t newest = (uint64_t)llround(fmin(o->newest_s, o->segment_s) * c->info.rate_hz);
    uint64_t given = (uint64_t)c->segments * hop;
    newest = newest > 0 ? newest : 1;
    while (given + hop <= have || (last && given < have)) {
        given = given + hop < have ? given + hop : have;
        size_t some = (size_t)(given < newest ? given : newest);
        if (give_repeated(c, given - c->at, some, n, item, sink, planar, err) < 0)
            return -1;
    }
    uint64_t keep = given + 1 > newest ? given + 1 - newest : 0; /* the last may end a frame on */
    if (keep > c->at && keep <= have) {
        size_t bytes = (size_t)(keep - c->at) * frame_bytes;
        memmove(c->pend.data, c->pend.data + bytes, c->pend.len - bytes);
        c->pend.len -= bytes;
        c->at = keep;
    }
    return 0;
}

int ir_cut_give(struct ir_cut *c, bool last, size_t item, const struct ir_decode_opts *o,
                const struct ir_decode_sink *sink, struct ir_buf *planar, struct ir_err *why,
                struct ir_err *err)
{
    size_t frame_bytes = c->info.channels * sizeof(float);
    uint64_t frames = c->pend.len / frame_bytes, pos = 0;
    if (o->segment_s == 0)
        return last ? give_whole(c, (size_t)frames, item, sink, planar, why, err) : 0;
    double hop_s = o->hop_s > 0 ? o->hop_s : o->segment_s;
    size_t n = (size_t)llround(o->segment_s * c->info.rate_hz);
    uint64_t hop = (uint64_t)llround(hop_s * c->info.rate_hz);
    if (n == 0 || hop == 0 || n > IR_DATA_MAX / frame_bytes) {
        ir_fail(why, "--segment %g with --segment-hop %g is %s at %g Hz, %u channels", o->segment_s,
                hop_s, n > 1 ? "more than a record can hold" : "less than one sample",
                c->info.rate_hz, c->info.channels);
        return 1;
    }
    if (o->newest_s > 0)
        return give_newest(c, last, n, hop, item, o, sink, planar, err);
    for (;;) {
        uint64_t drop = c->skip < frames - pos ? c->skip : frames - pos;
        pos += drop;
        c->skip -= drop;
        if (c->skip > 0 || frames - pos < n)
            break;
        if (give(c, pos, n, n, false, item, sink, planar, err) < 0)
            return -1;
        c->skip = hop;
    }
    int rc = 0;
    if (last) {
        uint64_t heard = c->segments > 0 ? (uint64_t)(c->segments - 1) * hop + n : 0;
        rc = give_rest(c, pos, (size_t)(frames - pos), n, heard, item, o, sink, planar, why, err);
    }
    if (pos == 0)
        return rc;
    memmove(c->pend.data, c->pend.data + pos * frame_bytes, c->pend.len - pos * frame_bytes);
    c->pend.len -= pos * frame_bytes;
    c->at += pos;
    return rc;
}
