/* probe_mpeg.c - walk the frames of an MP3 file: what is missing or impossible, and, by its tag,
 * which of its samples are sound. Tag layout: Xing/Info as written by LAME (mp3-tech.org "mp3 Info
 * Tag rev 1"), VBRI by Fraunhofer. */
#include "mpeg.h"

#include <stdlib.h>
#include <string.h>

#define DECODER_DELAY 529 /* samples by which every layer III decoder is late */
#define JUNK_MAX      ((uint64_t)64 << 10)

/* ---- the information frame ----------------------------------------------------------------- */

struct mpeg_tag {
    bool present, lame;
    uint64_t frames, bytes; /* as promised; 0: not said */
    unsigned delay, padding;
};

static void read_tag(struct ir_window *w, uint64_t at, const struct ir_mpeg_head *m,
                     struct mpeg_tag *t)
{
    *t = (struct mpeg_tag){0};
    const unsigned char *f = ir_window_peek(w, at, m->bytes);
    if (!f || m->layer != 3)
        return;
    if (m->bytes >= 36 + 18 && !memcmp(f + 36, "VBRI", 4)) {
        t->present = true;
        t->frames = ir_be(f + 36 + 14, 4);
        return;
    }
    size_t p = 4 + ir_mpeg_side_bytes(m);
    if (p + 8 > m->bytes || (memcmp(f + p, "Xing", 4) != 0 && memcmp(f + p, "Info", 4) != 0))
        return;
    t->present = true;
    unsigned flags = (unsigned)ir_be(f + p + 4, 4);
    size_t need = 8 + (flags & 1 ? 4u : 0u) + (flags & 2 ? 4u : 0u) + (flags & 4 ? 100u : 0u) +
                  (flags & 8 ? 4u : 0u);
    if (p + need > m->bytes)
        return;
    if (flags & 1)
        t->frames = ir_be(f + p + 8, 4);
    if (flags & 2)
        t->bytes = ir_be(f + p + 8 + (flags & 1 ? 4 : 0), 4);
    const unsigned char *l = f + p + need;
    if (p + need + 24 > m->bytes ||
        (memcmp(l, "LAME", 4) && memcmp(l, "Lavf", 4) && memcmp(l, "Lavc", 4)))
        return;
    t->lame = true;
    t->delay = (unsigned)ir_be(l + 21, 3) >> 12;
    t->padding = (unsigned)ir_be(l + 21, 3) & 0xfff;
}

/* ---- the walk ------------------------------------------------------------------------------ */

/* Where the tags behind the sound begin (ID3v1, APE, Lyrics3 and zeros need no frame). */
static uint64_t end_of_sound(struct ir_window *w)
{
    uint64_t end = ir_window_size(w);
    const unsigned char *t = end >= 128 ? ir_window_peek(w, end - 128, 3) : NULL;
    if (t && !memcmp(t, "TAG", 3))
        end -= 128;
    t = end >= 32 ? ir_window_peek(w, end - 32, 32) : NULL;
    if (t && !memcmp(t, "APETAGEX", 8)) {
        uint64_t n = ir_le(t + 12, 4) + (ir_le(t + 20, 4) & 0x80000000u ? 32 : 0);
        if (n <= end)
            end -= n;
    }
    return end;
}

static bool only_zeros(struct ir_window *w, uint64_t at, uint64_t end)
{
    for (; at < end; at++) {
        const unsigned char *b = ir_window_peek(w, at, 1);
        if (!b || *b)
            return false;
    }
    return true;
}

static bool is_tag(const unsigned char *b)
{
    return b && (!memcmp(b, "ID3", 3) || !memcmp(b, "TAG", 3) || !memcmp(b, "APETAGEX", 8) ||
                 !memcmp(b, "LYRICSBE", 8));
}

/* Bytes where a frame should stand. A foreign tag is no damage, nor are zeros or another program's
 * bytes at the end; but where they are so many that a second of sound may have been there, it is
 * said. */
static void junk(struct ir_window *w, uint64_t at, uint64_t next, bool last, uint64_t frames,
                 const struct ir_mpeg_head *first, struct ir_source *s)
{
    const unsigned char *b = ir_window_peek(w, at, 1);
    uint64_t n = (next - at + first->bytes / 2) / first->bytes;
    bool foreign = last && (!b || *b != 0xff || only_zeros(w, at, next));
    if (is_tag(ir_window_peek(w, at, 8)))
        return; /* also of files put one behind the other */
    if (foreign && n * first->samples >= first->rate)
        ir_damage_add(&s->damage, IR_DAMAGE_REMARK, 0, 0,
                      "the last %llu bytes hold no MP3: left out, from byte %llu on",
                      (unsigned long long)(next - at), (unsigned long long)at);
    if (foreign)
        return;
    ir_damage_add(&s->damage, last ? IR_DAMAGE_CUT : IR_DAMAGE_HOLE, frames * first->samples,
                  (n ? n : 1) * first->samples,
                  "MP3 is damaged: no frame at byte %llu, after %llu "
                  "frames",
                  (unsigned long long)at, (unsigned long long)frames);
}

