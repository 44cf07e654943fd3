/* mpeg_fault.c - what is impossible in one MPEG audio frame: no decoder says it, all play
 * something. Bits as in ISO/IEC 11172-3 and 13818-3. */
#include "mpeg.h"

struct bits {
    const unsigned char *p;
    size_t at, end; /* in bits */
};

static unsigned take(struct bits *b, unsigned n)
{
    unsigned v = 0;
    for (; n > 0; n--, b->at++)
        v = v << 1 | (b->at < b->end ? (unsigned)b->p[b->at / 8] >> (7 - b->at % 8) & 1u : 0u);
    return v;
}

/* The check sum covers the last two bytes of the head and `n` bits behind it: x^16+x^15+x^2+1. */
static bool sum_is_right(const unsigned char *frame, size_t size, size_t n)
{
    struct bits b = {frame, 16, 8 * size};
    unsigned crc = 0xffff;
    for (size_t i = 0; i < 16 + n; i++) {
        if (i == 16)
            b.at = 48;
        unsigned top = (crc >> 15 & 1) ^ take(&b, 1);
        crc = (crc << 1 & 0xffff) ^ (top ? 0x8005u : 0);
    }
    return b.at <= b.end && crc == ir_be(frame + 4, 2);
}

static const char *side_fault(const unsigned char *frame, const struct ir_mpeg_head *m)
{
    size_t front = m->protected ? 6 : 4;
    struct bits b = {frame, 8 * front, 8 * (size_t)m->bytes};
    bool one = m->version == 1;
    size_t room = take(&b, one ? 9 : 8) + m->bytes - front - ir_mpeg_side_bytes(m), wants = 0;
    take(&b, one ? (m->channels == 1 ? 5 : 3) : m->channels);
    if (one)
        take(&b, 4 * m->channels);
    for (unsigned i = 0; i < (one ? 2 : 1) * m->channels; i++) {
        wants += take(&b, 12);
        if (take(&b, 9) > 288)
            return "more than 288 pairs of large values";
        take(&b, one ? 12 : 17);
        bool switching = take(&b, 1);
        unsigned rest = take(&b, 22);
        if (switching && rest >> 20 == 0)
            return "a window of a forbidden kind";
        take(&b, one ? 3 : 2);
    }
    return wants > 8 * room ? "more bits than the frame can hold" : NULL;
}

/* Bits that say how many bits a subband of layer II has, by the table in use. */
static unsigned allocation_bits(const struct ir_mpeg_head *m, unsigned band, unsigned *bands,
                                unsigned kbps_a_channel)
{
    if (m->version > 1) {
        *bands = 30;
        return band < 4 ? 4 : band < 11 ? 3 : 2;
    }
    if (m->rate == 48000 ? kbps_a_channel >= 56 : kbps_a_channel >= 56 && kbps_a_channel <= 80) {
        *bands = 27;
        return band < 11 ? 4 : band < 23 ? 3 : 2;
    }
    if (kbps_a_channel >= 56) {
        *bands = 30;
        return band < 11 ? 4 : band < 23 ? 3 : 2;
    }
    *bands = m->rate == 32000 ? 12 : 8;
    return band < 2 ? 4 : 3;
}

/* Bits that the check sum of layers I and II covers. */
static size_t covered(const unsigned char *frame, const struct ir_mpeg_head *m)
{
    static const unsigned shared[4] = {4, 8, 12, 16}; /* joint stereo: bands from here on are one */
    unsigned bound = m->mode == 1 ? shared[m->extension] : 32, bands = 32, used = 0;
    struct bits b = {frame, 48, 8 * (size_t)m->bytes};
    if (m->layer == 1)
        return m->channels == 1 ? 128 : 4 * (32 + bound);
    unsigned kbps = m->bytes * m->rate / m->samples * 8 / 1000;
    kbps = (kbps + 4) / 8 * 8 / m->channels;
    for (unsigned band = 0; band < bands; band++) {
        unsigned n = allocation_bits(m, band, &bands, kbps);
        for (unsigned ch = 0; ch < (band < bound ? m->channels : 1); ch++)
            if (take(&b, n))
                used += band < bound ? 1 : m->channels;
    }
    return b.at - 48 + 2 * used;
}

const char *ir_mpeg_fault(const unsigned char *frame, size_t n, bool *sum)
{
    struct ir_mpeg_head m;
    *sum = false;
    if (!ir_mpeg_head(frame, &m) || m.bytes > n || m.bytes < 4u + 2u + 32u)
        return NULL;
    if (m.protected) {
        size_t bits = m.layer == 3 ? 8 * ir_mpeg_side_bytes(&m) : covered(frame, &m);
        *sum = true;
        if (!sum_is_right(frame, m.bytes, bits))
            return "wrong check sum";
        *sum = false;
    }
    return m.layer == 3 ? side_fault(frame, &m) : NULL;
}
