/* walk.h - files below a folder in an order that does not depend on the machine, and what a path
 * says. */
#ifndef IR_LABEL_WALK_H
#define IR_LABEL_WALK_H

#include "../base.h"

/* Paths relative to `dir` of all regular files below it whose name ends in one of `ends`
 * (".wav|.flac", letter case ignored; NULL: all), sorted by bytes. Hidden files and folders are
 * left out, links are followed, a folder inside itself is an error. max_depth 0: only dir itself,
 * 1: its folders … */
int ir_walk(const char *dir, const char *ends, int max_depth, struct ir_strs *out,
            struct ir_err *err);
/* Names of the folders in `dir` (hidden ones left out), sorted. */
int ir_walk_folders(const char *dir, struct ir_strs *out, struct ir_err *err);
/* Whether s ends in one of `ends`; the length of that end, else 0. */
size_t ir_path_ends(const char *s, const char *ends);
bool ir_is_file(const char *path);
bool ir_is_folder(const char *path);
/* dir/name as an owned string; name alone when dir is "." or empty. */
char *ir_path_join(const char *dir, const char *name);
const char *ir_path_base(const char *path); /* behind the last slash */
/* Owned copy of the path without its sound file end (any end when it has none of those). */
char *ir_path_stem(const char *path);

/* The kinds of sound file that ir-decode takes. */
#define IR_SOUND_ENDS                                                                              \
    ".wav|.flac|.ogg|.oga|.mp3|.aif|.aiff|.aifc|.au|.snd|.wave|.bwf|.rf64|.w64|.caf|.mp2|.m4a|"    \
    ".m4b|.mp4|.aac|.opus|.spx|.webm|.weba|.mka|.wma|.wv|.ape|.tta|.tak|.mpc|.ac3|.amr|.3gp|.voc"

/* Seconds of a RIFF WAVE file by its head alone; 0 when it is something else or damaged. */
double ir_wav_seconds(const char *path);

#endif
