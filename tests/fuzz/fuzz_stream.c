/* fuzz_stream.c - the stream reader, packed payloads, labels and class lists. CRCs are mended
 * first, so that what they guard is reached. */
#include "fuzz.h"
#include "irt.h"

static uint32_t get(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void put(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

static void mend(uint8_t *b, size_t n)
{
    for (size_t at = 0; n - at >= 64;) {
        size_t meta = get(b + at + 32), data = get(b + at + 40), left = n - at - 64;
        size_t meta_room = (meta + 63) / 64 * 64;
        if (meta_room <= left)
            put(b + at + 48, ir_crc32(0, b + at + 64, meta));
        if (meta_room <= left && data <= left - meta_room)
            put(b + at + 52, ir_crc32(0, b + at + 64 + meta_room, data));
        put(b + at + 60, ir_crc32(0, b + at, 60));
        size_t step = 64 + meta_room + (data + 63) / 64 * 64;
        if (step > n - at)
            return;
        at += step;
    }
}

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
            mend(copy, n);
        int fd = fuzz_file(copy, n, path);
        read_all(path);
        close(fd);
    }
    free(copy);
    return 0;
}
