/* h5.c - the arrays of an HDF5 file, as Keras keeps weights: the only file with <hdf5.h>. The file
 * is read into memory first and opened there, so that nothing in it can name another file; links
 * that lead elsewhere, data kept elsewhere and filters that would have to be loaded are left alone
 * or refused. A name is the path of groups; where there is a group model_weights (a whole Keras
 * model), only what lies in it counts. A changed byte can make libhdf5 crash or hang, so all this
 * runs in a process of its own (h5_apart.c). */
#include "convert/h5.h"

#include <hdf5.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX   16
#define ENTRIES_MAX 100000
#define NAME_ROOM   1024

struct walk {
    FILE *out;
    struct ir_err *err;
    size_t sent;
    size_t entries;
    char name[NAME_ROOM];
};

static hid_t open_image(const struct ir_buf *bytes)
{
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_fapl_core(access, 1 << 16, 0);
    hid_t file = H5Pset_file_image(access, bytes->data, bytes->len) < 0
                     ? H5I_INVALID_HID
                     : H5Fopen("memory", H5F_ACC_RDONLY, access);
    H5Pclose(access);
    return file;
}

/* "F32" or "F64"; NULL: numbers that are no weights. */
static const char *type_of(hid_t set)
{
    hid_t type = H5Dget_type(set);
    const char *name = NULL;
    if (type >= 0 && H5Tget_class(type) == H5T_FLOAT)
        name = H5Tget_size(type) == 8 ? "F64" : H5Tget_size(type) <= 4 ? "F32" : NULL;
    if (type >= 0)
        H5Tclose(type);
    return name;
}

/* Kept in this file, packed at most by what every libhdf5 brings itself. */
static int check_storage(hid_t set, const char *name, struct ir_err *err)
{
    hid_t made = H5Dget_create_plist(set);
    int rc = made < 0 ? ir_fail(err, "%s cannot be read", name) : 0;
    if (rc == 0 && (H5Pget_layout(made) == H5D_VIRTUAL || H5Pget_external_count(made) > 0))
        rc = ir_fail(err, "%s keeps its numbers in another file", name);
    for (int i = 0; rc == 0 && i < H5Pget_nfilters(made); i++) {
        unsigned flags;
        size_t n = 0;
        H5Z_filter_t f = H5Pget_filter2(made, (unsigned)i, &flags, &n, NULL, 0, NULL, NULL);
        if (f != H5Z_FILTER_DEFLATE && f != H5Z_FILTER_SHUFFLE && f != H5Z_FILTER_FLETCHER32)
            rc = ir_fail(err, "%s is packed by filter %d, wanted deflate or shuffle", name, (int)f);
    }
    if (made >= 0)
        H5Pclose(made);
    return rc;
}

/* Numbers that the file does not hold are zeros there too. */
static int read_set(hid_t set, const struct ir_h5_entry *e, float *v, struct ir_err *err)
{
    if (check_storage(set, e->name, err) < 0)
        return -1;
    if (e->count > 0 && H5Dread(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, v) < 0)
        return ir_fail(err, "%s is damaged", e->name);
    return 0;
}

static int add_set(struct walk *w, hid_t set)
{
    struct ir_h5_entry e = {.name = w->name};
    hsize_t dim[H5S_MAX_RANK];
    hid_t space = H5Dget_space(set);
    int rank = space < 0 ? -1 : H5Sget_simple_extent_ndims(space);
    size_t bytes = sizeof(float);
    struct ir_err why;
    const char *type = type_of(set);

    if (rank >= 0)
        H5Sget_simple_extent_dims(space, dim, NULL);
    if (space >= 0)
        H5Sclose(space);
    if (rank < 0 || !type)
        return 0; /* words, whole numbers: no weights */
    e.rank = rank > IR_RANK_MAX ? IR_RANK_MAX + 1 : rank;
    for (int i = 0; i < rank; i++) {
        if (dim[i] > UINT32_MAX || !ir_mul(bytes, (size_t)dim[i], &bytes))
            return ir_fail(w->err, "%s has a shape that is too large", w->name);
        if (i < IR_RANK_MAX)
            e.shape[i] = (uint32_t)dim[i];
    }
    if (ir_tensor_is_hostile(w->name))
        return ir_fail(w->err, "hostile name of an array: %s", w->name);
    e.count = bytes / sizeof(float);
    int rc = rank > IR_RANK_MAX ? ir_fail(&why, "%s has more than %d axes", e.name, IR_RANK_MAX)
             : bytes > IR_DATA_MAX / 2 || bytes > IR_H5_BYTES_MAX - w->sent
                 ? ir_fail(&why, "%s has %zu bytes, too many", e.name, bytes)
                 : 0;
    float *v = rc == 0 ? ir_zalloc(e.count + 1, sizeof *v) : NULL;
    if (rc == 0)
        rc = read_set(set, &e, v, &why);
    w->sent += rc == 0 ? bytes : 0;
    ir_h5_put(w->out, &e, rc == 0 ? v : NULL, why.text);
    free(v);
    return 0;
}

