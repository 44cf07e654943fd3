/* clip.c - the records of one clip, gathered from a reader. */
#include "irt.h"

#include <stdlib.h>
#include <string.h>

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* What a clip is, for everybody: a record goes on with it when id, epoch and offset agree with the
 * first and, which the callers see to, its name is new in it. */
static bool same_clip(const struct ir_rec *first, const struct ir_rec *rec)
{
    static const char *const keys[] = {"id", "epoch", "offset"};
    if (*ir_rec_id(rec) == '\0')
        return false;
    for (size_t i = 0; i < 3; i++)
        if (!same_text(ir_meta_get(&first->meta, keys[i]), ir_meta_get(&rec->meta, keys[i])))
            return false;
    return true;
}

static bool belongs(const struct ir_clip *clip, const struct ir_rec *rec)
{
    return same_clip(&clip->rec[0], rec) && ir_clip_find(clip, ir_rec_name(rec)) == NULL;
}

size_t ir_index_clip_end(const struct ir_index *x, size_t first)
{
    size_t end = first + 1;
    for (; end < ir_index_count(x); end++) {
        const struct ir_rec *rec = ir_index_rec(x, end);
        if (!same_clip(ir_index_rec(x, first), rec))
            break;
        for (size_t i = first; i < end; i++)
            if (strcmp(ir_rec_name(ir_index_rec(x, i)), ir_rec_name(rec)) == 0)
                return end;
    }
    return end;
}

int ir_fail_at(struct ir_err *err, size_t number, const struct ir_rec *rec)
{
    const char *path = ir_meta_get(&rec->meta, "path"), *id = ir_rec_id(rec);
    if (*id == '\0')
        return ir_fail_in(err, "clip %zu", number);
    if (path != NULL && strcmp(path, id) != 0)
        return ir_fail_in(err, "clip %zu, %s (%s)", number, id, path);
    return ir_fail_in(err, "clip %zu, %s", number, id);
}

static void add(struct ir_clip *clip, struct ir_rec *rec)
{
    ir_grow(&clip->rec, &clip->cap, clip->n + 1, sizeof *clip->rec);
    clip->rec[clip->n++] = *rec;
}

static void drop_records(struct ir_clip *clip)
{
    for (size_t i = 0; i < clip->n; i++)
        ir_rec_free(&clip->rec[i]);
    clip->n = 0;
}

/* The first record of a clip. 1, 0 at the end, -1. */
static int take_first(struct ir_reader *r, struct ir_clip *clip, struct ir_err *err)
{
    struct ir_rec rec, copy;
    if (clip->has_ahead) {
        drop_records(clip);
        add(clip, &clip->ahead);
        clip->has_ahead = false;
        return 1;
    }
    int rc = clip->ended ? 0 : ir_reader_next(r, &rec, err);
    if (rc > 0 && clip->n != 0 && belongs(clip, &rec))
        rc = ir_fail(err, "clip %s has more tensors than the %zu that the header promises",
                     ir_rec_id(&rec), clip->n);
    drop_records(clip); /* first: so the copy takes the memory that this gives back */
    if (rc > 0) {
        ir_rec_copy(&copy, &rec);
        add(clip, &copy);
    }
    clip->ended = clip->ended || rc == 0;
    return rc;
}

int ir_clip_next(struct ir_reader *r, struct ir_clip *clip, struct ir_err *err)
{
    int rc = take_first(r, clip, err);
    if (rc <= 0)
        return rc;
    while (!clip->ended &&
           (ir_reader_tensors(r) == 0 || (long long)clip->n < ir_reader_tensors(r))) {
        struct ir_rec rec;
        rc = ir_reader_next(r, &rec, err);
        if (rc < 0)
            return -1;
        if (rc == 0) {
            clip->ended = true;
            break;
        }
        struct ir_rec copy;
        ir_rec_copy(&copy, &rec);
        if (!belongs(clip, &rec)) {
            clip->ahead = copy;
            clip->has_ahead = true;
            break;
        }
        add(clip, &copy);
    }
    return 1;
}

const struct ir_rec *ir_clip_find(const struct ir_clip *clip, const char *name)
{
    for (size_t i = 0; i < clip->n; i++)
        if (strcmp(ir_rec_name(&clip->rec[i]), name) == 0)
            return &clip->rec[i];
    return NULL;
}

void ir_clip_free(struct ir_clip *clip)
{
    for (size_t i = 0; i < clip->n; i++)
        ir_rec_free(&clip->rec[i]);
    if (clip->has_ahead)
        ir_rec_free(&clip->ahead);
    free(clip->rec);
    *clip = (struct ir_clip){0};
}
