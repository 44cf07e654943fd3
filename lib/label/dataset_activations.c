/* dataset_activations.c - mixes of one's own in clips of a second, labelled by activation
 * annotations. */
#include "tracks.h"

#include <stdlib.h>
#include <string.h>

#define LAB_END "_ACTIVATION_CONF.lab"

/* The mix of a track: DIR/TRACK/mix.*, DIR/TRACK/TRACK_MIX.*, DIR/TRACK_MIX.*, DIR/TRACK.*; owned,
 * NULL: none. */
static char *find_mix(const struct ir_find *f, const char *track)
{
    for (int i = 0; i < 4; i++)
        for (const char *end = IR_SOUND_ENDS; *end != '\0';) {
            const size_t n = strcspn(end, "|");
            struct ir_buf b = {0};
            char *base = ir_path_join(f->audio ? f->audio : f->dir, track);
            ir_buf_puts(&b, base);
            free(base);
            if (i == 0)
                ir_buf_puts(&b, "/mix");
            else if (i == 1)
                ir_buf_printf(&b, "/%s_MIX", track);
            else if (i == 2)
                ir_buf_puts(&b, "_MIX");
            ir_buf_add(&b, end, n);
            end += n + (end[n] == '|');
            if (ir_is_file(b.data) || f->no_audio)
                return b.data;
            ir_buf_free(&b);
        }
    return NULL;
}

static int add(struct ir_find *f, struct ir_tracks *tracks, const char *labs, const char *lab,
               struct ir_err *err)
{
    char *name = ir_strndup(lab, strlen(lab) - strlen(LAB_END)), *path = ir_path_join(labs, lab);
    struct ir_track *t = ir_tracks_add(tracks, name);
    int rc = ir_activation_read(&t->act, path, err);
    free(path);
    for (size_t k = 0; k < t->act.column.n; k++)
        ir_strs_add(&t->class_of, t->act.column.at[k]);
    t->path = rc ? NULL : find_mix(f, name);
    if (t->path) {
        double s = f->no_audio ? 0 : ir_wav_seconds(t->path);
        t->seconds = s > 0 ? s : t->act.time_s[t->act.rows - 1];
    } else if (!rc) {
        char *where = ir_path_join(f->audio ? f->audio : f->dir, name);
        ir_strs_add(&f->missing, where);
        free(where);
    }
    free(name);
    return rc;
}

static int find(struct ir_find *f, struct ir_list *list, struct ir_err *err)
{
    struct ir_tracks tracks = {0};
    struct ir_strs labs = {0};
    const char *dir = f->annotations ? f->annotations : f->dir;
    int rc = ir_walk(dir, LAB_END, 0, &labs, err);
    for (size_t i = 0; i < labs.n && !rc; i++)
        rc = add(f, &tracks, dir, labs.at[i], err);
    if (!rc && !labs.n)
        rc = ir_fail(err, "%s: found no annotation TRACK%s", dir, LAB_END);
    if (!rc)
        rc = ir_tracks_cut(f, &tracks, f->rare >= 0 ? f->rare : 0, list, err);
    ir_tracks_free(&tracks);
    ir_strs_free(&labs);
    return rc;
}

const struct ir_dataset ir_dataset_activations = {
    .name = "activations",
    .summary = "mixes in clips of --window s, labels from activation annotations in --annotations",
    .layout =
        "--annotations/TRACK_ACTIVATION_CONF.lab and DIR/TRACK/mix.wav, DIR/TRACK/TRACK_MIX.wav, "
        "DIR/TRACK_MIX.wav or DIR/TRACK.wav",
    .uses = "window|threshold|average|annotations|audio",
    .find = find,
};
