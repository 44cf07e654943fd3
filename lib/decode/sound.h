/* sound.h - private to lib/decode: what is known of a sound file before a decoder sees it. */
#ifndef IR_DECODE_SOUND_H
#define IR_DECODE_SOUND_H

#include "decode.h"

#include <sys/stat.h>
#include <sys/types.h>

/* Built with the address sanitizer, which reserves terabytes and speaks on stderr. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IR_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define IR_SANITIZED 1
#endif
#endif
#ifndef IR_SANITIZED
#define IR_SANITIZED 0
#endif

#define IR_FRAMES_UNKNOWN UINT64_MAX

/* ---- damage (damage.c) --------------------------------------------------------------------- */

enum ir_damage_kind {
    IR_DAMAGE_HOLE,   /* sound is missing inside */
    IR_DAMAGE_SUM,    /* a check sum is wrong */
    IR_DAMAGE_BAD,    /* what stands there cannot be right */
    IR_DAMAGE_CUT,    /* the end is missing */
    IR_DAMAGE_DOUBT,  /* nowhere in particular */
    IR_DAMAGE_START,  /* the start is missing: as cut out of a longer file */
    IR_DAMAGE_REMARK, /* said, but no damage */
};
struct ir_damage_span {
    enum ir_damage_kind kind;
    uint64_t at, n; /* frames as the decoder counts them */
};
/* {0} is none. */
struct ir_damage {
    struct ir_damage_span *span;
    size_t count, cap;
    char first[200], remark[200]; /* what was found, for people */
};
void ir_damage_add(struct ir_damage *d, enum ir_damage_kind kind, uint64_t at, uint64_t n,
                   const char *fmt, ...) IR_PRINTF(5, 6);
/* Append what of `from` lies in frames lo … hi-1. */
void ir_damage_take(struct ir_damage *d, const struct ir_damage *from, uint64_t lo, uint64_t hi);
/* Frames that are wrong or missing inside. */
uint64_t ir_damage_frames(const struct ir_damage *d);
/* Does --strict refuse it? */
bool ir_damage_is(const struct ir_damage *d);
/* "hole@1.25+0.026 cut@3.1": kind, start and length in seconds of the file, whose sound begins at
 * frame `skip`; at most 16, then "…". */
void ir_damage_text(const struct ir_damage *d, uint64_t skip, double rate_hz, char *to,
                    size_t size);
void ir_damage_free(struct ir_damage *d);

enum ir_kind { IR_KIND_RAW, IR_KIND_FLAC, IR_KIND_VORBIS, IR_KIND_MP3 };

/* The result of looking at a file with our own eyes. A frame is one sample of every channel. */
struct ir_source {
    enum ir_kind kind;
    const char *name; /* "WAV", for messages */
    double rate_hz;
    unsigned channels;
    uint64_t frames; /* that the decoder must give, or IR_FRAMES_UNKNOWN */
    /* RAW (WAV, AIFF, AU, headerless): where the samples stand and how they are stored. */
    enum ir_coding coding;
    bool big_endian;
    bool stream; /* a pipe: read as it comes */
    uint64_t offset;
    /* MP3: frames of sound to drop at the start (the encoder's and the decoder's delay), and to
     * keep. */
    uint64_t skip, keep;
    uint64_t lost; /* frames at the start that need MPEG frames from before the file: silence */
    uint64_t mpeg_start, mpeg_end; /* bytes of the MPEG frames, without tags */
    unsigned mpeg_samples;         /* in one */
    unsigned bits;                 /* FLAC: in a sample */
    const char *foreign;           /* not decoded here: what ffmpeg calls the format */
    struct ir_damage damage;       /* that was seen without decoding; the owner frees it */
};

#define IR_SOURCE_NEW                                                                              \
    (struct ir_source)                                                                             \
    {                                                                                              \
        .frames = IR_FRAMES_UNKNOWN, .keep = IR_FRAMES_UNKNOWN                                     \
    }

/* Read exactly n bytes at offset; false at the end of the file or on an error. */
bool ir_read_at(int fd, void *to, size_t n, uint64_t offset);
size_t ir_coding_bytes(enum ir_coding c);

/* Find out what the file is and check its frame (*s begins as IR_SOURCE_NEW); 0 or -1 with what was
 * found and wanted. */
int ir_probe(int fd, uint64_t size, struct ir_source *s, struct ir_err *err);
/* What is to be said where nothing decodes it: what it is goes to s->name, the format to
 * s->foreign. -1. */
int ir_probe_foreign(struct ir_source *s, const char *format, const char *name, struct ir_err *err);
/* The format of our table of this name, n bytes; NULL: there is none. */
const char *ir_foreign_format(const char *name, size_t n);
/* Rate, channels and frames are in range. */
int ir_source_check(const struct ir_source *s, struct ir_err *err);
/* Read the header of a WAV from a pipe, up to its first sample. */
int ir_probe_wav_pipe(int fd, struct ir_source *s, struct ir_err *err);
int ir_probe_wav(int fd, uint64_t start, uint64_t size, struct ir_source *s, struct ir_err *err);
int ir_probe_aiff(int fd, uint64_t start, uint64_t size, struct ir_source *s, struct ir_err *err);
int ir_probe_au(int fd, uint64_t start, uint64_t size, struct ir_source *s, struct ir_err *err);
int ir_probe_flac(int fd, uint64_t size, uint64_t start, struct ir_source *s, struct ir_err *err);
int ir_probe_ogg(int fd, uint64_t size, struct ir_source *s, struct ir_err *err);
/* -2: no MPEG frames here at all. `start`: after an ID3v2 tag. */
int ir_probe_mpeg(int fd, uint64_t size, uint64_t start, struct ir_source *s, struct ir_err *err);

