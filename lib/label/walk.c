/* walk.c - sorted walks over folders. */
#include "walk.h"

#include "../label.h"
#include "dict.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#define DEPTH_MAX 64

struct place {
    dev_t dev;
    ino_t ino;
};

struct walk {
    const char *ends;
    int max_depth;
    struct ir_strs *out;
    struct place above[DEPTH_MAX];
};

size_t ir_path_ends(const char *s, const char *ends)
{
    size_t len = strlen(s);
    while (*ends) {
        size_t n = strcspn(ends, "|");
        if (len >= n && !strncasecmp(s + len - n, ends, n))
            return n;
        ends += n + (ends[n] == '|');
    }
    return 0;
}

bool ir_is_file(const char *path)
{
    struct stat st;
    return !stat(path, &st) && S_ISREG(st.st_mode);
}

bool ir_is_folder(const char *path)
{
    struct stat st;
    return !stat(path, &st) && S_ISDIR(st.st_mode);
}

char *ir_path_join(const char *dir, const char *name)
{
    struct ir_buf b = {0};
    size_t n = strlen(dir);
    if (n && strcmp(dir, ".")) {
        ir_buf_puts(&b, dir);
        if (dir[n - 1] != '/')
            ir_buf_puts(&b, "/");
    }
    ir_buf_puts(&b, name);
    return b.data;
}

const char *ir_path_base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

char *ir_path_stem(const char *path)
{
    size_t end = ir_path_ends(path, IR_SOUND_ENDS);
    const char *base = ir_path_base(path), *dot = strrchr(base, '.');
    if (!end && dot && dot > base)
        end = strlen(dot);
    return ir_strndup(path, strlen(path) - end);
}

static int list_folder(const char *dir, struct ir_strs *names, struct ir_err *err)
{
    DIR *d = opendir(dir);
    if (!d)
        return ir_fail(err, "%s: %s", dir, strerror(errno));
    struct dirent *e;
    errno = 0;
    while ((e = readdir(d)))
        if (e->d_name[0] != '.')
            ir_strs_add(names, e->d_name);
    int why = errno;
    closedir(d);
    if (why)
        return ir_fail(err, "%s: %s", dir, strerror(why));
    ir_strs_sort(names);
    return 0;
}

static int walk_in(struct walk *w, const char *dir, const char *below, int depth,
                   struct ir_err *err);

static int visit(struct walk *w, const char *dir, const char *below, const char *name, int depth,
                 struct ir_err *err)
{
    struct stat st;
    char *path = ir_path_join(dir, name), *rel = ir_path_join(below, name);
    int rc = 0;
    if (stat(path, &st))
        rc = errno == ENOENT ? 0 : ir_fail(err, "%s: %s", path, strerror(errno));
    else if (S_ISDIR(st.st_mode) && depth < w->max_depth)
        rc = walk_in(w, path, rel, depth + 1, err);
    else if (S_ISREG(st.st_mode) && (!w->ends || ir_path_ends(name, w->ends)))
        ir_strs_add(w->out, rel);
    free(path);
    free(rel);
    return rc;
}

static int walk_in(struct walk *w, const char *dir, const char *below, int depth,
                   struct ir_err *err)
{
    struct ir_strs names = {0};
    struct stat st;
    if (stat(dir, &st))
        return ir_fail(err, "%s: %s", dir, strerror(errno));
    if (depth >= DEPTH_MAX)
        return ir_fail(err, "%s: folders are more than %d deep", dir, DEPTH_MAX);
    w->above[depth] = (struct place){st.st_dev, st.st_ino};
    for (int k = 0; k < depth; k++)
        if (w->above[k].dev == st.st_dev && w->above[k].ino == st.st_ino)
            return ir_fail(err, "%s: the folder holds itself through a link", dir);
    int rc = list_folder(dir, &names, err);
    for (size_t i = 0; i < names.n && !rc; i++)
        rc = visit(w, dir, below, names.at[i], depth, err);
    ir_strs_free(&names);
    return rc;
}

int ir_walk(const char *dir, const char *ends, int max_depth, struct ir_strs *out,
            struct ir_err *err)
{
    struct walk w = {.ends = ends, .max_depth = max_depth, .out = out};
    if (walk_in(&w, *dir ? dir : ".", "", 0, err)) {
        ir_strs_free(out);
        return -1;
    }
    ir_strs_sort(out); /* "a/b" and "a b": names sorted folder by folder are not sorted as paths */
    return 0;
}

int ir_walk_folders(const char *dir, struct ir_strs *out, struct ir_err *err)
{
    struct ir_strs names = {0};
    int rc = list_folder(dir, &names, err);
    for (size_t i = 0; i < names.n && !rc; i++) {
        char *path = ir_path_join(dir, names.at[i]);
        if (ir_is_folder(path))
            ir_strs_add(out, names.at[i]);
        free(path);
    }
    ir_strs_free(&names);
    return rc;
}

int ir_sounds_below(const char *dir, struct ir_strs *out, size_t *others, struct ir_err *err)
{
    struct ir_strs all = {0};
    int rc = ir_walk(dir, NULL, DEPTH_MAX - 1, &all, err);
    *others = 0;
    for (size_t i = 0; rc == 0 && i < all.n; i++) {
        if (ir_path_ends(all.at[i], IR_SOUND_ENDS) == 0) {
            ++*others;
            continue;
        }
        char *path = ir_path_join(dir, all.at[i]);
        ir_strs_add(out, path);
        free(path);
    }
    ir_strs_free(&all);
    return rc;
}
