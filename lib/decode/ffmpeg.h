/* ffmpeg.h - private to lib/decode: sound that only the program ffmpeg reads. It runs in a box of
 * its own and writes into a file without a name, from which the workers read as from any WAV. */
#ifndef IR_DECODE_FFMPEG_H
#define IR_DECODE_FFMPEG_H

#include "sound.h"

#include <sys/stat.h>

/* ---- the box (sandbox.c, landlock.c) -------------------------------------------------------- */

#define IR_PROGRAM_FD 60 /* where the program lies that the filter lets be started, once */

/* The filter for a program that is still to be started; NULL: none on this machine. */
struct ir_sandbox *ir_sandbox_program(void);
/* Limits and filter for it: at most `file_max` bytes in one file. -1: not accepted. */
int ir_sandbox_enter_program(const struct ir_sandbox *b, uint64_t file_max);
/* Version of Landlock on this machine; 0: none. */
int ir_landlock(void);
/* From now on, read the regular file `input`, the program at `program` and libraries alone, and
 * open no file for writing. -1: not accepted. */
int ir_landlock_enter(int version, int input, const char *program);

/* ---- the program (ffmpeg.c) ----------------------------------------------------------------- */

struct ir_ffmpeg {
    bool looked;
    int fd;     /* of the program; -1: none was found */
    char *path; /* without links */
    struct ir_sandbox *box;
    int landlock;
};
/* Look for it in PATH. False: there is none. */
bool ir_ffmpeg_find(struct ir_ffmpeg *f);
void ir_ffmpeg_free(struct ir_ffmpeg *f);

/* One file, decoded by it or about to be. */
struct ir_spool {
    struct ir_spool *next;
    char *path;     /* of the sound */
    struct stat st; /* the same file is not decoded again */
    int out;        /* its samples, as WAV */
    pid_t pid;      /* 0: has ended */
    int said;       /* its standard error */
    char line[300]; /* that is not complete yet */
    size_t line_n;
    off_t grown;
    bool past_input, estimated, video, silent, warned;
    unsigned stubs; /* packets that are no whole one: SoX pads GSM with a byte */
    struct ir_foreign is;
    char version[64];
};
/* Start it for the regular file fd, which is taken, in the format that `text` (of IR_MSG_FOREIGN)
 * names. NULL with *why. */
struct ir_spool *ir_spool_start(const struct ir_ffmpeg *f, const char *path, int fd,
                                const char *text, struct ir_err *why);
/* Take in what it said. True when it has ended. */
bool ir_spool_hear(struct ir_spool *s);
/* Did it write anything since the last call? */
bool ir_spool_grew(struct ir_spool *s);
/* It has ended: was it good? -1 with *why. */
int ir_spool_end(struct ir_spool *s, struct ir_err *why);
/* End it where it still runs, and forget it. */
void ir_spool_free(struct ir_spool *s);
/* The one of this open file among those from `s` on, or NULL. */
struct ir_spool *ir_spool_find(struct ir_spool *s, const char *path, int fd);

#endif
