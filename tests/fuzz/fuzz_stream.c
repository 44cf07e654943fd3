/* fuzz_stream.c - the stream reader, packed payloads, labels and class lists. CRCs are mended
 * first, so that what they guard is reached. */
#include "fuzz.h"

static void read_all(char *path)
{
    struct ir_err err;
    struct ir_rec rec;
    struct ir_strs classes = {0};
    struct ir_reader *r = ir_reader_open(&path, 1, &err);
    if (r == NULL)
        return;
    const char *names = ir_meta_get(ir_reader_header(r), "classes");
    if (names != NULL && ir_names_parse(names, &classes, &err) != 0)
        ir_strs_free(&classes);
    float *y = malloc((classes.n + 1) * sizeof *y);
    while (y != NULL && ir_reader_next(r, &rec, &err) == 1)
        (void)ir_labels_parse(ir_meta_get(&rec.meta, "labels"), &classes, false, y, &err);
    free(y);
    ir_strs_free(&classes);
    ir_reader_close(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    char path[64];
    uint8_t *copy = malloc(n + 1);
    if (copy == NULL)
        return 0;
    memcpy(copy, bytes, n);
    for (int mended = 0; mended < 2; mended++) {
        if (mended)
            fuzz_mend(copy, n);
        int fd = fuzz_file(copy, n, path);
        read_all(path);
        close(fd);
    }
    free(copy);
    return 0;
}
