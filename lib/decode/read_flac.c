/* read_flac.c - FLAC through libFLAC, over a descriptor. The only file that includes <FLAC/…>. A
 * frame with a wrong check sum comes as silence, lost ones are filled up with it: the rest keeps
 * its time. */
#include "reader.h"

#include <FLAC/stream_decoder.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GAP_MAX (1u << 20) /* frames */

struct flac {
    struct ir_decoder base;
    FLAC__StreamDecoder *d;
    int fd;
    uint64_t at, size; /* bytes of the file */
    float *buf;        /* one frame's samples, interleaved */
    size_t cap, have, given;
    uint64_t next; /* frame of sound that `have` ends before */
    uint64_t fill; /* silence to be given before buf */
    bool sought, ended, bad;
    double scale;
};

static FLAC__StreamDecoderReadStatus on_read(const FLAC__StreamDecoder *d, FLAC__byte *to,
                                             size_t *n, void *self)
{
    struct flac *f = self;
    (void)d;
    ssize_t got = pread(f->fd, to, *n, (off_t)f->at);
    *n = got > 0 ? (size_t)got : 0;
    f->at += *n;
    return got > 0    ? FLAC__STREAM_DECODER_READ_STATUS_CONTINUE
           : got == 0 ? FLAC__STREAM_DECODER_READ_STATUS_END_OF_STREAM
                      : FLAC__STREAM_DECODER_READ_STATUS_ABORT;
}

static FLAC__StreamDecoderSeekStatus on_seek(const FLAC__StreamDecoder *d, FLAC__uint64 at,
                                             void *self)
{
    (void)d;
    ((struct flac *)self)->at = at;
    return FLAC__STREAM_DECODER_SEEK_STATUS_OK;
}

static FLAC__StreamDecoderTellStatus on_tell(const FLAC__StreamDecoder *d, FLAC__uint64 *at,
                                             void *self)
{
    (void)d;
    *at = ((struct flac *)self)->at;
    return FLAC__STREAM_DECODER_TELL_STATUS_OK;
}

static FLAC__StreamDecoderLengthStatus on_length(const FLAC__StreamDecoder *d, FLAC__uint64 *n,
                                                 void *self)
{
    (void)d;
    *n = ((struct flac *)self)->size;
    return FLAC__STREAM_DECODER_LENGTH_STATUS_OK;
}

static FLAC__bool on_eof(const FLAC__StreamDecoder *d, void *self)
{
    struct flac *f = self;
    (void)d;
    return f->at >= f->size;
}

static void add_silence(struct flac *f, size_t n)
{
    unsigned ch = f->base.s->channels;
    ir_grow(&f->buf, &f->cap, (f->have + n) * ch, sizeof *f->buf);
    memset(f->buf + f->have * ch, 0, n * ch * sizeof *f->buf);
    f->have += n;
}

static FLAC__StreamDecoderWriteStatus on_frame(const FLAC__StreamDecoder *d,
                                               const FLAC__Frame *frame,
                                               const FLAC__int32 *const *in, void *self)
{
    struct flac *f = self;
    const FLAC__FrameHeader *h = &frame->header;
    unsigned ch = f->base.s->channels;
    uint64_t at = h->number.sample_number;
    (void)d;
    if (h->channels != ch) {
        ir_damage_add(&f->base.damage, IR_DAMAGE_BAD, f->next, h->blocksize,
                      "FLAC is damaged: a frame has %u channels, the header says %u", h->channels,
                      ch);
        return FLAC__STREAM_DECODER_WRITE_STATUS_CONTINUE;
    }
    /* libFLAC may give two frames at a call, a silent one in place of a bad one first. */
    if (f->given == f->have)
        f->given = f->have = 0;
    if (at > f->next) {
        uint64_t gap = at - f->next;
        ir_damage_add(&f->base.damage, IR_DAMAGE_HOLE, f->next, gap,
                      "FLAC is damaged: %llu frames of sound are missing", (unsigned long long)gap);
        if (f->have == 0)
            f->fill = gap;
        else if (gap < GAP_MAX)
            add_silence(f, (size_t)gap);
    }
    if (f->bad)
        ir_damage_add(&f->base.damage, IR_DAMAGE_SUM, at, h->blocksize,
                      "FLAC is damaged: wrong check sum of a frame, which is left silent");
    ir_grow(&f->buf, &f->cap, (f->have + h->blocksize) * ch, sizeof *f->buf);
    float *to = f->buf + f->have * ch;
    const float scale = (float)f->scale;
    if (ch == 2)
        for (size_t i = 0; i < h->blocksize; i++) {
            to[2 * i] = (float)in[0][i] * scale;
            to[2 * i + 1] = (float)in[1][i] * scale;
        }
    else
        for (unsigned k = 0; k < ch; k++)
            for (size_t i = 0; i < h->blocksize; i++)
                to[i * ch + k] = (float)in[k][i] * scale;
    f->have += h->blocksize;
    f->next = at + h->blocksize;
    return FLAC__STREAM_DECODER_WRITE_STATUS_CONTINUE;
}

