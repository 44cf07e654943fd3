/* read_vorbis.c - Ogg Vorbis through libvorbisfile, over a descriptor. The only file that includes
 * <vorbis/…>. Where pages are missing the time of the next one is kept: silence fills the gap. */
#include "reader.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <vorbis/vorbisfile.h>

struct vorbis {
    struct ir_decoder base;
    OggVorbis_File v;
    bool open;
    int fd;
    uint64_t at, size; /* bytes of the file */
    uint64_t got, fill;
    float **pcm; /* decoded and not given yet */
    size_t have, given;
};

static size_t on_read(void *to, size_t size, size_t n, void *self)
{
    struct vorbis *v = self;
    ssize_t got = pread(v->fd, to, size * n, (off_t)v->at);
    v->at += got > 0 ? (uint64_t)got : 0;
    return got > 0 ? (size_t)got / size : 0;
}

static int on_seek(void *self, ogg_int64_t by, int from)
{
    struct vorbis *v = self;
    if (v->base.s->damage.count > 0)
        return -1; /* as it comes: libvorbisfile's search for the ends is led astray by damage */
    int64_t base = from == SEEK_SET ? 0 : from == SEEK_CUR ? (int64_t)v->at : (int64_t)v->size;
    if (base + by < 0)
        return -1;
    v->at = (uint64_t)(base + by);
    return 0;
}

static long on_tell(void *self)
{
    return (long)((struct vorbis *)self)->at;
}

static long vorbis_read(struct ir_decoder *r, float *to, size_t frames, struct ir_err *err)
{
    struct vorbis *v = (struct vorbis *)(void *)r;
    unsigned ch = r->s->channels;
    int section = 0;
    while (v->fill == 0 && v->given == v->have) {
        long n = ov_read_float(&v->v, &v->pcm, 4096, &section);
        if (n == 0)
            return 0;
        if (n < 0) {
            if (n != OV_HOLE)
                return ir_fail(err, "Ogg Vorbis is damaged: libvorbis gives up (%ld)", n);
            continue; /* told by the probe, where it is */
        }
        vorbis_info *i = ov_info(&v->v, -1);
        if (!i || (unsigned)i->channels != ch || (double)i->rate != r->s->rate_hz)
            return ir_fail(err, "Ogg holds a second stream of another rate or number of channels");
        v->have = (size_t)n;
        v->given = 0;
        int64_t told = ov_pcm_tell(&v->v);
        uint64_t begins = told > n ? (uint64_t)(told - n) : 0;
        if (begins > v->got && begins - v->got < (uint64_t)1 << 40)
            v->fill = begins - v->got;
    }
    size_t n = v->fill ? (size_t)(v->fill < frames ? v->fill : frames) : v->have - v->given;
    n = n < frames ? n : frames;
    if (v->fill) {
        memset(to, 0, n * ch * sizeof *to);
        v->fill -= n;
    } else {
        for (unsigned k = 0; k < ch; k++)
            for (size_t i = 0; i < n; i++)
                to[i * ch + k] = v->pcm[k][v->given + i];
        v->given += n;
    }
    v->got += n;
    return (long)n;
}

static bool vorbis_seek(struct ir_decoder *r, uint64_t frame)
{
    struct vorbis *v = (struct vorbis *)(void *)r;
    if (!ov_seekable(&v->v))
        return false;
    v->have = v->given = 0;
    v->fill = 0;
    v->got = frame;
    return ov_pcm_seek(&v->v, (ogg_int64_t)frame) == 0;
}

static void vorbis_close(struct ir_decoder *r, struct ir_damage *d)
{
    struct vorbis *v = (struct vorbis *)(void *)r;
    (void)d;
    if (v->open)
        ov_clear(&v->v);
    ir_damage_free(&r->damage);
    free(v);
}

struct ir_decoder *ir_read_vorbis(int fd, uint64_t size, struct ir_source *s, struct ir_err *err)
{
    static const struct ir_decoder_kind kind = {vorbis_read, vorbis_seek, vorbis_close};
    static const ov_callbacks calls = {on_read, on_seek, NULL, on_tell};
    struct vorbis *v = ir_zalloc(1, sizeof *v);
    v->base.kind = &kind;
    v->base.s = s;
    v->fd = fd;
    v->size = size;
    v->open = ov_open_callbacks(v, &v->v, NULL, 0, calls) == 0;
    if (!v->open) {
        vorbis_close(&v->base, NULL);
        ir_fail(err, "Ogg Vorbis cannot be decoded");
        return NULL;
    }
    int64_t total = ov_seekable(&v->v) ? ov_pcm_total(&v->v, -1) : 0;
    if (s->frames == IR_FRAMES_UNKNOWN && total > 0)
        s->frames = (uint64_t)total;
    return &v->base;
}
