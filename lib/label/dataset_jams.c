/* dataset_jams.c - JAMS (Humphrey et al., ISMIR 2014; schema: github.com/marl/jams): observations
 * of tags, segments and sound events. */
#include "../json.h"
#include "spans.h"

#include <stdlib.h>
#include <string.h>

#define ENDS      ".jams"
#define BYTES_MAX ((size_t)256 << 20)

struct jams {
    struct ir_spans spans;
    const char *file;
    struct ir_dict others; /* namespaces that are not of this kind → annotations */
};

static bool wanted(const char *namespace)
{
    return strncmp(namespace, "tag_", 4) == 0 || strncmp(namespace, "segment_", 8) == 0 ||
           strcmp(namespace, "scaper") == 0 || strcmp(namespace, "sound_event") == 0;
}

/* The word of a value: itself, or the member `label` of an object (scaper). */
static const char *word(const struct ir_json *value)
{
    const char *text = ir_json_string(value, NULL);
    return text != NULL ? text : ir_json_string(ir_json_get(value, "label"), NULL);
}

static int add(struct jams *j, const char *path, double whole_s, const struct ir_json *time,
               const struct ir_json *duration, const struct ir_json *value, struct ir_err *err)
{
    double start = 0, length = 0;
    const char *label = word(value);
    if (label == NULL || ir_json_number(time, &start) < 0 ||
        ir_json_number(duration, &length) < 0 || !(start >= 0) || !(length >= 0))
        return ir_fail(err,
                       "%s: an observation wants time and duration (s, not negative) and a "
                       "word as value",
                       j->file);
    const bool whole = start == 0 && (length == 0 || (whole_s > 0 && length >= whole_s - 0.001));
    ir_spans_add(&j->spans, path, start, whole ? 0 : length > 0 ? length : -1, label, NULL);
    return 0;
}

/* Observations are objects, or columns (sparse and dense form). */
static int add_data(struct jams *j, const char *path, double whole_s, const struct ir_json *data,
                    struct ir_err *err)
{
    static const char *const keys[] = {"time", "duration", "value"};
    const struct ir_json *part[3];
    const bool dense = ir_json_type(data) == IR_JSON_OBJECT;
    size_t n = dense ? ir_json_count(ir_json_get(data, "value")) : ir_json_count(data);
    int rc = 0;
    for (size_t i = 0; i < n && rc == 0; i++) {
        for (size_t k = 0; k < 3; k++)
            part[k] = dense ? ir_json_at(ir_json_get(data, keys[k]), i)
                            : ir_json_get(ir_json_at(data, i), keys[k]);
        rc = add(j, path, whole_s, part[0], part[1], part[2], err);
    }
    return rc;
}

/* The sound that the file is about: by the name that we write (sandbox.path), by the file's own
 * name, by its title. Owned. */
static char *sound(struct jams *j, const struct ir_json *root, struct ir_err *err)
{
    const char *base = ir_path_base(j->file);
    const char *title =
        ir_json_string(ir_json_get(ir_json_get(root, "file_metadata"), "title"), NULL);
    const char *path = ir_json_string(ir_json_get(ir_json_get(root, "sandbox"), "path"), NULL);
    char *stem[] = {ir_strndup(base, strlen(base) - ir_path_ends(base, ENDS)),
                    ir_path_stem(path != NULL ? ir_path_base(path) : ""),
                    ir_path_stem(title != NULL ? title : "")};
    const char *best = stem[0];
    for (size_t i = 3; i-- > 0;)
        if (*stem[i] != '\0' && ir_dict_get(&j->spans.stem, stem[i]) != NULL)
            best = stem[i];
    char *out = ir_spans_sound(&j->spans, best, err);
    for (size_t i = 0; i < 3; i++)
        free(stem[i]);
    return out;
}

static int read_file(void *arg, const char *file, struct ir_err *err)
{
    struct jams *j = arg;
    double whole_s = 0;
    j->file = file;
    if (ir_spans_beside(&j->spans, file, err) < 0)
        return -1;
    struct ir_json *root = ir_json_read(file, BYTES_MAX, err);
    if (root == NULL)
        return -1;
    const struct ir_json *all = ir_json_get(root, "annotations");
    int rc = ir_json_type(all) == IR_JSON_ARRAY
                 ? 0
                 : ir_fail(err, "%s: no array `annotations`: is it JAMS?", file);
    char *path = rc == 0 ? sound(j, root, err) : NULL;
    if (rc == 0 && path == NULL)
        rc = ir_fail_in(err, "%s", file);
    (void)ir_json_number(ir_json_get(ir_json_get(root, "file_metadata"), "duration"), &whole_s);
    for (size_t i = 0; i < ir_json_count(all) && rc == 0; i++) {
        const char *name = ir_json_string(ir_json_get(ir_json_at(all, i), "namespace"), NULL);
        if (name == NULL)
            rc = ir_fail(err, "%s: annotation %zu has no namespace", file, i + 1);
        else if (wanted(name))
            rc = add_data(j, path, whole_s, ir_json_get(ir_json_at(all, i), "data"), err);
        else
            ++*ir_dict_put(&j->others, name, 0, NULL);
    }
    free(path);
    ir_json_free(root);
    return rc;
}

static int find(struct ir_find *f, struct ir_list *list, struct ir_err *err)
{
    struct jams j = {.spans = {.f = f, .list = list}};
    int rc = ir_spans_run(&j.spans, ENDS, read_file, &j, err);
    for (size_t i = 0; i < j.others.n; i++)
        ir_find_note(f,
                     "%zu annotations of the namespace %s are left out: no tags, segments or "
                     "sound events",
                     j.others.val[i], j.others.key[i]);
    ir_spans_free(&j.spans);
    ir_dict_free(&j.others);
    return rc;
}

const struct ir_dataset ir_dataset_jams = {
    .name = "jams",
    .summary = "JAMS, a clip an observation of tag_*, segment_*, scaper or sound_event",
    .layout = "NAME.jams …, or a folder of them; the sound NAME.wav, NAME.flac … lies beside it or "
              "in --audio",
    .uses = "audio",
    .many = true,
    .own = true,
    .find = find,
};
