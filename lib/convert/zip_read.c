/* zip_read.c - the directory and the members of a zip file from an untrusted source. */
#include "convert/zip.h"
#include "codec.h"

#include <stdlib.h>
#include <string.h>

#define END_BYTES       22
#define LOCATOR64_BYTES 20
#define END64_BYTES     56
#define ENTRY_BYTES     46
#define LOCAL_BYTES     30
#define MEMBERS_MAX     10000000u

struct directory {
    uint64_t members, bytes, at;
};

/* The end record stands last but for a comment of at most 65535 bytes. */
static const unsigned char *find_end(const unsigned char *p, size_t n)
{
    for (size_t i = 0; n >= END_BYTES && i <= n - END_BYTES && i <= UINT16_MAX; i++) {
        const unsigned char *e = p + n - END_BYTES - i;
        if (ir_le(e, 4) == 0x06054b50 && ir_le(e + 20, 2) == i)
            return e;
    }
    return NULL;
}

static int find_directory(const unsigned char *p, size_t n, struct directory *d, struct ir_err *err)
{
    const unsigned char *e = find_end(p, n);

    if (!e)
        return ir_fail(
            err, "no zip file: its end record is missing (it is cut, or another kind of file)");
    d->members = ir_le(e + 10, 2);
    d->bytes = ir_le(e + 12, 4);
    d->at = ir_le(e + 16, 4);
    size_t end = (size_t)(e - p);
    if (end >= LOCATOR64_BYTES && ir_le(e - LOCATOR64_BYTES, 4) == 0x07064b50) {
        uint64_t at = ir_le(e - LOCATOR64_BYTES + 8, 8);
        if (at > n || n - at < END64_BYTES || ir_le(p + at, 4) != 0x06064b50)
            return ir_fail(err, "zip: the zip64 end record is not where it should be");
        d->members = ir_le(p + at + 32, 8);
        d->bytes = ir_le(p + at + 40, 8);
        d->at = ir_le(p + at + 48, 8);
    }
    if (d->at > end || d->bytes > end - d->at)
        return ir_fail(err, "zip: the directory lies outside the file");
    if (d->members > MEMBERS_MAX || d->members > d->bytes / ENTRY_BYTES)
        return ir_fail(err, "zip: %llu members do not fit the directory",
                       (unsigned long long)d->members);
    return 0;
}

/* Sizes and offset that are 2^32 - 1 stand in the zip64 extra field, in this order. */
static int read_extra(const unsigned char *x, size_t n, struct ir_zip_member *m, struct ir_err *err)
{
    uint64_t *field[] = {&m->size, &m->packed, &m->head};

    while (n >= 4) {
        size_t length = (size_t)ir_le(x + 2, 2);
        if (length > n - 4)
            break;
        const unsigned char *v = x + 4, *end = v + length;
        for (size_t i = 0; ir_le(x, 2) == 1 && i < 3; i++)
            if (*field[i] == UINT32_MAX) {
                if (end - v < 8)
                    return ir_fail(err, "zip: %s: short zip64 field", m->name);
                *field[i] = ir_le(v, 8);
                v += 8;
            }
        x += 4 + length;
        n -= 4 + length;
    }
    return 0;
}

static bool is_safe_name(const char *name)
{
    if (*name == '\0' || *name == '/' || strchr(name, '\\'))
        return false;
    for (const char *p = name; p; p = strchr(p, '/')) {
        p += *p == '/';
        if (strncmp(p, "..", 2) == 0 && (p[2] == '\0' || p[2] == '/'))
            return false;
    }
    return true;
}

/* Where the data of a member starts: behind its local head, whose name must be the same. */
static int find_data(const unsigned char *p, const struct directory *d, struct ir_zip_member *m,
                     struct ir_err *err)
{
    if (m->head > d->at || d->at - m->head < LOCAL_BYTES || ir_le(p + m->head, 4) != 0x04034b50)
        return ir_fail(err, "zip: %s: no member at byte %llu", m->name,
                       (unsigned long long)m->head);
    const unsigned char *h = p + m->head;
    uint64_t room = d->at - m->head - LOCAL_BYTES, name = ir_le(h + 26, 2),
             extra = ir_le(h + 28, 2);
    if (name + extra > room || m->packed > room - name - extra)
        return ir_fail(err, "zip: %s: %llu bytes reach beyond the directory", m->name,
                       (unsigned long long)m->packed);
    if (name != strlen(m->name) || memcmp(h + LOCAL_BYTES, m->name, name) != 0)
        return ir_fail(err, "zip: %s: has another name at its own place", m->name);
    m->data = m->head + LOCAL_BYTES + name + extra;
    return 0;
}

static int read_entry(const unsigned char *p, const struct directory *d, uint64_t *at,
                      struct ir_zip_member *m, struct ir_err *err)
{
    uint64_t end = d->at + d->bytes;
    const unsigned char *e = p + *at;