static void on_error(const FLAC__StreamDecoder *d, FLAC__StreamDecoderErrorStatus what, void *self)
{
    struct flac *f = self;
    (void)d;
    (void)what;
    f->bad = true; /* told with the frames that come of it; tags behind the last one are none */
}

static long flac_read(struct ir_decoder *r, float *to, size_t frames, struct ir_err *err)
{
    struct flac *f = (struct flac *)(void *)r;
    unsigned ch = r->s->channels;
    (void)err;
    while (f->fill == 0 && f->given == f->have && !f->ended) {
        f->have = f->given = 0;
        f->bad = false;
        if (!FLAC__stream_decoder_process_single(f->d) ||
            FLAC__stream_decoder_get_state(f->d) >= FLAC__STREAM_DECODER_END_OF_STREAM)
            f->ended = true;
    }
    if (f->fill > 0) {
        frames = frames < f->fill ? frames : (size_t)f->fill;
        memset(to, 0, frames * ch * sizeof *to);
        f->fill -= frames;
        return (long)frames;
    }
    size_t n = f->have - f->given < frames ? f->have - f->given : frames;
    memcpy(to, f->buf + f->given * ch, n * ch * sizeof *to);
    f->given += n;
    return (long)n;
}

static bool flac_seek(struct ir_decoder *r, uint64_t frame)
{
    struct flac *f = (struct flac *)(void *)r;
    f->sought = true;
    f->have = f->given = f->fill = 0;
    f->next = frame; /* libFLAC gives the rest of the frame that it is in */
    f->ended = false;
    return FLAC__stream_decoder_seek_absolute(f->d, frame);
}

static void flac_close(struct ir_decoder *r, struct ir_damage *d)
{
    struct flac *f = (struct flac *)(void *)r;
    if (f->d) {
        bool same = FLAC__stream_decoder_finish(f->d);
        if (d && !same && !f->sought)
            ir_damage_add(d, IR_DAMAGE_DOUBT, 0, 0,
                          "FLAC is damaged: its MD5 sum is not that of its samples");
        FLAC__stream_decoder_delete(f->d);
    }
    free(f->buf);
    ir_damage_free(&r->damage);
    free(f);
}

struct ir_decoder *ir_read_flac(int fd, uint64_t size, const struct ir_source *s,
                                struct ir_err *err)
{
    static const struct ir_decoder_kind kind = {flac_read, flac_seek, flac_close};
    struct flac *f = ir_zalloc(1, sizeof *f);
    f->base.kind = &kind;
    f->base.s = s;
    f->fd = fd;
    f->size = size;
    f->at = s->offset;
    f->scale = 1.0 / (double)(1ULL << (s->bits - 1));
    f->d = FLAC__stream_decoder_new();
    if (f->d) {
        FLAC__stream_decoder_set_md5_checking(f->d, true);
        if (FLAC__stream_decoder_init_stream(f->d, on_read, on_seek, on_tell, on_length, on_eof,
                                             on_frame, NULL, on_error,
                                             f) == FLAC__STREAM_DECODER_INIT_STATUS_OK &&
            FLAC__stream_decoder_process_until_end_of_metadata(f->d))
            return &f->base;
    }
    flac_close(&f->base, NULL);
    ir_fail(err, "FLAC cannot be decoded");
    return NULL;
}
