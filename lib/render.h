/* render.h - from a score and soundfonts to labelled multitrack sound (needs libfluidsynth).
 *
 * A score is a standard MIDI file, read here and not by the synthesiser, so that a damaged one is
 * an error with its byte. Each part of it (one program of one channel) is one stem; the mix is the
 * sum of its stems. Everything that is drawn (excerpt, re-mapping, soundfont, gain, pan) comes from
 * one seed. */
#ifndef IR_RENDER_H
#define IR_RENDER_H

#include "tool.h"

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
    int16_t *x; /* n samples at rate_hz, owned by whoever made it */
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

/* The scores that run->files name (none: standard input), each with a name that is safe as a
 * file's: of its file, up to the first dot. */
struct ir_book {
    struct ir_score *score;
    char **name;
    size_t *takes; /* how many excerpts of it there are, counted by the caller */
    size_t n;
};
/* Damaged scores count as bad clips. -1 with run->err when that are too many, or none is left; the
 * caller frees *b in any case. */
int ir_book_read(struct ir_book *b, struct ir_run *run);
void ir_book_free(struct ir_book *b);

/* ---- arrangements
 * -------------------------------------------------------------------------------- */

/* What is drawn for each excerpt. */
struct ir_arrange {
    struct ir_strs classes; /* instruments that parts may be re-mapped to; empty: no re-mapping */
    struct ir_strs leads;   /* instruments that lead, one after another; empty: no lead */
    double remap;           /* probability that a part is re-mapped, 0 … 1 */
    bool only;              /* parts whose instrument is not in classes are re-mapped or left out */
    struct ir_range excerpt_s; /* length; 0: the whole score */
    struct ir_range parts;     /* how many parts play, the lead among them */
    struct ir_range gain_db, pan;
    struct ir_range
        lead_db; /* how much louder than each other part the lead is (root mean square) */
    size_t min_notes;
};
/* The soundfonts: the first n_first are drawn from, the others only play what none of the first
 * has. */
struct ir_fonts {
    struct ir_synth **at;
    size_t n, n_first;
};
struct ir_excerpt {
    const struct ir_score *score;
    size_t score_index;
    double start_s, length_s;
    struct ir_parts parts; /* in the order of the stems */
    int lead;              /* index in parts, -1: none */
};
/* Draw excerpt number v (0 …) from n scores. With leads, lead v mod their number is looked for in
 * scores drawn one after another. 0 drawn; 1 no score can play it (err says which lead); never
 * fails otherwise. */
int ir_excerpt_draw(const struct ir_arrange *a, const struct ir_score *scores, size_t n,
                    const struct ir_fonts *fonts, struct ir_rng *rng, size_t v,
                    struct ir_excerpt *out, struct ir_err *err);
void ir_excerpt_free(struct ir_excerpt *e);

/* An excerpt as sound: stem k is row pair stem + k × 2 × n (left, right); the mix is their exact
 * sum. */
struct ir_rendered {
    float *stem, *mix;
    size_t stems, n;
    double rate_hz;
};
/* Play it; then the lead is set lead_db above the others and all is scaled so that the mix peaks at
 * peak_db (≤ 0). 1 when the excerpt is silent, or its lead is. */
int ir_excerpt_play(const struct ir_excerpt *e, const struct ir_fonts *fonts,
                    struct ir_range lead_db, struct ir_range peak_db, double rate_hz,
                    struct ir_rng *rng, struct ir_rendered *out, struct ir_err *err);
void ir_rendered_free(struct ir_rendered *s);
/* Loudness of each instrument over samples from … to: y[i] = 1 when stems of that class are louder
 * than -40 dB of the mix's root mean square in at least `share` of the windows of 2048 samples. */
void ir_rendered_labels(const struct ir_rendered *s, const struct ir_excerpt *e, size_t from,
                        size_t to, double share, const struct ir_strs *classes, float *y);

/* ---- folders
 * ---------------------------------------------------------------------------------------- */

/* Real data sets' layouts on disk. Each writes its sound files and, at the end, its tables. */
enum ir_layout {
    IR_LAYOUT_STREAM,
    IR_LAYOUT_WAV,         /* DIR/NAME.wav and DIR/SPLIT.csv: path,labels,group,split */
    IR_LAYOUT_MEDLEYDB,    /* Audio/T/T_MIX.wav, T_STEMS, T_METADATA.yaml; Annotations/… .lab */
    IR_LAYOUT_IRMAS_TRAIN, /* IRMAS-TrainingData/vio/[vio][nod][cla]0012__1.wav */
    IR_LAYOUT_IRMAS_TEST,  /* IRMAS-TestingData-Part1/Part1/NAME.wav and NAME.txt */
    IR_LAYOUT_MEDLEY_SOLOS_DB, /* audio/Medley-solos-DB_SUBSET-ID_UUID.wav, annotation/SUBSET.csv */
    IR_LAYOUT_AUDIOSET         /* audio/YTID.wav, SPLIT.csv with AudioSet's three comment lines */
};
struct ir_layout_clip {
    const char *dir, *split, *name; /* name: unique, safe as a file name */
    const struct ir_excerpt *excerpt;
    const struct ir_rendered *sound;
    const struct ir_strs *classes;
    const float *y;    /* labels of the whole excerpt, one a class */
    const char *group; /* the score's name */
    size_t number;     /* of the excerpt */
    size_t take;       /* how many excerpts of that score came before */
    bool stems;        /* MedleyDB: also each stem as a file */
    size_t channels;   /* 1 or 2 */
};
/* Write one excerpt; rows of the layout's table are added to *table. */
int ir_layout_put(enum ir_layout layout, const struct ir_layout_clip *c, struct ir_buf *table,
                  struct ir_err *err);
/* Write the table of the layout, if it has one. */
int ir_layout_finish(enum ir_layout layout, const char *dir, const char *split,
                     const struct ir_buf *table, struct ir_err *err);

/* How excerpts become records. */
struct ir_rendered_stream {
    struct ir_writer *to;
    double segment_s; /* one record each; 0: the whole excerpt is one */
    double share;     /* ir_rendered_labels */
    bool label_lead;  /* only the lead is labelled */
    bool stems;       /* each stem too, as records S01, S02 … */
    size_t channels;  /* 1 (the mean of left and right) or 2 */
};
/* Write one excerpt; a segment that the sound does not fill is left out. */
int ir_rendered_put(const struct ir_rendered_stream *o, const struct ir_layout_clip *c,
                    struct ir_err *err);

/* Read a stream of sound from run->files, one recorded note a record, and write them as a
 * soundfont. The program is the number that begins the name of the file's folder ("040-violin",
 * "128-drums") or else its label as an instrument's name; the key stands in the file name. Silence
 * before a note is cut, at most note_s seconds are kept, and the loudness of all notes is made
 * equal. Records whose key or program cannot be told are bad clips. 0 or -1 with run->err set. */
int ir_font_build(struct ir_run *run, const char *path, double note_s);

#endif
