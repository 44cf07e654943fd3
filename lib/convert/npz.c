/* npz.c - the arrays of a .npz file. */
#include "convert.h"
#include "convert/zip.h"

#include <stdlib.h>
#include <string.h>

#define HEADER_ROOM 70000 /* a .npy header is at most 64 KiB and 12 bytes */

static int read_member(const void *bytes, const struct ir_zip_member *z, struct ir_npz_member *m,
                       struct ir_err *err)
{
    struct ir_buf npy = {0};
    int rc = ir_zip_extract(bytes, z, IR_DATA_MAX + HEADER_ROOM, &npy, err);

    if (rc == 0 && ir_npy_read(npy.data, npy.len, &m->rec, err) < 0)
        rc = ir_fail_in(err, "%s", z->name);
    ir_buf_free(&npy);
    return rc;
}

/* "X, Y_true, …" */
static int fail_missing(const struct ir_zip_list *list, const char *only, struct ir_err *err)
{
    struct ir_buf have = {0};

    for (size_t i = 0; i < list->n; i++) {
        const char *name = list->at[i].name;
        const size_t n = strlen(name);
        ir_buf_printf(&have, "%s%.*s", i ? ", " : "",
                      (int)(n > 4 && !strcmp(name + n - 4, ".npy") ? n - 4 : n), name);
    }
    ir_fail(err, "npz: no array %s, found: %.300s", only, have.data ? have.data : "none");
    ir_buf_free(&have);
    return -1;
}

int ir_npz_read(const void *bytes, size_t n, const char *only,
                int (*each)(void *arg, const struct ir_npz_member *m, struct ir_err *err),
                void *arg, struct ir_err *err)
{
    struct ir_zip_list list;
    bool found = only == NULL;
    int rc = 0;

    if (ir_zip_list_read(bytes, n, &list, err) < 0)
        return -1;
    for (size_t i = 0; i < list.n && rc == 0; i++) {
        struct ir_npz_member m = {0};
        size_t length = strlen(list.at[i].name);
        if (length < 5 || strcmp(list.at[i].name + length - 4, ".npy") != 0) {
            rc = ir_fail(err, "npz: %s is no .npy", list.at[i].name);
            break;
        }
        if (only && (strlen(only) != length - 4 || memcmp(only, list.at[i].name, length - 4) != 0))
            continue;
        found = true;
        rc = read_member(bytes, &list.at[i], &m, err);
        if (rc == 0) {
            list.at[i].name[length - 4] = '\0';
            m.name = list.at[i].name;
            rc = each(arg, &m, err);
        }
        ir_rec_free(&m.rec);
    }
    if (rc == 0 && !found)
        rc = fail_missing(&list, only, err);
    ir_zip_list_free(&list);
    return rc;
}
