/* reader.h - private to lib/decode: the decoders behind one face, and the account of damage. They
 * run in a worker process, over a descriptor: none ever sees a name. */
#ifndef IR_DECODE_READER_H
#define IR_DECODE_READER_H

#include "dsp.h"
#include "sound.h"

#include <sys/stat.h>

struct ir_decoder;
struct ir_decoder_kind {
    /* Up to `frames` frames, interleaved. Their number; 0: the end; -1: it cannot go on. */
    long (*read)(struct ir_decoder *r, float *to, size_t frames, struct ir_err *err);
    /* Let the next read begin at this frame; false: not possible. */
    bool (*seek)(struct ir_decoder *r, uint64_t frame);
    /* Free. d not NULL: everything from the first frame to the last was read, in order; what only
     * that shows is added to it. */
    void (*close)(struct ir_decoder *r, struct ir_damage *d);
};
/* What every decoder begins with. */
struct ir_decoder {
    const struct ir_decoder_kind *kind;
    const struct ir_source *s;
    struct ir_damage damage;
};

int ir_mpeg_start(void); /* once, before any worker is made; -1: libmpg123 does not start */
struct ir_decoder *ir_read_pcm(int fd, const struct ir_source *s);
struct ir_decoder *ir_read_flac(int fd, uint64_t size, const struct ir_source *s,
                                struct ir_err *err);
struct ir_decoder *ir_read_mpeg(int fd, uint64_t size, const struct ir_source *s,
                                struct ir_err *err);
/* Fills in s->frames. */
struct ir_decoder *ir_read_vorbis(int fd, uint64_t size, struct ir_source *s, struct ir_err *err);

/* ---- the open file (file.c) ----------------------------------------------------------------- */

struct ir_sound_file {
    struct stat st;
    int fd; /* -1: none */
    struct ir_source s;
    struct ir_decoder *r;
    uint64_t at;    /* the frame that r gives next */
    bool from_zero; /* r has read all frames before it */
    struct ir_rate_filter *filter;
    bool spooled;  /* fd is what ffmpeg made of a sound */
    char name[48]; /* which kind */
};

/* Open what fd is, unless it is open from the last clip. fd is taken. */
int ir_file_open(struct ir_sound_file *f, int fd, const struct ir_job *job,
                 const struct ir_decode_opts *o, struct ir_err *err);
/* Let the next read give `frame`, or something before it. */
int ir_file_go(struct ir_sound_file *f, uint64_t frame, struct ir_err *err);
/* Go to the start with a new reader, so that its sums over the whole file count. */
int ir_file_again(struct ir_sound_file *f, struct ir_err *err);
void ir_file_close(struct ir_sound_file *f);

#endif
