/* tracks.h - clips of one length cut from long tracks, labelled by activation annotations. */
#ifndef IR_LABEL_TRACKS_H
#define IR_LABEL_TRACKS_H

#include "activation.h"
#include "dataset.h"

/* One track: where its sound is, which class each column of its annotation belongs to. Strings are
 * owned. */
struct ir_track {
    char *name, *path, *artist;
    struct ir_activation act;
    struct ir_strs class_of; /* one for each column */
    double seconds;          /* of the sound, or what is taken for it */
    const char *split;       /* NULL: none */
};
/* {0} is empty. */
struct ir_tracks {
    struct ir_track *at;
    size_t n, cap;
};
struct ir_track *ir_tracks_add(struct ir_tracks *t, const char *name);
void ir_tracks_free(struct ir_tracks *t);
/* Cut all tracks into clips 0, w, 2w … while start < seconds - w (w = f->window_s, default 1 s), as
 * Li, Qian and Wang did: a track of whole length loses its last clip. A class is positive where the
 * largest moving average (f->average_s, default 0.1 s: three rows) within the clip reaches
 * f->threshold (default 0.5). Classes that stand in fewer than `rare` tracks become OTHER, which
 * comes last. */
int ir_tracks_cut(struct ir_find *f, struct ir_tracks *t, long long rare, struct ir_list *list,
                  struct ir_err *err);

#endif
