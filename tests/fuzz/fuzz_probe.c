/* fuzz_probe.c - the headers of WAV, AIFF, AU, MP3, FLAC and Ogg, before a decoder sees them. */
#include "decode/sound.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct ir_err err;
    struct ir_source s = IR_SOURCE_NEW;
    char path[64];
    int fd = fuzz_file(bytes, n, path);
    if (ir_probe(fd, n, &s, &err) == 0)
        (void)ir_source_check(&s, &err);
    ir_damage_free(&s.damage);
    close(fd);
    return 0;
}
