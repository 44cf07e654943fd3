/* probe_packed.c - what can be checked of FLAC and Ogg Vorbis without decoding: libsox does not
 * report a missing end, a second stream in the same file, or sample sizes that its FLAC reader
 * leaves unset. */
#include "sound.h"

#include <stdlib.h>
#include <string.h>

#define OGG_PAGE_MAX ((size_t)27 + 255 + 255 * 255)

int ir_probe_flac(int fd, uint64_t size, uint64_t start, struct ir_source *s, struct ir_err *err)
{
    unsigned char h[8 + 18];
    s->kind = IR_KIND_FLAC;
    s->name = "FLAC";
    if (size - start < sizeof h || !ir_read_at(fd, h, sizeof h, start) || (h[4] & 0x7f) != 0 ||
        ir_be(h + 5, 3) != 34)
        return ir_fail(err, "FLAC has no STREAMINFO");
    const unsigned char *p = h + 8 + 10; /* rate 20 bits, channels 3, bits 5, total 36 */
    uint64_t v = ir_be(p, 8);
    s->rate_hz = (double)(v >> 44);
    s->channels = (unsigned)(v >> 41 & 7) + 1;
    unsigned bits = (unsigned)(v >> 36 & 31) + 1;
    uint64_t total = v & 0xfffffffffULL;
    if (bits != 8 && bits != 16 && bits != 24 && bits != 32)
        return ir_fail(
            err, "FLAC has %u bits a sample, which libsox cannot read; wanted 8, 16, 24 or 32",
            bits);
    /* 0 means unknown (an encoder that wrote to a pipe): the MD5 sum still guards the samples. */
    s->frames = total ? total : IR_FRAMES_UNKNOWN;
    return 0;
}

/* ---- Ogg ----------------------------------------------------------------------------------- */

struct ogg_page {
    unsigned flags; /* 1 continued, 2 first, 4 last */
    uint64_t granule, body, next;
    uint32_t serial, number;
};

static int ogg_page(int fd, uint64_t size, uint64_t at, struct ogg_page *p, struct ir_err *err)
{
    unsigned char h[27 + 255];
    if (size - at < 27 || !ir_read_at(fd, h, 27, at))
        return ir_fail(err, "Ogg is cut short in the page at byte %llu", (unsigned long long)at);
    if (memcmp(h, "OggS", 4) != 0 || h[4] != 0)
        return ir_fail(err, "Ogg is damaged: no page at byte %llu", (unsigned long long)at);
    if (!ir_read_at(fd, h + 27, h[26], at + 27))
        return ir_fail(err, "Ogg is cut short in the page at byte %llu", (unsigned long long)at);
    p->flags = h[5];
    p->granule = ir_le(h + 6, 8);
    p->serial = (uint32_t)ir_le(h + 14, 4);
    p->number = (uint32_t)ir_le(h + 18, 4);
    p->body = at + 27 + h[26];
    p->next = p->body;
    for (unsigned i = 0; i < h[26]; i++)
        p->next += h[27 + i];
    if (p->next > size)
        return ir_fail(err, "Ogg is cut short in the page at byte %llu", (unsigned long long)at);
    return 0;
}

/* The sum that Ogg puts on a page: CRC-32 with 0x04c11db7, not reflected, its own field taken as 0.
 * libogg leaves out pages with a wrong one without a word. */
static uint32_t ogg_sum(const unsigned char *p, size_t n)
{
    static uint32_t table[256];
    uint32_t crc = 0;
    if (table[1] == 0)
        for (uint32_t i = 0; i < 256; i++) {
            uint32_t r = i << 24;
            for (int k = 0; k < 8; k++)
                r = r << 1 ^ (r & 0x80000000u ? 0x04c11db7u : 0);
            table[i] = r;
        }
    for (size_t i = 0; i < n; i++)
        crc = crc << 8 ^ table[crc >> 24 ^ (i >= 22 && i < 26 ? 0 : p[i])];
    return crc;
}

static int ogg_check(int fd, uint64_t at, const struct ogg_page *p, unsigned char *page,
                     struct ir_err *err)
{
    size_t n = (size_t)(p->next - at);
    if (ir_read_at(fd, page, n, at) && ogg_sum(page, n) == ir_le(page + 22, 4))
        return 0;
    return ir_fail(err, "Ogg is damaged: wrong check sum of the page at byte %llu",
                   (unsigned long long)at);
}

static int ogg_first(int fd, const struct ogg_page *p, struct ir_source *s, struct ir_err *err)
{
    unsigned char h[30] = {0};
    uint64_t n = p->next - p->body;
    if (!(p->flags & 2) || !ir_read_at(fd, h, n < 30 ? (size_t)n : 30, p->body))
        return ir_fail(err, "Ogg does not begin with the start of a stream");
    if (n < 30 || memcmp(h, "\001vorbis", 7) != 0)
        return ir_fail(
            err,
            "Ogg holds %s, which is not decoded here; wanted Vorbis (ffmpeg -i FILE -f wav - "
            "| ir-decode -)",
            !memcmp(h, "OpusHead", 8)     ? "Opus"
            : !memcmp(h, "\177FLAC", 5)   ? "FLAC"
            : !memcmp(h, "Speex   ", 8)   ? "Speex"
            : !memcmp(h, "\200theora", 7) ? "video"
                                          : "something unknown");
    s->channels = h[11];
    s->rate_hz = (double)ir_le(h + 12, 4);
    return 0;
}

/* Every page up to the one that is marked as the last; *next is the byte after it. */
static int ogg_walk(int fd, uint64_t size, unsigned char *page, struct ir_source *s, uint64_t *next,
                    struct ir_err *err)
{
    struct ogg_page p = {0}, first = {0};
    uint32_t number = 0;
    uint64_t last_granule = 0;
    while (*next < size && !(p.flags & 4)) {
        uint64_t at = *next;
        if (ogg_page(fd, size, at, &p, err) < 0 || ogg_check(fd, at, &p, page, err) < 0)
            return -1;
        if (at == 0) {
            if (ogg_first(fd, &p, s, err) < 0)
                return -1;
            first = p;
            number = p.number;
        } else if (p.serial != first.serial) {
            return ir_fail(err, "Ogg holds several streams at once; wanted one Vorbis stream");
        } else if (p.number != ++number) {
            return ir_fail(err, "Ogg is damaged: page %u follows page %u", p.number, number - 1);
        }
        if (p.granule != UINT64_MAX)
            last_granule = p.granule;
        *next = p.next;
    }
    if (!(p.flags & 4))
        return ir_fail(err, "Ogg is cut short: its last page is not marked as the end");
    if (last_granule == 0)
        s->frames = 0;
    return 0;
}

int ir_probe_ogg(int fd, uint64_t size, struct ir_source *s, struct ir_err *err)
{
    struct ogg_page p;
    uint64_t at = 0;
    s->kind = IR_KIND_VORBIS;
    s->name = "Ogg Vorbis";
    unsigned char *page = ir_alloc(OGG_PAGE_MAX, 1);
    int rc = ogg_walk(fd, size, page, s, &at, err);
    free(page);
    if (rc == 0 && size - at >= 27 && ogg_page(fd, size, at, &p, NULL) == 0)
        rc = ir_fail(err, "Ogg holds a second stream after the first (chained), of which only the "
                          "first would be heard");
    return rc;
}
