/* out_place.c - what the path of an output means: a file, one of our descriptors, or a device; and
 * whether an output is also an input. */
#include "out.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINKS_MAX 40

/* The number in /dev/stdout, /dev/fd/N, /proc/self/fd/N; -1: another path. */
static int own_descriptor(const char *path)
{
    static const char *const folders[] = {"/dev/fd/", "/proc/self/fd/", "/proc/thread-self/fd/"};
    if (strcmp(path, "/dev/stdout") == 0)
        return 1;
    if (strcmp(path, "/dev/stderr") == 0)
        return 2;
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        size_t n = strlen(folders[i]);
        long long fd;
        if (strncmp(path, folders[i], n) == 0 &&
            ir_parse_int(path + n, 0, 1 << 30, "", &fd, NULL) == 0)
            return (int)fd;
    }
    return -1;
}

/* Bytes of the folder part, its slash included. */
static size_t folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? 0 : (size_t)(slash - path) + 1;
}

/* Where the link `path` points; NULL with errno. */
static char *link_target(const char *path)
{
    char to[4096];
    ssize_t n = readlink(path, to, sizeof to - 1);
    if (n < 0)
        return NULL;
    to[n] = '\0';
    struct ir_buf b = {0};
    if (to[0] != '/')
        ir_buf_add(&b, path, folder_length(path));
    ir_buf_puts(&b, to);
    return b.data;
}

int ir_place_find(struct ir_place *p, const char *path, struct ir_err *err)
{
    struct stat st;
    *p = (struct ir_place){.fd = -1, .path = ir_strdup(path)};
    for (int i = 0; i < LINKS_MAX; i++) {
        p->fd = own_descriptor(p->path);
        if (p->fd >= 0)
            return 0;
        if (stat(p->path, &st) == 0 && S_ISDIR(st.st_mode)) {
            ir_fail(err, "%s: is a directory, a file was wanted", path);
            goto fail;
        }
        if (lstat(p->path, &st) != 0 || !S_ISLNK(st.st_mode)) {
            p->exact = stat(p->path, &st) == 0 && !S_ISREG(st.st_mode);
            return 0;
        }
        if (stat(p->path, &st) == 0 && !S_ISREG(st.st_mode)) {
            p->exact = true; /* as /proc/12/fd/1, whose target is not a path */
            return 0;
        }
        char *next = link_target(p->path);
        if (next == NULL) {
            ir_fail(err, "%s: %s", path, strerror(errno));
            goto fail;
        }
        free(p->path);
        p->path = next;
    }
    ir_fail(err, "%s: %s", path, strerror(ELOOP));
fail:
    free(p->path);
    p->path = NULL;
    return -1;
}

/* ---- one file under two names -------------------------------------------------------------------
 */

/* A regular file, or one that will be made: its folder and name. False for anything else. */
struct identity {
    bool exists;
    dev_t dev;
    ino_t ino;
    char *name;
};

static bool identify(const char *path, bool output, struct identity *id)
{
    struct stat st;
    struct ir_place p = {.fd = -1};
    *id = (struct identity){.exists = true};
    int fd = strcmp(path, "-") == 0 ? output : -1;
    if (fd < 0 && ir_place_find(&p, path, NULL) != 0)
        return false;
    if (fd < 0)
        fd = p.fd;
    bool ok = fd >= 0 ? fstat(fd, &st) == 0 : stat(p.path, &st) == 0;
    if (!ok && fd < 0 && output) {
        size_t n = folder_length(p.path);
        char *dir = n == 0 ? ir_strdup(".") : ir_strndup(p.path, n);
        ok = stat(dir, &st) == 0;
        free(dir);
        id->exists = false;
        id->name = ir_strdup(p.path + n);
    } else if (ok && !S_ISREG(st.st_mode)) {
        ok = false;
    }
    free(p.path);
    if (!ok) {
        free(id->name);
        id->name = NULL;
        return false;
    }
    id->dev = st.st_dev;
    id->ino = st.st_ino;
    return true;
}

static bool same(const struct identity *a, const struct identity *b)
{
    return a->exists == b->exists && a->dev == b->dev && a->ino == b->ino &&
           (a->exists || strcmp(a->name, b->name) == 0);
}

static const char *shown(const char *path, bool output)
{
    return strcmp(path, "-") != 0 ? path : output ? "standard output" : "standard input";
}

int ir_check_outputs(const char *const *out, size_t n_out, const char *const *in, size_t n_in,
                     struct ir_err *err)
{
    int rc = 0;
    struct identity *id = ir_zalloc(n_out + n_in + 1, sizeof *id);
    bool *known = ir_zalloc(n_out + n_in + 1, sizeof *known);
    for (size_t i = 0; i < n_out + n_in; i++) {
        const char *path = i < n_out ? out[i] : in[i - n_out];
        known[i] = path != NULL && identify(path, i < n_out, &id[i]);
    }
    for (size_t i = 0; i < n_out && rc == 0; i++)
        for (size_t j = i + 1; j < n_out + n_in && rc == 0; j++) {
            if (!known[i] || !known[j] || !same(&id[i], &id[j]))
                continue;
            if (j < n_out)
                rc = ir_fail(err, "%s: is wanted as two outputs (%s)", shown(out[i], true),
                             shown(out[j], true));
            else
                rc = ir_fail(err, "%s: is an input (%s) and cannot be the output too",
                             shown(out[i], true), shown(in[j - n_out], false));
        }
    for (size_t i = 0; i < n_out + n_in; i++)
        free(id[i].name);
    free(id);
    free(known);
    return rc;
}
