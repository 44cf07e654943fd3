/* file.c - the file that a worker has open: kept for the next clip of it, so that many clips of one
 * file cost no more than the file. */
#include "reader.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NEAR      ((uint64_t)1 << 18) /* so many frames ahead are decoded, not sought */
#define SHORTER_S 0.1                 /* than promised: containers round, encoders pad */
#define PLACE_S   0.02

struct ir_sound_file *ir_file_new(void)
{
    struct ir_sound_file *f = ir_zalloc(1, sizeof *f);
    f->fd = -1;
    return f;
}

void ir_file_close(struct ir_sound_file *f)
{
    if (f->r)
        f->r->kind->close(f->r, NULL);
    f->r = NULL;
    if (f->fd >= 0)
        close(f->fd);
    f->fd = -1;
    ir_damage_free(&f->s.damage);
}

void ir_file_free(struct ir_sound_file *f)
{
    ir_file_close(f);
    ir_rate_filter_free(f->filter);
    free(f);
}

bool ir_same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static int reader_open(struct ir_sound_file *f, struct ir_err *err)
{
    uint64_t size = (uint64_t)f->st.st_size;
    struct ir_source *s = &f->s;
    f->r = s->kind == IR_KIND_FLAC     ? ir_read_flac(f->fd, size, s, err)
           : s->kind == IR_KIND_VORBIS ? ir_read_vorbis(f->fd, size, s, err)
           : s->kind == IR_KIND_MP3    ? ir_read_mpeg(f->fd, size, s, err)
                                       : ir_read_pcm(f->fd, s);
    f->at = 0;
    f->from_zero = true;
    return f->r ? 0 : -1;
}

/* What ffmpeg is known to have left out. Where inside it does not say: each place counts as PLACE_S
 * at least, and is told once, by the first piece. */
static void foreign_damage(struct ir_source *s, const struct ir_foreign *is, uint32_t piece)
{
    double got = (double)s->frames / s->rate_hz, lost = is->promised_s - got;
    char more[160];
    if (lost < SHORTER_S)
        lost = 0;
    snprintf(more, sizeof more, "%s%s", *is->found ? ": " : "", is->found);
    bool inside = is->places > 1 || (is->errors > 0 && !is->cut && lost == 0);
    if (inside && piece == 0) {
        double least = PLACE_S * is->places;
        ir_damage_add(&s->damage, IR_DAMAGE_DOUBT, 0,
                      (uint64_t)((lost > least ? lost : least) * s->rate_hz),
                      "%s is damaged: ffmpeg found %u error%s in it%s", s->name, is->errors,
                      is->errors == 1 ? "" : "s", more);
    }
    if (!inside && (lost > 0 || is->cut || *is->found))
        ir_damage_add(&s->damage, IR_DAMAGE_CUT, s->frames, (uint64_t)(lost * s->rate_hz),
                      "%s is cut short or damaged: ffmpeg gives %.6g s of sound%s", s->name, got,
                      more);
    if (is->tracks > 1)
        ir_damage_add(&s->damage, IR_DAMAGE_REMARK, 0, 0,
                      "%s holds %u sounds side by side: the first one is taken", s->name,
                      is->tracks);
}

/* The WAV that ffmpeg made, whose length it could not fill in. */
static int open_spooled(struct ir_sound_file *f, const struct ir_foreign *is, uint32_t piece,
                        struct ir_err *err)
{
    if (ir_probe(f->fd, (uint64_t)f->st.st_size, &f->s, err) < 0)
        return -1;
    ir_damage_free(&f->s.damage);
    memcpy(f->name, is->name, sizeof f->name);
    f->name[sizeof f->name - 1] = '\0';
    f->s.name = f->name;
    f->spooled = true;
    foreign_damage(&f->s, is, piece);
    return 0;
}

int ir_file_open(struct ir_sound_file *f, int fd, const struct ir_job *job,
                 const struct ir_decode_opts *o, struct ir_err *err)
{
    struct stat st;
    bool known = fstat(fd, &st) == 0;
    if (known && f->fd >= 0 && f->r && !f->s.stream && !job->stream && !job->spooled &&
        !f->spooled && ir_same_file(&st, &f->st)) {
        close(fd);
        ir_damage_free(&f->r->damage);
        return 0;
    }
    ir_file_close(f);
    f->fd = fd;
    f->st = st;
    f->s = IR_SOURCE_NEW;
    f->s.stream = job->stream;
    f->spooled = false;
    if (o->raw) {
        f->s.kind = IR_KIND_RAW;
        f->s.name = "raw sound";
        f->s.rate_hz = o->raw_rate_hz;
        f->s.channels = o->raw_channels;
        f->s.coding = o->coding;
        f->s.big_endian = o->big_endian;
    } else if (job->stream) {
        if (ir_probe_wav_pipe(fd, &f->s, err) < 0)
            return -1;
    } else if (!known || st.st_size < 0) {
        return ir_fail(err, "cannot be read");
    } else if (job->spooled) {
        if (open_spooled(f, &job->foreign, job->piece, err) < 0)
            return -1;
    } else if (ir_probe(fd, (uint64_t)st.st_size, &f->s, err) < 0) {
        return -1;
    }
    if (f->s.frames == IR_FRAMES_UNKNOWN && o->raw && !job->stream)
        f->s.frames = (uint64_t)st.st_size / (f->s.channels * ir_coding_bytes(f->s.coding));
    if (o->strict && ir_damage_is(&f->s.damage))
        return ir_fail(err, "%s", f->s.damage.first);
    return reader_open(f, err);
}

int ir_file_again(struct ir_sound_file *f, struct ir_err *err)
{
    if (f->from_zero && f->at == 0)
        return 0;
    f->r->kind->close(f->r, NULL);
    f->r = NULL;
    return reader_open(f, err);
}

int ir_file_go(struct ir_sound_file *f, uint64_t frame, struct ir_err *err)
{
    if (frame == f->at || f->s.stream || (frame > f->at && frame - f->at < NEAR))
        return 0;
    f->from_zero = false;
    if (f->r->kind->seek(f->r, frame)) {
        f->at = frame;
        return 0;
    }
    return ir_file_again(f, err);
}
