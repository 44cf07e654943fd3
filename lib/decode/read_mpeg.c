/* read_mpeg.c - MP3 through libmpg123, which is given one frame after another as the probe found
 * them. The only file that includes <mpg123.h>. */
#include "reader.h"

#include <mpg123.h>
#include <stdlib.h>
#include <string.h>

struct mpeg {
    struct ir_decoder base;
    mpg123_handle *h;
    struct ir_mpeg_walk *walk;
    uint64_t skip;        /* frames of sound to decode and drop first */
    const float *pcm;     /* libmpg123's, valid until its next call */
    size_t have, given;   /* frames of sound */
    uint64_t fed, gotten; /* MPEG frames */
    uint64_t lost;        /* MPEG frames left that come as silence */
};

static bool start(struct mpeg *m)
{
    /* One kernel for all x86-64 processors: the same bits; elsewhere libmpg123's own choice. */
    m->h = mpg123_new("x86-64", NULL);
    if (!m->h)
        m->h = mpg123_new(NULL, NULL);
    if (!m->h)
        return false;
    mpg123_param(m->h, MPG123_REMOVE_FLAGS, MPG123_GAPLESS, 0);
    mpg123_param(m->h, MPG123_ADD_FLAGS,
                 MPG123_QUIET | MPG123_FORCE_FLOAT | MPG123_IGNORE_INFOFRAME, 0);
    mpg123_param(m->h, MPG123_RVA, MPG123_RVA_OFF, 0);
    mpg123_format_none(m->h);
    return mpg123_format(m->h, (long)m->base.s->rate_hz,
                         m->base.s->channels == 1 ? MPG123_MONO : MPG123_STEREO,
                         MPG123_ENC_FLOAT_32) == MPG123_OK &&
           mpg123_open_feed(m->h) == MPG123_OK;
}

/* The next decoded MPEG frame to pcm; false at the end. A frame that libmpg123 refuses is silence.
 */
static bool next_frame(struct mpeg *m)
{
    static const float silence[2 * 1152];
    for (;;) {
        unsigned char *audio = NULL;
        size_t bytes = 0;
        off_t number;
        int rc = mpg123_decode_frame(m->h, &number, &audio, &bytes);
        if (rc == MPG123_NEW_FORMAT)
            continue;
        if (bytes > 0 && audio) {
            m->pcm = (const float *)(const void *)audio;
            m->have = bytes / (m->base.s->channels * sizeof(float));
            m->gotten++;
            break;
        }
        const unsigned char *frame;
        size_t n = ir_mpeg_walk_next(m->walk, &frame);
        if (n > 0) {
            m->fed++;
            if (mpg123_feed(m->h, frame, n) != MPG123_OK)
                return false;
            continue;
        }
        if (m->gotten >= m->fed)
            return false;
        m->pcm = silence;
        m->have = m->base.s->mpeg_samples;
        m->gotten++;
        break;
    }
    m->given = 0;
    if (m->lost > 0) {
        m->pcm = silence;
        m->lost--;
    }
    return true;
}

static long mpeg_read(struct ir_decoder *r, float *to, size_t frames, struct ir_err *err)
{
    struct mpeg *m = (struct mpeg *)(void *)r;
    (void)err;
    while (m->given == m->have) {
        if (!next_frame(m))
            return 0;
        size_t drop = m->skip < m->have ? (size_t)m->skip : m->have;
        m->given = drop;
        m->skip -= drop;
    }
    size_t n = m->have - m->given < frames ? m->have - m->given : frames;
    memcpy(to, m->pcm + m->given * r->s->channels, n * r->s->channels * sizeof *to);
    m->given += n;
    return (long)n;
}

static bool mpeg_seek(struct ir_decoder *r, uint64_t frame)
{
    struct mpeg *m = (struct mpeg *)(void *)r;
    uint64_t first, lost;
    ir_mpeg_walk_seek(m->walk, frame, &first, &lost);
    mpg123_delete(m->h);
    m->have = m->given = 0;
    m->fed = m->gotten = 0;
    m->skip = frame - first;
    m->lost = lost;
    return start(m);
}

static void mpeg_close(struct ir_decoder *r, struct ir_damage *d)
{
    struct mpeg *m = (struct mpeg *)(void *)r;
    (void)d;
    mpg123_delete(m->h);
    ir_mpeg_walk_free(m->walk);
    ir_damage_free(&r->damage);
    free(m);
}

int ir_mpeg_start(void)
{
    return mpg123_init() == MPG123_OK ? 0 : -1;
}

struct ir_decoder *ir_read_mpeg(int fd, uint64_t size, const struct ir_source *s,
                                struct ir_err *err)
{
    static const struct ir_decoder_kind kind = {mpeg_read, mpeg_seek, mpeg_close};
    struct mpeg *m = ir_zalloc(1, sizeof *m);
    m->base.kind = &kind;
    m->base.s = s;
    m->walk = ir_mpeg_walk_new(fd, size, s);
    m->lost = s->mpeg_samples ? s->lost / s->mpeg_samples : 0;
    if (start(m))
        return &m->base;
    mpeg_close(&m->base, NULL);
    ir_fail(err, "MP3 cannot be decoded: libmpg123 does not start");
    return NULL;
}
