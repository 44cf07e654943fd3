/* probe_packed.c - what can be checked of FLAC and Ogg Vorbis without decoding: libvorbis leaves
 * out damaged pages and does not report a missing end. */
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
    s->bits = (unsigned)(v >> 36 & 31) + 1;
    s->offset = start;
    uint64_t total = v & 0xfffffffffULL;
    if (s->bits < 4)
        return ir_fail(err, "FLAC has %u bits a sample, wanted 4 to 32", s->bits);
    /* No frame is shorter than 10 bytes, none longer than 65,535 samples. */
    if (total > (size - start) / 10 * 65535)
        return ir_fail(err, "FLAC header promises %llu frames, more than %llu bytes can hold",
                       (unsigned long long)total, (unsigned long long)size);
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
    if (n < 30 || memcmp(h, "\001vorbis", 7) != 0) {
        s->foreign = "ogg";
        s->name = !memcmp(h, "OpusHead", 8)     ? "Ogg Opus"
                  : !memcmp(h, "\177FLAC", 5)   ? "Ogg FLAC"
                  : !memcmp(h, "Speex   ", 8)   ? "Ogg Speex"
                  : !memcmp(h, "\200theora", 7) ? "Ogg with video"
                                                : "Ogg with something unknown";
        return 0;
    }
    s->channels = h[11];
    s->rate_hz = (double)ir_le(h + 12, 4);
    return 0;
}

/* The next page from `at` on that is whole, or `size`. */
static uint64_t ogg_resync(int fd, uint64_t size, uint64_t at, unsigned char *page)
{
    unsigned char block[4096];
    struct ogg_page p;
    for (; at + 27 <= size; at += sizeof block - 3) {
        size_t n = size - at < sizeof block ? (size_t)(size - at) : sizeof block;
        if (!ir_read_at(fd, block, n, at))
            return size;
        for (size_t i = 0; i + 4 <= n; i++)
            if (!memcmp(block + i, "OggS", 4) && ogg_page(fd, size, at + i, &p, NULL) == 0 &&
                ogg_check(fd, at + i, &p, page, NULL) == 0)
                return at + i;
    }
    return size;
}

struct ogg_walk {
    uint32_t serial, number;
    uint64_t granule; /* samples up to here are there */
    uint64_t links;   /* samples of the streams before this one (chained) */
    bool last, hole;  /* the last page was seen; something is missing since `granule` */
};

/* Take one whole page into account. */
static int ogg_take(int fd, uint64_t at, const struct ogg_page *p, struct ogg_walk *w,
                    struct ir_source *s, struct ir_err *err)
{
    if (at > 0 && w->last && p->flags & 2) { /* chained */
        struct ir_source next = IR_SOURCE_NEW;
        if (p->serial == w->serial)
            return ir_fail(err,
                           "Ogg holds a second stream after the first (chained) under the same "
                           "number, of which only the first would be heard");
        if (ogg_first(fd, p, &next, err) < 0)
            return -1;
        if (next.channels != s->channels || next.rate_hz != s->rate_hz)
            return ir_fail(err,
                           "Ogg holds a second stream after the first (chained), of %g Hz and "
                           "%u channels after %g Hz and %u channels",
                           next.rate_hz, next.channels, s->rate_hz, s->channels);
        *w = (struct ogg_walk){p->serial, p->number, 0, w->links + w->granule, false, false};
        return 0;
    }
    if (p->serial != w->serial)
        return ir_fail(err, "Ogg holds several streams at once; wanted one Vorbis stream");
    if (p->number != w->number + 1 && !w->hole && at > 0) {
        ir_damage_add(&s->damage, IR_DAMAGE_HOLE, w->links + w->granule, 0,
                      "Ogg is damaged: page %u follows page %u", p->number, w->number);
        w->hole = true;
    }
    w->number = p->number;
    w->last = p->flags & 4;
    if (p->granule == UINT64_MAX)
        return 0;
    if (w->hole && p->granule > w->granule) { /* how much was lost shows only now */
        ir_damage_add(&s->damage, IR_DAMAGE_HOLE, w->links + w->granule, p->granule - w->granule,
                      "Ogg is damaged");
        w->hole = false;
    }
    if (p->granule > w->granule)
        w->granule = p->granule;
    return 0;
}

/* Every page to the end of the file. */
static int ogg_walk(int fd, uint64_t size, unsigned char *page, struct ir_source *s,
                    struct ir_err *err)
{
    struct ogg_page p = {0};
    struct ogg_walk w = {0};
    struct ir_err why;
    for (uint64_t at = 0; at < size;) {
        if (ogg_page(fd, size, at, &p, &why) < 0 || ogg_check(fd, at, &p, page, &why) < 0) {
            uint64_t next = at == 0 ? size : ogg_resync(fd, size, at + 1, page);
            if (at == 0)
                return ir_fail(err, "%s", why.text);
            if (next == size && w.last)
                break; /* foreign bytes behind the end */
            if (next == size) {
                ir_damage_add(&s->damage, IR_DAMAGE_CUT, w.links + w.granule, 0, "%s", why.text);
                return 0;
            }
            ir_damage_add(&s->damage, IR_DAMAGE_SUM, w.links + w.granule, 0, "%s", why.text);
            w.hole = true;
            at = next;
            continue;
        }
        if (at == 0) {
            if (ogg_first(fd, &p, s, err) < 0)
                return -1;
            w.serial = p.serial;
            w.number = p.number;
        }
        if (ogg_take(fd, at, &p, &w, s, err) < 0)
            return -1;
        at = p.next;
    }
    if (!w.last)
        ir_damage_add(&s->damage, IR_DAMAGE_CUT, w.links + w.granule, 0,
                      "Ogg is cut short: its last page is not marked as the end");
    if (w.links + w.granule == 0)
        s->frames = 0;
    return 0;
}

int ir_probe_ogg(int fd, uint64_t size, struct ir_source *s, struct ir_err *err)
{
    s->kind = IR_KIND_VORBIS;
    s->name = "Ogg Vorbis";
    unsigned char *page = ir_alloc(OGG_PAGE_MAX, 1);
    int rc = ogg_walk(fd, size, page, s, err);
    free(page);
    return s->foreign ? ir_probe_foreign(s, s->foreign, s->name, err) : rc;
}
