/* read_pcm.c - bare samples (WAV, AIFF, AU, without a header) to floats, full scale ±1. */
#include "reader.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCK      ((size_t)64 << 10)
#define PIPE       ((size_t)4 << 10)
#define HEADROOM   16.0 /* floats beyond are taken for damage */
#define HEADROOM_F ((float)HEADROOM)
#define RUN        64 /* samples */

struct pcm {
    struct ir_decoder base;
    int fd;
    size_t frame_bytes, have; /* of byte[] */
    uint64_t at;              /* frames before byte[] */
    bool ended;
    float table[256]; /* mu-law, A-law */
    unsigned char byte[BLOCK];
};

/* ITU-T G.711: mu-law of 14 bits and A-law of 13, as numbers of 16 bits. */
static float ulaw(unsigned v)
{
    v = ~v & 0xff;
    int t = (((int)(v & 15) << 3) + 132) << (v >> 4 & 7);
    return (float)(v & 0x80 ? 132 - t : t - 132) / 32768;
}

static float alaw(unsigned v)
{
    v ^= 0x55;
    int e = (int)(v >> 4 & 7), t = (int)(v & 15) << 4;
    t = e == 0 ? t + 8 : (t + 264) << (e - 1);
    return (float)(v & 0x80 ? t : -t) / 32768;
}

/* As many of n little-endian floats as are surely sound, RUN at a time, which the compiler makes
 * vectors of. */
static size_t sure_floats(const unsigned char *b, size_t n, float *to)
{
    size_t i = 0;
    for (; i + RUN <= n; i += RUN) {
        unsigned good = 1;
        memcpy(to + i, b + i * sizeof *to, RUN * sizeof *to);
        for (size_t j = 0; j < RUN; j++)
            good &= (unsigned)(to[i + j] >= -HEADROOM_F) & (unsigned)(to[i + j] <= HEADROOM_F);
        if (!good)
            break;
    }
    return i;
}

static size_t shorts(const unsigned char *b, size_t n, float *to)
{
    size_t i = 0;
    for (; i + RUN <= n; i += RUN) {
        int16_t v[RUN];
        memcpy(v, b + i * sizeof *v, sizeof v);
        for (size_t j = 0; j < RUN; j++)
            to[i + j] = (float)v[j] / 32768;
    }
    return i;
}

static int floats(const struct pcm *p, const unsigned char *b, size_t n, float *to,
                  struct ir_err *err)
{
    const struct ir_source *s = p->base.s;
    const bool wide = s->coding == IR_CODING_F64;
    size_t i = !wide && !s->big_endian ? sure_floats(b, n, to) : 0;
    b += i * 4;
    for (; i < n; i++) {
        uint64_t bits = s->big_endian ? ir_be(b, wide ? 8 : 4) : ir_le(b, wide ? 8 : 4);
        double v;
        if (wide) {
            memcpy(&v, &bits, 8);
        } else {
            uint32_t low = (uint32_t)bits;
            float f;
            memcpy(&f, &low, 4);
            v = (double)f;
        }
        b += wide ? 8 : 4;
        if (!(v >= -HEADROOM && v <= HEADROOM))
            return ir_fail(err,
                           isnan(v)   ? "sample %llu is not a number (NaN)"
                           : isinf(v) ? "sample %llu is infinite"
                                      : "sample %llu is %g, more than 16 times full scale (1.0)",
                           (unsigned long long)(p->at + i / s->channels), v);
        to[i] = (float)v;
    }
    return 0;
}

