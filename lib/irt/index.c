/* index.c - random access to all records: mapped files, or an unlinked temporary for pipes and
 * packed payloads. */
#include "reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct ir_index {
    struct ir_reader *reader;
    struct ir_rec *rec;
    size_t n, cap;
    int fd; /* the temporary, -1: not needed so far */
    size_t size;
    void *map;
};

/* Append a payload to the temporary; its place is kept in rec->data as a number until the end. */
static int spill(struct ir_index *x, struct ir_rec *rec, struct ir_err *err)
{
    static const char zeros[64];
    size_t pad = (64 - rec->bytes % 64) % 64;
    const char *p = rec->data;
    if (x->fd < 0 && (x->fd = ir_temporary(err)) < 0)
        return -1;
    for (size_t did = 0; did < rec->bytes + pad;) {
        const char *from = did < rec->bytes ? p + did : zeros;
        size_t left = did < rec->bytes ? rec->bytes - did : rec->bytes + pad - did;
        ssize_t n = write(x->fd, from, left);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return ir_fail(err, "temporary file: %s", strerror(errno));
        did += (size_t)n;
    }
    rec->data = NULL;
    rec->owned = (void *)(uintptr_t)(x->size + 1); /* the place, never 0; turned into data below */
    x->size += rec->bytes + pad;
    return 0;
}

static int map_spilled(struct ir_index *x, struct ir_err *err)
{
    if (x->size == 0)
        x->map = NULL;
    else {
        x->map = mmap(NULL, x->size, PROT_READ, MAP_PRIVATE, x->fd, 0);
        if (x->map == MAP_FAILED) {
            x->map = NULL;
            return ir_fail(err, "temporary file: %s", strerror(errno));
        }
    }
    for (size_t i = 0; i < x->n; i++) {
        struct ir_rec *rec = &x->rec[i];
        if (rec->owned != NULL)
            rec->data = (char *)x->map + ((uintptr_t)rec->owned - 1);
        if (rec->owned != NULL && x->map == NULL)
            rec->data = x; /* empty payloads only: any address will do */
        rec->owned = NULL;
    }
    return 0;
}

struct ir_index *ir_index_open(char *const *paths, size_t n, struct ir_err *err)
{
    struct ir_index *x = ir_zalloc(1, sizeof *x);
    int rc = 0;
    x->fd = -1;
    x->reader = ir_reader_open(paths, n, err);
    while (x->reader != NULL) {
        struct ir_rec rec;
        rc = ir_reader_next(x->reader, &rec, err);
        if (rc <= 0)
            break;
        struct ir_rec kept = rec;
        kept.meta = (struct ir_meta){0};
        ir_meta_copy(&kept.meta, &rec.meta);
        ir_grow(&x->rec, &x->cap, x->n + 1, sizeof *x->rec);
        x->rec[x->n++] = kept;
        if (!ir_reader_mapped(x->reader, &rec) && (rc = spill(x, &x->rec[x->n - 1], err)) != 0)
            break;
    }
    if (x->reader == NULL || rc != 0 || map_spilled(x, err) != 0) {
        ir_index_close(x);
        return NULL;
    }
    return x;
}

const struct ir_meta *ir_index_header(const struct ir_index *x)
{
    return ir_reader_header(x->reader);
}

size_t ir_index_count(const struct ir_index *x)
{
    return x->n;
}

const struct ir_rec *ir_index_rec(const struct ir_index *x, size_t i)
{
    return &x->rec[i];
}

void ir_index_rest(const struct ir_index *x)
{
    if (x->map != NULL)
        (void)madvise(x->map, x->size, MADV_DONTNEED);
    ir_reader_rest(x->reader);
}

int ir_index_unchanged(const struct ir_index *x, struct ir_err *err)
{
    return ir_reader_unchanged(x->reader, err);
}

void ir_index_close(struct ir_index *x)
{
    if (x == NULL)
        return;
    for (size_t i = 0; i < x->n; i++)
        ir_meta_free(&x->rec[i].meta);
    free(x->rec);
    if (x->map != NULL)
        munmap(x->map, x->size);
    if (x->fd >= 0)
        close(x->fd);
    ir_reader_close(x->reader);
    free(x);
}
