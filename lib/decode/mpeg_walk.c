/* mpeg_walk.c - from frame to frame through an MP3, over junk, and back to any of them. */
#include "mpeg.h"

#include <stdlib.h>
#include <string.h>

#define WARM_UP 32 /* MPEG frames decoded before a cut, more where they borrow more */
#define PHASE   8  /* after so many frames the synthesis filter stands where it began */
#define INDEX   64 /* frames between remembered places */

bool ir_mpeg_head(const unsigned char *h, struct ir_mpeg_head *m)
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
    m->mode = h[3] >> 6;
    m->extension = h[3] >> 4 & 3;
    m->channels = m->mode == 3 ? 1 : 2;
    m->protected = !(h[1] & 1);
    unsigned row = m->version == 1 ? m->layer - 1 : m->layer == 1 ? 3 : 4;
    unsigned bps = kbps[row][kb] * 1000u, pad = h[2] >> 1 & 1;
    m->samples = m->layer == 1 ? 384 : m->layer == 3 && m->version > 1 ? 576 : 1152;
    m->bytes =
        m->layer == 1 ? (12 * bps / m->rate + pad) * 4 : m->samples / 8 * bps / m->rate + pad;
    return m->bytes >= 24;
}

bool ir_mpeg_same(const struct ir_mpeg_head *a, const struct ir_mpeg_head *b)
{
    return a->version == b->version && a->layer == b->layer && a->rate == b->rate &&
           a->channels == b->channels;
}

size_t ir_mpeg_side_bytes(const struct ir_mpeg_head *m)
{
    if (m->version == 1)
        return m->channels == 1 ? 17 : 32;
    return m->channels == 1 ? 9 : 17;
}

struct ir_window {
    int fd;
    uint64_t size, at;
    size_t have;
    unsigned char byte[64 << 10];
};

