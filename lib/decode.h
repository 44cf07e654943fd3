/* decode.h - sound files to sound as tensors. libmpg123, libFLAC and libvorbis decode, in worker
 * processes that may crash, hang or eat memory without harm and can open nothing; what these
 * libraries are silent about is checked here. Other formats go through the program ffmpeg, where
 * there is one in PATH, in a process that can open nothing else either. */
#ifndef IR_DECODE_H
#define IR_DECODE_H

#include "label.h"

#define IR_DECODE_RATE_MIN     4000.0
#define IR_DECODE_RATE_MAX     768000.0
#define IR_DECODE_CHANNELS_MAX 64

/* How the samples of a sound without a file header are stored. */
enum ir_coding {
    IR_CODING_U8,
    IR_CODING_S8,
    IR_CODING_S16,
    IR_CODING_S24,
    IR_CODING_S32,
    IR_CODING_F32,
    IR_CODING_F64,
    IR_CODING_ULAW,
    IR_CODING_ALAW
};

/* What becomes of the samples after the last whole segment of a clip. */
enum ir_last {
    IR_LAST_PAD,  /* filled up with zeros */
    IR_LAST_KEEP, /* written as they are, shorter */
    IR_LAST_DROP  /* left out; a clip shorter than one segment is then a bad clip */
};

struct ir_decode_opts {
    double rate_hz;    /* resample to this rate; 0: leave each sound's own */
    unsigned channels; /* 0: as in the file; 1: the average of all; N: the file must have N, or 1 */
    double segment_s;  /* cut into segments of this length; 0: one record a clip */
    double hop_s;      /* from the start of one segment to the next; 0: segment_s */
    enum ir_last last;
    /* Live: each segment is the newest so many seconds (at first, what has come), repeated up to
     * its end until it is segment_s long; one each hop_s from the first on. 0: as above. */
    double newest_s;
    double max_seconds;    /* a longer clip is a bad clip; 0: no limit but a record's 1 GiB */
    double stream_seconds; /* the same for standard input as it comes (path "-") */
    double timeout_s;      /* a worker that is silent for so long is ended; 0: never */
    unsigned jobs;         /* worker processes; 0: one per processor */
    bool raw;              /* sounds have no header: the next four describe them */
    enum ir_coding coding;
    bool big_endian;
    bool strict;       /* damage of any kind makes a bad clip */
    double max_damage; /* so large a share of wrong or missing samples inside makes one, 0 … 1 */
    double raw_rate_hz;
    unsigned raw_channels;
};

/* One clip, or one segment of it. */
struct ir_sound {
    const float *data; /* [channels, samples], full scale is ±1; valid during the call only */
    uint32_t channels, samples;
    double rate_hz;
    double offset_s;   /* of the first sample, in the file */
    double length_s;   /* of the sound in it, without padding */
    long long segment; /* 0, 1, 2 … in the clip, or -1: the whole clip */
    /* What is damaged in the clip: words KIND@START+LENGTH (formats/irt.md); NULL: nothing known.
     * A clip longer than the hold-back may tell it with its last segments only. */
    const char *damage;
    const char *decoder; /* the program that decoded it, and its version; NULL: our own readers */
};

/* The keys of its record (formats/irt.md), in place of what m holds: id (of a segment ID#N, with
 * clip=ID), path, rate (Hz), axes, offset and length (s), level (dB of full scale, of a segment)
 * and level.end (of its last hop_s seconds, where that is less than segment_s), damage, decoder;
 * and the item's labels, group, split and further columns. list: the head of the list that the item
 * came from. */
void ir_sound_meta(const struct ir_item *item, const struct ir_meta *list, const struct ir_sound *s,
                   double segment_s, double hop_s, struct ir_meta *m);

/* Where the sounds go. Calls come in the order of the items, and of the segments in each. A return
 * of -1 with *err filled stops the run. */
struct ir_decode_sink {
    void *self;
    int (*sound)(void *self, size_t item, const struct ir_sound *sound, struct ir_err *err);
    /* Item i could not be decoded; *why says what was found and what was wanted. Some segments of
     * it may have been given out when it is longer than the hold-back of 32 MiB of samples; then
     * *why says so. */
    int (*bad)(void *self, size_t item, const struct ir_err *why, struct ir_err *err);
    void (*note)(void *self, const char *text); /* may be NULL */
    /* Item i was decoded, but *what is to be said of it; `damaged`: its sounds carry it. May be
     * NULL. */
    void (*remark)(void *self, size_t item, const char *what, bool damaged);
};

/* Decode n items (only path, start_s and length_s are used; path "-" is standard input as it comes,
 * WAV or raw) with opts->jobs workers. Memory is bounded by 64 MiB a worker, plus one clip where
 * opts->segment_s is 0. The result does not depend on the number of workers. 0, or -1 with *err:
 * the sink stopped, or no worker could be made. */
int ir_decode_run(const struct ir_decode_opts *opts, const struct ir_item *items, size_t n,
                  const struct ir_decode_sink *sink, struct ir_err *err);

/* Copy what can be read from fd into an unlinked temporary file (in $TMPDIR, /var/tmp or /tmp), so
 * that a sound from a pipe can be looked at before it is decoded. Its descriptor, at offset 0, or
 * -1. */
int ir_decode_spool(int fd, struct ir_err *err);

/* What a command line asks to decode. {0} is empty. */
struct ir_inputs {
    struct ir_list
        list; /* one item a clip, as lists and operands name them; the head of the lists */
    struct ir_item *job;   /* the same, with paths that can be opened (a spooled standard input) */
    struct ir_strs opened; /* those paths */
    struct ir_name_set seen; /* sounds that were named without a list of clips */
    size_t twice;            /* sounds named again, left out */
    size_t left_out;         /* files of folders that are no sounds, by their names */
};
struct ir_inputs_opts {
    bool raw;          /* standard input is bare samples, decoded as they come */
    bool no_end;       /* a list of clips may lack its #end: somebody cut it on purpose */
    const char *paths; /* a file ("-": stdin) that names one sound a line; NULL: none */
    bool null;         /* its names end in a NUL byte in place of a newline */
    const char *part;  /* "K/N": the K-th of N contiguous stretches, no group cut; NULL: all */
    const char *shard; /* "K/N": part K of N, decided by a hash of the id; NULL: all */
};
/* Files that begin with #irt-list are lists, folders give the sounds below them (sorted by name),
 * all others are sounds with their path as id; "-", and no file at all, is standard input: a list
 * or a sound. A pipe is read into a file first. Lists must agree in classes and labels, their ids
 * must differ; a sound that is named twice is taken once. 0 (perhaps with nothing left by
 * `shard`); -1 with *err; -2: standard input is a terminal, or `shard` or `part` is malformed. */
int ir_inputs_collect(struct ir_inputs *in, char *const *files, size_t n,
                      const struct ir_inputs_opts *opts, struct ir_err *err);
void ir_inputs_free(struct ir_inputs *in);

#endif
