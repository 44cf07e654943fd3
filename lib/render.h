/* render.h - from a score and soundfonts to labelled multitrack sound (needs libfluidsynth).
 *
 * A score is a standard MIDI file, read here and not by the synthesiser, so that a damaged one is
 * an error with its byte. Each part of it (one program of one channel) is one stem; the mix is the
 * sum of its stems. Everything that is drawn (excerpt, re-mapping, soundfont, gain, pan) comes from
 * one seed. */
#ifndef IR_RENDER_H
#define IR_RENDER_H

#include "irt.h"

/* ---- scores -------------------------------------------------------------------------------------
 */

/* One event of a channel: status 0x80 … 0xe0 (without the channel) and its data bytes. */
struct ir_midi_event {
    double time_s;
    uint8_t status, channel, a, b;
};
struct ir_score {
    struct ir_midi_event *event; /* sorted by time, as in the file within one time */
    size_t n, cap;
    double end_s;
};
#define IR_SCORE_BYTES_MAX ((size_t)16 << 20)
/* Parse a standard MIDI file, format 0 or 1, ticks a quarter note or SMPTE. Fails, naming the byte,
 * on truncation, a bad running status or lengths beyond the chunk; text and system messages are
 * skipped. */
int ir_score_parse(struct ir_score *s, const void *bytes, size_t n, struct ir_err *err);
void ir_score_free(struct ir_score *s);

/* ---- instruments --------------------------------------------------------------------------------
 */

#define IR_DRUMS 128 /* "program" of the percussion channel */
/* Name of General MIDI program 0 … 127, or IR_DRUMS, in MedleyDB's words where it has one. */
const char *ir_gm_name(int program);
/* Usual sounding range of the program as MIDI keys (60 = middle C), and whether it plays one note
 * at a time. */
void ir_gm_range(int program, int *low, int *high, bool *single);
/* First program with that name, and whether `program` has it. -1: no such instrument. */
int ir_gm_find(const char *name);
/* The next program after `program` with the same name, -1: no more. */
int ir_gm_next(int program);

/* ---- parts --------------------------------------------------------------------------------------
 */

/* Notes of one program of one channel, with the controllers of that channel. */
struct ir_part {
    int channel, program; /* as in the score; program IR_DRUMS on channel 9 */
    int as;               /* program that plays it after re-mapping */
    const char *name;     /* ir_gm_name(as) */
    int transpose;        /* keys, from re-mapping into a range: whole octaves */
    size_t font;          /* index of the soundfont that plays it */
    double gain;          /* factor */
    double pan;           /* -1 left … 1 right */
    int low, high;        /* keys that occur */
    size_t notes;
    double chord; /* largest number of notes that sound together, at most 99 */
};
struct ir_parts {
    struct ir_part *at;
    size_t n, cap;
};
/* The parts of a score that have at least min_notes notes between start_s and end_s. */
void ir_parts_find(const struct ir_score *s, double start_s, double end_s, size_t min_notes,
                   struct ir_parts *out);
void ir_parts_free(struct ir_parts *p);

/* ---- synthesis ----------------------------------------------------------------------------------
 */

struct ir_synth;
/* Load a soundfont; sound at rate_hz (8000 … 96000), without reverb and chorus. NULL and *err on
 * failure. */
struct ir_synth *ir_synth_open(const char *font, double rate_hz, struct ir_err *err);
bool ir_synth_has(struct ir_synth *s,
                  int program); /* a preset for that program (bank 0), or drum kit */
/* Play part p of the score from start_s to end_s, plus nothing: out[2][n] (left row, right row), n
 * samples, with the part's gain and pan. Times are exact to 64 samples. The result depends on the
 * arguments alone. */
int ir_synth_play(struct ir_synth *s, const struct ir_score *score, const struct ir_part *p,
                  double start_s, float *out, size_t n, struct ir_err *err);
void ir_synth_close(struct ir_synth *s);

/* ---- soundfonts from recorded notes
 * --------------------------------------------------------------- */

/* One recorded note. */
struct ir_note {
    int program, key;
    float *x; /* n samples at rate_hz, owned by whoever made it */
    size_t n;
    double rate_hz;
};
/* MIDI key of a note name (C4 = 60; As3, A#3, Bb3, Ab3) that is the whole text or, when `find`, one
 * of its parts between '_', '-', '.', ' ' and '/'. -1: none. */
int ir_note_key(const char *text, bool find);
/* Write a SoundFont 2 file: one preset for each program among the notes, each key played by the
 * nearest recorded note, no loops. Fails on no notes and on more than 1 GiB of samples. */
int ir_font_write(const char *path, const struct ir_note *note, size_t n, struct ir_err *err);

/* ---- activity and files
 * --------------------------------------------------------------------------- */

/* MedleyDB's activation confidence (window 4096, hop 2048 at 44,100 Hz): stems[k] is mono, n
 * samples; conf[k × frames + t]. Returns frames (conf allocated here), formula of medleydb's public
 * code. */
size_t ir_activation(const float *const *stems, size_t count, size_t n, float **conf);
/* Share of the windows of 2048 samples in x[0 … n-1] louder than `floor` (root mean square). */
double ir_activity_share(const float *x, size_t n, double floor);
/* 16-bit (or 32-bit float) PCM WAV of `channels` rows of n samples, as a file that appears whole or
 * not at all. Samples beyond ±1 are clipped in 16 bits. */
int ir_wav_write(const char *path, const float *x, size_t channels, size_t n, double rate_hz,
                 bool as_float, struct ir_err *err);
/* Make the folder and its parents. */
int ir_make_folder(const char *path, struct ir_err *err);

#endif
