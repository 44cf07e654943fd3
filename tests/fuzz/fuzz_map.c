/* fuzz_map.c - tables of names: which tensor is which parameter (ir-model --map), and what other
 * lists call a class (ir-label --map). */
#include "convert/tensors.h"
#include "fuzz.h"
#include "label.h"
#include "net.h"

static const char text[] =
    "input feature channels=1 bands=4 frames=3\n"
    "a = conv2d out=2 kernel=3 pad=1\nflatten\nb = dense out=classes\nloss ce\n";

static struct ir_net *network(const struct ir_strs *classes)
{
    struct ir_err err;
    struct ir_net *net = ir_net_parse(text, sizeof text - 1, "map.net", classes, &err);
    if (net == NULL || ir_net_plan(net, 1, NULL, false, NULL, 0, &err) != 0)
        abort();
    return net;
}

static void load(const char *map, const struct ir_strs *classes)
{
    static const char tensors[] =
        "{\"x\":{\"dtype\":\"F32\",\"shape\":[2,1,3,3],\"data_offsets\":[0,72]},"
        "\"y\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[72,80]},"
        "\"z\":{\"dtype\":\"F32\",\"shape\":[24,2],\"data_offsets\":[80,272]},"
        "\"b.bias\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[272,280]}}";
    static const char zero[280];
    struct ir_err err;
    struct ir_buf file = {0};
    struct ir_strs unused = {0};
    char path[64];
    ir_buf_le(&file, sizeof tensors - 1, 8);
    ir_buf_add(&file, tensors, sizeof tensors - 1);
    ir_buf_add(&file, zero, sizeof zero);
    int fd = fuzz_file(file.data, file.len, path);
    struct ir_tensors *t = ir_tensors_open("safetensors", path, &err);
    if (t == NULL)
        abort();
    struct ir_net *net = network(classes);
    (void)ir_tensors_load(t, net, map, &unused, &err);
    ir_net_free(net);
    ir_tensors_close(t);
    ir_strs_free(&unused);
    ir_buf_free(&file);
    close(fd);
}

static void taxonomy(const uint8_t *bytes, size_t n)
{
    struct ir_err err;
    struct ir_strs from = {0};
    struct ir_meta head = {0};
    struct ir_buf labels = {0};
    char path[64];
    int fd = fuzz_file(bytes, n, path);
    struct ir_taxonomy *t = ir_taxonomy_read(path, &err);
    if (t != NULL) {
        ir_meta_set(&head, "classes", "flute violin");
        if (ir_taxonomy_head(t, &head, &from, &err) == 0)
            (void)ir_taxonomy_labels(t, &from, true, 0.1, "flute:0.3 violin:1", &labels, &err);
        ir_taxonomy_free(t);
    }
    ir_strs_free(&from);
    ir_meta_free(&head);
    ir_buf_free(&labels);
    close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct ir_strs classes = {0};
    ir_strs_add(&classes, "flute");
    ir_strs_add(&classes, "violin");
    char *map = ir_strndup((const char *)bytes, n);
    load(map, &classes);
    free(map);
    ir_strs_free(&classes);
    taxonomy(bytes, n);
    return 0;
}