static int walk_group(struct walk *w, hid_t group, int depth);

/* Only links that are the object itself: no other file, no other path. */
static int walk_link(struct walk *w, hid_t group, const char *link, int depth)
{
    H5L_info_t info;
    size_t was = strlen(w->name), n = strlen(link);
    int rc = 0;

    if (++w->entries > ENTRIES_MAX)
        return ir_fail(w->err, "more than %d entries", ENTRIES_MAX);
    if (H5Lget_info(group, link, &info, H5P_DEFAULT) < 0 || info.type != H5L_TYPE_HARD)
        return 0;
    if (was + n + 2 > NAME_ROOM)
        return ir_fail(w->err, "a name of more than %d bytes", NAME_ROOM);
    hid_t object = H5Oopen(group, link, H5P_DEFAULT);
    if (object < 0)
        return ir_fail(w->err, "%s cannot be opened", link);
    if (was > 0)
        w->name[was] = '/';
    memcpy(w->name + was + (was > 0), link, n + 1);
    if (H5Iget_type(object) == H5I_GROUP)
        rc = walk_group(w, object, depth + 1);
    else if (H5Iget_type(object) == H5I_DATASET)
        rc = add_set(w, object);
    w->name[was] = '\0';
    H5Oclose(object);
    return rc;
}

static int walk_group(struct walk *w, hid_t group, int depth)
{
    H5G_info_t info;
    char link[NAME_ROOM];

    if (depth > DEPTH_MAX)
        return ir_fail(w->err, "groups in groups, more than %d deep", DEPTH_MAX);
    if (H5Gget_info(group, &info) < 0)
        return ir_fail(w->err, "group /%s cannot be read", w->name);
    for (hsize_t i = 0; i < info.nlinks; i++) {
        ssize_t n = H5Lget_name_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, i, link, sizeof link,
                                       H5P_DEFAULT);
        if (n < 0 || (size_t)n >= sizeof link)
            return ir_fail(w->err, "a name in group /%s cannot be read", w->name);
        if (walk_link(w, group, link, depth) < 0)
            return -1;
    }
    return 0;
}

static hid_t root_of(hid_t file)
{
    H5L_info_t info;
    bool keras = H5Lexists(file, "model_weights", H5P_DEFAULT) > 0 &&
                 H5Lget_info(file, "model_weights", &info, H5P_DEFAULT) >= 0 &&
                 info.type == H5L_TYPE_HARD;
    return H5Gopen2(file, keras ? "model_weights" : "/", H5P_DEFAULT);
}

/* Its messages are ours; no code is loaded for a file's sake. */
static void settle(void)
{
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    H5PLset_loading_state(0);
}

int ir_h5_send(const struct ir_buf *bytes, FILE *out, struct ir_err *err)
{
    struct walk w = {.out = out, .err = err};

    settle();
    hid_t file = open_image(bytes);
    if (file < 0)
        return ir_fail(err, "no HDF5 file, or a damaged one");
    hid_t root = root_of(file);
    int rc = root < 0 ? ir_fail(err, "its root cannot be opened") : walk_group(&w, root, 0);
    if (root >= 0)
        H5Gclose(root);
    H5Fclose(file);
    return rc;
}
