/* spans.h - annotations of spans of sound files, as clips: what the data sets of labelled spans
 * share. */
#ifndef IR_LABEL_SPANS_H
#define IR_LABEL_SPANS_H

#include "dataset.h"

/* Clips under way. {0} with f and list is empty. */
struct ir_spans {
    struct ir_find *f;
    struct ir_list *list;
    char *dir;            /* where the sounds lie */
    struct ir_strs sound; /* below it */
    struct ir_dict stem;  /* path without its end, and base name without its end → sound */
    struct ir_dict items; /* id → number in the list, or SIZE_MAX: its sound is not there */
    struct ir_dict gone;  /* sounds that are not there */
    bool one_folder;      /* all sounds lie in one: clips are called by their names below it */
    size_t points, empty; /* left out: without a length, without a name */
};

/* Each annotation file that the operands name goes through read(arg, file): f->dir and f->more are
 * files, or folders with files that end in one of `ends` below them. Then, unless one failed, the
 * end: notes of what was left out, and the classes of the list; no clip and no missing sound is a
 * failure. */
int ir_spans_run(struct ir_spans *s, const char *ends,
                 int (*read)(void *arg, const char *file, struct ir_err *err), void *arg,
                 struct ir_err *err);
/* Sounds lie in --audio, else beside `file`; indexed when that is another folder than before. */
int ir_spans_beside(struct ir_spans *s, const char *file, struct ir_err *err);
/* The sound called `stem` (a path without its end below the folder, or a base name that only one
 * has) relative to s->dir; owned. Without one: STEM.wav, which is then missing. Fails when several
 * are called so. */
char *ir_spans_sound(const struct ir_spans *s, const char *stem, struct ir_err *err);
/* `label` sounds in `path` from start_s on; length_s 0: to the end of the file. A second label of
 * the same span joins the first. The clip's id is PATH@START-END, its group PATH; with the folder
 * of the sounds in front unless one_folder, so that recordings of one name in two folders stay
 * apart. split may be NULL.
 */
void ir_spans_add(struct ir_spans *s, const char *path, double start_s, double length_s,
                  const char *label, const char *split);
/* The end of it, for who reads the files himself; `what` they were. */
int ir_spans_end(struct ir_spans *s, const char *what, struct ir_err *err);
void ir_spans_free(struct ir_spans *s);

#endif