/* The frames of an MP3 one after another, as the probe counted them. */
struct ir_mpeg_walk;
struct ir_mpeg_walk *ir_mpeg_walk_new(int fd, uint64_t size, const struct ir_source *s);
/* Bytes of the next frame and *frame, valid until the next call; 0: the end. */
size_t ir_mpeg_walk_next(struct ir_mpeg_walk *w, const unsigned char **frame);
/* Go to an MPEG frame from where on the samples from `sample` on come out the same. *first: the
 * sample that it begins with; *lost: MPEG frames from there on that cannot be decoded. */
void ir_mpeg_walk_seek(struct ir_mpeg_walk *w, uint64_t sample, uint64_t *first, uint64_t *lost);
void ir_mpeg_walk_free(struct ir_mpeg_walk *w);
/* What is impossible in one frame of n bytes (check sum, side information, bit allocation), or
 * NULL. *sum: it is the check sum. */
const char *ir_mpeg_fault(const unsigned char *frame, size_t n, bool *sum);

/* ---- the worker ---------------------------------------------------------------------------- */

/* What is known of a sound that ffmpeg decoded, besides its samples. */
struct ir_foreign {
    char name[48], found[120]; /* "WMA"; damage that our own look at it found, in words */
    double promised_s;         /* that it says it lasts; 0: unknown */
    uint32_t errors, places;   /* that ffmpeg spoke of; of them inside */
    uint32_t tracks;
    uint8_t cut; /* it says that the end is missing */
};
/* parent → worker: one message with one file descriptor. */
struct ir_job {
    double start_s, length_s;
    uint32_t piece;  /* of a long clip; only IR_MSG_INFO of piece 0 says how many there are */
    uint8_t stream;  /* read the descriptor as it comes, do not look at it */
    uint8_t spooled; /* what ffmpeg made of a sound */
    struct ir_foreign foreign;
};

/* worker → parent: head, then `bytes` bytes. */
enum ir_msg {
    IR_MSG_INFO = 1, /* struct ir_info */
    IR_MSG_DATA,     /* interleaved floats, whole frames */
    IR_MSG_DONE,     /* nothing */
    IR_MSG_BAD,      /* text */
    IR_MSG_NOTE,     /* text */
    IR_MSG_REMARK,   /* text about this clip, which is whole */
    IR_MSG_FOREIGN,  /* text: format, name, damage, what to say where ffmpeg is missing; tabs */
    IR_MSG_DAMAGE    /* text: seconds that are wrong, the value of damage=, what was found; tabs */
};
struct ir_msg_head {
    uint32_t msg, bytes;
};
struct ir_info {
    double rate_hz, start_s;
    uint32_t channels, pieces;
};
#define IR_MSG_MAX    ((size_t)256 << 10)
#define IR_TEXT_MAX   1000
#define IR_PIECES_MAX 1000000

/* What a worker keeps between two clips: the file that it has open, the weights of the filter. */
struct ir_sound_file;
struct ir_sound_file *ir_file_new(void);
void ir_file_free(struct ir_sound_file *f);
/* Decode one clip from fd, which is closed, into messages to the pipe; `out` has IR_MSG_MAX bytes.
 * -1 with *err: it is a bad clip; 1: it is foreign, which was told. */
int ir_clip_decode(struct ir_sound_file *f, int fd, const struct ir_job *job, int pipe,
                   const struct ir_decode_opts *opts, float *out, struct ir_err *err);
void ir_send_message(int pipe, enum ir_msg msg, const void *body, size_t n);
void ir_send_text(int pipe, enum ir_msg msg, const char *text);

struct ir_sandbox;
/* The life of a worker: jobs from the socket, messages to the pipe. Never returns. */
void ir_close_fds(int from, int to);
bool ir_same_file(const struct stat *a, const struct stat *b);
_Noreturn void ir_worker_main(pid_t parent, int jobs, int pipe, const struct ir_sandbox *box,
                              const struct ir_decode_opts *opts);

/* Limits and the system call filter. Prepared in the parent, entered in the worker. */
struct ir_sandbox *ir_sandbox_new(void); /* NULL: no filter on this machine */
void ir_sandbox_free(struct ir_sandbox *b);
/* Give up rights for good. -1: the filter was not accepted. b may be NULL: limits only. */
int ir_sandbox_enter(const struct ir_sandbox *b);

/* ---- cutting (cut.c) ----------------------------------------------------------------------- */

/* The samples of one clip on their way from the pipe to the sink. */
struct ir_cut {
    struct ir_buf pend; /* interleaved floats not given out yet */
    struct ir_info info;
    bool known;         /* info has come */
    uint64_t at;        /* frames of the clip before pend */
    uint64_t skip;      /* frames still to leave out (hop longer than segment) */
    long long segments; /* given out */
    char damage[IR_TEXT_MAX + 1], remark[IR_TEXT_MAX + 1]; /* "": none */
    char decoder[72];                                      /* "": our own */
};
void ir_cut_reset(struct ir_cut *c);
/* Give out what is complete (`last`: and what remains). 0; 1: the clip is bad, *why says why; -1:
 * the sink stopped. `planar` is scratch that the caller keeps and frees. */
int ir_cut_give(struct ir_cut *c, bool last, size_t item, const struct ir_decode_opts *opts,
                const struct ir_decode_sink *sink, struct ir_buf *planar, struct ir_err *why,
                struct ir_err *err);

#endif
