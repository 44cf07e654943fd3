/* fuzz_score.c - standard MIDI files, and the soundfonts that are made of notes: whatever the
 * notes, the chunks of the file must add up. */
#include "fuzz.h"
#include "render.h"

#include <sys/stat.h>

#define NOTES_MAX 32

static void midi(const uint8_t *bytes, size_t n)
{
    struct ir_err err;
    struct ir_score score = {0};
    struct ir_parts parts = {0};
    if (ir_score_parse(&score, bytes, n, &err) == 0) {
        ir_parts_find(&score, 0, score.end_s, 1, &parts);
        ir_parts_free(&parts);
        ir_parts_find(&score, score.end_s / 3, score.end_s / 2, 0, &parts);
    }
    ir_parts_free(&parts);
    ir_score_free(&score);
}

/* Chunks from `at` to `end`, those of a LIST too. */
static void walk(const uint8_t *b, size_t at, size_t end)
{
    while (at < end) {
        if (end - at < 8)
            abort();
        size_t size = fuzz_get(b + at + 4);
        if (size > end - at - 8)
            abort();
        if (memcmp(b + at, "LIST", 4) == 0)
            walk(b, at + 12, at + 8 + size);
        at += 8 + size + (size & 1);
    }
}

static void font(const uint8_t *bytes, size_t n)
{
    static int16_t sound[256];
    struct ir_note note[NOTES_MAX];
    struct ir_err err;
    struct stat st;
    char path[64];
    size_t count = 0;
    for (; count < NOTES_MAX && 4 * count + 4 <= n; count++) {
        const uint8_t *p = bytes + 4 * count;
        note[count] =
            (struct ir_note){p[0] % (IR_DRUMS + 1), p[1] & 127, sound, p[2], 8000 + 100.0 * p[3]};
    }
    int fd = fuzz_file("", 0, path);
    if (ir_font_write(path, note, count, &err) == 0) {
        uint8_t *b = fstat(fd, &st) == 0 ? malloc((size_t)st.st_size) : NULL;
        if (b == NULL || pread(fd, b, (size_t)st.st_size, 0) != st.st_size ||
            fuzz_get(b + 4) + 8 != (size_t)st.st_size)
            abort();
        walk(b, 12, (size_t)st.st_size);
        free(b);
    }
    close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    midi(bytes, n);
    font(bytes, n);
    return 0;
}