static int walk(struct ir_window *w, uint64_t at, const struct ir_mpeg_head *first,
                struct ir_source *s, uint64_t *frames, struct ir_err *err)
{
    uint64_t end = end_of_sound(w), next;
    s->mpeg_start = at;
    for (;;) {
        struct ir_mpeg_head m;
        enum ir_mpeg_step step = ir_mpeg_look(w, at, end, first, &m, &next);
        if (step == IR_MPEG_CHANGE)
            return ir_fail(
                err, "MP3 changes in frame %llu from %u Hz, %u channels to %u Hz, %u channels",
                (unsigned long long)*frames, first->rate, first->channels, m.rate, m.channels);
        if (step == IR_MPEG_SHORT)
            ir_damage_add(&s->damage, IR_DAMAGE_CUT, *frames * first->samples, first->samples,
                          "MP3 is cut short: its last frame has %llu of %u bytes",
                          (unsigned long long)(end - at), m.bytes);
        if (step == IR_MPEG_JUNK || (step == IR_MPEG_END && at < end))
            junk(w, at, step == IR_MPEG_JUNK ? next : end, step == IR_MPEG_END, *frames, first, s);
        if (step == IR_MPEG_SHORT || step == IR_MPEG_END)
            break;
        if (step == IR_MPEG_JUNK) {
            at = next;
            continue;
        }
        bool sum;
        const unsigned char *f = ir_window_peek(w, at, m.bytes);
        const char *fault = f ? ir_mpeg_fault(f, m.bytes, &sum) : NULL;
        if (fault)
            ir_damage_add(&s->damage, sum ? IR_DAMAGE_SUM : IR_DAMAGE_BAD, *frames * first->samples,
                          first->samples, "MP3 is damaged: %s in frame %llu", fault,
                          (unsigned long long)*frames);
        at += m.bytes;
        ++*frames;
    }
    s->mpeg_end = at;
    return 0;
}

static void set_lengths(const struct mpeg_tag *t, const struct ir_mpeg_head *m, uint64_t frames,
                        struct ir_source *s)
{
    /* Some encoders count the information frame, so one more is fine when the bytes agree. */
    uint64_t bytes = s->mpeg_end - s->mpeg_start;
    bool cut = s->damage.count && s->damage.span[s->damage.count - 1].kind == IR_DAMAGE_CUT;
    if (t->frames > frames && (t->frames > frames + 1 || t->bytes > bytes + 2 * m->bytes)) {
        if (!cut)
            ir_damage_add(&s->damage, IR_DAMAGE_CUT, frames * m->samples,
                          (t->frames - frames) * m->samples,
                          "MP3 is cut short: its header promises %llu frames, %llu are there",
                          (unsigned long long)t->frames, (unsigned long long)frames);
        cut = true;
    }
    if (frames == 1)
        ir_damage_add(&s->damage, IR_DAMAGE_REMARK, 0, 0, "MP3 holds a single frame");
    s->frames = frames * m->samples;
    s->keep = s->frames;
    if (t->lame) {
        uint64_t tail = !cut && t->padding > DECODER_DELAY ? t->padding - DECODER_DELAY : 0;
        s->skip = t->delay + DECODER_DELAY;
        s->keep = s->frames > s->skip + tail ? s->frames - s->skip - tail : 0;
    }
    if (s->lost > 0)
        ir_damage_add(
            &s->damage, IR_DAMAGE_START, 0, s->lost,
            "MP3 is cut out of a longer one: its first %llu samples need bytes from before "
            "and are silent",
            (unsigned long long)s->lost);
}

int ir_probe_mpeg(int fd, uint64_t size, uint64_t start, struct ir_source *s, struct ir_err *err)
{
    struct ir_mpeg_head m;
    struct mpeg_tag t;
    uint64_t frames = 0, at = start;
    struct ir_window *w = ir_window_new(fd, size);
    int rc = -2;
    while (at < size && at - start < JUNK_MAX && !ir_mpeg_frame_at(w, at, &m))
        at++;
    if (at >= size || at - start >= JUNK_MAX)
        goto out;
    /* A text file may hold one lucky frame head; three in a row are an MP3. */
    struct ir_mpeg_head n;
    if (at > start && at + m.bytes < size && !ir_mpeg_frame_at(w, at + m.bytes, &n))
        goto out;
    s->kind = IR_KIND_MP3;
    s->name = "MP3";
    s->rate_hz = m.rate;
    s->channels = m.channels;
    read_tag(w, at, &m, &t);
    if (t.present)
        at += m.bytes;
    s->mpeg_samples = m.samples;
    s->lost = (uint64_t)ir_mpeg_lost(w, at) * m.samples;
    rc = walk(w, at, &m, s, &frames, err);
    if (rc == 0)
        set_lengths(&t, &m, frames, s);
out:
    free(w);
    return rc;
}
