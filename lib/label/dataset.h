/* dataset.h - what the files dataset_NAME.c share. */
#ifndef IR_LABEL_DATASET_H
#define IR_LABEL_DATASET_H

#include "../label.h"
#include "csv.h"
#include "dict.h"
#include "walk.h"

/* A clip whose sound is f->dir/rel. NULL, with the name kept in f->missing, when the file is not
 * there and has to be. The id is rel without its end. */
struct ir_item *ir_found(struct ir_find *f, struct ir_list *list, const char *rel);
/* The same with another folder and id. */
struct ir_item *ir_found_at(struct ir_find *f, struct ir_list *list, const char *dir,
                            const char *rel, const char *id);
/* Ids that two clips share (a.wav and a.flac) become the whole path below the data set for all of
 * them. */
void ir_unique_ids(struct ir_find *f, struct ir_list *list);
/* Whether the word of --labels or --subset is `word`; NULL (not given): whether `word` is the first
 * of `words`. */
bool ir_word_is(const char *given, const char *words, const char *word);
/* One of `names` (separated by |) that is there below dir, owned; an error that says what was
 * looked for. */
char *ir_find_path(const char *dir, const char *names, struct ir_err *err);
/* Our word for an official subset: "training" → "train", "validation" and "val" → "valid",
 * "testing" → "test"; others are returned as they are. */
const char *ir_split_word(const char *s);
/* Count sound files below dir that the list does not have; a note when there are any. */
int ir_note_unlisted(struct ir_find *f, const char *dir, const struct ir_list *list,
                     const char *what, struct ir_err *err);
/* Whether a file is called mix or …_MIX: the sum of a track's stems. */
bool ir_is_mix(const char *base);

#endif