static void integers(const struct pcm *p, const unsigned char *b, size_t n, float *to)
{
    const struct ir_source *s = p->base.s;
    const bool big = s->big_endian;
    switch (s->coding) {
    case IR_CODING_U8:
        for (size_t i = 0; i < n; i++)
            to[i] = (float)(b[i] - 128) / 128;
        break;
    case IR_CODING_S8:
        for (size_t i = 0; i < n; i++)
            to[i] = (float)(int8_t)b[i] / 128;
        break;
    case IR_CODING_S16:
        for (size_t i = big ? 0 : shorts(b, n, to), lo = big, hi = !big; i < n; i++)
            to[i] = (float)(int16_t)(b[2 * i + hi] << 8 | b[2 * i + lo]) / 32768;
        break;
    case IR_CODING_S24:
        for (size_t i = 0, lo = big ? 2 : 0, hi = big ? 0 : 2; i < n; i++) {
            uint32_t v = (uint32_t)b[3 * i + hi] << 24 | (uint32_t)b[3 * i + 1] << 16 |
                         (uint32_t)b[3 * i + lo] << 8;
            to[i] = (float)(int32_t)v / 2147483648.0f;
        }
        break;
    case IR_CODING_S32:
        for (size_t i = 0; i < n; i++)
            to[i] = (float)(int32_t)(uint32_t)(big ? ir_be(b + 4 * i, 4) : ir_le(b + 4 * i, 4)) /
                    2147483648.0f;
        break;
    default:
        for (size_t i = 0; i < n; i++)
            to[i] = p->table[b[i]];
    }
}

/* At least one whole frame into byte[], unless the end comes first. A pipe gives what it has. */
static int fill(struct pcm *p, size_t want, struct ir_err *err)
{
    const struct ir_source *s = p->base.s;
    while (p->have < want && !p->ended) {
        ssize_t got = s->stream ? read(p->fd, p->byte + p->have, want - p->have)
                                : pread(p->fd, p->byte + p->have, want - p->have,
                                        (off_t)(s->offset + p->at * p->frame_bytes + p->have));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return ir_fail(err, "cannot be read: %s", strerror(errno));
        p->ended = got == 0;
        p->have += (size_t)got;
        if (s->stream && p->have >= p->frame_bytes)
            break;
    }
    return 0;
}

static long pcm_read(struct ir_decoder *r, float *to, size_t frames, struct ir_err *err)
{
    struct pcm *p = (struct pcm *)(void *)r;
    const struct ir_source *s = r->s;
    size_t most = (s->stream ? PIPE : BLOCK) / p->frame_bytes;
    most = most ? most : 1;
    frames = frames < most ? frames : most;
    if (s->frames != IR_FRAMES_UNKNOWN && frames > s->frames - p->at)
        frames = (size_t)(s->frames - p->at);
    if (frames == 0 || fill(p, frames * p->frame_bytes, err) < 0)
        return frames == 0 ? 0 : -1;
    size_t n = p->have / p->frame_bytes, used = n * p->frame_bytes, values = n * s->channels;
    if (s->coding == IR_CODING_F32 || s->coding == IR_CODING_F64) {
        if (floats(p, p->byte, values, to, err) < 0)
            return -1;
    } else {
        integers(p, p->byte, values, to);
    }
    p->at += n;
    p->have -= used;
    memmove(p->byte, p->byte + used, p->have); /* less than a frame */
    return (long)n;
}

static bool pcm_seek(struct ir_decoder *r, uint64_t frame)
{
    struct pcm *p = (struct pcm *)(void *)r;
    if (r->s->stream)
        return false;
    p->at = frame;
    p->have = 0;
    p->ended = false;
    return true;
}

static void pcm_close(struct ir_decoder *r, struct ir_damage *d)
{
    (void)d;
    ir_damage_free(&r->damage);
    free(r);
}

struct ir_decoder *ir_read_pcm(int fd, const struct ir_source *s)
{
    static const struct ir_decoder_kind kind = {pcm_read, pcm_seek, pcm_close};
    struct pcm *p = ir_alloc(1, sizeof *p);
    memset(p, 0, offsetof(struct pcm, byte));
    p->base.kind = &kind;
    p->base.s = s;
    p->fd = fd;
    p->frame_bytes = s->channels * ir_coding_bytes(s->coding);
    for (unsigned i = 0; i < 256; i++)
        p->table[i] = s->coding == IR_CODING_ALAW ? alaw(i) : ulaw(i);
    return &p->base;
}
