/* spans.c - annotations of spans of sound files, as clips. */
#include "spans.h"

#include <stdlib.h>
#include <string.h>

static int add_operand(const char *path, const char *ends, struct ir_strs *files,
                       struct ir_err *err)
{
    struct ir_strs below = {0};
    if (!ir_is_folder(path)) {
        ir_strs_add(files, path);
        return 0;
    }
    int rc = ir_walk(path, ends, 32, &below, err);
    for (size_t i = 0; i < below.n && rc == 0; i++) {
        char *full = ir_path_join(path, below.at[i]);
        ir_strs_add(files, full);
        free(full);
    }
    if (rc == 0 && below.n == 0)
        rc = ir_fail(err, "%s: no file that ends in %s", path, ends);
    ir_strs_free(&below);
    return rc;
}

int ir_spans_run(struct ir_spans *s, const char *ends,
                 int (*read)(void *arg, const char *file, struct ir_err *err), void *arg,
                 struct ir_err *err)
{
    struct ir_strs files = {0};
    int rc = add_operand(s->f->dir, ends, &files, err);
    for (size_t i = 0; i < s->f->n_more && rc == 0; i++)
        rc = add_operand(s->f->more[i], ends, &files, err);
    for (size_t i = 0; i < files.n && rc == 0; i++)
        rc = read(arg, files.at[i], err);
    if (rc == 0)
        rc = ir_spans_end(s, s->f->dir, err);
    ir_strs_free(&files);
    return rc;
}

/* Two sounds of one name: neither is meant by it. */
static void index_stem(struct ir_spans *s, const char *path, size_t i)
{
    bool fresh;
    char *stem = ir_path_stem(path);
    size_t *at = ir_dict_put(&s->stem, stem, i, &fresh);
    if (!fresh && *at != i)
        *at = SIZE_MAX;
    free(stem);
}

int ir_spans_beside(struct ir_spans *s, const char *file, struct ir_err *err)
{
    const char *slash = strrchr(file, '/');
    char *dir = s->f->audio ? ir_strdup(s->f->audio)
                : slash     ? ir_strndup(file, (size_t)(slash - file) + (slash == file))
                            : ir_strdup(".");
    if (s->dir != NULL && strcmp(s->dir, dir) == 0) {
        free(dir);
        return 0;
    }
    free(s->dir);
    s->dir = dir;
    ir_strs_free(&s->sound);
    ir_dict_free(&s->stem);
    if (s->f->no_audio)
        return 0;
    if (ir_walk(dir, IR_SOUND_ENDS, 32, &s->sound, err) < 0)
        return -1;
    for (size_t i = 0; i < s->sound.n; i++) {
        index_stem(s, s->sound.at[i], i);
        if (strchr(s->sound.at[i], '/') != NULL)
            index_stem(s, ir_path_base(s->sound.at[i]), i);
    }
    return 0;
}

char *ir_spans_sound(const struct ir_spans *s, const char *stem, struct ir_err *err)
{
    const size_t *at = ir_dict_get(&s->stem, stem);
    struct ir_buf b = {0};
    if (at != NULL && *at == SIZE_MAX) {
        ir_fail(err, "several sounds below %s are called %s", s->dir, stem);
        return NULL;
    }
    ir_buf_printf(&b, at != NULL ? "%s" : "%s.wav", at != NULL ? s->sound.at[*at] : stem);
    return b.data;
}

/* A clip of `path` below the folder of sounds, called `name`, or NULL: its sound is not there,
 * which is said once a file. */
static struct ir_item *new_clip(struct ir_spans *s, const char *path, const char *name,
                                const char *id)
{
    if (ir_dict_get(&s->gone, name) != NULL)
        return NULL;
    struct ir_item *it = ir_found_at(s->f, s->list, *path == '/' ? "" : s->dir, path, id);
    if (it == NULL)
        ir_dict_put(&s->gone, name, 0, NULL);
    else
        ir_item_set(&it->group, name);
    return it;
}

void ir_spans_add(struct ir_spans *s, const char *path, double start_s, double length_s,
                  const char *label, const char *split)
{
    struct ir_buf id = {0};
    bool fresh;
    if (*label == '\0' || length_s < 0) {
        s->empty += *label == '\0';
        s->points += *label != '\0';
        return;
    }
    char *name = s->one_folder ? ir_strdup(path) : ir_path_join(s->dir, path);
    ir_buf_puts(&id, name);
    if (length_s > 0)
        ir_buf_printf(&id, "@%.9g-%.9g", start_s, start_s + length_s);
    size_t *at = ir_dict_put(&s->items, id.data, SIZE_MAX, &fresh);
    struct ir_item *it = fresh ? new_clip(s, path, name, id.data) : NULL;
    if (it != NULL) {
        *at = s->list->n - 1;
        it->start_s = start_s;
        it->length_s = length_s;
        ir_item_set(&it->split, split);
    }
    if (*at != SIZE_MAX)
        ir_item_label(&s->list->item[*at], label, 1);
    ir_buf_free(&id);
    free(name);
}

int ir_spans_end(struct ir_spans *s, const char *what, struct ir_err *err)
{
    if (s->points > 0)
        ir_find_note(s->f, "%zu labels without a length are left out: no sound belongs to them",
                     s->points);
    if (s->empty > 0)
        ir_find_note(s->f, "%zu spans without a name are left out", s->empty);
    if (s->list->n == 0 && s->f->missing.n == 0)
        return ir_fail(err, "%s: no span with a name", what);
    return ir_list_classes(s->list, NULL, 0, false, err);
}

void ir_spans_free(struct ir_spans *s)
{
    free(s->dir);
    ir_strs_free(&s->sound);
    ir_dict_free(&s->stem);
    ir_dict_free(&s->items);
    ir_dict_free(&s->gone);
}