    if (end - *at < ENTRY_BYTES || ir_le(e, 4) != 0x02014b50)
        return ir_fail(err, "zip: damaged directory at byte %llu", (unsigned long long)*at);
    size_t name = (size_t)ir_le(e + 28, 2), extra = (size_t)ir_le(e + 30, 2),
           note = (size_t)ir_le(e + 32, 2);
    if (name + extra + note > end - *at - ENTRY_BYTES)
        return ir_fail(err, "zip: damaged directory at byte %llu", (unsigned long long)*at);
    *m = (struct ir_zip_member){.name = ir_strndup((const char *)e + ENTRY_BYTES, name),
                                .method = (unsigned)ir_le(e + 10, 2),
                                .crc = (uint32_t)ir_le(e + 16, 4),
                                .packed = ir_le(e + 20, 4),
                                .size = ir_le(e + 24, 4),
                                .head = ir_le(e + 42, 4)};
    *at += ENTRY_BYTES + name + extra + note;
    if (strlen(m->name) != name || !is_safe_name(m->name))
        return ir_fail(err, "zip: hostile name of a member: %s", m->name);
    if (read_extra(e + ENTRY_BYTES + name, extra, m, err) < 0)
        return -1;
    if (ir_le(e + 8, 2) & 1)
        return ir_fail(err, "zip: %s is encrypted", m->name);
    if (m->method != 0 && m->method != 8)
        return ir_fail(err, "zip: %s: compression %u, wanted 0 (none) or 8 (deflate)", m->name,
                       m->method);
    if (m->method == 0 && m->packed != m->size)
        return ir_fail(err, "zip: %s: stored, yet its two sizes differ", m->name);
    return find_data(p, d, m, err);
}

static int by_place(const void *a, const void *b)
{
    const struct ir_zip_member *x = *(struct ir_zip_member *const *)a;
    const struct ir_zip_member *y = *(struct ir_zip_member *const *)b;

    return (x->head > y->head) - (x->head < y->head);
}

static int by_name(const void *a, const void *b)
{
    const struct ir_zip_member *x = *(struct ir_zip_member *const *)a;
    const struct ir_zip_member *y = *(struct ir_zip_member *const *)b;

    return strcmp(x->name, y->name);
}

static int check_members(const struct ir_zip_list *l, struct ir_err *err)
{
    struct ir_zip_member **m = ir_alloc(l->n + 1, sizeof *m);
    int rc = 0;

    for (size_t i = 0; i < l->n; i++)
        m[i] = &l->at[i];
    qsort(m, l->n, sizeof *m, by_place);
    for (size_t i = 1; i < l->n && rc == 0; i++)
        if (m[i - 1]->data + m[i - 1]->packed > m[i]->head)
            rc = ir_fail(err, "zip: %s and %s overlap", m[i - 1]->name, m[i]->name);
    qsort(m, l->n, sizeof *m, by_name);
    for (size_t i = 1; i < l->n && rc == 0; i++)
        if (strcmp(m[i - 1]->name, m[i]->name) == 0)
            rc = ir_fail(err, "zip: two members named %s", m[i]->name);
    free(m);
    return rc;
}

int ir_zip_list_read(const void *bytes, size_t n, struct ir_zip_list *list, struct ir_err *err)
{
    struct directory d = {0};
    int rc;

    *list = (struct ir_zip_list){0};
    if (find_directory(bytes, n, &d, err) < 0)
        return -1;
    uint64_t at = d.at;
    for (uint64_t i = 0; i < d.members; i++) {
        struct ir_zip_member m = {0};
        rc = read_entry(bytes, &d, &at, &m, err);
        ir_grow(&list->at, &list->cap, list->n + 1, sizeof *list->at);
        list->at[list->n++] = m;
        if (rc < 0)
            goto fail;
    }
    rc = at == d.at + d.bytes ? check_members(list, err)
                              : ir_fail(err, "zip: the directory counts its members wrong");
    if (rc == 0)
        return 0;
fail:
    ir_zip_list_free(list);
    return -1;
}

int ir_zip_extract(const void *bytes, const struct ir_zip_member *m, size_t max, struct ir_buf *out,
                   struct ir_err *err)
{
    const char *data = (const char *)bytes + m->data;

    if (m->size > max)
        return ir_fail(err, "zip: %s: %llu bytes, wanted at most %zu", m->name,
                       (unsigned long long)m->size, max);
    out->len = 0;
    if (m->method == 0)
        ir_buf_add(out, data, (size_t)m->size);
    else if (ir_inflate_raw(data, (size_t)m->packed, (size_t)m->size, out, err) < 0)
        return ir_fail_in(err, "zip: %s", m->name);
    if (out->len != m->size || ir_crc32(0, out->data, out->len) != m->crc)
        return ir_fail(err, "zip: %s is damaged (wrong CRC)", m->name);
    return 0;
}

void ir_zip_list_free(struct ir_zip_list *list)
{
    for (size_t i = 0; i < list->n; i++)
        free(list->at[i].name);
    free(list->at);
    *list = (struct ir_zip_list){0};
}
