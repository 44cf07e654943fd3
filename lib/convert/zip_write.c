/* zip_write.c - zip files with stored members (PKWARE APPNOTE 6.3, sections 4.3 and 4.4). */
#include "convert/zip.h"

#include <stdlib.h>
#include <string.h>

#define LOCAL_SIG     0x04034b50u
#define CENTRAL_SIG   0x02014b50u
#define END_SIG       0x06054b50u
#define END64_SIG     0x06064b50u
#define LOCATOR64_SIG 0x07064b50u
#define UTF8_NAMES    (1u << 11)
#define DATE_1980     0x21u /* 1 January 1980: the same bytes whenever it is written */

/* The fields that local head and directory entry share, from "version needed" to the sizes. */
static void common(struct ir_buf *b, uint32_t crc, size_t size)
{
    ir_buf_le(b, 45, 2);
    ir_buf_le(b, UTF8_NAMES, 2);
    ir_buf_le(b, 0, 2); /* stored */
    ir_buf_le(b, 0, 2);
    ir_buf_le(b, DATE_1980, 2);
    ir_buf_le(b, crc, 4);
    ir_buf_le(b, size, 4);
    ir_buf_le(b, size, 4);
}

static void add_entry(struct ir_zip *z, const char *name, uint32_t crc, size_t size)
{
    bool far = z->at >= UINT32_MAX;
    struct ir_buf *d = &z->directory;

    ir_buf_le(d, CENTRAL_SIG, 4);
    ir_buf_le(d, 45, 2);
    common(d, crc, size);
    ir_buf_le(d, strlen(name), 2);
    ir_buf_le(d, far ? 12 : 0, 2);
    ir_buf_le(d, 0, 2 + 2 + 2 + 4); /* comment, disk, attributes */
    ir_buf_le(d, far ? UINT32_MAX : z->at, 4);
    ir_buf_puts(d, name);
    if (far) {
        ir_buf_le(d, 1, 2);
        ir_buf_le(d, 8, 2);
        ir_buf_le(d, z->at, 8);
    }
}

int ir_zip_put(struct ir_zip *z, const char *name, const void *a, size_t a_n, const void *b,
               size_t b_n, struct ir_err *err)
{
    struct ir_buf head = {0};
    size_t size = a_n + b_n;
    uint32_t crc = ir_crc32(ir_crc32(0, a, a_n), b, b_n);

    if (strlen(name) > UINT16_MAX)
        return ir_fail(err, "npz: a member's name of %zu bytes, wanted at most 65535",
                       strlen(name));
    if (size < a_n || size >= UINT32_MAX)
        return ir_fail(err, "npz: %s has %zu bytes, wanted less than 4 GiB", name, size);
    ir_buf_le(&head, LOCAL_SIG, 4);
    common(&head, crc, size);
    ir_buf_le(&head, strlen(name), 2);
    ir_buf_le(&head, 0, 2);
    ir_buf_puts(&head, name);
    add_entry(z, name, crc, size);
    int rc = ir_out_write(z->out, head.data, head.len, err);
    if (rc == 0)
        rc = ir_out_write(z->out, a, a_n, err);
    if (rc == 0)
        rc = ir_out_write(z->out, b, b_n, err);
    z->at += head.len + size;
    z->members++;
    ir_strs_add(&z->names, name);
    ir_buf_free(&head);
    return rc;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int check_doubles(struct ir_zip *z, struct ir_err *err)
{
    if (z->names.n > 1)
        qsort(z->names.at, z->names.n, sizeof *z->names.at, by_bytes);
    for (size_t i = 1; i < z->names.n; i++)
        if (strcmp(z->names.at[i - 1], z->names.at[i]) == 0)
            return ir_fail(err, "npz: two members named %s", z->names.at[i]);
    return 0;
}

int ir_zip_finish(struct ir_zip *z, struct ir_err *err)
{
    if (check_doubles(z, err) < 0)
        return -1;
    struct ir_buf end = {0};
    bool large = z->members >= UINT16_MAX || z->at >= UINT32_MAX || z->directory.len >= UINT32_MAX;

    if (large) {
        ir_buf_le(&end, END64_SIG, 4);
        ir_buf_le(&end, 44, 8); /* bytes of this record that follow */
        ir_buf_le(&end, 45, 2);
        ir_buf_le(&end, 45, 2);
        ir_buf_le(&end, 0, 4 + 4); /* disks */
        ir_buf_le(&end, z->members, 8);
        ir_buf_le(&end, z->members, 8);
        ir_buf_le(&end, z->directory.len, 8);
        ir_buf_le(&end, z->at, 8);
        ir_buf_le(&end, LOCATOR64_SIG, 4);
        ir_buf_le(&end, 0, 4);
        ir_buf_le(&end, z->at + z->directory.len, 8);
        ir_buf_le(&end, 1, 4);
    }
    ir_buf_le(&end, END_SIG, 4);
    ir_buf_le(&end, 0, 2 + 2);
    ir_buf_le(&end, large ? UINT16_MAX : z->members, 2);
    ir_buf_le(&end, large ? UINT16_MAX : z->members, 2);
    ir_buf_le(&end, large ? UINT32_MAX : z->directory.len, 4);
    ir_buf_le(&end, large ? UINT32_MAX : z->at, 4);
    ir_buf_le(&end, 0, 2);
    int rc = z->directory.len ? ir_out_write(z->out, z->directory.data, z->directory.len, err) : 0;
    if (rc == 0)
        rc = ir_out_write(z->out, end.data, end.len, err);
    ir_buf_free(&end);
    return rc;
}

void ir_zip_free(struct ir_zip *z)
{
    ir_buf_free(&z->directory);
    ir_strs_free(&z->names);
    memset(z, 0, sizeof *z);
}
