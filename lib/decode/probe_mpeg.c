/* probe_mpeg.c - walk the frames of an MP3 file. libsox loses the last frame of many files, starts
 * late by the delay of encoder and decoder, and is silent about changes of rate, holes and missing
 * ends. Tag layout: Xing/Info as written by LAME (mp3-tech.org "mp3 Info Tag rev 1"), VBRI by
 * Fraunhofer. */
#include "sound.h"

#include <stdlib.h>
#include <string.h>

#define DECODER_DELAY 529 /* samples by which every layer III decoder is late */
#define WARM_UP       32  /* MPEG frames decoded before a cut, more where they borrow more */
#define JUNK_MAX      ((uint64_t)64 << 10)

struct mpeg_head {
    unsigned version, layer; /* version 1, 2, or 3 for 2.5 */
    unsigned rate, channels, bytes, samples;
    bool protected;
};

static bool mpeg_head(const unsigned char *h, struct mpeg_head *m)
{
    static const unsigned short kbps[5][16] = {
        {0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448, 0}, /* 1, I */
        {0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 0},    /* 1, II */
        {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0},     /* 1, III */
        {0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256, 0},    /* 2, I */
        {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0}};        /* 2, II, III */
    static const unsigned rates[3] = {44100, 48000, 32000};
    if (h[0] != 0xff || (h[1] & 0xe0) != 0xe0)
        return false;
    unsigned v = h[1] >> 3 & 3, l = h[1] >> 1 & 3, rate = h[2] >> 2 & 3, kb = h[2] >> 4;
    if (v == 1 || l == 0 || rate == 3 || kb == 0 || kb == 15)
        return false;
    m->version = v == 3 ? 1 : v == 2 ? 2 : 3;
    m->layer = 4 - l;
    m->rate = rates[rate] >> (m->version - 1);
    m->channels = h[3] >> 6 == 3 ? 1 : 2;
    m->protected = !(h[1] & 1);
    unsigned row = m->version == 1 ? m->layer - 1 : m->layer == 1 ? 3 : 4;
    unsigned bps = kbps[row][kb] * 1000u, pad = h[2] >> 1 & 1;
    m->samples = m->layer == 1 ? 384 : m->layer == 3 && m->version > 1 ? 576 : 1152;
    m->bytes =
        m->layer == 1 ? (12 * bps / m->rate + pad) * 4 : m->samples / 8 * bps / m->rate + pad;
    return m->bytes >= 24;
}

static bool same_kind(const struct mpeg_head *a, const struct mpeg_head *b)
{
    return a->version == b->version && a->layer == b->layer && a->rate == b->rate &&
           a->channels == b->channels;
}

/* A window over the file, so that walking 10,000 small frames is not 10,000 system calls. */
struct window {
    int fd;
    uint64_t size, at;
    size_t have;
    unsigned char byte[64 << 10];
};

static const unsigned char *peek(struct window *w, uint64_t at, size_t n)
{
    if (at > w->size || n > w->size - at)
        return NULL;
    if (at < w->at || at + n > w->at + w->have) {
        w->at = at;
        w->have = w->size - at < sizeof w->byte ? (size_t)(w->size - at) : sizeof w->byte;
        if (!ir_read_at(w->fd, w->byte, w->have, at)) {
            w->have = 0;
            return NULL;
        }
    }
    return w->byte + (at - w->at);
}

static struct window *window_new(int fd, uint64_t size)
{
    struct window *w = ir_alloc(1, sizeof *w);
    w->fd = fd;
    w->size = size;
    w->at = 0;
    w->have = 0;
    return w;
}

/* A frame whose next frame is one too (or which ends the file). */
static bool frame_at(struct window *w, uint64_t at, struct mpeg_head *m)
{
    struct mpeg_head next;
    const unsigned char *h = peek(w, at, 4);
    if (!h || !mpeg_head(h, m) || m->bytes > w->size - at)
        return false;
    if (at + m->bytes == w->size)
        return true;
    h = peek(w, at + m->bytes, 4);
    return h && mpeg_head(h, &next) && same_kind(m, &next);
}

