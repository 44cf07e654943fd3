/* dataset_paths.c - a plain list of paths, as find prints it: a line each, or ended by NUL bytes.
 */
#include "dataset.h"

#include <stdlib.h>
#include <string.h>

#define RULES     "folder|none"
#define BYTES_MAX ((size_t)1 << 30)

/* The name of the folder that holds the file; owned, NULL: it has none. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/'), *from = slash;
    if (slash == NULL || slash == path)
        return NULL;
    while (from > path && from[-1] != '/')
        from--;
    char *name = ir_strndup(from, (size_t)(slash - from));
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
        free(name);
        return NULL;
    }
    return name;
}

/* 1: added, 0: it stood there before or is not there. */
static int add(struct ir_find *f, struct ir_list *list, struct ir_dict *seen, const char *path,
               size_t *loose)
{
    bool fresh;
    ir_dict_put(seen, path, 0, &fresh);
    struct ir_item *it = fresh ? ir_found_at(f, list, "", path, path) : NULL;
    char *label = it != NULL && ir_word_is(f->rule, RULES, "folder") ? folder_of(path) : NULL;
    if (label != NULL)
        ir_item_label(it, label, 1);
    else
        *loose += it != NULL && ir_word_is(f->rule, RULES, "folder");
    free(label);
    return fresh;
}

static int find(struct ir_find *f, struct ir_list *list, struct ir_err *err)
{
    struct ir_buf text = {0};
    struct ir_dict seen = {0};
    size_t loose = 0, twice = 0;
    if (ir_read_file(f->dir, BYTES_MAX, &text, err) < 0)
        return -1;
    const char between = text.len > 0 && memchr(text.data, '\0', text.len) != NULL ? '\0' : '\n';
    for (char *at = text.data, *end = text.data + text.len; at < end;) {
        char *stop = memchr(at, between, (size_t)(end - at));
        stop = stop != NULL ? stop : end;
        *stop = '\0';
        if (between == '\n' && stop > at && stop[-1] == '\r')
            stop[-1] = '\0';
        if (*at != '\0')
            twice += !add(f, list, &seen, at, &loose);
        at = stop + 1;
    }
    if (twice > 0)
        ir_find_note(f, "%zu paths stand there more than once: taken once", twice);
    if (loose > 0)
        ir_find_note(f, "%zu sounds lie in no folder with a name and have no class", loose);
    ir_buf_free(&text);
    ir_dict_free(&seen);
    if (list->n == 0 && f->missing.n == 0)
        return ir_fail(err, "%s: no path", f->dir);
    return ir_list_classes(list, NULL, 0, false, err);
}

const struct ir_dataset ir_dataset_paths = {
    .name = "paths",
    .summary =
        "sounds that a plain list names (- is stdin), as find prints it or find -print0; the "
        "folder of each is its class",
    .layout = "FILE with a path a line, or each ended by a NUL byte",
    .rules = RULES,
    .own = true,
    .find = find,
};