const unsigned char *ir_window_peek(struct ir_window *w, uint64_t at, size_t n)
{
    if (at > w->size || n > w->size - at || n > sizeof w->byte)
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

struct ir_window *ir_window_new(int fd, uint64_t size)
{
    struct ir_window *w = ir_alloc(1, sizeof *w);
    w->fd = fd;
    w->size = size;
    w->at = 0;
    w->have = 0;
    return w;
}

uint64_t ir_window_size(const struct ir_window *w)
{
    return w->size;
}

bool ir_mpeg_frame_at(struct ir_window *w, uint64_t at, struct ir_mpeg_head *m)
{
    struct ir_mpeg_head next;
    const unsigned char *h = ir_window_peek(w, at, 4);
    if (!h || !ir_mpeg_head(h, m) || m->bytes > w->size - at)
        return false;
    if (at + m->bytes == w->size)
        return true;
    h = ir_window_peek(w, at + m->bytes, 4);
    return h && ir_mpeg_head(h, &next) && ir_mpeg_same(m, &next);
}

enum ir_mpeg_step ir_mpeg_look(struct ir_window *w, uint64_t at, uint64_t end,
                               const struct ir_mpeg_head *first, struct ir_mpeg_head *m,
                               uint64_t *next)
{
    struct ir_mpeg_head ahead, after;
    if (at >= end)
        return IR_MPEG_END;
    const unsigned char *h = ir_window_peek(w, at, 4);
    bool head = h && ir_mpeg_head(h, m);
    if (head && ir_mpeg_same(first, m))
        return m->bytes > end - at ? IR_MPEG_SHORT : IR_MPEG_FRAME;
    /* The next place with a frame of this kind, else with two frames and the head of a third: not
     * just bytes that look like one. */
    uint64_t other = end, i = at;
    for (; i < end; i++) {
        if (!ir_mpeg_frame_at(w, i, &ahead))
            continue;
        if (i > at && ir_mpeg_same(first, &ahead))
            break;
        if (other == end && !ir_mpeg_same(first, &ahead) &&
            ir_mpeg_frame_at(w, i + ahead.bytes, &after)) {
            other = i;
            *m = ahead;
            if (i == at)
                return IR_MPEG_CHANGE;
        }
    }
    *next = i;
    if (i < end)
        return IR_MPEG_JUNK;
    return other < end ? IR_MPEG_CHANGE : IR_MPEG_END;
}

unsigned ir_mpeg_lost(struct ir_window *w, uint64_t at)
{
    struct ir_mpeg_head m;
    uint64_t have = 0;
    unsigned lost = 0;
    for (const unsigned char *h;
         (h = ir_window_peek(w, at, 48)) && ir_mpeg_head(h, &m) && m.layer == 3; lost++) {
        size_t front = m.protected ? 6 : 4;
        uint64_t wants = m.version == 1 ? ir_be(h + front, 2) >> 7 : h[front];
        if (wants <= have)
            break;
        have += m.bytes - front - ir_mpeg_side_bytes(&m);
        at += m.bytes;
    }
    return lost;
}

/* ---- the walk ------------------------------------------------------------------------------ */

struct ir_mpeg_walk {
    struct ir_window *w;
    struct ir_mpeg_head first;
    uint64_t at, start, end, number; /* the next frame */
    uint64_t *index;                 /* places of frames 0, INDEX, 2 INDEX … */
    size_t indexed, cap;
};

struct ir_mpeg_walk *ir_mpeg_walk_new(int fd, uint64_t size, const struct ir_source *s)
{
    struct ir_mpeg_walk *k = ir_zalloc(1, sizeof *k);
    k->w = ir_window_new(fd, size);
    k->start = k->at = s->mpeg_start;
    k->end = s->mpeg_end;
    const unsigned char *h = ir_window_peek(k->w, k->start, 4);
    if (!h || !ir_mpeg_head(h, &k->first))
        k->at = k->end; /* the file changed since the probe */
    return k;
}

size_t ir_mpeg_walk_next(struct ir_mpeg_walk *k, const unsigned char **frame)
{
    struct ir_mpeg_head m;
    uint64_t next;
    for (;;) {
        switch (ir_mpeg_look(k->w, k->at, k->end, &k->first, &m, &next)) {
        case IR_MPEG_JUNK:
            k->at = next;
            continue;
        case IR_MPEG_FRAME:
            if (k->number == k->indexed * INDEX) {
                ir_grow(&k->index, &k->cap, k->indexed + 1, sizeof *k->index);
                k->index[k->indexed++] = k->at;
            }
            *frame = ir_window_peek(k->w, k->at, m.bytes);
            k->at += m.bytes;
            k->number++;
            return *frame ? m.bytes : 0;
        default:
            return 0;
        }
    }
}

static void go_to(struct ir_mpeg_walk *k, uint64_t number)
{
    const unsigned char *frame;
    size_t known = k->indexed ? (size_t)(number / INDEX) : 0;
    if (known >= k->indexed && k->indexed)
        known = k->indexed - 1;
    if (number < k->number || known * INDEX > k->number) {
        k->at = k->indexed ? k->index[known] : k->start;
        k->number = k->indexed ? known * INDEX : 0;
    }
    while (k->number < number && ir_mpeg_walk_next(k, &frame) > 0)
        ;
}

void ir_mpeg_walk_seek(struct ir_mpeg_walk *k, uint64_t sample, uint64_t *first, uint64_t *lost)
{
    /* The two frames before it shape the first one, and all must find the bytes they borrow. */
    uint64_t good = sample / k->first.samples;
    for (uint64_t back = WARM_UP; good > back + 2 + PHASE; back *= 2) {
        uint64_t number = (good - 2 - back) / PHASE * PHASE;
        go_to(k, number);
        unsigned n = ir_mpeg_lost(k->w, k->at);
        if (n > back)
            continue;
        *first = number * k->first.samples;
        *lost = n;
        return;
    }
    go_to(k, 0);
    *first = 0;
    *lost = ir_mpeg_lost(k->w, k->at);
}

void ir_mpeg_walk_free(struct ir_mpeg_walk *k)
{
    if (!k)
        return;
    free(k->w);
    free(k->index);
    free(k);
}