/* ---- the information frame ----------------------------------------------------------------- */

struct mpeg_tag {
    bool present, lame;
    uint64_t frames, bytes; /* as promised; 0: not said */
    unsigned delay, padding;
};

static size_t side_bytes(const struct mpeg_head *m)
{
    if (m->version == 1)
        return m->channels == 1 ? 17 : 32;
    return m->channels == 1 ? 9 : 17;
}

static void read_tag(struct window *w, uint64_t at, const struct mpeg_head *m, struct mpeg_tag *t)
{
    *t = (struct mpeg_tag){0};
    const unsigned char *f = peek(w, at, m->bytes);
    if (!f || m->layer != 3)
        return;
    if (m->bytes >= 36 + 18 && !memcmp(f + 36, "VBRI", 4)) {
        t->present = true;
        t->frames = ir_be(f + 36 + 14, 4);
        return;
    }
    size_t p = 4 + side_bytes(m);
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
static uint64_t end_of_sound(struct window *w)
{
    uint64_t end = w->size;
    const unsigned char *t = end >= 128 ? peek(w, end - 128, 3) : NULL;
    if (t && !memcmp(t, "TAG", 3))
        end -= 128;
    t = end >= 32 ? peek(w, end - 32, 32) : NULL;
    if (t && !memcmp(t, "APETAGEX", 8)) {
        uint64_t n = ir_le(t + 12, 4) + (ir_le(t + 20, 4) & 0x80000000u ? 32 : 0);
        if (n <= end)
            end -= n;
    }
    return end;
}

static bool only_zeros(struct window *w, uint64_t at, uint64_t end)
{
    for (; at < end; at++) {
        const unsigned char *b = peek(w, at, 1);
        if (!b || *b)
            return false;
    }
    return true;
}

static int walk(struct window *w, uint64_t at, const struct mpeg_head *first, struct ir_source *s,
                uint64_t *frames, struct ir_err *err)
{
    uint64_t end = end_of_sound(w);
    s->mpeg_start = at;
    while (at < end) {
        struct mpeg_head m;
        const unsigned char *h = peek(w, at, 4);
        if (!h || !mpeg_head(h, &m)) {
            struct mpeg_head ahead;
            uint64_t i = at;
            while (i < end && i - at < JUNK_MAX && !frame_at(w, i, &ahead))
                i++;
            const unsigned char *b = peek(w, at, 1);
            if (i == end && (h || !b || *b != 0xff))
                break; /* nothing but a foreign tag follows */
            if (only_zeros(w, at, end))
                break;
            return ir_fail(err, "MP3 is damaged: no frame at byte %llu, after %llu frames",
                           (unsigned long long)at, (unsigned long long)*frames);
        }
        if (!same_kind(first, &m))
            return ir_fail(
                err, "MP3 changes in frame %llu from %u Hz, %u channels to %u Hz, %u channels",
                (unsigned long long)*frames, first->rate, first->channels, m.rate, m.channels);
        if (m.bytes > end - at)
            return ir_fail(err, "MP3 is cut short: its last frame has %llu of %u bytes",
                           (unsigned long long)(end - at), m.bytes);
        at += m.bytes;
        ++*frames;
    }
    s->mpeg_end = at;
    return 0;
}

/* Layer III frames borrow bytes of the frames before them. In a file cut out of a longer one the
 * first frames cannot be decoded for that reason: libmad leaves them out. Returns their number. */
static unsigned lost_frames(struct window *w, uint64_t at)
{
    struct mpeg_head m;
    uint64_t have = 0;
    unsigned lost = 0;
    for (const unsigned char *h; (h = peek(w, at, 48)) && mpeg_head(h, &m) && m.layer == 3;
         lost++) {
        size_t front = m.protected ? 6 : 4;
        uint64_t wants = m.version == 1 ? ir_be(h + front, 2) >> 7 : h[front];
        if (wants <= have)
            break;
        have += m.bytes - front - side_bytes(&m);
        at += m.bytes;
    }
    return lost;
}

static int set_lengths(const struct mpeg_tag *t, const struct mpeg_head *m, uint64_t frames,
                       struct ir_source *s, struct ir_err *err)
{
    /* Some encoders count the information frame, so one more is fine when the bytes agree. */
    uint64_t bytes = s->mpeg_end - s->mpeg_start;
    if (t->frames > frames && (t->frames > frames + 1 || t->bytes > bytes + 2 * m->bytes))
        return ir_fail(err, "MP3 is cut short: its header promises %llu frames, %llu are there",
                       (unsigned long long)t->frames, (unsigned long long)frames);
    s->frames = frames * m->samples;
    s->keep = s->frames;
    if (t->lame) {
        uint64_t tail = t->padding > DECODER_DELAY ? t->padding - DECODER_DELAY : 0;
        s->skip = t->delay + DECODER_DELAY;
        s->keep = s->frames > s->skip + tail ? s->frames - s->skip - tail : 0;
    }
    return 0;
}

int ir_probe_mpeg(int fd, uint64_t size, uint64_t start, struct ir_source *s, struct ir_err *err)
{
    struct mpeg_head m;
    struct mpeg_tag t;
    uint64_t frames = 0, at = start;
    struct window *w = window_new(fd, size);
    int rc = -2;
    while (at < size && at - start < JUNK_MAX && !frame_at(w, at, &m))
        at++;
    if (at >= size || at - start >= JUNK_MAX)
        goto out;
    /* A text file may hold one lucky frame head; three in a row are an MP3. */
    struct mpeg_head n;
    if (at > start && at + m.bytes < size && !frame_at(w, at + m.bytes, &n))
        goto out;
    s->kind = IR_KIND_MP3;
    s->name = "MP3";
    s->rate_hz = m.rate;
    s->channels = m.channels;
    read_tag(w, at, &m, &t);
    if (t.present)
        at += m.bytes;
    s->lost = (uint64_t)lost_frames(w, at) * m.samples;
    rc = walk(w, at, &m, s, &frames, err);
    if (rc == 0)
        rc = set_lengths(&t, &m, frames, s, err);
out:
    free(w);
    return rc;
}

/* Offset of MPEG frame `number`. */
static uint64_t frame_offset(struct window *w, const struct ir_source *s, uint64_t number)
{
    struct mpeg_head m;
    uint64_t at = s->mpeg_start;
    for (uint64_t i = 0; i < number; i++) {
        const unsigned char *h = peek(w, at, 4);
        if (!h || !mpeg_head(h, &m))
            return s->mpeg_start; /* the file changed since the walk: told when it is decoded */
        at += m.bytes;
    }
    return at;
}

uint64_t ir_mpeg_seek(int fd, uint64_t size, struct ir_source *s, uint64_t frame)
{
    struct mpeg_head m;
    struct window *w = window_new(fd, size);
    const unsigned char *h = peek(w, s->mpeg_start, 4);
    uint64_t dropped = 0;
    if (!h || !mpeg_head(h, &m))
        goto out;
    /* The two frames before it shape the first one, and all three must find the bytes they borrow.
     */
    uint64_t good = frame / m.samples;
    for (uint64_t back = WARM_UP; good > back + 2; back *= 2) {
        uint64_t first = good - 2 - back, at = frame_offset(w, s, first);
        unsigned lost = lost_frames(w, at);
        if (lost > back)
            continue;
        dropped = first * m.samples;
        s->mpeg_start = at;
        s->lost = (uint64_t)lost * m.samples;
        s->frames -= dropped;
        break;
    }
out:
    free(w);
    return dropped;
}
