/* sound.h - private to lib/decode: what is known of a sound file before libsox sees it. */
#ifndef IR_DECODE_SOUND_H
#define IR_DECODE_SOUND_H

#include "decode.h"

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

/* For a cut: let decoding begin shortly before `frame` with the same samples from there on. Returns
 * the frames of sound that will not come at the start; s->frames, mpeg_start and lost are changed
 * to suit. */
uint64_t ir_mpeg_seek(int fd, uint64_t size, struct ir_source *s, uint64_t frame);

/* ---- feeding MP3 (mpeg_pipe.c) ------------------------------------------------------------------
 */

struct ir_mpeg_pipe;
/* Bytes start … end-1 of fd, then zeros, can be read from ir_mpeg_pipe_fd; a thread writes them.
 * SIGPIPE must be ignored. */
struct ir_mpeg_pipe *ir_mpeg_pipe_new(int fd, uint64_t start, uint64_t end, struct ir_err *err);
int ir_mpeg_pipe_fd(const struct ir_mpeg_pipe *f);
void ir_mpeg_pipe_free(struct ir_mpeg_pipe *f); /* after the reader has closed it */

/* ---- libsox (sox.c) --------------------------------------------------------------------- */

/* Load the format handlers; once, before any worker is made. */
int ir_sox_start(struct ir_err *err);

struct ir_sox;
/* Open what fd refers to (fd stays the caller's). */
struct ir_sox *ir_sox_open(int fd, const struct ir_source *s, struct ir_err *err);
/* Up to `frames` frames, interleaved, full scale ±1. The number read, 0: the end, -1: damage. */
long ir_sox_read(struct ir_sox *x, float *to, size_t frames, struct ir_err *err);
/* Go to this frame before the first read; false when that file has to be read from its start. */
bool ir_sox_seek(struct ir_sox *x, uint64_t frame);
/* Close; -1 when libsox complained about the file at any time. Frees x. */
int ir_sox_close(struct ir_sox *x, struct ir_err *err);

/* SoX's `rate -h` for one channel. */
struct ir_rate;
struct ir_rate *ir_rate_new(double in_hz, double out_hz, struct ir_err *err);
/* Push n samples, samples beyond ±16 are clipped; drain: nothing more comes, call until it gives 0.
 * What comes out stands in *out until the next call; n samples in make round(n × out_hz / in_hz) in
 * all. */
size_t ir_rate_push(struct ir_rate *r, const float *in, size_t n, const float **out);
size_t ir_rate_drain(struct ir_rate *r, const float **out);
void ir_rate_free(struct ir_rate *r);

/* ---- the worker ---------------------------------------------------------------------------- */

/* parent → worker: one message with one file descriptor. */
struct ir_job {
    double start_s, length_s;
    uint8_t stream; /* read the descriptor as it comes, do not look at it */
};

/* worker → parent: head, then `bytes` bytes. */
enum ir_msg {
    IR_MSG_INFO = 1, /* struct ir_info */
    IR_MSG_DATA,     /* interleaved floats, whole frames */
    IR_MSG_DONE,     /* nothing */
    IR_MSG_BAD,      /* text */
    IR_MSG_NOTE      /* text */
};
struct ir_msg_head {
    uint32_t msg, bytes;
};
struct ir_info {
    double rate_hz, start_s;
    uint32_t channels;
};
#define IR_MSG_MAX  ((size_t)256 << 10)
#define IR_TEXT_MAX 1000

struct ir_sandbox;
/* The life of a worker: jobs from the socket, messages to the pipe. Never returns. */
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
};
void ir_cut_reset(struct ir_cut *c);
/* Give out what is complete (`last`: and what remains). 0; 1: the clip is bad, *why says why; -1:
 * the sink stopped. `planar` is scratch that the caller keeps and frees. */
int ir_cut_give(struct ir_cut *c, bool last, size_t item, const struct ir_decode_opts *opts,
                const struct ir_decode_sink *sink, struct ir_buf *planar, struct ir_err *why,
                struct ir_err *err);

#endif
